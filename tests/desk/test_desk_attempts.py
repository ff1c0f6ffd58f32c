"""A failed or lost attempt is repeated, asked about, or left to a person, and never doubled."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from run_plans import STOP

from desk_world import BY_ANA, LOG, NOON, Hand, ending, facts, path, started, world_of
from tocsin.desk import Worker, run_until_idle
from tocsin.desk.plans.runs import judge_outcome, start_run
from tocsin.facts import Conflict, LeaseLost, Refused
from tocsin.facts.runs import (
    AttemptFailed,
    Outcome,
    OutcomeUnknown,
    Receipted,
    Repeatable,
    RunEnded,
    StepFailed,
)
from tocsin.playbook import OrderStanding


def test_attempts_are_capped_with_growing_pauses() -> None:
    hand = Hand(trouble={1: "refuse", 2: "refuse", 3: "refuse"})
    world = world_of({"switch": hand})
    started(world, STOP)
    run_until_idle(world)
    failed = facts(world, AttemptFailed)
    assert [f.attempt for f in failed] == [1, 2, 3]
    assert failed[2].retry_at is None
    first, second = failed[0].retry_at - NOON, failed[1].retry_at - failed[0].retry_at
    assert timedelta(seconds=0.5) <= first <= timedelta(seconds=1) <= second * 1.01
    assert path(world) == [("off", "failed")] and ending(world) == "failed"
    assert len(hand.calls) == 3


def test_a_lost_answer_of_a_keyed_act_is_asked_for_before_it_is_repeated() -> None:
    hand = Hand(trouble={1: "lose"})
    world = world_of({"switch": hand})
    started(world, STOP)
    run_until_idle(world)
    assert len(hand.calls) == 1 and len(facts(world, Receipted)) == 1
    assert ending(world) == "completed"


def test_a_dropped_call_is_repeated_under_the_same_key() -> None:
    hand = Hand(trouble={1: "drop"})
    world = world_of({"switch": hand})
    started(world, STOP)
    run_until_idle(world)
    assert len(hand.calls) == 2 and len(set(hand.calls)) == 1
    assert ending(world) == "completed"


def test_what_cannot_be_repeated_waits_for_a_person() -> None:
    hand = Hand(Repeatable.NEITHER, trouble={1: "lose"}, can_tell=False)
    world = world_of({"switch": hand})
    desk = started(world, STOP)
    run_until_idle(world)
    unknown = facts(world, OutcomeUnknown)
    assert len(unknown) == 1 and ending(world) is None
    assert len(hand.calls) == 1
    judge_outcome(desk, LOG, unknown[0].order, Outcome.DONE, "seen in their console", BY_ANA)
    assert ending(world) == "completed"
    with pytest.raises(Refused, match="nothing to judge"):
        judge_outcome(desk, LOG, unknown[0].order, Outcome.DONE, "again", BY_ANA)


def test_what_a_person_saw_not_to_have_happened_is_tried_again() -> None:
    hand = Hand(Repeatable.NEITHER, trouble={1: "drop"}, can_tell=False)
    world = world_of({"switch": hand})
    desk = started(world, STOP)
    run_until_idle(world)
    order = facts(world, OutcomeUnknown)[0].order
    judge_outcome(desk, LOG, order, Outcome.NOT_DONE, "it still serves", BY_ANA)
    run_until_idle(world)
    assert len(hand.calls) == 2 and hand.effects == [f"{LOG}/{order}"]
    assert ending(world) == "completed"


def test_a_far_side_that_can_tell_spares_the_person() -> None:
    hand = Hand(Repeatable.NEITHER, trouble={1: "lose"})
    world = world_of({"switch": hand})
    started(world, STOP)
    run_until_idle(world)
    assert len(hand.calls) == 1 and ending(world) == "completed"
    assert not facts(world, OutcomeUnknown)


def test_a_poison_step_ends_and_other_runs_are_served(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    bad = Hand(trouble={n: "crash" for n in range(1, 20)})
    good = Hand()
    world = world_of({"switch": bad, "page": good})
    desk = started(world, STOP)
    start_run(desk, LOG, STOP.replace("act: switch", "act: page").encode(), BY_ANA)
    run_until_idle(world)
    assert len(bad.calls) == 3 and facts(world, StepFailed)
    endings = {f.run: f.ending.value for f in facts(world, RunEnded)}
    assert endings == {"run-1": "failed", "run-2": "completed"}


def test_a_crash_in_an_act_that_cannot_be_repeated_asks_a_person() -> None:
    hand = Hand(Repeatable.NEITHER, trouble={1: "crash"})
    world = world_of({"switch": hand})
    started(world, STOP)
    run_until_idle(world)
    assert len(hand.calls) == 1 and facts(world, OutcomeUnknown)


def test_words_from_outside_are_cut_and_made_whole() -> None:
    hand = Hand()
    hand.state["assistant"] = "x" * 100_000 + "\ud800"
    world = world_of({"switch": hand})
    started(world, STOP)
    run_until_idle(world)
    assert facts(world, Receipted)[0].before.endswith("[cut here]")
    assert ending(world) == "completed"


def test_an_unknown_order_standing_is_never_acted_upon_by_anyone() -> None:
    hand = Hand(Repeatable.NEITHER, trouble={1: "drop"}, can_tell=False)
    world = world_of({"switch": hand})
    desk = started(world, STOP)
    run_until_idle(world)
    for name in ("w2", "w3"):
        Worker(world, name=name).serve()
    order = desk.run(LOG, "run-1").orders[facts(world, OutcomeUnknown)[0].order]
    assert order.standing is OrderStanding.UNKNOWN and len(hand.calls) == 1
    assert issubclass(Conflict, Refused) and issubclass(LeaseLost, Refused)
