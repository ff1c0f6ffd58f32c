"""What was changed in a playbook of ours after it went out, property by property."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import msgspec

from tocsin.playbook.cacao.core import Core, CoreStep, text_of
from tocsin.playbook.cacao.extension import Plain
from tocsin.playbook.cacao.identifiers import playbook_id
from tocsin.playbook.cacao.json_tree import Json
from tocsin.playbook.cacao.send_out import Edge, Sent
from tocsin.playbook.cacao.told import slug
from tocsin.playbook.cacao.vocabulary import PEOPLE
from tocsin.playbook.plan import Plan
from tocsin.playbook.steps import Approve, Ask, Page
from tocsin.playbook.write_steps import duration
from tocsin.playbook.write_yaml import Tree
from tocsin.register.mistakes import shown

Frame = dict[str, Tree]
Steps = dict[str, dict[str, Tree]]
EDGES = ("on_completion", "on_success", "on_failure", "on_true", "on_false")
_KIND_OF_ROLE = {"ask": "role", "approve": "role", "page": "page"}
_YES = "Say yes or no: "
_MADE_ANEW = ("type", "spec_version", "created", "modified", "created_by", "description", "labels",
              "external_references", "playbook_extensions", "extension_definitions", "workflow",
              "playbook_processing_summary")  # fmt: skip


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One difference between the plan that went out and the playbook that came back.

    Args:
        what: what it is; as a repair "..., taken over", as a loss what is not carried.
        made: makes it in the fields of the plan; None where no field of ours can hold it.
        is_edge: whether it is about where a step leads.
    """

    line: int
    path: str
    what: str
    made: Callable[[Frame, Steps], None] | None = None
    is_edge: bool = False


def changes(core: Core, plan: Plan, expected: Sent) -> Iterator[Change]:
    """Every difference, from the top of the file to its end."""
    yield from _of_playbook(core, plan, expected)
    workflow = expected.document["workflow"]
    assert isinstance(workflow, dict)
    for step in core.steps.values():
        wanted = workflow.get(step.id)
        if not isinstance(wanted, dict):
            continue
        yield from _edges(plan, step, wanted, expected)
        yield from _fields(core, plan, step, wanted, expected)


def _of_playbook(core: Core, plan: Plan, expected: Sent) -> Iterator[Change]:
    title, said = core.fields.get("name"), core.text("name")
    if said and said != plan.title.strip() and title is not None:
        yield Change(line=title.line, path="$.name", what="taken over as the title",
                     made=lambda frame, steps: frame.update(title=said))  # fmt: skip
    id_, name = core.fields.get("id"), core.text("id")
    if id_ is not None and name != playbook_id(plan.id):
        yield Change(line=id_.line, path="$.id", what="taken over as the name of the plan",
                     made=lambda frame, steps: frame.update(plan=name))  # fmt: skip
    for field, node in core.fields.items():
        held = expected.document.get(field)
        if field in (*_MADE_ANEW, "name", "id") or field.endswith("_definitions"):
            continue
        if field == "playbook_variables":
            yield from _variables(core, held if isinstance(held, dict) else {})
        elif held != _plain(node):
            yield Change(line=node.line, path=f"$.{field}", what="added or changed, and a plan "
                         "of ours has no word for it")  # fmt: skip


def _variables(core: Core, held: Mapping[str, Plain]) -> Iterator[Change]:
    for name, node in core.each("playbook_variables"):
        if held.get(name) == _plain(node):
            continue
        value = text_of(node.value.get("value")) if isinstance(node.value, dict) else ""
        path = f"$.playbook_variables.{name}"
        if name in held and value:
            yield Change(line=node.line, path=path, what="its value is taken over",
                         made=_variable(name.strip("_"), value))  # fmt: skip
        else:
            yield Change(line=node.line, path=path, what="a variable that the plan does not have")


def _variable(name: str, value: str) -> Callable[[Frame, Steps], None]:
    def made(frame: Frame, steps: Steps) -> None:
        variables = frame.get("variables")
        one = variables.get(name) if isinstance(variables, Mapping) else None
        if isinstance(variables, Mapping) and isinstance(one, Mapping):
            words = {"true": "yes", "false": "no"} if one.get("type") == "yes or no" else {}
            frame["variables"] = {**variables, name: {**one, "value": words.get(value, value)}}

    return made


def _edges(
    plan: Plan, step: CoreStep, wanted: Mapping[str, Plain], expected: Sent
) -> Iterator[Change]:
    """Every edge that leads elsewhere than it did, and every new one."""
    there = dict(_leading(step))
    before = dict(_led(wanted))
    for path, (node, to) in there.items():
        if before.get(path) == to:
            continue
        edge = expected.edges.get((step.id, path))
        name = expected.stands_for.get(step.id, "")
        if edge is None and path == "on_failure" and name in plan.steps:
            edge = Edge(name, "on_failure")
        goal = expected.stands_for.get(to)
        at = f"{step.path}.{path}"
        if edge is None or goal is None:
            yield Change(line=node.line, path=at, what="an edge for which the plan has no place")
        else:
            yield Change(line=node.line, path=at, what=f"leads to {goal} now",
                         made=_led_to(edge, goal), is_edge=True)  # fmt: skip
    for path in before.keys() - there.keys():
        yield Change(line=step.line, path=f"{step.path}.{path}", what="it is missing now; the plan "
                     "leads on as before")  # fmt: skip


