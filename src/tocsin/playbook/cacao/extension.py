"""Our extension of CACAO: what a plan says and CACAO has no word for, in the words of our files.

The extension of a step holds the very fields of that step; so what can be said in a plan can be
carried, and nothing needs a second vocabulary. `playbooks/cacao-extension.schema.json` publishes
its JSON Schema, made here from what the strict reader knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from tocsin.playbook.cacao.identifiers import identifier
from tocsin.playbook.read import TOP
from tocsin.playbook.read_attributes import ANY_STEP
from tocsin.playbook.read_steps import FIELDS
from tocsin.playbook.write_yaml import Tree

EXTENSION = identifier("extension-definition", "tocsin", "plan")
MAKER = identifier("identity", "tocsin")
VERSION = "1.0.0"
SCHEMA_ID = "urn:tocsin:cacao-extension:1"
OF_PLAN, OF_STEP, OF_PART, OF_TARGET = "plan", "step", "part", "target"
_COUNTED = ("approvals", "attempts_max", "rounds_max")

Plain: TypeAlias = "str | int | bool | list[Plain] | dict[str, Plain] | None"
"""JSON as it is written."""


def definition() -> dict[str, Plain]:
    """What a playbook says of the extension that it uses."""
    return {
        "type": "extension-definition",
        "name": "Tocsin plan",
        "description": "What a response plan for AI systems says beyond CACAO: responsibility, "
        "evidence and its order, limits and deadlines, approvals, probes, recovery gates, undo, "
        "the wanted state of an AI target. A tool that does not know it finds manual commands.",
        "created_by": MAKER,
        "schema": f"The JSON Schema {SCHEMA_ID}, published as playbooks/cacao-extension.schema."
        "json in the source of Tocsin.",
        "version": VERSION,
    }


def plain(tree: Tree) -> Plain:
    """Fields of a file as JSON."""
    match tree:
        case Mapping():
            return {key: plain(value) for key, value in tree.items()}
        case tuple():
            return [plain(item) for item in tree]
        case _:
            return tree


def of_plan(frame: Mapping[str, Tree], steps: Iterable[str]) -> dict[str, Plain]:
    """The extension of a playbook: all that stands around the steps, and the order of the steps."""
    return {EXTENSION: {"type": OF_PLAN, "plan": plain(frame), "steps": list(steps)}}


def of_step(name: str, fields: Mapping[str, Tree]) -> dict[str, Plain]:
    """The extension of the step that stands for a step of ours."""
    return {EXTENSION: {"type": OF_STEP, "id": name, "step": plain(fields)}}


def of_part(name: str) -> dict[str, Plain]:
    """The extension of a step that CACAO needs beside that one."""
    return {EXTENSION: {"type": OF_PART, "id": name}}


def schema() -> dict[str, Plain]:
    """The JSON Schema of the extension."""
    text: Plain = {"type": "string"}
    step: dict[str, Plain] = {
        "description": "The fields of one step as a plan's file says them.",
        "oneOf": [_kind(kind) for kind in FIELDS],
    }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": SCHEMA_ID,
        "title": "What a Tocsin plan says beyond CACAO 2.0",
        "description": "The value under the extension's id in playbook_extensions (type plan), in "
        "step_extensions (types step and part) and in agent_target_extensions (type target).",
        "oneOf": [
            _object({
                "type": {"const": OF_PLAN},
                "plan": _object({f: _value(f) for f in TOP if f != "steps"}, ("plan", "title")),
                "steps": {"type": "array", "items": text, "uniqueItems": True},
            }),
            _object({"type": {"const": OF_STEP}, "id": text, "step": {"$ref": "#/$defs/step"}}),
            _object({"type": {"const": OF_PART}, "id": text}),
            _object({"type": {"const": OF_TARGET}, "target": text}),
        ],
        "$defs": {
            "step": step,
            "tree": {
                "description": "A text, or texts in lists and mappings.",
                "oneOf": [
                    text,
                    {"type": "array", "items": {"$ref": "#/$defs/tree"}},
                    {"type": "object", "additionalProperties": {"$ref": "#/$defs/tree"}},
                ],
            },
        },
    }  # fmt: skip


def _kind(kind: str) -> Plain:
    fields = {f: _value(f) for f in (kind, *FIELDS[kind], *ANY_STEP)}
    return _object(fields, (kind,))


def _value(field: str) -> Plain:
    return {"type": "integer"} if field in _COUNTED else {"$ref": "#/$defs/tree"}


def _object(fields: Mapping[str, Plain], required: tuple[str, ...] | None = None) -> Plain:
    return {
        "type": "object",
        "properties": dict(fields),
        "required": list(fields if required is None else required),
        "additionalProperties": False,
    }
