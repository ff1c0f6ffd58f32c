"""A step that asks for approval, on the desk: proof, role, limit, links, and the words for it."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from desk_register import REGISTER, adopted, enrolled, signing
from desk_world import ANA, BY_ANA, LOG, ending, facts, opened, path, world_of
from tocsin.desk import Writer, run_until_idle
from tocsin.desk.approving.approvals import approve, decline
from tocsin.desk.approving.glass import break_glass
from tocsin.desk.approving.links import answer_by_link, delegate, issue_link
from tocsin.desk.plans.runs import cancel, start_run
from tocsin.desk.record import draft
from tocsin.dossier.account import account_of
from tocsin.dossier.now import now_of
from tocsin.facts import Access, Asserter, Author, Proof, Refused
from tocsin.facts.courses import ApprovalAsked
from tocsin.facts.gates import Decided
from tocsin.facts.runs import Approved, LimitPassed
from tocsin.incident.timeline import words_of
from tocsin.playbook import replay_runs
from tocsin.register.model import Decision, Entity, ProofRule, Register
from tocsin.register.statements import Verdict

PLAN = """
plan: consent
version: 1
title: Two roles must agree
steps:
  lead: {approve: Open it again, role: commander, limit: 1h, next: help, on_declined: no,
         on_limit: late}
  help: {approve: Open it again, role: support, next: yes, on_declined: no}
  yes: {end: completed}
  no: {end: failed}
  late: {end: failed}
"""
LINKS = ProofRule(decision=Decision.APPROVAL, proof=Proof.LINK)
WITH_LINKS = msgspec.structs.replace(REGISTER, entity=Entity(proofs=(LINKS,)))


def desk_of(register: Register = REGISTER) -> Writer:
    desk = enrolled(adopted(Writer(world_of({})), register))
    opened(desk.world)
    start_run(desk, LOG, PLAN.encode(), BY_ANA)
    return desk


def asked(desk: Writer, step: str = "lead") -> int:
    return desk.run(LOG, "run-1").latest[step]


def say(desk: Writer, who: str, step: str = "lead", key: str | None = None) -> None:
    author, sign = signing(who, key)
    approve(desk, LOG, asked(desk, step), author, because="it is safe", sign=sign)


def test_two_people_of_two_roles_let_it_go_on() -> None:
    desk = desk_of()
    say(desk, "cy")
    say(desk, "di", "help")
    assert path(desk.world) == [("lead", "approved"), ("help", "approved")]
    assert ending(desk.world) == "completed"


def test_one_person_and_one_key_answer_for_one_role_only() -> None:
    desk = desk_of()
    say(desk, "cy")  # who is both commander and support
    with pytest.raises(Refused, match="one person and one key fill one role"):
        say(desk, "cy", "help")
    assert ending(desk.world) is None


def test_only_the_role_that_is_asked_and_only_with_proof() -> None:
    desk = desk_of()
    with pytest.raises(Refused, match="does not have the role commander"):
        say(desk, "di")
    typed = Author(who="cy", kind=Asserter.PERSON, proof=Proof.ACCOUNT, account="cy")
    with pytest.raises(Refused, match="needs signature"):
        approve(desk, LOG, asked(desk), typed)
    worker = Author(who="w", kind=Asserter.WORKER, proof=Proof.PROCESS)
    with pytest.raises(Refused):
        approve(desk, LOG, asked(desk), worker)
    with pytest.raises(Refused):
        say(desk, "cy", key="di")
    assert not facts(desk.world, Approved)


def test_a_no_leads_elsewhere_and_a_second_word_is_too_late() -> None:
    desk = desk_of()
    author, sign = signing("cy")
    seq = asked(desk)
    decline(desk, LOG, seq, author, because="not yet", sign=sign)
    assert ending(desk.world) == "failed"
    with pytest.raises(Refused, match="does not wait for approval: it is declined"):
        approve(desk, LOG, seq, author, sign=sign)


def test_the_limit_binds_with_and_without_a_worker() -> None:
    desk = desk_of()
    desk.world.clock.sleep(3600)
    with pytest.raises(Refused, match="too late for question lead"):
        say(desk, "cy")
    run_until_idle(desk.world)
    assert path(desk.world) == [("lead", "limit")] and len(facts(desk.world, LimitPassed)) == 1


def test_a_link_answers_where_the_register_lets_links_count() -> None:
    desk = desk_of(WITH_LINKS)
    link = issue_link(desk, LOG, asked(desk), "cy", "cy@example.org", timedelta(hours=1))
    answer_by_link(desk, link.token, Verdict.APPROVED, "seen")
    assert path(desk.world) == [("lead", "approved")]
    strict = desk_of()
    with pytest.raises(Refused, match='proof = "link"'):
        issue_link(strict, LOG, asked(strict), "cy", "cy@example.org", timedelta(hours=1))


def test_a_word_slipped_in_by_a_link_nobody_sent_counts_as_a_no() -> None:
    desk = desk_of(WITH_LINKS)
    forged = Author(who="cy", kind=Asserter.PERSON, proof=Proof.LINK, key="L-cy")
    fact = Approved(run="run-1", order=asked(desk), order_digest="0" * 64, because="")
    desk.decide(LOG, lambda _: [draft(fact, desk.world.clock.now())], forged)
    run_until_idle(desk.world)
    assert path(desk.world) == [("lead", "declined")]
    assert "do not suffice" in facts(desk.world, Decided)[0].bindings[0]


def test_an_answer_is_handed_on_within_the_role() -> None:
    desk = desk_of()
    author, _ = signing("cy")
    with pytest.raises(Refused, match="role commander"):
        delegate(desk, LOG, asked(desk), "di", author, because="away")


def test_no_glass_is_broken_for_a_question() -> None:
    desk = desk_of()
    author, sign = signing("cy")
    with pytest.raises(Refused, match="is no action"):
        break_glass(desk, LOG, asked(desk), author, because="hurry", sign=sign)


def test_of_a_cancelled_run_nothing_is_approved() -> None:
    desk = desk_of()
    cancel(desk, LOG, "run-1", "over", BY_ANA)
    with pytest.raises(Refused, match="nothing follows from question"):
        say(desk, "cy")


def test_the_screen_and_the_report_say_it() -> None:
    desk = desk_of()
    entries = desk.world.journal.read(LOG)
    account = account_of(entries, frozenset(Access))
    now = now_of(account, replay_runs(entries), "7K3", desk.world.clock.now())
    (waiting,) = now.waiting
    assert (waiting.what, waiting.whom) == ("approval: Open it again", "commander")
    assert waiting.command.startswith(f"tocsin decide 7K3 {asked(desk)} approve")
    (fact,) = facts(desk.world, ApprovalAsked)
    assert words_of(fact).startswith("Approval asked of commander until 2026-11-23 13:00")
    say(desk, "cy")
    account = account_of(desk.world.journal.read(LOG), frozenset(Access))
    (choice,) = account.choices
    assert (choice.who, choice.chosen) == ("cy", "approved")
    assert choice.question == "Open it again (asked of commander)"
    assert ANA.who in account.people
