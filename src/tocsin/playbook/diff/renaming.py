"""Which steps of two plans are the same under another name. Pure.

Two steps are the same when they are of one kind and say nearly the same; each is matched at most
once, the most alike first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import msgspec

from tocsin.playbook.names import spelled
from tocsin.playbook.plan import Plan
from tocsin.playbook.steps import Branch, End, Step, Wait

ALIKE_LEAST = 0.75
COMPARED_MAX = 40_000
"""How many pairs are compared at most: plans that share next to nothing are not told as renamed."""

_LEADS = frozenset({
    "next", "on_failure", "on_declined", "on_limit", "on_not_shown", "on_undetermined",
    "on_insufficient", "on_unanswered", "on_rounds_max", "otherwise", "undetermined",
    "counted_from", "choices", "branches", "id", "line",
})  # fmt: skip


def renamed(old: Plan, new: Plan) -> dict[str, str]:
    """The new name of each step that has one."""
    gone = [step for step in old.steps.values() if step.id not in new.steps]
    come = [step for step in new.steps.values() if step.id not in old.steps]
    if len(gone) * len(come) > COMPARED_MAX:
        return {}
    pairs = sorted(
        ((-_alike(one, other), a, b) for a, one in enumerate(gone) for b, other in enumerate(come)),
    )
    found: dict[str, str] = {}
    taken: set[int] = set()
    for score, a, b in pairs:
        if -score >= ALIKE_LEAST and gone[a].id not in found and b not in taken:
            found[gone[a].id] = come[b].id
            taken.add(b)
    return found


def _alike(one: Step, other: Step) -> float:
    """How much of what two steps say is the same, from 0 to 1."""
    if type(one) is not type(other):
        return 0.0
    fields = [f.name for f in msgspec.structs.fields(one) if f.name not in _LEADS]
    said = [f for f in fields if getattr(one, f) or getattr(other, f)]
    same = sum(getattr(one, field) == getattr(other, field) for field in said)
    if isinstance(one, End | Wait) and len(said) == 1 and one.raci is None:
        return 0.8 if same else 0.0
    return same / len(said) if said else 0.8


def with_names(plan: Plan, names: Mapping[str, str]) -> Plan:
    """The plan with its steps called by their new names, wherever they are named."""
    if not names:
        return plan
    steps = {names.get(name, name): _step(step, names) for name, step in plan.steps.items()}
    return msgspec.structs.replace(
        plan,
        steps=steps,
        start=names.get(plan.start, plan.start),
        first_steps=tuple(names.get(one, one) for one in plan.first_steps),
        severity=tuple(
            msgspec.structs.replace(rule, when=_text(rule.when, names)) for rule in plan.severity
        ),
    )


def _step(step: Step, names: Mapping[str, str]) -> Step:
    return msgspec.structs.replace(step, **dict(_fields(step, names)))


def _fields(step: Step, names: Mapping[str, str]) -> Iterator[tuple[str, object]]:
    for field in msgspec.structs.fields(step):
        value = getattr(step, field.name)
        if field.name in _LEADS and isinstance(value, str):
            yield field.name, names.get(value, value)
        elif field.name == "choices":
            yield field.name, {choice: names.get(to, to) for choice, to in value.items()}
        elif field.name == "branches":
            yield field.name, tuple(_branch(one, names) for one in value)
        elif isinstance(value, str):
            yield field.name, _text(value, names)


def _branch(branch: Branch | str, names: Mapping[str, str]) -> Branch | str:
    if isinstance(branch, str):
        return names.get(branch, branch)
    to = names.get(branch.next, branch.next)
    return Branch(when=_text(branch.when, names), next=to)


def _text(text: str, names: Mapping[str, str]) -> str:
    """The text with what it asks of steps under their new names."""
    for old, new in names.items():
        text = text.replace(f"{{{old}.value}}", f"{{{new}.value}}")
        of = rf"\b(answers|results|values)\.{re.escape(spelled(old))}\b"
        text = re.sub(of, rf"\g<1>.{spelled(new)}", text)
    return text
