"""Which clocks run where little is known, and where several places or starts may be meant."""

from __future__ import annotations

from datetime import datetime

import msgspec
import pytest
from made_law import AT, PLACES, clock, is_, known, law_of, rule

from tocsin.duties.duty import Duty, Standing
from tocsin.duties.known import LegalFacts
from tocsin.duties.law import Law, Place, PlaceOf, Reading, Rule, Shift, Unit, Whose
from tocsin.duties.raised import duties_raised

AWARE = "2026-11-19T08:00:00+01:00"
LATER = "2026-11-20T10:00:00+01:00"


def of_facts(law: Law, facts: LegalFacts) -> Duty:
    return duties_raised(law, facts, at=AT)[0]


def one(of: Rule, **facts: object) -> Duty:
    law = law_of(of)
    return of_facts(law, known(law, **{"jurisdictions": "DE", **facts}))


def ends(duty: Duty) -> list[str | None]:
    found = [one.deadline.conservative for one in duty.clocks]
    return [None if end is None else end.isoformat() for end in found]


def latest(duty: Duty) -> list[str | None]:
    found = [one.deadline.latest for one in duty.clocks]
    return [None if end is None else end.isoformat() for end in found]


DEATHS = rule(clocks=(
    clock("harms", Unit.DAYS, 10, harms=("death",)),
    clock("first-harm", Unit.DAYS, 15, harms=("death",)),
))  # fmt: skip


def test_a_harm_that_nobody_named_may_be_any_and_runs_from_the_awareness_of_the_incident() -> None:
    unnamed = one(DEATHS, aware=AWARE)
    assert {clock.started_by for clock in unnamed.clocks} == {"aware"}
    assert ends(unnamed) == ["2026-11-30T00:00:00+01:00", "2026-12-05T00:00:00+01:00"]
    assert (unnamed.standing, unnamed.missing) == (Standing.RAISED, ("harms",))
    nothing = one(DEATHS)
    assert (nothing.clocks, nothing.missing) == ((), ("harms",))


def test_a_word_for_a_harm_that_is_not_known_may_be_any_where_no_other_harm_counts() -> None:
    strange = one(DEATHS, aware=AWARE, harms=["strange"])
    assert {clock.started_by for clock in strange.clocks} == {"aware"}
    assert "harms" in strange.missing
    death = {"kind": "death", "aware": LATER}
    beside = one(DEATHS, aware=AWARE, harms=["strange", death])
    assert [clock.started_by for clock in beside.clocks] == ["harms.death", "first-harm"]
    sure = one(DEATHS, aware=AWARE, harms=["health"])
    assert sure.standing is Standing.NOT_RAISED, "no word is strange, so that it is none of these"


def test_the_first_of_several_harms_is_that_of_any_clock_and_no_later_than_the_incident() -> None:
    both = rule(clocks=(
        clock("first-harm", Unit.DAYS, 10, harms=("death",)),
        clock("harms", Unit.DAYS, 15, harms=("health",)),
    ))  # fmt: skip
    death, health = {"kind": "death", "aware": LATER}, {"kind": "health", "aware": AWARE}
    assert ends(one(both, harms=[death, health]))[0] == "2026-11-30T00:00:00+01:00"
    assert ends(one(both, harms=[death]))[0] == "2026-12-01T00:00:00+01:00"
    early = "2026-11-10T08:00:00+01:00"
    assert ends(one(both, harms=[death], aware=early))[0] == "2026-11-21T00:00:00+01:00"
    scalar = one(both, harms=["death"], aware=AWARE)
    assert [clock.started_by for clock in scalar.clocks] == ["first-harm"], "with the incident"
    assert one(DEATHS, harms=[death]).missing == ()
    only = one(both, harms=[health])
    assert [clock.started_by for clock in only.clocks] == ["harms.health"]


def test_what_a_clock_yields_to_is_asked_where_nobody_told_it() -> None:
    yields = rule(clocks=(clock("aware", count=24, yields_to="classified"),))
    assert one(yields, aware=AWARE).missing == ("classified",)
    assert one(yields, aware=AWARE, classified=AWARE).missing == ()
    to_harms = rule(clocks=(clock("aware", count=24, yields_to="harms", harms=("death",)),))
    assert one(to_harms, aware=AWARE).missing == (), "harms are asked by what they start"


def test_what_has_no_instant_comes_last_and_yields_to_nothing() -> None:
    at_once = clock("aware", Unit.IMMEDIATELY, 0, yields_to="classified")
    duty = one(rule(clocks=(at_once, clock("aware", count=24))), aware=AWARE, classified=LATER)
    assert ends(duty) == ["2026-11-20T08:00:00+01:00", None]
    assert duty.deadline is not None and duty.deadline == duty.clocks[0].deadline
    assert duty.immediately_from == datetime.fromisoformat(AWARE)


