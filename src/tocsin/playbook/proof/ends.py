"""P1: every run ends, after at most so many steps and so much time."""

from __future__ import annotations

import math
from collections.abc import Iterator

from tocsin.playbook.proof.course import Exit
from tocsin.playbook.proof.ground import Ground, bounded, property_of
from tocsin.playbook.proof.spans import UNBOUNDED, Human, patience, waits_for_leave
from tocsin.playbook.proof.verdicts import Bounds, Counter, Property
from tocsin.playbook.proof.walks import Measure, Walks, pieces
from tocsin.playbook.steps import Act, Approve, Ask, Call, Page, Step

CLAIM = "every run comes to an end: nothing waits for people without a time-out, and every circle \
counts its rounds"
ARMED = "the system is armed, or a person starts the run: else each act without approvals waits \
for one yes, without a time-out"


def every_run_ends(ground: Ground) -> Property:
    """P1. Circles without a count and branches without an end are refused when a plan is read."""
    waiting = [s for s in ground.plan.steps.values() if _waits(s) or isinstance(s, Page)]
    counters = (one for step in waiting for one in _without_end(ground, step))
    roles = sorted({s.role for s in waiting if isinstance(s, Page)} - {*ground.allowed.people})
    provided = [f"a page of {role} calls one person, three times; more people take longer"
                for role in roles]  # fmt: skip
    towards = sorted({s.before for s in waiting if s.before} - {*ground.allowed.deadlines})
    provided += [f"{name} is not set, or no later than a time-out that counts towards it; say "
                 f"--deadline {name}=72h to count with it" for name in towards]  # fmt: skip
    if any(isinstance(s, Act) and not s.approvals for s in ground.plan.steps.values()):
        provided.insert(0, ARMED)
    return property_of(ground, "P1", "every run ends", CLAIM, len(waiting), counters, provided)


def bounds_of(ground: Ground) -> Bounds:
    """The largest number of steps, and the shortest and the longest time."""
    over = (Exit.END, Exit.LOST)
    longest = ground.late.longest(*over)
    steps = Walks(ground.course, Measure.STEPS).longest(*over)
    soonest = min(ground.near.exits[()][one].length for one in over if one in ground.near.exits[()])
    return Bounds(
        steps=int(steps.length),
        seconds_at_best=math.ceil(soonest),
        seconds_at_worst=bounded(longest.length),
        open=tuple(s.id for s in ground.plan.steps.values() if _is_open(ground, s)),
        longest=ground.passed(pieces(longest.walk)),
    )


def _waits(step: Step) -> bool:
    return isinstance(step, Ask | Approve | Call) or (
        isinstance(step, Act) and waits_for_leave(step)
    )


def _is_open(ground: Ground, step: Step) -> bool:
    return _waits(step) and _patience(ground, step) == UNBOUNDED


def _patience(ground: Ground, step: Step) -> float:
    return patience(step, ground.allowed) if isinstance(step, Human) else 0


def _without_end(ground: Ground, step: Step) -> Iterator[Counter]:
    if not _is_open(ground, step):
        return
    missing = f"{step.id} has no time-out: {_for_whom(step)}"
    yield ground.counter(step.id, missing, ground.way_to(step.id), last=step.id)


def _for_whom(step: Step) -> str:
    match step:
        case Ask() | Approve():
            return f"if nobody who is {step.role} answers, the run waits for ever"
        case Call():
            return f"if the plan {step.plan} does not end, the run waits for ever"
        case Act() if step.approvals:
            return "if nobody approves, the run waits for ever"
        case _:
            return "if its evidence is never enough, the run waits for ever"
