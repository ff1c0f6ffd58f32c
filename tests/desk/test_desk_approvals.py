"""Approvals: a signature over the order's hash by an enrolled key; four eyes are two and two."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from desk_register import REGISTER, adopted
from desk_world import BY_ANA, LOG, Hand, ending, facts, opened, path, started, world_of
from register_people import Signing
from tocsin.desk import DESK_AUTHOR, Writer, run_until_idle
from tocsin.desk.approving.approvals import approve, decline, statement_of
from tocsin.desk.plans.runs import By, cancel, pause, start_run
from tocsin.desk.record import draft
from tocsin.facts import HOME_LOG, Asserter, Author, Proof, Refused
from tocsin.facts.incidents import Noted
from tocsin.facts.registers import KeyRevoked
from tocsin.facts.runs import Approved, Attempted, AttemptFailed, LimitPassed, Ordered
from tocsin.register.model import Decision, Entity, ProofRule
from tocsin.register.statements import ORDER_NAMESPACE, Verdict, order_digest

PLAN = """
plan: two
version: 1
title: Two must agree
steps:
  off: {act: switch, target: assistant, wanted: off, approvals: 2, limit: 1h, on_limit: lost,
        on_declined: lost, next: done}
  done: {end: completed}
  lost: {end: failed}
"""
KEYS = {name: Signing(seed) for seed, name in enumerate(["bo", "cy", "di"], start=1)}


def signing(who: str, key: str | None = None):
    """The author and the signer of a person who signs with their own key, or another's."""
    one = KEYS[key or who]
    author = Author(who=who, kind=Asserter.PERSON, proof=Proof.SIGNATURE, key=one.fingerprint)
    return author, lambda message: one.sign(message, ORDER_NAMESPACE)


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def desk(hand: Hand) -> Writer:
    desk = started(world_of({"switch": hand}), PLAN)
    enrolled = [one.enrolled_for(name) for name, one in KEYS.items()]
    desk.record(HOME_LOG, lambda _: enrolled, DESK_AUTHOR)
    return desk


def order(desk: Writer) -> int:
    return next(e.seq for e in desk.world.journal.read(LOG) if isinstance(e.fact, Ordered))


def say(desk: Writer, who: str, key: str | None = None, verb=approve) -> None:
    author, sign = signing(who, key)
    verb(desk, LOG, order(desk), author, because="seen", sign=sign)


def test_two_people_with_two_keys_let_it_go(desk: Writer, hand: Hand) -> None:
    say(desk, "bo")
    run_until_idle(desk.world, until=desk.world.clock.now())
    assert not hand.calls
    say(desk, "cy")
    run_until_idle(desk.world)
    assert len(hand.calls) == 1 and ending(desk.world) == "completed"
    with pytest.raises(Refused, match="does not wait for approval"):
        say(desk, "di")


@pytest.mark.parametrize(
    ("second", "key", "why"),
    [("bo", "bo", "already"), ("bo", "cy", "."), ("cy", "bo", ".")],
)
def test_neither_one_person_nor_one_key_counts_twice(desk, hand, second, key, why) -> None:
    say(desk, "bo")
    with pytest.raises(Refused, match=why):
        say(desk, second, key)
    assert len(facts(desk.world, Approved)) == 1
    run_until_idle(desk.world, until=desk.world.clock.now())
    assert not hand.calls


def test_an_account_alone_and_a_worker_cannot_approve(desk, hand) -> None:
    with pytest.raises(Refused, match="signature"):
        approve(desk, LOG, order(desk), BY_ANA.author)
    worker = Author(who="w", kind=Asserter.WORKER, proof=Proof.PROCESS)
    with pytest.raises(Refused):
        approve(desk, LOG, order(desk), worker)
    assert not facts(desk.world, Approved)