def test_a_rule_without_a_stage_is_done_by_no_submission() -> None:
    unstaged = rule(clocks=(clock("aware"),))
    law = law_of(unstaged)
    facts = known(law, jurisdictions="DE", aware=AWARE)
    named_none = facts.with_("submitted.None", datetime.fromisoformat(LATER))
    assert of_facts(law, named_none) == of_facts(law, facts)


@pytest.mark.parametrize("days", [0, -1, True, "20"])
def test_a_number_of_days_that_is_none_runs_no_clock(days: int | str) -> None:
    period = msgspec.structs.replace(clock().within, unit=Unit.DAYS, count_from="reply_days")
    law = law_of(rule(clocks=(clock("aware", within=period),)))
    facts = known(law, jurisdictions="DE", aware=AWARE).with_("reply_days", days)
    assert of_facts(law, facts).clocks == ()
    assert len(of_facts(law, facts.with_("reply_days", 1)).clocks) == 1


BAVARIA = {
    **PLACES,
    "DE-BE": PlaceOf(zone="Europe/Berlin", calendar="DE-BE", groups=("EU",)),
    "DE-BY": PlaceOf(zone="Europe/Berlin", calendar="DE-BY", groups=("EU",)),
}
EPIPHANY = "2027-01-05T09:00:00+01:00"  # Wednesday the 6th is free in Bavaria, not in Berlin
MOVES = Reading(shift=Shift.NEXT_WORKING_DAY, paragraph="M")
FULL_HOUR = Reading(shift=Shift.NEXT_FULL_HOUR, paragraph="H")


def in_both(of: Rule, aware: str = EPIPHANY) -> Duty:
    law = msgspec.structs.replace(law_of(of), places=BAVARIA)
    return of_facts(law, known(law, jurisdictions=["DE-BY", "DE-BE"], aware=aware))


def test_places_of_one_zone_are_told_apart_where_working_days_count() -> None:
    working = in_both(rule(clocks=(clock("aware", Unit.WORKING_DAYS, 1),)))
    assert ends(working) == ["2027-01-07T00:00:00+01:00", "2027-01-08T00:00:00+01:00"]
    argued = in_both(rule(clocks=(clock("aware", Unit.DAYS, 1, readings=(MOVES,)),)))
    assert ends(argued) == ["2027-01-07T00:00:00+01:00"] * 2
    assert latest(argued) == [None, "2027-01-08T00:00:00+01:00"]
    assert argued.deadline is not None and argued.deadline.latest is None, "of all the earliest"


def test_places_that_end_at_one_instant_are_one_clock() -> None:
    days = in_both(rule(clocks=(clock("aware", Unit.DAYS, 1),)))
    assert ends(days) == ["2027-01-07T00:00:00+01:00"]
    hours = in_both(rule(clocks=(clock("aware", readings=(FULL_HOUR,)),)))
    assert (ends(hours), latest(hours)) == (
        ["2027-01-08T09:00:00+01:00"],
        ["2027-01-08T10:00:00+01:00"],
    )


def test_of_equal_ends_the_one_that_can_be_argued_less_comes_first() -> None:
    pair = (clock("aware", readings=(FULL_HOUR,), paragraph="1"), clock("aware", paragraph="2"))
    duty = one(rule(clocks=pair), aware=AWARE)
    assert [clock.clock.paragraph for clock in duty.clocks] == ["2", "1"]
    assert duty.deadline is not None and duty.deadline.latest is None
    same = tuple(clock("aware", paragraph=paragraph) for paragraph in ("b", "a"))
    found = one(rule(clocks=same), aware=AWARE).clocks
    assert [clock.clock.paragraph for clock in found] == ["a", "b"]


def test_neither_a_start_that_was_denied_is_asked_nor_harms_that_are_none_of_its_own() -> None:
    either = rule(clocks=(clock("received"), clock("aware")))
    assert one(either, aware=AWARE).missing == ("received",)
    assert one(either, aware=AWARE, received="no").missing == ()
    assert one(either, received="no").missing == ("aware",)
    death = clock("harms", Unit.DAYS, 10, harms=("death",))
    beside = rule(clocks=(death, clock("classified")))
    assert one(beside, harms=["health"]).missing == ("classified",)
    known = one(rule(clocks=(death, clock("aware"))), harms=["health"], aware=AWARE)
    assert [clock.started_by for clock in known.clocks] == ["aware"], "no harm of its own starts it"
    assert ends(known) == ["2026-11-22T08:00:00+01:00"]
    assert one(beside, harms=["death"]).missing == ("aware", "classified")


