"""A way through a plan that keeps clear of what is looked for, or the certainty that there is none.

A parallel step lies on such a way when each of its branches can keep clear. What a sibling does
beside a step is counted neither before nor after it, since nobody knows which comes first. A
counted wait is left by `on_rounds_max` only where a round of it can keep clear as well.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from itertools import pairwise

import msgspec

from tocsin.playbook.dominance import Place
from tocsin.playbook.proof.course import Course, Edge, Exit, Hits
from tocsin.playbook.steps import JOIN, End, Parallel
from tocsin.playbook.ways import DONE, FAILED, ROUNDS

DEPTH_FREE = 40
"""How deep branches may lie in branches to be looked into one from the other."""

BEGUN = "begun"
"""The result of a parallel step on a way that ends inside of it."""

Choice = tuple[str, str]
"""A step and its result."""


class Part(msgspec.Struct, frozen=True):
    """A step on a way with its result; of a parallel step also how each branch went."""

    edge: Edge
    beside: tuple[tuple[Part, ...], ...] = ()


class _Link(msgspec.Struct, frozen=True):
    before: _Link | None
    edge: Edge


Walk = _Link | None
Leaving = dict[Exit, _Link]


class Search:
    """Looks for ways with the fewest steps. What was found once is kept.

    Args:
        hits: what a way must keep clear of.
        closed: results that are taken on no way.
        spent: counted waits of which all rounds may be used up before the way begins.
    """

    def __init__(
        self,
        course: Course,
        hits: Hits,
        closed: frozenset[Choice] = frozenset(),
        spent: frozenset[str] = frozenset(),
    ) -> None:
        self._course, self._hits, self._closed, self._spent = course, hits, closed, spent
        self._when_spent: dict[frozenset[str], Search] = {}
        self._through: dict[Place, Leaving] = {}
        self._returning: dict[str, bool] = {}
        self._from_start: Mapping[str, Walk] = {}
        if course.depth > DEPTH_FREE:
            for place in course.innermost_first:
                self._leaving(place)

    def to(self, name: str) -> list[Part] | None:
        """A way from the beginning to a step, not through it."""
        if not self._from_start:
            self._from_start, _ = self._spread((), {self._course.plan.start: None})
        return self._parts(self._down(self._course.inward(name), self._from_start))

    def to_end(self) -> list[Part] | None:
        """A way from the beginning to any end of a run."""
        return self._parts(_ending(self._leaving(())))

    def on(self, edge: Edge, goal: str = "") -> list[Part] | None:
        """A way that begins with a result of a step, to another step or to any end of a run.

        What came before it need not have kept clear: in a circle, rounds may be used up by then.
        """
        spent = self._course.spent_by(edge.step)
        if spent - self._spent:
            after = Search(self._course, self._hits, self._closed, spent)
            return self._when_spent.setdefault(spent, after).on(edge, goal)
        course, place = self._course, self._course.places[edge.step]
        wanted = {course.places[name]: name for name in course.inward(goal)} if goal else {}
        begun: dict[Edge, Walk] = {edge: None}
        while True:
            starts = {str(e.to): _Link(w, e) for e, w in begun.items() if e.to not in (None, JOIN)}
            exits = {_exit(e): _Link(w, e) for e, w in begun.items() if e.to in (None, JOIN)}
            at, left = self._spread(place, starts, wanted.get(place, ""))
            exits = {**left, **exits}
            if wanted.get(place) in at:
                inward = course.inward(goal)
                return self._parts(self._down(inward[inward.index(wanted[place]) :], at))
            if not place:
                return None if goal else self._parts(_ending(exits))
            outer = place[-1].rpartition("[")[0]
            begun, place = self._let_out(outer, place, exits), course.places[outer]

    def _down(self, inward: list[str], at: Mapping[str, Walk]) -> _Link | _Nowhere | None:
        """The walk to the last of these steps, each inside of the one before.

        Args:
            at: the walks in the region of the first.
        """
        course = self._course
        for name, inner in pairwise([*inward, ""]):
            if name not in at:
                return _NOWHERE
            if inner:
                place = course.places[inner]
                first = course.first(place)
                link = _Link(at[name], Edge(name, BEGUN, first, 0, 0))
                at, _ = self._spread(place, {first: link})
        return at[inward[-1]]

    def _let_out(self, name: str, branch: Place, exits: Leaving) -> dict[Edge, Walk]:
        """How a parallel step ends once one branch has ended so; its siblings end as they like."""
        free = Search(self._course, _no_hit)
        step = self._course.plan.steps[name]
        assert isinstance(step, Parallel)
        siblings = [p for p in self._course.branches(step) if p != branch]
        lost_beside = any(Exit.LOST in free._leaving(place) for place in siblings)
        found: dict[Edge, Walk] = {}
        for edge in self._course.edges[name]:
            if (name, edge.result) in self._closed or self._hits(edge):
                continue
            if edge.result == DONE and Exit.JOIN in exits:
                found[edge] = exits[Exit.JOIN]
            elif edge.result == FAILED and Exit.LOST in exits:
                found[edge] = exits[Exit.LOST]
            elif edge.result == FAILED and lost_beside and Exit.JOIN in exits:
                found[edge] = exits[Exit.JOIN]
        return found

    # one region

    def _leaving(self, place: Place) -> Leaving:
        """How the region can be left from its start."""
        if place not in self._through:
            _, self._through[place] = self._spread(place, {self._course.first(place): None})
        return self._through[place]

    def _spread(
        self, place: Place, begun: Mapping[str, Walk], until: str = "", turning: bool = False
    ) -> tuple[dict[str, Walk], Leaving]:
        """The ways over a region, and out of it; no further once a step is reached.

        Args:
            turning: whether every counted wait may be left by `on_rounds_max`.
        """
        course, exits = self._course, Leaving()
        at = dict(begun)
        ahead = deque(begun)
        while ahead and until not in at:
            name = ahead.popleft()
            if isinstance(course.plan.steps[name], End):
                exits.setdefault(Exit.END, _Link(at[name], Edge(name, _ENDS, None, 0, 0)))
            for edge in course.edges[name]:
                if not (turning and edge.result == ROUNDS) and not self._is_open(edge):
                    continue
                if edge.to in (None, JOIN):
                    exits.setdefault(_exit(edge), _Link(at[name], edge))
                elif edge.to not in at:
                    at[str(edge.to)] = _Link(at[name], edge)
                    ahead.append(str(edge.to))
        return at, exits

    def _is_open(self, edge: Edge) -> bool:
        if (edge.step, edge.result) in self._closed or self._hits(edge):
            return False
        step = self._course.plan.steps[edge.step]
        if isinstance(step, Parallel):
            return self._branches(step, edge.result) is not None
        return edge.result != ROUNDS or edge.step in self._spent or self._returns(edge.step)

    def _branches(self, step: Parallel, result: str) -> list[_Link] | None:
        """How each branch goes when the step ends so; None when one cannot keep clear."""
        each = [self._leaving(place) for place in self._course.branches(step)]
        joined = [b.get(Exit.JOIN) for b in each]
        lost = [b.get(Exit.LOST) for b in each]
        if result == DONE:
            found = joined
        else:
            found = [j or n for j, n in zip(joined, lost, strict=True)]
            failing = next((n for n, one in enumerate(lost) if one), None)
            if failing is None:
                return None
            found[failing] = lost[failing]
        clear = [one for one in found if one is not None]
        return clear if len(clear) == len(found) else None

    def _returns(self, name: str) -> bool:
        """Whether a round of this wait can keep clear and come back to it."""
        if name not in self._returning:
            edge = next(e for e in self._course.edges[name] if self._course.is_round(e))
            begun: dict[str, Walk] = {str(edge.to): None}
            at: Mapping[str, Walk] = {}
            if self._is_open(edge) and edge.to in self._course.circle_of(name):
                at, _ = self._spread(self._course.places[name], begun, name, turning=True)
            self._returning[name] = name in at
        return self._returning[name]

    def _parts(self, walk: _Link | _Nowhere | None) -> list[Part] | None:
        if isinstance(walk, _Nowhere):
            return None
        found: list[Part] = []
        while walk is not None:
            step, beside = self._course.plan.steps[walk.edge.step], list[tuple[Part, ...]]()
            is_passed = isinstance(step, Parallel) and walk.edge.result != BEGUN
            if is_passed and not self._came_out_of(step.id, walk.before):
                assert isinstance(step, Parallel)
                for branch in self._branches(step, walk.edge.result) or ():
                    beside.append(tuple(self._parts(branch) or ()))
            if walk.edge.result != _ENDS:
                found.append(Part(walk.edge, tuple(beside)))
            walk = walk.before
        return found[::-1]

    def _came_out_of(self, name: str, walk: Walk) -> bool:
        """Whether the walk has just left a branch of the parallel step that it began inside of."""
        places = self._course.places
        return (
            walk is not None
            and walk.edge.result != BEGUN
            and len(places[walk.edge.step]) > len(places[name])
        )


class _Nowhere(msgspec.Struct, frozen=True):
    """No way leads there; a way without a step is one."""


_NOWHERE = _Nowhere()
_ENDS = "ends"


def _no_hit(_: Edge) -> bool:
    return False


def _exit(edge: Edge) -> Exit:
    return Exit.JOIN if edge.to == JOIN else Exit.LOST


def _ending(exits: Leaving) -> _Link | _Nowhere:
    found = exits.get(Exit.END) or exits.get(Exit.LOST)
    return found or _NOWHERE
