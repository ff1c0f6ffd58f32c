"""What a rule comes to where nobody said where it is, which class it is, or what came first."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from made_law import AT, clock, is_, known, law_of, rule

from tocsin.duties.duty import Duty, Standing
from tocsin.duties.law import ClassGate, Condition, NotSo, Op, Rule, Unit
from tocsin.duties.law import Test as FactTest
from tocsin.duties.raised import duties_raised, duty_of, place_of

AWARE = "2026-11-19T08:00:00+01:00"
LATER = "2026-11-20T10:00:00+01:00"


def one(of: Rule, **facts: object) -> Duty:
    law = law_of(of)
    return duties_raised(law, known(law, **facts), at=AT)[0]


def test_the_place_and_each_part_of_the_rule_are_asked_in_that_order() -> None:
    asks = rule(
        applies=is_("entity", "credit-institution"),
        when=is_("personal_data", True),
        clocks=(clock(),),
    )
    assert one(asks).missing == ("jurisdictions", "entity", "personal_data", "aware")
    assert one(rule()).missing == ("jurisdictions",)
    assert one(rule(where=())).missing == ()
    here = one(asks, jurisdictions="DE", aware=AWARE)
    assert here.missing == ("entity", "personal_data")


def gate(when: Condition, day: date) -> Rule:
    shut = ClassGate(when=when, from_=day, paragraph="113")
    return rule(classification=(shut,), clocks=(clock(),))


CLASS = is_("system.route", "annex-iii")


def test_a_class_that_nobody_named_is_asked_while_its_gate_is_shut() -> None:
    shut = gate(CLASS, date(2027, 12, 2))
    before = one(shut, jurisdictions="DE", aware=AWARE)
    assert (before.standing, before.missing) == (Standing.OPEN, ("system.route",))
    after = one(shut, jurisdictions="DE", aware="2027-12-02T08:00:00+01:00")
    assert (after.standing, after.missing) == (Standing.RAISED, ())


@pytest.mark.parametrize("when", [is_("personal_data", True), is_("title", "x"), is_("new", "x")])
def test_a_gate_by_something_else_than_a_choice_leaves_the_duty_open(when: Condition) -> None:
    duty = one(gate(when, date(2027, 12, 2)), jurisdictions="DE", aware=AWARE)
    assert duty.standing is Standing.OPEN, "not every answer to it would shut the gate"


def test_at_once_is_since_the_first_of_the_starts() -> None:
    both = rule(clocks=(
        clock("classified", Unit.IMMEDIATELY, 0), clock("aware", Unit.IMMEDIATELY, 0),
    ))  # fmt: skip
    duty = one(both, jurisdictions="DE", aware=AWARE, classified=LATER)
    assert duty.immediately_from == datetime.fromisoformat(AWARE)


def test_places_that_are_all_known_are_not_asked_though_each_has_an_end_of_its_own() -> None:
    days = rule(clocks=(clock("aware", Unit.DAYS, 3),))
    duty = one(days, jurisdictions=["PT", "FI"], aware="2026-11-16T12:00:00+00:00")
    assert len(duty.clocks) == 2 and duty.missing == ()


def test_what_started_after_it_was_done_does_not_make_it_due_earlier() -> None:
    twice = rule(stage="notice", clocks=(clock("aware"), clock("classified", count=1)))
    duty = one(
        twice, jurisdictions="DE", aware=AWARE, classified="2026-11-19T12:00:00+01:00",
        submitted__notice="2026-11-19T10:00:00+01:00",
    )  # fmt: skip
    assert duty.deadline is not None and duty.deadline.conservative is not None
    assert duty.deadline.conservative.isoformat() == "2026-11-22T08:00:00+01:00"
    assert (len(duty.clocks), duty.late_by) == (2, None)


def test_a_place_is_given_by_its_zone_and_calendar() -> None:
    tokyo = place_of(law_of(rule()), "Asia/Tokyo", "JP")
    assert (tokyo.zone.key, tokyo.calendar.code) == ("Asia/Tokyo", "JP")
    with pytest.raises(ValueError):
        place_of(law_of(rule()), "Asia/Tokio", "JP")


def test_a_rule_that_is_asked_about_a_place_is_counted_there_whatever_is_known() -> None:
    law = law_of(rule(clocks=(clock("aware", Unit.DAYS, 1),)))
    facts = known(law, jurisdictions="DE", aware="2026-11-16T12:00:00+00:00")
    there = duty_of(law, "r", facts, at=AT, place=place_of(law, "Asia/Tokyo", "JP"))
    here = duty_of(law, "r", facts, at=AT)
    assert there is not None and there.deadline is not None and there.deadline.conservative
    assert there.deadline.conservative.isoformat() == "2026-11-18T00:00:00+09:00"
    assert here is not None and here.deadline is not None and here.deadline.conservative
    assert here.deadline.conservative.isoformat() == "2026-11-18T00:00:00+01:00"


def test_of_versions_that_all_ended_the_last_one_says_so() -> None:
    law = law_of(
        rule(says="first", until=date(2026, 1, 1), clocks=(clock(),)),
        rule(says="last", from_=date(2026, 3, 1), until=date(2026, 7, 1), clocks=(clock(),)),
    )
    duty = duties_raised(law, known(law, jurisdictions="DE", aware=AWARE), at=AT)[0]
    assert (duty.standing, duty.rule.says) == (Standing.NOT_IN_FORCE, "last")
    assert duty.why.endswith("it ended before 2026-07-01")


def test_two_open_questions_of_a_gate_leave_it_open() -> None:
    routes = [is_("system.route", one) for one in ("annex-iii", "annex-i", "other")]
    gates = tuple(
        ClassGate(when=when, from_=date(2027, 12, 2), paragraph="113")
        for when in (*routes, is_("personal_data", True))
    )
    shut = rule(classification=gates, clocks=(clock(),))
    assert one(shut, jurisdictions="DE", aware=AWARE).standing is Standing.OPEN
    other = one(shut, jurisdictions="DE", aware=AWARE, personal_data=False)
    assert (other.standing, other.missing) == (Standing.ANTICIPATORY, ("system.route",))


def test_a_decision_that_was_denied_decides_nothing() -> None:
    law = law_of(rule())
    facts = known(law, jurisdictions="DE")
    assert duties_raised(law, facts.with_("not_required.r", False), at=AT) == duties_raised(
        law, facts, at=AT
    )


def compared(fact: str, op: Op, *values: str | bool) -> Condition:
    return FactTest(fact=fact, op=op, values=values or (True,))


@pytest.mark.parametrize(
    ("when", "facts", "why"),
    [
        (compared("roles", Op.HAS, "provider"), {"roles": ["deployer"]}, "roles deployer"),
        (
            NotSo(of=compared("roles", Op.HAS, "provider")),
            {"roles": ["provider", "deployer"]},
            "roles deployer, provider",
        ),
        (
            compared("harms", Op.HAS, "death"),
            {"harms": ["health", "cyber-breach"]},
            "harms cyber-breach, health",
        ),
        (compared("harms", Op.HAS, "death"), {"harms": False}, "harms none"),
        (compared("aware", Op.HAPPENED), {"aware": "no"}, "aware no"),
        (
            NotSo(of=compared("aware", Op.HAPPENED)),
            {"aware": [{"instant": AWARE, "person": "ana"}, {"instant": LATER}]},
            "aware 2026-11-19 08:00, 2026-11-20 10:00",
        ),
        (compared("personal_data", Op.KNOWN), {}, "nothing said of personal_data"),
    ],
)
def test_why_names_what_is_known_in_the_words_of_the_fact(
    when: Condition, facts: dict[str, object], why: str
) -> None:
    duty = one(rule(when=when), jurisdictions="DE", **facts)
    assert (duty.standing, duty.why) == (Standing.NOT_RAISED, f"not raised: {why}")


def test_why_an_open_duty_is_open_names_what_is_known_so_far() -> None:
    provides = rule(when=compared("roles", Op.HAS, "provider"))
    duty = one(provides, jurisdictions="DE", roles=["deployer", "juggler"])
    assert duty.standing is Standing.OPEN
    assert duty.why == "open until it is known: roles; so far roles deployer"


def test_what_started_with_the_submission_counts_for_it() -> None:
    twice = rule(stage="notice", clocks=(clock("aware"), clock("classified", count=1)))
    sent = "2026-11-19T10:00:00+01:00"
    facts = {"aware": AWARE, "classified": sent, "submitted__notice": sent}
    duty = one(twice, jurisdictions="DE", **facts)
    assert duty.deadline is not None and duty.deadline.conservative is not None
    assert duty.deadline.conservative.isoformat() == "2026-11-19T11:00:00+01:00"


def test_what_a_known_fact_denies_says_so_though_another_would_take_its_place() -> None:
    long = rule("long", when=is_("personal_data", True))
    law = law_of(long, rule("short", instead_of=("long",)))
    denied = duties_raised(law, known(law, jurisdictions="DE", personal_data=False), at=AT)
    assert [one.why for one in denied] == [
        "not raised: personal_data no",
        "raised: nothing says that it is not",
    ]
