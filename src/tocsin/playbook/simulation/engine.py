"""The event loop: one run of a network from one start, the same for the same seed on any machine.

Events are taken by time and, at one instant, in the order in which activities stand. Whoever has
noticed a request first is served first; of those who can serve it, the one who can begin earliest
does, and among equals the first to be asked. Nobody is taken from work that has begun, but by the
limit of that work itself.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from heapq import heappop, heappush, heappushpop
from itertools import accumulate

import msgspec

from tocsin.playbook.simulation.calendar import HOUR_MS, Calendar, merged
from tocsin.playbook.simulation.draws import DRAW_MAX, LEVELS, Draws, durations
from tocsin.playbook.simulation.network import (
    CONTAINED,
    LOST,
    PAGE_ROUNDS,
    Activity,
    Kind,
    Network,
    Way,
)

NEVER = -1
_FOREVER = 1 << 62
_PER_LEVEL = DRAW_MAX // LEVELS
_Event = tuple[int, int, int]
"""When, in which activity, and with which result; below 0: one of its people has noticed, the
first of them with the lowest number."""


class Outcome(msgspec.Struct, frozen=True):
    """What became of one run, in milliseconds after its start.

    Args:
        last: the activity that ended the run, or from which no way led on.
        moments: when each moment came, `NEVER` where it did not.
    """

    ended: int
    last: int
    moments: tuple[int, ...]

    @property
    def contained(self) -> int:
        """When an act that stops the harm was seen to have taken effect, or `NEVER`."""
        return self.moments[CONTAINED]


class Waiting(msgspec.Struct):
    """What the activities of one role waited for, and their work, in milliseconds of all runs."""

    hours: int = 0  # until somebody is at work
    notice: int = 0  # until it is seen
    queue: int = 0  # until somebody is free
    work: int = 0


class Engine:
    """Runs a network. What it keeps between runs is the sum of all waiting, by role."""

    def __init__(self, network: Network, seed: int) -> None:
        self.network = network
        self.waiting = [Waiting() for _ in network.roles]
        self._draws = Draws(seed, network.places)
        self._flat = [_Flat(one) for one in network.activities]
        calendars = [
            Calendar(worker.spans, network.overtime_ms) if worker.spans is not None else None
            for worker in network.workers
        ]
        self._calendars = calendars
        self._someone = [_someone(network, one) for one in network.activities]

    def run(self, replication: int, hour: int) -> Outcome:
        """What becomes of the run of this number that starts within the hour that begins then."""
        self._replication = replication
        self._blocks = [self._draws.block(replication, 0)]
        start = hour + self._blocks[0][0] * HOUR_MS // DRAW_MAX
        self._heap: list[_Event] = []
        self._busy = [0] * len(self._calendars)
        self._seen: dict[int, int] = {}
        self._forks: dict[int, list[int]] = {}  # branches that run, and whether one was lost
        self._asked: dict[int, _Asked] = {}
        self._moments = [NEVER] * self.network.moments
        self._memory = [-1] * self.network.slots
        heap = self._heap
        event = self._enter(self.network.start, start)
        while True:
            if event is None:
                event = heappop(heap)
            elif heap:
                event = heappushpop(heap, event)
            now, node, result = event
            if result < 0:
                event = self._serve(now, node, result + self._flat[node].people)
                continue
            to = self._leave(now, node, result)
            if to >= 0:
                event = self._enter(to, now)
            elif self._flat[node].within < 0:
                moments = tuple(at if at < 0 else at - start for at in self._moments)
                return Outcome(now - start, node, moments)
            else:
                event = self._join(now, self._flat[node].within, to)

    def _enter(self, node: int, now: int) -> _Event | None:
        """The next event of an activity that begins; None when all of them stand in the heap."""
        flat = self._flat[node]
        for moment in flat.begins:
            if self._moments[moment] < 0:
                self._moments[moment] = now
        kind = flat.kind
        if kind is Kind.END:
            return now, node, 0
        seen = self._seen.get(node, 0)
        self._seen[node] = seen + 1
        if flat.rounds_max is not None and seen >= flat.rounds_max:
            return now, node, flat.on_rounds
        if kind is Kind.FORK:
            self._fork(node, now)
            return None
        draws = self._block(seen)
        if kind is Kind.MACHINE:
            at = flat.draws_at
            end = now + flat.takes[draws[at + 1] // _PER_LEVEL] if flat.takes else now
            if flat.limit_ms is not None and end > self._deadline(flat, now):
                return self._deadline(flat, now), node, flat.on_limit
            return end, node, bisect_right(self._shares(flat), draws[at])
        if kind is Kind.PEOPLE:
            return self._ask(node, now, draws)
        return self._call(node, now, draws)

    def _shares(self, flat: _Flat) -> list[int]:
        """The cumulated shares of its ways, by what has happened where they depend on that."""
        if not flat.depends:
            return flat.cumulated
        return flat.cases[tuple([self._memory[slot] for slot in flat.depends])]

    def _block(self, visit: int) -> tuple[int, ...]:
        while visit >= len(self._blocks):
            self._blocks.append(self._draws.block(self._replication, len(self._blocks)))
        return self._blocks[visit]

    def _fork(self, node: int, now: int) -> None:
        branches = self._flat[node].branches
        self._forks[node] = [len(branches), 0]
        for branch in branches:
            event = self._enter(branch, now)
            if event is not None:
                heappush(self._heap, event)

    def _join(self, now: int, fork: int, to: int) -> _Event | None:
        """The end of the branches, when this one was the last of them."""
        standing = self._forks[fork]
        standing[0] -= 1
        if to == LOST:
            standing[1] = 1
        return (now, fork, standing[1]) if standing[0] == 0 else None

    def _ask(self, node: int, now: int, draws: Sequence[int]) -> _Event | None:
        """The events at which people notice; or the limit, where it comes before all of them."""
        flat = self._flat[node]
        deadline = self._deadline(flat, now)
        someone = self._someone[node]
        first = now if someone is None else someone.begins(now)
        waiting = self.waiting[flat.role]
        waiting.hours += min(first, deadline) - now
        at, left, event = flat.draws_at + 1, 0, None
        for number in range(flat.people):
            seen = first + flat.notices[draws[at + 2 * number] // _PER_LEVEL]
            if seen >= deadline:
                waiting.notice += max(0, deadline - first)
                continue
            waiting.notice += seen - first
            if event is not None:
                heappush(self._heap, event)
            left, event = left + 1, (seen, node, number - flat.people)
        if event is None:
            return deadline, node, flat.on_limit
        self._asked[node] = _Asked(left, deadline, draws, left < flat.people)
        return event

    def _deadline(self, flat: _Flat, now: int) -> int:
        if flat.limit_ms is None:
            return _FOREVER
        begun = now if flat.limit_from < 0 else self._moments[flat.limit_from]
        return max(now, (now if begun < 0 else begun) + flat.limit_ms)

    def _serve(self, now: int, node: int, number: int) -> _Event | None:
        """Give a request that was noticed to whoever can begin first; its end, after the last."""
        flat, asked = self._flat[node], self._asked[node]
        deadline, draws = asked.deadline, asked.draws
        begin, who = self._earliest(flat.workers, now, asked.taken)
        asked.taken.append(who)
        waiting = self.waiting[flat.role]
        waiting.queue += min(begin, deadline) - now
        if begin < deadline:
            work = flat.takes[draws[flat.draws_at + 2 * (number + 1)] // _PER_LEVEL]
            calendar = self._calendars[who]
            end = begin + work if calendar is None else calendar.ends(begin, work)
            if end > deadline:
                end, asked.is_late = deadline, True
            self._busy[who] = end
            waiting.work += end - begin
            if end > asked.done_at:
                asked.done_at = end
        else:
            asked.is_late = True
        asked.left -= 1
        if asked.left:
            return None
        if asked.is_late:
            return deadline, node, flat.on_limit
        return asked.done_at, node, bisect_right(flat.cumulated, draws[flat.draws_at])

    def _earliest(self, workers: Sequence[int], now: int, taken: Sequence[int]) -> tuple[int, int]:
        best, chosen = _FOREVER, -1
        for who in workers:
            if taken and who in taken:
                continue
            begin = self._busy[who]
            if begin < now:
                begin = now
            calendar = self._calendars[who]
            if calendar is not None:
                begin = calendar.begins(begin)
            if begin < best:
                best, chosen = begin, who
                if begin == now:
                    break
        return best, chosen

    def _call(self, node: int, now: int, draws: Sequence[int]) -> _Event:
        """The first answer to calls in turn, those at work first; or that nobody answered."""
        flat = self._flat[node]
        each = flat.limit_ms or 0
        there = sorted(flat.workers, key=lambda who: not self._at_work(who, now))
        calls = PAGE_ROUNDS * len(there)
        answered = _FOREVER
        for number in range(calls):
            called = now + number * each
            if called >= answered:
                break
            at = flat.draws_at + 2 * number
            if draws[at + 1] < flat.heard or self._at_work(there[number % len(there)], called):
                notice = flat.notices[draws[at] // _PER_LEVEL]
                answered = min(answered, called + notice)
        given_up = now + calls * each
        self.waiting[flat.role].notice += min(answered, given_up) - now
        return (answered, node, 0) if answered <= given_up else (given_up, node, 1)

    def _at_work(self, who: int, at: int) -> bool:
        calendar = self._calendars[who]
        return calendar is None or calendar.begins(at) == at

    def _leave(self, now: int, node: int, result: int) -> int:
        """Note what a result fixes, and where it leads."""
        way = self._flat[node].ways[result]
        for moment in way.marks:
            if self._moments[moment] < 0:
                self._moments[moment] = now
        if way.slot >= 0:
            self._memory[way.slot] = way.value
        if way.stops and self._moments[CONTAINED] < 0 and self._has_stopped(way):
            self._moments[CONTAINED] = now
        return way.to

    def _has_stopped(self, way: Way) -> bool:
        return any(stop < 0 or self._moments[stop] >= 0 for stop in way.stops)


class _Asked:
    """People who have been asked for an activity, and how far they are."""

    __slots__ = ("deadline", "done_at", "draws", "is_late", "left", "taken")

    def __init__(self, left: int, deadline: int, draws: Sequence[int], is_late: bool) -> None:
        self.left, self.deadline, self.draws, self.is_late = left, deadline, draws, is_late
        self.done_at, self.taken = NEVER, list[int]()


class _Flat:
    """An activity with its tables laid out, for speed."""

    __slots__ = ("begins", "branches", "cases", "cumulated", "depends", "draws_at", "heard", "kind",
                 "limit_from", "limit_ms", "notices", "on_limit", "on_rounds", "people", "role",
                 "rounds_max", "takes", "ways", "within", "workers")  # fmt: skip

    def __init__(self, one: Activity) -> None:
        self.kind, self.ways, self.within, self.begins = one.kind, one.ways, one.within, one.begins
        self.cumulated = list(accumulate(way.share for way in one.ways[:-1]))
        self.depends = one.depends
        self.cases = {known: list(accumulate(some[:-1])) for known, some in one.cases.items()}
        self.takes = durations(one.takes) if one.takes is not None else ()
        self.notices = durations(one.notices) if one.notices is not None else ()
        self.heard = one.heard
        self.workers, self.people, self.role = one.workers, one.people, one.role
        self.limit_ms, self.limit_from, self.on_limit = one.limit_ms, one.limit_from, one.on_limit
        self.rounds_max, self.on_rounds = one.rounds_max, one.on_rounds
        self.branches, self.draws_at = one.branches, one.draws_at


def _someone(network: Network, one: Activity) -> Calendar | None:
    """When at least one of those who can do it is at work; None for at any hour."""
    if one.kind is not Kind.PEOPLE:
        return None
    spans = [network.workers[who].spans for who in one.workers]
    known = [span for some in spans if some is not None for span in some]
    return None if None in spans else Calendar(merged(known))
