"""A plan as a CACAO 2.0 playbook: valid by the official schemas and by our stricter checks.

The same plan and the same instant give the same bytes. What CACAO has no word for travels in our
extension, so that a plan comes back as it went.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import msgspec

from tocsin.playbook.cacao import extension as ours
from tocsin.playbook.cacao.extension import EXTENSION, Plain
from tocsin.playbook.cacao.identifiers import identifier, playbook_id
from tocsin.playbook.cacao.send_steps import (
    Result,
    command,
    is_plain,
    limit_of,
    plain_edges,
    results,
    rounds_held,
    targets,
    who,
)
from tocsin.playbook.cacao.told import Names
from tocsin.playbook.cacao.vocabulary import SPEC_VERSION, VARIABLE_USED
from tocsin.playbook.plan import Plan, VariableType
from tocsin.playbook.steps import JOIN, Call, End, Gate, Look, Parallel, Step, Wait
from tocsin.playbook.ways import ways_out
from tocsin.playbook.write import frame_of
from tocsin.playbook.write_steps import fields_of_step

ATLAS = "https://atlas.mitre.org/techniques/"
_TYPES = {VariableType.TEXT: "string", VariableType.DECIMAL: "float",
          VariableType.WHOLE: "integer", VariableType.YES_NO: "bool"}  # fmt: skip


_FROM_OUTSIDE: dict[str, Plain] = {
    "type": "string", "description": "What the words of a step ask for.", "external": True,
}  # fmt: skip


class Edge(msgspec.Struct, frozen=True):
    """An edge of a playbook of ours: the step and the field that it comes from."""

    step: str
    way: str


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A plan as a playbook.

    Args:
        document: the playbook.
        edges: by the id of a step of it and the path of an edge there, what it stands for.
        stands_for: by the id of a step of it, the step of ours; `JOIN` for the end of a branch.
    """

    document: dict[str, Plain]
    edges: Mapping[tuple[str, str], Edge]
    stands_for: Mapping[str, str]

    @property
    def bytes(self) -> bytes:
        """The playbook as a file."""
        return (json.dumps(self.document, indent=2, ensure_ascii=True) + "\n").encode()


def sent(plan: Plan, created: datetime) -> Sent:
    """The plan as a playbook made at that instant."""
    return _Sending(plan).sent(created)


