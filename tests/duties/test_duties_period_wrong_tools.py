"""Wrong results that are found in public tools: none of them comes out here."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from places import BERLIN, EU_DAYS, FULL_HOUR, deadline, ends

MONDAY = "2028-03-06T09:40+01:00"


def test_fifteen_days_are_not_fifteen_working_days() -> None:
    assert ends(deadline("15 days", MONDAY)) == ("2028-03-22T00:00:00+01:00", None)
    # 7, 9, 10 (the 8th is a holiday in Berlin), 13-17, 20-24, 27, 28 March
    assert ends(deadline("15 working_days", MONDAY)) == ("2028-03-29T00:00:00+02:00", None)


def test_hours_are_not_added_to_a_wall_clock() -> None:
    before = "2027-10-29T18:15+02:00"
    naive = datetime.fromisoformat(before).astimezone(ZoneInfo("Europe/Berlin"))
    naive += timedelta(hours=72)  # Python adds to the wall clock
    found = deadline("72 hours", before)
    assert found.conservative == naive - timedelta(hours=1)  # it would have been an hour late
    before = "2027-03-26T18:15+01:00"
    naive = datetime.fromisoformat(before).astimezone(ZoneInfo("Europe/Berlin"))
    naive += timedelta(hours=72)
    found = deadline("72 hours", before)
    assert found.conservative == naive + timedelta(hours=1)


def test_seventy_two_hours_are_not_three_days() -> None:
    hours, days = deadline("72 hours", MONDAY), deadline("3 days", MONDAY)
    assert ends(hours)[0] == "2028-03-09T09:40:00+01:00"
    assert ends(days)[0] == "2028-03-10T00:00:00+01:00"


def test_a_month_is_not_thirty_days() -> None:
    assert ends(deadline("1 month", "2027-01-29T12:00+01:00"))[0] == "2027-03-01T00:00:00+01:00"
    assert ends(deadline("30 days", "2027-01-29T12:00+01:00"))[0] == "2027-03-01T00:00:00+01:00"
    assert ends(deadline("1 month", "2027-07-29T12:00+02:00"))[0] == "2027-08-30T00:00:00+02:00"
    assert ends(deadline("30 days", "2027-07-29T12:00+02:00"))[0] == "2027-08-29T00:00:00+02:00"


def test_unity_day_is_a_holiday_in_germany_alone() -> None:
    """Day 10 after Tuesday 23 September 2025 is Friday 3 October."""
    event = "2025-09-23T10:00+02:00"
    for zone, calendar in (
        ("Europe/Paris", "FR"),
        ("Europe/Rome", "IT"),
        ("Europe/Brussels", "BE"),
    ):
        found = deadline("10 days", event, (zone, calendar), EU_DAYS)
        assert ends(found) == ("2025-10-04T00:00:00+02:00", None)
    found = deadline("10 days", event, BERLIN, EU_DAYS)
    assert ends(found) == ("2025-10-04T00:00:00+02:00", "2025-10-07T00:00:00+02:00")


def test_hours_that_end_on_a_weekend_are_not_moved_to_monday() -> None:
    found = deadline("72 hours", "2028-03-08T10:30+01:00", BERLIN, FULL_HOUR)
    assert ends(found) == ("2028-03-11T10:30:00+01:00", "2028-03-11T11:00:00+01:00")


def test_the_day_of_the_event_is_that_of_the_place_not_that_of_greenwich() -> None:
    late = "2028-03-06T03:30+00:00"  # Sunday evening in New York, Monday in Europe
    assert ends(deadline("3 days", late, ("America/New_York", "US")))[0] == (
        "2028-03-09T00:00:00-05:00"
    )
    assert ends(deadline("3 days", late))[0] == "2028-03-10T00:00:00+01:00"


def test_the_day_after_thanksgiving_is_a_business_day() -> None:
    at = ("America/New_York", "US")
    found = deadline("4 working_days until 17:30", "2027-11-22T15:00-05:00", at)
    assert ends(found) == ("2027-11-29T17:30:00-05:00", None)
