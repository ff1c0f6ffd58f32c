"""What holds for every period, event, place and reading."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from places import place

from tocsin.duties.calendars import LegalPlace
from tocsin.duties.deadline import Deadline
from tocsin.duties.law import Period, Reading, Shift, Unit
from tocsin.duties.local_time import as_shown, last_day
from tocsin.duties.period import deadline_of
from tocsin.duties.shifts import SHIFTS_OF

PLACES = [
    place(*one)
    for one in (
        ("Europe/Berlin", "DE-BE"), ("Europe/Paris", "FR"), ("America/New_York", "US"),
        ("America/Sao_Paulo", "BR"), ("Africa/Cairo", "EG"), ("Asia/Jerusalem", "IL"),
        ("America/Havana", "CU"), ("Asia/Kolkata", "IN"), ("Asia/Shanghai", "CN"),
        ("America/St_Johns", "CA-NL"), ("Australia/Lord_Howe", "AU-NSW"), ("Pacific/Apia", "WS"),
    )
]  # fmt: skip
FROM, UNTIL = datetime(2007, 1, 1), datetime(2031, 12, 31)
INSTANTS = st.datetimes(FROM, UNTIL, timezones=st.just(UTC))
DAYLIKE = (Unit.DAYS, Unit.WORKING_DAYS, Unit.WEEKS, Unit.MONTHS)


@st.composite
def periods(draw: st.DrawFn, *units: Unit) -> Period:
    unit = draw(st.sampled_from(units or (Unit.HOURS, *DAYLIKE)))
    count = draw(st.integers(1, 14 if unit is Unit.MONTHS else 100))
    if unit is Unit.HOURS:
        return Period(unit=unit, count=count)
    ends = draw(st.sampled_from([time.min, time(17, 30), time(2, 30), time(12)]))
    return Period(unit=unit, count=count, ends=ends, from_end_of_year=draw(st.booleans()))


@st.composite
def cases(draw: st.DrawFn) -> tuple[Period, LegalPlace, list[Reading]]:
    within = draw(periods())
    fitting = sorted(SHIFTS_OF[within.unit], key=lambda shift: shift.value)
    shifts = draw(st.lists(st.sampled_from(fitting), max_size=4)) if fitting else []
    readings = [Reading(shift=shift, paragraph=f"p{n}") for n, shift in enumerate(shifts)]
    return within, draw(st.sampled_from(PLACES)), readings


def of(case: tuple[Period, LegalPlace, list[Reading]], event: datetime, **more) -> Deadline:
    within, at, readings = case
    return deadline_of(within, event, at, readings, paragraph="p", **more)


@given(cases(), INSTANTS, INSTANTS)
def test_a_later_event_never_ends_earlier_surely(case, one: datetime, other: datetime) -> None:
    first, second = sorted((one, other))
    assert of(case, first).conservative <= of(case, second).conservative


@given(cases(), INSTANTS)
def test_the_latest_is_later_and_the_last_step_is_it(case, event: datetime) -> None:
    found = of(case, event)
    assert found.conservative > event
    assert found.steps[0].at == found.conservative
    if found.latest is None:
        assert len(found.steps) == 1
    else:
        assert found.conservative < found.latest == found.steps[-1].at
        instants = [step.at for step in found.steps]
        assert instants == sorted(set(instants))
        assert all(step.latest_only for step in found.steps[1:])


@given(cases(), INSTANTS)
def test_readings_never_move_what_is_surely_in_time(case, event: datetime) -> None:
    within, at, _ = case
    assert of(case, event).conservative == of((within, at, []), event).conservative


@given(cases(), INSTANTS, INSTANTS)
def test_a_later_start_never_moves_what_is_surely_in_time(case, event, later) -> None:
    found, own, other = of(case, event, later_event=later), of(case, event), of(case, later)
    assert found.conservative == own.conservative
    ends = [one.latest or one.conservative for one in (own, other)]
    assert (found.latest or found.conservative) == max(ends)


@given(periods(Unit.HOURS), INSTANTS, st.sampled_from(PLACES), st.integers(-14 * 60, 14 * 60))
def test_hours_elapse_alike_everywhere(within, event: datetime, at: LegalPlace, minutes) -> None:
    elsewhere = event.astimezone(timezone(timedelta(minutes=minutes)))
    ends = {of((within, one, []), start).conservative
            for one in (at, PLACES[0]) for start in (event, elsewhere)}  # fmt: skip
    assert ends == {event + timedelta(hours=within.count)}


@given(cases(), INSTANTS, st.sampled_from([one.zone for one in PLACES]))
def test_one_instant_written_in_another_zone_is_the_same_event(case, event, zone) -> None:
    assert of(case, event.astimezone(zone)) == of(case, event)


@given(periods(*DAYLIKE), INSTANTS, st.sampled_from(PLACES))
def test_days_end_where_the_clocks_of_the_place_first_show_it(within, event, at) -> None:
    end = of((within, at, []), event).conservative.astimezone(at.zone)
    before = (end.astimezone(UTC) - timedelta.resolution).astimezone(at.zone)
    if within.ends == time.min:
        assert before.date() < end.date()
        assert end.replace(tzinfo=None) == datetime.combine(end.date(), time.min) or jumped(end)
    else:
        assert end.time() == within.ends or jumped(end)


def jumped(end: datetime) -> bool:
    """Whether the clocks of the place went forward at that very instant."""
    before = (end.astimezone(UTC) - timedelta.resolution).astimezone(end.tzinfo)
    return before.utcoffset() < end.utcoffset()


@given(cases(), INSTANTS)
def test_a_shift_never_lands_on_a_day_off(case, event: datetime) -> None:
    _, at, readings = case
    by_paragraph = {reading.paragraph: reading.shift for reading in readings}
    for step in of(case, event).steps[1:]:
        if by_paragraph[step.paragraph] is not Shift.NEXT_FULL_HOUR:
            assert at.calendar.works_on(last_day(step.at, at.zone))


@given(cases(), INSTANTS)
def test_the_same_again_is_the_same_to_the_byte(case, event: datetime) -> None:
    first, second = (msgspec.json.encode(of(case, event)) for _ in range(2))
    assert first == second


@given(INSTANTS, st.sampled_from(PLACES))
def test_what_is_shown_is_the_same_instant_as_the_place_sees_it(event, at) -> None:
    shown = as_shown(event, at.zone)
    assert shown == event
    assert shown.replace(tzinfo=None) == event.astimezone(at.zone).replace(tzinfo=None)
    assert not isinstance(shown.tzinfo, ZoneInfo)
