"""Writes outside: what a lost answer leads to, one object's order, and what people decide."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta

import msgspec
import pytest

from desk_register import adopted
from desk_world import BY_ANA, LOG, NOON, Hand, ending, facts, kinds, opened, started, world_of
from tocsin.desk import Worker, Writer, run_until_idle, work
from tocsin.desk.acting import outbox
from tocsin.desk.acting.attempt import LOOKS_MAX, SETTLE
from tocsin.desk.acting.breakers import FAILURES_TO_OPEN
from tocsin.desk.plans.runs import start_run
from tocsin.exercise.memory import MemoryJournal
from tocsin.facts import OUTBOX_LOG, ConnectorError, Refused
from tocsin.facts.outbox import AnswerLost, BreakerClosed, BreakerOpened, WriteHeld
from tocsin.facts.runs import Attempted, AttemptFailed, Outcome, Receipted, Repeatable
from tocsin.playbook.outbox import FUSE_MOST, WriteState
from tocsin.world import Order, RandomIds, RealClock, Receipt, World

LAG = 8.0
PATIENCE = 20.0


def in_real_time(hands: Mapping[str, Hand]) -> World:
    clock, ids = RealClock(), RandomIds()
    paper = world_of(hands)
    return msgspec.structs.replace(paper, clock=clock, ids=ids, journal=MemoryJournal(clock, ids))


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.005)


class Pen(Hand):
    """A far side that takes words."""

    only_tells = True


class Slow(Pen):
    """A far side without a key, which shows what it took only some time later."""

    def __init__(self, world_now=None, **more) -> None:  # type: ignore[no-untyped-def]
        super().__init__(Repeatable.NEITHER, **more)
        self.now = world_now
        self.shown_from: dict[str, object] = {}
        self.looks: list[str] = []

    @property
    def lag_seconds(self) -> float:
        return LAG

    def act(self, order: Order) -> Receipt:
        self.shown_from[order.key] = self.now() + timedelta(seconds=LAG)
        super().act(order)
        return Receipt(
            key=order.key, outcome=Outcome.DONE, before="", after="made", reference="OPS-1"
        )

    def find(self, order: Order) -> Receipt | None:
        self.looks.append(order.key)
        found = super().find(order)
        return None if found is None or self.now() < self.shown_from[order.key] else found


def ticket(target: str = "7K3", wanted: str = "opened") -> str:
    return f"""
plan: ticket
version: 1
title: Open a ticket
steps:
  open: {{act: jira, target: "{target}", wanted: "{wanted}", attempts_max: 3,
          on_failure: lost, next: done}}
  done: {{end: completed}}
  lost: {{end: failed}}
