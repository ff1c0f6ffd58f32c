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
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest
from kill_worker import LEASE, has_effect, lines, store_at, world_at

from journal_checks import check_journal
from tocsin.desk import Worker, Writer, run_until_idle
from tocsin.desk.record import draft
from tocsin.desk.runs import By, answer, judge_outcome, start_run
from tocsin.facts import Asserter, Author, Entry, Fact, Proof, Refused, incident_log
from tocsin.facts.courses import CallBegan, CallRefused, SoftLimitPassed
from tocsin.facts.custody import Fixity
from tocsin.facts.incidents import Assigned, Noted, Opened
from tocsin.facts.runs import (
    Answered,
    Attempted,
    Ordered,
    Outcome,
    OutcomeJudged,
    Probed,
    Receipted,
    RunEnded,
    RunStarted,
    StepEnded,
)
from tocsin.playbook import OrderStanding
from tocsin.world import Appended, World

PLAN = b"""
plan: chaos
version: 1
title: Branches, timers, a gate, another plan, a decision, acts of all kinds
steps:
  both: {parallel: [same, keyed], next: once}
  same: {act: same, target: a, wanted: off, attempts_max: 100, next: rest}
  rest: {wait: 1s, next: more}
  more: {act: keyed, target: d, wanted: off, attempts_max: 100, next: join}
  keyed: {act: keyed, target: b, wanted: off, attempts_max: 100, next: join}
  once: {act: once, target: c, wanted: off, next: look, on_failure: look}
  look: {probe: eye, target: a, wanted: off, next: safe, on_not_shown: last}
  safe:
    gate:
      - {probe: eye, target: a, wanted: off, criterion: safety}
      - {probe: eye, target: b, wanted: off, criterion: replay}
    next: other
    on_not_shown: last
    on_undetermined: other
  other: {call: small, next: agreed, on_failure: last}
  agreed: {approve: It may stay, role: commander, soft: 1s, limit: 2s, on_limit: ask,
           on_declined: last, next: last}
  ask: {ask: Over, role: commander, choices: {yes: last, no: done}, limit: 2s, on_limit: yes}
  last: {act: keyed, target: e, wanted: off, attempts_max: 100, next: ticket}
  ticket: {act: tickets, target: g, wanted: opened, attempts_max: 100, next: done}
  done: {end: completed}
"""
SMALL = b"""
plan: small
version: 1
title: What the other one calls
steps:
  again: {act: keyed, target: f, wanted: off, attempts_max: 100, next: nap}
  nap: {wait: 1s, next: over}
  over: {end: completed}
"""
ANA = Author(who="ana", kind=Asserter.PERSON, proof=Proof.ACCOUNT, account="ana")
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


@dataclass
class Promises:
    """What the record acknowledged to people: at these places these words stand for ever."""

    logs: list[str] = field(default_factory=list)
    kept: dict[tuple[str, int], tuple[type[Fact], str]] = field(default_factory=dict)
    _count: int = 0

    def words(self) -> str:
        """Words that nobody has used."""
        self._count += 1
        return f"words {self._count}"

    def keep(self, done: Appended, kind: type[Fact], words: str) -> None:
        self.kept[done.log, done.last_seq] = (kind, words)


def said_in(fact: Fact) -> str:
    """The words by which `Promises` knows a fact again."""
    match fact:
        case Noted(text=words) | Answered(because=words) | OutcomeJudged(basis=words):
            return words
        case Assigned(person=words):
            return words
    return ""


def furnish(home: Path) -> None:
    """Put the plan that is called where workers look for it."""
    (home / "playbooks").mkdir(parents=True, exist_ok=True)
    (home / "playbooks" / "small.yaml").write_bytes(SMALL)


def begin(desk: Writer, promises: Promises) -> None:
    log = incident_log(f"KJ{len(promises.logs):08d}")
    now = desk.world.clock.now()
    facts = [
        Opened(title="x", systems=(), unregistered=(), discovered_at=now, occurred_at=None),
        Assigned(role="commander", person="ana"),
    ]
    done = desk.decide(log, lambda _: [draft(fact, now) for fact in facts], ANA)
    promises.keep(done, Assigned, "ana")
    assert start_run(desk, log, PLAN, By(author=ANA)) == "run-1"
    promises.logs.append(log)


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


def check(world: World, folder: Path, promises: Promises) -> None:
    """All that must be true of what the record says, and of what the far side saw."""
    calls = Counter(line["key"] for line in lines(folder / "calls.jsonl"))
    effects = Counter(line["key"] for line in lines(folder / "effects.jsonl"))
    intents: Counter[str] = Counter()
    receipts: Counter[str] = Counter()
    for log in promises.logs:
        entries = world.journal.read(log)
        check_run(world, log, entries)
        for entry in entries:
            if isinstance(entry.fact, Attempted):
                intents[f"{log}/{entry.fact.order}"] += 1
            elif isinstance(entry.fact, Receipted):
                receipts[f"{log}/{entry.fact.order}"] += 1
                assert effects[f"{log}/{entry.fact.order}"], "a receipt of what never happened"
    for (log, seq), (kind, words) in promises.kept.items():
        found = world.journal.read(log, seq - 1)
        assert found, f"{log}/{seq} was acknowledged, and is lost"
        assert (type(found[0].fact), said_in(found[0].fact)) == (kind, words), f"{log}/{seq}"
    for key, count in calls.items():
        assert count <= intents[key], f"{key}: {count} calls, {intents[key]} intents"
    assert effects and all(count == 1 for count in effects.values()), effects.most_common(3)
    assert all(count == 1 for count in receipts.values())
    print(f"calls {calls.total()}, effects {effects.total()}, intents {intents.total()}")
    print("acknowledged", Counter(kind.__name__ for kind, _ in promises.kept.values()))


