"""When somebody works, as spans of time without zones: milliseconds after the start of a week.

Zones and changes of the clock are settled when the spans are laid out; asking a calendar is a
search in a list. The spans agree with `register.reach.is_working` at every minute.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from tocsin.register.model import Hours

MINUTE_MS, HOUR_MS = 60_000, 3_600_000
DAY_MS = 24 * HOUR_MS
WEEK_MS = 7 * DAY_MS
HOURS_OF_WEEK = 7 * 24
HORIZON_MS = 10 * WEEK_MS
"""So far the spans follow the clocks of their zone; after that, the last week repeats."""

Span = tuple[int, int]
"""From when, inclusive, to when, exclusive."""


class Calendar:
    """Somebody's hours of work, and what becomes of work that meets their end.

    Args:
        spans: in order and apart, at least one in the last week before `HORIZON_MS`.
        overtime_ms: work that is begun goes on this long past the end of hours; what needs longer
            rests until the next hours.
    """

    def __init__(self, spans: Sequence[Span], overtime_ms: int = 0) -> None:
        cut = [*_within(spans, 0, HORIZON_MS - WEEK_MS), *_within(spans, _LAST_WEEK, HORIZON_MS)]
        self.opens = [begin for begin, _ in cut]
        self.closes = [end for _, end in cut]
        self.overtime_ms = overtime_ms
        self._again = bisect_right(self.closes, _LAST_WEEK)  # the first span of the last week

    def begins(self, at: int) -> int:
        """The first instant from `at` on that lies within the hours."""
        back = 0 if at < HORIZON_MS else _weeks_past(at)
        place = bisect_right(self.closes, at - back)
        if place == len(self.closes):
            place, back = self._again, back + WEEK_MS
        opens = self.opens[place] + back
        return opens if opens > at else at

    def ends(self, begin: int, work_ms: int) -> int:
        """When work is done that begins at an instant within the hours."""
        back = 0 if begin < HORIZON_MS else _weeks_past(begin)
        begin -= back
        place = bisect_right(self.closes, begin)
        while begin + work_ms > self.closes[place] + self.overtime_ms:
            work_ms -= self.closes[place] - begin
            place += 1
            if place == len(self.closes):
                place, back = self._again, back + WEEK_MS
            begin = self.opens[place]
        return back + begin + work_ms


_LAST_WEEK = HORIZON_MS - WEEK_MS


def _weeks_past(at: int) -> int:
    return ((at - HORIZON_MS) // WEEK_MS + 1) * WEEK_MS


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same time as spans in order and apart."""
    found: list[Span] = []
    for begin, end in sorted(spans):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        elif begin < end:
            found.append((begin, end))
    return found


def spans_of(hours: Sequence[Hours], zone: str, monday: datetime) -> list[Span]:
    """These hours by the clocks of a zone, from `monday` to the horizon.

    Args:
        monday: the instant from which milliseconds are counted.
    """
    found: list[Span] = []
    for begin, end, offset in _offsets(ZoneInfo(zone), monday):
        wall = monday.replace(tzinfo=None) + timedelta(milliseconds=begin + offset)
        midnight = wall.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
        while _after(midnight, monday) - offset < end:
            start = _after(midnight, monday) - offset
            spans = _of_day(hours, midnight.weekday(), start)
            found += _within(spans, max(0, begin), end)
            midnight += timedelta(days=1)
    return merged(found)


def hour_starts(zone: str, day: datetime) -> list[datetime]:
    """When each hour of the week begins by the clocks of a zone, from Monday's midnight on.

    Args:
        day: some moment of the Monday, without a zone.
    """
    midnight = day.replace(hour=0, minute=0, second=0, microsecond=0)
    hours = (midnight + timedelta(hours=n) for n in range(HOURS_OF_WEEK))
    return [hour.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) for hour in hours]


def _of_day(hours: Iterable[Hours], weekday: int, midnight: int) -> Iterator[Span]:
    for one in hours:
        if weekday in one.days:
            to = one.to_minute + (one.to_minute <= one.from_minute) * 24 * 60
            yield midnight + one.from_minute * MINUTE_MS, midnight + to * MINUTE_MS


@lru_cache(maxsize=64)
def _offsets(zone: ZoneInfo, monday: datetime) -> tuple[tuple[int, int, int], ...]:
    """Spans through which the zone's clocks do not change, each with what they are ahead of UTC.

    Kept, for they are the same for all people of a zone, and finding them asks its every hour.
    """
    changes, last = [0], HORIZON_MS
    before = _offset(zone, monday, 0)
    for hour in range(HOUR_MS, last + HOUR_MS, HOUR_MS):
        offset = _offset(zone, monday, hour)
        if offset != before:
            low, high = hour - HOUR_MS, hour
            while high - low > MINUTE_MS:
                middle = (low + high) // 2 // MINUTE_MS * MINUTE_MS
                low, high = (middle, high) if _offset(zone, monday, middle) == before else (
                    low, middle)  # fmt: skip
            changes.append(high)
            before = offset
    spans = pairwise([*changes, last])
    return tuple((begin, end, _offset(zone, monday, begin)) for begin, end in spans)


def _offset(zone: ZoneInfo, monday: datetime, at: int) -> int:
    offset = (monday + timedelta(milliseconds=at)).astimezone(zone).utcoffset()
    return (offset or timedelta()) // timedelta(milliseconds=1)


def _after(wall: datetime, monday: datetime) -> int:
    return (wall - monday.replace(tzinfo=None)) // timedelta(milliseconds=1)


def _within(spans: Iterable[Span], begin: int, end: int) -> Iterator[Span]:
    for opens, closes in spans:
        if max(opens, begin) < min(closes, end):
            yield max(opens, begin), min(closes, end)
