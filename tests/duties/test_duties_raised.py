"""What a rule comes to: raised, open with its question, or not; and until when."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import msgspec
import pytest
from made_law import (
    AI_ACT,
    AT,
    BOTH,
    DORA_FINAL,
    DORA_INITIAL,
    GDPR,
    clock,
    happened,
    is_,
    known,
    known_in,
    law_of,
    rule,
)

from tocsin.duties.duty import Duty, Standing
from tocsin.duties.law import (
    AnyOf,
    ClassGate,
    Enforcement,
    Law,
    Period,
    Place,
    Recipient,
    Rule,
    Unit,
)
from tocsin.duties.raised import duties_raised, duty_of

AWARE = "2026-11-19T08:00:00+01:00"


def one(law: Law | Rule, **facts: object) -> Duty:
    law = law_of(law) if isinstance(law, Rule) else law
    return duties_raised(law, known(law, **facts), at=AT)[0]


def due(duty: Duty) -> str | None:
    assert duty.deadline is not None, duty
    end = duty.deadline.conservative
    return None if end is None else end.isoformat()


def latest(duty: Duty) -> str | None:
    assert duty.deadline is not None
    return None if duty.deadline.latest is None else duty.deadline.latest.isoformat()


def test_what_is_known_raises_and_names_its_facts() -> None:
    duty = one(GDPR, jurisdictions=["DE"], personal_data=True, aware=AWARE)
    assert duty.standing is Standing.RAISED and duty.missing == ()
    assert due(duty) == "2026-11-22T08:00:00+01:00"
    assert "personal_data yes" in duty.why


def test_an_unknown_fact_leaves_it_open_with_its_clock_and_its_question() -> None:
    duty = one(GDPR, jurisdictions=["DE"], aware=AWARE)
    assert (duty.standing, duty.missing) == (Standing.OPEN, ("personal_data",))
    assert due(duty) == "2026-11-22T08:00:00+01:00"


def test_a_known_fact_says_that_it_is_not() -> None:
    duty = one(GDPR, jurisdictions=["DE"], aware=AWARE, personal_data=False)
    assert duty.standing is Standing.NOT_RAISED and "personal_data no" in duty.why
    elsewhere = one(GDPR, jurisdictions=["US-CA"], personal_data=True)
    assert elsewhere.standing is Standing.NOT_RAISED and "US-CA" in elsewhere.why


def test_one_duty_for_each_rule_in_the_order_of_the_pack() -> None:
    law = law_of(*BOTH)
    found = duties_raised(law, known(law), at=AT)
    assert [duty.rule.id for duty in found] == [rule.id for rule in BOTH]
    assert all(duty.standing is Standing.OPEN for duty in found)


@pytest.mark.parametrize(
    ("classified", "expected", "clocks"),
    [
        ("2026-11-19T13:30:00+01:00", "2026-11-19T17:30:00+01:00", 2),
        ("2026-11-20T07:00:00+01:00", "2026-11-20T08:00:00+01:00", 2),  # 24 h come first
        ("2026-11-21T10:00:00+01:00", "2026-11-21T14:00:00+01:00", 1),  # after 24 h: 4 h only
    ],
)
def test_the_earliest_clock_wins_and_all_are_shown(
    classified: str, expected: str, clocks: int
) -> None:
    duty = one(
        DORA_INITIAL, jurisdictions=["DE"], entity="credit-institution", aware=AWARE,
        classified=classified,
    )  # fmt: skip
    assert (due(duty), len(duty.clocks), latest(duty)) == (expected, clocks, None)


def test_without_a_classification_the_longer_limb_runs_and_the_question_is_told() -> None:
    duty = one(DORA_INITIAL, jurisdictions=["DE"], entity="credit-institution", aware=AWARE)
    assert (duty.standing, due(duty)) == (Standing.OPEN, "2026-11-20T08:00:00+01:00")
    assert duty.missing[0] == "classified"
    no = one(DORA_INITIAL, entity="credit-institution", aware=AWARE, classified=False)
    assert no.standing is Standing.NOT_RAISED and "classified no" in no.why


def test_a_relief_is_argued_only_for_whom_it_is_known_to_hold() -> None:
    facts = {"jurisdictions": ["DE"], "classified": "2026-11-21T10:00:00+01:00"}
    broker = one(DORA_INITIAL, entity="insurance-intermediary", **facts)
    bank = one(DORA_INITIAL, entity="credit-institution", **facts)
    assert (latest(broker), latest(bank)) == ("2026-11-23T12:00:00+01:00", None)
    nobody = one(DORA_INITIAL, **facts)
    assert latest(nobody) is None and "entity" in nobody.missing


def test_a_death_counts_from_the_first_awareness_and_the_later_start_is_capped() -> None:
    duty = one(
        AI_ACT, jurisdictions=["DE"], harms=[
            {"kind": "health", "aware": "2027-12-13T09:40:00+01:00"},
            {"kind": "death", "aware": "2027-12-20T10:00:00+01:00"},
        ],
    )  # fmt: skip
    assert due(duty) == "2027-12-24T00:00:00+01:00"
    assert latest(duty) == "2027-12-29T00:00:00+01:00"  # the fifteen days end first
    assert duty.deadline is not None and "C2" in duty.deadline.contentions


def test_a_clock_cannot_have_run_out_before_the_fact_that_set_it() -> None:
    duty = one(
        AI_ACT, jurisdictions=["DE"], harms=[
            {"kind": "health", "aware": "2027-12-01T09:00:00+01:00"},
            {"kind": "death", "aware": "2027-12-14T10:00:00+01:00"},
        ],
    )  # fmt: skip
    assert due(duty) == "2027-12-17T00:00:00+01:00"
    assert {one.started_by for one in duty.clocks} == {"harms.health", "harms.death"}


def test_a_harm_without_its_awareness_takes_that_of_the_incident() -> None:
    duty = one(AI_ACT, jurisdictions=["DE"], aware="2027-12-13T09:40:00+01:00", harms="health")
    assert due(duty) == "2027-12-29T00:00:00+01:00"
    unknown = one(AI_ACT, jurisdictions=["DE"], harms="health")
    assert (unknown.standing, unknown.deadline) == (Standing.RAISED, None)
    assert unknown.missing == ("aware",)


def test_an_awareness_of_a_class_that_does_not_count_starts_nothing() -> None:
    only = rule(clocks=(clock("aware", aware_by=("management",)),))
    early, late = "2026-11-19T08:00:00+01:00", "2026-11-20T08:00:00+01:00"
    aware = [{"instant": early, "class": "employee"}, {"instant": late, "class": "management"}]
    assert due(one(only, jurisdictions="DE", aware=aware)) == "2026-11-23T08:00:00+01:00"
    assert due(one(only, jurisdictions="DE", aware=early)) == "2026-11-22T08:00:00+01:00"
    none = one(only, jurisdictions="DE", aware=aware[:1])
    assert none.deadline is None and none.missing == ("aware",)


def test_later_stages_start_from_actual_submissions_by_stage_or_by_rule() -> None:
    law = law_of(DORA_INITIAL, DORA_FINAL)
    facts = known(law, jurisdictions="DE", entity="credit-institution",
                  submitted__initial="2026-11-27T12:00:00+01:00")  # fmt: skip
    final = duties_raised(law, facts, at=AT)[1]
    assert due(final) == "2026-12-28T00:00:00+01:00"
    named = known_in(law, {
        "jurisdictions": "DE",
        "entity": "credit-institution",
        "submitted.initial": "2026-11-27T12:00:00+01:00",
        "submitted": {"dora/initial": "2026-11-25T12:00:00+01:00"},
    })  # fmt: skip
    final = duties_raised(law, named, at=AT)[1]
    assert due(final) == "2026-12-26T00:00:00+01:00"


def test_lateness_is_counted_against_what_had_started_by_then() -> None:
    staged = msgspec.structs.replace(AI_ACT, stage="initial")
    harms = [{"kind": "health", "aware": "2027-12-01T09:00:00+01:00"}]
    late = one(staged, jurisdictions="DE", harms=harms,
               submitted__initial="2027-12-18T00:00:00+01:00")  # fmt: skip
    assert late.late_by == timedelta(days=1) and late.done_at is not None
    harms.append({"kind": "death", "aware": "2027-12-30T09:00:00+01:00"})
    again = one(staged, jurisdictions="DE", harms=harms,
                submitted__initial="2027-12-18T00:00:00+01:00")  # fmt: skip
    assert again.late_by == late.late_by
    in_time = one(staged, jurisdictions="DE", harms=harms[:1],
                  submitted__initial="2027-12-16T23:59:00+01:00")  # fmt: skip
    assert in_time.late_by is None


RECURRING = rule(
    stage="intermediate",
    after=("first",),
    when=happened("submitted.initial"),
    again=Period(unit=Unit.WEEKS, count=4),
    until_fact="resolved",
    clocks=(clock("submitted.initial", Unit.WEEKS, 4),),
)


def test_a_recurring_duty_runs_from_its_last_submission_until_the_fact_that_ends_it() -> None:
    first = {"jurisdictions": "DE", "submitted__initial": "2026-11-20T13:00:00+01:00"}
    assert due(one(RECURRING, **first)) == "2026-12-19T00:00:00+01:00"
    again = {**first, "submitted__intermediate": "2026-12-10T13:00:00+01:00"}
    assert due(one(RECURRING, **again)) == "2027-01-08T00:00:00+01:00"
    over = one(RECURRING, **again, resolved="2026-12-20T10:00:00+01:00")
    assert over.standing is Standing.NOT_RAISED and "resolved" in over.why
    missed = one(RECURRING, **again, resolved="2027-01-20T10:00:00+01:00")
    assert missed.standing is Standing.RAISED


def test_a_rule_in_whose_place_another_is_raised_is_not_and_says_by_which() -> None:
    short = rule("short", instead_of=("long",), when=is_("personal_data", True))
    law = law_of(rule("long"), short)
    facts = known(law, jurisdictions="DE", personal_data=True)
    long = duties_raised(law, facts, at=AT)[0]
    assert long.standing is Standing.NOT_RAISED and "short" in long.why
    unsure = duties_raised(law, known(law, jurisdictions="DE"), at=AT)
    assert [duty.standing for duty in unsure] == [Standing.RAISED, Standing.OPEN]


def test_nothing_later_takes_the_place_of_what_is_due_sooner() -> None:
    short = rule("short", instead_of=("long",), clocks=(clock("classified"),))
    law = law_of(rule("long", clocks=(clock("aware"),)), short)
    sooner = known(law, jurisdictions="DE", aware=AWARE, classified="2026-12-24T10:00:00+01:00")
    both = duties_raised(law, sooner, at=AT)
    assert [duty.standing for duty in both] == [Standing.RAISED, Standing.RAISED]
    same = known(law, jurisdictions="DE", aware=AWARE, classified=AWARE)
    assert duties_raised(law, same, at=AT)[0].standing is Standing.NOT_RAISED
    undated = law_of(rule("long", clocks=(clock("aware"),)), rule("short", instead_of=("long",)))
    first = duties_raised(undated, known(undated, jurisdictions="DE", aware=AWARE), at=AT)[0]
    assert first.standing is Standing.RAISED


def test_only_a_decision_of_a_person_makes_it_not_required() -> None:
    law = law_of(GDPR)
    facts = known_in(law, {"jurisdictions": "DE", "personal_data": True, "not_required": {
        "gdpr": "no risk: the keys were not taken (counsel, 2026-11-20)"}})  # fmt: skip
    duty = duties_raised(law, facts, at=AT)[0]
    assert duty.standing is Standing.NOT_RAISED and "the keys were not taken" in duty.why


def test_what_is_not_law_yet_is_watched_and_never_due() -> None:
    pending = rule(enforcement=Enforcement.PENDING, clocks=(clock(),))
    duty = one(pending, jurisdictions="DE", aware=AWARE)
    assert (duty.standing, duty.deadline, duty.clocks) == (Standing.WATCH, None, ())
    suspended = one(rule(enforcement=Enforcement.SUSPENDED), jurisdictions="DE")
    assert suspended.standing is Standing.RAISED and "suspended" in suspended.why


@pytest.mark.parametrize(
    ("aware", "version"),
    [
        ("2026-06-30T23:59:00+02:00", "old"),
        ("2026-07-01T00:00:00+02:00", "new"),
        ("2026-06-30T22:30:00+00:00", "new"),  # it is July already where it is counted
    ],
)
def test_the_version_is_that_of_the_local_day_of_the_start(aware: str, version: str) -> None:
    change = date(2026, 7, 1)
    law = law_of(
        rule(says="old", until=change, clocks=(clock(),)),
        rule(says="new", from_=change, until=date(2027, 1, 1), clocks=(clock(),)),
    )
    assert one(law, jurisdictions="DE", aware=aware).rule.says == version


def test_outside_its_days_it_is_not_in_force_and_says_on_which_side() -> None:
    short = rule(from_=date(2026, 1, 1), until=date(2027, 1, 1), clocks=(clock(),))
    before = one(short, jurisdictions="DE", aware="2025-12-31T23:00:00+01:00")
    after = one(short, jurisdictions="DE", aware="2027-01-01T00:00:00+01:00")
    assert (before.standing, after.standing) == (Standing.NOT_IN_FORCE, Standing.NOT_IN_FORCE)
    assert "first day is 2026-01-01" in before.why and "ended before 2027-01-01" in after.why


GATES = tuple(
    ClassGate(when=is_("system.route", route), from_=day, paragraph="113")
    for route, day in (("annex-iii", date(2027, 12, 2)), ("annex-i", date(2028, 8, 2)))
)
HIGH_RISK = AnyOf(of=tuple(gate.when for gate in GATES))


@pytest.mark.parametrize(
    ("route", "aware", "standing"),
    [
        ("annex-iii", "2027-12-01T09:00:00+01:00", Standing.ANTICIPATORY),
        ("annex-iii", "2027-12-02T09:00:00+01:00", Standing.RAISED),
        ("annex-i", "2028-08-01T09:00:00+02:00", Standing.ANTICIPATORY),
        ("annex-i", "2028-08-02T09:00:00+02:00", Standing.RAISED),
        ("other", "2028-08-02T09:00:00+02:00", Standing.NOT_RAISED),
        (None, "2026-11-23T09:00:00+01:00", Standing.ANTICIPATORY),  # whatever the route is
        (None, "2028-03-01T09:00:00+01:00", Standing.OPEN),
    ],
)
def test_the_classification_has_a_gate_of_its_own(
    route: str | None, aware: str, standing: Standing
) -> None:
    gated = rule(applies=HIGH_RISK, classification=GATES, clocks=(clock(),))
    duty = one(gated, jurisdictions="DE", aware=aware, **{"system.route": route})
    assert duty.standing is standing
    assert (duty.deadline is not None) == (standing in (Standing.RAISED, Standing.OPEN))
    assert ("system.route" in duty.missing) == (route is None)


def test_several_places_run_one_clock_each_and_the_earliest_wins() -> None:
    days = rule(clocks=(clock("aware", Unit.DAYS, 3),))
    duty = one(days, jurisdictions=["PT", "FI", "US-CA"], aware="2026-11-16T12:00:00+00:00")
    assert due(duty) == "2026-11-20T00:00:00+02:00" and len(duty.clocks) == 2


def test_a_place_that_is_not_known_is_the_earliest_that_it_could_be_and_is_asked() -> None:
    days = rule(clocks=(clock("aware", Unit.DAYS, 3),))
    duty = one(days, aware="2026-11-16T12:00:00+00:00")
    assert due(duty) == "2026-11-20T00:00:00+02:00" and len(duty.clocks) == 1
    assert duty.standing is Standing.OPEN and duty.missing == ("jurisdictions",)
    somewhere = one(days, jurisdictions=["EU"], aware="2026-11-16T12:00:00+00:00")
    assert somewhere.standing is Standing.RAISED and somewhere.missing == ("jurisdictions",)
    assert due(somewhere) == due(duty)


def test_a_state_is_not_settled_by_its_country() -> None:
    state = rule(where=("US-CA",))
    assert one(state, jurisdictions=["US"]).standing is Standing.OPEN
    assert one(state, jurisdictions=["US-NY"]).standing is Standing.NOT_RAISED
    assert one(rule(where=("US",)), jurisdictions=["US-CA"]).standing is Standing.RAISED
    assert one(rule(where=("US",)), jurisdictions=["US"]).standing is Standing.RAISED


def test_the_place_of_the_law_or_of_the_document_counts() -> None:
    fixed = rule(place=Place(zone="America/New_York", calendar="US"),
                 clocks=(clock("aware", Unit.DAYS, 1),))  # fmt: skip
    facts = {"jurisdictions": "DE", "aware": "2026-11-16T12:00:00+00:00"}
    assert due(one(fixed, **facts)) == "2026-11-18T00:00:00-05:00"
    law = law_of(rule(clocks=(clock("aware", Unit.DAYS, 1),)))
    given = known(law, **facts).with_("zone", "Asia/Tokyo").with_("calendar", "JP")
    assert due(duties_raised(law, given, at=AT)[0]) == "2026-11-18T00:00:00+09:00"


def test_the_number_of_days_may_be_a_fact() -> None:
    asked = rule(
        clocks=(clock("received", within=Period(unit=Unit.DAYS, count_from="reply_days")),)
    )
    facts = {"jurisdictions": "DE", "received": "2025-01-28T12:00:00+01:00"}
    assert due(one(asked, **facts, reply_days=20)) == "2025-02-18T00:00:00+01:00"
    unknown = one(asked, **facts)
    assert unknown.deadline is None and unknown.missing == ("reply_days",)


def test_immediately_has_a_since_and_no_instant() -> None:
    now = rule(immediately_from="causal_link_likely", clocks=(clock("aware", Unit.DAYS, 15),))
    likely = "2027-12-16T11:00:00+01:00"
    duty = one(now, jurisdictions="DE", aware=AWARE, causal_link_likely=likely)
    assert duty.immediately_from == datetime.fromisoformat(likely)
    only = rule(clocks=(clock("aware", Unit.IMMEDIATELY, 0),))
    duty = one(only, jurisdictions="DE", aware=AWARE)
    assert due(duty) is None and duty.immediately_from == datetime.fromisoformat(AWARE)


def test_what_starts_every_clock_and_did_not_happen_raises_nothing() -> None:
    paid = rule(clocks=(clock("received"),))
    duty = one(paid, jurisdictions="DE", received="no")
    assert duty.standing is Standing.NOT_RAISED and "received no" in duty.why
    assert one(paid, jurisdictions="DE").missing == ("received",)
    assert one(paid, jurisdictions="DE", received="yes").missing == ("received",)


def test_who_is_to_be_told_is_computed() -> None:
    told = rule(recipients=(
        Recipient(name="the authority of {places}"),
        Recipient(name="the office", when=is_("personal_data", True)),
    ))  # fmt: skip
    assert one(told, jurisdictions=["FI", "US-CA", "DE"]).recipients == ("the authority of DE, FI",)
    both = one(told, jurisdictions="DE", personal_data=True)
    assert both.recipients == ("the authority of DE", "the office")
    perhaps = rule(recipients=told.recipients[1:])
    assert one(perhaps, jurisdictions="DE").recipients == ("the office (perhaps)",)


def test_one_rule_alone_comes_to_the_same() -> None:
    law = law_of(*BOTH)
    facts = known(law, jurisdictions="DE", aware=AWARE, personal_data=True)
    assert duty_of(law, "gdpr", facts, at=AT) == duties_raised(law, facts, at=AT)[2]
    assert duty_of(law, "gdrp", facts, at=AT) is None