"""


def slow_world(trouble: Mapping[int, str]) -> tuple[World, Slow]:
    hand = Slow(trouble=trouble)
    world = world_of({"jira": hand})
    hand.now = world.clock.now
    return world, hand


def states(world: World, log: str = LOG) -> list[tuple[int, WriteState]]:
    return [(one.order.seq, one.state) for one in outbox.outbox(Writer(world), log)]


def the_order(world: World) -> int:
    return outbox.outbox(Writer(world), LOG)[0].order.seq


def test_a_lost_answer_is_looked_for_once_the_far_side_must_show_it_and_never_resent() -> None:
    world, hand = slow_world({1: "lose"})
    started(world, ticket())
    run_until_idle(world)
    assert len(hand.calls) == 1 and len(hand.effects) == 1
    lost = facts(world, AnswerLost)
    assert [fact.looks for fact in lost] == [0]
    assert lost[0].look_at - NOON >= timedelta(seconds=SETTLE * LAG)
    assert ending(world) == "completed" and states(world)[0][1] is WriteState.DONE


def test_what_is_never_seen_waits_for_a_person_with_both_choices() -> None:
    world, hand = slow_world({1: "drop"})
    started(world, ticket())
    run_until_idle(world)
    assert len(hand.calls) == 1 and len(hand.looks) == LOOKS_MAX
    gaps = [fact.look_at for fact in facts(world, AnswerLost)]
    assert gaps == sorted(gaps) and len(gaps) == LOOKS_MAX
    assert states(world)[0][1] is WriteState.HELD and ending(world) is None
    desk, order = Writer(world), the_order(world)
    outbox.retry(desk, LOG, order, "it is not there", BY_ANA)
    run_until_idle(world)
    assert ending(world) == "completed" and len(hand.effects) == 1


def test_a_person_who_finds_it_there_says_as_what() -> None:
    world, hand = slow_world({1: "drop"})
    started(world, ticket())
    run_until_idle(world)
    outbox.settle(Writer(world), LOG, the_order(world), "OPS-7", "found it", BY_ANA)
    run_until_idle(world)
    assert ending(world) == "completed" and len(hand.calls) == 1
    assert outbox.outbox(Writer(world), LOG)[0].order.reference == "OPS-7"


def test_a_worker_that_died_in_the_act_leaves_a_write_that_is_looked_for_not_repeated() -> None:
    world, hand = slow_world({})

    class Died(BaseException):
        pass

    def die() -> None:
        hand.effects.append(f"{LOG}/{order}")
        hand.shown_from[f"{LOG}/{order}"] = NOON + timedelta(seconds=LAG)
        raise Died

    started(world, ticket())
    order = the_order(world)
    hand.on_act = die
    with pytest.raises(Died):
        run_until_idle(world)
    assert states(world) == [(order, WriteState.SENDING)]
    hand.on_act = lambda: None
    run_until_idle(world, worker=Worker(world, name="next"))
    assert hand.calls == [f"{LOG}/{order}"] and ending(world) == "completed"
    assert "RunTakenOver" in kinds(world)


def test_a_receipt_remembers_the_far_sides_own_name() -> None:
    world, _ = slow_world({})
    started(world, ticket())
    run_until_idle(world)
    assert facts(world, Receipted)[0].reference == "OPS-1"


def test_a_later_revision_of_an_object_waits_for_the_earlier_and_others_do_not() -> None:
    world, _hand = slow_world({1: "drop"})
    desk = opened(world)
    for target, wanted in (("7K3", "opened"), ("7K3", "commented"), ("9X1", "opened")):
        start_run(desk, LOG, ticket(target, wanted).encode(), BY_ANA)
    run_until_idle(world)
    first, second, third = outbox.outbox(desk, LOG)
    assert (first.revision, second.revision, third.revision) == (1, 2, 1)
    assert first.state is WriteState.HELD and third.state is WriteState.DONE
    assert second.state is WriteState.PENDING and second.after == first.order.seq
    outbox.settle(desk, LOG, first.order.seq, "OPS-1", "it is there", BY_ANA)
    run_until_idle(world)
    assert [one.state for one in outbox.outbox(desk, LOG)] == [WriteState.DONE] * 3


SET = """
plan: set
version: 1
title: Set
steps:
  set: {act: switch, target: assistant, wanted: WANTED, effect: change, attempts_max: 9,
        on_failure: lost, next: done}
  done: {end: completed}
  lost: {end: failed}
"""


def test_a_state_that_was_wanted_later_is_not_overwritten_by_a_retry_of_the_earlier() -> None:
    hand = Hand(Repeatable.IDEMPOTENT, trouble={1: "refuse"})
    world = world_of({"switch": hand})
    desk = opened(world)
    start_run(desk, LOG, SET.replace("WANTED", "v1").encode(), BY_ANA)
    Worker(world).serve()
    start_run(desk, LOG, SET.replace("WANTED", "v2").encode(), BY_ANA)
    run_until_idle(world)
    assert hand.state["assistant"] == "v2" and len(hand.effects) == 1
    assert [one.state for one in outbox.outbox(desk, LOG)] == [WriteState.DEAD, WriteState.DONE]
    assert "takes its place" in facts(world, AttemptFailed)[-1].why


TELL = """
plan: call
version: 1
title: Call
steps:
  call: {act: hook, target: TARGET, wanted: told, attempts_max: 2,
         on_failure: lost, next: done}
  done: {end: completed}
  lost: {end: failed}
