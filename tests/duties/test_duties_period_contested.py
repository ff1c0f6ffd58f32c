"""What is disputed about a period: readings with and without a code, and a later start."""

from __future__ import annotations

from datetime import datetime

import pytest
from places import (
    BERLIN,
    EU_DAYS,
    FULL_HOUR,
    NOON,
    WORKING_DAY,
    deadline,
    ends,
    period,
    place,
    shown,
)

from tocsin.duties.law import Period, Reading, Shift, Unit
from tocsin.duties.period import deadline_of
from tocsin.duties.shifts import SHIFTS_OF

FRIDAY, WEDNESDAY = "2027-02-19T09:00+01:00", "2027-02-17T09:00+01:00"
MOVED = Reading(shift=Shift.NEXT_WORKING_DAY, paragraph="3(4)", contention="C1")
MOVED_TOO = Reading(shift=Shift.TWO_WORKING_DAYS, paragraph="3(5)", contention="C2")
UNCODED = Reading(shift=Shift.TWO_WORKING_DAYS, paragraph="3(5)")


def contentions(event: str, *readings: Reading, own: str | None = None) -> tuple[str, ...]:
    found = deadline_of(
        period("2 days"),
        datetime.fromisoformat(event),
        place(*BERLIN),
        readings,
        paragraph="1",
        contention=own,
    )
    return found.contentions


def test_a_dispute_counts_where_its_reading_moved_something() -> None:
    assert contentions(FRIDAY, MOVED, MOVED_TOO) == ("C1", "C2")
    assert contentions(WEDNESDAY, MOVED, MOVED_TOO) == ()


def test_a_reading_without_a_code_has_that_of_its_clock() -> None:
    assert contentions(FRIDAY, MOVED, UNCODED, own="C9") == ("C1", "C9")
    assert contentions(FRIDAY, UNCODED) == ()
    assert contentions(WEDNESDAY, MOVED, UNCODED, own="C9") == ()


def test_the_same_dispute_is_told_once() -> None:
    assert contentions(FRIDAY, MOVED, UNCODED, own="C1") == ("C1",)


def test_where_nothing_is_argued_the_period_itself_is_disputed() -> None:
    assert contentions(FRIDAY, own="C9") == ("C9",)
    assert contentions(FRIDAY) == ()
    assert deadline("immediately", FRIDAY, contention="C3").contentions == ("C3",)


def test_a_later_start_counts_for_the_latest_instant_only() -> None:
    found = deadline("10 days", "2028-01-03T10:00+01:00", later="2028-01-06T23:30+01:00",
                     contention="C2")  # fmt: skip
    assert ends(found) == ("2028-01-14T00:00:00+01:00", "2028-01-17T00:00:00+01:00")
    assert found.contentions == ("C2",)
    assert [(step.paragraph, step.says, step.latest_only) for step in found.steps] == [
        ("Art. 1", "10 days after Monday 2028-01-03: until the end of Thursday 2028-01-13", False),
        ("Art. 1", "if it counts only from 2028-01-06 23:30: 10 days after Thursday 2028-01-06: "
         "until the end of Sunday 2028-01-16", True),
    ]  # fmt: skip


def test_a_later_start_has_the_same_readings() -> None:
    found = deadline("10 days", "2028-01-03T10:00+01:00", BERLIN, EU_DAYS,
                     later="2028-01-06T23:30+01:00")  # fmt: skip
    assert ends(found) == ("2028-01-14T00:00:00+01:00", "2028-01-18T00:00:00+01:00")
    assert [step.paragraph for step in found.steps] == ["Art. 1", "Art. 1", "Art. next-working-day"]
    assert [ends_at.at and ends_at.at.isoformat() for ends_at in found.steps][-2:] == [
        "2028-01-17T00:00:00+01:00",
        "2028-01-18T00:00:00+01:00",
    ]


@pytest.mark.parametrize("later", ["2028-01-05T09:00+01:00", "2028-01-05T22:30+01:00",
                                   "2028-01-06T09:00+01:00", "2027-12-01T09:00+01:00"])  # fmt: skip
def test_a_later_start_that_ends_no_later_changes_nothing(later: str) -> None:
    """Day 10 after 5 January is a Saturday, after the 6th a Sunday: Monday, both."""
    alone = deadline("10 days", "2028-01-05T22:30+01:00", BERLIN, WORKING_DAY, contention="C1")
    assert ends(alone) == ("2028-01-16T00:00:00+01:00", "2028-01-18T00:00:00+01:00")
    event = "2028-01-05T22:30+01:00"
    assert alone == deadline("10 days", event, BERLIN, WORKING_DAY, later=later, contention="C1")


