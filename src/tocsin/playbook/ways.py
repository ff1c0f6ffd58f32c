"""Where each result of a step leads: the one table that reader, planner and pictures share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import assert_never

from tocsin.facts.runs import Verdict
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

DONE, FAILED, DECLINED, LIMIT, ROUNDS = "done", "failed", "declined", "limit", "rounds"
OTHERWISE, UNDETERMINED = "otherwise", "undetermined"
SEALED, INSUFFICIENT = "sealed", "insufficient"
ANSWERED, UNANSWERED = "answered", "unanswered"
APPROVED = "approved"
"""Results of steps, beside the choices of a question, the numbers of a decision's branches and the
verdicts of a probe."""


def target_of(step: Step, result: str) -> str | None:
    """Where a result of a step leads: a step, `JOIN`, or None when the plan has no answer to it."""
    return _table(step).get(result)


def leads(step: Step) -> Mapping[str, str | None]:
    """Where each result of this step leads, in the order of the plan's words."""
    return _table(step)


def _table(step: Step) -> dict[str, str | None]:
    match step:
        case Act():
            return {
                DONE: step.next,
                FAILED: step.on_failure,
                DECLINED: step.on_declined or step.on_failure,
                LIMIT: step.on_limit or step.on_failure,
            }
        case Ask():
            return dict(step.choices)
        case Approve():
            return {
                APPROVED: step.next,
                DECLINED: step.on_declined,
                LIMIT: step.on_limit or step.on_declined,
            }
        case Wait():
            return {DONE: step.next, ROUNDS: step.on_rounds_max}
        case Look():
            return {
                Verdict.SHOWN.value: step.next,
                Verdict.NOT_SHOWN.value: step.on_not_shown,
                Verdict.UNDETERMINED.value: step.on_undetermined or step.on_not_shown,
            }
        case Gate():
            return {
                Verdict.SHOWN.value: step.next,
                Verdict.NOT_SHOWN.value: step.on_not_shown,
                Verdict.UNDETERMINED.value: step.on_undetermined,
            }
        case Call():
            return {
                DONE: step.next,
                FAILED: step.on_failure,
                LIMIT: step.on_limit or step.on_failure,
            }
        case Decide():
            numbered = {str(n): branch.next for n, branch in enumerate(step.branches, start=1)}
            return {**numbered, OTHERWISE: step.otherwise, UNDETERMINED: step.undetermined}
        case Seal():
            return {SEALED: step.next, INSUFFICIENT: step.on_insufficient}
        case Page():
            return {ANSWERED: step.next, UNANSWERED: step.on_unanswered}
        case Tell() | Parallel():
            return {DONE: step.next, FAILED: step.on_failure}
        case End():
            return {}
        case _:
            assert_never(step)


def results_of(step: Step) -> frozenset[str]:
    """Every result that this step can have."""
    return frozenset(_table(step))


def ways_out(step: Step) -> Iterator[tuple[str, str]]:
    """The fields of a step that name what follows it, with what they name."""
    match step:
        case Act():
            yield from _given(step, "next", "on_limit", "on_failure", "on_declined")
        case Ask():
            yield from ((f"choices.{choice}", to) for choice, to in step.choices.items())
        case Approve():
            yield from _given(step, "next", "on_declined", "on_limit")
        case Wait():
            yield from _given(step, "next", "on_rounds_max")
        case Call():
            yield from _given(step, "next", "on_failure", "on_limit")
        case Look() | Gate():
            yield from _given(step, "next", "on_not_shown", "on_undetermined")
        case Decide():
            yield from ((f"decide[{n}].next", b.next) for n, b in enumerate(step.branches))
            yield from _given(step, "otherwise", "undetermined")
        case Seal():
            yield from _given(step, "next", "on_insufficient")
        case Page():
            yield from _given(step, "next", "on_unanswered")
        case Tell() | Parallel():
            yield from _given(step, "next", "on_failure")
        case End():
            return
        case _:
            assert_never(step)


def _given(step: Step, *fields: str) -> Iterator[tuple[str, str]]:
    for field in fields:
        to = getattr(step, field)
        if to is not None:
            yield field, to
