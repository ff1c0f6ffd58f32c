"""Hours of work by the clocks of a zone: the same as the register's own, at every minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from networks import MONDAYS, ZONES

from tocsin.playbook.simulation.calendar import (
    HORIZON_MS,
    HOUR_MS,
    MINUTE_MS,
    WEEK_MS,
    Calendar,
    hour_starts,
    merged,
    spans_of,
)
from tocsin.register.formats import hours_of
from tocsin.register.model import Hours, Person
from tocsin.register.reach import is_working

MONDAY = datetime(2027, 1, 11, tzinfo=UTC)


def hours(*words: str) -> tuple[Hours, ...]:
    read = [hours_of(word) for word in words]
    assert None not in read
    return tuple(one for one in read if one is not None)


def office(overtime_ms: int = 0) -> Calendar:
    return Calendar(spans_of(hours("mon-fri 09:00-17:00"), "UTC", MONDAY), overtime_ms)


DAY = st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days)))
SOME = st.builds(
    Hours, days=DAY, from_minute=st.integers(0, 1439), to_minute=st.integers(1, 1440)
).filter(lambda one: one.from_minute != one.to_minute)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(SOME, min_size=1, max_size=3),
    st.sampled_from([*ZONES, "Australia/Lord_Howe", "America/St_Johns"]),
    st.sampled_from(MONDAYS),
    st.lists(st.integers(0, HORIZON_MS // MINUTE_MS - 1), min_size=30, max_size=30),
)
def test_the_spans_are_the_hours_of_the_register(
    some: list[Hours], zone: str, monday: datetime, minutes: list[int]
) -> None:
    person = Person(id="p", name="P", hours=tuple(some), time_zone=zone)
    calendar = Calendar(spans_of(some, zone, monday))
    # The hours around the changes of the clock are where a slip would hide: ask there each time.
    changes = [m * 60 * 24 * 7 - n for m in (1, 2, 3) for n in (90, 75, 60, 45, 30, 15, 1, 0, -30)]
    for minute in (*minutes, *changes):
        at = monday + timedelta(minutes=minute)
        works = calendar.begins(minute * MINUTE_MS) == minute * MINUTE_MS
        assert works == is_working(person, at), at


def test_whoever_is_asked_on_friday_at_five_begins_on_monday_at_nine() -> None:
    friday_17 = (4 * 24 + 17) * HOUR_MS
    assert office().begins(friday_17) == WEEK_MS + 9 * HOUR_MS
    assert office().begins(friday_17 - 1) == friday_17 - 1


def test_work_rests_at_night_and_goes_on_in_the_morning() -> None:
    ten, sixteen = 10 * HOUR_MS, 16 * HOUR_MS
    assert office().ends(ten, 7 * HOUR_MS) == 17 * HOUR_MS
    assert office().ends(ten, 8 * HOUR_MS) == 24 * HOUR_MS + ten
    assert office(2 * HOUR_MS).ends(sixteen, 3 * HOUR_MS) == 19 * HOUR_MS, "carried to its end"
    assert office(2 * HOUR_MS).ends(sixteen, 4 * HOUR_MS) == (24 + 12) * HOUR_MS, "too long to stay"


@given(st.integers(0, 3 * HORIZON_MS), st.integers(1, 100 * HOUR_MS))
def test_after_the_horizon_the_last_week_repeats(at: int, work: int) -> None:
    calendar = office()
    begin = calendar.begins(at)
    assert begin >= at and calendar.begins(begin) == begin
    assert calendar.begins(at + WEEK_MS) == begin + WEEK_MS
    end = calendar.ends(begin, work)
    assert end >= begin + work
    assert calendar.ends(begin + WEEK_MS, work) == end + WEEK_MS


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50))))
def test_merged_spans_are_apart_and_cover_the_same_time(spans: list[tuple[int, int]]) -> None:
    found = merged(spans)
    assert all(end < begin for (_, end), (begin, _) in pairwise(found))
    covered = {at for begin, end in spans for at in range(begin, end)}
    assert covered == {at for begin, end in found for at in range(begin, end)}


def test_the_hours_of_a_week_are_those_on_the_wall() -> None:
    starts = hour_starts("Europe/Berlin", datetime(2026, 10, 19))
    assert len(starts) == 168
    assert starts[0] == datetime(2026, 10, 18, 22, tzinfo=UTC)
    assert starts[-1] == datetime(2026, 10, 25, 22, tzinfo=UTC), "the clocks went back that night"
