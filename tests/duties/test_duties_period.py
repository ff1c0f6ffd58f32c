"""When periods end. The dates are worked by hand, with a calendar on paper."""

from __future__ import annotations

import pytest
from places import (
    BERLIN,
    EU_DAYS,
    FULL_HOUR,
    NOON,
    SAME_HOUR,
    WORKING_DAY,
    deadline,
    ends,
    shown,
)

NEW_YORK = ("America/New_York", "US")
PARIS = ("Europe/Paris", "FR")

TABLE = [
    # hours run through nights, weekends and holidays
    ("1 hour", "2026-12-25T23:59+01:00", PARIS, (), "2026-12-26T00:59+01:00", None),
    ("72 hours", "2026-12-24T18:00+01:00", BERLIN, (), "2026-12-27T18:00+01:00", None),
    # the hour of the event does not count; a full hour lies in the hour that it begins
    ("24 hours", "2026-06-01T12:17+02:00", PARIS, FULL_HOUR,
     "2026-06-02T12:17+02:00", "2026-06-02T13:00+02:00"),
    ("24 hours", "2026-06-01T15:59:59.999999+02:00", PARIS, FULL_HOUR,
     "2026-06-02T15:59:59.999999+02:00", "2026-06-02T16:00+02:00"),
    ("24 hours", "2026-06-01T16:00+02:00", PARIS, FULL_HOUR,
     "2026-06-02T16:00+02:00", "2026-06-02T17:00+02:00"),
    # hours of UTC where the zone is half an hour off
    ("6 hours", "2026-06-01T10:10+05:30", ("Asia/Kolkata", "IN"), FULL_HOUR,
     "2026-06-01T16:10+05:30", "2026-06-01T16:30+05:30"),
    # both changes of the clock
    ("72 hours", "2026-03-27T18:15+01:00", BERLIN, FULL_HOUR,
     "2026-03-30T19:15+02:00", "2026-03-30T20:00+02:00"),
    ("72 hours", "2027-10-29T09:20+02:00", BERLIN, FULL_HOUR,
     "2027-11-01T08:20+01:00", "2027-11-01T09:00+01:00"),
    ("24 hours", "2026-10-31T20:00-04:00", NEW_YORK, (), "2026-11-01T19:00-05:00", None),
    ("1 hour", "2026-10-25T02:30+02:00", BERLIN, (), "2026-10-25T02:30+01:00", None),
    # days: that of the event does not count, and it is the day of the place
    ("15 days", "2027-02-01T00:00+01:00", BERLIN, (), "2027-02-17T00:00+01:00", None),
    ("15 days", "2027-02-01T23:59+01:00", BERLIN, (), "2027-02-17T00:00+01:00", None),
    ("3 days", "2026-06-03T22:30+00:00", BERLIN, (), "2026-06-08T00:00+02:00", None),
    ("10 days", "2026-10-20T09:00+02:00", BERLIN, (), "2026-10-31T00:00+01:00", None),
    # the last day becomes a working day, the end stays the end of the day
    ("10 days", "2027-02-10T09:00+01:00", BERLIN, WORKING_DAY,
     "2027-02-21T00:00+01:00", "2027-02-23T00:00+01:00"),
    ("2 days until 17:30", "2026-12-23T09:00+01:00", PARIS, WORKING_DAY,
     "2026-12-25T17:30+01:00", "2026-12-28T17:30+01:00"),
    ("10 days", "2027-02-08T09:00+01:00", BERLIN, WORKING_DAY, "2027-02-19T00:00+01:00", None),
    # two working days, from two days on
    ("2 days", "2027-02-19T09:00+01:00", BERLIN, EU_DAYS,
     "2027-02-22T00:00+01:00", "2027-02-24T00:00+01:00"),
    ("2 days", "2027-02-18T09:00+01:00", BERLIN, EU_DAYS,
     "2027-02-21T00:00+01:00", "2027-02-23T00:00+01:00"),
    ("1 day", "2027-02-19T09:00+01:00", BERLIN, EU_DAYS,
     "2027-02-21T00:00+01:00", "2027-02-23T00:00+01:00"),
    ("3 days", "2026-12-24T09:00+01:00", BERLIN, EU_DAYS,
     "2026-12-28T00:00+01:00", "2026-12-30T00:00+01:00"),
    ("2 days until 12:00", "2027-02-19T09:00+01:00", BERLIN, EU_DAYS,
     "2027-02-21T12:00+01:00", "2027-02-23T12:00+01:00"),
    ("2 days", "2027-02-16T09:00+01:00", BERLIN, EU_DAYS, "2027-02-19T00:00+01:00", None),
    # working days
    ("4 working_days until 17:30", "2026-12-22T15:00-05:00", NEW_YORK, (),
     "2026-12-29T17:30-05:00", None),
    ("10 working_days", "2026-06-26T15:00-04:00", NEW_YORK, (), "2026-07-14T00:00-04:00", None),
    ("1 working_day", "2026-06-27T15:00-04:00", NEW_YORK, (), "2026-06-30T00:00-04:00", None),
    # weeks, months, and months without such a day
    ("4 weeks", "2026-03-02T13:00+01:00", PARIS, (), "2026-03-31T00:00+02:00", None),
    ("1 month", "2026-11-29T13:00+01:00", PARIS, (), "2026-12-30T00:00+01:00", None),
    ("1 month", "2027-01-31T13:00+01:00", PARIS, (), "2027-03-01T00:00+01:00", None),
    ("1 month", "2028-01-31T13:00+01:00", PARIS, (), "2028-03-01T00:00+01:00", None),
    ("3 months", "2026-11-30T13:00+01:00", PARIS, (), "2027-03-01T00:00+01:00", None),
    ("12 months", "2028-02-29T13:00+01:00", PARIS, (), "2029-03-01T00:00+01:00", None),
    ("1 month", "2026-12-05T13:00+01:00", PARIS, (), "2027-01-06T00:00+01:00", None),
    ("18 months", "2026-12-05T13:00+01:00", PARIS, WORKING_DAY,
     "2028-06-06T00:00+02:00", "2028-06-07T00:00+02:00"),
    # from the end of the year of the event
    ("60 days after the year", "2026-01-01T00:00-05:00", NEW_YORK, (),
     "2027-03-02T00:00-05:00", None),
    ("2 months after the year", "2027-12-31T23:00-05:00", NEW_YORK, (),
     "2028-03-01T00:00-05:00", None),
    ("2 days after the year", "2026-06-01T00:00+02:00", BERLIN, EU_DAYS,
     "2027-01-03T00:00+01:00", "2027-01-06T00:00+01:00"),
    # the same hour of the next working day
    ("72 hours", "2026-12-23T15:20-05:00", NEW_YORK, SAME_HOUR,
     "2026-12-26T15:20-05:00", "2026-12-28T15:20-05:00"),
    ("24 hours", "2026-03-06T02:30-05:00", NEW_YORK, SAME_HOUR, "2026-03-07T02:30-05:00",
     "2026-03-09T02:30-04:00"),
    ("24 hours", "2026-11-12T00:00-05:00", NEW_YORK, SAME_HOUR, "2026-11-13T00:00-05:00", None),
    ("24 hours", "2026-11-14T00:00-05:00", NEW_YORK, SAME_HOUR,
     "2026-11-15T00:00-05:00", "2026-11-17T00:00-05:00"),
    ("30 days", "2026-11-26T15:20-05:00", NEW_YORK, SAME_HOUR,
     "2026-12-27T00:00-05:00", "2026-12-29T00:00-05:00"),
    # noon of the next working day; at 24:00 of Sunday it is still Sunday
    ("4 hours", "2026-12-26T10:00+01:00", BERLIN, NOON,
     "2026-12-26T14:00+01:00", "2026-12-28T12:00+01:00"),
    ("24 hours", "2026-12-20T00:00+01:00", BERLIN, NOON,
     "2026-12-21T00:00+01:00", "2026-12-21T12:00+01:00"),
    ("24 hours", "2026-12-18T00:00+01:00", BERLIN, NOON, "2026-12-19T00:00+01:00", None),
    ("1 month", "2026-11-20T10:00+01:00", BERLIN, NOON,
     "2026-12-21T00:00+01:00", "2026-12-21T12:00+01:00"),
    # one reading on the other
    ("4 hours", "2026-12-26T10:10+01:00", BERLIN, FULL_HOUR + NOON,
     "2026-12-26T14:10+01:00", "2026-12-28T12:00+01:00"),
    ("24 hours", "2026-12-25T10:10+01:00", BERLIN, FULL_HOUR + SAME_HOUR,
     "2026-12-26T10:10+01:00", "2026-12-28T11:00+01:00"),
    ("2 days", "2027-02-19T09:00+01:00", BERLIN, EU_DAYS + NOON,
     "2027-02-22T00:00+01:00", "2027-02-24T00:00+01:00"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "event", "at", "shifts", "conservative", "latest"), TABLE)
