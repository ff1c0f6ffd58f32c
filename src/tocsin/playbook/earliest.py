"""How soon a step can begin when all goes as fast as the plan lets it: only what must pass passes.

People answer at once and no act takes time; waits last. With another measure of each step the same
walk gives the least of that: of the limits along the best way, say. The plan has no mistake of
shape.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping

from tocsin.playbook.dominance import Place, around, inside, places_of
from tocsin.playbook.plan import Plan
from tocsin.playbook.steps import JOIN, Parallel, Step, Wait
from tocsin.playbook.ways import ways_out

Measure = Callable[[Step], int]


def waited(step: Step) -> int:
    """The seconds that a step takes at least."""
    return step.seconds if isinstance(step, Wait) else 0


def least_seconds(
    plan: Plan, measure: Measure = waited, since: str | None = None
) -> Mapping[str, int]:
    """For each step that can be reached: the least seconds until it begins.

    Args:
        since: counted from the end of this step; else from the start of the run.
    """
    return _Walk(plan, measure).found(since)


class _Walk:
    def __init__(self, plan: Plan, measure: Measure) -> None:
        self._plan, self._measure = plan, measure
        self._places, _ = places_of(plan)
        self._at: dict[str, int] = {}
        self._joined: dict[Place, int] = {}
        self._onward: list[tuple[int, str]] = []

    def found(self, since: str | None) -> Mapping[str, int]:
        if since is None:
            self._arrive(self._plan.start, 0)
        else:
            step = self._plan.steps[since]
            for _, to in ways_out(step):
                self._lead(step, to, 0)
        while self._onward:
            at, name = heapq.heappop(self._onward)
            if at == self._at[name]:
                self._go_on(self._plan.steps[name], at)
        return self._at

    def _arrive(self, name: str, at: int) -> None:
        if at < self._at.get(name, at + 1):
            self._at[name] = at
            heapq.heappush(self._onward, (at, name))

    def _go_on(self, step: Step, at: int) -> None:
        if isinstance(step, Parallel):
            for first in step.branches:
                self._arrive(first, at)
            if step.on_failure is not None:
                self._lead(step, step.on_failure, at)
            return
        seconds = self._measure(step)
        for field, to in ways_out(step):
            rounds = (isinstance(step, Wait) and step.rounds_max) or 1
            self._lead(step, to, at + seconds * (rounds if field == "on_rounds_max" else 1))

    def _lead(self, step: Step, to: str, at: int) -> None:
        if to != JOIN:
            self._arrive(to, at)
            return
        place = self._places[step.id]
        if at >= self._joined.get(place, at + 1):
            return
        self._joined[place] = at
        outer = around(self._plan, place)
        begun = outer.id in self._at
        branches = [inside(outer, n, place[:-1]) for n in range(len(outer.branches))]
        each = [self._joined.get(one, None if begun else 0) for one in branches]
        known = [one for one in each if one is not None]
        if len(known) == len(each):
            self._lead(outer, outer.next, max(known))
