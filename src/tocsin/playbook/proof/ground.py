"""What every property is proven on: the plan as a course, its longest and shortest walks, and ways
in words. Made once for a proof.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

from tocsin.facts.runs import Ending
from tocsin.playbook.plan import Plan
from tocsin.playbook.proof.course import Course, Edge, Hits, no_hit
from tocsin.playbook.proof.doubts import Doubts, Sought
from tocsin.playbook.proof.nearest import measured
from tocsin.playbook.proof.search import BEGUN, Choice, Part, Search
from tocsin.playbook.proof.spans import Allowances
from tocsin.playbook.proof.told import what_came, what_it_does
from tocsin.playbook.proof.verdicts import Counter, Passed, Property, Standing
from tocsin.playbook.proof.walks import MET, Measure, Rounds, Walks
from tocsin.playbook.steps import End

COUNTERS_MAX, COUNTED_MAX = 5, 50
"""How many counter-examples of a property are shown, and up to how many the others are counted."""

MEASURED_MAX = 50_000
"""How many steps, one after another, are measured exactly between moments and limits."""

Closed = frozenset[Choice]


class Ground:
    """A plan and all that was measured of it."""

    def __init__(self, plan: Plan, allowed: Allowances) -> None:
        self.plan, self.allowed = plan, allowed
        self.course = Course(plan, allowed)
        self.near = measured(self.course)
        self.doubts = Doubts(plan)
        self.enough = False  # whether what is not proven is only counted
        self.brief = False  # whether further counter-examples are only counted
        self.told_by: dict[frozenset[str], Walks] = {}  # by the steps that tell an audience
        self._measured = 0
        self._searches: dict[Hits, Search] = {}

    @cached_property
    def late(self) -> Walks:
        """The longest walks when everybody answers last."""
        return Walks(self.course, Measure.WORST)

    @cached_property
    def completed(self) -> tuple[End, ...]:
        """The ends at which a run is over well."""
        return tuple(s for s in self.plan.steps.values()
                     if isinstance(s, End) and s.ending is Ending.COMPLETED)  # fmt: skip

    # ways

    def way_to(self, name: str, hits: Hits = no_hit) -> Sought | None:
        """A way from the beginning to a step that keeps clear of hits."""
        return self._likeliest(lambda closed: self._search(hits, closed).to(name))

    def whole_way(self, hits: Hits = no_hit) -> Sought | None:
        """A way from the beginning to any end of a run that keeps clear of hits."""
        return self._likeliest(lambda closed: self._search(hits, closed).to_end())

    def way_on(self, edge: Edge, hits: Hits, goal: str = "") -> Sought | None:
        """A way from the beginning to a step, on by one of its results, and then clear of hits to
        another step or to any end of a run."""

        def find(closed: Closed) -> Sequence[Part] | None:
            if (edge.step, edge.result) in closed:
                return None
            onward = self._search(hits, closed).on(edge, goal)
            if onward is None or self.brief:
                return onward
            before = self._search(no_hit, closed).to(edge.step)
            return None if before is None else [*before, *onward]

        return self._likeliest(find)

    def _likeliest(self, find: Callable[[Closed], Sequence[Part] | None]) -> Sought | None:
        if not self.brief:
            return self.doubts.likeliest(find)
        return None if find(frozenset()) is None else Sought(())

    def _search(self, hits: Hits, closed: Closed) -> Search:
        """The search for ways clear of these hits; what it has found is kept for the next one."""
        if closed:
            return Search(self.course, hits, closed)
        return self._searches.setdefault(hits, Search(self.course, hits))

    def between(self, one: str, other: str) -> tuple[float, float]:
        """The shortest and the longest time from the end of a step to the beginning of another; 0
        where no way leads there. Once very much was measured, wider bounds take its place."""
        self._measured += abs(self.course.rank[one] - self.course.rank[other])
        if self._measured <= MEASURED_MAX:
            soonest = self.near.from_end_of(one, other)
            latest = self.late.from_end_of(one, other)
            return (soonest or 0.0, latest or 0.0)
        latest = self.late.arrival(other).length
        over = self.late.arrival(one).length + max(
            (e.worst for e in self.course.edges[one]), default=0.0
        )
        soonest = self.near.arrival(other) - over
        return (max(0.0, soonest), max(0.0, latest - self.near.arrival(one)))

    # words

    def counter(
        self, about: str, missing: str, sought: Sought | None = None, *, line: int = 0,
        standing: Standing = Standing.REFUTED, last: str = "",
    ) -> Counter:  # fmt: skip
        """A counter-example in words.

        Args:
            last: the step at which the way ends, where it is no end of a run.
        """
        step = self.plan.steps.get(about)
        parts = sought.parts if sought else ()
        if sought is not None and sought.unlikely and sought.all_tried:
            standing = Standing.NOT_PROVEN  # no way was found that does not contradict itself
        unshown = self.enough and standing is Standing.NOT_PROVEN
        return Counter(
            about=about,
            line=line or (step.line if step else 0),
            standing=standing,
            missing=missing,
            way=() if unshown else self.passed(parts, last),
            doubt=sought.doubt if sought else "",
        )

    def passed(self, parts: Iterable[Part | Edge | Rounds], last: str = "") -> tuple[Passed, ...]:
        """A way in words, each step with the time at which it is over."""
        found, best, worst = list[Passed](), 0.0, 0.0
        begun: dict[str, tuple[float, float]] = {}  # when parallel steps on the way began
        to: str | None = self.plan.start
        for part in parts:
            if isinstance(part, Rounds):
                best, worst = best + self._waited(part), worst + part.length
                found.append(self._rounds(part, best, worst))
                continue
            edge = part.edge if isinstance(part, Part) else part
            beside = part.beside if isinstance(part, Part) else ()
            if edge.result == BEGUN:
                begun[edge.step] = (best, worst)
            else:
                best, worst = begun.pop(edge.step, (best, worst))
                best, worst = best + edge.best, worst + edge.worst
            found.append(self._passed(edge, beside, best, worst))
            to = edge.to
        end = last or (to if to in self.plan.steps else "")
        if end:
            step = self.plan.steps[str(end)]
            found.append(Passed(step=step.id, does=what_it_does(step), result="", came="",
                                at_best=math.ceil(best), at_worst=bounded(worst)))  # fmt: skip
        return tuple(found)

    def _passed(
        self, edge: Edge, beside: Sequence[Sequence[Part]], best: float, worst: float
    ) -> Passed:
        step = self.plan.steps[edge.step]
        came = what_came(step, edge.result)
        if edge.to is None and edge.result != MET:
            came += ", and the plan has no answer to that"
        if edge.result == MET:
            came = "one of its branches gets there"
        return Passed(
            step=step.id,
            does=what_it_does(step),
            result=edge.result,
            came=came,
            at_best=math.ceil(best),
            at_worst=bounded(worst),
            beside=tuple(
                tuple(self._passed(p.edge, p.beside, best, worst) for p in branch)
                for branch in beside
            ),
        )

    def _rounds(self, rounds: Rounds, best: float, worst: float) -> Passed:
        names = ", ".join(name for name, _ in rounds.waits)
        counts = " and ".join(str(most) for _, most in rounds.waits)
        return Passed(
            step=names,
            does="the circle through it is walked",
            result="rounds",
            came=f"{counts} rounds",
            at_best=math.ceil(best),
            at_worst=bounded(worst),
        )

    def _waited(self, rounds: Rounds) -> float:
        edges = {name: next(e for e in self.course.edges[name] if self.course.is_round(e))
                 for name, _ in rounds.waits}  # fmt: skip
        return sum(most * edges[name].best for name, most in rounds.waits)


def bounded(seconds: float) -> int | None:
    """Whole seconds, or None where there is no bound."""
    return None if math.isinf(seconds) else math.ceil(seconds)


def property_of(
    ground: Ground, id: str, name: str, claim: str, about: int, counters: Iterable[Counter],
    provided: Iterable[str] = (),
) -> Property:  # fmt: skip
    """A property with its counter-examples: refuted by one, not proven where none is sure.

    Args:
        counters: looked for one after another; once enough are found, the others are counted only.
    """
    found, sure = list[Counter](), 0
    for counter in counters:
        found.append(counter)
        sure += counter.standing is Standing.REFUTED
        ground.enough, ground.brief = len(found) >= COUNTERS_MAX, sure >= COUNTERS_MAX
        if sure >= COUNTED_MAX:
            break
    ground.enough = ground.brief = False
    standings = {counter.standing for counter in found}
    standing = Standing.PROVEN
    if Standing.REFUTED in standings:
        standing = Standing.REFUTED
    elif standings:
        standing = Standing.NOT_PROVEN
    gravest_first = sorted(found, key=lambda one: one.standing is not Standing.REFUTED)
    return Property(
        id=id,
        name=name,
        claim=claim,
        standing=standing,
        about=about,
        counters=tuple(gravest_first[:COUNTERS_MAX]),
        provided=tuple(provided),
        more=max(0, len(found) - COUNTERS_MAX),
        all_counted=sure < COUNTED_MAX,
    )
