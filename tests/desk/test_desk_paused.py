"""A run that is paused or cancelled keeps what is true, and begins nothing."""

from __future__ import annotations

import logging

import pytest
from test_desk_waiting import ASK, HOUR, STOP, WAIT

from desk_world import (
    ANA,
    BY_ANA,
    LOG,
    NOON,
    Hand,
    ending,
    facts,
    path,
    started,
    world_of,
)
from tocsin.desk import Worker, Writer, run_until_idle
from tocsin.desk.plans.runs import answer, cancel, judge_outcome, pause, resume
from tocsin.facts.incidents import Assigned
from tocsin.facts.runs import (
    AttemptFailed,
    LimitPassed,
    Outcome,
    OutcomeUnknown,
    Repeatable,
    RunEnded,
    StepFailed,
    WaitEnded,
)
from tocsin.playbook import RunStanding


def test_a_limit_that_passes_while_a_run_is_paused_counts_when_it_goes_on() -> None:
    world = world_of({})
    desk = started(world, ASK)
    pause(desk, LOG, "run-1", "counsel asks for time", BY_ANA)
    run_until_idle(world)
    assert world.clock.now() == NOON and world.journal.next_due() is None
    world.clock.sleep(2 * 3600)
    run_until_idle(world)
    assert not facts(world, LimitPassed)
    resume(desk, LOG, "run-1", "go on", BY_ANA)
    run_until_idle(world)
    assert path(world) == [("ask", "no")] and ending(world) == "failed"
    assert world.clock.now() == NOON + 2 * HOUR


def test_a_paused_run_may_be_answered_and_goes_on_from_there_when_it_is_resumed() -> None:
    world = world_of({})
    desk = started(world, ASK)
    desk.record(LOG, lambda _: [Assigned(role="commander", person="ana")], ANA)
    pause(desk, LOG, "run-1", "wait", BY_ANA)
    answer(desk, LOG, "run-1", "ask", "yes", "it is", BY_ANA)
    assert ending(world) is None
    resume(desk, LOG, "run-1", "go on", BY_ANA)
    assert path(world) == [("ask", "yes")] and ending(world) == "completed"


@pytest.mark.parametrize("plan", [ASK, WAIT])
def test_an_instant_that_comes_just_as_the_run_is_paused_is_not_recorded(plan: str) -> None:
    """The worker saw the piece of work before the pause, and decides again after it."""
    world = world_of({})
    desk = started(world, plan)
    world.clock.sleep(2 * 3600)
    due = world.journal.due

    def paused_meanwhile(*args):
        found = due(*args)
        world.journal.due = due  # type: ignore[method-assign]
        pause(desk, LOG, "run-1", "wait", BY_ANA)
        return found

    world.journal.due = paused_meanwhile  # type: ignore[method-assign]
    worker = Worker(world, desk=Writer(world))
    worker._serving.desk.known(LOG)
    worker.serve()
    assert not facts(world, LimitPassed) and not facts(world, WaitEnded)
    assert desk.run(LOG, "run-1").standing is RunStanding.PAUSED
    assert not facts(world, StepFailed)


@pytest.mark.parametrize("trouble", ["refuse", "drop", "crash"])
def test_an_act_during_which_the_run_is_cancelled_is_not_tried_again(trouble: str, caplog) -> None:
    caplog.set_level(logging.CRITICAL)
    hand = Hand(trouble={1: trouble})
    world = world_of({"switch": hand})
    desk = started(world, STOP)
    hand.on_act = lambda: cancel(desk, LOG, "run-1", "false alarm", BY_ANA) and None
    run_until_idle(world)
    assert len(hand.calls) == 1 and ending(world) == "cancelled"
    assert len(facts(world, AttemptFailed)) == 1 and world.journal.next_due() is None


def test_an_unknown_outcome_of_a_cancelled_run_can_still_be_judged_and_is_not_repeated() -> None:
    hand = Hand(Repeatable.NEITHER, trouble={1: "drop"}, can_tell=False)
    world = world_of({"switch": hand})
    desk = started(world, STOP)
    hand.on_act = lambda: cancel(desk, LOG, "run-1", "false alarm", BY_ANA) and None
    run_until_idle(world)
    assert ending(world) == "cancelled"
    order = facts(world, OutcomeUnknown)[0].order
    judge_outcome(desk, LOG, order, Outcome.NOT_DONE, "it still serves", BY_ANA)
    run_until_idle(world)
    assert len(hand.calls) == 1 and len(facts(world, RunEnded)) == 1
