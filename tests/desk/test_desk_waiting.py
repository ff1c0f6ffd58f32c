"""What waits: for an hour that the far side named, for people, for what is gone."""

from __future__ import annotations

import io
import logging
from datetime import timedelta

import msgspec
import pytest

from desk_world import (
    ANA,
    BY_ANA,
    LOG,
    NOON,
    Eye,
    Hand,
    ending,
    facts,
    kinds,
    opened,
    path,
    started,
    world_of,
)
from tocsin.desk import DESK_AUTHOR, Worker, Writer, run_until_idle
from tocsin.desk.acting.attempt import ASKED_MOST, BACKOFF_MOST
from tocsin.desk.plans.runs import answer, cancel, judge_outcome, pause, resume, start_run
from tocsin.desk.record import draft
from tocsin.facts import HOME_LOG, ConnectorError, Proof, Refused
from tocsin.facts.incidents import Assigned, Closed, Dismissed, Reopened
from tocsin.facts.registers import RegisterAdopted
from tocsin.facts.runs import (
    Asked,
    Attempted,
    AttemptFailed,
    LimitPassed,
    Ordered,
    Outcome,
    Probed,
    Repeatable,
    RunEnded,
    RunStarted,
    StepFailed,
    Verdict,
)
from tocsin.playbook import OrderStanding
from tocsin.register.model import Decision, Entity, ProofRule, Register
from tocsin.world import Order, Receipt, World

STOP = """
plan: stop
version: 1
title: Stop it
steps:
  off: {act: switch, target: assistant, wanted: off, attempts_max: 3, on_failure: lost, next: done}
  done: {end: completed}
  lost: {end: failed}
"""
ASK = """
plan: ask
version: 1
title: Ask
steps:
  ask: {ask: Is it over, role: commander, choices: {yes: done, no: lost}, limit: 1h, on_limit: no}
  done: {end: completed}
  lost: {end: failed}
"""
WAIT = """
plan: wait
version: 1
title: Wait
steps:
  rest: {wait: 1h, next: done}
  done: {end: completed}
"""
APPROVE = """
plan: approve
version: 1
title: One must agree
steps:
  stop: {act: switch, target: assistant, wanted: off, next: start}
  start: {act: switch, target: assistant, wanted: on, approvals: 1, limit: 1h, on_limit: lost,
          next: done}
  done: {end: completed}
  lost: {end: failed}
"""
HOUR = timedelta(hours=1)


class Busy(Hand):
    """Asks to be left alone for a while, the first time; and does not know what it did."""

    def __init__(self, seconds: float | None, *, may_have_acted: bool = False, **kind) -> None:
        super().__init__(**kind)
        self.error = ConnectorError(
            "too many requests", may_have_acted=may_have_acted, retry_after_seconds=seconds
        )

    def act(self, order: Order) -> Receipt:
        if not self.calls:
            self.calls.append(order.key)
            raise self.error
        return super().act(order)


@pytest.mark.parametrize("may_have_acted", [False, True])
@pytest.mark.parametrize(
    ("seconds", "least", "most"),
    [
        (120.0, timedelta(seconds=120), timedelta(seconds=132)),
        (0.25, timedelta(seconds=0.5), timedelta(seconds=1)),
        (1e12, ASKED_MOST, ASKED_MOST + BACKOFF_MOST),
        (float("inf"), ASKED_MOST, ASKED_MOST + BACKOFF_MOST),
        (0.0, timedelta(seconds=0.5), timedelta(seconds=1)),
        (-7.0, timedelta(seconds=0.5), timedelta(seconds=1)),
        (float("nan"), timedelta(seconds=0.5), timedelta(seconds=1)),
        (None, timedelta(seconds=0.5), timedelta(seconds=1)),
    ],
)
def test_nobody_is_asked_again_before_it_said(seconds, least, most, may_have_acted) -> None:
    hand = Busy(seconds, may_have_acted=may_have_acted)
    world = world_of({"switch": hand})
    started(world, STOP)
    run_until_idle(world)
    (failed,) = facts(world, AttemptFailed)
    assert failed.may_have_acted is may_have_acted
    assert least <= failed.retry_at - NOON <= most
    assert ending(world) == "completed" and world.clock.now() == failed.retry_at


def test_those_who_were_asked_to_wait_do_not_come_back_at_one_instant() -> None:
    instants = set()
    for n in range(5):
        world = world_of({"switch": Busy(600)})
        desk = opened(world)
        for _ in range(n):
            world.ids.fraction()
        start_run(desk, LOG, STOP.encode(), BY_ANA)
        run_until_idle(world)
        instants.add(facts(world, AttemptFailed)[0].retry_at)
    assert len(instants) == 5


