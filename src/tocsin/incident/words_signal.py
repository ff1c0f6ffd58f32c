"""Words for every fact about what came in from outside."""

from __future__ import annotations

from typing import assert_never

from tocsin.facts.signals import (
    InboxErased,
    SignalFact,
    SignalsJoined,
    SignalsTaken,
    SignalState,
    SignalTaken,
    TriageDismissed,
    TriageOpened,
    TriageTaken,
    Went,
)

_STATES = {
    SignalState.RESOLVED: "is over, by its source's word",
    SignalState.ACKNOWLEDGED: "is looked into at its source",
    SignalState.NOTED: "(a note)",
}


def signal_words(fact: SignalFact) -> str:
    """What a fact about signals says."""
    match fact:
        case SignalTaken():
            return f"{_heard(fact)}: {went(fact)}: {fact.because} (rule {fact.rule})"
        case SignalsTaken():
            upto = fact.upto or fact.last
            ahead = f", and what is proven up to {fact.last}" if fact.last > upto else ""
            return (
                f"{_counted(fact.deliveries, 'delivery', 'deliveries')} decided, places "
                f"{min(fact.first, upto)} to {upto}{ahead}: "
                f"{_counted(fact.signals, 'signal', 'signals')}, "
                f"{fact.repeats} of them said nothing new; {fact.unreadable} could not be read"
            )
        case SignalsJoined():
            return joined_words(fact)
        case TriageOpened():
            return (
                f"{fact.item}: {fact.source} says: {fact.summary}. For a person to look at by "
                f"{fact.due_at:%Y-%m-%d %H:%M} UTC: {fact.because}"
            )
        case TriageTaken():
            return f"{fact.item} goes on as incident {fact.into}: {fact.because}"
        case TriageDismissed():
            return f"{fact.item} needs nothing: {fact.because}"
        case InboxErased():
            return (
                f"The bodies of what came in at places {fact.first} to {fact.last} were destroyed: "
                f"{fact.because}"
            )
        case _:
            assert_never(fact)


def went(fact: SignalTaken) -> str:
    """Where a signal went, in words."""
    match fact.went:
        case Went.OPENED:
            return f"opened {fact.into}"
        case Went.JOINED:
            return f"joined {fact.into}"
        case Went.TRIAGE:
            return f"waits in triage as {fact.into}"
        case Went.KEPT:
            return "kept, and nobody is told"
        case Went.ECHO:
            return f"an echo of {fact.into}"
        case _:
            assert_never(fact.went)


def joined_words(fact: SignalsJoined) -> str:
    """What an incident was told, in words: counts first, then the new ones."""
    said = _counted(fact.deliveries, "signal", "signals")
    new = f", {fact.signals} of them new" if fact.deliveries != fact.signals else ""
    stands = f"{fact.firing} firing and {fact.resolved} resolved here by now"
    return f"{said} from outside{new}; {stands}. {fact.told} [{fact.because}; rule {fact.rule}]"


def _heard(fact: SignalTaken) -> str:
    state = _STATES.get(fact.state, f"({fact.urgency.value})")
    clock = "; its clock differs from ours" if fact.skewed else ""
    return f"{fact.source} says: {fact.summary} {state}{clock}"


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
