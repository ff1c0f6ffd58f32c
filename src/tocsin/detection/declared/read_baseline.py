"""Reads what a detector compares with: its own past, another log, or numbers known from elsewhere.

A form that cannot be had here is refused with those that can.
"""

from __future__ import annotations

from tocsin.detection.declared.declaration import (
    Baseline,
    Counts,
    First,
    Reference,
    Rolling,
    SameHour,
    Span,
)
from tocsin.detection.declared.read_values import instant, whole
from tocsin.register.mistakes import did_you_mean, shown
from tocsin.register.strict_yaml import Fields, Node

REFERENCE = "reference"
WINDOWS_MOST, WEEKS_MOST = 10_000, 52
_KEYS = {"first", "since", "until", "rolling", "same_hour"}


def baseline_of(f: Fields, *, rows: bool) -> First | Span | Reference | Rolling | SameHour:
    """What a distribution or a quantity is compared with."""
    found = _read(f, rows=rows, counts=False)
    return First(1) if isinstance(found, Counts) else found


def baseline_of_rate(f: Fields, *, rows: bool) -> Baseline:
    """What a share is compared with; it may also be known from elsewhere."""
    return _read(f, rows=rows, counts=True)


def _read(f: Fields, *, rows: bool, counts: bool) -> Baseline:
    node = f.fields.get("baseline")
    forms = _forms(rows=rows, counts=counts)
    if node is None:
        f.wrong("baseline", "missing", f"write {forms}")
        return First(1)
    if isinstance(node.value, str):
        if node.value != REFERENCE:
            remedy = did_you_mean(node.value, (REFERENCE,), f"write {forms}")
            f.wrong("baseline", shown(node.value), remedy)
        return Reference()
    if not isinstance(node.value, dict):
        f.wrong("baseline", "no fields", f"write {forms}")
        return First(1)
    return _form(f, node, node.value, forms, rows=rows, counts=counts)


def _form(
    f: Fields, node: Node, fields: dict[str, Node], forms: str, *, rows: bool, counts: bool
) -> Baseline:
    inside = Fields(f.reading, f"{f.path}.baseline", node.line, fields)
    known = (_KEYS - ({"since", "until", "same_hour"} if rows else set())) | (
        {"requests", "counted"} if counts else set()
    )
    inside.only(tuple(sorted(known)))
    match sorted(set(fields) & known):
        case ["first"]:
            return First(whole(inside, "first", 1))
        case ["since", "until"]:
            return _span(inside)
        case ["counted", "requests"]:
            return _counts(inside)
        case ["rolling"]:
            return Rolling(whole(inside, "rolling", 1, WINDOWS_MOST))
        case ["same_hour"]:
            return SameHour(whole(inside, "same_hour", 1, WEEKS_MOST))
        case _:
            f.wrong("baseline", ", ".join(fields) or "empty", f"write {forms}")
    return First(1)


def _span(inside: Fields) -> Baseline:
    since, until = instant(inside, "since"), instant(inside, "until")
    if until is None or since is None:
        return First(1)
    if until <= since:
        inside.wrong("until", "not after `since`", "write the later instant here")
    return Span(since, until)


def _counts(inside: Fields) -> Baseline:
    requests, counted = whole(inside, "requests", 1), whole(inside, "counted", 0)
    if counted > requests:
        inside.wrong("counted", "more than there were requests", "mend one of the two")
    return Counts(requests, counted)


def _forms(*, rows: bool, counts: bool) -> str:
    forms = ["{first: 2000}", REFERENCE, "{rolling: 24}"]
    if not rows:
        forms.insert(1, "{since: 2026-11-01T00:00Z, until: 2026-11-08T00:00Z}")
        forms.append("{same_hour: 4}")
    if counts:
        forms.append("{requests: 20000, counted: 900}")
    return f"{', '.join(forms[:-1])} or {forms[-1]}"
