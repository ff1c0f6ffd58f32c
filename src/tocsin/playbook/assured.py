"""What has surely happened when a step is reached, on whatever way: evidence sealed, values found.

An order that names evidence, or what a probe found, must have both behind it on every way. Whether
a seal was enough is asked at the act itself; that one was tried is asked here.
"""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.playbook.dominance import behind
from tocsin.playbook.plan import Plan
from tocsin.playbook.steps import Act, Gate, Look, Seal, Step
from tocsin.playbook.templates import order_texts, steps_asked
from tocsin.register.mistakes import Mistake, did_you_mean


def mistakes_of_order(plan: Plan, file: str) -> Iterator[Mistake]:
    """Every act or look that asks for evidence or a value which a way to it may not have brought.

    The plan has no mistake of shape.
    """
    assured = behind(plan, _gained, _lost)
    for step in plan.steps.values():
        if not isinstance(step, Act | Look | Gate) or step.id not in assured:
            continue
        here = assured[step.id]
        for item in step.evidence if isinstance(step, Act) else ():
            if _sealed(item) not in here:
                yield _unsealed(plan, step, item, file)
        for field, text in order_texts(step):
            for asked in steps_asked(text):
                if _shown(asked) not in here and asked in plan.steps:
                    yield _unshown(step, field, asked, file)


def _unsealed(plan: Plan, step: Step, item: str, file: str) -> Mistake:
    seals = "seal it in a step that comes before this one on every way"
    found = f"a way leads here on which {item} is not sealed before"
    if item not in plan.evidence:
        found, seals = f"no step seals {item}", did_you_mean(item, plan.evidence, seals)
    return Mistake(
        file=file,
        line=step.line,
        path=f"steps.{step.id}.evidence",
        found=found,
        remedy=seals,
        rule="TP401",
    )


def _unshown(step: Step, field: str, asked: str, file: str) -> Mistake:
    return Mistake(
        file=file,
        line=step.line,
        path=f"steps.{step.id}.{field}",
        found=f"a way leads here on which {asked} has found nothing",
        remedy=f"let every way here come through the `next` of {asked}",
        rule="TP107",
    )


def _gained(step: Step, field: str) -> Iterator[str]:
    match step:
        case Seal():
            yield from (_sealed(item) for item in step.items)
        case Look() if field == "next":
            yield _shown(step.id)
        case _:
            return


def _lost(step: Step, field: str) -> Iterator[str]:
    """A later look that shows nothing takes back what an earlier one found."""
    if isinstance(step, Look) and field != "next":
        yield _shown(step.id)


def _sealed(item: str) -> str:
    return f"sealed {item}"


def _shown(step: str) -> str:
    return f"shown {step}"
