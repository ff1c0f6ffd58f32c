"""The plan as a map of ways: regions (the trunk, and each branch), their steps, and where each
possible result leads, with the seconds it takes at best and at worst.

Every result of a step is possible, whatever a condition says: that is the abstraction of the proof.
A parallel step is one step of its region, which takes as long as its longest branch.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property

import msgspec

from tocsin.playbook.dominance import Place, ended_before, inside, places_of
from tocsin.playbook.plan import Plan
from tocsin.playbook.proof.circles import components, in_order
from tocsin.playbook.proof.spans import Allowances, longest, possible, shortest
from tocsin.playbook.steps import JOIN, NamedMoment, Parallel, Step, Wait
from tocsin.playbook.ways import DONE, target_of


class Exit(enum.Enum):
    """How a walk leaves its region."""

    JOIN = "join"  # the branch has ended well
    LOST = "lost"  # by a result to which the plan has no answer
    END = "end"  # an end of the plan
    HIT = "hit"  # it met what is looked for


class Edge(msgspec.Struct, frozen=True):
    """A result of a step, where it leads (a step, `JOIN`, or None where the run fails), and when.

    Args:
        best, worst: seconds from the step's beginning to this result.
    """

    step: str
    result: str
    to: str | None
    best: float
    worst: float


Hits = Callable[[Edge], bool]
"""Whether an edge brings what is looked for."""


def no_hit(_: Edge) -> bool:
    """Nothing is looked for."""
    return False


class Course:
    """A plan without a mistake of shape, as regions, steps and edges. Reading it changes nothing.

    Args:
        edges: by step, one for each possible result. What parallel steps take is their branches'
            affair; `measured` writes it here.
        rank: an order of the steps in which, circles apart, each stands before what follows it.
    """

    def __init__(self, plan: Plan, allowed: Allowances) -> None:
        self.plan, self.allowed = plan, allowed
        self.places, _ = places_of(plan)
        self.regions: dict[Place, list[str]] = {}
        for name, place in self.places.items():
            self.regions.setdefault(place, []).append(name)
        self.edges: dict[str, Sequence[Edge]] = {
            name: tuple(self._of(plan.steps[name])) for name in self.places
        }
        self._circles: dict[str, frozenset[str]] = {}
        self._turning: list[tuple[str, frozenset[str]]] | None = None
        self.rank = {name: n for n, name in enumerate(self._order())}

    @cached_property
    def _surely_before(self) -> Mapping[str, frozenset[str]]:
        return ended_before(self.plan)

    def _of(self, step: Step) -> Iterator[Edge]:
        moment = step.counted_from
        moving = moment in (NamedMoment.AWARE.value, NamedMoment.FOUND.value) or (
            moment in self.places and moment not in self._surely_before[step.id]
        )
        for result in possible(step):
            worst = longest(step, result, self.allowed, moving)
            yield Edge(step.id, result, target_of(step, result), shortest(step, result), worst)

    def _order(self) -> Iterator[str]:
        for names in self.regions.values():
            onward = {n: [str(e.to) for e in self.edges[n]
                          if e.to not in (None, JOIN) and not self.is_round(e)]
                      for n in names}  # fmt: skip
            yield from in_order(names, onward)

    def first(self, place: Place) -> str:
        """The step with which a region begins."""
        if not place:
            return self.plan.start
        name, _, number = place[-1].rpartition("[")
        step = self.plan.steps[name]
        assert isinstance(step, Parallel)
        return step.branches[int(number.removesuffix("]"))]

    def branches(self, step: Parallel) -> list[Place]:
        """The regions of its branches."""
        place = self.places[step.id]
        return [inside(step, n, place) for n in range(len(step.branches))]

    def rounds_max(self, name: str) -> int:
        """How many rounds the step may begin in a run; 0 where it is no wait that counts them."""
        step = self.plan.steps[name]
        return (step.rounds_max or 0) if isinstance(step, Wait) else 0

    def is_round(self, edge: Edge) -> bool:
        """Whether this edge begins another round."""
        return edge.result == DONE and self.rounds_max(edge.step) > 0

    @property
    def depth(self) -> int:
        """How deep branches lie in branches."""
        return max(len(place) for place in self.regions)

    def circle_of(self, name: str) -> frozenset[str]:
        """The steps from which one comes back to this one, and to which one comes from it."""
        if not self._circles:
            for names in self.regions.values():
                onward = {n: [str(e.to) for e in self.edges[n] if e.to not in (None, JOIN)]
                          for n in names}  # fmt: skip
                for group in components(onward, names):
                    self._circles |= dict.fromkeys(group, frozenset(group))
        return self._circles[name]

    def spent_by(self, name: str) -> frozenset[str]:
        """The counted waits whose rounds may be used up when the step ends: those in a circle with
        it, and those in branches that such a circle comes through again."""
        if self._turning is None:
            self._turning = [(wait, self._circles_around(wait)) for wait in self.places
                             if self.rounds_max(wait)]  # fmt: skip
        around = frozenset(self.inward(name))
        return frozenset(wait for wait, circle in self._turning if circle & around)

    def _circles_around(self, name: str) -> frozenset[str]:
        circles = [self.circle_of(one) for one in self.inward(name)]
        return frozenset().union(*(c for c in circles if len(c) > 1 or self._is_own_circle(c)))

    def _is_own_circle(self, circle: frozenset[str]) -> bool:
        return any(edge.to in circle for name in circle for edge in self.edges[name])

    def inward(self, name: str) -> list[str]:
        """The parallel steps around a step, the outermost first, and the step itself."""
        found = [name]
        while place := self.places[found[-1]]:
            found.append(place[-1].rpartition("[")[0])
        return found[::-1]

    @property
    def innermost_first(self) -> list[Place]:
        """All regions, each behind those that lie inside of it."""
        return sorted(self.regions, key=len, reverse=True)


Far = tuple[Mapping[str, float], Mapping[Exit, float]]
"""How far it is to the steps of a region, and to its exits."""

Spreading = Callable[[Place, Mapping[str, float], str], Far]
"""How far all is in a region where walks begin at some of its steps, at given instants; behind the
step that is named nothing is asked for."""


def between(course: Course, one: str, other: str, spread: Spreading) -> float | None:
    """How far it is from the end of a step to the beginning of another; None if no way leads there.

    What the siblings of a branch take meanwhile is left out.
    """
    wanted = {course.places[name]: name for name in course.inward(other)}
    sources = {str(e.to): 0.0 for e in course.edges[one] if e.to not in (None, JOIN)}
    exits = {Exit.JOIN: 0.0} if any(e.to == JOIN for e in course.edges[one]) else {}
    if any(e.to is None for e in course.edges[one]):
        exits[Exit.LOST] = 0.0
    place = course.places[one]
    while True:
        target = wanted.get(place)
        at, left = spread(place, sources, target or "")
        if target is not None and target in at:
            return at[target] + _down(course, target, other, spread)
        if not place:
            return None
        over = [far for exit in (Exit.JOIN, Exit.LOST) for far in
                (left.get(exit), exits.get(exit)) if far is not None]  # fmt: skip
        if not over:
            return None
        outer = place[-1].rpartition("[")[0]
        far, place = min(over), course.places[outer]
        sources = {str(e.to): far for e in course.edges[outer] if e.to not in (None, JOIN)}
        exits = {Exit.JOIN if e.to == JOIN else Exit.LOST: far
                 for e in course.edges[outer] if e.to in (None, JOIN)}  # fmt: skip


def _down(course: Course, outer: str, name: str, spread: Spreading) -> float:
    """From the beginning of a parallel step to the beginning of a step inside of it."""
    found, inward = 0.0, course.inward(name)
    for one in inward[inward.index(outer) + 1 :]:
        place = course.places[one]
        at, _ = spread(place, {course.first(place): 0.0}, one)
        found += at.get(one, 0.0)
    return found
