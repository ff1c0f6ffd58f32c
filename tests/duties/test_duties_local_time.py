"""Days that begin with a jump of the clocks, end twice, or never were."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from places import NOON, SAME_HOUR, WORKING_DAY, deadline, ends, shown

from tocsin.duties.local_time import as_shown, end_at, last_day, next_hour, time_of

JUMPS = [
    # at 00:00 the clocks go on to 01:00: the day ends at the jump
    ("America/Sao_Paulo", "2018-11-03", "2018-11-04T01:00-02:00"),
    ("Africa/Cairo", "2024-04-25", "2024-04-26T01:00+03:00"),
    ("Asia/Beirut", "2024-03-30", "2024-03-31T01:00+03:00"),
    # at 23:30 they went on to 00:30
    ("America/Toronto", "1919-03-30", "1919-03-31T00:30-04:00"),
    # at 24:00 they went back to 23:00: the last hour came twice, the day is an hour longer
    ("America/Sao_Paulo", "2018-02-17", "2018-02-18T00:00-03:00"),
    ("America/Nuuk", "2024-10-26", "2024-10-27T00:00-02:00"),
    # at 01:00 they went back to 00:00: the first midnight counts
    ("America/Havana", "2026-10-31", "2026-11-01T00:00-04:00"),
    # at 00:01 they went back to 23:01: it is too late when the next day began first
    ("America/St_Johns", "2010-11-06", "2010-11-07T00:00-02:30"),
    # a Friday that never was, and the day before it
    ("Pacific/Apia", "2011-12-29", "2011-12-31T00:00+14:00"),
    ("Pacific/Apia", "2011-12-30", "2011-12-31T00:00+14:00"),
]


@pytest.mark.parametrize(("zone", "day", "end"), JUMPS)
def test_a_day_ends_when_its_clocks_first_show_the_next(zone: str, day: str, end: str) -> None:
    place = ZoneInfo(zone)
    found = end_at(date.fromisoformat(day), time.min, place)
    assert as_shown(found, place).isoformat() == shown(end)
    assert found.tzinfo is UTC
    before = (found - timedelta.resolution).astimezone(place)
    assert before.date() < datetime.fromisoformat(end).date()


@pytest.mark.parametrize(("zone", "day", "end"), JUMPS[:-1])
def test_at_its_end_a_day_is_still_the_last_and_one_instant_later_is_not(
    zone: str, day: str, end: str
) -> None:
    place, instant = ZoneInfo(zone), datetime.fromisoformat(end)
    assert last_day(instant, place).isoformat() == day
    assert time_of(instant, place) == time.min
    after = instant + timedelta.resolution
    assert last_day(after, place) == instant.date()
    assert time_of(after, place) == after.time()


def test_a_time_that_is_jumped_over_counts_at_the_jump() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    found = end_at(date(2027, 3, 28), time(2, 30), berlin)
    assert as_shown(found, berlin).isoformat() == "2027-03-28T03:00:00+02:00"
    found = end_at(date(2027, 3, 28), time(2, 59, 59, 999999), berlin)
    assert as_shown(found, berlin).isoformat() == "2027-03-28T03:00:00+02:00"


def test_a_time_that_comes_twice_counts_when_it_comes_first() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    found = end_at(date(2027, 10, 31), time(2, 30), berlin)
    assert as_shown(found, berlin).isoformat() == "2027-10-31T02:30:00+02:00"


def test_a_day_of_25_hours_and_one_of_23() -> None:
    found = deadline("1 day", "2026-10-24T12:00+02:00")
    assert ends(found) == ("2026-10-26T00:00:00+01:00", None)
    found = deadline("1 day", "2027-03-27T12:00+01:00")
    assert ends(found) == ("2027-03-29T00:00:00+02:00", None)


def test_a_shifted_day_that_begins_with_a_jump() -> None:
    cairo = ("Africa/Cairo", "EG")  # 25 April is a holiday, Friday and Saturday are the weekend
    for shifts in (WORKING_DAY, SAME_HOUR):
        found = deadline("3 days", "2024-04-22T12:00+02:00", cairo, shifts)
        assert ends(found) == ("2024-04-26T01:00:00+03:00", "2024-04-29T00:00:00+03:00")
    found = deadline("3 days", "2024-04-22T12:00+02:00", cairo, NOON)
    assert ends(found)[1] == "2024-04-28T12:00:00+03:00"


def test_a_moved_day_ends_at_its_own_time_again() -> None:
    """Easter 2027: at 02:30 of Sunday the clocks jump, Monday is a holiday."""
    at = ("Europe/Berlin", "DE")
    found = deadline("1 day until 02:30", "2027-03-27T12:00+01:00", at, WORKING_DAY)
    assert ends(found) == ("2027-03-28T03:00:00+02:00", "2027-03-30T02:30:00+02:00")


def test_the_same_hour_of_a_day_on_which_it_is_jumped_over() -> None:
    """An office in Berlin that keeps the week of Israel works on Sunday 28 March."""
    at = ("Europe/Berlin", "IL")
    found = deadline("24 hours", "2027-03-26T02:30+01:00", at, SAME_HOUR)
    assert ends(found) == ("2027-03-27T02:30:00+01:00", "2027-03-28T03:00:00+02:00")


@pytest.mark.parametrize(
    ("instant", "hour"),
    [
        ("2026-06-01T16:00:00+02:00", "2026-06-01T15:00:00+00:00"),
        ("2026-06-01T16:00:00.000001+02:00", "2026-06-01T15:00:00+00:00"),
        ("2026-06-01T15:59:59.999999+02:00", "2026-06-01T14:00:00+00:00"),
        ("2026-06-01T23:10:00-02:30", "2026-06-02T02:00:00+00:00"),
    ],
)
def test_the_next_hour_is_that_of_utc(instant: str, hour: str) -> None:
    assert next_hour(datetime.fromisoformat(instant)).isoformat() == hour


def test_what_is_shown_can_be_compared_in_the_hour_that_comes_twice() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    first = as_shown(datetime(2026, 10, 25, 0, 45, tzinfo=UTC), berlin)  # 02:45, summer
    second = as_shown(datetime(2026, 10, 25, 1, 15, tzinfo=UTC), berlin)  # 02:15, winter
    assert first < second
    assert second - first == timedelta(minutes=30)
    assert first.tzinfo == timezone(timedelta(hours=2))
