"""Words for every fact about what an incident taught."""

from __future__ import annotations

from typing import assert_never

from tocsin.facts.lessons import (
    ActionChanged,
    ActionClosed,
    ActionGivenUp,
    ActionOpened,
    ActionProofAttached,
    ActionReopened,
    ChangeProposed,
    CostRecorded,
    FactorNamed,
    LessonFact,
    LessonNoted,
    LessonWithdrawn,
    NarrativeWritten,
    ReviewHeld,
    ReviewScheduled,
    Went,
)

_WENT = {Went.WELL: "Went well", Went.BADLY: "Went badly", Went.BY_LUCK: "Went well by luck"}
_DAY = "%Y-%m-%d %H:%M UTC"

_Action = (
    ActionOpened
    | ActionChanged
    | ActionProofAttached
    | ActionClosed
    | ActionReopened
    | ActionGivenUp
    | ChangeProposed
)


def lesson_words(fact: LessonFact) -> str:
    """What a fact about lessons says."""
    match fact:
        case FactorNamed():
            shown = f", shown by {_digests(fact.evidence)}" if fact.evidence else ""
            where = f"{fact.factor} ({fact.where.value})"
            return f"Contributing factor {where}: {fact.statement}{shown}"
        case LessonNoted():
            seen = f" (entries {', '.join(map(str, fact.entries))})" if fact.entries else ""
            return f"{_WENT[fact.went]}: {fact.what}{seen}"
        case CostRecorded():
            return (
                f"Cost {fact.cost}, {fact.what.value}: {fact.amount} {fact.unit} "
                f"({fact.basis.value}): {fact.because}"
            )
        case LessonWithdrawn():
            return f"{fact.lesson} is withdrawn: {fact.because}"
        case NarrativeWritten():
            name = fact.section.value.replace("-", " ")
            return f"Wrote the section {name}" if fact.text else f"Took the section {name} away"
        case ReviewScheduled():
            return f"A review is due by {fact.due.strftime(_DAY)}: {fact.because}"
        case ReviewHeld():
            others = f" with {', '.join(fact.attendees)}" if fact.attendees else " alone"
            return f"A review was held, led by {fact.facilitator}{others}: {fact.outcome}"
        case _:
            return _action(fact)


def _action(fact: _Action) -> str:
    match fact:
        case ActionOpened():
            why = f", for {fact.factor}" if fact.factor is not None else ""
            return (
                f"Action item {fact.action} ({fact.changes.value}{why}): {fact.what}; {fact.owner} "
                f"owns it, due {fact.due.strftime(_DAY)}; to be proven by drill: {fact.drill}"
            )
        case ActionChanged():
            return (
                f"Action item {fact.action}: {fact.owner} owns it, due {fact.due.strftime(_DAY)}, "
                f"to be proven by drill: {fact.drill} ({fact.because})"
            )
        case ActionProofAttached():
            by = f"drill {fact.drill}" if fact.drill is not None else "no drill"
            return f"Action item {fact.action} is shown by {fact.proof[:12]} ({by}): {fact.says}"
        case ActionClosed():
            return f"Action item {fact.action} is closed by entry {fact.by}: {fact.because}"
        case ActionReopened():
            return f"Action item {fact.action} is open again: {fact.because}"
        case ActionGivenUp():
            return f"Action item {fact.action} is given up, not closed: {fact.because}"
        case ChangeProposed():
            lint = "no linter reads it" if fact.errors is None else f"{fact.errors} lint errors"
            return (
                f"Change {fact.change} of {fact.of.value} {fact.name} is proposed for "
                f"{fact.action} ({lint}): {_first(fact.told)}"
            )
        case _:
            assert_never(fact)


def _first(told: str) -> str:
    lines = told.splitlines()
    more = f" (and {len(lines) - 1} more)" if len(lines) > 1 else ""
    return f"{lines[0]}{more}" if lines else "nothing changes"


def _digests(evidence: tuple[str, ...]) -> str:
    return ", ".join(digest[:12] for digest in evidence)
