"""Steps, results and times in words that somebody reads who did not write the plan."""

from __future__ import annotations

import math
from typing import assert_never

from tocsin.facts.runs import Effect
from tocsin.playbook.proof.search import BEGUN
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
from tocsin.playbook.ways import ROUNDS

_WORDS_MAX = 70
_SAID = {
    "shown": "it is shown", "not-shown": "it is not shown",
    "limit": "its time-out passes", "declined": "somebody says no", "approved": "somebody says yes",
    "sealed": "all is sealed", "insufficient": "something is missing",
    "answered": "somebody answers", "unanswered": "nobody answers", "failed": "it fails",
    "otherwise": "no condition holds", ROUNDS: "all its rounds are used up",
    BEGUN: "its branches begin",
}  # fmt: skip


def what_it_does(step: Step) -> str:
    """The step in a few plain words."""
    match step:
        case Act():
            does = {Effect.STOP: "stops", Effect.DESTROY: "destroys"}.get(step.effect, "changes")
            return f"{step.connector} {does} {step.target}: {step.wanted}"
        case Ask():
            return f"{step.role} is asked: {_short(step.question)}"
        case Approve():
            return f"{step.role} is to approve: {_short(step.subject)}"
        case Wait():
            return f"wait {spoken(step.seconds)}"
        case Look():
            return f"{step.probe} looks whether {step.target} is {step.wanted}"
        case Gate():
            return f"recovery gate of {len(step.checks)} checks"
        case Call():
            return f"the plan {step.plan} runs"
        case Decide():
            return "which condition holds"
        case Seal():
            return f"evidence is sealed: {_short(', '.join(step.items))}"
        case Page():
            return f"{step.role} is called"
        case Tell():
            return f"told: {_short(', '.join(step.audiences))}"
        case Parallel():
            return f"{len(step.branches)} branches at once"
        case End():
            return f"the run ends: {step.ending.value}"
        case _:
            assert_never(step)


def what_came(step: Step, result: str) -> str:
    """The result of a step in a few plain words."""
    match step:
        case Decide() if result.isdigit():
            return f"{_short(step.branches[int(result) - 1].when)} holds"
        case Decide() if result == "undetermined":
            return "it cannot be told"
        case Look() | Gate() if result == "undetermined":
            return "it cannot be told"
        case Ask():
            return f'the answer is "{result}"'
        case Wait() if result == "done" and step.rounds_max:
            return "another round begins"
        case Tell() if result == "done":
            return "sent"
        case _:
            return _SAID.get(result, result)


def spoken(seconds: float) -> str:
    """A length of time as people say it."""
    if seconds == math.inf:
        return "without end"
    whole = math.ceil(seconds)
    if whole < 60:
        return f"{whole} s"
    days, hours, minutes = whole // 86400, whole % 86400 // 3600, whole % 3600 // 60
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (0 if days or hours else whole % 60, "s")]
    return " ".join(f"{n} {unit}" for n, unit in parts if n)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _WORDS_MAX else line[: _WORDS_MAX - 3] + "..."
