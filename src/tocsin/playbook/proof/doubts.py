"""Why a way may not be possible: results on it that exclude each other, as far as that can be seen.

The proof takes every result of every step for possible. Whether the conditions of two decisions can
hold in one run is not known in general; what is asked here are plain contradictions only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from tocsin.playbook.conditions import Truth, truth_of
from tocsin.playbook.names import Value, names_in, names_of, spelled
from tocsin.playbook.plan import Plan
from tocsin.playbook.proof.search import BEGUN, Choice, Part
from tocsin.playbook.steps import Ask, Decide
from tocsin.playbook.ways import OTHERWISE, UNDETERMINED

TRIES_MAX, ALL_TRIES_MAX = 16, 96
"""How many ways are looked for where one contradicts itself: for a counter-example, in a proof."""

_OF_STEPS = ("answers", "results", "values", "sealed")
_KNOWN_HERE = ("answers", "results")


class Conflict(msgspec.Struct, frozen=True):
    """Results that hardly come in one run, and why."""

    choices: frozenset[Choice]
    why: str


class Sought(msgspec.Struct, frozen=True):
    """A way that was looked for.

    Args:
        doubt: why it may not be possible; empty where nothing speaks against it.
        unlikely: True when every way that was found contradicts itself.
        all_tried: whether there is surely no other way.
    """

    parts: tuple[Part, ...]
    doubt: str = ""
    unlikely: bool = False
    all_tried: bool = False


class Doubts:
    """Judges ways of one plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._names = names_of(plan)
        self._spelled = {spelled(name): name for name in plan.steps}
        self._asked: dict[str, frozenset[str]] = {}
        self._tries_left = ALL_TRIES_MAX

    def likeliest(
        self, find: Callable[[frozenset[Choice]], Sequence[Part] | None]
    ) -> Sought | None:
        """A way that does not contradict itself; where none is found, one that does.

        Args:
            find: gives a way that takes none of these results.
        """
        untried, first = [frozenset[Choice]()], None
        tries = max(1, min(TRIES_MAX, self._tries_left))
        while untried and tries:
            closed, tries, self._tries_left = untried.pop(), tries - 1, self._tries_left - 1
            found = find(closed)
            if found is None:
                continue
            conflict = self.conflict(found)
            if conflict is None:
                return Sought(tuple(found), self._two_decisions(found))
            first = first or Sought(tuple(found), f"likely infeasible: {conflict.why}", True)
            untried += [closed | {choice} for choice in sorted(conflict.choices)]
        if first is None:
            return None
        return msgspec.structs.replace(first, all_tried=not untried)

    def conflict(self, way: Sequence[Part]) -> Conflict | None:
        """The first results on a way that contradict each other."""
        held: dict[str, tuple[bool, Choice]] = {}
        came: dict[str, str] = {}
        asked: dict[tuple[str, str], Choice] = {}
        for part in _flat(way):
            step, result = self._plan.steps[part.edge.step], part.edge.result
            choice = (step.id, result)
            if isinstance(step, Decide):
                found = self._decided(step, result, held, came)
                if found is not None:
                    return found
            if isinstance(step, Ask):
                before = asked.setdefault((step.role, step.question), choice)
                if before[0] != step.id and before[1] != result:
                    why = f"{before[0]!r} and {step.id!r} ask the same, and are answered otherwise"
                    return Conflict(frozenset({before, choice}), why)
            came[step.id] = result
            for condition in [c for c in held if step.id in self._steps_in(c)]:
                del held[condition]  # what it asks for is known anew
        return None

    def _decided(
        self, step: Decide, result: str, held: dict[str, tuple[bool, Choice]],
        came: Mapping[str, str],
    ) -> Conflict | None:  # fmt: skip
        choice = (step.id, result)
        for condition, holds in _taken(step, result):
            known = self._known(condition, came)
            truth = truth_of(condition, self._names, known) if known else Truth.UNDETERMINED
            if truth is not Truth.UNDETERMINED and (truth is Truth.TRUE) is not holds:
                about = {(s, came[s]) for s in self._steps_in(condition) if s in came}
                told = " and ".join(f"{s!r} came to {r}" for s, r in sorted(about))
                why = f"{step.id!r} takes `{condition}` for {_yes(holds)}, though {told}"
                return Conflict(frozenset({choice, *about}), why)
            before = None if "minutes" in condition else held.get(condition)
            if before is not None and before[0] is not holds and before[1][0] != step.id:
                other = before[1][0]
                why = f"{other!r} takes `{condition}` for {_yes(before[0])} and {step.id!r} for "
                why += _yes(holds)
                return Conflict(frozenset({choice, before[1]}), why)
            held[condition] = (holds, choice)
        return None

    def _known(self, condition: str, came: Mapping[str, str]) -> dict[str, Value]:
        """What the way itself says of the names that a condition asks for."""
        found: dict[str, Value] = {}
        for name in names_in(condition, self._names):
            family, _, word = name.partition(".")
            step = self._spelled.get(word)
            if family in _KNOWN_HERE and step in came:
                found[name] = came[str(step)]
        return found

    def _steps_in(self, condition: str) -> frozenset[str]:
        """The steps whose results a condition asks for."""
        if condition in self._asked:
            return self._asked[condition]
        asked = (name.partition(".") for name in names_in(condition, self._names))
        self._asked[condition] = frozenset(
            self._spelled[word] for family, _, word in asked
            if family in _OF_STEPS and word in self._spelled
        )  # fmt: skip
        return self._asked[condition]

    def _two_decisions(self, way: Sequence[Part]) -> str:
        taken: dict[str, str] = {}
        for part in _flat(way):
            step = self._plan.steps[part.edge.step]
            if isinstance(step, Decide) and any(True for _ in _taken(step, part.edge.result)):
                result = part.edge.result
                branch = "`otherwise`" if result == OTHERWISE else f"branch {result}"
                taken[step.id] = f"{branch} of {step.id!r}"
        if len(taken) < 2:
            return ""
        told = " and ".join(taken.values())
        return f"may not be possible: it takes {told}, whose conditions may exclude each other"


def _taken(step: Decide, result: str) -> Iterator[tuple[str, bool]]:
    """The conditions that the result says something about, and whether they hold."""
    if result == UNDETERMINED:
        return
    for number, branch in enumerate(step.branches, start=1):
        yield branch.when, str(number) == result
        if str(number) == result:
            return


def _flat(way: Sequence[Part]) -> Iterator[Part]:
    for part in way:
        if part.edge.result == BEGUN:
            continue
        for branch in part.beside:
            yield from _flat(branch)
        yield part


def _yes(holds: bool) -> str:
    return "true" if holds else "false"