"""


def test_held_goes_out_only_when_released_and_let_go_never() -> None:
    hand = Pen()
    world = world_of({"hook": hand})
    desk = started(world, TELL.replace("TARGET", "one"))
    order = the_order(world)
    outbox.hold(desk, LOG, order, "counsel reads it", BY_ANA)
    run_until_idle(world)
    assert hand.calls == [] and states(world) == [(order, WriteState.HELD)]
    with pytest.raises(Refused, match="held already"):
        outbox.hold(desk, LOG, order, "again", BY_ANA)
    outbox.release(desk, LOG, order, "counsel agrees", BY_ANA)
    run_until_idle(world)
    assert len(hand.calls) == 1 and ending(world) == "completed"
    with pytest.raises(Refused, match="only what has not gone out"):
        outbox.drop(desk, LOG, order, "too late", BY_ANA)


def test_what_is_let_go_ends_its_step_and_is_told_no_more() -> None:
    hand = Pen()
    world = world_of({"hook": hand})
    desk = started(world, TELL.replace("TARGET", "one"))
    outbox.drop(desk, LOG, the_order(world), "told by phone", BY_ANA)
    run_until_idle(world)
    assert hand.calls == [] and ending(world) == "failed" and outbox.unsettled(desk) == []


def test_what_is_dead_is_sent_again_under_the_same_key_after_its_run_ended() -> None:
    hand = Pen(trouble={1: "refuse", 2: "refuse"})
    world = world_of({"hook": hand})
    desk = started(world, TELL.replace("TARGET", "one"))
    run_until_idle(world)
    order = the_order(world)
    assert ending(world) == "failed" and states(world) == [(order, WriteState.DEAD)]
    assert [one.order.seq for one in outbox.unsettled(desk)] == [order]
    outbox.retry(desk, LOG, order, "the far side is up again", BY_ANA)
    run_until_idle(world)
    assert states(world) == [(order, WriteState.DONE)] and len(set(hand.calls)) == 1
    assert len(hand.effects) == 1 and outbox.unsettled(desk) == []


def test_an_act_on_a_system_that_failed_is_not_revived_behind_its_plan() -> None:
    hand = Hand(Repeatable.IDEMPOTENT, trouble={n: "never" for n in range(1, 3)})
    world = world_of({"switch": hand})
    desk = started(world, SET.replace("WANTED", "v1"))
    run_until_idle(world)
    with pytest.raises(Refused, match="its plan went on without it"):
        outbox.retry(desk, LOG, the_order(world), "once more", BY_ANA)


def test_an_object_that_is_written_again_and_again_waits_for_a_person() -> None:
    hand = Pen()
    world = world_of({"hook": hand})
    desk = opened(world)
    for _ in range(FUSE_MOST + 1):
        start_run(desk, LOG, TELL.replace("TARGET", "one").encode(), BY_ANA)
        run_until_idle(world)
    start_run(desk, LOG, TELL.replace("TARGET", "other").encode(), BY_ANA)
    run_until_idle(world)
    held = facts(world, WriteHeld)
    assert len(held) == 1 and "within the hour" in held[0].because
    assert len(hand.calls) == FUSE_MOST + 1  # the other object goes on
    outbox.release(desk, LOG, held[0].order, "nothing answers us", BY_ANA)
    run_until_idle(world)
    assert len(hand.calls) == FUSE_MOST + 2


def test_a_far_side_that_fails_for_several_writes_is_left_alone_and_others_go_on() -> None:
    down, up = Pen(trouble=dict.fromkeys(range(1, 4), "drop")), Pen()
    world = world_of({"hook": down, "other": up})
    desk = opened(world)
    for number in range(6):
        plan = TELL.replace("TARGET", f"t{number}").replace("attempts_max: 2", "attempts_max: 9")
        start_run(desk, LOG, plan.encode(), BY_ANA)
    start_run(desk, LOG, TELL.replace("hook", "other").encode(), BY_ANA)
    worker = Worker(world)
    while len(facts(world, Attempted)) < FAILURES_TO_OPEN + 1 or not up.calls:
        worker.serve()
    assert len(down.calls) == FAILURES_TO_OPEN and len(up.calls) == 1
    opened_ = facts(world, BreakerOpened, OUTBOX_LOG)
    assert len(opened_) == 1 and opened_[0].connector == "hook"
    assert [one.connector for one in outbox.breakers(desk)] == ["hook"]
    worker.serve()
    assert len(down.calls) == FAILURES_TO_OPEN, "nothing is asked before its instant"
    run_until_idle(world, worker=worker)
    assert len(facts(world, BreakerClosed, OUTBOX_LOG)) == 1
    assert {one.state for one in outbox.outbox(desk, LOG)} == {WriteState.DONE}
    assert len(down.effects) == 6 and outbox.breakers(desk) == []


class Later(Hand):
    """A server that is there, and puts off the first writes that it is given."""

    def act(self, order: Order) -> Receipt:
        if len(self.calls) < 2 * FAILURES_TO_OPEN:
            self.calls.append(order.key)
            raise ConnectorError("451 come back later", may_have_acted=False, answered=True)
        return super().act(order)


def test_a_far_side_that_answers_is_not_left_alone_however_often_it_puts_off() -> None:
    server = Later()
    world = world_of({"hook": server})
    desk = opened(world)
    for number in range(FAILURES_TO_OPEN + 1):
        plan = TELL.replace("TARGET", f"t{number}").replace("attempts_max: 2", "attempts_max: 9")
        start_run(desk, LOG, plan.encode(), BY_ANA)
    run_until_idle(world)
    assert facts(world, BreakerOpened, OUTBOX_LOG) == []
    assert {one.state for one in outbox.outbox(desk, LOG)} == {WriteState.DONE}


def test_the_outbox_of_a_log_without_writes_is_empty() -> None:
    world = world_of({})
    desk = opened(world)
    assert outbox.outbox(desk) == [] and outbox.unsettled(desk) == []
    with pytest.raises(Refused, match="nothing to write outside"):
        outbox.hold(desk, LOG, 1, "what", BY_ANA)


CALLS_SOMEBODY = """
plan: call-somebody
version: 1
title: It fails
steps:
  call: {page: on-call, text: It fails, within: 5m, next: done, on_unanswered: done}
  done: {end: completed}
"""


def test_a_page_goes_out_while_every_worker_hangs_at_another_far_side() -> None:
    hangs, pager = Pen(), Hand()
    let_go = threading.Event()
    hangs.on_act = lambda: let_go.wait(PATIENCE) and None
    world = in_real_time({"hook": hangs, "pager": pager})
    desk = adopted(Writer(world))
    opened(world)
    for number in range(4):
        start_run(desk, LOG, TELL.replace("TARGET", f"t{number}").encode(), BY_ANA)
    stop = threading.Event()
    thread = threading.Thread(
        target=work, args=(world, stop), kwargs={"parallel": 2, "poll_seconds": 0.02}
    )
    thread.start()
    try:
        until(lambda: len(hangs.calls) == 2)
        start_run(desk, LOG, CALLS_SOMEBODY.encode(), BY_ANA)
        until(lambda: bool(pager.calls))
        assert len(hangs.calls) == 2 and not hangs.effects
    finally:
        let_go.set()
        stop.set()
        thread.join(PATIENCE)
    assert not thread.is_alive()
