"""Who is called for a role and when nobody is at work, by the clocks on people's own walls."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tocsin.register.model import Hours, Integration, Person, Register, System
from tocsin.register.reach import is_working
from tocsin.register.staffing import STEP, WEEK, answering, gaps, roles_of, told_of_staffing

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
WEEKDAYS = Hours(days=(0, 1, 2, 3, 4), from_minute=9 * 60, to_minute=17 * 60)
ANA = Person(id="ana", name="Ana", roles=("on-call",), hours=(WEEKDAYS,), time_zone="Europe/Berlin",
             deputies=("bo",))  # fmt: skip
BO = Person(id="bo", name="Bo", hours=(WEEKDAYS,), time_zone="America/Los_Angeles")
CY = Person(id="cy", name="Cy", roles=("commander",))
PAGER = Integration(id="pager", kind="pagerduty", place="https://x")
SYSTEM = System(id="assistant", name="A", owner="cy", tier=1)


def register(*people: Person, pager: bool = True) -> Register:
    return Register(
        people={one.id: one for one in people},
        systems={"assistant": SYSTEM},
        integrations={"pager": PAGER} if pager else {},
    )


def test_those_at_work_come_first_by_their_own_clock() -> None:
    whole = register(ANA, BO, CY)
    morning, evening = MONDAY + timedelta(hours=9), MONDAY + timedelta(hours=20)
    assert [one.person.id for one in answering(whole, "on-call", (), morning)] == ["ana", "bo"]
    assert [one.person.id for one in answering(whole, "on-call", (), evening)] == ["bo", "ana"]
    (_, ana) = answering(whole, "on-call", (), evening)
    assert not ana.working and ana.instead_of is None


def test_who_holds_the_role_in_the_incident_is_first_and_a_role_of_nobody_falls_to_owners() -> None:
    whole = register(ANA, BO, CY)
    held = answering(whole, "on-call", (), MONDAY, holder="cy")
    assert held[0].person.id == "cy"
    assert [one.person.id for one in answering(whole, "press", ("assistant",), MONDAY)] == ["cy"]
    assert roles_of(whole) == ("owner", "commander", "on-call")


def test_hours_that_two_zones_leave_open_are_told_with_their_first_span() -> None:
    found = gaps(register(ANA, BO, CY), "on-call", (), MONDAY)
    assert found[0].since == MONDAY  # still Sunday in Los Angeles
    assert found[0].until == MONDAY + timedelta(hours=8)  # Berlin opens
    assert found[1].since == MONDAY + timedelta(hours=16)  # Berlin closes before the other opens
    advice = told_of_staffing(register(ANA, BO, CY), MONDAY)
    assert [one.path for one in advice] == ["roles.on-call"] and advice[0].advice
    assert "Monday 00:00 to Monday 08:00 UTC" in advice[0].found


def test_a_person_and_a_role_that_no_call_reaches_are_told() -> None:
    paths = [one.path for one in told_of_staffing(register(ANA, BO, CY, pager=False), MONDAY)]
    assert paths == ["people.ana", "people.cy", "roles.owner", "roles.commander", "roles.on-call"]


hours = st.builds(
    Hours,
    days=st.lists(st.integers(0, 6), min_size=1, unique=True).map(tuple),
    from_minute=st.integers(0, 95).map(lambda n: n * 15),
    to_minute=st.integers(0, 95).map(lambda n: n * 15),
)
zones = st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kolkata", "America/New_York"])


@given(hours, hours, zones, zones)
def test_every_quarter_of_the_week_is_a_gap_or_somebody_works(
    one: Hours, other: Hours, zone: str, elsewhere: str
) -> None:
    ana = Person(id="ana", name="A", roles=("r",), hours=(one,), time_zone=zone)
    bo = Person(id="bo", name="B", roles=("r",), hours=(other,), time_zone=elsewhere)
    found = gaps(register(ana, bo), "r", (), MONDAY)
    at = MONDAY
    while at < MONDAY + WEEK:
        works = is_working(ana, at) or is_working(bo, at)
        assert works != any(gap.since <= at < gap.until for gap in found)
        at += STEP
    assert all(a.until < b.since for a, b in pairwise(found))
