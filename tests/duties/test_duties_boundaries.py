"""Where a duty turns: on the very instant, on the very day, by what is known only in part."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import msgspec
import pytest
from made_law import (
    AT,
    DORA_INITIAL,
    GDPR,
    NOON,
    clock,
    is_,
    known,
    law_of,
    rule,
)

from tocsin.duties.duty import Duty, Standing
from tocsin.duties.law import AnyOf, Period, Place, Reading, Recipient, Rule, Shift, Unit, Whose
from tocsin.duties.raised import duties_raised
from tocsin.duties.values import LegalFacts
from tocsin.duties.worked import worked_of
from tocsin.register.mistakes import mistakes_only

AWARE = "2026-11-19T08:00:00+01:00"


def one(of: Rule, **facts: object) -> Duty:
    law = law_of(of)
    return duties_raised(law, known(law, jurisdictions="DE", **facts), at=AT)[0]


def due(duty: Duty) -> str | None:
    assert duty.deadline is not None, duty
    end = duty.deadline.conservative
    return None if end is None else end.isoformat()


@pytest.mark.parametrize(
    ("classified", "clocks"),
    [
        ("2026-11-20T07:59:59+01:00", 2),
        ("2026-11-20T08:00:00+01:00", 2),  # the very instant at which the day of hours ends
        ("2026-11-20T08:00:01+01:00", 1),
    ],
)
def test_a_clock_yields_only_to_what_came_after_its_end(classified: str, clocks: int) -> None:
    duty = one(DORA_INITIAL, entity="credit-institution", aware=AWARE, classified=classified)
    assert len(duty.clocks) == clocks
    first = "2026-11-20T08:00:00+01:00" if clocks == 2 else "2026-11-20T12:00:01+01:00"
    assert due(duty) == first


@pytest.mark.parametrize(
    ("aware", "standing"),
    [
        ("2026-06-30T23:59:59+02:00", Standing.NOT_IN_FORCE),
        ("2026-07-01T00:00:00+02:00", Standing.RAISED),
        ("2026-12-31T23:59:59+01:00", Standing.RAISED),
        ("2027-01-01T00:00:00+01:00", Standing.NOT_IN_FORCE),
    ],
)
def test_the_first_day_is_in_force_and_the_day_of_its_end_is_not(
    aware: str, standing: Standing
) -> None:
    short = rule(from_=date(2026, 7, 1), until=date(2027, 1, 1), clocks=(clock(),))
    duty = one(short, aware=aware)
    assert duty.standing is standing
    if standing is Standing.NOT_IN_FORCE:
        side = "not in force on 2026-06-30" if "2026" in aware else "no more in force on 2027-01-01"
        assert duty.why.startswith(side)


def test_without_a_clock_the_day_on_which_it_is_asked_decides() -> None:
    today = AT.date()
    assert one(rule(from_=today)).standing is Standing.RAISED
    assert one(rule(from_=today + timedelta(days=1))).standing is Standing.NOT_IN_FORCE
    assert one(rule(until=today)).standing is Standing.NOT_IN_FORCE
    assert one(rule(until=today + timedelta(days=1))).standing is Standing.RAISED


def test_in_a_gap_between_two_versions_the_one_that_ended_says_so() -> None:
    law = law_of(
        rule(says="old", until=date(2026, 7, 1), clocks=(clock(),)),
        rule(says="new", from_=date(2027, 1, 1), clocks=(clock(),)),
    )
    duty = duties_raised(law, known(law, jurisdictions="DE", aware=AWARE), at=AT)[0]
    assert (duty.rule.says, duty.standing) == ("old", Standing.NOT_IN_FORCE)
    assert duty.why == "no more in force on 2026-11-19: it ended before 2026-07-01"


STAGED = msgspec.structs.replace(GDPR, stage="notice")


@pytest.mark.parametrize(
    ("sent", "late"),
    [
        ("2026-11-22T07:59:59+01:00", None),
        ("2026-11-22T08:00:00+01:00", None),
        ("2026-11-22T08:00:01+01:00", timedelta(seconds=1)),
    ],
)
def test_what_goes_at_the_very_end_is_not_late(sent: str, late: timedelta | None) -> None:
    duty = one(STAGED, personal_data=True, aware=AWARE, submitted__notice=sent)
    assert (duty.late_by, duty.done_at) == (late, datetime.fromisoformat(sent))


def test_clocks_that_start_after_a_submission_do_not_change_its_lateness() -> None:
    twice = rule(stage="notice", clocks=(clock("aware"), clock("classified", count=1)))
    sent = "2026-11-23T08:00:00+01:00"
    facts = {"aware": AWARE, "submitted__notice": sent}
    alone = one(twice, **facts)
    assert (due(alone), alone.late_by) == ("2026-11-22T08:00:00+01:00", timedelta(days=1))
    after = one(twice, **facts, classified="2026-11-23T08:00:01+01:00")
    assert (due(after), after.late_by) == (due(alone), alone.late_by)
    assert len(after.clocks) == 2, "it is shown all the same"
    before = one(twice, **facts, classified="2026-11-20T08:00:00+01:00")
    assert (due(before), before.late_by) == (
        "2026-11-20T09:00:00+01:00",
        timedelta(days=2, hours=23),
    )
    only = one(twice, submitted__notice=sent, classified="2026-11-24T08:00:00+01:00")
    assert (due(only), only.late_by) == ("2026-11-24T09:00:00+01:00", None)


def test_a_clock_that_may_run_runs_and_asks() -> None:
    asked = rule(clocks=(
        clock("aware", count=24, when=is_("personal_data", True)), clock("aware"),
    ))  # fmt: skip
    unknown = one(asked, aware=AWARE)
    assert due(unknown) == "2026-11-20T08:00:00+01:00" and "personal_data" in unknown.missing
    no = one(asked, aware=AWARE, personal_data=False)
    assert due(no) == "2026-11-22T08:00:00+01:00" and no.missing == ()
    unstarted = one(asked, personal_data=False)
    assert unstarted.deadline is None and unstarted.missing == ("aware",)


def test_several_places_of_an_entity_run_one_clock_each_and_the_earliest_wins() -> None:
    theirs = rule(place=Place(whose=Whose.ENTITY), clocks=(clock("aware", Unit.DAYS, 3),))
    aware = "2026-11-16T12:00:00+00:00"
    duty = one(theirs, aware=aware, place__entity=["PT", "FI"])
    assert due(duty) == "2026-11-20T00:00:00+02:00"
    ends = [one.deadline.conservative for one in duty.clocks]
    assert [end.isoformat() for end in ends if end] == [
        "2026-11-20T00:00:00+02:00", "2026-11-20T00:00:00+00:00",
    ]  # fmt: skip
    assert duty.missing == ("place.entity",), "which of the two it is would move an end"
    assert due(one(theirs, aware=aware, place__entity=["PT"])) == "2026-11-20T00:00:00+00:00"
    hours = msgspec.structs.replace(theirs, clocks=(clock("aware"),))
    assert one(hours, aware=aware, place__entity=["PT", "FI"]).missing == ()


FULL_HOUR = Reading(shift=Shift.NEXT_FULL_HOUR, paragraph="3(1)", when=is_("personal_data", True))


def test_a_clock_of_which_every_reading_is_for_others_disputes_nothing() -> None:
    argued = rule(clocks=(clock("aware", readings=(FULL_HOUR,), contention="C1"),))
    at = "2026-11-19T08:30:00+01:00"

    def disputed(of: Rule, **facts: object) -> tuple[str, ...]:
        deadline = one(of, aware=at, **facts).deadline
        assert deadline is not None
        return deadline.contentions

    assert disputed(argued, personal_data=True) == ("C1",)
    assert disputed(argued, personal_data=False) == disputed(argued) == ()
    assert disputed(rule(clocks=(clock("aware", contention="C1"),))) == ("C1",), "the period itself"
    later = rule(clocks=(clock(
        "aware", readings=(FULL_HOUR,), later_start="received", contention="C2",
    ),))  # fmt: skip
    for facts in ({}, {"received": "2026-11-20T09:00:00+01:00"}):
        assert disputed(later, personal_data=False, **facts) == ("C2",), "the later start is argued"


def test_what_ends_a_duty_must_come_before_it_is_due() -> None:
    until = rule(until_fact="resolved", stage="notice", clocks=(clock("aware"),))
    in_time = one(until, aware=AWARE, resolved="2026-11-22T07:59:59+01:00")
    assert in_time.standing is Standing.NOT_RAISED
    assert in_time.why == "over: resolved is 2026-11-22 07:59, before it was due"
    for resolved in ("2026-11-22T08:00:00+01:00", "2026-11-22T08:00:01+01:00"):
        assert one(until, aware=AWARE, resolved=resolved).standing is Standing.RAISED
    done = one(until, aware=AWARE, resolved=AWARE, submitted__notice="2026-11-20T08:00:00+01:00")
    assert done.standing is Standing.RAISED and done.done_at is not None
    endless = rule(until_fact="resolved", clocks=(clock("aware", Unit.IMMEDIATELY, 0),))
    assert one(endless, aware=AWARE, resolved=AWARE).standing is Standing.NOT_RAISED


def test_why_names_three_questions_and_what_is_known_so_far() -> None:
    keys = ("personal_data", "personal_data.high_risk", "system.route", "entity")
    values = (True, True, "annex-i", "none")
    many = rule(when=AnyOf(of=tuple(map(is_, keys, values))), clocks=(clock("aware"),))
    duty = one(many, aware=AWARE)
    assert duty.why == f"open until it is known: {', '.join(keys[:3])}"
    assert duty.missing == keys
    said = one(many, aware=AWARE, personal_data=False, entity="none")
    assert said.why == "raised by entity none"
    no = one(rule(when=is_("personal_data", True)), personal_data=False)
    assert no.why == "not raised: personal_data no"
    assert one(rule()).why == "raised: nothing says that it is not"
    assert one(rule(where=("US-CA",))).why == "jurisdictions are DE; it is the law of US-CA"


def test_a_rule_that_tells_one_only_tells_the_first_of_whom_it_is_sure() -> None:
    told = rule(every_recipient=False, recipients=(
        Recipient(name="the office", when=is_("personal_data", True)),
        Recipient(name="the authority of {places}"),
        Recipient(name="another"),
    ))  # fmt: skip
    assert one(told).recipients == ("the authority of DE",)
    assert one(told, personal_data=True).recipients == ("the office",)
    law = law_of(told)
    nowhere = duties_raised(law, known(law), at=AT)[0]
    assert nowhere.recipients == ("the authority of EU",)


def test_the_relief_of_a_reading_never_moves_the_safe_instant() -> None:
    days = rule(clocks=(clock("aware", readings=(NOON,)),))
    at = "2026-11-18T10:00:00+01:00"  # 72 hours end on a Saturday
    assert due(one(days, aware=at, entity="none")) == "2026-11-21T10:00:00+01:00"
    deadline = one(days, aware=at, entity="none").deadline
    assert deadline is not None and deadline.latest is not None
    assert deadline.latest.isoformat() == "2026-11-23T12:00:00+01:00"


def test_a_repeated_duty_runs_from_the_last_word_and_is_never_done() -> None:
    again = rule(stage="notice", again=Period(unit=Unit.DAYS, count=7), clocks=(clock("aware"),))
    duty = one(again, aware=AWARE, submitted__notice="2026-11-30T08:00:00+01:00")
    assert (due(duty), duty.done_at, duty.late_by) == ("2026-12-08T00:00:00+01:00", None, None)
    assert [one.started_by for one in duty.clocks] == ["submitted.notice"]


def test_a_reading_of_hours_is_not_argued_for_the_weeks_that_follow() -> None:
    hour = Reading(shift=Shift.NEXT_FULL_HOUR, paragraph="R")
    again = rule(
        stage="notice", again=Period(unit=Unit.DAYS, count=7),
        clocks=(clock("aware", readings=(hour,)),),
    )  # fmt: skip
    first = one(again, aware=AWARE).deadline
    assert first is not None and first.latest is not None
    duty = one(again, aware=AWARE, submitted__notice="2026-11-30T08:00:00+01:00")
    assert due(duty) == "2026-12-08T00:00:00+01:00"
    assert duty.deadline is not None and duty.deadline.latest is None


def test_what_is_known_of_a_case_wins_over_the_profile() -> None:
    law = law_of(DORA_INITIAL)
    profile = {"jurisdictions": ["US-CA"], "entity": "insurance-intermediary", "aware": AWARE}
    facts = {"jurisdictions": ["DE"], "entity": "credit-institution"}
    (case,), told = worked_of({"cases": [{"facts": facts, "entity_profile": profile}]}, law)
    assert not mistakes_only(told)
    assert case.facts.get("entity") == "credit-institution"
    joined = case.facts.words("jurisdictions")
    assert set(joined) == {"DE", "US-CA"}, "where the organisation is, and where it happened"
    assert case.facts.awareness() == datetime.fromisoformat(AWARE), "of which the case says nothing"
    sure = known(law, roles=["provider"])
    unsure = LegalFacts(values={"roles": ("deployer",)}, unsure=frozenset({"roles", "harms"}))
    assert sure.over(unsure) == LegalFacts(values=sure.values, unsure=frozenset({"harms"}))
    assert unsure.over(sure).unsure == {"roles", "harms"}


def test_harms_that_start_no_clock_raise_nothing_and_are_named() -> None:
    deaths = rule(clocks=(clock("harms", Unit.DAYS, 10, harms=("death",)),))
    other = one(deaths, harms=[{"kind": "health", "aware": AWARE}])
    assert (other.standing, other.why) == (Standing.NOT_RAISED, "not raised: harms health")
    assert one(deaths, harms=False).why == "not raised: harms none"
    both = one(deaths, harms=["health", {"kind": "death", "aware": AWARE}])
    assert due(both) == "2026-11-30T00:00:00+01:00"


def test_a_clock_may_start_with_one_kind_of_harm_or_on_a_day() -> None:
    death = rule(clocks=(clock("harms.death", Unit.DAYS, 10),))
    harms = [{"kind": "health", "aware": "2026-11-01T08:00:00+01:00"},
             {"kind": "death", "aware": AWARE}]  # fmt: skip
    assert due(one(death, harms=harms)) == "2026-11-30T00:00:00+01:00"
    placed = rule(clocks=(clock("system.placed_on_market", Unit.DAYS, 10),))
    duty = one(placed, system__placed_on_market="2026-11-19")
    assert due(duty) == "2026-11-30T00:00:00+01:00"
    assert duty.clocks[0].started_at.isoformat() == "2026-11-19T00:00:00+01:00"
