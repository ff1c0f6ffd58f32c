"""An act that was lost in the middle is asked about, and made again only where that is safe."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from test_desk_waiting import STOP

from desk_world import (
    BY_ANA,
    LOG,
    Hand,
    ending,
    facts,
    started,
    world_of,
)
from tocsin.desk import Worker, Writer, run_until_idle
from tocsin.desk.acting.attempt import ASKED_MOST, recordable
from tocsin.desk.plans.runs import pause, resume
from tocsin.facts.runs import (
    AttemptFailed,
    OutcomeUnknown,
    Repeatable,
)
from tocsin.world import World


class Gone(BaseException):
    """The process is gone in the middle of an act."""


def left_in_the_act(hand: Hand, plan: str = STOP) -> World:
    """A world in which a worker died after it recorded its intent, before anything happened."""
    world = world_of({"switch": hand})
    started(world, plan)

    def die() -> None:
        hand.on_act = lambda: None
        raise Gone

    hand.on_act = die
    with pytest.raises(Gone):
        Worker(world, name="w1").serve()
    return world


def test_a_paused_run_takes_no_lost_act_up_again_but_asks_what_became_of_it() -> None:
    hand = Hand()
    world = left_in_the_act(hand)
    desk = Writer(world)
    pause(desk, LOG, "run-1", "wait", BY_ANA)
    run_until_idle(world)
    assert len(hand.calls) == 1
    (failed,) = facts(world, AttemptFailed)
    assert "never arrived" in failed.why and failed.may_have_acted is False
    resume(desk, LOG, "run-1", "go on", BY_ANA)
    run_until_idle(world)
    assert len(hand.calls) == 2 and ending(world) == "completed"


def test_the_last_attempt_that_was_lost_is_asked_about_and_not_made_again() -> None:
    hand = Hand()
    world = left_in_the_act(hand, STOP.replace("attempts_max: 3", "attempts_max: 1"))
    run_until_idle(world)
    assert len(hand.calls) == 1 and ending(world) == "failed"


def test_a_hand_that_is_gone_when_a_lost_act_is_taken_up_may_have_acted() -> None:
    world = left_in_the_act(Hand())
    run_until_idle(msgspec.structs.replace(world, connectors={}))
    assert all(f.may_have_acted for f in facts(world, AttemptFailed)) and ending(world) == "failed"


def test_a_first_attempt_asks_nobody_what_became_of_it() -> None:
    hand = Hand()
    world = world_of({"switch": hand})
    started(world, STOP)
    find, asked = hand.find, []
    hand.find = lambda order: asked.append(order.key) or find(order)  # type: ignore[method-assign]
    run_until_idle(world)
    assert not asked and ending(world) == "completed"


def test_words_from_outside_end_where_the_record_says() -> None:
    assert recordable("x" * 4000) == "x" * 4000
    assert recordable("x" * 4001) == "x" * 4000 + " [cut here]"
    assert timedelta(hours=1) == ASKED_MOST


def test_what_was_refused_for_certain_needs_no_person_even_if_it_cannot_be_repeated() -> None:
    hand = Hand(Repeatable.NEITHER, trouble={1: "refuse"}, can_tell=False)
    world = world_of({"switch": hand})
    started(world, STOP)
    run_until_idle(world)
    assert not facts(world, OutcomeUnknown) and ending(world) == "completed"
    assert len(hand.calls) == 2 and len(hand.effects) == 1


def test_a_lost_last_attempt_of_which_the_far_side_cannot_tell_may_have_acted() -> None:
    hand = Hand(can_tell=False)
    world = left_in_the_act(hand, STOP.replace("attempts_max: 3", "attempts_max: 1"))
    run_until_idle(world)
    (failed,) = facts(world, AttemptFailed)
    assert failed.may_have_acted and failed.retry_at is None and "keeps no list" in failed.why
    assert len(hand.calls) == 1 and ending(world) == "failed"