def _leading(step: CoreStep) -> Iterator[tuple[str, tuple[Json, str]]]:
    for field in EDGES:
        if field in step.fields:
            yield field, (step.fields[field], text_of(step.fields[field]))
    branches, cases = step.fields.get("next_steps"), step.fields.get("cases")
    if branches is not None and isinstance(branches.value, tuple):
        for number, node in enumerate(branches.value):
            yield f"next_steps[{number}]", (node, text_of(node))
    if cases is not None and isinstance(cases.value, dict):
        for case, node in cases.value.items():
            yield f"cases.{case}", (node, text_of(node))


def _led(wanted: Mapping[str, Plain]) -> Iterator[tuple[str, Plain]]:
    yield from ((field, wanted[field]) for field in EDGES if field in wanted)
    branches, cases = wanted.get("next_steps"), wanted.get("cases")
    if isinstance(branches, list):
        yield from ((f"next_steps[{n}]", to) for n, to in enumerate(branches))
    if isinstance(cases, dict):
        yield from ((f"cases.{case}", to) for case, to in cases.items())


def _led_to(edge: Edge, goal: str) -> Callable[[Frame, Steps], None]:
    def made(frame: Frame, steps: Steps) -> None:
        if not edge.step:
            frame["start"] = goal
            return
        fields = steps[edge.step]
        if edge.way.startswith("choices."):
            choices = fields["choices"]
            assert isinstance(choices, Mapping)
            fields["choices"] = {**choices, edge.way.partition(".")[2]: goal}
        elif edge.way.startswith(("decide[", "parallel[")):
            kind, number = edge.way.partition("[")[0], int(edge.way.split("[")[1].split("]")[0])
            rows = fields[kind]
            assert isinstance(rows, tuple)
            row = rows[number]
            new: Tree = {**row, "next": goal} if isinstance(row, Mapping) else goal
            fields[kind] = (*rows[:number], new, *rows[number + 1 :])
        else:
            fields[edge.way] = goal

    return made


def _fields(
    core: Core, plan: Plan, step: CoreStep, wanted: Mapping[str, Plain], expected: Sent
) -> Iterator[Change]:
    """Every other property of a step that is not as it was."""
    name = expected.stands_for.get(step.id, "")
    ours = plan.steps.get(name)
    is_main = ours is not None and "commands" in wanted
    for field, node in step.fields.items():
        if field in (*EDGES, "next_steps", "cases", "step_extensions", "type"):
            continue
        if wanted.get(field) == _plain(node):
            continue
        made = None
        if is_main and field == "commands" and isinstance(ours, Ask | Approve):
            made = _question(name, node, isinstance(ours, Approve))
        elif is_main and field == "agent" and isinstance(ours, Ask | Approve | Page):
            made = _role(core, name, node)
        elif ours is not None and field in ("timeout", "delay"):
            made = _span(name, field, text_of(node))
        what = "taken over" if made else f"changed to {shown(text_of(node) or '...')}"
        yield Change(line=node.line, path=f"{step.path}.{field}", made=made, what=what)


def _question(name: str, node: Json, approves: bool) -> Callable[[Frame, Steps], None] | None:
    commands = node.value if isinstance(node.value, tuple) else ()
    fields = commands[0].value if len(commands) == 1 else None
    words = fields.get("command") if isinstance(fields, dict) else None
    text = words.value if words is not None and isinstance(words.value, str) else ""
    if approves:
        text = text.removeprefix(_YES) if text.startswith(_YES) else ""
    kind = "approve" if approves else "ask"
    return (lambda frame, steps: steps[name].update({kind: text})) if text.strip() else None


def _role(core: Core, name: str, node: Json) -> Callable[[Frame, Steps], None] | None:
    agents = dict(core.each("agent_definitions"))
    agent = agents.get(text_of(node))
    fields = agent.value if agent is not None and isinstance(agent.value, dict) else {}
    role = slug(text_of(fields.get("name")))
    if not role or text_of(fields.get("type")) not in PEOPLE:
        return None

    def made(frame: Frame, steps: Steps) -> None:
        kind = next(kind for kind in _KIND_OF_ROLE if kind in steps[name])
        steps[name][_KIND_OF_ROLE[kind]] = role

    return made


def _span(name: str, field: str, text: str) -> Callable[[Frame, Steps], None] | None:
    if not text.isdecimal() or not 1000 <= int(text) <= 999_999_000:
        return None
    seconds = duration(int(text) // 1000)

    def made(frame: Frame, steps: Steps) -> None:
        known = ("wait",) if field == "delay" else ("limit", "budget")
        for one in known:
            if one in steps[name]:
                steps[name][one] = seconds

    return made


def _plain(node: Json) -> Plain:
    match node.value:
        case dict():
            return {key: _plain(one) for key, one in node.value.items()}
        case tuple():
            return [_plain(one) for one in node.value]
        case float():
            return str(node.value)
        case _:
            return node.value
