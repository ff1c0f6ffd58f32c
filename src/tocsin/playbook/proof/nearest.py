"""The shortest ways through a plan, when everybody answers at once: never more than any run takes.

A counted wait is left by `on_rounds_max` only after all its rounds, each as short as it can be.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping

from tocsin.playbook.dominance import Place
from tocsin.playbook.proof.course import Course, Edge, Exit, Far, between
from tocsin.playbook.proof.walks import Link, Reached
from tocsin.playbook.steps import JOIN, End, Parallel
from tocsin.playbook.ways import DONE, FAILED, ROUNDS


class Nearest:
    """How soon each step can begin, and each region can be left.

    Args:
        exits: by region, the shortest walk to each way of leaving it.
    """

    def __init__(self, course: Course) -> None:
        self._course = course
        self._composed: dict[tuple[str, str], float] = {}
        self._turns: dict[str, float] = {}
        self.exits: dict[Place, dict[Exit, Reached]] = {}
        self._at: dict[str, Reached] = {}
        for place in course.innermost_first:
            for name in course.regions[place]:
                step = course.plan.steps[name]
                if isinstance(step, Parallel):
                    self._compose(step)
            at, self.exits[place] = self._spread(place, {course.first(place): 0.0})
            self._at |= at

    def composed(self, step: str, result: str) -> float:
        """How soon a parallel step can end so; below 0 when it cannot."""
        return self._composed.get((step, result), -1.0)

    def arrival(self, name: str) -> float:
        """How soon after the run's beginning the step can begin."""
        return sum(self._at[one].length for one in self._course.inward(name) if one in self._at)

    def from_end_of(self, one: str, other: str) -> float | None:
        """The shortest way from the end of a step to the beginning of another.

        From a step in a circle, whose rounds may be used up by then, rounds and branches count 0.
        """
        circling = bool(self._course.spent_by(one))

        def spread(place: Place, begun: Mapping[str, float], until: str) -> Far:
            at, exits = self._spread(place, begun, until, circling, circling)
            return {n: r.length for n, r in at.items()}, {e: r.length for e, r in exits.items()}

        return between(self._course, one, other, spread)

    def _compose(self, step: Parallel) -> None:
        branches = [self.exits[place] for place in self._course.branches(step)]
        far = float("inf")
        joined = [b[Exit.JOIN].length if Exit.JOIN in b else far for b in branches]
        lost = [b[Exit.LOST].length if Exit.LOST in b else far for b in branches]
        if max(joined) < far:
            self._composed[(step.id, DONE)] = max(joined)
        over = [min(pair) for pair in zip(joined, lost, strict=True)]
        if min(lost) < far and max(over) < far:
            self._composed[(step.id, FAILED)] = max(over)

    def _length(self, edge: Edge) -> float:
        if isinstance(self._course.plan.steps[edge.step], Parallel):
            return self.composed(edge.step, edge.result)
        return edge.best

    def _spread(
        self,
        place: Place,
        begun: Mapping[str, float],
        until: str = "",
        turning: bool = False,
        circling: bool = False,
    ) -> tuple[dict[str, Reached], dict[Exit, Reached]]:
        """The shortest ways over a region.

        Args:
            until: a step behind which nothing is asked for.
            turning: leave out what rounds take.
            circling: leave out what branches take.
        """
        course, exits = self._course, dict[Exit, Reached]()
        at: dict[str, Reached] = {}
        ahead = [(far, n, name, None) for n, (name, far) in enumerate(begun.items())]
        order: list[tuple[float, int, str, Link | None]] = list(ahead)
        heapq.heapify(order)
        count = len(order)
        while order:
            far, _, name, walk = heapq.heappop(order)
            if name in at:
                continue
            at[name] = Reached(far, walk)
            if name == until:
                break
            if isinstance(course.plan.steps[name], End):
                exits.setdefault(Exit.END, at[name])
            for edge in course.edges[name]:
                length = self._length(edge)
                if circling and isinstance(course.plan.steps[name], Parallel):
                    length = min(length, 0.0)
                if edge.result == ROUNDS and not turning:
                    length = self._turned(edge.step, place)
                if length < 0:
                    continue
                onward = Reached(far + length, Link(walk, edge))
                if edge.to in (None, JOIN):
                    exit = Exit.JOIN if edge.to else Exit.LOST
                    if exit not in exits or onward.length < exits[exit].length:
                        exits[exit] = onward
                elif str(edge.to) not in at:
                    count += 1
                    heapq.heappush(order, (onward.length, count, str(edge.to), onward.walk))
        return at, exits

    def _turned(self, name: str, place: Place) -> float:
        """How long all rounds of a wait take at least; below 0 when it is never reached again."""
        if name not in self._turns:
            edge = next(e for e in self._course.edges[name] if e.result == DONE)
            at = dict[str, Reached]()
            if edge.to not in (None, JOIN):
                at, _ = self._spread(place, {str(edge.to): 0.0}, until=name, turning=True)
            lap = at[name].length + edge.best if name in at else -1.0
            self._turns[name] = self._course.rounds_max(name) * lap
        return self._turns[name]


def measured(course: Course) -> Nearest:
    """Write into the course what its parallel steps take, at best and at worst."""
    from tocsin.playbook.proof.walks import Measure, Walks

    near, far = Nearest(course), Walks(course, Measure.WORST)
    for name in course.places:
        if isinstance(course.plan.steps[name], Parallel):
            course.edges[name] = tuple(
                Edge(name, e.result, e.to, near.composed(name, e.result),
                     far.composed(name, e.result))
                for e in course.edges[name]
                if near.composed(name, e.result) >= 0
            )  # fmt: skip
    return near
