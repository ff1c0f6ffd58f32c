"""P7: what cannot be told is never taken for good."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tocsin.playbook.names import spelled
from tocsin.playbook.proof.course import Edge
from tocsin.playbook.proof.ground import Ground, property_of
from tocsin.playbook.proof.verdicts import Counter, Property, Standing
from tocsin.playbook.steps import Approve, Ask, Decide, Gate, Look, Page, Step, Tell, Wait
from tocsin.playbook.ways import UNDETERMINED, target_of

CLAIM = "a probe or gate that cannot tell leads elsewhere than one that has shown what is wanted, \
unless a decision reads its result before the run ends as completed"


def unknown_is_not_good(ground: Ground) -> Property:
    """P7. A decision must say where `undetermined` leads, or it is refused when a plan is read.

    Waiting is no difference. Words that carry the result to somebody leave it open what follows.
    """
    steps = [s for s in ground.plan.steps.values() if isinstance(s, Look | Gate | Decide)]
    counters = (one for step in steps for one in _taken_for_good(ground, step))
    return property_of(ground, "P7", "unknown is not good", CLAIM, len(steps), counters)


def _taken_for_good(ground: Ground, step: Look | Gate | Decide) -> Iterator[Counter]:
    if isinstance(step, Decide):
        return
    shared = _after_waits(ground, step.next) & _after_waits(ground, target_of(step, UNDETERMINED))
    if not shared:
        return
    edge = next(e for e in ground.course.edges[step.id] if e.result == UNDETERMINED)
    result = re.compile(rf"\bresults\.{re.escape(spelled(step.id))}\b")

    def decides(one: Edge) -> bool:
        """Whether the way is judged there: by the result, or because the step is taken anew."""
        by = ground.plan.steps[one.step]
        read = isinstance(by, Decide) and any(result.search(b.when) for b in by.branches)
        return read or one.step == step.id

    def reads(one: Edge) -> bool:
        texts = _texts(ground.plan.steps[one.step])
        return decides(one) or any(result.search(text) for text in texts)

    for end in ground.completed:
        sought = ground.way_on(edge, reads, end.id)
        standing, what = Standing.REFUTED, "nothing reads"
        if sought is None:
            sought = ground.way_on(edge, decides, end.id)
            standing, what = Standing.NOT_PROVEN, "no decision, only a text, reads"
        if sought is not None:
            missing = f"whether {step.id} has shown what is wanted or cannot tell, \
{min(shared)} follows, and {what} results.{spelled(step.id)} before the run ends as completed"
            yield ground.counter(step.id, missing, sought, standing=standing, last=end.id)
            return


def _after_waits(ground: Ground, name: str | None) -> frozenset[str]:
    """Where a way leads once nothing but time has passed."""
    found, onward = set[str](), [name]
    while onward:
        to = onward.pop()
        if to is None or to in found:
            continue
        step = ground.plan.steps.get(to)
        found.add(to)
        if isinstance(step, Wait):
            onward += [step.next, step.on_rounds_max]
    return frozenset(n for n in found if not isinstance(ground.plan.steps.get(n), Wait))


def _texts(step: Step) -> Iterator[str]:
    match step:
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
