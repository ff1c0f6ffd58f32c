"""How long a step can take, by its result: the shortest, and the longest that the plan allows.

At best people answer at once and machines need no time; only what must pass passes: a wait, and a
limit of which the result is that it passed. At worst everybody answers at the last moment, every
attempt but the last fails, and no answer comes before its time-out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import assert_never

import msgspec

from tocsin.facts.runs import Effect
from tocsin.playbook.moment import TELL_ATTEMPTS_MAX
from tocsin.playbook.steps import (
    PAGE_ROUNDS_MAX,
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
from tocsin.playbook.ways import (
    ANSWERED,
    APPROVED,
    DECLINED,
    DONE,
    FAILED,
    INSUFFICIENT,
    LIMIT,
    OTHERWISE,
    ROUNDS,
    SEALED,
    UNANSWERED,
    UNDETERMINED,
    results_of,
)

UNBOUNDED = math.inf
BACKOFF_FIRST_SECONDS, BACKOFF_MOST_SECONDS = 1, 300
"""As the desk waits between two attempts; a test holds both against the desk's own."""

Human = Act | Ask | Approve | Call
"""Steps that may wait for people, for evidence, or for another plan."""

_ORDER = {
    one: n
    for n, one in enumerate((
        DONE, APPROVED, "shown", SEALED, ANSWERED, OTHERWISE, FAILED, DECLINED, LIMIT, ROUNDS,
        "not-shown", INSUFFICIENT, UNANSWERED, UNDETERMINED,
    ))
}  # fmt: skip


class Allowances(msgspec.Struct, frozen=True, kw_only=True):
    """What the longest run is counted with beyond what the plan itself says.

    Args:
        attempt_seconds: how long one attempt of a hand, or one look of a probe, may take.
        people: by role, how many people a page can call; a role that is not there counts as one.
        deadlines: by id of a deadline, how long after the run's beginning it falls.
    """

    attempt_seconds: int = 60
    people: Mapping[str, int] = {}
    deadlines: Mapping[str, int] = {}


def possible(step: Step) -> list[str]:
    """The results that a step can really have, the hoped-for first; of a parallel step both."""
    results = set(results_of(step))
    match step:
        case Act():
            if not step.approvals:
                results.discard(DECLINED)
            if step.limit_seconds is None or not waits_for_leave(step):
                results.discard(LIMIT)
        case Approve() | Call() if step.limit_seconds is None:
            results.discard(LIMIT)
        case Wait() if step.rounds_max is None:
            results.discard(ROUNDS)
        case _:
            pass
    return sorted(results, key=lambda one: (_ORDER.get(one, -1), one))


def waits_for_leave(step: Act) -> bool:
    """Whether the act may have to wait for people or for evidence before it begins."""
    return bool(step.approvals or (step.evidence and step.effect is not Effect.STOP))


def shortest(step: Step, result: str) -> float:
    """The seconds that must pass before the step can have this result."""
    match step:
        case Wait() if result == DONE:
            return step.seconds
        case Act() | Approve() | Call() if result == LIMIT:
            counts_from_itself = not step.counted_from and not step.before
            return (step.limit_seconds or 0) if counts_from_itself else 0
        case _:
            return 0


def longest(step: Step, result: str, allowed: Allowances, moving: bool = False) -> float:
    """The seconds after which the step has ended with this result; `UNBOUNDED` if that is open.

    Args:
        moving: whether the moment from which it counts may become known only meanwhile.
    """
    match step:
        case Act():
            held = patience(step, allowed, moving) if waits_for_leave(step) else 0
            acting = 0.0 if result in (DECLINED, LIMIT) else _tried(step.attempts_max, allowed)
            return held + acting
        case Ask() | Approve() | Call():
            return patience(step, allowed, moving)
        case Wait():
            return step.seconds if result == DONE else 0
        case Look():
            return allowed.attempt_seconds
        case Gate():
            return len(step.checks) * allowed.attempt_seconds
        case Seal():
            return step.seconds
        case Page():
            return PAGE_ROUNDS_MAX * max(1, allowed.people.get(step.role, 1)) * step.within_seconds
        case Tell():
            return _tried(TELL_ATTEMPTS_MAX, allowed)
        case Decide() | End() | Parallel():
            return 0
        case _:
            assert_never(step)


def patience(step: Human, allowed: Allowances, moving: bool = False) -> float:
    """How long the step waits at most for people, for evidence or for another plan.

    A moment that is known when the step begins lies before it and only makes this shorter; one that
    becomes known meanwhile moves the time-out, once. Towards a deadline it counts from the step's
    beginning as long as nobody has set the deadline.
    """
    limit = step.limit_seconds
    if limit is None:
        return UNBOUNDED
    if step.before:
        return max(limit, allowed.deadlines.get(step.before, 0) - limit)
    return 2 * limit if moving else limit


def _tried(attempts: int, allowed: Allowances) -> float:
    """All attempts, each to its end, and the pauses between them."""
    pauses = (min(BACKOFF_FIRST_SECONDS << min(n, 20), BACKOFF_MOST_SECONDS)
              for n in range(attempts - 1))  # fmt: skip
    return attempts * allowed.attempt_seconds + sum(pauses)
