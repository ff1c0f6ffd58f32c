"""Which way a decision can take by what has happened in a run, worked out before any run.

A condition that asks only for results, answers and variables is judged as in a real run; what has
not happened is not known, and leads to `undetermined`. What a simulation cannot know (a finding, a
severity, what a probe found) leaves a condition open; then chance decides among the ways that are
left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import prod

import msgspec

from tocsin.playbook.conditions import Truth, truth_of
from tocsin.playbook.names import Value, names_in, names_of, spelled
from tocsin.playbook.plan import Plan
from tocsin.playbook.steps import Ask, Decide
from tocsin.playbook.ways import OTHERWISE, UNDETERMINED, results_of

CASES_MAX = 4096
"""A decision that depends on more cases than these is left to chance."""

_FAMILIES = ("results", "answers")


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """What has happened, by slot of `Memory`, and the results that a decision can then have."""

    known: tuple[int, ...]
    results: tuple[str, ...]


class Memory:
    """The results of steps that decisions of a plan ask for: a slot for each of these steps."""

    def __init__(self, plan: Plan) -> None:
        self._names = names_of(plan)
        self._variables: dict[str, Value] = {
            f"variables.{name}": one.held for name, one in plan.variables.items()
        }
        self._of_name = {
            f"{family}.{spelled(step.id)}": step.id
            for step in plan.steps.values()
            for family in _FAMILIES
            if f"{family}.{spelled(step.id)}" in self._names
        }
        self._names_of: dict[str, list[str]] = {}
        for name, of in self._of_name.items():
            self._names_of.setdefault(of, []).append(name)
        decisions = [step for step in plan.steps.values() if isinstance(step, Decide)]
        asked = dict.fromkeys(one for step in decisions for one in self._asked(step))
        self._slots = {step: slot for slot, step in enumerate(asked)}
        self._values = {
            step: tuple(sorted(plan.steps[step].choices))  # type: ignore[union-attr]
            if isinstance(plan.steps[step], Ask)
            else tuple(sorted(results_of(plan.steps[step])))
            for step in asked
        }

    @property
    def slots(self) -> int:
        """How many results are remembered."""
        return len(self._slots)

    def place(self, step: str, result: str) -> tuple[int, int]:
        """The slot and the value by which a result is remembered; -1 for both where it is not."""
        values = self._values.get(step, ())
        return (self._slots[step], values.index(result)) if result in values else (-1, -1)

    def depends(self, step: Decide) -> tuple[int, ...]:
        """The slots that a decision asks for."""
        return tuple(self._slots[one] for one in self._asked(step))

    def cases(self, step: Decide) -> list[Case]:
        """What can have happened before a decision, and what can follow; empty when too much."""
        asked = self._asked(step)
        ranges = [range(-1, len(self._values[one])) for one in asked]
        if prod(len(one) for one in ranges) > CASES_MAX:
            return []
        return [
            Case(known=known, results=tuple(self._possible(step, asked, known)))
            for known in product(*ranges)
        ]

    def _asked(self, step: Decide) -> tuple[str, ...]:
        names = [name for b in step.branches for name in names_in(b.when, self._names)]
        return tuple(dict.fromkeys(self._of_name[n] for n in names if n in self._of_name))

    def _possible(self, step: Decide, asked: Sequence[str], known: Sequence[int]) -> Iterator[str]:
        """The results that are left: the certain one alone, or those before it that are open."""
        values = self._known(asked, known)
        is_open = False
        for number, branch in enumerate(step.branches, start=1):
            truth = truth_of(branch.when, self._names, values)
            if truth is Truth.TRUE:
                yield str(number)
                return
            if truth is Truth.UNDETERMINED:
                if not self._asks_beyond(branch.when):
                    yield UNDETERMINED
                    return
                is_open = True
                yield str(number)
        yield OTHERWISE
        if is_open:
            yield UNDETERMINED

    def _known(self, asked: Sequence[str], known: Sequence[int]) -> Mapping[str, Value]:
        values = dict(self._variables)
        for step, value in zip(asked, known, strict=True):
            if value >= 0:
                values |= dict.fromkeys(self._names_of[step], self._values[step][value])
        return values

    def _asks_beyond(self, expression: str) -> bool:
        """Whether a condition asks for something that a simulation cannot know."""
        known = {*self._of_name, *self._variables}
        return any(name not in known for name in names_in(expression, self._names))
