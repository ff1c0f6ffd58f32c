"""Disarmed between the order and the act, or over the hour's number: the act is not made."""

from __future__ import annotations

from desk_register import adopted, assistant_eye
from desk_world import BY_ANA, LOG, Hand, ending, facts, opened, world_of
from tocsin.desk import DESK_AUTHOR, Writer, run_until_idle
from tocsin.desk.acting.arming import arm, disarm, rehearse
from tocsin.desk.plans.runs import By, start_run
from tocsin.facts.runs import Attempted, AttemptFailed

BY_TOCSIN = By(author=DESK_AUTHOR)
BOTH = """
plan: both
version: 1
title: Two acts at once
steps:
  both: {parallel: [one, two], next: done, on_failure: lost}
  one: {act: kill-switch, target: assistant.model, wanted: off, effect: stop, next: join}
  two: {act: kill-switch, target: assistant.knowledge, wanted: off, effect: stop, next: join}
  done: {end: completed}
  lost: {end: failed}
"""


def armed_desk(hand: Hand, often: int) -> Writer:
    desk = adopted(Writer(world_of({"kill-switch": hand}, {"seen": assistant_eye(hand)})))
    rehearse(desk, "assistant", BY_ANA)
    run_until_idle(desk.world)
    arm(desk, "assistant", often, BY_ANA)
    hand.calls.clear()
    opened(desk.world)
    return desk


def test_disarming_stops_what_was_ordered_and_not_begun() -> None:
    hand = Hand()
    desk = armed_desk(hand, 9)
    start_run(desk, LOG, BOTH.encode(), BY_TOCSIN)
    disarm(desk, "assistant", "maintenance", BY_ANA)
    run_until_idle(desk.world)
    assert not hand.calls and not facts(desk.world, Attempted)
    why = facts(desk.world, AttemptFailed)[0].why
    assert "not armed for assistant: tocsin arm assistant" in why and "tocsin stop" in why
    assert ending(desk.world) == "failed"


def test_orders_given_at_one_instant_do_not_exceed_the_hour_s_number() -> None:
    hand = Hand()
    desk = armed_desk(hand, 1)
    start_run(desk, LOG, BOTH.encode(), BY_TOCSIN)
    run_until_idle(desk.world)
    assert len(hand.calls) == 1
    assert "acted 1 times" in facts(desk.world, AttemptFailed)[0].why


def test_a_person_s_own_run_is_bound_by_none_of_it() -> None:
    hand = Hand()
    desk = armed_desk(hand, 1)
    disarm(desk, "assistant", "maintenance", BY_ANA)
    start_run(desk, LOG, BOTH.encode(), BY_ANA)
    run_until_idle(desk.world)
    assert len(hand.calls) == 2 and ending(desk.world) == "completed"