def test_the_account_that_works_approves_nothing_whatever_the_register_asks(hand) -> None:
    """A register from before lint refused it: the worker's account could say "I am bo, go on"."""
    rule = ProofRule(decision=Decision.APPROVAL, proof=Proof.ACCOUNT)
    weak = replace(REGISTER, entity=Entity(proofs=(rule,)))
    desk = adopted(opened(world_of({"switch": hand})), weak)
    start_run(desk, LOG, PLAN.replace("approvals: 2", "approvals: 1").encode(), BY_ANA)
    bo = Author(who="bo", kind=Asserter.PERSON, proof=Proof.ACCOUNT, account="bo")
    with pytest.raises(Refused, match="bo is proven by account, but this decision needs link"):
        approve(desk, LOG, order(desk), bo)
    with pytest.raises(Refused, match="needs link"):
        decline(desk, LOG, order(desk), bo)
    sneaked = Approved(run="run-1", order=order(desk), order_digest=digest(desk), because="")
    desk.decide(LOG, lambda _: [draft(sneaked, desk.world.clock.now())], bo)
    run_until_idle(desk.world)
    assert not hand.calls and not facts(desk.world, Attempted)


def digest(desk: Writer) -> str:
    """What an approval of the one order must name."""
    (entry,) = [e for e in desk.world.journal.read(LOG) if isinstance(e.fact, Ordered)]
    return order_digest(desk.world.journal.origin, LOG, entry.seq, entry.fact)


def test_a_refusal_ends_it(desk, hand) -> None:
    say(desk, "bo")
    say(desk, "cy", verb=decline)
    assert path(desk.world) == [("off", "declined")] and ending(desk.world) == "failed"
    run_until_idle(desk.world)
    assert not hand.calls


def test_the_limit_passes_without_enough_approvals(desk, hand) -> None:
    say(desk, "bo")
    run_until_idle(desk.world)
    assert path(desk.world) == [("off", "limit")] and not hand.calls


def test_an_approval_after_the_limit_is_refused_though_no_worker_is_up(desk, hand) -> None:
    say(desk, "bo")
    desk.world.clock.sleep(3600)
    for verb in (approve, decline):
        with pytest.raises(Refused, match="the limit passed at 2026-11-23 13:00:00 UTC"):
            say(desk, "cy", verb=verb)
    assert len(facts(desk.world, Approved)) == 1
    run_until_idle(desk.world)
    assert [fact.choice for fact in facts(desk.world, LimitPassed)] == [None]
    assert path(desk.world) == [("off", "limit")] and not hand.calls


def test_the_last_moment_before_the_limit_counts(desk, hand) -> None:
    say(desk, "bo")
    desk.world.clock.sleep(3599)
    say(desk, "cy")
    run_until_idle(desk.world)
    assert len(hand.calls) == 1 and not facts(desk.world, LimitPassed)


def test_a_pause_does_not_stretch_the_limit(desk, hand) -> None:
    pause(desk, LOG, "run-1", "wait", BY_ANA)
    desk.world.clock.sleep(3600)
    with pytest.raises(Refused, match="the limit passed"):
        say(desk, "bo")


def test_an_action_of_a_run_that_is_over_can_neither_be_approved_nor_declined(desk, hand) -> None:
    cancel(desk, LOG, "run-1", "not wanted", BY_ANA)
    for verb in (approve, decline):
        with pytest.raises(Refused, match=r"run run-1 is (cancelled|ended)"):
            say(desk, "bo", verb=verb)
    assert not facts(desk.world, Approved) and not hand.calls


def test_an_approval_slipped_into_the_record_unsigned_lets_nothing_go(desk, hand) -> None:
    """Whoever can append still cannot make the worker act: it checks every approval again."""
    seq, digest = order(desk), "0" * 64
    for name in ("bo", "cy"):
        author, _ = signing(name)
        fact = Approved(run="run-1", order=seq, order_digest=digest, because="")
        desk.decide(LOG, lambda _, fact=fact: [draft(fact, desk.world.clock.now())], author)
    run_until_idle(desk.world)
    assert not hand.calls and not facts(desk.world, Attempted)
    assert "do not suffice" in facts(desk.world, AttemptFailed)[0].why
    assert ending(desk.world) == "failed"


def test_a_key_revoked_after_it_approved_still_stands_for_what_it_approved(desk, hand) -> None:
    say(desk, "bo")
    say(desk, "cy")
    desk.world.clock.sleep(60)
    fact = KeyRevoked(person="bo", fingerprint=KEYS["bo"].fingerprint, because="lost")
    desk.record(HOME_LOG, lambda _: [fact], DESK_AUTHOR)
    run_until_idle(desk.world)
    assert len(hand.calls) == 1


