"""When a step is late and when its limit passes, counted from a moment or towards a deadline. Pure.

A moment that is not known yet counts as the instant at which the step began, and says so; once it
becomes known, the limits move. What lies in the past by then passes at once.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from tocsin.facts.courses import LimitsSet
from tocsin.playbook.begun import CallRecord, Question
from tocsin.playbook.consent import ApprovalRecord
from tocsin.playbook.order import OrderRecord
from tocsin.playbook.plan import Plan
from tocsin.playbook.run import Run
from tocsin.playbook.spots import Spot
from tocsin.playbook.steps import Act, Approve, Ask, Call, NamedMoment, Step

FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


Begun = OrderRecord | Question | ApprovalRecord | CallRecord
"""What a step began, and what a limit ends the waiting for."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The instants that bind a step at one visit.

    Args:
        soft_at: from when it counts as late; None where the plan says none.
        hard_at: when its limit passes; None where the plan says none.
        counted: from what they count, in words.
    """

    soft_at: datetime | None
    hard_at: datetime | None
    counted: str


def counts_from_elsewhere(step: Step) -> bool:
    """Whether its limits count from another instant than its own beginning."""
    return bool(step.counted_from or step.before)


def hard_seconds(step: Step) -> int | None:
    """The length of its limit; None where it has none."""
    return step.limit_seconds if isinstance(step, Act | Ask | Approve | Call) else None


def limits_of(plan: Plan, run: Run, step: Step, spot: Spot) -> Limits:
    """What binds this step where a branch of the run stands at it."""
    base, forward, counted = _base(plan, run, step, spot)

    def instant(seconds: int | None) -> datetime | None:
        return None if seconds is None else _moved(base, seconds if forward else -seconds)

    return Limits(
        soft_at=instant(step.soft_seconds), hard_at=instant(hard_seconds(step)), counted=counted
    )


def passes_at(plan: Plan, run: Run, step: Step, spot: Spot, began: Begun) -> datetime | None:
    """When the limit of what this step has begun passes; None where it has none."""
    if counts_from_elsewhere(step):
        return limits_of(plan, run, step, spot).hard_at
    if isinstance(began, Question | ApprovalRecord):
        return began.fact.limit_at
    seconds = hard_seconds(step)
    return None if seconds is None else _moved(began.at, seconds)


def hard_at(plan: Plan, run: Run, step: Step, spot: Spot, begun_at: datetime) -> datetime | None:
    """When the limit of this step would pass if it began at this instant."""
    seconds = hard_seconds(step)
    if seconds is None:
        return None
    if counts_from_elsewhere(step):
        return limits_of(plan, run, step, spot).hard_at
    return _moved(begun_at, seconds)


def limits_to_record(plan: Plan, run: Run, step: Step, spot: Spot) -> LimitsSet | None:
    """What the record does not say yet of limits that count from elsewhere; None when it does."""
    if not counts_from_elsewhere(step):
        return None
    found = limits_of(plan, run, step, spot)
    fact = LimitsSet(
        run=run.id,
        step=step.id,
        since=spot.since,
        soft_at=found.soft_at,
        hard_at=found.hard_at,
        counted=found.counted,
    )
    return None if run.limits.get(step.id) == fact else fact


def _base(plan: Plan, run: Run, step: Step, spot: Spot) -> tuple[datetime, bool, str]:
    """The instant from which is counted, whether forward, and what it is."""
    if step.before:
        deadline = run.circumstances.deadlines.get(step.before)
        if deadline is not None:
            return deadline.conservative_at, False, f"towards {step.before}"
        unknown = f"{step.before} is not set"
    elif step.counted_from:
        moment = _moment(plan, run, step.counted_from)
        if moment is not None:
            return moment, True, f"from {step.counted_from}"
        unknown = f"{step.counted_from} is not known"
    else:
        return spot.at, True, "from its beginning"
    return spot.at, True, f"from its beginning, because {unknown}"


def _moment(plan: Plan, run: Run, name: str) -> datetime | None:
    """The instant of a named moment, or of the newest end of a step."""
    about = run.circumstances
    match name:
        case NamedMoment.OPENED.value:
            return about.opened_at
        case NamedMoment.FOUND.value:
            return about.failing_since(plan)
        case NamedMoment.AWARE.value:
            return about.aware_at
        case NamedMoment.RUN.value:
            return run.at
        case _:
            return next((move.at for move in reversed(run.moves) if move.step == name), None)


def _moved(base: datetime, seconds: int) -> datetime:
    try:
        return base + timedelta(seconds=seconds)
    except OverflowError:
        return LAST if seconds > 0 else FIRST
