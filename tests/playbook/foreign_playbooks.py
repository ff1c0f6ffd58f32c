"""Playbooks of others, as tests write them, and what they become."""

from __future__ import annotations

import json
from typing import Any

from tocsin.playbook.cacao.bring_in import Imported, imported
from tocsin.playbook.plan import Plan
from tocsin.playbook.read import plan_of
from tocsin.playbook.steps import Ask


def taken(document: object) -> Imported:
    return imported(json.dumps(document, indent=1).encode(), "playbook.json")


def plan_from(document: object) -> Plan:
    found = taken(document)
    assert found.plan is not None, found.mistakes
    assert found.plan == plan_of(found.yaml.encode())
    return found.plan


def playbook(workflow: object, **more: object) -> dict[str, object]:
    return {
        "type": "playbook",
        "spec_version": "cacao-2.0",
        "id": "playbook--9f1c8f0e-4f0a-4c53-9d0c-1b6c5e7a2d11",
        "name": "Quarantine a poisoned corpus",
        "workflow_start": "start--1",
        "workflow": workflow,
        **more,
    }


def chain(*names: str, last: str = "end--1") -> dict[str, Any]:
    """Steps one after the other, between a start and an end."""
    ids = [*(f"action--{name}" for name in names), last]
    steps: dict[str, Any] = {"start--1": {"type": "start", "on_completion": ids[0]}}
    for name, to in zip(names, ids[1:], strict=True):
        steps[f"action--{name}"] = {"type": "action", "name": name, "on_completion": to}
    return {**steps, "end--1": {"type": "end"}}


def ask(plan: Plan, name: str) -> Ask:
    step = plan.steps[name]
    assert isinstance(step, Ask)
    return step
