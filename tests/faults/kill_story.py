"""What people begin while workers are killed, what they were promised, and the check of both."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from kill_worker import lines

from tocsin.desk import Writer
from tocsin.desk.plans.runs import By, start_run
from tocsin.desk.record import draft
from tocsin.facts import Asserter, Author, Entry, Fact, Proof, incident_log
from tocsin.facts.courses import CallBegan, CallRefused, SoftLimitPassed
from tocsin.facts.custody import Fixity
from tocsin.facts.incidents import Assigned, Noted, Opened
from tocsin.facts.runs import (
    Answered,
    Attempted,
    Ordered,
    OutcomeJudged,
    Probed,
    Receipted,
    RunEnded,
    RunStarted,
    StepEnded,
)
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
