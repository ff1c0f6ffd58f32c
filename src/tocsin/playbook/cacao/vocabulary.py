"""The words of CACAO 2.0, and how far a misspelt one may be taken for one of them.

Source: CACAO Security Playbooks 2.0, committee specification 01, sections 3, 4, 6, 7 and 10.
Reading: which other spellings count was gathered from published playbooks, many of which are wrong.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from tocsin.register.mistakes import nearest

SPEC_VERSION = "cacao-2.0"
UUID = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-5][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}"
IDENTIFIER = re.compile(rf"([a-z][a-z0-9-]+[a-z0-9])--{UUID}")
ANY_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
VARIABLE_NAME = re.compile(r"__[a-zA-Z_][a-zA-Z0-9_-]{0,199}__")
VARIABLE_USED = re.compile(r"(__[a-zA-Z][a-zA-Z0-9_-]*?__):value")

START, END, ACTION, CALL = "start", "end", "action", "playbook-action"
PARALLEL, IF, WHILE, SWITCH = "parallel", "if-condition", "while-condition", "switch-condition"

PLAYBOOK = (
    "type", "spec_version", "id", "name", "description", "playbook_types", "playbook_activities",
    "playbook_processing_summary", "created_by", "created", "modified", "revoked", "valid_from",
    "valid_until", "derived_from", "related_to", "priority", "severity", "impact",
    "industry_sectors", "labels", "external_references", "markings", "playbook_variables",
    "workflow_start", "workflow_exception", "workflow", "playbook_extensions",
    "authentication_info_definitions", "agent_definitions", "target_definitions",
    "extension_definitions", "data_marking_definitions", "signatures",
)  # fmt: skip
STEP = (
    "type", "name", "description", "external_references", "delay", "timeout", "step_variables",
    "owner", "on_completion", "on_success", "on_failure", "step_extensions",
)  # fmt: skip
OF_STEP: Mapping[str, tuple[str, ...]] = {
    START: (),
    END: (),
    ACTION: ("commands", "agent", "targets", "in_args", "out_args"),
    CALL: ("playbook_id", "playbook_version", "in_args", "out_args"),
    PARALLEL: ("next_steps",),
    IF: ("condition", "on_true", "on_false"),
    WHILE: ("condition", "on_true"),
    SWITCH: ("switch", "cases"),
}
"""What a step of each type may say beside what every step may say."""

COMMAND = ("type", "description", "version", "playbook_activity", "external_references", "command",
           "command_b64", "headers", "content", "content_b64", "kernel")  # fmt: skip
"""What commands of the types that the specification names may say, all of them together."""

PEOPLE = ("group", "individual", "organization", "sector", "location")
"""Types of agents that are people."""

STEP_ALIASES = {
    "next_step": "on_completion", "next": "on_completion", "on_complete": "on_completion",
    "oncomplete": "on_completion", "on_next": "on_completion", "goto": "on_completion",
    "conditions": "cases", "branches": "next_steps", "steps": "next_steps", "title": "name",
    "step_name": "name", "actions": "commands", "command": "commands", "target": "targets",
    "target_ids": "targets", "target_id": "targets", "agent_id": "agent", "agents": "agent",
    "expression": "condition", "then": "on_true", "else": "on_false", "true": "on_true",
    "false": "on_false", "playbook": "playbook_id", "step_type": "type", "step_extension":
    "step_extensions", "variables": "step_variables", "on_fail": "on_failure",
    "on_error": "on_failure", "on_ok": "on_success",
}  # fmt: skip
PLAYBOOK_ALIASES = {
    "agents": "agent_definitions", "targets": "target_definitions", "title": "name",
    "agent": "agent_definitions", "target": "target_definitions", "steps": "workflow",
    "authentication_info": "authentication_info_definitions", "start": "workflow_start",
    "playbook_extension": "playbook_extensions", "extensions": "playbook_extensions",
    "variables": "playbook_variables", "exception": "workflow_exception", "version":
    "spec_version", "playbook_type": "playbook_types", "references": "external_references",
    "data_markings": "data_marking_definitions", "extension_definition": "extension_definitions",
}  # fmt: skip
TYPE_ALIASES = {
    "single": ACTION, "task": ACTION, "step": ACTION, "manual": ACTION, "action-step": ACTION,
    "command": ACTION, "playbook": CALL, "subplaybook": CALL, "playbook-step": CALL,
    "if": IF, "condition": IF, "if-step": IF, "while": WHILE, "loop": WHILE, "decision": SWITCH,
    "switch": SWITCH, "choice": SWITCH, "gateway": SWITCH, "fork": PARALLEL, "begin": START,
    "start-step": START, "stop": END, "finish": END, "end-step": END, "terminate": END,
}  # fmt: skip


def spelled(word: str) -> str:
    """A key with small letters and low lines: `onCompletion`, `on-completion` and alike."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", word.strip())
    return re.sub(r"[\s-]+", "_", snake).lower()


def meant(word: str, known: Collection[str], aliases: Mapping[str, str]) -> str | None:
    """The word of the specification that was probably meant, or None."""
    plain = spelled(word)
    if plain in known:
        return plain
    if aliases.get(plain) in known:
        return aliases[plain]
    close = nearest(plain, known) if len(plain) > 4 else None
    return close if close is not None and _one_slip(plain, close) else None


def _one_slip(word: str, known: str) -> bool:
    """Whether two words differ by one or two letters, left out, doubled, exchanged or put in."""
    if abs(len(word) - len(known)) > 2:
        return False
    row = list(range(len(known) + 1))
    for i, sign in enumerate(word, start=1):
        last, row[0] = row[0], i
        for j, other in enumerate(known, start=1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (sign != other))
    return row[-1] <= 2
