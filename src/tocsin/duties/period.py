"""When a period ends: surely in time, and at the latest that can be argued for. Pure.

Hours are elapsed time and run through nights, holidays and changes of the clock. Days are days of
the place; the day of the event does not count. No reading ever moves the conservative instant.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

import msgspec

from tocsin.duties.calendars import Calendar, LegalPlace
from tocsin.duties.deadline import Deadline, Step
from tocsin.duties.law import Period, Reading, Unit
from tocsin.duties.local_time import as_shown, end_at
from tocsin.duties.shifts import Course, moved, must_fit, told_day, told_end

_NO_INSTANT = {
    Unit.IMMEDIATELY: "immediately: no instant is named",
    Unit.IN_ADVANCE: "before it is done: no instant is named",
}


def deadline_of(
    within: Period,
    event: datetime,
    place: LegalPlace,
    readings: Sequence[Reading],
    *,
    paragraph: str,
    later_event: datetime | None = None,
    contention: str | None = None,
) -> Deadline:
    """The last instants that are in time for what an event started, and what moved them.

    Args:
        readings: those that are argued in this case, in the order in which they apply.
        paragraph: where the period stands.
        later_event: a start that is argued for as well; counts for the latest instant only.
        contention: of the later start and of readings that have none of their own, told where they
            move something; where there is neither, of the period itself.

    Returns: instants as the clocks of the place show them, each with a fixed offset.

    Raises:
        ValueError: a naive instant, a period that is none, a reading that does not fit its unit,
            or an end after the year 9999.
    """
    _must_be_sound(within, event, later_event)
    for reading in readings:
        must_fit(reading.shift, within.unit)
    alone = (contention,) if contention and not readings and later_event is None else ()
    if within.unit in _NO_INSTANT:
        step = Step(paragraph=paragraph, says=_NO_INSTANT[within.unit], at=None)
        return Deadline(conservative=None, latest=None, steps=(step,), contentions=alone)
    own = _Link(paragraph, contention, "", event)
    try:
        links = _links(within, own, place, readings)
        if later_event is not None:
            later = _Link(paragraph, contention, "", later_event)
            links = _or_later(links, _links(within, later, place, readings), later_event, place)
    except OverflowError:
        raise ValueError("the period ends after the year 9999: count less") from None
    return _told(links, place, alone)


class _Link(msgspec.Struct, frozen=True):
    """One link of the chain: where it stands, what it says, and the end that it leads to."""

    paragraph: str
    contention: str | None
    says: str
    end: datetime


def _must_be_sound(within: Period, *events: datetime | None) -> None:
    if any(event is not None and event.utcoffset() is None for event in events):
        raise ValueError("an event without a zone: write its instant with an offset")
    if within.unit not in _NO_INSTANT and within.count < 1:
        raise ValueError(f"a period of {within.count} {within.unit.value}: count from 1")
    if within.unit is Unit.HOURS and (within.from_end_of_year or within.ends != time.min):
        raise ValueError("a period in hours ends by the hour: count days to end it otherwise")


def _links(
    within: Period, start: _Link, place: LegalPlace, readings: Sequence[Reading]
) -> list[_Link]:
    """The conservative end, and what each reading that really moves it makes of it in turn."""
    course, says = _course(within, start.end.astimezone(UTC), place)
    links = [_Link(start.paragraph, start.contention, says, course.end)]
    for reading in readings:
        if found := moved(reading.shift, course, links[-1].end):
            contention = reading.contention or start.contention
            links.append(_Link(reading.paragraph, contention, found.says, found.end))
    return links


def _or_later(
    own: list[_Link], later: list[_Link], event: datetime, place: LegalPlace
) -> list[_Link]:
    """The chain of the later start behind the conservative end, where it ends later."""
    if later[-1].end <= own[-1].end:
        return own
    start = as_shown(event, place.zone)
    says = f"if it counts only from {start:%Y-%m-%d %H:%M}: {later[0].says}"
    return [own[0], msgspec.structs.replace(later[0], says=says), *later[1:]]


def _told(links: list[_Link], place: LegalPlace, alone: tuple[str, ...]) -> Deadline:
    steps = [
        Step(
            paragraph=link.paragraph,
            says=link.says,
            at=as_shown(link.end, place.zone),
            latest_only=link is not links[0],
        )
        for link in links
    ]
    codes = dict.fromkeys(link.contention for link in links[1:])
    return Deadline(
        conservative=steps[0].at,
        latest=steps[-1].at if links[1:] else None,
        steps=tuple(steps),
        contentions=alone + tuple(code for code in codes if code),
    )


def _course(within: Period, event: datetime, place: LegalPlace) -> tuple[Course, str]:
    """The period as it runs from an event in UTC, and how it is counted, in words."""
    local = event.astimezone(place.zone)
    base, counted = local.date(), _counted(within, place.calendar)
    if within.unit is Unit.HOURS:
        end = event + timedelta(hours=within.count)
        says = f"{counted} from {local:%Y-%m-%d %H:%M}, as they elapse"
    else:
        base = date(base.year, 12, 31) if within.from_end_of_year else base
        day = _last_day(within, base, place.calendar)
        end = end_at(day, within.ends, place.zone)
        start = f"the end of {base.year}" if within.from_end_of_year else told_day(base)
        says = f"{counted} after {start}: {told_end(day, within.ends)}"
    return Course(within=within, event=event, base=base, end=end, place=place), says


def _counted(within: Period, calendar: Calendar) -> str:
    words = within.unit.value.replace("_", " ")
    where = f" ({calendar.code})" if within.unit is Unit.WORKING_DAYS else ""
    return f"{within.count} {words[:-1] if within.count == 1 else words}{where}"


def _last_day(within: Period, base: date, calendar: Calendar) -> date:
    match within.unit:
        case Unit.MONTHS:
            return _months_later(base, within.count)
        case Unit.WEEKS:
            return base + timedelta(weeks=within.count)
        case Unit.WORKING_DAYS:
            for _ in range(within.count):
                base = calendar.next_working_day(base)
            return base
        case _:
            return base + timedelta(days=within.count)


def _months_later(base: date, count: int) -> date:
    """The same date; where that month has none, its last day."""
    years, month = divmod(base.month - 1 + count, 12)
    year, month = base.year + years, month + 1
    if year > date.max.year:
        raise OverflowError
    return date(year, month, min(base.day, monthrange(year, month)[1]))
