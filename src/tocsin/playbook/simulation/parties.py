"""Who and what a step waits for: the one place that knows every kind of step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

import msgspec

from tocsin.playbook.plan import Plan
from tocsin.playbook.simulation.times import StepKind
from tocsin.playbook.steps import (
    Act,
    Approve,
    Ask,
    Call,
    Decide,
    End,
    Gate,
    Look,
    Page,
    Parallel,
    Seal,
    Step,
    Tell,
    Wait,
)
from tocsin.playbook.ways import DECLINED, LIMIT, UNDETERMINED, results_of

APPROVER = "approver"
"""The role of whoever approves an act where neither plan nor register names one."""


def kind_of(step: Step) -> StepKind | None:
    """As what its times are looked up; None where nothing about it is uncertain."""
    match step:
        case Act():
            return StepKind.ACT
        case Ask():
            return StepKind.ASK
        case Approve():
            return StepKind.APPROVE
        case Look():
            return StepKind.PROBE
        case Gate():
            return StepKind.GATE
        case Decide():
            return StepKind.DECIDE
        case Seal():
            return StepKind.SEAL
        case Page():
            return StepKind.PAGE
        case Tell():
            return StepKind.TELL
        case Call():
            return StepKind.CALL
        case Wait() | Parallel() | End():
            return None
        case _:
            assert_never(step)


def role_asked(step: Step, ruled: str | None) -> str | None:
    """The role whose people a step waits for; None where it waits for nobody.

    Args:
        ruled: the role that the register asks of whoever approves an act.
    """
    if isinstance(step, Ask | Approve | Page):
        return step.role
    if isinstance(step, Act) and step.approvals:
        return ruled or (step.raci.accountable if step.raci else APPROVER)
    return None


def roles_asked(plan: Plan, ruled: str | None) -> dict[str, str]:
    """The roles whose people the plan waits for, each with the first step that does."""
    found: dict[str, str] = {}
    for step in plan.steps.values():
        role = role_asked(step, ruled)
        if role is not None:
            found.setdefault(role, step.id)
    return found


def unarmed(plan: Plan) -> Plan:
    """The plan as it runs by itself where its system is not armed: each act waits for one yes."""
    steps = {
        step.id: msgspec.structs.replace(step, approvals=max(1, step.approvals))
        if isinstance(step, Act)
        else step
        for step in plan.steps.values()
    }
    return msgspec.structs.replace(plan, steps=steps)


def shared_results(step: Step) -> tuple[str, ...]:
    """The results of a step between which chance decides, in their order.

    Not those that follow from time alone: that a limit passes, that nobody answers a call.
    """
    kind = kind_of(step)
    if kind in (None, StepKind.PAGE):
        return ()
    return tuple(_ordered(step))


def _ordered(step: Step) -> Iterator[str]:
    passed_over = {LIMIT} if not isinstance(step, Ask) else set()
    if isinstance(step, Act) and not step.approvals:
        passed_over.add(DECLINED)
    results = [one for one in results_of(step) if one not in passed_over]
    if isinstance(step, Ask):
        yield from step.choices
    else:
        yield from sorted(results, key=lambda one: (one == UNDETERMINED, one))
