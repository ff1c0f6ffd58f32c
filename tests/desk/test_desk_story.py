"""The first minutes, killed at every append in turn: one incident, one run, one stop, one seal."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from test_desk_findings import found
from test_desk_sealing import Source

from desk_register import adopted, assistant_eye
from desk_world import BY_ANA, NOON, Hand, check_intents, ending, facts, path, world_of
from tocsin.desk import Worker, Writer, run_until_idle
from tocsin.desk.acting.arming import arm, rehearse
from tocsin.desk.alarms.findings import take_in_finding
from tocsin.desk.alarms.watching import Watch
from tocsin.desk.record import draft
from tocsin.facts.findings import Found
from tocsin.facts.gates import EvidenceSealed
from tocsin.facts.incidents import Acknowledged, Dismissed, Opened
from tocsin.facts.runs import RunStarted
from tocsin.world import World

PLAN = """
plan: first-minutes
version: "1"
title: The first minutes
triggers: [fallback-rate]
steps:
  first: {parallel: [stop, keep, call, tell], next: done, on_failure: lost}
  stop: {act: kill-switch, target: assistant.model, wanted: off, undo: on, effect: stop,
         next: seen}
  seen: {probe: seen, target: assistant, wanted: off, next: join}
  keep: {seal: [model, requests], budget: 10m, next: join, on_insufficient: join}
  call: {page: on-call, text: It fails, within: 5m, next: join, on_unanswered: join}
  tell: {tell: support, subject: It fails, text: People answer., through: mail, next: join}
  done: {end: completed}
  lost: {end: failed}
"""
BLUR = timedelta(minutes=1)


class Killed(BaseException):
    """The process is gone."""


class Fate:
    """Kills the process before or after the n-th append; without a number it only counts."""

    def __init__(self, world: World, number: int | None, when: str) -> None:
        self.count, self._number, self._when = 0, number, when
        self._append = world.journal.append

    def append(self, *args: object, **named: object) -> object:
        self.count += 1
        mine = self.count == self._number
        if mine and self._when == "before":
            raise Killed
        done = self._append(*args, **named)  # type: ignore[arg-type]
        if mine:
            raise Killed
        return done


def armed(tmp_path: Path) -> tuple[Writer, dict[str, Hand]]:
    (tmp_path / "playbooks").mkdir()
    (tmp_path / "playbooks" / "plan.yaml").write_text(PLAN)
    hands = {"kill-switch": Hand(), "mail": Hand(), "pager": Hand()}
    world = world_of(hands, {"seen": assistant_eye(hands["kill-switch"])})
    producers = {"registry": Source(b"weights"), "log/assistant": Source(b"rows")}
    world = msgspec.structs.replace(world, home=tmp_path, producers=producers)
    desk = adopted(Writer(world))
    begun = rehearse(desk, "assistant", BY_ANA)
    run_until_idle(world)
    arm(desk, "assistant", 3, BY_ANA)
    desk.record(begun.log, lambda _: [Dismissed(because="rehearsal")], BY_ANA.author)
    world.clock.sleep(3600)
    for hand in hands.values():
        hand.calls.clear()
        hand.effects.clear()
    return desk, hands


def lived(world: World, name: str) -> None:
    """One process: it finds, works and takes note, until nothing is to be done."""
    desk = Writer(world)
    author = Watch(desk, name=f"watch-{name}").author
    since = NOON + timedelta(hours=1)
    take_in_finding(desk, found(since=since, name="f1"), author, blur=BLUR)
    worker = Worker(world, name=name, desk=desk)
    log = incident(world)
    run_until_idle(world, until=world.clock.now() + timedelta(minutes=2), worker=worker)
    if not facts(world, Acknowledged, log):
        now = world.clock.now()
        desk.decide(log, lambda _: [draft(Acknowledged(note=""), now)], BY_ANA.author)
    run_until_idle(world, worker=worker)


def incident(world: World) -> str:
    (log,) = [one for one in world.journal.logs("incident/") if facts(world, Found, one)]
    return log


def appends(tmp_path: Path) -> int:
    desk, _ = armed(tmp_path)
    fate = Fate(desk.world, None, "before")
    desk.world.journal.append = fate.append  # type: ignore[method-assign, assignment]
    lived(desk.world, "only")
    return fate.count


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_every_append_in_turn_it_comes_to_the_same_end(tmp_path: Path, when: str) -> None:
    (tmp_path / "count").mkdir()
    total = appends(tmp_path / "count")
    assert total > 12
    for number in range(1, total + 1):
        home = tmp_path / f"{when}-{number}"
        home.mkdir()
        desk, hands = armed(home)
        world, append = desk.world, desk.world.journal.append
        world.journal.append = Fate(world, number, when).append  # type: ignore[method-assign, assignment]
        with pytest.raises(Killed):
            lived(world, "first")
        world.journal.append = append  # type: ignore[method-assign]
        world.clock.sleep(31)  # the leases of the dead run out
        lived(world, "second")
        _check(world, hands, number)


def _check(world: World, hands: dict[str, Hand], number: int) -> None:
    log = incident(world)
    for kind in (Opened, Found, RunStarted):
        assert len(facts(world, kind, log)) == 1, (number, kind)
    assert ending(world, log) == "completed", (number, path(world, log))
    assert hands["kill-switch"].state == {"assistant.model": "off"}
    assert len(hands["kill-switch"].effects) == 1 and len(hands["mail"].effects) == 2, number
    sealed = [fact.item for fact in facts(world, EvidenceSealed, log)]
    assert sorted(sealed) == ["model", "requests"], number
    check_intents(world, hands, log)