def test_what_is_argued_for_one_clock_ends_with_another() -> None:
    pair = rule(clocks=(
        clock("aware", count=24, readings=(FULL_HOUR,), contention="C1"),
        clock("classified", count=1, contention="C2"),
    ))  # fmt: skip
    duty = one(pair, aware=AWARE, classified="2026-11-20T07:30:00+01:00")
    assert ends(duty) == ["2026-11-20T08:00:00+01:00", "2026-11-20T08:30:00+01:00"]
    assert latest(duty) == ["2026-11-20T09:00:00+01:00", None]
    assert duty.deadline is not None and duty.deadline.latest is not None
    assert duty.deadline.latest.isoformat() == "2026-11-20T08:30:00+01:00"
    assert duty.deadline.contentions == ("C1", "C2")
    cut = one(pair, aware=AWARE, classified="2026-11-20T07:00:00+01:00")
    assert cut.deadline is not None and cut.deadline.latest is None
    assert cut.deadline.contentions == ("C2",), "what is argued for the other moves nothing"


def test_a_later_start_that_is_argued_for_moves_the_latest_instant_only() -> None:
    argued = rule(clocks=(clock("aware", count=24, later_start="received", contention="C2"),))
    duty = one(argued, aware=AWARE, received=LATER)
    assert (ends(duty), latest(duty)) == (
        ["2026-11-20T08:00:00+01:00"],
        ["2026-11-21T10:00:00+01:00"],
    )
    assert latest(one(argued, aware=LATER, received=AWARE)) == [None]
    assert latest(one(argued, aware=AWARE)) == [None]


def test_a_later_awareness_of_others_that_is_argued_for_moves_the_latest_instant_only() -> None:
    theirs = ("management",)
    argued = clock("aware", count=24, later_start="aware", later_aware_by=theirs, contention="C2")
    both = [{"at": AWARE, "class": "employee"}, {"at": LATER, "class": "management"}]
    duty = one(rule(clocks=(argued,)), aware=both)
    assert (ends(duty), latest(duty)) == (
        ["2026-11-20T08:00:00+01:00"],
        ["2026-11-21T10:00:00+01:00"],
    )
    assert latest(one(rule(clocks=(argued,)), aware=AWARE)) == [None]


def test_one_clock_that_a_place_would_move_is_enough_to_ask_for_the_place() -> None:
    for pair in ((Unit.DAYS, Unit.HOURS), (Unit.HOURS, Unit.DAYS)):
        of = rule(clocks=tuple(clock("aware", unit, 3) for unit in pair))
        law = law_of(of)
        assert of_facts(law, known(law, aware=AWARE)).missing == ("jurisdictions",)
        theirs = msgspec.structs.replace(of, place=Place(whose=Whose.ENTITY))
        assert one(theirs, aware=AWARE, place__entity=["PT", "FI"]).missing == ("place.entity",)


def test_only_what_may_still_move_something_is_asked() -> None:
    dead = clock("classified", when=is_("personal_data", True))
    assert one(rule(clocks=(dead, clock("aware"))), aware=AWARE, personal_data=False).missing == ()
    argued = msgspec.structs.replace(FULL_HOUR, when=is_("personal_data", True))
    relief = rule(clocks=(clock("aware", readings=(argued,)),))
    assert one(relief, aware=AWARE).missing == ("personal_data",)
    assert one(relief, aware=AWARE, personal_data=False).missing == ()
    period = msgspec.structs.replace(clock().within, unit=Unit.DAYS, count_from="reply_days")
    asked = rule(clocks=(clock("aware", within=period),))
    assert one(asked, aware=AWARE).missing == ("reply_days",)
    assert one(asked, aware=AWARE, reply_days=3).missing == ()


def test_a_later_start_is_argued_only_where_it_comes_later() -> None:
    argued = rule(clocks=(clock("aware", count=24, later_start="received", contention="C2"),))
    for received in (AWARE, LATER):
        deadline = one(argued, aware=LATER, received=received).deadline
        assert deadline is not None and (deadline.latest, deadline.contentions) == (None, ("C2",))
    harms = [{"kind": "death", "aware": AWARE}]
    death = clock("harms", Unit.DAYS, 10, harms=("death",), later_start="received", contention="C2")
    duty = one(rule(clocks=(death,)), harms=harms, received="2026-11-21T10:00:00+01:00")
    assert latest(duty) == ["2026-12-02T00:00:00+01:00"]
