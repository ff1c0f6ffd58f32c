"""One lets go where two were asked, a second looks afterwards; evidence is let go in the open."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest

from desk_register import adopted, enrolled, signing
from desk_world import BY_ANA, LOG, NOON, Hand, ending, facts, opened, path, world_of
from tocsin.desk import DESK_AUTHOR, Writer, run_until_idle
from tocsin.desk.approving.approvals import approve
from tocsin.desk.approving.glass import break_glass, countersign, override_seal
from tocsin.desk.plans.runs import start_run
from tocsin.desk.record import draft
from tocsin.facts import Asserter, Author, Proof, Refused
from tocsin.facts.gates import (
    Countersigned,
    EvidenceSealed,
    GlassBroken,
    SealOverridden,
)
from tocsin.facts.incidents import Noted
from tocsin.facts.runs import AttemptFailed, Ordered
from tocsin.playbook import OrderStanding
from tocsin.world import World

TWO = """
plan: two
version: 1
title: Two must agree
steps:
  back: {act: registry, target: intents@production, wanted: "version:1", undo: before,
         approvals: 2, on_failure: lost, next: done}
  done: {end: completed}
  lost: {end: failed}
"""
DESTROY = """
plan: wipe
version: 1
title: Delete the poisoned version
steps:
  keep: {seal: [model], budget: 10s, next: wipe, on_insufficient: wipe}
  wipe: {act: registry, target: intents/2, wanted: deleted, effect: destroy, evidence: [model],
         approvals: 2, on_failure: lost, next: done}
  done: {end: completed}
  lost: {end: failed}