def test_worked_by_hand(said, event, at, shifts, conservative, latest) -> None:
    found = deadline(said, event, at, shifts)
    assert ends(found) == (shown(conservative), shown(latest))


def told(said, *more, **others) -> list[str]:
    return [step.says for step in deadline(said, *more, **others).steps]


def test_each_step_says_what_it_did_in_plain_words() -> None:
    assert told("2 days", "2027-02-19T09:00+01:00", BERLIN, EU_DAYS) == [
        "2 days after Friday 2027-02-19: until the end of Sunday 2027-02-21",
        "Sunday 2027-02-21 is no working day (DE-BE): until the end of Monday 2027-02-22",
        "two working days (DE-BE) must lie in it: until the end of Tuesday 2027-02-23",
    ]
    assert told("72 hours", "2026-10-23T16:15:00+00:00", BERLIN, FULL_HOUR) == [
        "72 hours from 2026-10-23 18:15, as they elapse",
        "the hour of the event does not count: from 19:00",
    ]
    assert told("1 month", "2026-11-27T12:00+01:00", BERLIN, NOON) == [
        "1 month after Friday 2026-11-27: until the end of Sunday 2026-12-27",
        "Sunday 2026-12-27 is no working day (DE-BE): noon of Monday 2026-12-28",
    ]
    assert told("4 working_days until 17:30", "2026-11-23T15:00-05:00", NEW_YORK) == [
        "4 working days (US) after Monday 2026-11-23: until 17:30 of Monday 2026-11-30"
    ]
    assert told("60 days after the year", "2027-05-03T09:00-05:00", NEW_YORK) == [
        "60 days after the end of 2027: until the end of Tuesday 2028-02-29"
    ]
    assert told("1 hour", "2026-11-28T15:20-05:00", NEW_YORK, SAME_HOUR) == [
        "1 hour from 2026-11-28 15:20, as they elapse",
        "Saturday 2026-11-28 is no working day (US): until 16:20 of Monday 2026-11-30",
    ]


