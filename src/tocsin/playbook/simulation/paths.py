"""Where each result of a step leads in a network, how likely it is, and what it fixes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise

from tocsin.playbook.plan import Plan
from tocsin.playbook.simulation.deciding import Memory
from tocsin.playbook.simulation.draws import DRAW_MAX
from tocsin.playbook.simulation.measures import Measures
from tocsin.playbook.simulation.network import JOINS, LOST, Way
from tocsin.playbook.simulation.times import Shares
from tocsin.playbook.steps import JOIN, Parallel, Step
from tocsin.playbook.ways import target_of, ways_out


class Paths:
    """The ways of the steps of one plan.

    Args:
        numbers: of the first activity of each step; known before the first way is asked for.
    """

    def __init__(self, numbers: Mapping[str, int], measures: Measures, memory: Memory) -> None:
        self._numbers, self._measures, self._memory = numbers, measures, memory

    def shared(self, shares: Shares, step: Step, results: Sequence[str]) -> list[Way]:
        """The ways of these results, each with its share."""
        parts = parts_of([shares.per_cent.get(result, 0) for result in results])
        return [self.way(step, one, part) for one, part in zip(results, parts, strict=True)]

    def certain(self, step: Step, results: Sequence[str]) -> list[Way]:
        """The ways of a step of which no chance decides."""
        shares = [DRAW_MAX] + [0] * (len(results) - 1)
        return [self.way(step, one, share) for one, share in zip(results, shares, strict=True)]

    def way(self, step: Step, result: str, share: int) -> Way:
        """The way of one result of a step, with all that it fixes."""
        place = step.id, result
        slot, value = self._memory.place(*place)
        return Way(
            result=result,
            share=share,
            to=self.to(target_of(step, result)),
            marks=self._measures.marks(*place),
            stops=self._measures.stops.get(place, ()),
            slot=slot,
            value=value,
        )

    def to(self, name: str | None) -> int:
        """The activity with which a step begins, by the step's name as a plan writes it."""
        if name == JOIN:
            return JOINS
        return LOST if name is None else self._numbers[name]


def parts_of(said: Sequence[int], certain: int = 0) -> tuple[int, ...]:
    """Shares as parts of `DRAW_MAX`; where all of them are 0, `certain` has the whole."""
    weights = said if sum(said) else [int(place == certain) for place in range(len(said))]
    upto = [part * DRAW_MAX // sum(weights) for part in accumulate(weights)]
    return tuple(after - before for before, after in pairwise([0, *upto]))


def forks_of(plan: Plan) -> dict[str, str]:
    """For each step inside of branches, the innermost step that began them."""
    found: dict[str, str] = {}
    ahead: list[tuple[str, str]] = [(plan.start, "")]
    while ahead:
        name, fork = ahead.pop()
        if name in found:
            continue
        found[name] = fork
        step = plan.steps[name]
        ahead += [(to, fork) for _, to in ways_out(step) if to != JOIN]
        if isinstance(step, Parallel):
            ahead += [(branch, name) for branch in step.branches]
    return found
