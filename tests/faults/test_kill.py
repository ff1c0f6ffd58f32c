"""Real worker processes, killed at random with kill -9 while they serve, on both engines.

A person (this test) meanwhile answers questions, judges unknown outcomes and notes what the record
acknowledged. At the end: nothing acknowledged is lost, every run has ended, every call had an
intent before it, a call is repeated only under its own key, and nothing happened twice.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from kill_worker import LEASE, has_effect, lines, store_at, world_at

from tocsin.desk import Writer
from tocsin.desk.record import draft
from tocsin.desk.runs import By, answer, judge_outcome, start_run
from tocsin.facts import Asserter, Author, Proof, Refused, incident_log
from tocsin.facts.incidents import Assigned, Noted, Opened
from tocsin.facts.runs import Attempted, Outcome, Receipted, RunEnded
from tocsin.playbook import OrderStanding
from tocsin.world import World

PLAN = b"""
plan: chaos
version: 1
title: Branches, timers, a decision, acts of all kinds
steps:
  both: {parallel: [same, keyed], next: once}
  same: {act: same, target: a, wanted: off, attempts_max: 100, next: rest}
  rest: {wait: 1s, next: more}
  more: {act: keyed, target: d, wanted: off, attempts_max: 100, next: join}
  keyed: {act: keyed, target: b, wanted: off, attempts_max: 100, next: join}
  once: {act: once, target: c, wanted: off, next: look, on_failure: look}
  look: {probe: eye, target: a, wanted: off, next: ask, on_not_shown: last}
  ask: {ask: Over, role: commander, choices: {yes: last, no: done}, limit: 2s, on_limit: yes}
  last: {act: keyed, target: e, wanted: off, attempts_max: 100, next: done}
  done: {end: completed}
"""
ANA = Author(who="ana", kind=Asserter.PERSON, proof=Proof.ACCOUNT)
WORKERS = 2
PACE = (0.02, 0.15)  # seconds between two kills


class Crowd:
    """Worker processes; whoever is killed is replaced by a process with a new name."""

    def __init__(self, place: str, folder: Path) -> None:
        self.killed, self.born = 0, 0
        self.alive: list[int] = []
        program = str(Path(__file__).with_name("kill_worker.py"))
        with (folder / "errors.txt").open("a") as errors:
            self.nursery = subprocess.Popen(
                [sys.executable, program, place, str(folder)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True,
            )  # fmt: skip

    def fill(self) -> None:
        assert self.nursery.stdin and self.nursery.stdout
        while len(self.alive) < WORKERS:
            self.born += 1
            self.nursery.stdin.write(f"w{self.born}\n")
            self.nursery.stdin.flush()
            self.alive.append(int(self.nursery.stdout.readline()))

    def kill_one(self) -> None:
        victim = self.alive.pop(random.randrange(len(self.alive)))
        os.kill(victim, signal.SIGKILL)  # fails, and the test with it, if it died by itself
        self.killed += 1

    def end(self) -> None:
        for pid in self.alive:
            os.kill(pid, signal.SIGKILL)
        self.nursery.kill()
        self.nursery.wait()


def begin(desk: Writer, number: int) -> str:
    log = incident_log(f"KJ{number:08d}")
    now = desk.world.clock.now()
    facts = [
        Opened(title="x", systems=(), unregistered=(), discovered_at=now, occurred_at=None),
        Assigned(role="commander", person="ana"),
    ]
    desk.decide(log, lambda _: [draft(fact, now) for fact in facts], ANA)
    start_run(desk, log, PLAN, By(author=ANA))
    return log


def tend(desk: Writer, logs: list[str], acknowledged: dict[str, list[int]]) -> int:
    """Do what people do; how many runs are still open."""
    still = 0
    for log in logs:
        run = desk.run(log, "run-1")
        if not run.is_open:
            continue
        still += 1
        try:
            for order in list(run.orders.values()):
                if order.standing is OrderStanding.UNKNOWN:
                    happened = has_effect(desk.world.home, f"{log}/{order.seq}")
                    outcome = Outcome.DONE if happened else Outcome.NOT_DONE
                    judge_outcome(desk, log, order.seq, outcome, "looked", By(author=ANA))
            if random.random() < 0.3 and "ask" in run.latest:
                choice = random.choice(["yes", "no"])
                answer(desk, log, "run-1", "ask", choice, "", By(author=ANA))
            if random.random() < 0.1:
                done = desk.record(log, lambda _: [Noted(text="still here")], ANA)
                acknowledged.setdefault(log, []).append(done.last_seq)
        except Refused:
            pass  # a worker was faster: the question is over, the outcome known
    return still


def check(world: World, folder: Path, logs: list[str], acknowledged: dict[str, list[int]]) -> None:
    calls = Counter(line["key"] for line in lines(folder / "calls.jsonl"))
    effects = Counter(line["key"] for line in lines(folder / "effects.jsonl"))
    intents: Counter[str] = Counter()
    receipts: Counter[str] = Counter()
    for log in logs:
        entries = world.journal.read(log)
        assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
        assert sum(isinstance(entry.fact, RunEnded) for entry in entries) == 1, log
        for seq in acknowledged.get(log, []):
            assert isinstance(entries[seq - 1].fact, Noted)
        for entry in entries:
            if isinstance(entry.fact, Attempted):
                intents[f"{log}/{entry.fact.order}"] += 1
            elif isinstance(entry.fact, Receipted):
                receipts[f"{log}/{entry.fact.order}"] += 1
                assert effects[f"{log}/{entry.fact.order}"], "a receipt of what never happened"
    for key, count in calls.items():
        assert count <= intents[key], f"{key}: {count} calls, {intents[key]} intents"
    assert all(count == 1 for count in effects.values()), effects.most_common(3)
    assert all(count == 1 for count in receipts.values())
    print(f"calls {calls.total()}, effects {effects.total()}, intents {intents.total()}")


def survive(place: str, folder: Path, kills: int) -> None:
    folder.mkdir(exist_ok=True)
    store = store_at(place)
    world = world_at(store, folder)
    desk, crowd = Writer(world), Crowd(place, folder)
    logs: list[str] = []
    acknowledged: dict[str, list[int]] = {}
    try:
        crowd.fill()
        while crowd.killed < kills:
            while tend(desk, logs[-40:], acknowledged) < 12:
                logs.append(begin(desk, len(logs)))
            time.sleep(random.uniform(*PACE))
            crowd.kill_one()
            crowd.fill()
        patience = time.monotonic() + 60 + 20 * LEASE.total_seconds()
        while tend(desk, logs, acknowledged) and time.monotonic() < patience:
            time.sleep(0.1)
    finally:
        crowd.end()
    try:
        check(world, folder, logs, acknowledged)
        print(f"{crowd.killed} kills, {len(logs)} runs")
        assert world.journal.next_due() is None
    finally:
        store.close()


def kills_of(default: int) -> int:
    return int(os.environ.get("TOCSIN_KILLS", default))


@pytest.mark.proof
def test_five_hundred_kills_on_sqlite(tmp_path: Path) -> None:
    survive(str(tmp_path), tmp_path / "far", kills_of(500))


@pytest.mark.proof
def test_two_hundred_kills_on_postgresql(postgres_url: str, tmp_path: Path) -> None:
    survive(postgres_url, tmp_path / "far", kills_of(200))
