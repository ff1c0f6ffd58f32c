"""People are called one after another; who answers ends it; who looks afterwards has 12 hours."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from desk_register import PEOPLE, REGISTER, adopted, enrolled, signing
from desk_world import BY_ANA, LOG, NOON, Hand, facts, opened, path, world_of
from tocsin.desk import DESK_AUTHOR, Writer, run_until_idle
from tocsin.desk.approving.glass import break_glass
from tocsin.desk.loaded.rules import addresses_of, people_to_call
from tocsin.desk.plans.runs import start_run
from tocsin.desk.record import draft
from tocsin.facts import OUTBOX_LOG, Asserter, Author, Proof
from tocsin.facts.dues import Awaited, FellDue
from tocsin.facts.gates import CountersignMissed
from tocsin.facts.incidents import Acknowledged, Assigned
from tocsin.facts.outbox import BreakerOpened
from tocsin.facts.reach import MessageWritten, PageBegan, PageUnanswered
from tocsin.facts.runs import AttemptFailed, Ordered, Repeatable
from tocsin.incident.words_gate import reach_words
from tocsin.playbook import PageRecord
from tocsin.playbook.calls import page_called, page_missed
from tocsin.register.model import Hours

PLAN = """
plan: call
version: 1
title: Call somebody
steps:
  call: {page: ROLE, text: "The assistant fails", within: 5m, next: tell, on_unanswered: lost}
  tell: {tell: support, subject: "It fails", text: "People answer.", through: mail, next: done,
         on_failure: lost}
  done: {end: completed}
  lost: {end: failed}
