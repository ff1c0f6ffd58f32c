"""Words for every fact about whom a finding may wake."""

from __future__ import annotations

from typing import assert_never

from tocsin.facts.alarms import (
    AlarmFact,
    Held,
    Level,
    PagingLimited,
    Ranked,
    Silenced,
    SilenceEnded,
)
from tocsin.facts.entry import INCIDENT_PREFIX

_DOES = {
    Level.PAGE: "people are called",
    Level.TICKET: "an incident, and nobody is called",
    Level.DIGEST: "a line in the digest, and nobody is called",
    Level.RECORD: "kept, and nobody is called",
}
_HELD = {
    Held.SHADOW: "nothing, for this detector is in shadow: it is being tried",
    Held.SILENCED: "nothing, for it is silenced",
    Held.BUDGET: "it waits, for the shift has had its pages",
    Held.EXPLAINED: "nothing, for an action of ours explains it",
    Held.OVER: "nobody is called, for it was over when it was found",
}


def alarm_words(fact: AlarmFact) -> str:
    """What a fact about alarms says."""
    match fact:
        case Ranked():
            where = f" in incident {fact.log.removeprefix(INCIDENT_PREFIX)}" if fact.log else ""
            return f"{fact.system}: {fact.detector}{where}: {does(fact)}. {fact.because}"
        case Silenced():
            return (
                f"{fact.silence}: {silenced_words(fact)} wakes nobody until "
                f"{fact.until:%Y-%m-%d %H:%M} UTC, for {fact.owner}: {fact.because}"
            )
        case SilenceEnded():
            how = "is over" if fact.expired else "was ended"
            return f"{fact.silence} {how}: {fact.because}"
        case PagingLimited():
            return f"At most {fact.pages} pages a shift of {fact.shift_hours} hours: {fact.because}"
        case _:
            assert_never(fact)


def does(fact: Ranked) -> str:
    """What a finding does, as it was decided, in words."""
    return _DOES[fact.level] if fact.held is None else _HELD[fact.held]


def silenced_words(fact: Silenced) -> str:
    """What a silence is about, in words."""
    if fact.detector is None:
        return f"all of {fact.system}"
    return f"{fact.detector} of {fact.system}" if fact.system else fact.detector
