"""P6: no limit is shorter than the shortest way to what it binds."""

from __future__ import annotations

import math
from collections.abc import Iterator

import msgspec

from tocsin.facts.runs import Ending
from tocsin.playbook.proof.course import Course
from tocsin.playbook.proof.ground import Ground, bounded, property_of
from tocsin.playbook.proof.stops import lifts_of
from tocsin.playbook.proof.told import spoken
from tocsin.playbook.proof.verdicts import Counter, LimitFigure, Property
from tocsin.playbook.steps import End, NamedMoment, Step
from tocsin.playbook.ways import LIMIT, ROUNDS

CLAIM = "no limit can pass before the step that it binds could be over, when everybody answers at \
once"
_MOMENTS = {
    NamedMoment.OPENED.value: "the incident was opened",
    NamedMoment.FOUND.value: "it began to fail",
    NamedMoment.AWARE.value: "somebody became aware",
    NamedMoment.RUN.value: "the run began",
    "": "the step itself begins",
}


class Bound(msgspec.Struct, frozen=True):
    """A limit as the plan says it, and the step that it binds."""

    step: Step
    kind: str
    seconds: int


def limits_reachable(ground: Ground) -> tuple[Property, tuple[LimitFigure, ...]]:
    """P6, and the figures of every limit."""
    found = [(bound, _figure(ground, bound)) for bound in _bounds(ground)]
    recovery = _recovery(ground)
    figures = [figure for _, figure in found] + ([recovery] if recovery else [])
    counters = (one for figure in figures for one in _too_short(ground, figure))
    provided = [_spare(ground, bound) for bound, _ in found if bound.step.before]
    moments = {b.step.counted_from for b, _ in found} - {
        "",
        NamedMoment.RUN.value,
        *ground.plan.steps,
    }
    provided += [f"nothing passed between the moment when {_MOMENTS[one]} and the run's beginning"
                 for one in sorted(moments)]  # fmt: skip
    turning = sorted(b.step.id for b, _ in found if _comes_again(ground, b.step))
    if turning:
        names = ", ".join(turning)
        provided.append("a limit from a named moment within a circle holds in later rounds too, "
                        f"for it is judged at the first visit only: {names}")  # fmt: skip
    return (
        property_of(ground, "P6", "limits can be met", CLAIM, len(figures), counters, provided),
        tuple(figures),
    )


def _bounds(ground: Ground) -> Iterator[Bound]:
    for step in ground.plan.steps.values():
        if step.soft_seconds is not None:
            yield Bound(step, "soft limit", step.soft_seconds)
        hard = getattr(step, "limit_seconds", None)
        if hard is not None:
            yield Bound(step, "limit", hard)


def _comes_again(ground: Ground, step: Step) -> bool:
    return bool(step.counted_from) and len(ground.course.circle_of(step.id)) > 1


def _figure(ground: Ground, bound: Bound) -> LimitFigure:
    step, course = bound.step, ground.course
    best, worst = _own(course, bound)
    moment = step.counted_from
    if step.before or not moment:
        before = (0.0, 0.0)
    elif moment in ground.plan.steps:
        before = ground.between(moment, step.id)
    else:
        reached = ground.late.arrival(step.id).length
        before = (ground.near.arrival(step.id), reached)
        if moment == NamedMoment.AWARE.value:
            before = (0.0, reached)  # they may become aware as late as just before it
    return LimitFigure(
        step=step.id,
        kind=bound.kind,
        counted_from=_MOMENTS.get(moment, f"{moment} is over") if not step.before else
        f"backwards from the deadline {step.before}",
        limit=bound.seconds,
        at_best=math.ceil(before[0] + best),
        at_worst=bounded(before[1] + worst),
    )  # fmt: skip


def _own(course: Course, bound: Bound) -> tuple[float, float]:
    """How long the step itself takes before it is over; with a hard limit, before it gives up."""
    edges = [e for e in course.edges[bound.step.id] if e.result not in (LIMIT, ROUNDS)]
    if not edges:
        return (0.0, 0.0)
    best = min(e.best for e in edges)
    return (best, max(e.worst for e in edges)) if bound.kind == "soft limit" else (best, best)


def _recovery(ground: Ground) -> LimitFigure | None:
    """How soon what was stopped serves again; where nothing is lifted, how soon all is over."""
    continuity = ground.plan.continuity
    if continuity is None:
        return None
    names = sorted({lift.id for lift, _ in lifts_of(ground.plan)}) or [
        s.id for s in ground.plan.steps.values()
        if isinstance(s, End) and s.ending is Ending.COMPLETED
    ]  # fmt: skip
    if not names:
        return None
    soonest = min(names, key=ground.near.arrival)
    latest = [ground.late.arrival(name).length + max(
        (e.worst for e in ground.course.edges[name]), default=0.0) for name in names]  # fmt: skip
    return LimitFigure(
        step=soonest,
        kind="recovery target",
        counted_from=_MOMENTS[NamedMoment.RUN.value],
        limit=continuity.recovery_target_seconds,
        at_best=math.ceil(ground.near.arrival(soonest)),
        at_worst=bounded(max(latest)),
    )


def _too_short(ground: Ground, figure: LimitFigure) -> Iterator[Counter]:
    if figure.at_best < figure.limit or not figure.at_best:
        return
    missing = f"the {figure.kind} of {spoken(figure.limit)}, counted from when \
{figure.counted_from}, has passed when {figure.step} can be over at the soonest: after \
{spoken(figure.at_best)}"
    yield ground.counter(figure.step, missing, ground.way_to(figure.step), last=figure.step)


def _spare(ground: Ground, bound: Bound) -> str:
    best, worst = ground.near.arrival(bound.step.id), ground.late.arrival(bound.step.id).length
    return f"the deadline {bound.step.before} falls at least {spoken(best + bound.seconds)} after \
the run began, for {bound.step.id} to come in time ({spoken(worst + bound.seconds)} at worst)"
