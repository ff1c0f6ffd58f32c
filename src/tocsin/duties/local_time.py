"""From a day and a time of a place to an instant, and back, over every jump of its clocks.

Everything that is compared or added stands in UTC; a place's wall clock is only read and shown.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)


def end_at(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The first instant at which the clocks of the place show `at` of that day, or more.

    Reading: 00:00 is 24:00, the end of the day. A time that is shown twice counts when it is shown
    first; one that is jumped over counts at the jump: the earlier, so the safe one.

    Returns: in UTC.
    """
    shown = datetime.combine(day + _DAY if at == time.min else day, at, tzinfo=zone)
    first = shown.astimezone(UTC)
    if first.astimezone(zone) == shown:  # of one zone: by the wall clock
        return first
    return _jump(shown.replace(fold=1).astimezone(UTC), first, zone)


def _jump(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """When the offset of `after` began, to the microsecond."""
    offset = after.astimezone(zone).utcoffset()
    passed = bisect_left(
        range((after - before) // timedelta.resolution),
        True,
        key=lambda n: (before + n * timedelta.resolution).astimezone(zone).utcoffset() == offset,
    )
    return before + passed * timedelta.resolution


def last_day(end: datetime, zone: ZoneInfo) -> date:
    """The last day on which it is not too late yet: at 24:00 of Sunday it is Sunday."""
    return (end.astimezone(UTC) - timedelta.resolution).astimezone(zone).date()


def time_of(end: datetime, zone: ZoneInfo) -> time:
    """The time of `last_day` at which the end is; 00:00 is its 24:00."""
    local = end.astimezone(zone)
    return local.time() if local.date() == last_day(end, zone) else time.min


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
    offset = instant.astimezone(zone).utcoffset()
    assert offset is not None  # a zone has one at any instant
    return instant.astimezone(timezone(offset))