def test_what_is_no_action_cannot_be_approved(desk) -> None:
    author, sign = signing("bo")
    for seq in (1, 99):
        with pytest.raises(Refused, match=f"entry {seq} of .* is no action"):
            approve(desk, LOG, seq, author, sign=sign)
    with pytest.raises(Refused, match="no action"):
        approve(desk, LOG, 1, BY_ANA.author)


def test_an_approval_said_twice_under_one_client_key_is_recorded_once(desk, hand) -> None:
    author, sign = signing("bo")
    first, again = (
        approve(desk, LOG, order(desk), author, sign=sign, client_key="k") for _ in range(2)
    )
    assert again.repeated and again.last_seq == first.last_seq
    assert len(facts(desk.world, Approved)) == 1


def test_an_approval_that_counted_is_known_again_after_the_limit(desk, hand) -> None:
    author, sign = signing("bo")
    again = {"because": "seen", "sign": sign, "client_key": "k"}
    first = approve(desk, LOG, order(desk), author, **again)
    desk.world.clock.sleep(3600)
    assert approve(desk, LOG, order(desk), author, **again).last_seq == first.last_seq
    with pytest.raises(Refused, match="used for something else"):
        decline(desk, LOG, order(desk), author, **again)
    with pytest.raises(Refused, match="used for something else"):
        approve(desk, LOG, order(desk), author, **{**again, "because": "not seen"})


def test_a_refused_approval_is_not_taken_for_the_note_under_its_client_key(desk, hand) -> None:
    author, sign = signing("bo")
    desk.record(LOG, lambda _: [Noted(text="x")], author, client_key="k")
    desk.world.clock.sleep(3600)
    with pytest.raises(Refused, match="used for something else"):
        approve(desk, LOG, order(desk), author, sign=sign, client_key="k")
    assert not facts(desk.world, Approved)


def test_each_run_s_action_is_approved_for_itself(desk, hand) -> None:
    start_run(desk, LOG, PLAN.encode(), BY_ANA)
    second = max(e.seq for e in desk.world.journal.read(LOG) if isinstance(e.fact, Ordered))
    for who in ("bo", "cy"):
        author, sign = signing(who)
        approve(desk, LOG, second, author, sign=sign)
    run_until_idle(desk.world, until=desk.world.clock.now())
    assert hand.calls == [f"{LOG}/{second}"]


def test_who_started_the_run_is_not_one_of_the_four_eyes(hand) -> None:
    bo, _ = signing("bo")
    desk = opened(world_of({"switch": hand}))
    enrolled = [one.enrolled_for(name) for name, one in KEYS.items()]
    desk.record(HOME_LOG, lambda _: enrolled, DESK_AUTHOR)
    by = By(author=Author(who="bo", kind=Asserter.PERSON, proof=Proof.ACCOUNT))
    start_run(desk, LOG, PLAN.encode(), by)
    with pytest.raises(Refused):
        say(desk, "bo")
    say(desk, "cy")
    say(desk, "di")
    run_until_idle(desk.world)
    assert len(hand.calls) == 1 and bo.who not in {
        e.author.who for e in desk.world.journal.read(LOG) if isinstance(e.fact, Approved)
    }


def test_who_signs_is_recorded_as_one_who_signed(desk) -> None:
    author, sign = signing("bo")
    weak = Author(who="bo", kind=Asserter.PERSON, proof=Proof.ACCOUNT, key=author.key)
    approve(desk, LOG, order(desk), weak, sign=sign)
    (entry,) = [e for e in desk.world.journal.read(LOG) if isinstance(e.fact, Approved)]
    assert entry.author.proof is Proof.SIGNATURE and entry.author.signature


def test_a_signature_made_elsewhere_over_the_statement_counts_and_over_another_does_not(
    desk,
) -> None:
    author, sign = signing("bo")
    seq = order(desk)
    wrong = sign(statement_of(desk, LOG, seq, Verdict.DECLINED, "seen"))
    with pytest.raises(Refused):
        approve(desk, LOG, seq, author, because="seen", sign=lambda _: wrong)
    right = sign(statement_of(desk, LOG, seq, Verdict.APPROVED, "seen"))
    approve(desk, LOG, seq, author, because="seen", sign=lambda _: right)
    assert len(facts(desk.world, Approved)) == 1
