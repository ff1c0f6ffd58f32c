"""A plan of ours that comes back from CACAO: whole, and with what others changed on the way.

The extension holds the plan as it went out. It is sent out anew in thought and held against the
file: where they differ, somebody changed the file. A change counts when the plan that it gives can
be read; every difference is told, whether it counts or not.

Reading: decision 0019.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import msgspec

from tocsin.playbook.cacao import extension as ours
from tocsin.playbook.cacao.changed import Change, changes
from tocsin.playbook.cacao.core import Core, CoreStep, text_of
from tocsin.playbook.cacao.extension import EXTENSION
from tocsin.playbook.cacao.json_tree import Json
from tocsin.playbook.cacao.phrases import Phrases
from tocsin.playbook.cacao.send_out import Sent, sent
from tocsin.playbook.cacao.told import Account, Names
from tocsin.playbook.cacao.vocabulary import ACTION, END
from tocsin.playbook.plan import Plan
from tocsin.playbook.read import read_plan
from tocsin.playbook.steps import JOIN
from tocsin.playbook.write import yaml_of_fields
from tocsin.playbook.write_yaml import Tree

Fields = dict[str, Tree]
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)


class Own(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of a plan of ours, as its file says them."""

    frame: Fields
    steps: dict[str, Fields]

    @property
    def yaml(self) -> str:
        return yaml_of_fields(self.frame, self.steps)


def taken_back(core: Core, file: str, phrases: Phrases, told: Account) -> tuple[Plan, str] | None:
    """The plan that the extension holds and its file; None where there is none to be had.

    Such a plan may act through hands of the register, which a foreign playbook never does. Steps
    that others added are questions to people, as all foreign steps are.
    """
    own = _own(core, told)
    if own is None:
        return None
    plan, mistakes = read_plan(own.yaml.encode(), file)
    if plan is None:
        first = mistakes[0]
        told.repaired(core.fields["playbook_extensions"], f"$.playbook_extensions.{EXTENSION}",
                      f"our extension, which holds no plan: {first.path}: {first.found}",
                      "left aside; the playbook itself counts")  # fmt: skip
        return None
    expected = sent(plan, _ANY_TIME)
    strange = set(core.steps) ^ set(_workflow(expected.document))
    if not strange:
        return _changed(own, plan, list(changes(core, plan, expected)), file, told)
    more = _with_new_steps(core, own, plan, expected, file, phrases)
    if more is None:
        _told_strange(core, strange, told)
        return None
    own, plan, found = more
    for name in sorted(strange):
        line, path = core.steps[name].line, core.steps[name].path
        told.repaired(line, path, "a step that others added", "a question to a person in its place")
    return _changed(own, plan, found, file, told)


def _with_new_steps(
    core: Core, own: Own, plan: Plan, expected: Sent, file: str, phrases: Phrases
) -> tuple[Own, Plan, list[Change]] | None:
    """The plan with actions and ends that others added, and what else they changed; or None.

    None where a step is gone, or where the plan could not be read with them.
    """
    workflow = _workflow(expected.document)
    new = [step for step in core.steps.values() if step.id not in workflow]
    if any(name not in core.steps for name in workflow) or any(
        step.type not in (ACTION, END) for step in new
    ):
        return None
    names = Names((JOIN, *own.steps))
    added = {step.id: names.new(step.text("name"), step.id) for step in new}
    known = msgspec.structs.replace(expected, stands_for={**expected.stands_for, **added})
    steps = dict(own.steps)
    for step in new:
        steps[added[step.id]] = _new_step(step, known.stands_for, phrases)
    found = list(changes(core, plan, known))
    edges = [change for change in found if change.is_edge]
    made = _made(Own(frame=own.frame, steps=steps), edges)
    read, _ = read_plan(made.yaml.encode(), file)
    return (made, read, found) if read is not None else None


