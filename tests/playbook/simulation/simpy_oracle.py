"""The same model written a second time, on SimPy: people as things that are taken and given back.

Nothing of the event loop is used here, nor of its calendar: each step is a process, people take
requests when they come free or come to work, and pauses at the end of hours are really waited out.
Only the network and its draws are shared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import simpy

from tocsin.playbook.simulation.calendar import HORIZON_MS, HOUR_MS, WEEK_MS
from tocsin.playbook.simulation.draws import DRAW_MAX, Draws, duration
from tocsin.playbook.simulation.network import (
    CONTAINED,
    JOINS,
    LOST,
    PAGE_ROUNDS,
    Activity,
    Kind,
    Network,
)

AFTER_ALL = 9
"""A priority: what is scheduled so happens when all else of this instant has happened."""

Steps = Generator[Any, Any, Any]


@dataclass
class Person:
    spans: tuple[tuple[int, int], ...] | None
    is_free: bool = True

    def works_at(self, at: int) -> bool:
        return self.spans is None or self.span_at(at) is not None

    def span_at(self, at: int) -> tuple[int, int] | None:
        back = 0
        while at - back >= HORIZON_MS:
            back += WEEK_MS
        for begin, end in self.spans or ():
            if begin <= at - back < end:
                return begin + back, min(end, HORIZON_MS) + back
        return None

    def comes_at(self, at: int) -> int:
        while not self.works_at(at):
            back = max(0, -(-(at - HORIZON_MS + 1) // WEEK_MS)) * WEEK_MS
            begins = [b + back for b, _ in self.spans or () if b + back > at]
            # Where none begins before the horizon, look again from the start of the week after it.
            at = min([*begins, HORIZON_MS + back])
        return at


@dataclass
class Request:
    noticed: int
    node: int
    number: int
    workers: tuple[int, ...]
    deadline: int | None
    taken: list[int]
    granted: simpy.Event


@dataclass
class Run:
    network: Network
    block: Any
    start: int
    env: simpy.Environment = field(init=False)

    def __post_init__(self) -> None:
        self.env = simpy.Environment(initial_time=self.start)
        self.people = [Person(w.spans) for w in self.network.workers]
        self.requests: list[Request] = []
        self.visits: Counter[int] = Counter()
        self.moments = [-1] * self.network.moments
        self.remembered: dict[int, int] = {}
        self.queued = self.worked = 0

    # ---- People taking requests ----

    def poke(self, at: int) -> None:
        """Let people look at the requests once all else of that instant has happened."""
        event = simpy.Event(self.env)
        event._ok, event._value = True, None
        event.callbacks.append(lambda _: self.dispatch())
        self.env.schedule(event, priority=AFTER_ALL, delay=at - self.env.now)

    def dispatch(self) -> None:
        now = self.env.now
        for one in sorted(self.requests, key=lambda r: (r.noticed, r.node, r.number)):
            if one.deadline is not None and now >= one.deadline:
                self.requests.remove(one)
                one.granted.succeed(None)
                continue
            free = [
                who
                for who in one.workers
                if self.people[who].is_free
                and self.people[who].works_at(now)
                and who not in one.taken
            ]
            if free:
                self.people[free[0]].is_free = False
                one.taken.append(free[0])
                self.requests.remove(one)
                one.granted.succeed(free[0])
                continue
            for who in one.workers:
                person = self.people[who]
                if person.is_free and not person.works_at(now):
                    self.poke(person.comes_at(now))

    def work(self, person: Person, left: int, deadline: int | None) -> Steps:
        """Work, and rest at the end of hours; True when it was done by the deadline."""
        env = self.env
        while True:
            span = person.span_at(env.now) if person.spans is not None else None
            rests = span is not None and env.now + left > span[1] + self.network.overtime_ms
            pause = span[1] - env.now if rests and span else left
            if deadline is not None and env.now + pause > deadline:
                yield env.timeout(deadline - env.now)
                return False
            yield env.timeout(pause)
            left -= pause
            if not left:
                return True
            comes = person.comes_at(env.now)
            if deadline is not None and comes > deadline:
                yield env.timeout(deadline - env.now)
                return False
            yield env.timeout(comes - env.now)

    # ---- Steps ----

    def deadline_of(self, one: Activity) -> int | None:
        if one.limit_ms is None:
            return None
        now = self.env.now
        since = now if one.limit_from < 0 else self.moments[one.limit_from]
        return max(now, (now if since < 0 else since) + one.limit_ms)

    def machine(self, one: Activity, draws: tuple[int, ...]) -> Steps:
        deadline, left = self.deadline_of(one), 0
        if one.takes is not None:
            left = duration(one.takes, draws[one.draws_at + 1])
        if deadline is not None and left > deadline - self.env.now:
            yield self.env.timeout(deadline - self.env.now)
            return one.on_limit
        yield self.env.timeout(left)
        return None

    def ask(self, node: int, one: Activity, draws: tuple[int, ...]) -> Steps:
        env, deadline = self.env, self.deadline_of(one)
        taken: list[int] = []
        doing = [
            env.process(self.one_person(node, one, draws, number, deadline, taken))
            for number in range(one.people)
        ]
        yield simpy.AllOf(env, doing)
        if all(process.value for process in doing):
            return None
        yield env.timeout((deadline or 0) - env.now)
        return one.on_limit

    def one_person(
        self,
        node: int,
        one: Activity,
        draws: tuple[int, ...],
        number: int,
        deadline: int | None,
        taken: list[int],
    ) -> Steps:
        env = self.env
        first = min(self.people[who].comes_at(env.now) for who in one.workers)
        noticed = first + duration(one.notices, draws[one.draws_at + 1 + 2 * number])
        if deadline is not None and noticed >= deadline:
            return False
        yield env.timeout(noticed - env.now)
        request = Request(noticed, node, number, one.workers, deadline, taken, simpy.Event(env))
        self.requests.append(request)
        self.poke(env.now)
        if deadline is not None:
            self.poke(deadline)
        who = yield request.granted
        self.queued += env.now - noticed
        if who is None:
            return False
        begun = env.now
        left = duration(one.takes, draws[one.draws_at + 2 + 2 * number])
        done = yield from self.work(self.people[who], left, deadline)
        self.worked += env.now - begun
        self.people[who].is_free = True
        self.poke(env.now)
        return done

    def call(self, one: Activity, draws: tuple[int, ...]) -> Steps:
        env, each = self.env, one.limit_ms
        there = [who for who in one.workers if self.people[who].works_at(env.now)]
        there += [who for who in one.workers if who not in there]
        answered = simpy.Event(env)

        def rings(notice: int) -> Steps:
            yield env.timeout(notice)
            if not answered.triggered:
                answered.succeed()

        def calling() -> Steps:
            for number in range(PAGE_ROUNDS * len(there)):
                if answered.triggered:
                    return
                notice, luck = draws[one.draws_at + 2 * number : one.draws_at + 2 * number + 2]
                if self.people[there[number % len(there)]].works_at(env.now) or luck < one.heard:
                    env.process(rings(duration(one.notices, notice)))
                yield env.timeout(each)

        given_up = env.now + PAGE_ROUNDS * len(there) * each
        process = env.process(calling())
        yield simpy.AnyOf(env, [answered, process])
        if env.now < given_up or answered.triggered:
            return 0
        # An answer may still come at this very instant; it counts.
        event = simpy.Event(env)
        event._ok, event._value = True, None
        env.schedule(event, priority=AFTER_ALL)
        yield event
        return 0 if answered.triggered else 1

    def branch(self, node: int) -> Steps:
        """Walk from a step until the branch ends; where it ended and how."""
        env, net = self.env, self.network
        while True:
            one = net.activities[node]
            for moment in one.begins:
                self.fix(moment)
            if one.kind is Kind.END:
                return node, one.ways[0].to
            visit = self.visits[node]
            self.visits[node] += 1
            draws = self.block(visit)
            result: int | None = None
            if one.rounds_max is not None and visit >= one.rounds_max:
                result = one.on_rounds
            elif one.kind is Kind.FORK:
                inner = [env.process(self.branch(b)) for b in one.branches]
                yield simpy.AllOf(env, inner)
                result = int(any(process.value[1] == LOST for process in inner))
            elif one.kind is Kind.PEOPLE:
                result = yield from self.ask(node, one, draws)
            elif one.kind is Kind.PAGE:
                result = yield from self.call(one, draws)
            else:
                result = yield from self.machine(one, draws)
            if result is None:
                result = self.chosen(one, draws[one.draws_at])
            way = one.ways[result]
            for moment in way.marks:
                self.fix(moment)
            if way.slot != -1:
                self.remembered[way.slot] = way.value
            if any(stop < 0 or self.moments[stop] >= 0 for stop in way.stops):
                self.fix(CONTAINED)
            if way.to in (JOINS, LOST):
                return node, way.to
            node = way.to

    def chosen(self, one: Activity, draw: int) -> int:
        shares = [way.share for way in one.ways]
        if one.depends:
            shares = list(one.cases[tuple(self.remembered.get(slot, -1) for slot in one.depends)])
        for number, share in enumerate(shares[:-1]):
            if draw < share:
                return number
            draw -= share
        return len(shares) - 1

    def fix(self, moment: int) -> None:
        if self.moments[moment] < 0:
            self.moments[moment] = self.env.now


def run(network: Network, seed: int, replication: int, hour: int) -> dict[str, Any]:
    """What the second writing says becomes of a run."""
    draws = Draws(seed, network.places)
    start = hour + draws.block(replication, 0)[0] * HOUR_MS // DRAW_MAX
    one = Run(network, lambda visit: draws.block(replication, visit), start)
    trunk = one.env.process(one.branch(network.start))
    last, _ = one.env.run(until=trunk)
    return {
        "ended": one.env.now - start,
        "last": last,
        "moments": tuple(at if at < 0 else at - start for at in one.moments),
        "queued": one.queued,
        "worked": one.worked,
    }
