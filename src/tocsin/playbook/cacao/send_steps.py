"""Steps of ours as steps of CACAO: what a person does by hand, and where each result leads.

No step of ours becomes a command that another tool could execute: what we do through a hand of the
register it cannot do, and it must not believe that it can. Every act, look and question becomes a
manual command in plain words; the extension says the rest.

Reading: decision 0019. CACAO knows no joins and no third result; so a step with more than two
results is an action that notes what came of it, and a condition that reads the note.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import assert_never

import msgspec

from tocsin.playbook.cacao.extension import Plain
from tocsin.playbook.cacao.told import slug
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
from tocsin.playbook.ways import ways_out
from tocsin.playbook.write_steps import duration

RESPONDERS = "responders"
"""Who does a step of which the plan does not say who carries it."""

_WORDS = {
    "next": "done", "on_failure": "failed", "on_declined": "declined", "on_limit": "limit",
    "on_not_shown": "not-shown", "on_undetermined": "undetermined", "otherwise": "otherwise",
    "undetermined": "undetermined", "on_insufficient": "insufficient", "on_rounds_max": "enough",
    "on_unanswered": "unanswered",
}  # fmt: skip
_GOOD = {"probe": "shown", "gate": "shown", "approve": "approved", "seal": "sealed",
         "page": "answered", "wait": "again"}  # fmt: skip
_ACTIVITY = {"tell": "deliver-content", "page": "deliver-content", "seal": "analyze-collected-data",
             "probe": "scan-system", "gate": "scan-system"}  # fmt: skip


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One result of a step: its word in CACAO, and the field of ours that leads on from it."""

    word: str
    way: str
    to: str


def kind_of(step: Step) -> str:
    """The word by which a file of ours calls a step of this kind."""
    match step:
        case Look():
            return "probe"
        case _:
            return type(step).__name__.lower()


def results(step: Step) -> tuple[Result, ...]:
    """All results that lead somewhere, the good one first; of two with one word neither is lost."""
    kind, seen = kind_of(step), set[str]()
    found: list[Result] = []
    for way, to in ways_out(step):
        if way.startswith("choices."):
            word = slug(way.partition(".")[2]) or "choice"
        elif way.startswith("decide["):
            word = str(len(found) + 1)
        else:
            word = _GOOD.get(kind, _WORDS[way]) if way == "next" else _WORDS[way]
        while word in seen:
            word = f"{word}-{len(found) + 1}"
        seen.add(word)
        found.append(Result(word=word, way=way, to=to))
    return tuple(found)


def command(step: Step) -> dict[str, Plain]:
    """What a person does in the place of this step."""
    kind = kind_of(step)
    found: dict[str, Plain] = {"type": "manual", "command": "\n".join(_said(step))}
    activity = _ACTIVITY.get(kind)
    if isinstance(step, Act):
        activity = "restrict-access" if step.effect.value == "stop" else "configure-systems"
    return {**found, "playbook_activity": activity} if activity else found


def who(step: Step) -> str:
    """The role that carries a step."""
    match step:
        case Ask() | Approve() | Page():
            return step.role
        case _:
            return step.raci.responsible[0] if step.raci else RESPONDERS


def targets(step: Step) -> tuple[str, ...]:
    """What a step acts on or looks at."""
    match step:
        case Act() | Look():
            return (step.target,)
        case Gate():
            return tuple(dict.fromkeys(check.target for check in step.checks))
        case _:
            return ()


def limit_of(step: Step) -> int | None:
    """After how many seconds a step has failed, where it says so."""
    match step:
        case Act() | Ask() | Approve() | Call():
            return step.limit_seconds
        case Seal():
            return step.seconds
        case _:
            return None


def _said(step: Step) -> Iterator[str]:
    match step:
        case Act():
            yield from _act(step)
        case Ask():
            yield step.question
        case Approve():
            yield f"Say yes or no: {step.subject}"
        case Wait():
            yield f"Wait {duration(step.seconds)}."
            if step.rounds_max is not None:
                yield f"Count the rounds; after {step.rounds_max} it is enough."
        case Look():
            yield f"Look, by way of {step.probe}, whether {step.target} is in {step.wanted}."
        case Gate():
            yield "Look at each of these; all must be shown:"
            yield from (
                f"- {check.criterion.value}: {check.target} is {check.wanted}, by {check.probe}"
                for check in step.checks
            )
        case Decide():
            yield "Find the first of these that holds:"
            yield from (f"{n}: {branch.when}" for n, branch in enumerate(step.branches, start=1))
            yield "otherwise: none holds. undetermined: what one asks for is not known."
        case Seal():
            yield f"Secure as evidence: {', '.join(step.items)}; within {duration(step.seconds)}."
        case Page():
            each = duration(step.within_seconds)
            yield f"Call the people of {step.role}, {each} each: {step.text}"
        case Tell():
            yield f"Tell {', '.join(step.audiences)} through {step.through}: {step.subject}"
            yield step.text
        case Call() | Parallel() | End():
            return
        case _:
            assert_never(step)


def _act(step: Act) -> Iterator[str]:
    yield f"Bring {step.target} to the state {step.wanted}, by way of {step.connector}."
    if step.evidence:
        yield f"Before it, these must be sealed: {', '.join(step.evidence)}."
    if step.approvals:
        yield f"People who must approve it first: {step.approvals}."
    if step.undo:
        yield f"To take it back: {step.undo}."


def rounds_held(step: Step, note: str) -> str:
    """The condition under which the first way of a two-way condition is taken."""
    if isinstance(step, Wait):
        return f"{note}:value <= {step.rounds_max}"
    return f"{note}:value = 'shown'"


def is_plain(step: Step, found: tuple[Result, ...]) -> bool:
    """Whether the results fit the two that an action of CACAO knows: success and failure."""
    return len(found) == 1 or (
        len(found) == 2 and not isinstance(step, Ask | Look | Gate | Wait | Decide)
    )


def plain_edges(step: Step, found: tuple[Result, ...]) -> Mapping[str, Result]:
    """The edges of a step whose results fit."""
    if len(found) == 1:
        whatever = isinstance(step, Ask | Wait | Decide)
        return {"on_completion" if whatever else "on_success": found[0]}
    return {"on_success": found[0], "on_failure": found[1]}
