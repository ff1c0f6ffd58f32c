"""What is judged: a plan, and as much of its house, its neighbours and its drills as is known.

What several rules ask is worked out once and held here. Pure: the day is handed in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property

import msgspec

from tocsin.facts.failure_modes import FailureMode, Trait, mode_named
from tocsin.facts.runs import Effect
from tocsin.playbook.dominance import ahead, behind
from tocsin.playbook.earliest import least_seconds
from tocsin.playbook.fitting import House
from tocsin.playbook.plan import Plan
from tocsin.playbook.steps import (
    BEFORE,
    Act,
    Approve,
    Ask,
    Criterion,
    Decide,
    Gate,
    Look,
    Page,
    Purpose,
    Seal,
    Step,
    Tell,
)

YES = frozenset({"yes", "approve", "approved", "agree", "agreed", "ok", "send", "go"})
"""Choices of a question that say yes."""

VERSION = "version:"
"""How a state begins that names a version of a model."""


class Rehearsal(msgspec.Struct, frozen=True, kw_only=True):
    """The last drill of a plan: the very bytes that were drilled."""

    digest: str
    on: date


class Subject:
    """A plan without a mistake of shape, and what is known around it.

    Args:
        house: None where there is none to compare with.
        others: the other plans of the home; None where they are not known.
        rehearsed: by id of the plan, its last drill; None where nothing records drills.
    """

    def __init__(
        self,
        plan: Plan,
        today: date,
        house: House | None = None,
        others: Sequence[Plan] | None = None,
        rehearsed: Mapping[str, Rehearsal] | None = None,
    ) -> None:
        self.plan, self.today, self.house = plan, today, house
        self.others, self.rehearsed = others, rehearsed

    @property
    def steps(self) -> Sequence[Step]:
        """The steps, as they stand in the file."""
        return tuple(self.plan.steps.values())

    @cached_property
    def mode(self) -> FailureMode | None:
        """The failure mode against which the plan is made, if it is one that is known."""
        return mode_named(self.plan.failure_mode or "")

    def has(self, trait: Trait) -> bool:
        """Whether its failure mode asks this of the plan."""
        return self.mode is not None and trait in self.mode.traits

    def for_(self, purpose: Purpose) -> Sequence[Step]:
        """The steps that serve a purpose, by their own word or by what they do."""
        return [step for step in self.steps if purpose in purposes_of(step)]

    @property
    def acts(self) -> Sequence[Act]:
        """The steps that act."""
        return [step for step in self.steps if isinstance(step, Act)]

    @property
    def stops(self) -> Sequence[Act]:
        """The acts that stop something, and can be taken back."""
        return [act for act in self.acts if act.effect is Effect.STOP]

    @cached_property
    def lifts(self) -> Sequence[Act]:
        """The acts that bring back into service what a stop of this plan stopped."""
        return [act for act in self.acts if any(_lifts(act, stop) for stop in self.stops)]

    @cached_property
    def behind(self) -> Mapping[str, frozenset[str]]:
        """What every way to a step has brought when it begins, in the words of `brought`."""
        return behind(self.plan, brought)

    @cached_property
    def ahead(self) -> Mapping[str, frozenset[str]]:
        """What a step and every way from it to an end surely bring."""
        return ahead(self.plan, brought)

    @cached_property
    def least_seconds(self) -> Mapping[str, int]:
        """For each step, how long after the start of the run it begins at the soonest."""
        return least_seconds(self.plan)

    def line(self, path: str) -> int:
        """The line of a field, or of the nearest thing around it that stands in the file."""
        while path:
            if path in self.plan.lines:
                return self.plan.lines[path]
            first, _, name = path.partition(".")
            if first == "steps" and name in self.plan.steps:
                return self.plan.steps[name].line
            path = path.rpartition("[" if path.endswith("]") else ".")[0]
        return 1


def purposes_of(step: Step) -> frozenset[Purpose]:
    """What a step is for, by its own word or by what it does."""
    found = {*step.purpose}
    if isinstance(step, Seal) and any("training" in item for item in step.items):
        found.add(Purpose.PRESERVE_TRAINING_DATA)
    if isinstance(step, Gate) and any(c.criterion is Criterion.FAIRNESS for c in step.checks):
        found.add(Purpose.CHECK_FAIRNESS)
    if isinstance(step, Tell) and any("partner" in audience for audience in step.audiences):
        found.add(Purpose.NOTIFY_PARTNER)
    return frozenset(found)


def brought(step: Step, field: str) -> Iterator[str]:
    """What leaving a step by a field brings: it ended; it served its purpose; somebody said yes."""
    yield ended(step.id)
    if isinstance(step, Act) and step.effect is Effect.STOP:
        yield "a stop"
    if isinstance(step, Ask) and field.removeprefix("choices.").lower() in YES:
        yield yes_of(step.role)
    if not (field == "next" or isinstance(step, Ask | Decide | Seal)):
        return
    yield from (served(purpose) for purpose in purposes_of(step))
    if isinstance(step, Approve):
        yield yes_of(step.role)
    if isinstance(step, Look | Gate):
        yield shown(step.id)
    if isinstance(step, Page):
        yield answered(step.role)


def ended(step: str) -> str:
    return f"ended {step}"


def served(purpose: Purpose) -> str:
    return f"served {purpose.value}"


def yes_of(role: str) -> str:
    return f"yes of {role}"


def shown(step: str) -> str:
    return f"shown {step}"


def answered(role: str) -> str:
    return f"answered {role}"


def reached_by(step: Step) -> tuple[str, ...]:
    """Whom a step reaches: it tells, calls or asks them."""
    match step:
        case Tell():
            return step.audiences
        case Page() | Ask() | Approve():
            return (step.role,)
        case _:
            return ()


def system_of(target: str) -> str:
    """The system that a target is a part of: `assistant` of `assistant.model`."""
    return target.partition(".")[0].partition("@")[0]


def is_counsel(role: str) -> bool:
    """Whether a role speaks for the law."""
    return "counsel" in role or "legal" in role


def _lifts(act: Act, stop: Act) -> bool:
    if act.effect is Effect.STOP or (act.connector, act.target) != (stop.connector, stop.target):
        return False
    return act.wanted == stop.undo or (stop.undo == BEFORE and act.wanted != stop.wanted)
