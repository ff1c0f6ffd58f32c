"""A plan as one frozen value: its steps, and where each of their results leads.

A plan that was read without a mistake (`read`) names only steps that exist, and every run of it
comes to an end: apart from waits that count their rounds, its steps form no circle.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import assert_never

import msgspec

from tocsin.facts.runs import Ending, Verdict

JOIN = "join"
"""The word that ends a branch: what follows stands at the step that began the branches."""

DONE, FAILED, DECLINED, LIMIT, ROUNDS = "done", "failed", "declined", "limit", "rounds"
"""Results of steps, beside the choices of a question and the verdicts of a probe."""


class _Part(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    line: int = 0  # where it stands in the file, from 1


class Act(_Part, frozen=True):
    """Bring a target to a wanted state by a connector.

    Args:
        undo: the wanted state that takes it back; None when nothing does.
        approvals: how many people must approve first: 0, 1 or 2.
        limit_seconds: how long approvals are waited for.
    """

    connector: str
    target: str
    wanted: str
    next: str
    undo: str | None = None
    approvals: int = 0
    limit_seconds: int | None = None
    on_limit: str | None = None
    attempts_max: int = 5
    on_failure: str | None = None
    on_declined: str | None = None


class Ask(_Part, frozen=True):
    """Ask people in a role; each choice leads to a step. The limit takes one choice for them."""

    question: str
    role: str
    choices: Mapping[str, str]
    limit_seconds: int | None = None
    on_limit: str | None = None


class Wait(_Part, frozen=True):
    """Let time pass. Inside a circle it counts its rounds and leaves by `on_rounds_max`."""

    seconds: int
    next: str
    rounds_max: int | None = None
    on_rounds_max: str | None = None


class Look(_Part, frozen=True):
    """Let a probe look whether a target is in a state."""

    probe: str
    target: str
    wanted: str
    next: str
    on_not_shown: str | None = None
    on_undetermined: str | None = None


class Parallel(_Part, frozen=True):
    """Begin several branches at once and go on when all of them have ended."""

    branches: tuple[str, ...]
    next: str
    on_failure: str | None = None


class End(_Part, frozen=True):
    """The plan is over."""

    ending: Ending


Step = Act | Ask | Wait | Look | Parallel | End


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A response plan. `digest` is the SHA-256 of the very bytes it was read from."""

    id: str
    version: str
    title: str
    digest: str
    start: str
    steps: Mapping[str, Step]

    @property
    def connectors(self) -> frozenset[str]:
        """The hands this plan needs."""
        return frozenset(s.connector for s in self.steps.values() if isinstance(s, Act))

    @property
    def probes(self) -> frozenset[str]:
        """The eyes this plan needs."""
        return frozenset(s.probe for s in self.steps.values() if isinstance(s, Look))


def target_of(step: Step, result: str) -> str | None:
    """Where a result of a step leads: a step, `JOIN`, or None when the plan has no answer to it."""
    match step:
        case Act():
            declined = step.on_declined or step.on_failure
            late = step.on_limit or step.on_failure
            to = {DONE: step.next, FAILED: step.on_failure, DECLINED: declined, LIMIT: late}
            return to.get(result)
        case Ask():
            return step.choices.get(result)
        case Wait():
            return {DONE: step.next, ROUNDS: step.on_rounds_max}.get(result)
        case Look():
            unsure = step.on_undetermined or step.on_not_shown
            return {
                Verdict.SHOWN.value: step.next,
                Verdict.NOT_SHOWN.value: step.on_not_shown,
                Verdict.UNDETERMINED.value: unsure,
            }.get(result)
        case Parallel():
            return {DONE: step.next, FAILED: step.on_failure}.get(result)
        case End():
            return None
        case _:
            assert_never(step)


def ways_out(step: Step) -> Iterator[tuple[str, str]]:
    """The fields of a step that name what follows it, with what they name."""
    match step:
        case Act():
            yield from _given(step, "next", "on_limit", "on_failure", "on_declined")
        case Ask():
            yield from ((f"choices.{choice}", to) for choice, to in step.choices.items())
        case Wait():
            yield from _given(step, "next", "on_rounds_max")
        case Look():
            yield from _given(step, "next", "on_not_shown", "on_undetermined")
        case Parallel():
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
