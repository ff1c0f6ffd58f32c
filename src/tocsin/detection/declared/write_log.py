"""Writes how a log is read as the YAML that says so: what is written reads back as the same.

What the YAML cannot say, such as a name with a backquote within a condition, is left out and told.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from tocsin.detection.declared.declaration import Declaration, Detector
from tocsin.detection.declared.read_log import ROWS
from tocsin.detection.declared.write import yaml_of
from tocsin.facts.logs import Compare, Condition, LogMapping, Share, Term, Texts, TimeUnit

UNNAMED = "name-of-your-system"
"""Stands for a system until a person names it; no lint lets it pass."""

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*")
_TAKEN = frozenset({"and", "or", "in", "is", "not", "same", "as", "missing", "true", "false"})


class CannotWrite(Exception):
    """A condition that the YAML has no words for."""


def file_of(declared: Declaration, detectors: Sequence[Detector], reference: str | None) -> str:
    """A whole file of these detectors, as it stands in a home.

    Args:
        reference: where the log lies that detectors with `baseline: reference` compare with.
    """
    log = declared.log
    unit = "" if log.at is None else "s"
    lines = [f"system: {declared.system}", f"window: {log.window_seconds}{unit}"]
    if log.profile_seconds != log.window_seconds:
        lines.append(f"drift_window: {log.profile_seconds}{unit}")
    if declared.family_run_length is not None:
        lines.append(f"family_run_length: {declared.family_run_length}")
    if reference is not None:
        lines.append(f"reference: {_text(reference)}")
    said = list(_log(log))
    lines += said if len(said) > 1 else []
    return "\n".join([*lines, yaml_of(detectors, log)])


def condition_text(condition: Condition) -> str:
    """The condition in the words of the YAML. Raises CannotWrite."""
    return " or ".join(" and ".join(map(_term, terms)) for terms in condition.either)


def _log(log: LogMapping) -> Iterator[str]:
    yield "log:"
    for line in (*_columns(log), *_rates(log), *_decisions(log), *_texts(log.texts)):
        yield f"  {line}"


def _columns(log: LogMapping) -> Iterator[str]:
    usual = LogMapping()
    if log.at is None:
        yield f"at: {ROWS}"
    elif log.unit is TimeUnit.AUTO:
        yield f"at: {_text(log.at)}"
    else:
        yield f"at: {{column: {_text(log.at)}, unit: {log.unit.value}}}"
    for name in ("version", "segment", "session", "request"):
        column = getattr(log, name)
        if column is not None and column != getattr(usual, name):
            yield f"{name}: {_text(column)}"
    if log.fallback is not None and log.fallback != usual.fallback:
        yield from _said("by_fallback", log.fallback)
    if log.numbers is not None:
        yield f"numbers: {_list(log.numbers)}"
    if log.categories != usual.categories:
        yield f"categories: {_list(log.categories)}"


def _rates(log: LogMapping) -> Iterator[str]:
    usual = LogMapping().rates
    own = {name: share for name, share in log.rates.items() if usual.get(name) != share}
    lines = [line for name, share in own.items() for line in _rate(name, share)]
    if any(not line.startswith("#") for line in lines):
        yield "rates:"
        lines = [f"  {line}" for line in lines]
    yield from lines


def _rate(name: str, share: Share) -> Iterator[str]:
    if share.among is None:
        yield from _said(_text(name), share.counts)
        return
    try:
        counts, among = condition_text(share.counts), condition_text(share.among)
    except CannotWrite as bad:
        yield f"# {_text(name)} cannot be written: {bad}"
        return
    yield f"{_text(name)}: {{counts: {_text(counts)}, among: {_text(among)}}}"


def _decisions(log: LogMapping) -> Iterator[str]:
    own = log.decisions
    if own.decided is not None:
        yield from _said("decided", own.decided)
    if own.truth is not None:
        yield from _said("truth", own.truth)
    if own.score is not None:
        yield f"score: {_text(own.score)}"
    if own.groups:
        yield f"groups: {_list(own.groups)}"
    if own.subject is not None:
        yield f"subject: {_text(own.subject)}"
    if log.labels is not None:
        yield f"labels: {{from: {_text(log.labels.place)}, key: {_text(log.labels.key)}}}"


def _texts(texts: Texts) -> Iterator[str]:
    said = [f"{name}: {_text(column)}" for name in ("question", "answer", "context")
            if (column := getattr(texts, name)) is not None]  # fmt: skip
    said += [f"{name}: {_list(words)}" for name in ("patterns", "triggers")
             if (words := getattr(texts, name))]  # fmt: skip
    if said:
        yield f"texts: {{{', '.join(said)}}}"


def _said(name: str, condition: Condition) -> Iterator[str]:
    try:
        yield f"{name}: {_text(condition_text(condition))}"
    except CannotWrite as bad:
        yield f"# {name} cannot be written: {bad}"


def _term(term: Term) -> str:
    column, sign = _column(term.column), term.compare.value
    turned = "not " if term.negated else ""
    match term.compare:
        case Compare.HOLDS:
            return f"{turned}{column}"
        case Compare.MISSING:
            return f"{turned}{column} is missing"
        case Compare.SAME:
            return f"{turned}{column} same as {_column(str(term.values[0]))}"
        case Compare.AMONG:
            return f"{turned}{column} in [{', '.join(map(_value, term.values))}]"
        case _:
            return f"{turned}{column} {sign} {_value(term.values[0])}"


def _column(name: str) -> str:
    if _WORD.fullmatch(name) and name not in _TAKEN:
        return name
    if "`" in name:
        raise CannotWrite(f"the column {name!r} has a backquote in its name")
    return f"`{name}`"


def _value(value: str | float | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        quote = "'" if '"' in value else '"'
        if quote in value:
            raise CannotWrite(f"the text {value!r} has quotes of both kinds")
        return f"{quote}{value}{quote}"
    return f"{Decimal(repr(float(value))):f}".removesuffix(".0")


def _list(words: tuple[str, ...]) -> str:
    return f"[{', '.join(map(_text, words))}]"


def _text(word: str) -> str:
    return json.dumps(word, ensure_ascii=False)
