"""No plan, however it is written, tells people outside what counsel has not agreed to."""

from __future__ import annotations

import io

import pytest
from spoken_world import KEYS, approved, drafted, known, record, speaking_desk

from desk_world import ANA, BY_ANA, LOG, Hand, ending, facts
from tocsin.desk import DESK_AUTHOR, Writer, run_until_idle
from tocsin.desk.approving.approvals import approve as approve_step
from tocsin.desk.plans.runs import start_run
from tocsin.facts import Asserter, Author, Proof
from tocsin.facts.courses import ApprovalAsked
from tocsin.facts.reach import MessageWritten
from tocsin.facts.runs import AttemptFailed, StepEnded
from tocsin.facts.statements import Audience, StatementReleased
from tocsin.playbook.templates import text_bytes
from tocsin.register.statements import ORDER_NAMESPACE

HEAD = "plan: p\nversion: '1'\ntitle: T\n"
TELL = """\
  words: {{tell: [{audience}], subject: S, text: T, through: mail, next: done, on_failure: failed}}
  done: {{end: completed}}
  failed: {{end: failed}}
"""
ASK = """\
  law: {{approve: The words, role: {role}, next: words, on_declined: failed}}
"""


def begun(mail: Hand, steps: str, head: str = "") -> Writer:
    desk = speaking_desk(mail)
    start_run(desk, LOG, f"{HEAD}{head}steps:\n{steps}".encode(), BY_ANA)
    run_until_idle(desk.world)
    return desk


@pytest.mark.parametrize(
    ("audience", "head"),
    [
        ("customers", ""),
        ("list", ""),  # a person of the register who stands for customers
        ("press", "audiences: {press: {where: inside}}\n"),
        ("authority", "audiences: {authority: {where: outside, approved_by: [counsel]}}\n"),
    ],
)
def test_a_plan_tells_nobody_outside_without_counsel(audience: str, head: str) -> None:
    mail = Hand()
    desk = begun(mail, TELL.format(audience=audience), head)
    assert not mail.calls
    if audience != "authority":  # of whom nobody here has an address
        (failed,) = facts(desk.world, AttemptFailed)
        assert "no counsel said yes in this run" in failed.why and failed.retry_at is None
    assert ending(desk.world) == "failed"


def test_people_inside_are_told_as_ever() -> None:
    mail = Hand()
    desk = begun(mail, TELL.format(audience="support"))
    assert len(mail.calls) == 2 and ending(desk.world) == "completed"


@pytest.mark.parametrize(
    ("role", "who", "goes"), [("counsel", "lea", True), ("communications", "max", False)]
)
def test_with_a_yes_of_counsel_before_it_a_plan_tells_them(role: str, who: str, goes: bool) -> None:
    mail = Hand()
    desk = begun(mail, ASK.format(role=role) + TELL.format(audience="customers"))
    assert not mail.calls
    (asked,) = [e.seq for e in desk.known(LOG).entries if isinstance(e.fact, ApprovalAsked)]
    key = KEYS[who]
    author = Author(who=who, kind=Asserter.PERSON, proof=Proof.SIGNATURE, key=key.fingerprint)
    approve_step(desk, LOG, asked, author, sign=lambda m: key.sign(m, ORDER_NAMESPACE))
    run_until_idle(desk.world)
    assert bool(mail.calls) is goes


def test_a_yes_of_counsel_that_was_made_up_in_the_record_lets_nothing_go() -> None:
    mail = Hand()
    desk = begun(mail, ASK.format(role="counsel") + TELL.format(audience="customers"))
    (asked,) = [e for e in desk.known(LOG).entries if isinstance(e.fact, ApprovalAsked)]
    ended = StepEnded(run="run-1", step="law", result="approved", next="words")
    desk.record(LOG, lambda _: [ended], DESK_AUTHOR)
    run_until_idle(desk.world)
    assert asked.seq and not mail.calls


def test_a_message_ordered_as_an_act_does_not_slip_through() -> None:
    mail = Hand()
    desk = speaking_desk(mail)
    digest = desk.world.vault.put(io.BytesIO(text_bytes("S", "T"))).digest
    steps = (
        f"  act: {{act: mail, target: all@customers.example, wanted: 'sent:{digest}',"
        " effect: change, undo: x, next: done, on_failure: failed}\n"
        "  done: {end: completed}\n  failed: {end: failed}\n"
    )
    start_run(desk, LOG, f"{HEAD}steps:\n{steps}".encode(), BY_ANA)
    run_until_idle(desk.world)
    assert not mail.calls and "customers" in facts(desk.world, AttemptFailed)[0].why


def test_a_run_that_says_to_send_a_statement_sends_only_what_was_let_go() -> None:
    """Somebody starts a plan called `say` by hand; and somebody writes a release past the desk."""
    mail = Hand()
    desk = speaking_desk(mail)
    record(desk, known("C1", "Version 2 gives wrong refunds"))
    one = drafted(desk, Audience.CUSTOMERS)
    plan = "plan: say\nversion: '1'\ntitle: T\nsteps:\n" + TELL.format(audience="customers")
    start_run(desk, LOG, plan.encode(), BY_ANA)
    run_until_idle(desk.world)
    assert not mail.calls and "nobody let these words go" in facts(desk.world, AttemptFailed)[0].why
    approved(desk, one.id, "max", "lea")
    release = StatementReleased(statement=one.id, text=one.draft.text, run="run-2")
    desk.record(LOG, lambda _: [release], ANA)
    start_run(desk, LOG, plan.encode(), BY_ANA)
    run_until_idle(desk.world)
    assert not mail.calls, "other bytes than were approved"
    assert "not the approved words of S1" in facts(desk.world, AttemptFailed)[1].why
    assert len(facts(desk.world, MessageWritten)) == 2