def test_the_last_attempt_waits_for_nothing() -> None:
    world = world_of({"switch": Busy(600)})
    started(world, STOP.replace("attempts_max: 3", "attempts_max: 1"))
    run_until_idle(world)
    assert facts(world, AttemptFailed)[0].retry_at is None and world.clock.now() == NOON


def test_what_waits_for_people_tells_since_when() -> None:
    hand = Hand(Repeatable.NEITHER, trouble={1: "drop"}, can_tell=False)
    world = world_of({"switch": hand, "other": Hand()})
    desk = opened(world)
    world.clock.sleep(60)
    start_run(desk, LOG, APPROVE.encode(), BY_ANA)
    start_run(desk, LOG, ASK.encode(), BY_ANA)
    world.clock.sleep(60)
    run_until_idle(world, until=world.clock.now())
    first, second = desk.runs(LOG)
    (unknown,) = first.orders.values()
    assert unknown.standing is OrderStanding.UNKNOWN
    assert (unknown.at, unknown.stands_since) == (NOON + HOUR / 60, NOON + HOUR / 30)
    (question,) = second.questions.values()
    assert question.at == NOON + HOUR / 60 and question.choice is None

    world.clock.sleep(60)
    judge_outcome(desk, LOG, unknown.seq, Outcome.DONE, "looked", BY_ANA)
    awaiting = desk.run(LOG, "run-1").orders[max(desk.run(LOG, "run-1").orders)]
    assert awaiting.standing is OrderStanding.AWAITING
    assert awaiting.stands_since == NOON + HOUR / 20


def adopt(desk: Writer, register: Register) -> None:
    data = register.canonical()
    digest = desk.world.vault.put(io.BytesIO(data)).digest
    fact = RegisterAdopted(digest=digest, systems=0, people=0)
    desk.record(HOME_LOG, lambda _: [fact], DESK_AUTHOR)


TWO = Register(
    entity=Entity(proofs=(ProofRule(decision=Decision.APPROVAL, proof=Proof.SIGNATURE, people=2),))
)


def test_the_register_may_ask_for_more_approvals_than_the_plan_but_not_where_it_asks_none() -> None:
    """The stop passes every gate; what is not a stop needs what the organisation asks."""
    hand = Hand()
    world = world_of({"switch": hand})
    desk = opened(world)
    adopt(desk, TWO)
    start_run(desk, LOG, APPROVE.encode(), BY_ANA)
    run_until_idle(world, until=NOON)
    assert [(o.step, o.approvals) for o in facts(world, Ordered)] == [("stop", 0), ("start", 2)]
    assert len(hand.calls) == 1 and hand.state == {"assistant": "off"}
    run_until_idle(world)
    assert path(world)[-1] == ("start", "limit") and len(hand.calls) == 1


def test_a_rule_that_is_adopted_during_a_run_holds_for_its_next_order() -> None:
    world = world_of({"switch": Hand()})
    desk = started(world, APPROVE)
    adopt(desk, TWO)
    run_until_idle(world, until=NOON, worker=Worker(world, desk=desk))
    assert [o.approvals for o in facts(world, Ordered)] == [0, 2]


def test_a_register_that_is_gone_from_the_vault_stops_no_stop_and_is_told(caplog) -> None:
    caplog.set_level(logging.CRITICAL)
    hand = Hand()
    world = world_of({"switch": hand})
    desk = started(world, APPROVE)
    adopt(desk, TWO)
    del world.vault.contents[TWO.digest]  # type: ignore[attr-defined]
    run_until_idle(world, worker=Worker(world))
    assert hand.state == {"assistant": "off"} and ending(world) is None
    assert "vault" in facts(world, StepFailed)[0].error
    world.vault.put(io.BytesIO(TWO.canonical()))
    run_until_idle(world)
    assert [o.approvals for o in facts(world, Ordered)] == [0, 2]


def without_plan(world: World) -> World:
    """The same world after the plan's bytes were erased, to processes that never read them."""
    world.vault.contents.clear()  # type: ignore[attr-defined]
    return world


def test_a_run_whose_plan_is_erased_can_still_be_cancelled(caplog) -> None:
    caplog.set_level(logging.CRITICAL)
    hand = Hand()
    world = world_of({"switch": hand})
    started(world, STOP)
    desk = Writer(without_plan(world))
    run_until_idle(world, worker=Worker(world))
    assert ending(world) is None and not hand.calls and facts(world, StepFailed)
    cancel(desk, LOG, "run-1", "its plan is gone", BY_ANA)
    assert ending(world) == "cancelled" and world.journal.next_due() is None


