"""Words for every fact about the decisions that a failure touched."""

from __future__ import annotations

from typing import assert_never

from tocsin.facts.affected import AffectedFact, AffectedListed, AffectedRemedied, Remedy

_SHOWN_LETTERS = 60


def affected_words(fact: AffectedFact) -> str:
    """What a fact about affected decisions says."""
    match fact:
        case AffectedListed():
            whom = "" if fact.subjects is None else f" about {fact.subjects} subjects"
            untold = f"; NOT TOLD: {fact.untold}" if fact.untold else ""
            return (
                f"{fact.decisions} decisions{whom} are affected by finding {fact.finding} "
                f"({fact.asked}); their list is {fact.list[:12]}{untold}"
            )
        case AffectedRemedied():
            return _remedied(fact)
        case _:
            assert_never(fact)


def _remedied(fact: AffectedRemedied) -> str:
    items = fact.items
    if len(items) > _SHOWN_LETTERS:
        items = f"{items[:_SHOWN_LETTERS].rpartition(',')[0]},..."
    state = "open again" if fact.state is Remedy.OPEN else fact.state.value.replace("-", " ")
    if fact.state is Remedy.RE_DECIDED:
        state = fact.state.value
    shown = f"file {fact.proof[:12]}" if fact.proof is not None else ""
    shown = ", ".join(part for part in (shown, fact.reference) if part)
    by = f" by {fact.done_by}" if fact.done_by else ""
    because = f": {fact.because}" if fact.because else ""
    decisions = "1 decision" if fact.count == 1 else f"{fact.count} decisions"
    return (
        f"{decisions} of list {fact.list[:12]} {state}{by} (items {items})"
        + (f", shown by {shown}" if shown else "")
        + because
    )
