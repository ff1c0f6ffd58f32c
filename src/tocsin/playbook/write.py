"""A plan as YAML that reads back to the very same plan; only comments and layout are not kept.

Every field stands in one order and what is left to its default is left out, so that the files of
two plans differ only where the plans do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tocsin.playbook.plan import Plan, Variable
from tocsin.playbook.read_frame import WHERE
from tocsin.playbook.write_steps import duration, fields_of_step, present
from tocsin.playbook.write_yaml import Tree, beneath, entry, key_text


def yaml_of(plan: Plan) -> str:
    """The plan as YAML. `digest` and lines are not in it: they are those of the file it becomes."""
    steps = {step.id: fields_of_step(step) for step in plan.steps.values()}
    return yaml_of_fields(frame_of(plan), steps)


def yaml_of_fields(frame: Mapping[str, Tree], steps: Mapping[str, Mapping[str, Tree]]) -> str:
    """A file of these fields: first what stands around the steps, then each step by its name."""
    return "".join(f"{line}\n" for line in _lines(frame, steps))


def _lines(frame: Mapping[str, Tree], steps: Mapping[str, Mapping[str, Tree]]) -> Iterator[str]:
    for field, value in frame.items():
        if isinstance(value, Mapping) and field != "continuity":
            yield f"{field}:"
            yield from beneath(value, 2)
        else:
            yield from entry(field, value)
    yield ""
    yield "steps:"
    for number, (name, fields) in enumerate(steps.items()):
        if number:
            yield ""
        yield f"  {key_text(name)}:"
        yield from beneath(fields, 4)


def frame_of(plan: Plan) -> dict[str, Tree]:
    """What stands around the steps, field by field as a file says it."""
    return present({
        "plan": plan.id,
        "version": plan.version,
        "title": plan.title,
        "failure_mode": plan.failure_mode,
        "techniques": plan.techniques,
        "systems": plan.systems,
        "vendors": plan.vendors,
        "owner": plan.owner,
        "review_by": plan.review_by,
        "triggers": plan.triggers,
        "severity": tuple(
            {"when": r.when, "severity": r.severity.value, "reason": r.reason}
            for r in plan.severity
        ),
        "audiences": _audiences(plan),
        "communication": tuple(
            {"audience": c.audience, "within": duration(c.within_seconds), "by": c.by}
            for c in plan.communication
        ),
        "continuity": _continuity(plan),
        "variables": {name: _variable(one) for name, one in plan.variables.items()},
        "deadlines": plan.deadlines,
        "post_mortem": tuple(
            {"duty": p.duty, "by": p.by, "within": duration(p.within_seconds)}
            for p in plan.post_mortem
        ),
        "first_steps": plan.first_steps,
        "waived": tuple({"rule": w.rule, "because": w.because} for w in plan.waived),
        "start": plan.start,
    })  # fmt: skip


def _audiences(plan: Plan) -> Mapping[str, Tree]:
    where = {outside: word for word, outside in WHERE.items()}
    return {
        name: present({"where": where[one.outside], "approved_by": one.approved_by})
        for name, one in plan.audiences.items()
    }


def _continuity(plan: Plan) -> Tree | None:
    if plan.continuity is None:
        return None
    target = duration(plan.continuity.recovery_target_seconds)
    return {"fallback": plan.continuity.fallback, "recovery_target": target}


def _variable(one: Variable) -> Mapping[str, Tree]:
    return {"type": one.type.value, "value": one.value, "means": one.means}
