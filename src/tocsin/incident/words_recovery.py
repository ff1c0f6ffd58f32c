"""Words for every fact about coming back."""

from __future__ import annotations

from typing import assert_never

from tocsin.facts.recovery import (
    AttestationReceived,
    CriterionMeasured,
    GateRegistered,
    ModelSignedOff,
    ModelSignOffWithdrawn,
    Passing,
    RecoveryFact,
    ShortcutMadeGood,
    ShortcutTaken,
    StageStarted,
    WatchBegan,
    WatchEnded,
    WorkAdded,
    WorkDone,
    WorkShown,
    share_words,
)
from tocsin.facts.spelt import spelt

_RESULTS = {
    Passing.PASSED: "passed",
    Passing.FAILED: "FAILED",
    Passing.UNDETERMINED: "cannot be told yet",
}


def recovery_words(fact: RecoveryFact) -> str:
    """What a fact about coming back says."""
    match fact:
        case GateRegistered():
            return _registered(fact)
        case CriterionMeasured():
            again = f" (look {fact.look})" if fact.look > 1 else ""
            return (
                f"{fact.system}, candidate {spelt(fact.candidate)}: {fact.criterion} "
                f"{_RESULTS[fact.result]}{again}: {fact.said}"
            )
        case AttestationReceived():
            return f"{fact.vendor} attests, in file {fact.digest[:12]}: {fact.says}"
        case StageStarted():
            return (
                f"{fact.system}: stage {fact.stage}, {share_words(fact.share)} of requests to be "
                f"served by {spelt(fact.candidate)}, by {fact.run}"
            )
        case WatchBegan() | WatchEnded():
            return _watched(fact)
        case ShortcutTaken() | ShortcutMadeGood():
            return _shortened(fact)
        case WorkAdded() | WorkShown() | WorkDone():
            return _worked(fact)
        case ModelSignedOff() | ModelSignOffWithdrawn():
            return _signed_off(fact)
        case _:
            assert_never(fact)


def _registered(fact: GateRegistered) -> str:
    anew = f", in place of the one before: {fact.because}" if fact.because else ""
    attested = f"; attested by {', '.join(fact.vendors)}" if fact.vendors else ""
    return (
        f"{fact.system} comes back through a gate: {', '.join(fact.criteria)} against version "
        f"{fact.baseline}, then {', '.join(share_words(one) for one in fact.shares)} of "
        f"requests{attested} (file {fact.digest[:12]}){anew}"
    )


def _watched(fact: WatchBegan | WatchEnded) -> str:
    if isinstance(fact, WatchBegan):
        by = ", ".join(fact.detectors) or "no detector"
        return (
            f"{fact.system}: stage {fact.stage} is watched until {fact.until:%F %H:%M %Z} by {by}"
        )
    found = f" by finding {fact.finding}" if fact.finding is not None else ""
    off = f"; it is turned off again by {fact.stopped_by}" if fact.stopped_by is not None else ""
    return (
        f"{fact.system}: the watch over stage {fact.stage} {_RESULTS[fact.result]}{found}, "
        f"{fact.requests} requests seen: {fact.because}{off}"
    )


def _shortened(fact: ShortcutTaken | ShortcutMadeGood) -> str:
    if isinstance(fact, ShortcutTaken):
        return (
            f"SHORTCUT: {fact.system}, candidate {spelt(fact.candidate)} comes back without "
            f"{fact.skipped}, to be done properly by {fact.expires_at:%F %H:%M %Z}: {fact.because}"
        )
    return f"{fact.system}: the shortcut around {fact.skipped} was made good: {fact.because}"


def _worked(fact: WorkAdded | WorkShown | WorkDone) -> str:
    match fact:
        case WorkAdded():
            what = fact.work_kind.value.replace("-", " ")
            stands = f"; {fact.measure} is {fact.before}" if fact.measure else ""
            return (
                f"work {fact.work} ({what}) on {fact.system}, by {fact.owner} until "
                f"{fact.due_at:%F %H:%M %Z}: {fact.title}{stands}"
            )
        case WorkShown():
            moved = f"from {fact.before} to {fact.after}, " if fact.after else ""
            return f"work {fact.work}: {moved}file {fact.digest[:12]}: {fact.says}"
        case WorkDone():
            return f"work {fact.work} is done: {fact.because}"
        case _:
            assert_never(fact)


def _signed_off(fact: ModelSignedOff | ModelSignOffWithdrawn) -> str:
    if isinstance(fact, ModelSignOffWithdrawn):
        return f"the sign-off of {fact.model} version {fact.version} is withdrawn: {fact.because}"
    only = f", {fact.restriction}" if fact.restriction else ""
    return (
        f"{fact.model} version {fact.version} (tier {fact.tier}) is signed off by "
        f"{fact.validator}{only}, until {fact.expires_at:%F %H:%M %Z}: "
        f"{fact.findings or 'no findings'}"
    )