def instant(at: datetime) -> str:
    """An instant as CACAO writes it: UTC, three digits of a second."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


class _Sending:
    """One export of one plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._workflow: dict[str, Plain] = {}
        self._edges: dict[tuple[str, str], Edge] = {}
        self._stands: dict[str, str] = {}
        self._branch = dict(_branches(plan))
        self._notes: dict[str, Plain] = {}
        self._agents: dict[str, Plain] = {}
        self._targets: dict[str, Plain] = {}
        self._words = Names()

    def sent(self, created: datetime) -> Sent:
        plan, made = self._plan, instant(created)
        start = self._id("start", "", "start")
        first = self._main(plan.start)
        self._workflow[start] = {"type": "start", "on_completion": first}
        for step in plan.steps.values():
            self._step(step)
        variables = {f"__{name}__": value for name, value in self._variables()}
        self._notes |= {name: _FROM_OUTSIDE for name in _asked(self._workflow)
                        if name not in variables and name not in self._notes}  # fmt: skip
        document: dict[str, Plain] = {
            "type": "playbook",
            "spec_version": SPEC_VERSION,
            "id": playbook_id(plan.id),
            "name": plan.title,
            "description": f"Version {plan.version} of the response plan {plan.id}, exported by "
            "Tocsin. Every command is manual; what the plan says beyond CACAO is in the extension.",
            "created_by": ours.MAKER,
            "created": made,
            "modified": made,
            "labels": [label for label in (plan.failure_mode, *plan.systems) if label],
            "external_references": [
                {"name": "MITRE ATLAS", "external_id": one, "url": f"{ATLAS}{one}"}
                for one in plan.techniques
            ],
            "playbook_variables": {**variables, **self._notes},
            "workflow_start": start,
            "workflow": self._workflow,
            "playbook_extensions": ours.of_plan(frame_of(plan), plan.steps),
            "agent_definitions": self._agents,
            "target_definitions": self._targets,
            "extension_definitions": {EXTENSION: ours.definition()},
        }
        empty = ("labels", "external_references", "playbook_variables", "agent_definitions",
                 "target_definitions")  # fmt: skip
        document = {k: v for k, v in document.items() if v or k not in empty}
        self._edges[start, "on_completion"] = Edge("", "start")
        return Sent(document=document, edges=self._edges, stands_for=self._stands)

    def _id(self, type_: str, step: str, part: str) -> str:
        return identifier(type_, self._plan.id, step, part)

    def _main(self, name: str) -> str:
        """The id of the step that stands for a step of ours."""
        types = {Parallel: "parallel", Call: "playbook-action", End: "end"}
        return self._id(types.get(type(self._plan.steps[name]), "action"), name, "step")

    def _variables(self) -> Iterator[tuple[str, Plain]]:
        for name, one in self._plan.variables.items():
            value = one.value
            if one.type is VariableType.YES_NO:
                value = "true" if one.value == "yes" else "false"
            yield name, {"type": _TYPES[one.type], "description": one.means, "value": value,
                         "constant": True}  # fmt: skip

    def _step(self, step: Step) -> None:
        id_ = self._main(step.id)
        self._stands[id_] = step.id
        fields: dict[str, Plain] = {"type": id_.partition("--")[0], "name": step.id}
        self._workflow[id_] = fields
        match step:
            case End():
                pass
            case Parallel():
                fields["next_steps"] = [self._main(branch) for branch in step.branches]
                for number in range(len(step.branches)):
                    self._edges[id_, f"next_steps[{number}]"] = Edge(step.id, f"parallel[{number}]")
                    self._end_of_branch(f"{step.id}[{number}]")
            case Call():
                fields["playbook_id"] = playbook_id(step.plan)
            case _:
                fields["commands"] = [command(step)]
                fields["agent"] = self._agent(who(step))
                looked_at = [self._target(target) for target in targets(step)]
                if looked_at:
                    fields["targets"] = list(looked_at)
        if isinstance(step, Wait):
            fields["delay"] = step.seconds * 1000
        limit = limit_of(step)
        if limit is not None:
            fields["timeout"] = limit * 1000
        self._lead(step, id_, fields)
        fields["step_extensions"] = ours.of_step(step.id, fields_of_step(step))

    def _lead(self, step: Step, id_: str, fields: dict[str, Plain]) -> None:
        found = results(step)
        if not found:
            return
        if is_plain(step, found):
            for field, result in plain_edges(step, found).items():
                self._edge(step, id_, field, result)
                fields[field] = self._target_of(step, result)
            return
        note = f"__{self._words.exactly('result_' + step.id.replace('.', '_'))}__"
        self._notes[note] = {"type": "string", "description": f"What came of {step.id}."}
        fields["out_args"] = [note]
        two_ways = len(found) == 2 and isinstance(step, Look | Gate | Wait)
        which = self._id("if-condition" if two_ways else "switch-condition", step.id, "which")
        fields["on_completion"] = which
        self._stands[which] = step.id
        self._workflow[which] = self._condition(step, which, note, found, two_ways)

    def _condition(
        self, step: Step, id_: str, note: str, found: tuple[Result, ...], two_ways: bool
    ) -> dict[str, Plain]:
        fields: dict[str, Plain] = {"name": f"{step.id}: which result"}
        if two_ways:
            fields |= {"type": "if-condition", "condition": rounds_held(step, note)}
            for field, result in zip(("on_true", "on_false"), found, strict=True):
                self._edge(step, id_, field, result)
                fields[field] = self._target_of(step, result)
        else:
            cases: dict[str, Plain] = {}
            for result in found:
                self._edge(step, id_, f"cases.{result.word}", result)
                cases[result.word] = self._target_of(step, result)
            fields |= {"type": "switch-condition", "switch": f"{note}:value", "cases": cases}
        return {**fields, "step_extensions": ours.of_part(step.id)}

    def _edge(self, step: Step, id_: str, path: str, result: Result) -> None:
        self._edges[id_, path] = Edge(step.id, result.way)

    def _target_of(self, step: Step, result: Result) -> str:
        if result.to != JOIN:
            return self._main(result.to)
        return self._id("end", self._branch[step.id], "branch")

    def _end_of_branch(self, branch: str) -> None:
        id_ = self._id("end", branch, "branch")
        self._stands[id_] = JOIN
        self._workflow[id_] = {"type": "end", "name": f"end of {branch}"}

    def _agent(self, role: str) -> str:
        id_ = identifier("group", "role", role)
        self._agents[id_] = {"type": "group", "name": role}
        return id_

    def _target(self, target: str) -> str:
        id_ = identifier("security-category", "target", target)
        self._targets[id_] = {
            "type": "security-category",
            "name": target,
            "category": ["ai-system"],
            "agent_target_extensions": {EXTENSION: {"type": ours.OF_TARGET, "target": target}},
        }
        return id_


def _asked(workflow: dict[str, Plain]) -> list[str]:
    """The variables that words of steps ask for: those of foreign plans are kept as they stood."""
    return sorted(set(VARIABLE_USED.findall(json.dumps(workflow, ensure_ascii=False))))


def _branches(plan: Plan) -> Iterator[tuple[str, str]]:
    """The innermost branch in which each step stands: the parallel step and its number."""
    ahead, seen = [(plan.start, "")], set[str]()
    while ahead:
        name, branch = ahead.pop()
        if name in seen or name == JOIN:
            continue
        seen.add(name)
        yield name, branch
        step = plan.steps[name]
        ahead += [(to, branch) for _, to in ways_out(step)]
        if isinstance(step, Parallel):
            ahead += [(to, f"{name}[{n}]") for n, to in enumerate(step.branches)]