"""


def desk_of(hand: Hand, plan: str = TWO) -> Writer:
    desk = enrolled(adopted(Writer(world_of({"registry": hand}))))
    opened(desk.world)
    start_run(desk, LOG, plan.encode(), BY_ANA)
    run_until_idle(desk.world, until=NOON)
    return desk


def order(desk: Writer) -> int:
    return next(e.seq for e in desk.world.journal.read(LOG) if isinstance(e.fact, Ordered))


def breaks(desk: Writer, who: str, because: str = "people are harmed") -> None:
    author, sign = signing(who)
    break_glass(desk, LOG, order(desk), author, because=because, sign=sign)


def looks(desk: Writer, who: str, *, agrees: bool = True, key: str | None = None) -> None:
    author, sign = signing(who, key)
    countersign(desk, LOG, order(desk), author, agrees=agrees, because="looked at it", sign=sign)


def approves(desk: Writer, *people: str) -> None:
    for who in people:
        author, sign = signing(who)
        approve(desk, LOG, order(desk), author, sign=sign)


def test_one_lets_it_go_and_a_second_stands_by_it() -> None:
    hand = Hand()
    desk = desk_of(hand)
    breaks(desk, "ana")  # also who began the run: it is one person's act, and says so
    run_until_idle(desk.world, until=NOON)
    assert len(hand.calls) == 1 and ending(desk.world) == "completed"
    (fact,) = facts(desk.world, GlassBroken)
    assert fact.countersign_by == NOON + timedelta(hours=12)
    with pytest.raises(Refused, match="another person"):
        looks(desk, "ana")
    with pytest.raises(Refused):
        looks(desk, "bo", key="ana")
    looks(desk, "bo")
    with pytest.raises(Refused, match="bo looked at action"):
        looks(desk, "cy")
    assert [f.agrees for f in facts(desk.world, Countersigned)] == [True]


def test_who_does_not_stand_by_it_says_so() -> None:
    desk = desk_of(Hand())
    with pytest.raises(Refused, match="nobody let action"):
        looks(desk, "bo", agrees=False)
    breaks(desk, "ana")
    looks(desk, "bo", agrees=False)
    assert desk.known(LOG).run("run-1").orders[order(desk)].glass.agrees is False


def test_glass_is_broken_once_with_a_reason_and_while_it_waits() -> None:
    desk = desk_of(Hand())
    with pytest.raises(Refused, match="say why"):
        breaks(desk, "ana", because="  ")
    breaks(desk, "ana")
    with pytest.raises(Refused, match="does not wait for approval"):
        breaks(desk, "bo")
    author, sign = signing("ana")
    with pytest.raises(Refused, match="is no action"):
        break_glass(desk, LOG, 1, author, because="x", sign=sign)


def test_glass_needs_a_key_and_a_person() -> None:
    desk = desk_of(Hand())
    worker = Author(who="w", kind=Asserter.WORKER, proof=Proof.PROCESS)
    for author in (BY_ANA.author, worker):
        with pytest.raises(Refused):
            break_glass(desk, LOG, order(desk), author, because="x")
    assert not facts(desk.world, GlassBroken)


def test_said_twice_under_one_client_key_it_is_broken_once() -> None:
    desk = desk_of(Hand())
    author, sign = signing("ana")
    first, again = (
        break_glass(desk, LOG, order(desk), author, because="x", sign=sign, client_key="k")
        for _ in range(2)
    )
    assert again.repeated and first.last_seq == again.last_seq
    assert len(facts(desk.world, GlassBroken)) == 1


def test_glass_that_may_not_be_broken_is_not_taken_for_what_its_client_key_did() -> None:
    desk = desk_of(Hand())
    author, sign = signing("ana")
    desk.record(LOG, lambda _: [Noted(text="x")], author, client_key="k")
    seq, words = order(desk), {"because": "x", "sign": sign}
    with pytest.raises(Refused, match="used for something else"):
        countersign(desk, LOG, seq, author, agrees=True, client_key="k", **words)
    break_glass(desk, LOG, seq, author, client_key="b", **words)
    with pytest.raises(Refused, match="used for something else"):
        break_glass(desk, LOG, seq, author, client_key="k", **words)
    with pytest.raises(Refused, match="used for something else"):
        break_glass(desk, LOG, seq, author, client_key="b", **{**words, "because": "y"})
    assert len(facts(desk.world, GlassBroken)) == 1


def test_what_destroys_is_not_behind_glass() -> None:
    desk = desk_of(Hand(), DESTROY)
    with pytest.raises(Refused, match="tocsin stop"):
        breaks(desk, "ana")


def slipped_in(world: World, fact: object, author: Author) -> None:
    Writer(world).decide(LOG, lambda _: [draft(fact, world.clock.now())], author)  # type: ignore[arg-type]


def test_glass_slipped_into_the_record_lets_nothing_go() -> None:
    """Whoever can append still cannot make the worker act: it checks the glass again."""
    hand = Hand()
    desk = desk_of(hand)
    author, _ = signing("ana")
    fact = GlassBroken(
        run="run-1", order=order(desk), order_digest="0" * 64, because="", countersign_by=NOON
    )
    slipped_in(desk.world, fact, author)
    run_until_idle(desk.world)
    assert not hand.calls and path(desk.world) == [("back", "failed")]
    assert "do not suffice" in facts(desk.world, AttemptFailed)[0].why


def sealed(desk: Writer, *, sufficient: bool = True, kept: bool = True) -> None:

    data = b"the model as it was"
    stored = desk.world.vault.put(io.BytesIO(data))
    if not kept:
        desk.world.vault.contents[stored.digest] = b"another"  # type: ignore[attr-defined]
    fact = EvidenceSealed(
        run="run-1", step="seal", item="model", producer="registry", digest=stored.digest,
        size=stored.size, count=1, wanted=1, sufficient=sufficient, why="read again",
    )  # fmt: skip
    slipped_in(desk.world, fact, DESK_AUTHOR_WORKER)


DESK_AUTHOR_WORKER = Author(who="worker-1", kind=Asserter.WORKER, proof=Proof.PROCESS)


def test_what_destroys_waits_for_two_people_and_for_its_evidence() -> None:
    hand = Hand()
    desk = desk_of(hand, DESTROY)
    approves(desk, "bo", "cy")
    run_until_idle(desk.world)
    standing = desk.known(LOG).run("run-1").orders[order(desk)].standing
    assert standing is OrderStanding.UNSEALED and not hand.calls
    sealed(desk, sufficient=False)
    run_until_idle(desk.world)
    assert not hand.calls
    sealed(desk)
    run_until_idle(desk.world)
    assert len(hand.calls) == 1 and ending(desk.world) == "completed"


def test_evidence_that_is_not_in_the_vault_any_more_is_no_evidence() -> None:
    hand = Hand()
    desk = desk_of(hand, DESTROY)
    approves(desk, "bo", "cy")
    sealed(desk, kept=False)
    run_until_idle(desk.world)
    assert not hand.calls and ending(desk.world) == "failed"
    assert "not in the vault any more" in facts(desk.world, AttemptFailed)[0].why


def test_a_proven_person_lets_it_go_without_evidence_but_not_without_two_people() -> None:
    hand = Hand()
    desk = desk_of(hand, DESTROY)
    with pytest.raises(Refused, match="needs signature"):
        override_seal(desk, LOG, order(desk), BY_ANA.author, because="the disk is on fire")
    author, sign = signing("ana")
    override_seal(desk, LOG, order(desk), author, because="the disk is on fire", sign=sign)
    run_until_idle(desk.world)
    assert not hand.calls
    approves(desk, "bo", "cy")
    run_until_idle(desk.world)
    assert len(hand.calls) == 1
    assert facts(desk.world, SealOverridden)[0].items == ("model",)


def test_an_override_slipped_into_the_record_lets_nothing_go() -> None:
    hand = Hand()
    desk = desk_of(hand, DESTROY)
    author, _ = signing("ana")
    fact = SealOverridden(
        run="run-1", order=order(desk), order_digest="0" * 64, items=("model",), because=""
    )
    slipped_in(desk.world, fact, author)
    approves(desk, "bo", "cy")
    run_until_idle(desk.world)
    assert not hand.calls and ending(desk.world) == "failed"
    assert "is not sealed" in facts(desk.world, AttemptFailed)[0].why


def test_nothing_is_overridden_where_nothing_is_missing() -> None:
    desk = desk_of(Hand(), DESTROY)
    sealed(desk)
    author, sign = signing("ana")
    with pytest.raises(Refused, match="nothing is missing"):
        override_seal(desk, LOG, order(desk), author, because="x", sign=sign)
    plain = desk_of(Hand())
    with pytest.raises(Refused, match="nothing is missing"):
        override_seal(plain, LOG, order(plain), author, because="x", sign=sign)
    with pytest.raises(Refused, match="does not wait for moon"):
        override_seal(
            (fresh := desk_of(Hand(), DESTROY)), LOG, order(fresh), author, because="x",
            items=["moon"], sign=sign,
        )  # fmt: skip


def test_home_is_not_the_author_of_any_of_it() -> None:
    assert DESK_AUTHOR.kind is Asserter.HOME
    desk = desk_of(Hand())
    with pytest.raises(Refused):
        break_glass(desk, LOG, order(desk), DESK_AUTHOR, because="x")
