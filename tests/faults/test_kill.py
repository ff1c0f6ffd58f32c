"""Real worker processes, killed at random with kill -9 while they serve, on both engines.

A person (this test) meanwhile answers questions, judges unknown outcomes and writes notes, and
remembers what the record acknowledged. At the end: nothing acknowledged is lost, every run has
ended, each step was ordered once, every call had an intent before it, a call is repeated only under
its own key, nothing happened twice, and the record holds against its own proofs.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from kill_story import ANA, Promises, begin, check, furnish
from kill_worker import LEASE, has_effect, store_at, world_at

from journal_checks import check_journal
from tocsin.desk import Writer
from tocsin.desk.plans.runs import By, answer, judge_outcome
from tocsin.facts import Refused
from tocsin.facts.incidents import Assigned, Noted
from tocsin.facts.runs import Answered, Outcome, OutcomeJudged
from tocsin.playbook import OrderStanding
from tocsin.world import World

WORKERS, RUNS = 2, 12  # at once
MANY = 100  # kills: enough for each thing that can happen to have happened
PACE = (0.02, 0.15)  # seconds between two kills


class Crowd:
    """Worker processes; whoever is killed is replaced by a process with a new name."""

    def __init__(self, place: str, folder: Path) -> None:
        self.killed, self.born = 0, 0
        self.alive: list[int] = []
        self._errors = folder / "errors.txt"
        program = str(Path(__file__).with_name("kill_worker.py"))
        with self._errors.open("a") as errors:
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
        try:
            os.kill(victim, signal.SIGKILL)
        except ProcessLookupError:
            raise AssertionError(f"{victim} died by itself: {self.errors()}") from None
        self.killed += 1

    def errors(self) -> str:
        """What the workers complained of last."""
        return self._errors.read_text()[-8000:]

    def end(self) -> None:
        for pid in self.alive:
            os.kill(pid, signal.SIGKILL)
        self.nursery.kill()
        self.nursery.wait()


def tend(desk: Writer, logs: list[str], promises: Promises) -> int:
    """Do what people do; how many runs are still open."""
    still = 0
    for log in logs:
        run = desk.run(log, "run-1")
        if not run.is_open:
            continue
        still += 1
        words, by = promises.words(), By(author=ANA)
        try:
            for order in list(run.orders.values()):
                if order.standing is OrderStanding.UNKNOWN:
                    judge(desk, log, order.seq, words, promises)
            if random.random() < 0.3 and "ask" in run.latest:
                choice = random.choice(["yes", "no"])
                done = answer(desk, log, "run-1", "ask", choice, words, by)
                promises.keep(done, Answered, words)
            if random.random() < 0.1:
                done = desk.record(log, lambda _, words=words: [Noted(text=words)], ANA)
                promises.keep(done, Noted, words)
        except Refused:
            pass  # a worker was faster, or the question is answered
    return still


def judge(desk: Writer, log: str, order: int, words: str, promises: Promises) -> None:
    """Say what became of an act that nobody knows. Refused only when it is known by now."""
    happened = has_effect(desk.world.home, f"{log}/{order}")
    outcome = Outcome.DONE if happened else Outcome.NOT_DONE
    try:
        done = judge_outcome(desk, log, order, outcome, words, By(author=ANA))
    except Refused:
        assert desk.run(log, "run-1").orders[order].standing is not OrderStanding.UNKNOWN
    else:
        promises.keep(done, OutcomeJudged, words)


class Flood:
    """Notes that pour in beside the work; each is counted once it is acknowledged."""

    def __init__(self, world: World) -> None:
        self.acknowledged, self._stop = 0, threading.Event()
        self._desk, self._thread = Writer(world), threading.Thread(target=self._pour)

    def __enter__(self) -> Flood:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _pour(self) -> None:
        while not self._stop.wait(0.002):
            self._desk.record("flood", lambda _: [Noted(text="an alarm")], ANA)
            self.acknowledged += 1


def survive(place: str, folder: Path, kills: int) -> None:
    folder.mkdir(exist_ok=True)
    furnish(folder)
    store = store_at(place)
    world = world_at(store, folder)
    desk, crowd = Writer(world), Crowd(place, folder)
    promises, flood = Promises(), Flood(world)
    try:
        crowd.fill()
        with flood:
            while crowd.killed < kills:
                for _ in range(RUNS - tend(desk, promises.logs[-40:], promises)):
                    begin(desk, promises)
                time.sleep(random.uniform(*PACE))
                crowd.kill_one()
                crowd.fill()
        patience = time.monotonic() + 60 + 20 * LEASE.total_seconds()
        while tend(desk, promises.logs, promises) and time.monotonic() < patience:
            time.sleep(0.1)
    finally:
        crowd.end()
    try:
        check(world, folder, promises)
        assert flood.acknowledged and world.journal.head("flood") == flood.acknowledged
        print(f"{crowd.killed} kills, {len(promises.logs)} runs")
        assert world.journal.next_due() is None
        check_journal(store)
        for kind in (Assigned, Noted, Answered) if kills >= MANY else ():
            assert any(kind is kept for kept, _ in promises.kept.values()), f"no {kind} to lose"
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
