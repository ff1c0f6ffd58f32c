"""Turns a plan, the people of a register and what is supposed about times into a network.

A role that nobody has is a mistake, told with its line and a remedy: a question to nobody would be
waited for without end. Every supposition that the network rests on is kept, with its basis.

Not modelled: findings and severities, for which conditions ask (their ways are drawn), evidence
that an act still waits for (it is sealed, or not, before), a plan that is called (its time and its
result are drawn), holidays, and other incidents that take the same people.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import assert_never

import msgspec

from tocsin.playbook.plan import Plan
from tocsin.playbook.simulation import parties
from tocsin.playbook.simulation.deciding import Memory
from tocsin.playbook.simulation.draws import DRAW_MAX, Spread
from tocsin.playbook.simulation.measures import Measures
from tocsin.playbook.simulation.network import Activity, Kind, Network, Way
from tocsin.playbook.simulation.paths import Paths, forks_of, parts_of
from tocsin.playbook.simulation.people import Staffing
from tocsin.playbook.simulation.times import HEARD, StepKind, Supposed, Times, What
from tocsin.playbook.steps import (
    Act,
    Approve,
    Ask,
    Call,
    Decide,
    End,
    Gate,
    Look,
    Page,
    Parallel,
    Seal,
    Step,
    Tell,
    Wait,
)
from tocsin.playbook.ways import (
    ANSWERED,
    APPROVED,
    DECLINED,
    DONE,
    FAILED,
    INSUFFICIENT,
    LIMIT,
    ROUNDS,
    UNANSWERED,
    target_of,
)
from tocsin.register.mistakes import Mistake
from tocsin.register.model import Decision, Register
from tocsin.register.proofs import approvals_needed, proof_needed, tier_of


class Compiled(msgspec.Struct, frozen=True, kw_only=True):
    """A network, and what it rests on.

    Args:
        supposed: every supposition that is used, each once, in the order of their names.
        own: for each role its own people, without deputies, as workers.
        approvals: the activities that only wait for a yes: they could be given beforehand.
    """

    network: Network
    supposed: tuple[Supposed, ...]
    own: Mapping[str, tuple[int, ...]]
    approvals: tuple[int, ...]


def ruled_role(register: Register | None, plan: Plan) -> str | None:
    """The role that the register asks of whoever approves an act of this plan."""
    if register is None:
        return None
    tier = tier_of(register, plan.systems)
    return proof_needed(register.entity, Decision.APPROVAL, tier).role


def compiled(
    plan: Plan, file: str, register: Register | None, times: Times, monday: datetime
) -> tuple[Compiled | None, list[Mistake]]:
    """The network of a plan, or None and every role that nobody has.

    Args:
        register: None where there is none; then people are supposed too.
        monday: the instant from which milliseconds are counted.
    """
    made = _Compiling(plan, file, register, times, monday)
    network = made.network()
    mistakes = made.staffing.mistakes
    if mistakes:
        return None, sorted(mistakes)
    supposed = {one.name: one for one in (*made.supposed, *made.staffing.supposed.values())}
    return Compiled(
        network=network,
        supposed=tuple(supposed[name] for name in sorted(supposed)),
        own={role: made.staffing.own.get(role, ()) for role in network.roles},
        approvals=tuple(made.approvals),
    ), []


class _Compiling:
    def __init__(
        self, plan: Plan, file: str, register: Register | None, times: Times, monday: datetime
    ) -> None:
        self._plan, self._register, self._times = plan, register, times
        self._ruled = ruled_role(register, plan)
        self._roles = list(parties.roles_asked(plan, self._ruled))
        self.staffing = Staffing(register, times, plan, file, monday, self._ruled)
        self._measures = Measures(plan, times, _recovery(register, plan))
        self._memory = Memory(plan)
        self.supposed: list[Supposed] = [times.overtime]
        self.approvals: list[int] = []
        self._numbers: dict[str, int] = {}
        self._paths = Paths(self._numbers, self._measures, self._memory)
        self._within = forks_of(plan)

    def network(self) -> Network:
        number = 0
        for step in self._plan.steps.values():
            self._numbers[step.id] = number
            number += 1 + _is_approved(step)
        for step in self._plan.steps.values():
            self._measures.since(step)  # every moment must be known before the marks are set
        drafted = [one for step in self._plan.steps.values() for one in self._activities(step)]
        activities, places = [], 1
        for one in drafted:
            activities.append(msgspec.structs.replace(one, draws_at=places))
            places += one.draws
        return Network(
            activities=tuple(activities),
            start=self._numbers[self._plan.start],
            workers=tuple(self.staffing.workers),
            roles=tuple(self._roles),
            limits=self._measures.limits,
            moments=self._measures.count,
            places=places,
            slots=self._memory.slots,
            overtime_ms=self._times.overtime.spread.median_ms,
        )

    def _activities(self, step: Step) -> Iterator[Activity]:
        """The activities of a step; an act that must be approved is two."""
        match step:
            case Act():
                yield from self._act(step)
            case Ask() | Approve():
                yield self._asked(step)
            case Page():
                yield self._called(step)
            case Decide():
                yield self._decided(step)
            case Look() | Gate() | Seal() | Tell() | Call():
                yield self._machine(step)
            case Wait():
                ways = self._paths.certain(step, (DONE, ROUNDS) if step.rounds_max else (DONE,))
                takes = Spread(median_ms=step.seconds * 1000, p90_ms=step.seconds * 1000)
                yield self._part(
                    step, Kind.MACHINE, ways, takes=takes, rounds_max=step.rounds_max, on_rounds=1
                )
            case Parallel():
                branches = tuple(self._numbers[branch] for branch in step.branches)
                yield self._part(step, Kind.FORK, self._paths.certain(step, (DONE, FAILED)),
                                 branches=branches)  # fmt: skip
            case End():
                yield self._part(
                    step, Kind.END, (self._paths.way(step, step.ending.value, DRAW_MAX),)
                )
            case _:
                assert_never(step)

    def _act(self, step: Act) -> Iterator[Activity]:
        if step.approvals:
            yield self._approved(step)
        ways = self._drawn(StepKind.ACT, step, (DONE, FAILED))
        takes = self._timing(StepKind.ACT, What.TAKES, step)
        begins = () if step.approvals else self._measures.begins(step.id)
        yield self._part(step, Kind.MACHINE, ways, takes=takes, begins=begins)

    def _approved(self, step: Act) -> Activity:
        """The yes of one or two people before an act; each of them decides for themselves."""
        kind, here = StepKind.APPROVE, self._numbers[step.id]
        self.approvals.append(here)
        people = self._approving(step.approvals)
        workers = self.staffing.for_step(step, people)
        per_cent = self._times.shares.get(f"steps.{step.id}")
        if per_cent is not None:
            declined = per_cent.per_cent.get(DECLINED, 0)
            self.supposed.append(per_cent)
        else:
            shares = self._times.shared(kind, step.id, (APPROVED, DECLINED))
            declined = shares.per_cent.get(DECLINED, 0)
            self.supposed.append(shares)
        yes = DRAW_MAX - declined * DRAW_MAX // 100
        ways = [
            Way(result=APPROVED, share=yes, to=here + 1),
            self._paths.way(step, DECLINED, DRAW_MAX - yes),
            self._paths.way(step, LIMIT, 0),
        ]
        part = self._of_people(kind, step, ways, workers, people)
        return msgspec.structs.replace(part, id=f"{step.id}: approval")

    def _asked(self, step: Ask | Approve) -> Activity:
        kind = StepKind.ASK if isinstance(step, Ask) else StepKind.APPROVE
        if isinstance(step, Approve):
            self.approvals.append(self._numbers[step.id])
        results = parties.shared_results(step)
        ways = [*self._drawn(kind, step, results), self._limited(step)]
        people = self._approving(1) if isinstance(step, Approve) else 1
        return self._of_people(kind, step, ways, self.staffing.for_step(step, people), people)

    def _approving(self, asked: int) -> int:
        """How many people must approve where the plan asks for so many: the register may add."""
        register = self._register or Register()
        tier = tier_of(register, self._plan.systems)
        return approvals_needed(register.entity, tier, asked).people

    def _limited(self, step: Ask | Approve) -> Way:
        """What follows when nobody has answered in time: of a question, one of its choices."""
        way = self._paths.way(step, LIMIT, 0)
        if isinstance(step, Ask) and step.on_limit is not None:
            to = self._paths.to(target_of(step, step.on_limit))
            slot, value = self._memory.place(step.id, step.on_limit)
            return msgspec.structs.replace(way, to=to, slot=slot, value=value)
        return way

    def _of_people(
        self,
        kind: StepKind,
        step: Act | Ask | Approve,
        ways: Sequence[Way],
        workers: tuple[int, ...],
        people: int,
    ) -> Activity:
        return self._part(
            step,
            Kind.PEOPLE,
            ways,
            workers=workers,
            people=people,
            notices=self._timing(kind, What.REACTION, step),
            takes=self._timing(kind, What.WORK, step),
            limit_ms=self._measures.within_ms(step, step.limit_seconds),
            limit_from=self._measures.since(step),
            on_limit=len(ways) - 1,
        )

    def _called(self, step: Page) -> Activity:
        ways = self._paths.certain(step, (ANSWERED, UNANSWERED))
        heard = self._times.heard(step.id, step.role)
        self.supposed.append(heard)
        return self._part(
            step,
            Kind.PAGE,
            ways,
            notices=self._timing(StepKind.PAGE, What.REACTION, step),
            workers=self.staffing.for_step(step, 1),
            heard=heard.per_cent[HEARD] * DRAW_MAX // 100,
            limit_ms=step.within_seconds * 1000,
        )

    def _decided(self, step: Decide) -> Activity:
        """A decision: as its conditions say where a run can know it, and else by its shares."""
        results = parties.shared_results(step)
        shares = self._times.shared(StepKind.DECIDE, step.id, results)
        is_said = shares.name.startswith("steps.")  # then it is believed, whatever was written
        cases = [] if is_said else self._memory.cases(step)
        if not cases or any(len(case.results) > 1 for case in cases):
            self.supposed.append(shares)
        part = self._part(step, Kind.MACHINE, self._paths.shared(shares, step, results))
        if not cases:
            return part
        return msgspec.structs.replace(
            part,
            depends=self._memory.depends(step),
            cases={
                case.known: parts_of(
                    [shares.per_cent.get(one, 0) * (one in case.results) for one in results],
                    certain=results.index(case.results[0]),
                )
                for case in cases
            },
        )

    def _machine(self, step: Look | Gate | Seal | Tell | Call) -> Activity:
        kind = parties.kind_of(step)
        assert kind is not None
        results = parties.shared_results(step)
        ways = self._drawn(kind, step, results)
        takes = self._timing(kind, What.TAKES, step)
        part = self._part(step, Kind.MACHINE, ways, takes=takes)
        if isinstance(step, Seal):
            limit, on_limit = step.seconds * 1000, results.index(INSUFFICIENT)
            return msgspec.structs.replace(part, limit_ms=limit, on_limit=on_limit)
        if isinstance(step, Call) and step.limit_seconds is not None:
            ways.append(self._paths.way(step, LIMIT, 0))
            return msgspec.structs.replace(
                part,
                ways=tuple(ways),
                limit_ms=self._measures.within_ms(step, step.limit_seconds),
                limit_from=self._measures.since(step),
                on_limit=len(ways) - 1,
            )
        return part

    def _part(self, step: Step, kind: Kind, ways: Sequence[Way], **more: object) -> Activity:
        waits = kind in (Kind.PEOPLE, Kind.PAGE)
        role = parties.role_asked(step, self._ruled) if waits else None
        part = Activity(
            id=step.id,
            kind=kind,
            ways=tuple(ways),
            role=self._roles.index(role) if role is not None else -1,
            within=self._numbers.get(self._within.get(step.id, ""), -1),
            begins=self._measures.begins(step.id),
        )
        return msgspec.structs.replace(part, **more)

    def _drawn(self, kind: StepKind, step: Step, results: Sequence[str]) -> list[Way]:
        """The ways between which chance decides, each with its share."""
        shares = self._times.shared(kind, step.id, tuple(results))
        self.supposed.append(shares)
        return self._paths.shared(shares, step, results)

    def _timing(self, kind: StepKind, what: What, step: Step) -> Spread:
        role = parties.role_asked(step, self._ruled)
        timing = self._times.timing(kind, what, step.id, role)
        self.supposed.append(timing)
        return timing.spread


def _is_approved(step: Step) -> bool:
    return isinstance(step, Act) and step.approvals > 0


def _recovery(register: Register | None, plan: Plan) -> int | None:
    systems = register.systems if register is not None else {}
    targets = [systems[name].recovery_target_minutes for name in plan.systems if name in systems]
    return min((one for one in targets if one is not None), default=None)
