"""Reads the clocks of a rule: what starts one, how long it runs, and what is argued for later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time

import msgspec

from tocsin.duties.law import Clock, Period, Reading, Shift, Unit
from tocsin.duties.read_condition import condition_read
from tocsin.duties.read_pack import Pack, put
from tocsin.duties.read_sheet import Sheet
from tocsin.duties.shifts import SHIFTS_OF
from tocsin.register.legal_keys import KeyType
from tocsin.register.mistakes import did_you_mean, shown
from tocsin.register.table import Table

HARMS, FIRST_HARM = "harms", "first-harm"
STARTS = (KeyType.INSTANT, KeyType.AWARENESS, KeyType.DATE)
COUNT_MAX = 10_000
_WHENEVER = (Unit.IMMEDIATELY, Unit.IN_ADVANCE)
_OF_DAYS = (Unit.DAYS, Unit.WORKING_DAYS, Unit.WEEKS, Unit.MONTHS)


def countings_read(sheets: Sequence[Sheet], pack: Pack) -> None:
    """The shared ways of counting, into the pack."""
    for sheet in sheets:
        if sheet.path != "counting":
            continue
        for name, table in sheet.table.named_tables():
            table.needed_text("title", "say which rules of counting these are")
            put(pack.counting, name, _readings(table, pack), table)
            table.done()


def clock_read(table: Table, pack: Pack) -> Clock:
    """One clock; each mistake in it is told."""
    within = period_read(table, "within", pack)
    if within is None and not table.has("within"):
        table.source.tell(table.path, 'no "within"', "say how long, such as { hours = 72 }")
    contention = contention_read(table, pack)
    readings = tuple(
        one if one.contention is not None else msgspec.structs.replace(one, contention=contention)
        for one in (*_counted(table, pack), *_readings(table, pack))
    )
    start, harms = _start(table, "start", pack), _harms(table, pack)
    if not table.has("start"):
        table.source.tell(table.path, 'no "start"', "name the fact whose instant starts it")
    if (start in (HARMS, FIRST_HARM)) != bool(harms) and start is not None:
        found = "no kinds of harm" if not harms else f'harms, but start = "{start}"'
        table.source.tell(table.path, found, 'start = "harms" goes with harms = ["KIND", ...]')
    clock = Clock(
        paragraph=table.needed_text("paragraph", "say where the period stands") or "",
        start=start or "",
        within=within or Period(unit=Unit.HOURS),
        harms=harms,
        aware_by=_classes(table, "aware_by", pack),
        readings=readings,
        later_start=_start(table, "later_start", pack),
        later_aware_by=_classes(table, "later_aware_by", pack),
        later_from_end=table.flag("later_from_end") or False,
        when=condition_read(table, "when", pack),
        yields_to=_start(table, "yields_to", pack),
        contention=contention,
    )
    _fit(clock, table)
    table.done()
    return clock


def period_read(table: Table, name: str, pack: Pack) -> Period | None:
    """A period such as { hours = 72 }; None where it is absent or wrong."""
    inner = table.table(name)
    if inner is None:
        return None
    units = [unit for unit in Unit if inner.has(unit.value)]
    ends, whole_year = inner.time_of_day("ends"), inner.flag("from_end_of_year")
    if len(units) != 1:
        found = " and ".join(f'"{unit.value}"' for unit in units) or "no unit"
        remedy = f"write exactly one of: {', '.join(unit.value for unit in Unit)}"
        inner.source.tell(inner.path, found, remedy)
        for unit in units:
            inner.value(unit.value)
        inner.done()
        return None
    unit = units[0]
    count, count_from = _count(inner, unit, pack)
    inner.done()
    if ends is not None and (unit not in _OF_DAYS or ends.tzinfo is not None):
        inner.tell("ends", shown(ends), "only a period in days or longer has a time at its end")
    if whole_year and unit not in _OF_DAYS:
        inner.tell("from_end_of_year", "true", "only a period in days or longer can")
    if count is None:
        return None
    return Period(
        unit=unit,
        count=count,
        count_from=count_from,
        ends=ends or time(0, 0),
        from_end_of_year=whole_year or False,
    )


def _count(inner: Table, unit: Unit, pack: Pack) -> tuple[int | None, str]:
    value = inner.value(unit.value)
    if unit in _WHENEVER:
        if value is not True:
            inner.tell(unit.value, shown(value), "write true")
        return 0, ""
    if isinstance(value, str):
        key = pack.key(value, inner.source, (*inner.path, unit.value))
        if key is not None and key.type is not KeyType.COUNT:
            inner.tell(unit.value, f'"{value}"', "name a fact of type count, or write a number")
        return 0, pack.spelt(value)
    return inner.whole(unit.value, 1, COUNT_MAX), ""


def contention_read(table: Table, pack: Pack) -> str | None:
    """The code of what is disputed; one that the pack does not explain is told."""
    code = table.text("contention")
    if code is not None and code not in pack.contentions:
        remedy = did_you_mean(code, pack.contentions, "explain it in pack.toml, [contentions]")
        table.tell("contention", f'"{code}"', remedy)
    return code


def _counted(table: Table, pack: Pack) -> tuple[Reading, ...]:
    name = table.text("counting")
    if name is None:
        return ()
    if name not in pack.counting:
        known = f"ways of counting: {', '.join(pack.counting) or 'none'}"
        table.tell("counting", f'"{name}"', did_you_mean(name, pack.counting, known))
    return pack.counting.get(name, ())


def _readings(table: Table, pack: Pack) -> tuple[Reading, ...]:
    found: list[Reading] = []
    for inner in table.tables("readings"):
        shift = inner.one_of("shift", Shift)
        if not inner.has("shift"):
            names = ", ".join(one.value for one in Shift)
            inner.source.tell(inner.path, 'no "shift"', f"write one of: {names}")
        paragraph = inner.needed_text("paragraph", "say where the reading is taken from")
        contention = contention_read(inner, pack)
        when = condition_read(inner, "when", pack)
        inner.done()
        if shift is not None and paragraph is not None:
            found.append(
                Reading(shift=shift, paragraph=paragraph, contention=contention, when=when)
            )
    return tuple(found)


def _start(table: Table, name: str, pack: Pack) -> str | None:
    key = table.text(name)
    if key is None or key in (HARMS, FIRST_HARM):
        return key
    entry = pack.key(key, table.source, (*table.path, name))
    if entry is not None and entry.type not in STARTS:
        table.tell(name, f'"{key}"', f"it is of type {entry.type.value} and has no instant")
    return pack.spelt(key)


def _harms(table: Table, pack: Pack) -> tuple[str, ...]:
    return _choices_of(table, "harms", HARMS, pack)


def _classes(table: Table, name: str, pack: Pack) -> tuple[str, ...]:
    return _choices_of(table, name, "aware", pack)


def _choices_of(table: Table, name: str, key: str, pack: Pack) -> tuple[str, ...]:
    entry = pack.dictionary.find(key)
    choices = entry.choices if entry is not None else {}

    def wrong(value: str) -> str | None:
        if value in choices:
            return None
        known = f'choices of "{key}" in facts.toml: {", ".join(choices) or "none"}'
        return did_you_mean(value, choices, known)

    found = table.texts(name, wrong)
    return found if entry is None else entry.widened(found)


def _fit(clock: Clock, table: Table) -> None:
    for reading in clock.readings:
        if reading.shift not in SHIFTS_OF[clock.within.unit]:
            found = f"{reading.shift.value} on a period in {clock.within.unit.value}"
            units = [unit.value for unit, fitting in SHIFTS_OF.items() if reading.shift in fitting]
            name = "readings" if table.has("readings") else "counting"
            table.tell(name, found, f"it moves periods in {', '.join(units)}")
    if clock.later_from_end and clock.later_start is None:
        table.tell("later_from_end", "no later_start", "name the later start, or leave it out")
    if clock.later_aware_by and clock.later_start != "aware":
        table.tell("later_aware_by", "no later awareness", 'write later_start = "aware" as well')
    if clock.later_start is not None and not table.has("contention"):
        table.tell("later_start", "no contention", "a later start is argued for: name which")
