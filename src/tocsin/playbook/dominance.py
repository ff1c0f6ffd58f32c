"""What lies behind a step on every way to it, and what lies ahead of it on every way to an end.

One analysis for everybody who must know what surely happened before, or surely will afterwards:
nothing is counted that one way goes around, and the branches of a parallel step count together,
because what follows them begins when all have ended. The plan has no mistake of shape.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping

from tocsin.playbook.plan import Plan
from tocsin.playbook.steps import JOIN, Parallel, Step
from tocsin.playbook.ways import ROUNDS, results_of, target_of, ways_out

Place = tuple[str, ...]
"""In which branch a step stands: the steps and branches that lead to it, the outermost first."""

Brings = Callable[[Step, str], Iterable[str]]
"""What has happened when a step is left through one of its fields, such as "next": any words."""

LOST = ""
"""The field of a result to which the plan has no answer: there a run, or its branch, fails."""


def places_of(plan: Plan) -> tuple[dict[str, Place], list[str]]:
    """Where each step stands that can be reached, and the steps that two branches lead to."""
    places: dict[str, Place] = {}
    clashes: list[str] = []
    onward: list[tuple[str, Place]] = [(plan.start, ())]
    while onward:
        name, place = onward.pop()
        if name in places:
            if places[name] != place:
                clashes.append(name)
            continue
        places[name] = place
        step = plan.steps[name]
        onward += [(to, place) for _, to in ways_out(step) if to != JOIN]
        if isinstance(step, Parallel):
            onward += [(to, inside(step, n, place)) for n, to in enumerate(step.branches)]
    return places, clashes


def inside(step: Parallel, number: int, place: Place) -> Place:
    """Where the steps of one of its branches stand."""
    return (*place, f"{step.id}[{number}]")


def around(plan: Plan, place: Place) -> Parallel:
    """The step whose branch ends there; the place is inside of one."""
    step = plan.steps[place[-1].rpartition("[")[0]]
    assert isinstance(step, Parallel)
    return step


def is_lost_by(step: Step) -> bool:
    """Whether the step has a result to which the plan has no answer."""
    return any(target_of(step, result) is None for result in results_of(step) - {ROUNDS})


def behind(plan: Plan, brings: Brings, takes: Brings | None = None) -> Mapping[str, frozenset[str]]:
    """For each step that can be reached: what every way to it has brought when it begins.

    Args:
        takes: what leaving a step takes back of what was brought before.
    """
    return _Behind(plan, brings, takes or _nothing).found()


def ahead(plan: Plan, brings: Brings) -> Mapping[str, frozenset[str]]:
    """For each step that can be reached: what it and every way from it to an end surely bring.

    A run that fails because the plan has no answer brings nothing more.
    """
    return _Ahead(plan, brings).found()


def ended_before(plan: Plan) -> Mapping[str, frozenset[str]]:
    """For each step: the steps that have surely ended, with whatever result, when it begins."""
    return behind(plan, lambda step, _: (step.id,))


def ended_after(plan: Plan) -> Mapping[str, frozenset[str]]:
    """For each step: itself and the steps that surely end from there on, on every way to an end."""
    return ahead(plan, lambda step, _: (step.id,))


def _nothing(_: Step, __: str) -> Iterable[str]:
    return ()


class _Words:
    """Sets of words as whole numbers, a bit for each: a thousand steps are compared at once."""

    def __init__(self, brings: Brings) -> None:
        self._brings = brings
        self._bits: dict[str, int] = {}

    def brought(self, step: Step, field: str) -> int:
        return self.of(self._brings(step, field))

    def of(self, words: Iterable[str]) -> int:
        found = 0
        for word in words:
            found |= 1 << self._bits.setdefault(word, len(self._bits))
        return found

    def spelled(self, bits: int) -> frozenset[str]:
        return frozenset(word for word, n in self._bits.items() if bits >> n & 1)


class _Behind:
    """Follows every way from the start, in an order in which most steps are seen once."""

    def __init__(self, plan: Plan, brings: Brings, takes: Brings) -> None:
        self._plan, self._takes, self._words = plan, takes, _Words(brings)
        self._places, _ = places_of(plan)
        self._rank = {name: n for n, name in enumerate(reversed(_last_first(plan, self._places)))}
        self._at: dict[str, int] = {}
        self._joined: dict[Place, int] = {}
        self._onward: list[tuple[int, str]] = []

    def found(self) -> Mapping[str, frozenset[str]]:
        self._arrive(self._plan.start, 0)
        while self._onward:
            _, name = heapq.heappop(self._onward)
            self._go_on(self._plan.steps[name], self._at[name])
        return {name: self._words.spelled(bits) for name, bits in self._at.items()}

    def _arrive(self, name: str, brought: int) -> None:
        known = self._at.get(name)
        here = brought if known is None else known & brought
        if here != known:
            self._at[name] = here
            heapq.heappush(self._onward, (self._rank[name], name))

    def _go_on(self, step: Step, here: int) -> None:
        if not isinstance(step, Parallel):
            for field, to in ways_out(step):
                self._lead(step, field, to, here)
            return
        for first in step.branches:
            self._arrive(first, here)
        if step.on_failure is not None:
            self._lead(step, "on_failure", step.on_failure, here)
        self._leave(step)

    def _lead(self, step: Step, field: str, to: str, here: int) -> None:
        carried = here & ~self._words.of(self._takes(step, field))
        carried |= self._words.brought(step, field)
        if to != JOIN:
            self._arrive(to, carried)
            return
        place = self._places[step.id]
        known = self._joined.get(place)
        self._joined[place] = carried if known is None else known & carried
        self._leave(around(self._plan, place))

    def _leave(self, step: Parallel) -> None:
        """Go on after branches, with what any of them brought: all of them have ended."""
        outer = self._places[step.id]
        each = [self._joined.get(inside(step, n, outer)) for n in range(len(step.branches))]
        brought = 0
        for one in each:
            if one is None:
                return
            brought |= one
        self._lead(step, "next", step.next, brought)


class _Ahead:
    """Begins with all that could be brought, and strikes out what one way does not bring."""

    def __init__(self, plan: Plan, brings: Brings) -> None:
        self._plan, self._words = plan, _Words(brings)
        self._places, _ = places_of(plan)
        self._failing = _failing(plan, self._places)
        self._at: dict[str, int] = {}

    def found(self) -> Mapping[str, frozenset[str]]:
        order = _last_first(self._plan, self._places)
        every = 0
        for name in order:
            step = self._plan.steps[name]
            for field in (LOST, *(field for field, _ in ways_out(step))):
                every |= self._words.brought(step, field)
        self._at = dict.fromkeys(order, every)
        changed = True
        while changed:
            changed = False
            for name in order:
                here = self._from(self._plan.steps[name])
                changed = changed or here != self._at[name]
                self._at[name] = here
        return {name: self._words.spelled(bits) for name, bits in self._at.items()}

    def _from(self, step: Step) -> int:
        if isinstance(step, Parallel):
            brought = 0
            for first in step.branches:
                brought |= self._at[first]
            return brought
        place = self._places[step.id]
        ways = [self._way(step, field, to, place) for field, to in ways_out(step)]
        if is_lost_by(step):
            ways.append(self._words.brought(step, LOST) | self._lost(place))
        if not ways:
            return self._words.brought(step, LOST)  # an end
        return _in_all(ways)

    def _way(self, step: Step, field: str, to: str, place: Place) -> int:
        brought = self._words.brought(step, field)
        return brought | (self._at[to] if to != JOIN else self._joined(place))

    def _joined(self, place: Place) -> int:
        """What follows a branch that has ended well; a sibling may have failed meanwhile."""
        step = around(self._plan, place)
        on = self._way(step, "next", step.next, self._places[step.id])
        if step.on_failure is None and step.id not in self._failing:
            return on
        return on & self._lost(place)

    def _lost(self, place: Place) -> int:
        """What follows a result to which the plan has no answer: nothing, outside of branches."""
        if not place:
            return 0
        step, outer = around(self._plan, place), self._places[place[-1].rpartition("[")[0]]
        if step.on_failure is not None:
            return self._way(step, "on_failure", step.on_failure, outer)
        return self._words.brought(step, LOST) | self._lost(outer)


def _in_all(ways: list[int]) -> int:
    shared = ways[0]
    for one in ways[1:]:
        shared &= one
    return shared


def _failing(plan: Plan, places: Mapping[str, Place]) -> frozenset[str]:
    """The parallel steps of which a branch can fail."""
    found: set[str] = set()
    for name, place in places.items():
        step = plan.steps[name]
        if isinstance(step, Parallel) or not is_lost_by(step):
            continue
        for depth in range(len(place), 0, -1):  # outwards, as far as the failure is not answered
            outer = around(plan, place[:depth])
            found.add(outer.id)
            if outer.on_failure is not None:
                break
    return frozenset(found)


def _last_first(plan: Plan, places: Mapping[str, Place]) -> list[str]:
    """The steps so that, circles apart, each stands behind all that follow it."""
    return last_first([plan.start], lambda name: _following(plan, places, name))


def last_first(firsts: Iterable[str], onward: Callable[[str], Iterable[str]]) -> list[str]:
    """What is reached from these so that, circles apart, each stands behind all that follow it."""
    found: list[str] = []
    seen: set[str] = set()
    for first in firsts:
        if first in seen:
            continue
        seen.add(first)
        path: list[tuple[str, Iterator[str]]] = [(first, iter(onward(first)))]
        while path:
            name, rest = path[-1]
            to = next((one for one in rest if one not in seen), None)
            if to is None:
                found.append(name)
                path.pop()
            else:
                seen.add(to)
                path.append((to, iter(onward(to))))
    return found


def _following(plan: Plan, places: Mapping[str, Place], name: str) -> Iterator[str]:
    step, place = plan.steps[name], places[name]
    if isinstance(step, Parallel):
        yield from step.branches
        yield from (to for _, to in ways_out(step) if to != JOIN)
        return
    for _, to in ways_out(step):
        depth = len(place)
        while to == JOIN:
            outer = around(plan, place[:depth])
            to, depth = outer.next, depth - 1
        yield to
