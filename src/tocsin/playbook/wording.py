"""What must be true of a plan's conditions and texts: they ask only for what can be known.

Every condition is compiled here, so that a typo is found by a reviewer and not at 03:00.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from tocsin.playbook.conditions import mistake_in
from tocsin.playbook.legal import choice_mistake
from tocsin.playbook.names import Type, names_of
from tocsin.playbook.plan import Plan
from tocsin.playbook.steps import Act, Decide, Gate, Look, Page, Tell
from tocsin.playbook.templates import gaps, order_texts, steps_asked, value_of
from tocsin.register.mistakes import Mistake, did_you_mean

STRAY = "write {name} for something that is known, {{ and }} for braces"


def mistakes_of_wording(plan: Plan, file: str, declared: Collection[str]) -> list[Mistake]:
    """Every condition that does not compile, and every gap in a text that nothing can fill.

    Args:
        declared: the names of all steps in the file, also of those that could not be read, which
            are not judged here.
    """
    names = names_of(plan)
    unread = any(name not in plan.steps for name in declared)
    told = [("TP106", *one) for one in _conditions(plan, names)]
    told += [("TP107", *one) for one in (*_texts(plan, names), *_orders(plan))]
    return [
        Mistake(file=file, line=line, path=path, found=found, remedy=remedy, rule=rule)
        for rule, line, path, found, remedy in told
        if not (unread and found.startswith(("nothing is known as", "no probe")))
    ]


Told = tuple[int, str, str, str]


def _conditions(plan: Plan, names: Mapping[str, Type]) -> Iterator[Told]:
    asked = [(r.line, f"severity[{n}].when", r.when) for n, r in enumerate(plan.severity)]
    asked += [
        (step.line, f"steps.{step.id}.decide[{n}].when", branch.when)
        for step in plan.steps.values()
        if isinstance(step, Decide)
        for n, branch in enumerate(step.branches)
    ]
    for line, path, when in asked:
        wrong = (mistake_in(when, names) or choice_mistake(when)) if when else None
        if wrong is not None:
            yield line, path, wrong.found, wrong.remedy


def _texts(plan: Plan, names: Mapping[str, Type]) -> Iterator[Told]:
    for step in plan.steps.values():
        if isinstance(step, Page | Tell):
            fields = ("text", "subject") if isinstance(step, Tell) else ("text",)
            for field in fields:
                path = f"steps.{step.id}.{field}"
                for gap in gaps(getattr(step, field)):
                    yield from _gap(plan, names, step.line, path, gap)


def _gap(plan: Plan, names: Mapping[str, Type], line: int, path: str, gap: str) -> Iterator[Told]:
    if not gap:
        yield line, path, "a brace that holds no name", STRAY
    elif (step := value_of(gap)) is not None:
        yield from _finds(plan, line, path, step)
    elif gap not in names:
        among = "name something that can be known, such as finding.metric"
        yield line, path, f"nothing is known as {gap}", did_you_mean(gap, names, among)


def _orders(plan: Plan) -> Iterator[Told]:
    for step in plan.steps.values():
        if isinstance(step, Act | Look | Gate):
            for field, text in order_texts(step):
                for asked in steps_asked(text):
                    yield from _finds(plan, step.line, f"steps.{step.id}.{field}", asked)


def _finds(plan: Plan, line: int, path: str, step: str) -> Iterator[Told]:
    probes = [one.id for one in plan.steps.values() if isinstance(one, Look)]
    if step not in probes:
        remedy = did_you_mean(step, probes, "name a step that looks with a probe")
        yield line, path, f"no probe step is called {step}", remedy
