"""A week of a record under the law: dates move with what is known, and the record says why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from desk_register import PEOPLE, REGISTER, adopted
from desk_world import ANA, BY_ANA, LOG, NOON, Hand, facts, opened, world_of
from law_sheets import BREACH, HEAD, PACK, Sheets, law_sheets
from tocsin.desk import run_until_idle
from tocsin.desk.law.duties import reckon, reckon_all, reckon_owed
from tocsin.desk.loaded.law_in_force import law_kept
from tocsin.desk.plans.runs import start_run
from tocsin.desk.record import Writer
from tocsin.exercise.clock import VirtualClock
from tocsin.facts import HOME_LOG, Draft, Fact, Refused
from tocsin.facts.dues import FellDue
from tocsin.facts.incidents import BecameAware, Linked, PersonClass, Relation
from tocsin.facts.legal import (
    Answered,
    Decided,
    DutiesReckoned,
    DutyDecided,
    DutyReckoned,
    LaterReadingAccepted,
    LawAdopted,
    LegalDeadlinePassed,
    LegalFactStated,
    Moved,
    Standing,
)
from tocsin.facts.notices import NoticeSubmitted
from tocsin.facts.runs import AttemptFailed, Ordered

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
BREACH_RULE, FIRST, SECOND, FREEZE = (
    "eu/breach/notice", "eu/harm/first", "eu/harm/second", "eu/harm/freeze",
)  # fmt: skip
DUE = NOON + 72 * HOUR


def house() -> tuple[Writer, Sheets]:
    """A desk with the law of the tests, an incident, and counsel with an address."""
    sheets = Sheets()
    bare = world_of({"mail": Hand()})
    desk = Writer(msgspec.structs.replace(bare, law=sheets))
    people = PEOPLE | {
        "cleo": msgspec.structs.replace(
            PEOPLE["di"], id="cleo", email="cleo@example.org", roles=("counsel",)
        )
    }
    register = msgspec.structs.replace(
        REGISTER, people=people,
        profile={"jurisdictions": ("DE",), "roles": ("controller", "provider")},
    )  # fmt: skip
    adopted(desk, register)
    return opened(desk.world), sheets


def says(desk: Writer, *said: Fact, at: datetime | None = None) -> None:
    when = at or desk.world.clock.now()
    desk.decide(LOG, lambda _: [Draft(fact=one, happened_at=when) for one in said], ANA)


def aware(desk: Writer, at: datetime = NOON) -> None:
    says(desk, BecameAware(person="ana", standing=PersonClass.STAFF, basis="log"), at=at)


def answer(desk: Writer, key: str, value: str) -> None:
    says(desk, LegalFactStated(key=key, answer=Answered.KNOWN, value=value, basis="b"))


def harm(kind: str, at: datetime) -> str:
    return f'[{{"aware":"{at.isoformat()}","kind":"{kind}"}}]'


def outcomes(desk: Writer, rule: str) -> list[DutyReckoned]:
    return [one for one in facts(desk.world, DutyReckoned) if one.rule == rule]


def until(desk: Writer, when: datetime) -> None:
    """Work until an instant; and the clock stands there."""
    run_until_idle(desk.world, until=when)
    clock = desk.world.clock
    assert isinstance(clock, VirtualClock)
    if clock.now() < when:
        clock.sleep((when - clock.now()).total_seconds())


def test_an_awareness_raises_the_question_and_an_answer_the_duty() -> None:
    desk, _ = house()
    aware(desk)
    until(desk, NOON + HOUR)
    (open_,) = outcomes(desk, BREACH_RULE)
    assert (open_.standing, open_.conservative_at) == (Standing.OPEN, DUE)
    answer(desk, "personal_data", "yes")
    until(desk, NOON + 2 * HOUR)
    raised = outcomes(desk, BREACH_RULE)[-1]
    assert (raised.standing, raised.moved) == (Standing.RAISED, Moved.ENTRY)
    assert raised.conservative_at == DUE and not raised.unverified
    assert raised.why == f"entry {raised.entry}: an answer: personal_data"
    said = desk.known(LOG).entries[raised.entry - 1].fact
    assert isinstance(said, LegalFactStated) and said.key == "personal_data"


def test_a_week_in_which_dates_move_earlier_a_stage_follows_and_lateness_stays() -> None:
    desk, sheets = house()
    aware(desk)
    answer(desk, "harms", harm("health", NOON))
    until(desk, NOON + HOUR)
    first = outcomes(desk, FIRST)[-1]
    assert first.conservative_at == datetime(2026, 12, 8, 23, tzinfo=UTC) and first.unverified

    answer(desk, "harms", harm("death", NOON + DAY))  # known a day later, and due much earlier
    until(desk, NOON + 2 * HOUR)
    moved = outcomes(desk, FIRST)[-1]
    assert moved.conservative_at == datetime(2026, 11, 26, 23, tzinfo=UTC)
    assert "an answer: " in moved.why

    until(desk, datetime(2026, 11, 27, 8, tzinfo=UTC))
    (passed,) = facts(desk.world, LegalDeadlinePassed)
    assert (passed.rule, passed.conservative_at, passed.submitted_at) == (
        FIRST, moved.conservative_at, None,
    )  # fmt: skip

    answer(desk, "harms", harm("health", NOON))  # it turns out otherwise: what was late stays so
    until(desk, datetime(2026, 11, 28, 8, tzinfo=UTC))
    assert outcomes(desk, FIRST)[-1].conservative_at == first.conservative_at
    assert facts(desk.world, LegalDeadlinePassed) == [passed]

    sheets.write(law_sheets(pack=PACK.replace('"1"', '"2"'), breach=HEAD.format(
        title="Breach", grade="P") + BREACH.replace("hours = 72", "hours = 96")))  # fmt: skip
    assert reckon_all(desk) == 1
    by_law = outcomes(desk, BREACH_RULE)[-1]
    assert (by_law.moved, by_law.law, by_law.conservative_at) == (
        Moved.LAW, "2", NOON + 96 * HOUR,
    )  # fmt: skip
    assert by_law.why == "the law changed to 2"
    adopted_laws = [e.fact for e in desk.world.journal.read(HOME_LOG)
                    if isinstance(e.fact, LawAdopted)]  # fmt: skip
    assert [one.law for one in adopted_laws] == ["1", "2"]
    old = law_kept(desk.world, adopted_laws[0])
    assert old is not None and old.law.version == "1" and old.law.digest == adopted_laws[0].digest


def test_asking_again_records_nothing_twice() -> None:
    desk, _ = house()
    aware(desk)
    answer(desk, "personal_data", "yes")
    assert reckon_owed(desk, LOG) and not reckon_owed(desk, LOG)
    head = desk.known(LOG).last_seq
    assert not reckon(desk, LOG) and reckon_all(desk) == 0
    again = Writer(desk.world)  # another process, which knows nothing
    assert not reckon(again, LOG) and reckon_all(again) == 0
    assert desk.known(LOG).last_seq == head
    assert [one.upto for one in facts(desk.world, DutiesReckoned)] == [3]


def test_each_of_several_entries_is_told_as_what_moved_it() -> None:
    desk, _ = house()
    aware(desk)
    answer(desk, "personal_data", "yes")
    aware(desk, NOON - DAY)
    reckon_owed(desk, LOG)
    found = outcomes(desk, BREACH_RULE)
    assert [(one.entry, one.standing, one.conservative_at) for one in found] == [
        (2, Standing.OPEN, DUE), (3, Standing.RAISED, DUE), (4, Standing.RAISED, DUE - DAY),
    ]  # fmt: skip


def test_a_pack_with_a_mistake_is_told_and_the_last_good_one_goes_on() -> None:
    desk, sheets = house()
    aware(desk)
    reckon_owed(desk, LOG)
    broken = law_sheets(breach=HEAD.format(title="Breach", grade="P") + "[[rule]]\nid = 1\n")
    sheets.write(broken)
    answer(desk, "personal_data", "yes")
    reckon_owed(desk, LOG)
    assert outcomes(desk, BREACH_RULE)[-1].standing is Standing.RAISED
    assert any("eu/breach.toml" in str(one) for one in desk.law.told())
    again = Writer(desk.world)  # a process that begins with the broken files
    assert again.law.must_read().law.version == "1" and again.law.told()
    assert (
        len([e for e in desk.world.journal.read(HOME_LOG) if isinstance(e.fact, LawAdopted)]) == 1
    )


def test_where_no_law_was_ever_whole_it_is_refused_with_what_is_wrong() -> None:
    desk = Writer(msgspec.structs.replace(world_of({}), law=Sheets({"pack.toml": "x"})))
    with pytest.raises(Refused, match=r"no law can be asked here: facts\.toml:1"):
        desk.law.must_read()


def test_counsel_is_reminded_before_it_is_due_and_when_it_is() -> None:
    desk, _ = house()
    aware(desk)
    answer(desk, "personal_data", "yes")
    until(desk, NOON + 80 * HOUR)
    told = [one for one in facts(desk.world, FellDue) if one.about == BREACH_RULE]
    assert [one.due_at for one in told] == [DUE - 24 * HOUR, DUE - 2 * HOUR, DUE]
    assert {one.role for one in told} == {"counsel"} and all(one.told_by for one in told)
    assert {one.target for one in facts(desk.world, Ordered)} == {"cleo@example.org"}
    assert desk.world.journal.next_due() is None


def test_whoever_learns_late_is_told_once_and_not_three_times() -> None:
    desk, _ = house()
    aware(desk, NOON - 71 * HOUR)
    answer(desk, "personal_data", "yes")
    until(desk, NOON + 5 * HOUR)
    told = [one.turn for one in facts(desk.world, FellDue) if one.about == BREACH_RULE]
    assert told == [1, 2]


def test_an_accepted_later_reading_moves_reminders_and_is_late_by_the_safe_one() -> None:
    desk, _ = house()
    aware(desk, NOON - timedelta(minutes=30))
    answer(desk, "personal_data", "yes")
    reckon_owed(desk, LOG)
    due = outcomes(desk, BREACH_RULE)[-1]
    assert due.conservative_at is not None and due.latest_at is not None
    assert due.latest_at - due.conservative_at == timedelta(minutes=30)
    says(desk, LaterReadingAccepted(
        rule=BREACH_RULE, conservative_at=due.conservative_at, accepted_at=due.latest_at, reason="r"
    ))  # fmt: skip
    until(desk, NOON + 80 * HOUR)
    told = [one.due_at for one in facts(desk.world, FellDue) if one.about == BREACH_RULE]
    assert told[-1] == due.latest_at
    (passed,) = facts(desk.world, LegalDeadlinePassed)
    assert passed.conservative_at == due.conservative_at


def test_a_decision_ends_reminders_until_something_moves_the_duty() -> None:
    desk, _ = house()
    aware(desk)
    answer(desk, "personal_data", "yes")
    reckon_owed(desk, LOG)
    says(desk, DutyDecided(
        rule=BREACH_RULE, decided=Decided.NOT_REQUIRED, exception="", law="1", digest="ab" * 32,
        rationale="no risk",
    ))  # fmt: skip
    until(desk, NOON + DAY)
    assert [one for one in facts(desk.world, FellDue) if one.about == BREACH_RULE] == []
    aware(desk, NOON - HOUR)  # it ran from earlier on: what was decided was decided of another
    until(desk, NOON + 80 * HOUR)
    assert [one.turn for one in facts(desk.world, FellDue) if one.about == BREACH_RULE] == [0, 1, 2]
    assert [one.rule for one in facts(desk.world, LegalDeadlinePassed)] == [BREACH_RULE]


def test_duties_that_are_open_have_one_reminder_for_their_questions() -> None:
    desk, _ = house()
    aware(desk)
    until(desk, NOON + 80 * HOUR)
    (told,) = facts(desk.world, FellDue)
    # no harm is named yet: two days for the gravest end with 25 November in Berlin, 23:00 UTC,
    # thirteen hours before the 72 hours of which DUE is the end
    assert (told.about, told.due_at) == ("questions", DUE - (24 + 13) * HOUR)
    assert facts(desk.world, LegalDeadlinePassed) == []


def test_an_incident_that_goes_on_as_another_reminds_nobody() -> None:
    desk, _ = house()
    aware(desk)
    answer(desk, "personal_data", "yes")
    reckon_owed(desk, LOG)
    says(desk, Linked(other="X", relation=Relation.MERGED_INTO, because="same"))
    run_until_idle(desk.world)
    assert facts(desk.world, FellDue) == [] and desk.world.journal.next_due() is None


def test_without_a_law_nothing_is_asked_and_nothing_falls_due() -> None:
    desk = opened(world_of({}))
    aware(desk)
    run_until_idle(desk.world)
    assert not reckon_owed(desk, LOG) and reckon_all(desk) == 0
    assert desk.world.journal.next_due() is None and facts(desk.world, DutyReckoned) == []


ALTER = """
plan: alter
version: 1
title: Change what serves
steps:
  change:
    act: registry
    target: model
    wanted: "version:2"
    effect: change
    next: done
    on_failure: lost
  done: {end: completed}
  lost: {end: failed}