def check_run(world: World, log: str, entries: list[Entry]) -> None:
    """The one run of a log, and the one it called, went a way that their plans allow; no loops."""
    assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
    facts = [entry.fact for entry in entries]
    started = [fact for fact in facts if isinstance(fact, RunStarted)]
    assert [(fact.run, fact.plan) for fact in started] == [("run-1", "chaos"), ("run-2", "small")]
    for one in started:
        assert world.vault.check(one.plan_digest) is Fixity.INTACT
    assert [fact.run for fact in facts if isinstance(fact, RunEnded)] == ["run-2", "run-1"], log
    assert [f.called for f in facts if isinstance(f, CallBegan)] == ["run-2"], log
    assert not any(isinstance(fact, CallRefused) for fact in facts), log
    assert sum(isinstance(fact, SoftLimitPassed) for fact in facts) <= 1, log
    looks = Counter(fact.step for fact in facts if isinstance(fact, Probed))
    assert looks == {"look": 1, "safe[1]": 1, "safe[2]": 1}, f"{log}: {looks}"
    ordered = {entry.seq: entry.fact.step for entry in entries if isinstance(entry.fact, Ordered)}
    ended = Counter(fact.step for fact in facts if isinstance(fact, StepEnded))
    for name, steps in (("ordered", Counter(ordered.values())), ("ended", ended)):
        assert all(count == 1 for count in steps.values()), f"{log}: {name} twice in {steps}"
    assert {f.order for f in facts if isinstance(f, Attempted | Receipted)} <= set(ordered)
    for fact in facts:
        if isinstance(fact, Answered):
            (way,) = (f.result for f in facts if isinstance(f, StepEnded) and f.step == fact.step)
            assert way == fact.choice, f"{log}: {fact.choice} was answered, and {way} was done"


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


def doubled(kind: type[Fact]) -> Callable[[list[Entry]], list[Entry]]:
    """The log with one more entry at its end, that says again what one of this kind said."""

    def change(entries: list[Entry]) -> list[Entry]:
        again = next(entry for entry in entries if isinstance(entry.fact, kind))
        return [*entries, msgspec.structs.replace(again, seq=len(entries) + 1)]

    return change


def reworded(entries: list[Entry]) -> list[Entry]:
    """The log with another note in the place of the one that was acknowledged."""
    return [
        msgspec.structs.replace(entry, fact=Noted(text="others"))
        if isinstance(entry.fact, Noted)
        else entry
        for entry in entries
    ]


def otherwise(entries: list[Entry]) -> list[Entry]:
    """The log in which the answer was another than the way that was taken."""
    return [
        msgspec.structs.replace(entry, fact=msgspec.structs.replace(entry.fact, choice="no"))
        if isinstance(entry.fact, Answered)
        else entry
        for entry in entries
    ]


def without(kind: type[Fact]) -> Callable[[list[Entry]], list[Entry]]:
    """The log without entries of this kind, numbered as if they had never been."""

    def change(entries: list[Entry]) -> list[Entry]:
        kept = [entry for entry in entries if not isinstance(entry.fact, kind)]
        return [msgspec.structs.replace(e, seq=n) for n, e in enumerate(kept, start=1)]

    return change


CHANGES = {
    "a step ordered twice": doubled(Ordered),
    "a second receipt": doubled(Receipted),
    "a second end": doubled(RunEnded),
    "a step that ended twice": doubled(StepEnded),
    "a second start": doubled(RunStarted),
    "a second look of a check": doubled(Probed),
    "a plan called twice": doubled(CallBegan),
    "no end": without(RunEnded),
    "a call without its intent": without(Attempted),
    "a lost note": without(Noted),
    "a lost answer": without(Answered),
    "a lost last entry": lambda entries: entries[:-1],
    "other words": reworded,
    "an answer not followed": otherwise,
}


def test_the_check_itself_turns_red(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One run without kills passes; what the check is there to find, it finds."""
    furnish(tmp_path / "far")
    store = store_at(str(tmp_path))
    world = world_at(store, tmp_path / "far")
    desk, promises, far = Writer(world), Promises(), tmp_path / "far"
    begin(desk, promises)
    (log,) = promises.logs
    worker, by = Worker(world), By(author=ANA)
    while desk.run(log, "run-1").is_open:
        run_until_idle(world, worker=worker, until=world.clock.now())
        if "ask" in desk.run(log, "run-1").latest:
            promises.keep(answer(desk, log, "run-1", "ask", "yes", "w1", by), Answered, "w1")
            promises.keep(desk.record(log, lambda _: [Noted(text="w2")], ANA), Noted, "w2")
            run_until_idle(world, worker=worker)
        time.sleep(0.05)
    check(world, far, promises)
    check_journal(store)
    read = store.read
    for name, change in CHANGES.items():
        with monkeypatch.context() as patch:
            patch.setattr(store, "read", lambda log, after=0: change(read(log))[after:])  # noqa: B023
            with pytest.raises((AssertionError, ValueError)):
                check(world, far, promises)
                pytest.fail(f"{name} was not noticed")
    for kind, again in (("calls", 3), ("effects", 1)):
        before = (far / f"{kind}.jsonl").read_text()
        with (far / f"{kind}.jsonl").open("a") as file:
            file.write(before * again)
        with pytest.raises(AssertionError):
            check(world, far, promises)
        (far / f"{kind}.jsonl").write_text(before)
    check(world, far, promises)
    store.close()