def test_an_act_that_began_is_settled_although_the_plan_is_erased(caplog) -> None:
    caplog.set_level(logging.CRITICAL)
    hand = Hand()
    world = world_of({"switch": hand})
    started(world, STOP)

    class Gone(BaseException):
        pass

    def die() -> None:
        hand.on_act = lambda: None
        raise Gone

    hand.on_act = die
    with pytest.raises(Gone):
        Worker(world, name="w1").serve()
    without_plan(world)
    run_until_idle(world, worker=Worker(world, name="w2"))
    (order,) = Writer(world).run(LOG, "run-1").orders.values()
    assert order.standing is OrderStanding.DONE and ending(world) is None
    assert len(set(hand.calls)) == 1


def test_a_hand_that_is_gone_at_run_time_is_told_and_tried_no_more_than_allowed() -> None:
    world = world_of({"switch": Hand()})
    started(world, STOP)
    bare = msgspec.structs.replace(world, connectors={})
    run_until_idle(bare)
    failed = facts(world, AttemptFailed)
    assert [f.attempt for f in failed] == [1, 2, 3] and not any(f.may_have_acted for f in failed)
    assert all("act through switch" in f.why for f in failed)
    assert ending(world) == "failed"


def test_a_hand_that_is_gone_after_an_act_began_may_have_acted() -> None:
    hand = Hand(trouble={1: "drop"})
    world = world_of({"switch": hand})
    started(world, STOP.replace("attempts_max: 3", "attempts_max: 2"))
    Worker(world).serve()
    bare = msgspec.structs.replace(world, connectors={})
    run_until_idle(bare)
    assert [f.may_have_acted for f in facts(world, AttemptFailed)] == [True, True]


def test_an_eye_that_is_gone_at_run_time_leaves_it_undetermined() -> None:
    plan = """
plan: look
version: 1
title: Look
steps:
  look: {probe: eye, target: assistant, wanted: off, next: done, on_not_shown: lost}
  done: {end: completed}
  lost: {end: failed}
"""
    world = world_of({}, {"eye": Eye(Hand())})
    started(world, plan)
    run_until_idle(msgspec.structs.replace(world, probes={}))
    (probed,) = facts(world, Probed)
    assert probed.verdict is Verdict.UNDETERMINED and probed.sample == 0
    assert "look through eye" in probed.seen and ending(world) == "failed"


def test_a_plan_that_asks_and_one_that_waits_wait_in_the_record_only() -> None:
    world = world_of({})
    desk = started(world, ASK)
    start_run(desk, LOG, WAIT.encode(), BY_ANA)
    assert facts(world, Asked)[0].limit_at == NOON + HOUR
    assert world.journal.next_due() == NOON + HOUR
    run_until_idle(world, until=NOON + HOUR - timedelta(seconds=1))
    assert "LimitPassed" not in kinds(world) and not facts(world, Attempted)
    run_until_idle(world)
    assert {f.run: f.ending.value for f in facts(world, RunEnded)} == {
        "run-1": "failed",
        "run-2": "completed",
    }


@pytest.mark.parametrize("paused", [False, True])
def test_an_answer_after_the_limit_is_refused_and_the_limit_is_recorded(paused: bool) -> None:
    world = world_of({})
    desk = started(world, ASK)
    desk.decide(LOG, lambda _: [draft(Assigned(role="commander", person="ana"), NOON)], ANA)
    if paused:
        pause(desk, LOG, "run-1", "wait", BY_ANA)
    world.clock.sleep(3600)
    with pytest.raises(Refused, match="the limit passed at 2026-11-23 13:00:00 UTC"):
        answer(desk, LOG, "run-1", "ask", "yes", "it is", BY_ANA)
    if paused:
        resume(desk, LOG, "run-1", "on", BY_ANA)
    run_until_idle(world)
    assert [fact.choice for fact in facts(world, LimitPassed)] == ["no"]
    assert path(world) == [("ask", "no")]


@pytest.mark.parametrize("over", [Closed, Dismissed])
def test_no_plan_starts_in_an_incident_that_is_over(over: type[Closed] | type[Dismissed]) -> None:
    world = world_of({"switch": Hand()})
    desk = opened(world)
    desk.record(LOG, lambda _: [over(because="done")], ANA)
    with pytest.raises(Refused, match="reopen it first"):
        start_run(desk, LOG, STOP.encode(), BY_ANA)
    assert not facts(world, RunStarted)
    desk.record(LOG, lambda _: [Reopened(because="not over")], ANA)
    assert start_run(desk, LOG, STOP.encode(), BY_ANA) == "run-1"
