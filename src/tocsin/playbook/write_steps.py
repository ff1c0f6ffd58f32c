"""Steps as the fields that a file says of them: what `read_steps` reads, told back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from tocsin.facts.runs import Effect
from tocsin.playbook.steps import (
    Act,
    Approve,
    Ask,
    Call,
    Check,
    Decide,
    End,
    Gate,
    Look,
    Page,
    Parallel,
    Raci,
    Seal,
    Step,
    Tell,
    Wait,
)
from tocsin.playbook.write_yaml import Tree
from tocsin.register.strict_yaml import SECONDS

ATTEMPTS = 5
"""How often an act is tried where the plan does not say it."""

NOTHING: tuple[Tree, ...] = ("", (), {})


def present(fields: Mapping[str, Tree | None]) -> dict[str, Tree]:
    """The fields that say something."""
    return {f: value for f, value in fields.items() if value is not None and value not in NOTHING}


def duration(seconds: int) -> str:
    """A span as a file says it, in the largest unit that holds it whole."""
    unit = max((u for u, n in SECONDS.items() if seconds % n == 0), key=SECONDS.__getitem__)
    return f"{seconds // SECONDS[unit]}{unit}"


def fields_of_step(step: Step) -> dict[str, Tree]:
    """What a file says of a step, its kind first."""
    return present({**_own(step), **_attributes(step)})


def _attributes(step: Step) -> Mapping[str, Tree | None]:
    return {
        "phase": step.phase.value if step.phase else None,
        "raci": _raci(step.raci) if step.raci else None,
        "soft": _span(step.soft_seconds),
        "from": step.counted_from,
        "before": step.before,
        "pre_authorised": step.pre_authorised,
        "hours": step.hours.value if step.hours else None,
        "purpose": tuple(purpose.value for purpose in step.purpose),
    }


def _raci(raci: Raci) -> Mapping[str, Tree]:
    return present({
        "accountable": raci.accountable,
        "responsible": raci.responsible,
        "consulted": raci.consulted,
        "informed": raci.informed,
    })  # fmt: skip


def _own(step: Step) -> Mapping[str, Tree | None]:
    match step:
        case Act():
            return _act(step)
        case Ask():
            limited = {"limit": _span(step.limit_seconds), "on_limit": step.on_limit}
            return {"ask": step.question, "role": step.role, "choices": step.choices, **limited}
        case Approve():
            return _approve(step)
        case Wait():
            return {"wait": duration(step.seconds), "rounds_max": step.rounds_max,
                    "next": step.next, "on_rounds_max": step.on_rounds_max}  # fmt: skip
        case Look():
            return {"probe": step.probe, "target": step.target, "wanted": step.wanted,
                    "next": step.next, **_shown(step)}  # fmt: skip
        case Gate():
            return {"gate": tuple(map(_check, step.checks)), "next": step.next, **_shown(step)}
        case Decide():
            branches = tuple({"when": b.when, "next": b.next} for b in step.branches)
            return {"decide": branches, "otherwise": step.otherwise,
                    "undetermined": step.undetermined}  # fmt: skip
        case Seal():
            return {"seal": step.items, "budget": duration(step.seconds), "next": step.next,
                    "on_insufficient": step.on_insufficient}  # fmt: skip
        case Page():
            return {"page": step.role, "text": step.text, "within": duration(step.within_seconds),
                    "next": step.next, "on_unanswered": step.on_unanswered}  # fmt: skip
        case Tell():
            return _tell(step)
        case Parallel():
            return {"parallel": step.branches, "next": step.next, "on_failure": step.on_failure}
        case Call():
            return _call(step)
        case End():
            return {"end": step.ending.value}
        case _:
            assert_never(step)


def _act(step: Act) -> Mapping[str, Tree | None]:
    return {
        "act": step.connector,
        "target": step.target,
        "wanted": step.wanted,
        "effect": step.effect.value if step.effect is not Effect.CHANGE else None,
        "evidence": step.evidence,
        "undo": step.undo,
        "no_undo": step.no_undo,
        "approvals": step.approvals or None,
        "limit": _span(step.limit_seconds),
        "on_limit": step.on_limit,
        "attempts_max": step.attempts_max if step.attempts_max != ATTEMPTS else None,
        "next": step.next,
        "on_failure": step.on_failure,
        "on_declined": step.on_declined,
    }


def _approve(step: Approve) -> Mapping[str, Tree | None]:
    return {
        "approve": step.subject,
        "role": step.role,
        "limit": _span(step.limit_seconds),
        "on_limit": step.on_limit,
        "next": step.next,
        "on_declined": step.on_declined,
    }


def _call(step: Call) -> Mapping[str, Tree | None]:
    return {
        "call": step.plan,
        "limit": _span(step.limit_seconds),
        "on_limit": step.on_limit,
        "next": step.next,
        "on_failure": step.on_failure,
    }


def _tell(step: Tell) -> Mapping[str, Tree | None]:
    return {
        "tell": step.audiences,
        "subject": step.subject,
        "text": step.text,
        "through": step.through,
        "claims": step.claims,
        "next_update": _span(step.next_update_seconds),
        "next": step.next,
        "on_failure": step.on_failure,
    }


def _check(check: Check) -> Mapping[str, Tree]:
    return {
        "probe": check.probe,
        "target": check.target,
        "wanted": check.wanted,
        "criterion": check.criterion.value,
    }


def _shown(step: Look | Gate) -> Mapping[str, Tree | None]:
    return {"on_not_shown": step.on_not_shown, "on_undetermined": step.on_undetermined}


def _span(seconds: int | None) -> str | None:
    return None if seconds is None else duration(seconds)