"""
STOP = ALTER.replace("effect: change", "effect: stop").replace('"version:2"', "off")


def test_a_guard_bars_what_alters_and_never_a_stop_until_what_it_waits_for() -> None:
    desk, hand = guarded()
    start_run(desk, LOG, ALTER.encode(), BY_ANA)
    run_until_idle(desk.world, until=NOON + HOUR)
    assert hand.calls == []
    why = facts(desk.world, AttemptFailed)[0].why
    assert why.startswith("eu/harm/freeze (H 3) bars this act")
    assert "tocsin law state 7K3ABCDEFG informed INSTANT" in why
    start_run(desk, LOG, STOP.encode(), BY_ANA)
    run_until_idle(desk.world, until=NOON + HOUR)
    assert len(hand.calls) == 1
    answer(desk, "informed", NOON.isoformat())
    reckon_owed(desk, LOG)
    assert outcomes(desk, FREEZE)[-1].standing is Standing.NOT_RAISED
    start_run(desk, LOG, ALTER.encode(), BY_ANA)
    run_until_idle(desk.world, until=NOON + HOUR)
    assert len(hand.calls) == 2


def test_a_named_person_may_lift_a_guard() -> None:
    desk, hand = guarded()
    says(desk, DutyDecided(
        rule=FREEZE, decided=Decided.NOT_REQUIRED, exception="", law="1", digest="ab" * 32,
        rationale="a copy is sealed",
    ))  # fmt: skip
    start_run(desk, LOG, ALTER.encode(), BY_ANA)
    run_until_idle(desk.world, until=NOON + HOUR)
    assert len(hand.calls) == 1


def guarded() -> tuple[Writer, Hand]:
    """A desk where a guard stands, and what it would bar."""
    desk, _ = house()
    hand = Hand()
    world = msgspec.structs.replace(desk.world, connectors={"mail": Hand(), "registry": hand})
    desk = Writer(world)
    aware(desk)
    answer(desk, "harms", harm("health", NOON))
    reckon_owed(desk, LOG)
    assert outcomes(desk, FREEZE)[-1].standing is Standing.RAISED
    return desk, hand


def submitted(desk: Writer, rule: str, stage: str, at: datetime) -> None:
    notice = NoticeSubmitted(
        notice=None, rule=rule, stage=stage, document=None, sent=None, channel="portal",
        to=("the authority",), sent_by="", reference="", receipt_file=None, corrects=None,
        because="by hand",
    )  # fmt: skip
    says(desk, notice, at=at)


def test_a_submission_settles_its_rule_alone_and_starts_the_next_stage_from_its_instant() -> None:
    desk, _ = house()
    aware(desk)
    answer(desk, "personal_data", "yes")
    answer(desk, "harms", harm("health", NOON))
    until(desk, NOON + DAY)
    submitted(desk, FIRST, "first", NOON + 20 * HOUR)
    until(desk, NOON + DAY + HOUR)
    assert outcomes(desk, FIRST)[-1].submitted_at == NOON + 20 * HOUR
    second = outcomes(desk, SECOND)[-1]
    assert (second.standing, second.conservative_at) == (
        Standing.RAISED, datetime(2026, 12, 24, 23, tzinfo=UTC),
    )  # fmt: skip
    assert second.why.endswith("a notice was submitted")
    assert outcomes(desk, BREACH_RULE)[-1].submitted_at is None
    until(desk, NOON + 20 * DAY)
    told = {one.about for one in facts(desk.world, FellDue)}
    assert FIRST not in told and BREACH_RULE in told
    assert [one.rule for one in facts(desk.world, LegalDeadlinePassed)] == [BREACH_RULE]


def test_what_went_in_time_and_was_recorded_afterwards_is_not_late() -> None:
    desk, _ = house()
    aware(desk)
    answer(desk, "personal_data", "yes")
    until(desk, DUE + HOUR)
    assert desk.known(LOG).legal.late(BREACH_RULE) is not None
    submitted(desk, BREACH_RULE, "notice", DUE - HOUR)
    reckon_owed(desk, LOG)
    assert desk.known(LOG).legal.late(BREACH_RULE) is None
    assert len(facts(desk.world, LegalDeadlinePassed)) == 1  # that it passed stays on record


def test_what_was_submitted_late_is_late_with_by_when_it_went_out() -> None:
    desk, _ = house()
    aware(desk, NOON - 80 * HOUR)
    answer(desk, "personal_data", "yes")
    submitted(desk, BREACH_RULE, "notice", NOON)
    reckon_owed(desk, LOG)
    (passed,) = facts(desk.world, LegalDeadlinePassed)
    assert (passed.conservative_at, passed.submitted_at) == (NOON - 8 * HOUR, NOON)
    aware(desk, NOON - 60 * HOUR)  # another awareness, later: it changes nothing
    assert reckon_owed(desk, LOG)
    assert facts(desk.world, LegalDeadlinePassed) == [passed]
