"""Each step of a plan in one run: done, standing here and for what, or not reached and why. Pure.

Told from the plan and the record alone, so that nobody must guess why something does not happen.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from datetime import datetime

import msgspec

from tocsin.playbook.plan import Plan
from tocsin.playbook.run import Run, RunStanding
from tocsin.playbook.spots import Spot, Spots
from tocsin.playbook.steps import Decide, End, Parallel, Step
from tocsin.playbook.waiting import waits_for
from tocsin.playbook.ways import leads


class Reached(enum.Enum):
    """How far a run has come with a step."""

    DONE = "done"
    HERE = "standing here"
    NOT = "not reached"


class StepCourse(msgspec.Struct, frozen=True, kw_only=True):
    """One step in one run.

    Args:
        result: what it came to last; None while it never ended.
        at: when that was, or since when the run stands here.
        times: how often it has ended.
        why: what is waited for, or why it was not reached; one line each.
        late: whether its soft limit has passed while it stands.
    """

    step: str
    kind: str
    reached: Reached
    result: str | None = None
    at: datetime | None = None
    times: int = 0
    why: tuple[str, ...] = ()
    late: bool = False


def course_of(plan: Plan, run: Run, spots: Spots) -> list[StepCourse]:
    """Every step of the plan, in the order in which they stand there."""
    here = {spot.step: spot for spot in spots.now().values() if spot.step is not None}
    return [_told(plan, run, step, here) for step in plan.steps.values()]


def _told(plan: Plan, run: Run, step: Step, here: Mapping[str, Spot]) -> StepCourse:
    ends = [move for move in run.moves if move.step == step.id]
    kind = type(step).__name__.lower()
    if step.id in here:
        late = any(one.step == step.id for one in run.late_now)
        return StepCourse(
            step=step.id,
            kind=kind,
            reached=Reached.HERE,
            result=ends[-1].result if ends else None,
            at=here[step.id].at,
            times=len(ends),
            why=tuple(_standing(plan, run, step, here)),
            late=late and run.is_open,
        )
    if ends:
        last = ends[-1]
        return StepCourse(
            step=step.id, kind=kind, reached=Reached.DONE, result=last.result, at=last.at,
            times=len(ends),
        )  # fmt: skip
    why = tuple(_why_not(plan, run, step, here))
    return StepCourse(step=step.id, kind=kind, reached=Reached.NOT, why=why)


def _standing(plan: Plan, run: Run, step: Step, here: Mapping[str, Spot]) -> Iterator[str]:
    """What the run waits for at this step."""
    match run.standing:
        case RunStanding.ENDED if isinstance(step, End):
            yield f"the run ended here: {step.ending.value}"
        case RunStanding.ENDED | RunStanding.CANCELLED:
            yield f"it stood here when the run was {_over(run)}"
        case RunStanding.PAUSED | RunStanding.ACTIVE:
            if run.standing is RunStanding.PAUSED:
                yield "the run is paused: nothing new begins until somebody resumes it"
            if isinstance(step, Parallel):
                inside = [one for one in here if one != step.id]
                yield f"waits for its branches to end: the run stands at {', '.join(inside)}"
            else:
                yield waits_for(plan, run, step, here[step.id])


def _over(run: Run) -> str:
    return "cancelled" if run.ending is None else run.ending.value


def _why_not(plan: Plan, run: Run, step: Step, here: Mapping[str, Spot]) -> Iterator[str]:
    """For every way that leads here, why the run has not gone it."""
    for before in plan.steps.values():
        if isinstance(before, Parallel) and step.id in before.branches:
            yield f"{before.id}, which begins it, is not reached"
        for result, to in leads(before).items():
            if to == step.id:
                yield _way_not_gone(run, before, result, here)


def _way_not_gone(run: Run, before: Step, result: str, here: Mapping[str, Spot]) -> str:
    named = _named(before, result)
    if before.id in here and run.is_open:
        return f"{before.id} leads here if it comes to {named}"
    if before.id in run.results:
        return f"{before.id} came to {run.results[before.id]}; {named} would lead here"
    over = "" if run.is_open else f", and the run is {_over(run)}"
    return f"{before.id}, where {named} leads here, is not reached{over}"


def _named(step: Step, result: str) -> str:
    """A result as people know it: a branch of a decision with its condition."""
    if isinstance(step, Decide) and result.isdecimal():
        return f"branch {result} ({step.branches[int(result) - 1].when})"
    return result