def _new_step(step: CoreStep, stands_for: Mapping[str, str], phrases: Phrases) -> Fields:
    if step.type == END:
        return {"end": "completed"}
    done = step.text("on_success") or step.text("on_completion")
    cannot = step.text("on_failure") or done
    choices = {"done": stands_for.get(done, ""), "cannot": stands_for.get(cannot, "")}
    return {**phrases.action(step), "choices": choices}


def _workflow(document: Mapping[str, object]) -> Mapping[str, object]:
    workflow = document["workflow"]
    assert isinstance(workflow, dict)
    return workflow


def _told_strange(core: Core, strange: set[str], told: Account) -> None:
    done = "the playbook itself counts, step by step; the extension is left aside"
    for name in sorted(strange):
        here, path = core.steps.get(name), f"$.workflow.{name}"
        if here is not None:
            found = "a step that the plan in our extension does not have"
            told.repaired(here.line, path, found, done)
        else:
            found = "missing, and the plan in our extension has it"
            told.repaired(core.fields["workflow"], path, found, done)


def _changed(
    own: Own, plan: Plan, found: list[Change], file: str, told: Account
) -> tuple[Plan, str]:
    """The plan with every change that leaves it readable.

    All are tried together, and halves of them where that fails, so that many are not slow.
    """
    for change in found:
        if change.made is None:
            told.lost(change.line, change.path, change.what)
    ahead = [[change for change in found if change.made is not None]]
    while ahead:
        some = ahead.pop()
        tried = _made(own, some)
        new, mistakes = read_plan(tried.yaml.encode(), file)
        if new is not None:
            own, plan = tried, new
            for change in some:
                what = "changed since it was exported"
                told.repaired(change.line, change.path, what, change.what)
        elif len(some) == 1:
            what = f"{some[0].what}; the plan could not be read any more: {mistakes[0].found}"
            told.lost(some[0].line, some[0].path, what)
        else:
            half = len(some) // 2
            ahead += [some[half:], some[:half]]
    return plan, own.yaml


def _made(own: Own, some: list[Change]) -> Own:
    made = Own(frame=dict(own.frame), steps={name: dict(f) for name, f in own.steps.items()})
    for change in some:
        if change.made is not None:
            change.made(made.frame, made.steps)
    return made


def _own(core: Core, told: Account) -> Own | None:
    """What the extension holds of the plan and of each step."""
    said = _extension(core.fields.get("playbook_extensions"), ours.OF_PLAN)
    frame = _tree(said["plan"]) if said is not None and "plan" in said else None
    if said is None or not isinstance(frame, Mapping):
        return None
    steps: dict[str, Fields] = {}
    for step in core.steps.values():
        one = _extension(step.fields.get("step_extensions"), ours.OF_STEP)
        fields = _tree(one["step"]) if one is not None and "step" in one else None
        name = text_of(one.get("id")) if one is not None else ""
        if name in steps:
            told.repaired(step.line, step.path, f"a second step that says it is {name}",
                          "the first one counts")  # fmt: skip
        elif name and isinstance(fields, Mapping):
            steps[name] = dict(fields)
    order = [text_of(item) for item in _items(said.get("steps"))]
    names = [name for name in order if name in steps]
    names += [name for name in steps if name not in set(names)]
    return Own(frame=dict(frame), steps={name: steps[name] for name in names})


def _extension(node: Json | None, type_: str) -> dict[str, Json] | None:
    held = node.value.get(EXTENSION) if node is not None and isinstance(node.value, dict) else None
    fields = held.value if held is not None and isinstance(held.value, dict) else None
    return fields if fields is not None and text_of(fields.get("type")) == type_ else None


def _items(node: Json | None) -> Iterator[Json]:
    if node is not None and isinstance(node.value, tuple):
        yield from node.value


def _tree(node: Json) -> Tree:
    match node.value:
        case dict():
            return {key: _tree(one) for key, one in node.value.items()}
        case tuple():
            return tuple(_tree(one) for one in node.value)
        case bool() | float() | None:
            return text_of(node) or "null"
        case _:
            return node.value