def test_each_step_names_its_paragraph_and_its_instant() -> None:
    found = deadline("2 days", "2027-02-19T09:00+01:00", BERLIN, EU_DAYS)
    assert [step.paragraph for step in found.steps] == [
        "Art. 1", "Art. next-working-day", "Art. two-working-days",
    ]  # fmt: skip
    assert [step.at and step.at.isoformat() for step in found.steps] == [
        "2027-02-22T00:00:00+01:00", "2027-02-23T00:00:00+01:00", "2027-02-24T00:00:00+01:00",
    ]  # fmt: skip
    assert [step.latest_only for step in found.steps] == [False, True, True]


def test_a_reading_that_moves_nothing_leaves_no_step() -> None:
    found = deadline("2 days", "2027-02-18T09:00+01:00", BERLIN, EU_DAYS + NOON)
    assert [step.paragraph for step in found.steps[1:]] == [
        "Art. next-working-day",
    ]


@pytest.mark.parametrize(("said", "says"), [("immediately", "immediately"),
                                            ("in_advance", "before it is done")])  # fmt: skip
def test_what_has_no_instant_gets_none(said: str, says: str) -> None:
    found = deadline(said, "2027-12-16T11:00+01:00", later="2027-12-17T11:00+01:00")
    assert ends(found) == (None, None)
    (step,) = found.steps
    assert step.says == f"{says}: no instant is named"
    assert (step.at, step.paragraph, step.latest_only) == (None, "Art. 1", False)
