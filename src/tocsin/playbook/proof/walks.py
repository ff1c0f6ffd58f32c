"""The longest walk through a plan that keeps clear of what is looked for, in time linear-ish in it.

Apart from the rounds of counted waits the steps of a region form no circle. A wait begins at most
`rounds_max` rounds in a whole run, so a circle with one such wait is measured exactly; where
several waits share a circle, each round counts as the longest of that wait: never less than any run
takes.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from tocsin.playbook.dominance import Place
from tocsin.playbook.proof.circles import components
from tocsin.playbook.proof.course import Course, Edge, Exit, Far, Hits, between, no_hit
from tocsin.playbook.steps import JOIN, End, Parallel
from tocsin.playbook.ways import DONE, FAILED, ROUNDS


class Measure(enum.Enum):
    """By what a walk is long."""

    WORST = "seconds, when everybody answers last"
    BEST = "seconds, when everybody answers at once"
    STEPS = "steps that end"


class Rounds(msgspec.Struct, frozen=True):
    """All rounds of one circle, walked one after another: by wait, how many."""

    waits: tuple[tuple[str, int], ...]
    length: float


class Link(NamedTuple):
    """The last piece of a walk, and the walk before it."""

    before: Link | None
    piece: Edge | Rounds
    tail: Link | None = None  # walked behind the piece


class Reached(NamedTuple):
    """How long the longest walk to somewhere is, and the walk."""

    length: float
    walk: Link | None = None


Reaching = dict[str, Reached]
_Map = tuple[Mapping[str, Sequence[Edge]], list[list[str]], Mapping[str, int]]
"""Of a region: the edges that can be taken, the groups in their order, and the place of each step
in it."""

NOWHERE = Reached(-1.0)


def pieces(walk: Link | None) -> list[Edge | Rounds]:
    """A walk from its beginning."""
    found: list[Edge | Rounds] = []
    while walk is not None:
        found += reversed(pieces(walk.tail)) if walk.tail else ()
        found.append(walk.piece)
        walk = walk.before
    return found[::-1]


class Walks:
    """The longest walks from the start of each region, clear of hits, and to the first hit.

    Args:
        exits: by region, the longest walk to each way of leaving it; what cannot be is not there.
    """

    def __init__(self, course: Course, measure: Measure, hits: Hits = no_hit) -> None:
        self._course, self._measure, self._hits = course, measure, hits
        self._composed: dict[tuple[str, str], float] = {}
        self._maps: dict[Place, _Map] = {}
        self.exits: dict[Place, dict[Exit, Reached]] = {}
        self._at: Reaching = {}
        for place in course.innermost_first:
            for name in course.regions[place]:
                step = course.plan.steps[name]
                if isinstance(step, Parallel):
                    self._compose(step)
            at, self.exits[place] = self._spread_over(place, {course.first(place): Reached(0.0)})
            self._at |= at

    def longest(self, *exits: Exit) -> Reached:
        """The longest walk of a whole run that leaves by one of these; `NOWHERE` if none does."""
        return max((self.exits[()].get(one, NOWHERE) for one in exits), key=_by_length)

    def arrival(self, name: str) -> Reached:
        """The longest walk to the beginning of a step, with the walks to the steps around it."""
        length, walk = 0.0, None
        for one in self._course.inward(name):
            here = self._at.get(one, NOWHERE)
            if here is NOWHERE:
                return NOWHERE
            length += here.length
            for piece in pieces(here.walk):
                walk = Link(walk, piece)
        return Reached(length, walk)

    def composed(self, step: str, result: str) -> float:
        """How long a parallel step is when it ends so; below 0 when it cannot."""
        return self._composed.get((step, result), -1.0)

    def from_end_of(self, one: str, other: str) -> float | None:
        """The longest way from the end of a step to the beginning of another; None if none leads
        there."""

        def spread(place: Place, begun: Mapping[str, float], until: str) -> Far:
            reached = {n: Reached(far) for n, far in begun.items()}
            at, exits = self._spread_over(place, reached, until)
            return {n: r.length for n, r in at.items()}, {e: r.length for e, r in exits.items()}

        return between(self._course, one, other, spread)

    # one region

    def _spread_over(
        self, place: Place, begun: Reaching, until: str = ""
    ) -> tuple[Reaching, dict[Exit, Reached]]:
        """The longest walks over a region from steps at which walks begin, and out of it.

        Args:
            until: a step behind which nothing is asked for.
        """
        at, exits = dict(begun), dict[Exit, Reached]()
        if place not in self._maps:
            self._maps[place] = self._map_of(place)
        clear, groups, index = self._maps[place]
        first = min((index[name] for name in begun), default=len(groups))
        last = index.get(until, len(groups))
        for group in groups[first : last + 1]:
            if not any(name in at for name in group):
                continue
            turned: Reaching = {}
            if len(group) > 1 or any(edge.to == group[0] for edge in clear[group[0]]):
                turned = self._turn(group, clear, at)
            for name in group:
                if name in at:
                    self._leave(name, frozenset(group), at, turned, exits)
        return at, exits

    def _map_of(self, place: Place) -> _Map:
        """The steps of a region in an order in which walks can be followed, circles together."""
        clear = {name: self._clear(name) for name in self._course.regions[place]}
        onward = {n: [str(e.to) for e in edges if e.to in clear] for n, edges in clear.items()}
        groups = components(onward, clear)
        for group in groups:
            group.sort(key=self._course.rank.__getitem__)
        return clear, groups, {name: n for n, group in enumerate(groups) for name in group}

    def _compose(self, step: Parallel) -> None:
        """How a parallel step can end, from how its branches can; the worst of it all."""
        branches = [self.exits[place] for place in self._course.branches(step)]
        add = sum if self._measure is Measure.STEPS else max
        one = 1.0 if self._measure is Measure.STEPS else 0.0

        def of(branch: Mapping[Exit, Reached], *exits: Exit) -> float:
            return max(branch.get(exit, NOWHERE).length for exit in exits)

        joined = [of(branch, Exit.JOIN) for branch in branches]
        over = [of(branch, Exit.JOIN, Exit.LOST) for branch in branches]
        if min(joined) >= 0:
            self._composed[(step.id, DONE)] = one + add(joined)
        if min(over) >= 0 and any(Exit.LOST in branch for branch in branches):
            self._composed[(step.id, FAILED)] = one + add(over)
        hit = [of(branch, Exit.HIT) for branch in branches]
        sure = [length for length, end in zip(hit, over, strict=True) if end < 0]
        if max(hit) >= 0:  # a branch that cannot keep clear meets it whatever the others do
            self._composed[(step.id, MET)] = min(sure) if sure else max(hit)

    def _clear(self, name: str) -> Sequence[Edge]:
        """The edges that are no hit, and can be taken."""
        return [e for e in self._course.edges[name] if not self._hits(e) and self._length(e) >= 0]

    def _length(self, edge: Edge) -> float:
        if isinstance(self._course.plan.steps[edge.step], Parallel):
            return self.composed(edge.step, edge.result)
        match self._measure:
            case Measure.WORST:
                return edge.worst
            case Measure.BEST:
                return edge.best
            case Measure.STEPS:
                return 1.0

    def _leave(
        self, name: str, group: frozenset[str], at: Reaching, turned: Reaching,
        exits: dict[Exit, Reached],
    ) -> None:  # fmt: skip
        """Follow the edges that lead out of a group, and mark where walks leave the region."""
        if isinstance(self._course.plan.steps[name], End):
            _mark(exits, Exit.END, at[name])
        met = self.composed(name, MET)
        if met >= 0:
            around = Edge(name, MET, None, 0, met)
            _mark(exits, Exit.HIT, Reached(at[name].length + met, Link(at[name].walk, around)))
        for edge in self._course.edges[name]:
            used_up = edge.result == ROUNDS
            begun = turned.get(name, NOWHERE) if used_up else at[name]
            length, is_hit = self._length(edge), self._hits(edge)
            if begun is NOWHERE or length < 0:
                continue
            reached = Reached(begun.length + length, Link(begun.walk, edge))
            if is_hit:
                _mark(exits, Exit.HIT, reached)
            elif edge.to is None:
                _mark(exits, Exit.LOST, reached)
            elif edge.to == JOIN:
                _mark(exits, Exit.JOIN, reached)
            elif edge.to not in group and reached.length > at.get(str(edge.to), NOWHERE).length:
                at[str(edge.to)] = reached

    # a circle

    def _turn(
        self, group: Sequence[str], clear: Mapping[str, Sequence[Edge]], at: Reaching
    ) -> Reaching:
        """Measure every step of a circle, and give how each is reached when no round is left."""
        inside = frozenset(group)
        straight = self._spread(group, inside, clear, {n: at[n] for n in group if n in at})
        at.update(straight)
        rounds = {e.step: e for n in group for e in clear[n]
                  if self._course.is_round(e) and e.to in inside}  # fmt: skip
        again = self._again(group, clear, [str(edge.to) for edge in rounds.values()])
        first = max(rounds, key=lambda wait: straight.get(wait, NOWHERE).length)
        all_rounds = self._all_rounds(rounds, again)
        turned: Reaching = {}
        for name in group:
            last = max((far.get(name, NOWHERE) for far in again.values()), key=_by_length)
            before = straight.get(first, NOWHERE)
            if last is NOWHERE or before is NOWHERE:
                continue
            length = before.length + all_rounds.length + last.length
            turned[name] = Reached(length, Link(before.walk, all_rounds, last.walk))
            if length >= at.get(name, NOWHERE).length:
                at[name] = turned[name]
        return turned

    def _again(
        self, group: Sequence[str], clear: Mapping[str, Sequence[Edge]], tos: Sequence[str]
    ) -> Mapping[str, Reaching]:
        """The longest walks of a round, by the step to which it leads; where rounds lead to very
        many, the longest from any step of the circle stand for them all."""
        inside, distinct = frozenset(group), dict.fromkeys(tos)
        if len(distinct) <= TARGETS_MAX:
            return {to: self._spread(group, inside, clear, {to: Reached(0.0)}) for to in distinct}
        anywhere = self._spread(group, inside, clear, dict.fromkeys(group, Reached(0.0)))
        return dict.fromkeys(distinct, anywhere)

    def _all_rounds(self, rounds: Mapping[str, Edge], again: Mapping[str, Reaching]) -> Rounds:
        """All rounds that can begin, as long as they can be; behind the last one nothing yet."""
        waits, length, least = [], 0.0, math.inf
        for name, edge in rounds.items():
            most = self._course.rounds_max(name)
            farthest = max(again[str(edge.to)].get(one, NOWHERE).length for one in rounds)
            waits.append((name, most))
            length += most * (self._length(edge) + farthest)
            least = min(least, farthest)
        return Rounds(tuple(waits), length if length == math.inf else length - least)

    def _spread(
        self, group: Sequence[str], inside: frozenset[str],
        clear: Mapping[str, Sequence[Edge]], begun: Reaching,
    ) -> Reaching:  # fmt: skip
        """The longest walks within a circle, without beginning another round."""
        at = dict(begun)
        for name in group:
            if name not in at:
                continue
            for edge in clear[name]:
                if edge.to not in inside or self._course.is_round(edge):
                    continue
                reached = Reached(at[name].length + self._length(edge), Link(at[name].walk, edge))
                if reached.length > at.get(str(edge.to), NOWHERE).length:
                    at[str(edge.to)] = reached
        return at


def _by_length(reached: Reached) -> float:
    return reached.length


def _mark(exits: dict[Exit, Reached], exit: Exit, reached: Reached) -> None:
    if reached.length > exits.get(exit, NOWHERE).length:
        exits[exit] = reached


TARGETS_MAX = 12
"""To how many steps the rounds of one circle may lead to be followed each by itself."""

MET = "met"
"""The way of a parallel step in which one of its branches meets what is looked for."""