"""


def calling(role: str = "on-call", **hands: Hand) -> Writer:
    world = world_of({"pager": Hand(), "mail": Hand(), **hands})
    desk = enrolled(adopted(Writer(world)))
    opened(world)
    start_run(desk, LOG, PLAN.replace("ROLE", role).encode(), BY_ANA)
    return desk


def calls(desk: Writer) -> list[str]:
    return [f.target for f in facts(desk.world, Ordered) if f.wanted.startswith("paged:")]


def took_note(desk: Writer, who: str) -> None:
    author = Author(who=who, kind=Asserter.PERSON, proof=Proof.ACCOUNT)
    desk.decide(LOG, lambda _: [draft(Acknowledged(note=""), desk.world.clock.now())], author)


def test_the_first_is_called_then_the_next_and_who_takes_note_ends_it() -> None:
    desk = calling()
    run_until_idle(desk.world, until=NOON + timedelta(minutes=4))
    assert calls(desk) == ["ana"]
    run_until_idle(desk.world, until=NOON + timedelta(minutes=6))
    assert calls(desk) == ["ana", "bo"]
    assert [(f.person, f.next) for f in facts(desk.world, PageUnanswered)] == [("ana", "bo")]
    took_note(desk, "bo")
    run_until_idle(desk.world)
    assert path(desk.world) == [("call", "answered"), ("tell", "done")]


def test_a_text_lies_in_the_vault_before_anyone_is_called_with_it() -> None:
    desk = calling()
    (began,) = facts(desk.world, PageBegan)
    with desk.world.vault.open(began.text) as text:
        assert b"The assistant fails" in text.read()
    assert began.ways == ("pager", "pager")
    took_note(desk, "ana")
    run_until_idle(desk.world)
    (message,) = facts(desk.world, MessageWritten)
    sent = [f for f in facts(desk.world, Ordered) if f.wanted == f"sent:{message.text}"]
    assert [f.target for f in sent] == ["cy@example.org", "di@example.org"]


def test_nobody_answers_and_the_plan_goes_on_without() -> None:
    desk = calling()
    run_until_idle(desk.world)
    assert path(desk.world)[0] == ("call", "unanswered")


def test_a_call_that_nobody_at_all_answered_goes_on_to_those_further_up() -> None:
    desk = calling()
    run_until_idle(desk.world)
    told = [(due.what, due.about, due.role) for due in facts(desk.world, FellDue)]
    assert told[:2] == [
        (Awaited.PAGE_ANSWER, "on-call", "owner"),
        (Awaited.PAGE_ANSWER, "owner", "commander"),
    ]
    assert [role for _, _, role in told] == ["owner", "commander"] * 2
    assert "cy" in calls(desk) and desk.world.journal.next_due() is None


def test_whoever_answers_ends_the_escalation() -> None:
    desk = calling()
    run_until_idle(desk.world, until=NOON + timedelta(minutes=31))
    assert [due.role for due in facts(desk.world, FellDue)] == ["owner"]
    took_note(desk, "bo")
    run_until_idle(desk.world)
    assert [due.role for due in facts(desk.world, FellDue)] == ["owner"]


def test_where_a_role_reaches_nobody_at_all_those_further_up_are_called_at_once() -> None:
    register = msgspec.structs.replace(REGISTER, people={"cy": PEOPLE["cy"]}, systems={})
    world = world_of({"pager": Hand(), "mail": Hand()})
    desk = adopted(Writer(world), register)
    opened(world)
    start_run(desk, LOG, PLAN.replace("ROLE", "astronaut").encode(), BY_ANA)
    run_until_idle(desk.world, until=NOON + timedelta(minutes=1))
    assert facts(desk.world, PageBegan)[0].people == ()
    assert [due.role for due in facts(desk.world, FellDue)] == ["owner", "commander"]
    assert calls(desk) == ["cy"]


def _leave_alone(desk: Writer, *names: str) -> None:
    until = desk.world.clock.now() + timedelta(hours=2)
    opened_ = [BreakerOpened(connector=one, failures=3, until=until, why="x") for one in names]
    desk.record(OUTBOX_LOG, lambda _: opened_, DESK_AUTHOR)


def test_while_the_pager_does_not_answer_people_are_called_by_mail() -> None:
    pager, mail = Hand(), Hand()
    world = world_of({"pager": pager, "mail": mail})
    desk = enrolled(adopted(Writer(world)))
    opened(world)
    _leave_alone(desk, "pager")
    start_run(desk, LOG, PLAN.replace("ROLE", "on-call").encode(), BY_ANA)
    run_until_idle(desk.world, until=NOON + timedelta(seconds=1))
    (call,) = [f for f in facts(desk.world, Ordered) if f.step == "call"]
    assert (call.connector, call.target) == ("mail", "ana@example.org")
    assert call.wanted.startswith("sent:") and pager.calls == [] and len(mail.calls) == 1


def test_a_pager_that_stopped_answering_after_the_call_was_ordered_is_passed_over_at_once() -> None:
    pager, mail = Hand(), Hand()
    desk = calling(pager=pager, mail=mail)
    _leave_alone(desk, "pager")
    run_until_idle(desk.world, until=NOON + timedelta(seconds=1))
    ordered = [(f.connector, f.target) for f in facts(desk.world, Ordered) if f.step == "call"]
    assert ordered == [("pager", "ana"), ("mail", "ana@example.org")]
    assert pager.calls == [] and len(mail.calls) == 1


LOST = {number: "drop" for number in range(1, 99)}


def test_who_may_have_been_called_has_their_time_and_then_their_other_ways() -> None:
    pager, mail = Hand(trouble=LOST, can_tell=False), Hand(Repeatable.NEITHER)
    desk = calling(pager=pager, mail=mail)
    run_until_idle(desk.world, until=NOON + timedelta(minutes=4))
    assert [f.target for f in facts(desk.world, Ordered) if f.step == "call"] == ["ana"]
    assert facts(desk.world, PageUnanswered) == [] and mail.calls == []
    run_until_idle(desk.world, until=NOON + timedelta(minutes=9))
    (lost,) = facts(desk.world, PageUnanswered)
    assert (lost.person, lost.next, lost.way, lost.lost) == ("ana", "ana", "mail", True)
    assert reach_words(lost) == (
        "nobody knows whether the call reached ana, and it was not answered; calling ana through "
        "mail"
    )
    assert len(mail.calls) == 1, "the mail waits for an answer as long as any call"
    run_until_idle(desk.world, until=NOON + timedelta(minutes=11))
    after = facts(desk.world, PageUnanswered)[1]
    assert (after.person, after.next, after.lost, after.refused) == ("ana", "bo", False, False)
    assert reach_words(after) == "ana did not answer the call; calling bo"


def test_alone_and_with_a_pager_that_loses_answers_somebody_is_called_by_mail() -> None:
    register = msgspec.structs.replace(REGISTER, people={"ana": PEOPLE["ana"]}, systems={})
    mail = Hand(Repeatable.NEITHER)
    world = world_of({"pager": Hand(trouble=LOST, can_tell=False), "mail": mail})
    desk = adopted(Writer(world), register)
    opened(world)
    start_run(desk, LOG, PLAN.replace("ROLE", "on-call").encode(), BY_ANA)
    run_until_idle(desk.world, until=NOON + timedelta(minutes=6))
    assert len(mail.calls) == 1 and mail.state == {"ana@example.org": mail.state["ana@example.org"]}
    assert all(one.next for one in facts(desk.world, PageUnanswered)), "nobody is given up yet"


def test_a_call_that_surely_did_not_go_out_takes_their_other_way_at_once() -> None:
    pager, mail = Hand(trouble={1: "never"}), Hand()
    desk = calling(pager=pager, mail=mail)
    run_until_idle(desk.world, until=NOON + timedelta(seconds=1))
    (refused,) = facts(desk.world, PageUnanswered)
    assert (refused.next, refused.way, refused.refused) == ("ana", "mail", True)
    assert reach_words(refused) == "the call to ana did not go out; calling ana through mail"
    took_note(desk, "ana")
    run_until_idle(desk.world)
    assert path(desk.world)[0] == ("call", "answered")


def test_an_attempt_has_one_outcome_also_where_another_way_is_taken() -> None:
    """Refused once, then left alone: the second fact is about the action, not about the attempt."""
    pager = Hand(trouble={1: "refuse"})
    desk = calling(pager=pager)
    run_until_idle(desk.world, until=NOON)
    _leave_alone(desk, "pager")
    run_until_idle(desk.world, until=NOON + timedelta(seconds=30))
    failed = [f for f in facts(desk.world, AttemptFailed) if f.order == 4]
    assert [one.attempt for one in failed] == [1, 0]
    assert "another way is tried" in failed[1].why and not failed[1].may_have_acted


def test_a_call_whose_answer_was_lost_is_not_given_up_while_its_pager_is_left_alone() -> None:
    pager = Hand(trouble={1: "lose"}, can_tell=False)
    desk = calling(pager=pager)
    run_until_idle(desk.world, until=NOON)
    _leave_alone(desk, "pager")
    run_until_idle(desk.world, until=NOON + timedelta(minutes=4))
    assert len(pager.effects) == 1 and len(pager.calls) == 2, "asked again under the same key"
    assert facts(desk.world, PageUnanswered) == []


def test_what_older_records_say_of_calls_still_goes_on_to_the_next_person() -> None:
    page = PageRecord(
        seq=1, at=NOON,
        fact=PageBegan(run="r", step="call", role="on-call", people=("ana", "bo"),
                       ways=("pager", "mail"), text="ab" * 32, within_seconds=60),
    )  # fmt: skip
    over = page_missed(page_called(page, 2, NOON))
    assert (over.person, over.way, over.unanswered, over.by) == ("bo", "mail", 1, "")


def test_a_role_that_nobody_has_calls_those_who_answer_for_the_system() -> None:
    desk = calling("astronaut")
    assert facts(desk.world, PageBegan)[0].people == ("ana", "bo")


def test_who_holds_the_role_in_this_incident_is_called_first() -> None:
    desk = calling()
    fact = Assigned(role="on-call", person="cy")
    desk.decide(LOG, lambda _: [draft(fact, desk.world.clock.now())], BY_ANA.author)
    people = people_to_call(REGISTER, "on-call", desk.known(LOG), NOON)
    assert [one.id for one in people] == ["cy", "ana", "bo"]


def test_who_is_at_work_is_called_before_who_is_not() -> None:
    night = Hours(days=(0, 1, 2, 3, 4, 5, 6), from_minute=22 * 60, to_minute=6 * 60)
    people = {**PEOPLE, "ana": msgspec.structs.replace(PEOPLE["ana"], hours=(night,))}
    register = msgspec.structs.replace(REGISTER, people=people)
    known = calling().known(LOG)
    assert [p.id for p in people_to_call(register, "on-call", known, NOON)] == ["bo", "ana"]
    assert [p.id for p in people_to_call(register, "owner", known, NOON)] == ["bo", "ana"]


def test_words_for_an_audience_go_to_all_who_have_the_role_of_that_name() -> None:
    assert addresses_of(REGISTER, "support") == ("cy@example.org", "di@example.org")
    assert addresses_of(REGISTER, "di") == ("di@example.org",)
    assert addresses_of(REGISTER, "press") == ()


TWO = """
plan: two
version: 1
title: Two must agree
steps:
  back: {act: registry, target: m, wanted: "version:1", approvals: 2, next: done}
  done: {end: completed}
"""


def test_nobody_countersigned_in_time_is_on_record_after_the_run_has_long_ended() -> None:
    desk = enrolled(adopted(Writer(world_of({"registry": Hand()}))))
    opened(desk.world)
    start_run(desk, LOG, TWO.encode(), BY_ANA)
    author, sign = signing("ana")
    break_glass(desk, LOG, 3, author, because="harm", sign=sign)
    run_until_idle(desk.world)
    (entry,) = [e for e in desk.world.journal.read(LOG) if isinstance(e.fact, CountersignMissed)]
    assert entry.happened_at == NOON + timedelta(hours=12)
    run_until_idle(desk.world)
    assert len(facts(desk.world, CountersignMissed)) == 1
