"""A plan run on the real desk under a wound clock, with the house's own people, keys and hands.

The rehearsal decides only what the outside decides: what a hand comes to, what a probe sees,
whether somebody answers and what. Whatever it is not told goes as the plan hopes.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from playbook_story import found as finding
from register_people import Signing
from tocsin.desk import DESK_AUTHOR, Worker, Writer, run_until_idle
from tocsin.desk.acting.sealing import log_producer
from tocsin.desk.approving.approvals import approve, decline, waits_for_people
from tocsin.desk.plans.runs import By, answer, start_run
from tocsin.desk.record import draft
from tocsin.exercise.clock import VirtualClock
from tocsin.exercise.ids import SeededIds
from tocsin.exercise.memory import MemoryJournal, MemoryVault
from tocsin.facts import (
    HOME_LOG,
    Asserter,
    Author,
    ConnectorError,
    Fact,
    Proof,
    Refused,
    incident_log,
)
from tocsin.facts.findings import Found
from tocsin.facts.gates import SealBegan
from tocsin.facts.incidents import Acknowledged, Opened
from tocsin.facts.registers import RegisterAdopted
from tocsin.facts.runs import Outcome, Repeatable, RunEnded, StepEnded, Verdict
from tocsin.playbook import Plan, Run, Spots, plan_of
from tocsin.playbook.steps import Ask, Call, Gate, Look, Page
from tocsin.playbook.ways import DECLINED, FAILED, INSUFFICIENT, LIMIT, UNANSWERED
from tocsin.register.files import load_register
from tocsin.register.statements import ORDER_NAMESPACE
from tocsin.wiring import house_of
from tocsin.world import Order, Produced, Reading, Receipt, World

ROOT = Path(__file__).parents[1]
HOUSE = ROOT / "examples" / "house"
PLANS = sorted((ROOT / "playbooks").glob("*.yaml"))
REGISTER, _ = load_register(HOUSE / "register")
EQUIPMENT = house_of(HOUSE, REGISTER)
KEYS = {name: Signing(seed) for seed, name in enumerate(sorted(REGISTER.people), start=1)}
START = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)  # a Tuesday, while people are at work
LOG = incident_log("7K3ABCDEFG")
RUN = "run-1"
TURNS_MAX = 2000
WATCH = Author(who="watch", kind=Asserter.WORKER, proof=Proof.PROCESS)

Wishes = Mapping[str, str]
"""By step, the result that the outside shall bring about."""


class Outside:
    """Hands, eyes and producers that come to what is wished for each step."""

    repeatable = Repeatable.KEYED

    def __init__(self, wishes: Wishes, name: str) -> None:
        self.wishes, self.name = wishes, name
        self.desk: Writer
        self.plan: Plan

    def look(self, target: str) -> str:
        return "as before"

    def act(self, order: Order) -> Receipt:
        log, _, seq = order.key.rpartition("/")
        order_of = self.desk.run(log, RUN).orders.get(int(seq))
        # What is not of this run reminds people of what the plan promised them.
        if order_of is not None and self.wishes.get(order_of.fact.step) == FAILED:
            raise ConnectorError("it does not work", may_have_acted=False, retry=False)
        return Receipt(key=order.key, outcome=Outcome.DONE, before="as before", after=order.wanted)

    def find(self, order: Order) -> Receipt | None:
        return None

    def sample(self, target: str, wanted: str, since: datetime) -> Reading:
        verdict = Verdict(self.wishes.get(self._looking(target, wanted), Verdict.SHOWN.value))
        value = "7" if verdict is Verdict.SHOWN else ""
        return Reading(hypothesis=target, sample=3, error="0.01", verdict=verdict, seen="seen",
                       value=value)  # fmt: skip

    def _looking(self, target: str, wanted: str) -> str:
        """The step whose look this is."""
        for spot in Spots(self.plan, self.desk.run(LOG, RUN)).now().values():
            step = self.plan.steps[spot.step] if spot.step is not None else None
            if isinstance(step, Gate) and any(c.target == target for c in step.checks):
                return step.id
            if isinstance(step, Look) and (step.probe, step.target) == (self.name, target):
                return step.id
        raise AssertionError(f"no step looks at {target} for {wanted}")

    def produce(self, item: str, seconds: float) -> Produced:
        entries = self.desk.world.journal.read(LOG)
        step = [e.fact.step for e in entries if isinstance(e.fact, SealBegan)][-1]
        short = self.wishes.get(step) == INSUFFICIENT
        return Produced(item=item, producer=self.name, name=f"{item}.txt", data=b"kept",
                        count=0 if short else 1, wanted=1, sufficient=not short,
                        why="too few" if short else "")  # fmt: skip


class Rehearsal:
    """One run of a plan, from its start to its end."""

    def __init__(self, plan: bytes, wishes: Wishes, home: Path, *before: Fact) -> None:
        self.plan, self.wishes = plan_of(plan), wishes
        _called_plans(self.plan, wishes, home)
        self.took: list[tuple[str, str]] = []
        parts = {name: Outside(wishes, name) for name in REGISTER.integrations}
        own = {log_producer(system): Outside(wishes, "log") for system in REGISTER.systems}
        clock, ids = VirtualClock(START), SeededIds("rehearsal")
        self.world = World(
            clock=clock,
            ids=ids,
            journal=MemoryJournal(clock, ids),
            vault=MemoryVault(),
            connectors={name: parts[name] for name in EQUIPMENT.hands},
            probes={name: parts[name] for name in EQUIPMENT.eyes},
            producers={**parts, **own},
            home=home,
        )
        self.desk = Writer(self.world)
        for part in (*parts.values(), *own.values()):
            part.desk, part.plan = self.desk, self.plan
        self.worker = Worker(self.world)
        self._founded()
        self._opened(before)
        start_run(self.desk, LOG, plan, By(author=DESK_AUTHOR))

    def _founded(self) -> None:
        digest = self.world.vault.put(io.BytesIO(REGISTER.canonical())).digest
        adopted = RegisterAdopted(
            digest=digest, systems=len(REGISTER.systems), people=len(REGISTER.people)
        )
        keys = [one.enrolled_for(name) for name, one in KEYS.items()]
        self.desk.record(HOME_LOG, lambda _: [adopted, *keys], DESK_AUTHOR)

    def _opened(self, before: tuple[Fact, ...]) -> None:
        systems = self.plan.systems[:1]
        fact = Opened(title="a rehearsal", systems=systems, unregistered=(),
                      discovered_at=START, occurred_at=None)  # fmt: skip
        now = self.world.clock.now
        self.desk.decide(LOG, lambda _: [draft(fact, now())], _signing("ben"))
        if before:
            self.desk.decide(LOG, lambda _: [draft(one, now()) for one in before], WATCH)

    @property
    def run(self) -> Run:
        return self.desk.run(LOG, RUN)

    def to_its_end(self) -> list[tuple[str, str]]:
        """Let workers and people do what they do; the steps that ended, each with its result."""
        for _ in range(TURNS_MAX):
            run_until_idle(self.world, until=self.world.clock.now(), worker=self.worker)
            if not self.run.is_open:
                return [(f.step, f.result) for f in self.facts(StepEnded)]
            if not self._somebody_does_something():
                instant = self.worker.next_instant(self.world.clock.now())
                assert instant is not None, f"nothing more falls due: {self._where()}"
                self.world.clock.wind(max(timedelta(0), instant - self.world.clock.now()))
        raise AssertionError(f"no end after {TURNS_MAX} turns: {self._where()}")

    def facts(self, kind: type[Fact]) -> list:  # type: ignore[type-arg]
        return [e.fact for e in self.world.journal.read(LOG) if isinstance(e.fact, kind)]

    @property
    def ending(self) -> str:
        (ended,) = [f for f in self.facts(RunEnded) if f.run == RUN]
        return ended.ending.value

    def _where(self) -> str:
        spots = Spots(self.plan, self.run).now()
        return ", ".join(str(spot.step) for spot in spots.values())

    def _somebody_does_something(self) -> bool:
        return any([self._answered(), self._approved(), self._acknowledged()])

    def _standing(self) -> Iterator[str]:
        for spot in Spots(self.plan, self.run).now().values():
            if spot.step is not None:
                yield spot.step

    def _answered(self) -> bool:
        for step in map(self.plan.steps.get, list(self._standing())):
            seq = self.run.latest.get(step.id, 0) if isinstance(step, Ask) else 0
            question = self.run.questions.get(seq)
            if not isinstance(step, Ask) or question is None or question.choice is not None:
                continue
            choice = self.wishes.get(step.id, next(iter(step.choices)))
            if choice == LIMIT:
                continue
            by = By(author=_signing(_somebody(step.role)))
            answer(self.desk, LOG, RUN, step.id, choice, "looked", by)
            return True
        return False

    def _approved(self) -> bool:
        for record in (*self.run.orders.values(), *self.run.approvals.values()):
            wish = self.wishes.get(record.fact.step)
            if not waits_for_people(record) or wish == LIMIT:
                continue
            verb = decline if wish == DECLINED else approve
            for person in KEYS:
                if self._says(verb, record.seq, person):
                    return True
            raise AssertionError(f"nobody can approve {record.fact.step}")
        return False

    def _says(self, verb: object, seq: int, person: str) -> bool:
        one = KEYS[person]

        def sign(message: bytes) -> str:
            return one.sign(message, ORDER_NAMESPACE)

        try:
            verb(self.desk, LOG, seq, _signing(person), because="seen", sign=sign)  # type: ignore[operator]
        except Refused:
            return False
        return True

    def _acknowledged(self) -> bool:
        for name in list(self._standing()):
            step = self.plan.steps[name]
            page = self.run.pages.get(self.run.latest.get(name, 0))
            if not isinstance(step, Page) or page is None or self.wishes.get(name) == UNANSWERED:
                continue
            if page.person is None:
                continue
            author = _signing(page.person)
            self.desk.decide(
                LOG, lambda _: [draft(Acknowledged(note=""), self.world.clock.now())], author
            )
            return True
        return False


def _called_plans(plan: Plan, wishes: Wishes, home: Path) -> None:
    """Puts a plan that ends as is wished in the place of each plan that this one calls."""
    ends = {FAILED: "{end: failed}", LIMIT: "{wait: 900d, next: later}\n  later: {end: completed}"}
    (home / "playbooks").mkdir(exist_ok=True)
    for step in plan.steps.values():
        if isinstance(step, Call):
            does = ends.get(wishes.get(step.id, ""), "{end: completed}")
            text = f"plan: {step.plan}\nversion: 1\ntitle: Called\nsteps:\n  only: {does}\n"
            (home / "playbooks" / f"{step.plan}.yaml").write_text(text)


def _signing(person: str) -> Author:
    key = KEYS[person].fingerprint
    return Author(who=person, kind=Asserter.PERSON, proof=Proof.SIGNATURE, key=key)


def _somebody(role: str) -> str:
    return next(one.id for one in REGISTER.people.values() if role in one.roles)


def noticed(plan: Plan) -> tuple[Found, ...]:
    """A finding of the first detector that triggers this plan, as bad as can be; none without."""
    if not plan.triggers:
        return ()
    return (
        msgspec.structs.replace(
            finding(),
            detector=plan.triggers[0],
            system=plan.systems[0],
            version="3",
            since=START - timedelta(minutes=3),
            seen_until=START,
        ),
    )
