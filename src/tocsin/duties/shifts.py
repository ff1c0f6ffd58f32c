"""What each argued reading does to the end of a period. It moves later, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

import msgspec

from tocsin.duties.calendars import LegalPlace
from tocsin.duties.law import Period, Shift, Unit
from tocsin.duties.local_time import as_shown, end_at, last_day, next_hour, time_of

_OF_DAYS = frozenset(
    {
        Shift.NEXT_WORKING_DAY,
        Shift.TWO_WORKING_DAYS,
        Shift.SAME_HOUR_NEXT_WORKING_DAY,
        Shift.NOON_NEXT_WORKING_DAY,
    }
)
# A period in working days ends on one already, and what has no instant cannot be moved.
SHIFTS_OF: Mapping[Unit, frozenset[Shift]] = {
    Unit.HOURS: frozenset(
        {Shift.NEXT_FULL_HOUR, Shift.SAME_HOUR_NEXT_WORKING_DAY, Shift.NOON_NEXT_WORKING_DAY}
    ),
    Unit.DAYS: _OF_DAYS,
    Unit.WEEKS: _OF_DAYS,
    Unit.MONTHS: _OF_DAYS,
    Unit.WORKING_DAYS: frozenset(),
    Unit.IMMEDIATELY: frozenset(),
    Unit.IN_ADVANCE: frozenset(),
}
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NOON = time(12, 0)
_TWO_DAYS = timedelta(days=2)


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """A period that runs.

    Args:
        event: what starts it, in UTC.
        base: the day after which days are counted.
        end: the conservative one, in UTC.
    """

    within: Period
    event: datetime
    base: date
    end: datetime
    place: LegalPlace


class Moved(msgspec.Struct, frozen=True):
    """Where a reading would put the end, in UTC, and in plain words what it does."""

    end: datetime
    says: str


def must_fit(shift: Shift, unit: Unit) -> None:
    """Refuse a reading that makes no sense for a unit, whether or not it would move anything.

    Raises:
        ValueError: says which would; `SHIFTS_OF` tells beforehand.
    """
    if shift not in SHIFTS_OF[unit]:
        fitting = ", ".join(sorted(one.value for one in SHIFTS_OF[unit])) or "none"
        raise ValueError(f'"{shift.value}" does not fit a period in {unit.value}; {fitting} would')


def moved(shift: Shift, course: Course, latest: datetime) -> Moved | None:
    """What a fitting reading makes of the latest end so far; None where it moves nothing."""
    found = _MOVES[shift](course, latest)
    return found if found is not None and found.end > latest else None


def _next_full_hour(course: Course, latest: datetime) -> Moved | None:
    begins = next_hour(course.event)
    shown = as_shown(begins, course.place.zone)
    says = f"the hour of the event does not count: from {shown:%H:%M}"
    return Moved(latest + (begins - course.event), says)


def _next_working_day(course: Course, latest: datetime) -> Moved | None:
    zone, calendar = course.place.zone, course.place.calendar
    day = last_day(latest, zone)
    if calendar.works_on(day):
        return None
    ends, at = calendar.next_working_day(day), _time(course, latest)
    says = f"{told_day(day)} is no working day ({calendar.code}): {told_end(ends, at)}"
    return Moved(end_at(ends, at, zone), says)


def _two_working_days(course: Course, latest: datetime) -> Moved | None:
    zone, calendar = course.place.zone, course.place.calendar
    if last_day(course.end, zone) - course.base < _TWO_DAYS:
        return None
    second = calendar.next_working_day(calendar.next_working_day(course.base))
    at = _time(course, latest)
    says = f"two working days ({calendar.code}) must lie in it: {told_end(second, at)}"
    return Moved(end_at(second, at, zone), says)


def _noon_next_working_day(course: Course, latest: datetime) -> Moved | None:
    zone, calendar = course.place.zone, course.place.calendar
    day = last_day(course.end, zone)
    if calendar.works_on(day):
        return None
    ends = calendar.next_working_day(day)
    says = f"{told_day(day)} is no working day ({calendar.code}): noon of {told_day(ends)}"
    return Moved(end_at(ends, _NOON, zone), says)


def _time(course: Course, latest: datetime) -> time:
    hours = course.within.unit is Unit.HOURS
    return time_of(latest, course.place.zone) if hours else course.within.ends


_MOVES = {
    Shift.NEXT_FULL_HOUR: _next_full_hour,
    Shift.NEXT_WORKING_DAY: _next_working_day,
    Shift.TWO_WORKING_DAYS: _two_working_days,
    Shift.SAME_HOUR_NEXT_WORKING_DAY: _next_working_day,
    Shift.NOON_NEXT_WORKING_DAY: _noon_next_working_day,
}


def told_day(day: date) -> str:
    """A day in words: "Sunday 2026-12-27"."""
    return f"{_DAYS[day.weekday()]} {day.isoformat()}"


def told_end(day: date, at: time) -> str:
    """Until when on a day, in words."""
    until = "the end" if at == time.min else f"{at:%H:%M}"
    return f"until {until} of {told_day(day)}"
