"""Reads single values of a declaration of detectors, each as what it is, or as a mistake.

Every function gives something of the right type whatever stands there, and gathers what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from enum import Enum
from typing import TypeVar

from tocsin.detection.declared.condition import NotUnderstood, condition_of
from tocsin.facts.logs import Condition, LogMapping, Share, holds
from tocsin.facts.moments import instant_written
from tocsin.register.mistakes import did_you_mean, shown
from tocsin.register.strict_yaml import DURATION, SECONDS, Fields

RUN_LENGTH, RUN_LENGTH_LEAST, RUN_LENGTH_MOST = 10_000, 100, 10**9
ROWS_MOST = 10**9
_DECIMAL = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?) ?(%?)")
_WHOLE = re.compile("[0-9]{1,12}")
_Choice = TypeVar("_Choice", bound=Enum)


def one_of(f: Fields, field: str, known: type[_Choice], usual: _Choice) -> _Choice:
    """The choice that is written, or the usual one where nothing is."""
    text = f.optional(field)
    if text is None:
        return usual
    found = {str(choice.value): choice for choice in known}
    if text not in found:
        f.wrong(field, shown(text), did_you_mean(text, found, f"write {' or '.join(found)}"))
        return usual
    return found[text]


def said(f: Fields, field: str, known: type[_Choice], usual: _Choice, why: str) -> _Choice:
    """The choice that is written; a mistake where nothing is, for no choice goes without saying."""
    if field not in f.fields:
        f.wrong(field, "not said", f"write {' or '.join(str(c.value) for c in known)}{why}")
        return usual
    return one_of(f, field, known, usual)


def share(f: Fields, field: str, most: float = 1.0) -> float:
    """A share such as 15% or 0.15. Without % it is at most 1: 150 would be a slip."""
    text = f.text(field)
    parts = _DECIMAL.fullmatch(text)
    if not text:
        return 0.0
    found = float(parts[1]) / (100 if parts[2] else 1) if parts else -1.0
    if not 0 <= found <= (most if parts and parts[2] else min(most, 1.0)):
        f.wrong(field, shown(text), "write a share such as 15% or 0.15")
        return 0.0
    return found


def plain_number(f: Fields, field: str, what: str, most: float) -> float:
    """A number from 0 that is no share of anything; `what` says of which scale it is."""
    text = f.text(field)
    parts = _DECIMAL.fullmatch(text)
    if not text:
        return 0.0
    if parts is None or parts[2] or float(parts[1]) > most:
        f.wrong(field, shown(text), f"write {what}")
        return 0.0
    return float(parts[1])


def whole(f: Fields, field: str, least: int, most: int = 10**12) -> int:
    """A whole number in these limits."""
    text = f.text(field)
    fits = _WHOLE.fullmatch(text) and least <= int(text) <= most
    if text and not fits:
        upto = "" if most >= 10**12 else f" to {most}"
        f.wrong(field, shown(text), f"write a whole number from {least}{upto}")
    return int(text) if fits else least


def instant(f: Fields, field: str) -> datetime | None:
    """An instant with its zone."""
    text = f.text(field)
    try:
        found = instant_written(text)
    except ValueError:
        found = None
    if text and (found is None or found.tzinfo is None):
        f.wrong(field, shown(text), "write an instant with its zone: 2026-11-01T00:00Z")
        return None
    return found


def words(f: Fields, field: str) -> tuple[str, ...]:
    """A list of words; empty where nothing is written."""
    node = f.fields.get(field)
    if node is None:
        return ()
    if not isinstance(node.value, tuple):
        f.wrong(field, "not a list", f"write `{field}: [one, other]`")
        return ()
    for n in node.value:
        if not isinstance(n.value, str) or not n.value.strip():
            path = f"{f.path}.{field}".lstrip(".")
            f.reading.wrong(n.line, path, "not a list of words", f"write `{field}: [one, other]`")
    return tuple(n.value for n in node.value if isinstance(n.value, str))


def inside(f: Fields, field: str) -> Fields | None:
    """What stands beneath a field; None where it does not stand there."""
    node = f.fields.get(field)
    if node is None:
        return None
    if not isinstance(node.value, dict):
        f.wrong(field, "no fields", f"write what `{field}` says beneath it, or remove it")
        return None
    return Fields(f.reading, f"{f.path}.{field}".lstrip("."), node.line, node.value)


def condition(f: Fields, field: str) -> Condition:
    """What is asked of a row."""
    try:
        return condition_of(f.text(field) or "missing")
    except NotUnderstood as bad:
        f.wrong(field, *str(bad).split(": ", 1))
        return holds("missing")


def share_of_rows(f: Fields, field: str) -> Share:
    """A condition, or `{counts: ..., among: ...}` where not every row is judged."""
    node = f.fields[field]
    if not isinstance(node.value, dict):
        return Share(counts=condition(f, field))
    beneath = Fields(f.reading, f"{f.path}.{field}", node.line, node.value)
    beneath.only(("counts", "among"))
    among = condition(beneath, "among") if "among" in beneath.fields else None
    return Share(counts=condition(beneath, "counts"), among=among)


def length(f: Fields, field: str, *, rows: bool) -> int | None:
    """The length of a window: a duration in seconds, or a number of rows where no time is told."""
    text = f.optional(field)
    if text is None or not rows:
        return f.seconds(field)
    if not _WHOLE.fullmatch(text) or not 1 <= int(text) <= ROWS_MOST:
        f.wrong(field, shown(text), "the log tells no time (`at: rows`): write a number of rows, "
                "such as 5000")  # fmt: skip
        return None
    return int(text)


def run_length(f: Fields, field: str, window_seconds: int, *, rows: bool) -> int | None:
    """A number of windows, written as such or as a time; None where nothing is written."""
    text = f.optional(field)
    if text is None:
        return None
    duration = DURATION.fullmatch(text) if not rows else None
    windows = int(text) if _WHOLE.fullmatch(text) else 0
    if duration:
        windows = -(-int(duration[1]) * SECONDS[duration[2]] // window_seconds)
    if not RUN_LENGTH_LEAST <= windows <= RUN_LENGTH_MOST:
        f.wrong(field, shown(text), f"write at least {RUN_LENGTH_LEAST} windows, as a number"
                + ("" if rows else " or as a time such as 365d"))  # fmt: skip
        return None
    return windows


def among(f: Fields, field: str, given: Iterable[str], known: Iterable[str], other: str) -> None:
    """A mistake for each of these words that is not known."""
    every = tuple(known)
    for word in given:
        if word not in every:
            f.wrong(field, shown(word), did_you_mean(word, every, other))


def tells_rows(log: LogMapping) -> bool:
    """Whether the log tells no time, so that lengths are numbers of rows."""
    return log.at is None
