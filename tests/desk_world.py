"""A small world for the desk: wound clock, record in memory, hands that log every call."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from tocsin.desk import Writer
from tocsin.desk.plans.runs import By, start_run
from tocsin.desk.record import draft
from tocsin.exercise.clock import VirtualClock
from tocsin.exercise.ids import SeededIds
from tocsin.exercise.memory import MemoryJournal, MemoryVault
from tocsin.facts import Asserter, Author, ConnectorError, Entry, Proof, incident_log
from tocsin.facts.incidents import Opened
from tocsin.facts.runs import (
    Attempted,
    Outcome,
    Receipted,
    Repeatable,
    RunEnded,
    StepEnded,
    Verdict,
)
from tocsin.world import Connector, Order, Probe, Reading, Receipt, World

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LOG = incident_log("7K3ABCDEFG")
ANA = Author(who="ana", kind=Asserter.PERSON, proof=Proof.ACCOUNT, account="ana")
BY_ANA = By(author=ANA)


class Hand:
    """A far side with a state for each target, which remembers orders and can misbehave.

    `plan_for` gives, for the n-th call to act (from 1), what goes wrong: "refuse", "lose" (acts,
    but the answer is lost), "drop" (does not act, nobody knows), "crash" (an error of our own).
    """

    def __init__(
        self,
        repeatable: Repeatable = Repeatable.KEYED,
        trouble: Mapping[int, str] | None = None,
        can_tell: bool = True,
    ) -> None:
        self.repeatable_, self.trouble, self.can_tell = repeatable, dict(trouble or {}), can_tell
        self.state: dict[str, str] = {}
        self.calls: list[str] = []
        self.effects: list[str] = []
        self.on_act: Callable[[], None] = lambda: None
        self._lock = threading.Lock()

    @property
    def repeatable(self) -> Repeatable:
        return self.repeatable_

    def look(self, target: str) -> str:
        return self.state.get(target, "on")

    def act(self, order: Order) -> Receipt:
        with self._lock:
            self.calls.append(order.key)
            trouble = self.trouble.get(len(self.calls))
        self.on_act()
        if trouble == "refuse":
            raise ConnectorError("refused", may_have_acted=False)
        if trouble == "never":
            raise ConnectorError("refused for good", may_have_acted=False, retry=False)
        if trouble == "crash":
            raise ZeroDivisionError("a bug in the connector")
        if trouble == "drop":
            raise ConnectorError("no answer", may_have_acted=True)
        before = self.look(order.target)
        if self.repeatable_ is Repeatable.NEITHER or order.key not in self.effects:
            self.effects.append(order.key)
        self.state[order.target] = order.wanted
        if trouble == "lose":
            raise ConnectorError("the answer was lost", may_have_acted=True)
        outcome = Outcome.ALREADY if before == order.wanted else Outcome.DONE
        return Receipt(key=order.key, outcome=outcome, before=before, after=order.wanted)

    def find(self, order: Order) -> Receipt | None:
        if not self.can_tell:
            raise ConnectorError("the far side keeps no list of orders", may_have_acted=False)
        if order.key not in self.effects:
            return None
        now = self.look(order.target)
        return Receipt(key=order.key, outcome=Outcome.DONE, before="on", after=now)


class Eye:
    """A probe that shows what a hand's state really is; or always the same verdict.

    `of` says which of the hand's targets it sees when it is asked about a system as a whole.
    """

    def __init__(
        self, hand: Hand, verdict: Verdict | None = None, of: Mapping[str, str] | None = None
    ) -> None:
        self.hand, self.verdict, self.looks, self.of = hand, verdict, 0, dict(of or {})

    def sample(self, target: str, wanted: str, since: datetime) -> Reading:
        self.looks += 1
        seen = self.hand.look(self.of.get(target, target))
        real = Verdict.SHOWN if seen == wanted else Verdict.NOT_SHOWN
        return Reading(
            hypothesis=f"{target} is {wanted}",
            sample=3,
            error="0.01",
            verdict=self.verdict or real,
            seen=seen,
        )


def world_of(
    connectors: Mapping[str, Connector], probes: Mapping[str, Probe] | None = None
) -> World:
    clock, ids = VirtualClock(NOON), SeededIds("desk")
    return World(
        clock=clock,
        ids=ids,
        journal=MemoryJournal(clock, ids),
        vault=MemoryVault(),
        connectors=connectors,
        probes=probes or {},
        home=Path("no-home"),
    )


def with_clock(world: World, clock: VirtualClock) -> World:
    return msgspec.structs.replace(world, clock=clock)


def opened(world: World, log: str = LOG, systems: tuple[str, ...] = ("assistant",)) -> Writer:
    desk = Writer(world)
    fact = Opened(
        title="wrong advice",
        systems=systems,
        unregistered=(),
        discovered_at=NOON,
        occurred_at=None,
    )
    desk.decide(log, lambda _: [draft(fact, world.clock.now())], ANA)
    return desk


def started(world: World, plan: str, log: str = LOG) -> Writer:
    desk = opened(world, log)
    start_run(desk, log, plan.encode(), BY_ANA)
    return desk


def kinds(world: World, log: str = LOG) -> list[str]:
    return [type(entry.fact).__name__ for entry in world.journal.read(log)]


def facts(world: World, kind: type, log: str = LOG) -> list:  # type: ignore[type-arg]
    return [entry.fact for entry in world.journal.read(log) if isinstance(entry.fact, kind)]


def path(world: World, log: str = LOG) -> list[tuple[str, str]]:
    return [(fact.step, fact.result) for fact in facts(world, StepEnded, log)]


def ending(world: World, log: str = LOG) -> str | None:
    ended = facts(world, RunEnded, log)
    assert len(ended) <= 1
    return ended[0].ending.value if ended else None


def check_intents(world: World, hands: Mapping[str, Hand], log: str = LOG) -> None:
    """Every call had its intent on record; nothing that is over was done again."""
    entries: list[Entry] = world.journal.read(log)
    intents: dict[str, int] = {}
    for entry in entries:
        if isinstance(entry.fact, Attempted):
            key = f"{log}/{entry.fact.order}"
            intents[key] = intents.get(key, 0) + 1
    receipts: dict[int, int] = {}
    for entry in entries:
        if isinstance(entry.fact, Receipted):
            receipts[entry.fact.order] = receipts.get(entry.fact.order, 0) + 1
    assert all(count == 1 for count in receipts.values()), receipts
    for hand in hands.values():
        for key in set(hand.calls):
            assert hand.calls.count(key) <= intents.get(key, 0), (key, intents)
        if hand.repeatable_ is Repeatable.NEITHER:
            assert len(hand.effects) == len(set(hand.effects)), hand.effects
