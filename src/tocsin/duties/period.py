"""When a period ends: surely in time, and at the latest that can be argued for. Pure.

Hours are elapsed time and run through nights, holidays and changes of the clock. Days are days of
the place; the day of the event does not count. No reading ever moves the conservative instant.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta

from tocsin.duties.calendars import Calendar, LegalPlace
from tocsin.duties.deadline import Deadline, Step
from tocsin.duties.law import Period, Reading, Unit
from tocsin.duties.local_time import as_shown, end_at
from tocsin.duties.shifts import Course, moved, told_day, told_end

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
    """The first instants that are too late for what an event started, and what moved them.

    Args:
        readings: those that are argued in this case, in the order in which they apply.
        paragraph: where the period stands.
        later_event: a start that is argued for as well; counts for the latest instant only.
        contention: of the later start and of readings that have none of their own; where there is
            neither, of the period itself.

    Returns: instants as the clocks of the place show them, each with a fixed offset.

    Raises:
        ValueError: a naive instant, a period that is none, a reading that does not fit its unit,
            or an end after the year 9999.
    """
    _must_be_sound(within, event, later_event)
    try:
        own = _deadline(within, event, place, readings, paragraph, contention)
        if later_event is None or own.conservative is None:
            return own
        late = _deadline(within, later_event, place, readings, paragraph, contention)
    except OverflowError:
        raise ValueError("the period ends after the year 9999; count less") from None
    return _later(own, late, later_event, place, paragraph, contention)


def _must_be_sound(within: Period, *events: datetime | None) -> None:
    if any(event is not None and event.utcoffset() is None for event in events):
        raise ValueError("an event without a zone: write its instant with an offset")
    if within.unit not in _NO_INSTANT and within.count < 1:
        raise ValueError(f"a period of {within.count} {within.unit.value}: count from 1")
    if within.unit is Unit.HOURS and (within.from_end_of_year or within.ends != time(0, 0)):
        raise ValueError("a period in hours ends by the hour: count days to end it otherwise")


def _deadline(
    within: Period,
    event: datetime,
    place: LegalPlace,
    readings: Sequence[Reading],
    paragraph: str,
    contention: str | None,
) -> Deadline:
    named = (contention,) if contention and not readings else ()
    if within.unit in _NO_INSTANT:
        step = Step(paragraph=paragraph, says=_NO_INSTANT[within.unit], at=None)
        return Deadline(conservative=None, latest=None, steps=(step,), contentions=named)
    course, says = _course(within, event, place)
    first = Step(paragraph=paragraph, says=says, at=as_shown(course.end, place.zone))
    chain = tuple(_argued(course, readings))
    codes = [reading.contention or contention for reading, _ in chain]
    return Deadline(
        conservative=first.at,
        latest=chain[-1][1].at if chain else None,
        steps=(first, *(step for _, step in chain)),
        contentions=named + tuple(dict.fromkeys(code for code in codes if code)),
    )


def _argued(course: Course, readings: Sequence[Reading]) -> Iterator[tuple[Reading, Step]]:
    """The readings that really moved the end, one on the other."""
    latest = course.end
    for reading in readings:
        if found := moved(reading.shift, course, latest):
            latest = found.end
            at = as_shown(latest, course.place.zone)
            yield (
                reading,
                Step(paragraph=reading.paragraph, says=found.says, at=at, latest_only=True),
            )


def _later(
    own: Deadline,
    late: Deadline,
    event: datetime,
    place: LegalPlace,
    paragraph: str,
    contention: str | None,
) -> Deadline:
    """`own`, at the latest as `late` would have it, where that is later."""
    end, other = own.latest or own.conservative, late.latest or late.conservative
    assert end is not None and other is not None
    if other <= end:
        return own
    shown = as_shown(event, place.zone)
    start = Step(
        paragraph=paragraph,
        says=f"if it counts only from {shown:%Y-%m-%d %H:%M}: {late.steps[0].says}",
        at=late.conservative,
        latest_only=True,
    )
    codes = ((contention,) if contention else ()) + late.contentions
    return Deadline(
        conservative=own.conservative,
        latest=other,
        steps=(own.steps[0], start, *late.steps[1:]),
        contentions=tuple(dict.fromkeys(codes)),
    )


def _course(within: Period, event: datetime, place: LegalPlace) -> tuple[Course, str]:
    local = as_shown(event, place.zone)
    base, counted = local.date(), _counted(within, place.calendar)
    if within.unit is Unit.HOURS:
        end = event.astimezone(UTC) + timedelta(hours=within.count)
        says = f"{counted} from {local:%Y-%m-%d %H:%M}, as they elapse"
    else:
        base = date(base.year, 12, 31) if within.from_end_of_year else base
        day = _last_day(within, base, place.calendar)
        end = end_at(day, within.ends, place.zone)
        start = f"the end of {base.year}" if within.from_end_of_year else told_day(base)
        says = f"{counted} after {start}: {told_end(day, within.ends)}"
    return Course(within=within, event=event.astimezone(UTC), base=base, end=end, place=place), says


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
