"""A crash before and after every append and every act, one at a time; then someone else goes on.

The plan has branches, a timer, two questions, a probe, a gate, acts of all three kinds and another
plan that it calls. Whatever is killed where: nothing acknowledged is lost, the run ends, each call
had its intent, a call is repeated only under its own key, and what cannot be repeated never happens
twice.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import msgspec
import pytest

from desk_world import (
    BY_ANA,
    LOG,
    NOON,
    Eye,
    Hand,
    check_intents,
    facts,
    opened,
    world_of,
)
from tocsin.desk import Worker, Writer, run_until_idle
from tocsin.desk.plans.runs import judge_outcome, start_run
from tocsin.facts import Unreachable
from tocsin.facts.runs import Outcome, OutcomeUnknown, Receipted, Repeatable, RunEnded, RunStarted
from tocsin.world import World

PLAN = b"""
plan: all
version: 1
title: All kinds of acts, branches, a timer, a question, a probe
steps:
  both: {parallel: [same, keyed], next: once}
  same: {act: same, target: a, wanted: off, next: rest}
  rest: {wait: 10m, next: join}
  keyed: {act: keyed, target: b, wanted: off, next: join}
  once: {act: once, target: c, wanted: off, next: look, on_failure: look}
  look: {probe: eye, target: a, wanted: off, next: safe, on_not_shown: lost}
  safe:
    gate:
      - {probe: eye, target: a, wanted: off, criterion: safety}
      - {probe: eye, target: b, wanted: on, criterion: replay}
      - {probe: eye, target: c, wanted: on, criterion: fairness}
    next: other
    on_not_shown: lost
    on_undetermined: lost
  other: {call: small, next: agreed, on_failure: lost}
  agreed: {approve: It may stay, role: commander, limit: 1h, on_limit: ask, on_declined: lost,
           next: lost}
  ask: {ask: Over, role: commander, choices: {yes: done, no: lost}, limit: 1h, on_limit: yes}
  done: {end: completed}
  lost: {end: failed}
"""


SMALL = b"""
plan: small
version: 1
title: What the other one calls
steps:
  again: {act: keyed, target: d, wanted: off, next: rest}
  rest: {wait: 1m, next: done}
  done: {end: completed}
"""


@cache
def home() -> Path:
    """A home with the plan that is called."""
    folder = Path(mkdtemp())
    (folder / "playbooks").mkdir()
    (folder / "playbooks" / "small.yaml").write_bytes(SMALL)
    return folder


class Killed(BaseException):
    """The process is gone. Nothing of ours may catch this."""


class Fate:
    """Kills at the n-th boundary; without a number, only counts them."""

    def __init__(self, deadly: int | None = None, error: type[BaseException] = Killed) -> None:
        self.passed, self.deadly, self.error = 0, deadly, error

    def boundary(self) -> None:
        self.passed += 1
        if self.passed == self.deadly:
            raise self.error("here")


def set_up(can_tell: bool) -> tuple[World, dict[str, Hand]]:
    hands = {
        "same": Hand(Repeatable.IDEMPOTENT),
        "keyed": Hand(Repeatable.KEYED),
        "once": Hand(Repeatable.NEITHER, can_tell=can_tell),
    }
    world = world_of(hands, {"eye": Eye(hands["same"])})
    world = msgspec.structs.replace(world, home=home())
    opened(world)
    return world, hands


def endanger(world: World, hands: dict[str, Hand], fate: Fate) -> None:
    """Let every append and act pass two boundaries: before it, and when it is done."""
    append = world.journal.append

    def deadly_append(*args, **kwargs):
        fate.boundary()
        done = append(*args, **kwargs)
        fate.boundary()
        return done

    world.journal.append = deadly_append  # type: ignore[method-assign]
    for hand in hands.values():
        act = hand.act

        def deadly_act(order, act=act):
            fate.boundary()
            receipt = act(order)
            fate.boundary()
            return receipt

        hand.act = deadly_act  # type: ignore[method-assign]


def run_through(world: World) -> None:
    if not any(e for e in world.journal.read(LOG) if type(e.fact).__name__ == "RunStarted"):
        start_run(Writer(world), LOG, PLAN, BY_ANA)
    run_until_idle(world, worker=Worker(world))
    for unknown in facts(world, OutcomeUnknown):
        run = Writer(world).run(LOG, "run-1")
        if run.orders[unknown.order].result is None:
            judge_outcome(Writer(world), LOG, unknown.order, Outcome.DONE, "seen", BY_ANA)
    run_until_idle(world, worker=Worker(world))


def ending(world: World) -> str:
    """How the run ended, after the one that it called; each ended once."""
    ended = {fact.run: fact.ending.value for fact in facts(world, RunEnded)}
    assert len(facts(world, RunStarted)) == len(facts(world, RunEnded)) == 2
    assert list(ended) == ["run-2", "run-1"] and ended["run-2"] == "completed"
    return ended["run-1"]


def boundaries() -> int:
    fate = Fate()
    world, hands = set_up(can_tell=True)
    endanger(world, hands, fate)
    run_through(world)
    assert ending(world) == "completed"
    return fate.passed


@cache
def places() -> list[int]:
    return list(range(1, boundaries() + 1))


@pytest.mark.parametrize("can_tell", [True, False])
@pytest.mark.parametrize("deadly", places())
def test_a_crash_at_each_boundary(deadly: int, can_tell: bool) -> None:
    world, hands = set_up(can_tell)
    fate = Fate(deadly)
    endanger(world, hands, fate)
    with pytest.raises(Killed):
        run_through(world)
    acknowledged = world.journal.read(LOG)
    run_through(world)
    assert world.journal.read(LOG)[: len(acknowledged)] == acknowledged
    assert ending(world) == "completed"
    assert world.journal.next_due() is None
    check_intents(world, hands)
    assert len(set(hands["keyed"].calls)) == 2 == len(hands["keyed"].effects)
    assert len(hands["once"].calls) <= 1 + (can_tell and not hands["once"].effects)
    assert len(hands["once"].effects) <= 1


@pytest.mark.parametrize("second", range(1, 30, 4))
@pytest.mark.parametrize("deadly", range(2, 30, 3))
def test_two_crashes(deadly: int, second: int) -> None:
    world, hands = set_up(can_tell=True)
    fate = Fate(deadly)
    endanger(world, hands, fate)
    with pytest.raises(Killed):
        run_through(world)
    fate.deadly = deadly + second
    try:
        run_through(world)
        assert deadly + second > len(places()), "the second crash never came"
    except Killed:
        run_through(world)
    assert ending(world) == "completed"
    check_intents(world, hands)
    assert len(hands["once"].effects) == 1


@pytest.mark.parametrize("deadly", places())
def test_the_record_fails_once_at_each_boundary_persisted_or_not(deadly: int) -> None:
    """Here the process lives on: an append that raised may have been written all the same."""
    world, hands = set_up(can_tell=True)
    endanger(world, hands, Fate(deadly, Unreachable))
    for _ in range(3):
        try:
            run_through(world)
        except Unreachable:
            continue
    assert ending(world) == "completed"
    check_intents(world, hands)
    assert len(hands["once"].effects) == 1
    receipts = facts(world, Receipted)
    assert len(receipts) == 4 and len({r.order for r in receipts}) == 4
    assert world.clock.now() >= NOON + timedelta(minutes=10)
