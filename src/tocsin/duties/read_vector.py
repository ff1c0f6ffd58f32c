"""Reads vectors: cases worked by hand, each a rule, its facts, and what it comes to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time

from tocsin.duties.calendars import calendar_wrong
from tocsin.duties.law import Vector, VectorStatus
from tocsin.duties.read_clock import contention_read
from tocsin.duties.read_pack import Pack
from tocsin.register.formats import time_zone_wrong
from tocsin.register.legal_keys import KeyType
from tocsin.register.lines import Path
from tocsin.register.mistakes import shown
from tocsin.register.table import Source, Table

_LISTS = (KeyType.HARMS, KeyType.AWARENESS)
_DEEPEST = 12


def vector_read(table: Table, pack: Pack) -> Vector:
    """One vector; each mistake in it is told."""
    status = table.one_of("status", VectorStatus)
    if not table.has("status"):
        names = ", ".join(one.value for one in VectorStatus)
        table.source.tell(table.path, 'no "status"', f"write one of: {names}")
    vector = Vector(
        id=table.needed_text("id", "name the case") or "",
        rule=table.needed_text("rule", "name the rule that it is about") or "",
        zone=table.needed_text("zone", "an IANA name, of the place to act in", time_zone_wrong)
        or "",
        calendar=table.needed_text("calendar", 'such as "DE-BE"', calendar_wrong) or "",
        status=status or VectorStatus.DUE,
        facts=_facts(table, pack),
        due=table.instant("due"),
        latest_arguable=table.instant("latest_arguable"),
        immediately_from=table.instant("immediately_from"),
        at=table.instant("at"),
        why=table.prose("why") or "",
        contention=contention_read(table, pack),
    )
    if not table.has("why"):
        table.source.tell(table.path, 'no "why"', "say how you came to it, for the reader")
    _consistent(vector, table)
    table.done()
    return vector


def _consistent(vector: Vector, table: Table) -> None:
    due = vector.status is VectorStatus.DUE
    for name in ("due", "latest_arguable", "immediately_from"):
        if table.has(name) and not due:
            table.tell(name, f'"{name}"', f"what is {vector.status.value} has none")
    if due and not table.has("due") and not table.has("immediately_from"):
        table.source.tell(table.path, 'no "due"', "write the last instant that is in time")
    if vector.due and vector.latest_arguable and vector.latest_arguable <= vector.due:
        remedy = "leave it out where no later reading is argued"
        table.tell("latest_arguable", "not later than due", remedy)


def _facts(table: Table, pack: Pack) -> Mapping[str, object]:
    if not table.has("facts"):
        table.source.tell(table.path, "no facts", "write [vector.facts]")
    inner = table.table("facts")
    value = table.value("facts")
    if inner is None or not isinstance(value, dict):
        return {}
    _keys(value, "", table.source, inner.path, pack)
    _values(value, table.source, inner.path)
    return value


def _keys(value: Mapping[str, object], before: str, source: Source, path: Path, pack: Pack) -> None:
    """Tell the keys that the dictionary does not know, nested or with dots."""
    for name, inner in value.items():
        whole = f"{before}{name}"
        known = pack.dictionary.find(whole)
        deeper = isinstance(inner, dict) and (known is None or known.type not in _LISTS)
        if deeper and isinstance(inner, dict) and inner:
            _keys(inner, f"{whole}.", source, (*path, name), pack)
        else:
            pack.key(whole, source, (*path, name))


def _values(value: object, source: Source, path: Path) -> None:
    """Tell instants without a zone, and what no fact can be."""
    if len(path) > _DEEPEST:
        source.tell(path, "facts nested too deeply", "write them flat, with dots")
    elif isinstance(value, dict):
        for name, inner in value.items():
            _values(inner, source, (*path, name))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            _values(inner, source, (*path, place))
    elif isinstance(value, datetime) and value.utcoffset() is None:
        found = f"{value}, a time without a zone"
        source.tell(path, found, "write its offset, such as +01:00")
    elif isinstance(value, float | time) or (
        isinstance(value, int) and not -(10**15) < value < 10**15
    ):
        source.tell(path, shown(value), "write an instant, a date, text, a whole number or true")
