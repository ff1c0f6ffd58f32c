"""From a day and a time of a place to an instant, and back, over every jump of its clocks.

Everything that is compared or added stands in UTC; a place's wall clock is only read and shown.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

_MIDNIGHT = time(0, 0)
_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)


def end_at(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The first instant at which the clocks of the place show `at` of that day, or more.

    Reading: 00:00 is 24:00, the end of the day. A time that is shown twice counts when it is shown
    first; one that is jumped over counts at the jump: the earlier, so the safe one.

    Returns: in UTC.
    """
    shown = datetime.combine(day + _DAY if at == _MIDNIGHT else day, at)
    first = shown.replace(tzinfo=zone).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) == shown:
        return first
    return _jump(shown.replace(tzinfo=zone, fold=1).astimezone(UTC), first, zone)


def _jump(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """When the offset of `after` began, to the microsecond."""
    offset = after.astimezone(zone).utcoffset()
    while after - before > timedelta.resolution:
        middle = before + (after - before) / 2
        if middle.astimezone(zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after


def last_day(end: datetime, zone: ZoneInfo) -> date:
    """The last day on which it is not too late yet: at 24:00 of Sunday it is Sunday."""
    return (end.astimezone(UTC) - timedelta.resolution).astimezone(zone).date()


def time_of(end: datetime, zone: ZoneInfo) -> time:
    """The time of `last_day` at which the end is; 00:00 is its 24:00."""
    local = end.astimezone(zone)
    return local.time() if local.date() == last_day(end, zone) else _MIDNIGHT


def next_hour(instant: datetime) -> datetime:
    """When the hour after that of the instant begins, in hours of UTC.

    Reading: 16:00 sharp lies in the hour from 16:00 to 17:00 (decision 0039).
    """
    return instant.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + _HOUR


def as_shown(instant: datetime, zone: ZoneInfo) -> datetime:
    """As the clocks of the place show it, with its offset at that instant.

    The offset is fixed: instants of one place can then be compared and subtracted safely in the
    hour that comes twice, which Python would do by their wall clocks otherwise.
    """
    local = instant.astimezone(zone)
    offset = local.utcoffset()
    return local.replace(tzinfo=None if offset is None else timezone(offset), fold=0)
