"""Words for every fact about gates and about reaching people."""

from __future__ import annotations

from typing import assert_never

from tocsin.facts.gates import (
    Countersigned,
    CountersignMissed,
    Decided,
    EvidenceSealed,
    GateFact,
    GlassBroken,
    SealBegan,
    SealOverridden,
)
from tocsin.facts.reach import (
    Delegated,
    LinkIssued,
    MessageWritten,
    PageAnswered,
    PageBegan,
    PageUnanswered,
    ReachFact,
)


def gate_words(fact: GateFact) -> str:
    """What a fact about conditions, seals and broken glass says."""
    match fact:
        case Decided():
            known = f" ({', '.join(fact.bindings)})" if fact.bindings else ""
            if fact.result == "failed":
                return f"{fact.step}: cannot be carried out{known}"
            why = f" because {fact.condition}" if fact.condition else ""
            return f"{fact.step}: branch {fact.result}{why}{known}"
        case SealBegan():
            return f"Securing evidence until {fact.until:%H:%M:%S} UTC: {', '.join(fact.items)}"
        case EvidenceSealed():
            enough = "sealed" if fact.sufficient else "NOT SUFFICIENT"
            held = f"{fact.count} of {fact.wanted}, {fact.size} bytes"
            what = f" as {fact.digest[:12]}" if fact.digest else ""
            return f"Evidence {fact.item} {enough}{what} ({held}): {fact.why}"
        case SealOverridden():
            items = ", ".join(fact.items)
            return f"Action {fact.order} goes ahead WITHOUT this evidence: {items}: {fact.because}"
        case GlassBroken():
            return (
                f"Action {fact.order} let go by one person where two were asked; to be "
                f"countersigned by {fact.countersign_by:%Y-%m-%d %H:%M} UTC: {fact.because}"
            )
        case Countersigned():
            stands = "stands by" if fact.agrees else "does NOT stand by"
            return f"A second person {stands} action {fact.order}: {fact.because}"
        case CountersignMissed():
            return f"Nobody countersigned action {fact.order} in time"
        case _:
            assert_never(fact)


def reach_words(fact: ReachFact) -> str:
    """What a fact about pages, messages and links says."""
    match fact:
        case PageBegan():
            whom = ", then ".join(fact.people) or "nobody: the register names no one"
            return f"Calling the {fact.role}: {whom}; each has {fact.within_seconds} s"
        case PageAnswered():
            return (
                f"{fact.person} took the call at the pager" if fact.person else "Answered the call"
            )
        case PageUnanswered():
            return unanswered_words(fact)
        case MessageWritten():
            update = fact.next_update_at
            more = f"; next update promised at {update:%Y-%m-%d %H:%M} UTC" if update else ""
            return f"Words for {fact.audience}: {fact.subject}{more}"
        case LinkIssued():
            return (
                f"{fact.person} may answer entry {fact.order} by a link sent to {fact.address}, "
                f"until {fact.expires_at:%Y-%m-%d %H:%M} UTC"
            )
        case Delegated():
            return f"The answer to entry {fact.order} was handed on to {fact.to}: {fact.because}"
        case _:
            assert_never(fact)


def unanswered_words(fact: PageUnanswered) -> str:
    """Why a call counts as unanswered, and who is called then."""
    what = f"{fact.person} did not answer the call"
    if fact.lost:
        what = f"nobody knows whether the call reached {fact.person}, and it was not answered"
    elif fact.refused:
        what = f"the call to {fact.person} did not go out"
    if fact.way:
        return f"{what}; calling {fact.person} through {fact.way}"
    return f"{what}; calling {fact.next}" if fact.next else f"{what}; NOBODY IS LEFT TO CALL"
