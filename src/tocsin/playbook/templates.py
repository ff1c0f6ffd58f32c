"""Words with gaps: `{finding.metric}` in a text, `{find-target.value}` in an order. Pure.

A text says "not known" where nothing is; an order with a gap that cannot be filled is none at all.
A brace in a text is written twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from tocsin.facts.findings import Sign
from tocsin.playbook.names import Type, Value, spelled
from tocsin.playbook.steps import Act, Gate, Look

UNKNOWN = "not known"
VALUE = ".value"
_GAP = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_ORDER_GAP = re.compile(r"\{([A-Za-z0-9][A-Za-z0-9._-]{0,63})\.value\}")
_ORDERLY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@/+-]{0,127}")


def gaps(template: str) -> tuple[str, ...]:
    """The names in a text, in order; a stray brace counts as a gap without a name."""
    found = (match for match in _GAP.finditer(template) if match.group() not in ("{{", "}}"))
    return tuple(match.group(1) or "" for match in found)


def value_of(gap: str) -> str | None:
    """The step whose finding a gap asks for: `find-target` for `find-target.value`."""
    return gap.removesuffix(VALUE) if gap.endswith(VALUE) and gap != VALUE else None


def steps_asked(template: str) -> tuple[str, ...]:
    """The steps whose findings an order's words ask for; every other brace stands for itself."""
    return tuple(match.group(1) for match in _ORDER_GAP.finditer(template))


def order_texts(step: Act | Look | Gate) -> Iterator[tuple[str, str]]:
    """The words of a step that may hold `{step.value}`, each with its field."""
    if isinstance(step, Gate):
        for number, check in enumerate(step.checks):
            yield f"gate[{number}].target", check.target
            yield f"gate[{number}].wanted", check.wanted
    else:
        yield "target", step.target
        yield "wanted", step.wanted


def unfilled(template: str, values: Mapping[str, str]) -> tuple[str, ...]:
    """The steps of which nothing is known that an order may hold: one plain word."""
    steps = steps_asked(template)
    return tuple(step for step in steps if not _ORDERLY.fullmatch(values.get(step, "")))


def filled(template: str, values: Mapping[str, str]) -> str:
    """An order's words with every gap filled; ask `unfilled` first."""
    return _ORDER_GAP.sub(lambda match: values[match.group(1)], template)


def rendered(template: str, names: Mapping[str, Type], known: Mapping[str, Value]) -> str:
    """A text for people, with what is known at this moment."""
    return _GAP.sub(lambda match: _text_word(match, names, known), template)


def asked(question: str, names: Mapping[str, Type], known: Mapping[str, Value]) -> str:
    """A question to people with what is known; braces that hold no name stay as they are."""

    def word(match: re.Match[str]) -> str:
        gap = match.group(1)
        is_name = gap is not None and (gap in names or value_of(gap) is not None)
        return _text_word(match, names, known) if is_name else match.group()

    return _GAP.sub(word, question)


def text_bytes(subject: str, body: str) -> bytes:
    """A message as it lies in the vault: subject, empty line, words; each line ends."""
    return f"{one_line(subject)}\n\n{body.strip()}\n".encode()


def one_line(text: str) -> str:
    """A text on one line, without what does not print."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _text_word(match: re.Match[str], names: Mapping[str, Type], known: Mapping[str, Value]) -> str:
    if match.group() in ("{{", "}}"):
        return match.group()[0]
    gap = match.group(1) or ""
    step = value_of(gap)
    name = f"values.{spelled(step)}" if step is not None else gap
    if name not in known:
        return UNKNOWN
    is_share = names.get(name) is Type.SHARE and known.get("finding.sign") == Sign.RATE.value
    return shown_value(known[name], as_percent=is_share)


def shown_value(value: Value, *, as_percent: bool = False) -> str:
    """A value as people read it."""
    match value:
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.1%}" if as_percent else f"{value:g}"
        case datetime():
            return f"{value:%Y-%m-%d %H:%M} UTC"
        case _:
            return one_line(str(value))
