"""The shapes of CACAO 2.0: for each kind of object which properties it has, and what each holds.

Source: CACAO Security Playbooks 2.0, committee specification 01, sections 3 to 10. The official
JSON schemas mean to be closed and are not; this table is.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

from tocsin.playbook.cacao.vocabulary import (
    ACTION,
    CALL,
    END,
    IF,
    PARALLEL,
    START,
    SWITCH,
    WHILE,
)


class Holds(enum.Enum):
    """What a property holds, in words for people."""

    TEXT = "text"
    TEXTS = "a list of texts"
    ID = "an identifier such as action--9f1c8f0e-4f0a-4c53-9d0c-1b6c5e7a2d11"
    IDS = "a list of identifiers"
    INSTANT = "an instant such as 2026-11-26T12:00:00.000Z"
    WHOLE = "a whole number, 0 or more"
    SCORE = "a whole number from 0 to 100"
    FLAG = "true or false"
    OBJECT = "an object"
    OBJECTS = "a list of objects"
    ANY = "anything"


T, TS, ID, IDS, AT = Holds.TEXT, Holds.TEXTS, Holds.ID, Holds.IDS, Holds.INSTANT
N, S, F, OB, OS = Holds.WHOLE, Holds.SCORE, Holds.FLAG, Holds.OBJECT, Holds.OBJECTS
Shape = Mapping[str, Holds]

PLAYBOOK: Shape = {
    "type": T, "spec_version": T, "id": ID, "name": T, "description": T, "playbook_types": TS,
    "playbook_activities": TS, "playbook_processing_summary": OB, "created_by": ID, "created": AT,
    "modified": AT, "revoked": F, "valid_from": AT, "valid_until": AT, "derived_from": IDS,
    "related_to": IDS, "priority": S, "severity": S, "impact": S, "industry_sectors": TS,
    "labels": TS, "external_references": OS, "markings": IDS, "playbook_variables": OB,
    "workflow_start": ID, "workflow_exception": ID, "workflow": OB, "playbook_extensions": OB,
    "authentication_info_definitions": OB, "agent_definitions": OB, "target_definitions": OB,
    "extension_definitions": OB, "data_marking_definitions": OB, "signatures": OS,
}  # fmt: skip
PLAYBOOK_NEEDS = ("type", "spec_version", "id", "name", "created_by", "created", "modified",
                  "workflow_start", "workflow")  # fmt: skip
_STEP: Shape = {
    "type": T, "name": T, "description": T, "external_references": OS, "delay": N, "timeout": N,
    "step_variables": OB, "owner": ID, "on_completion": ID, "on_success": ID, "on_failure": ID,
    "step_extensions": OB,
}  # fmt: skip
STEPS: Mapping[str, Shape] = {
    START: _STEP,
    END: _STEP,
    ACTION: {**_STEP, "commands": OS, "agent": ID, "targets": IDS, "in_args": TS, "out_args": TS},
    CALL: {**_STEP, "playbook_id": ID, "playbook_version": AT, "in_args": TS, "out_args": TS},
    PARALLEL: {**_STEP, "next_steps": IDS},
    IF: {**_STEP, "condition": T, "on_true": ID, "on_false": ID},
    WHILE: {**_STEP, "condition": T, "on_true": ID},
    SWITCH: {**_STEP, "switch": T, "cases": OB},
}
STEP_NEEDS: Mapping[str, tuple[str, ...]] = {
    START: (), END: (), ACTION: ("commands", "agent"), CALL: ("playbook_id",),
    PARALLEL: ("next_steps",), IF: ("condition", "on_true"), WHILE: ("condition", "on_true"),
    SWITCH: ("switch", "cases"),
}  # fmt: skip
_COMMAND: Shape = {"type": T, "description": T, "version": T, "playbook_activity": T,
                   "external_references": OS}  # fmt: skip
_LINE: Shape = {**_COMMAND, "command": T, "command_b64": T}
_CODE: Shape = {**_COMMAND, "command_b64": T}
COMMANDS: Mapping[str, Shape] = {
    **dict.fromkeys(("manual", "bash", "caldera-cmd", "powershell", "ssh"), _LINE),
    **dict.fromkeys(("elastic", "jupyter", "kestrel", "sigma", "yara"), _CODE),
    "http-api": {**_COMMAND, "command": T, "headers": OB, "content": T, "content_b64": T},
    "openc2-http": {**_COMMAND, "command": T, "headers": OB, "content": T, "content_b64": T},
}
_AGENT: Shape = {"type": T, "name": T, "description": T, "location": OB,
                 "agent_target_extensions": OB}  # fmt: skip
_PEOPLE: Shape = {**_AGENT, "contact": OB}
_NET: Shape = {**_AGENT, "address": OB, "authentication_info": ID, "category": TS}
AGENTS: Mapping[str, Shape] = {
    "group": _PEOPLE,
    "individual": _PEOPLE,
    "organization": _PEOPLE,
    "http-api": {**_NET, "port": T},
    "linux": {**_NET, "port": T},
    "ssh": {**_NET, "port": T},
    "net-address": _NET,
    "location": {**_AGENT, "logical": TS},
    "sector": {**_AGENT, "sector": Holds.ANY},
    "security-category": {**_AGENT, "category": TS},
}
_LOG_IN: Shape = {"type": T, "name": T, "description": T, "authentication_info_extensions": OB,
                  "kms": F, "kms_key_identifier": T}  # fmt: skip
LOG_INS: Mapping[str, Shape] = {
    "http-basic": {**_LOG_IN, "user_id": T, "password": T},
    "user-auth": {**_LOG_IN, "username": T, "password": T},
    "oauth2": {**_LOG_IN, "oauth_header": T, "token": T},
}
SECRETS = ("password", "token")
VARIABLE: Shape = {"type": T, "description": T, "value": Holds.ANY, "constant": F, "external": F}
EXTENSION: Shape = {"type": T, "name": T, "description": T, "created_by": ID, "schema": T,
                    "version": T, "external_references": OS}  # fmt: skip
EXTENSION_NEEDS = ("type", "name", "created_by", "schema", "version")
REFERENCE: Shape = {"name": T, "description": T, "source": T, "url": T, "external_id": T,
                    "reference_id": T}  # fmt: skip
