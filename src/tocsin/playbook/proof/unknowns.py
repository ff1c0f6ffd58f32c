"""P7: what cannot be told is never taken for good."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tocsin.playbook.names import spelled
from tocsin.playbook.proof.ground import Ground, property_of
from tocsin.playbook.proof.verdicts import Counter, Property
from tocsin.playbook.steps import Approve, Ask, Decide, Gate, Look, Page, Step, Tell
from tocsin.playbook.ways import UNDETERMINED, target_of

CLAIM = "a probe or gate that cannot tell leads elsewhere than one that has shown what is wanted, \
unless the plan reads its result later"


def unknown_is_not_good(ground: Ground) -> Property:
    """P7. A decision must say where `undetermined` leads, or it is refused when a plan is read."""
    steps = [s for s in ground.plan.steps.values() if isinstance(s, Look | Gate | Decide)]
    counters = (one for step in steps for one in _taken_for_good(ground, step))
    return property_of(ground, "P7", "unknown is not good", CLAIM, len(steps), counters)


def _taken_for_good(ground: Ground, step: Look | Gate | Decide) -> Iterator[Counter]:
    if isinstance(step, Decide) or target_of(step, UNDETERMINED) != step.next:
        return
    if isinstance(step, Look) and _is_read(ground, step):
        return
    edge = next(e for e in ground.course.edges[step.id] if e.result == UNDETERMINED)
    missing = f"whether {step.id} has shown what is wanted or cannot tell, {step.next} follows, \
and nothing reads results.{spelled(step.id)}"
    yield ground.counter(step.id, missing, ground.way_on(edge, lambda _: False))


def _is_read(ground: Ground, look: Look) -> bool:
    name = re.compile(rf"\bresults\.{re.escape(spelled(look.id))}\b")
    return any(name.search(text) for step in ground.plan.steps.values() for text in _texts(step))


def _texts(step: Step) -> Iterator[str]:
    match step:
        case Decide():
            yield from (branch.when for branch in step.branches)
        case Tell():
            yield from (step.subject, step.text)
        case Page():
            yield step.text
        case Approve():
            yield step.subject
        case Ask():
            yield step.question
        case _:
            return