def test_a_later_start_that_ends_no_later_is_no_dispute() -> None:
    found = deadline("10 days", FRIDAY, later=WEDNESDAY, contention="C2")
    assert found == deadline("10 days", FRIDAY)


def test_which_readings_fit_which_unit() -> None:
    full, working, two, same, noon = (
        Shift.NEXT_FULL_HOUR, Shift.NEXT_WORKING_DAY, Shift.TWO_WORKING_DAYS,
        Shift.SAME_HOUR_NEXT_WORKING_DAY, Shift.NOON_NEXT_WORKING_DAY,
    )  # fmt: skip
    assert SHIFTS_OF[Unit.HOURS] == {full, same, noon}
    for unit in (Unit.DAYS, Unit.WEEKS, Unit.MONTHS):
        assert SHIFTS_OF[unit] == {working, two, same, noon}
    for unit in (Unit.WORKING_DAYS, Unit.IMMEDIATELY, Unit.IN_ADVANCE):
        assert SHIFTS_OF[unit] == set()


def test_a_reading_that_does_not_fit_is_told_which_would() -> None:
    for unit in Unit:
        count = 0 if unit in (Unit.IMMEDIATELY, Unit.IN_ADVANCE) else 3
        for shift in set(Shift) - SHIFTS_OF[unit] if count else ():
            with pytest.raises(ValueError, match=f'"{shift.value}" does not fit') as refused:
                deadline(f"3 {unit.value}", FRIDAY, BERLIN, (shift,))
            for fitting in SHIFTS_OF[unit]:
                assert fitting.value in str(refused.value)
        for shift in SHIFTS_OF[unit]:
            deadline(f"3 {unit.value}", FRIDAY, BERLIN, (shift,))


def test_a_reading_for_a_period_that_takes_none_is_told_so() -> None:
    with pytest.raises(ValueError, match="does not fit a period in working_days; none would"):
        deadline("4 working_days", FRIDAY, BERLIN, NOON)
    with pytest.raises(ValueError, match="does not fit a period in immediately; none would"):
        deadline("immediately", FRIDAY, BERLIN, NOON)


@pytest.mark.parametrize("event", ["2027-02-19T09:00", "2027-02-19"])
def test_an_instant_without_a_zone_is_refused(event: str) -> None:
    with pytest.raises(ValueError, match="write its instant with an offset"):
        deadline("72 hours", event)
    with pytest.raises(ValueError, match="write its instant with an offset"):
        deadline("72 hours", FRIDAY, later=event)
    with pytest.raises(ValueError, match="write its instant with an offset"):
        deadline("immediately", event)


@pytest.mark.parametrize("unit", ["hours", "days", "working_days", "weeks", "months"])
def test_a_period_counts_from_one_to_the_year_9999(unit: str) -> None:
    for count in (0, -1):
        with pytest.raises(ValueError, match=f"a period of {count} {unit}: count from 1"):
            deadline(f"{count} {unit}", FRIDAY)
    with pytest.raises(ValueError, match="after the year 9999"):
        deadline(f"9 {unit}", "9999-12-31T20:00+00:00")
    with pytest.raises(ValueError, match="after the year 9999"):
        deadline(f"{10**12} {unit}", "9999-12-30T09:00+00:00")
    with pytest.raises(ValueError, match="after the year 9999"):
        deadline("2 hours", FRIDAY, later="9999-12-31T23:00+00:00")


def test_the_last_month_of_all_can_still_be_counted() -> None:
    found = deadline("1 month", "9999-11-30T09:00+00:00", ("UTC", "DE"))
    assert ends(found) == ("9999-12-31T00:00:00+00:00", None)


def test_hours_end_by_the_hour() -> None:
    for wrong in ("72 hours until 17:30", "72 hours after the year"):
        with pytest.raises(ValueError, match="count days to end it otherwise"):
            deadline(wrong, FRIDAY)


def test_days_from_the_end_of_a_year_start_no_later_than_the_same_from_within_it() -> None:
    by_year = Period(unit=Unit.DAYS, count=1, from_end_of_year=True)
    found = deadline_of(by_year, datetime.fromisoformat(FRIDAY), place(*BERLIN), (), paragraph="1")
    assert ends(found) == (shown("2028-01-02T00:00+01:00"), None)


def test_the_hour_of_a_later_start_does_not_count_either() -> None:
    found = deadline("24 hours", "2026-06-01T12:17+02:00", BERLIN, FULL_HOUR,
                     later="2026-06-01T12:40+02:00")  # fmt: skip
    assert ends(found)[1] == "2026-06-02T13:00:00+02:00"
    assert [step.paragraph for step in found.steps] == ["Art. 1", "Art. next-full-hour"]
