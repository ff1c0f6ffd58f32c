"""Words for every fact about evidence, the register and the record itself."""

from __future__ import annotations

from typing import assert_never

from tocsin.facts.custody import (
    CustodyFact,
    EvidenceAcquired,
    EvidenceCopied,
    EvidenceDeleted,
    EvidenceExported,
    EvidenceViewed,
    Fixity,
    FixityChecked,
    HoldPlaced,
    HoldReleased,
)
from tocsin.facts.records import (
    BundleExported,
    CheckpointWitnessed,
    Erased,
    FoundedAnew,
    HomeFounded,
    LogKeyRotated,
    RecordFact,
    RecordRestored,
)
from tocsin.facts.registers import (
    Armed,
    Disarmed,
    KeyEnrolled,
    KeyRevoked,
    PersonTokenIssued,
    RegisterAdopted,
    RegisterFact,
    TokenIssued,
    TokenRevoked,
)

FIXITIES = {
    Fixity.INTACT: "intact",
    Fixity.ALTERED: "ALTERED: it is no longer what was stored",
    Fixity.ABSENT: "MISSING from the vault",
}


def custody_words(fact: CustodyFact) -> str:
    """What a fact about evidence says."""
    match fact:
        case HoldPlaced():
            covered = [*fact.systems, *fact.people, *(digest[:12] for digest in fact.digests)]
            what = ", ".join(covered) if covered else "all evidence of this incident"
            return f"Hold {fact.hold}: nothing may be deleted of {what}: {fact.because}"
        case HoldReleased():
            return f"Hold {fact.hold} released: {fact.because}"
        case EvidenceAcquired():
            return (
                f"Evidence {fact.digest[:12]} secured: {fact.name}, {fact.size} bytes, "
                f"from {fact.source}: {fact.because}"
            )
        case EvidenceCopied():
            return f"Evidence {fact.digest[:12]} copied to {fact.to}: {fact.because}"
        case EvidenceViewed():
            return f"Evidence {fact.digest[:12]} viewed: {fact.because}"
        case EvidenceExported():
            return (
                f"Evidence {fact.digest[:12]} left in evidence package {fact.seal[:12]}: "
                f"{fact.because}"
            )
        case FixityChecked():
            return f"Evidence {fact.digest[:12]} read again: {FIXITIES[fact.fixity]}"
        case EvidenceDeleted():
            kept = f" (to be kept until {fact.kept_until:%Y-%m-%d})" if fact.kept_until else ""
            return f"Evidence {fact.digest[:12]} destroyed on purpose{kept}: {fact.because}"
        case _:
            assert_never(fact)


def register_words(fact: RegisterFact) -> str:
    """What a fact about the register says."""
    match fact:
        case RegisterAdopted():
            return (
                f"Register {fact.digest[:12]} in force: {fact.systems} systems, "
                f"{fact.people} people"
            )
        case KeyEnrolled():
            until = f" until {fact.valid_until:%Y-%m-%d}" if fact.valid_until else ""
            return f"Key {fact.fingerprint} now proves {fact.person}{until}"
        case KeyRevoked():
            return f"Key {fact.fingerprint} no longer proves {fact.person}: {fact.because}"
        case TokenIssued():
            until = f" until {fact.expires_at:%Y-%m-%d}" if fact.expires_at else ""
            scopes = ", ".join(fact.scopes) or "nothing"
            return f"Token {fact.token} lets {fact.machine} do {scopes}{until}"
        case PersonTokenIssued():
            scopes = ", ".join(fact.scopes)
            return (
                f"Token {fact.token} speaks for {fact.person} until {fact.expires_at:%Y-%m-%d} "
                f"and may {scopes}"
            )
        case TokenRevoked():
            return f"Token {fact.token} is worth nothing from now on: {fact.because}"
        case Armed():
            return (
                f"Tocsin may act on {fact.system} by itself, at most {fact.acts_per_hour} times "
                f"an hour; stop and undo were seen to work: {', '.join(fact.rehearsed)}"
            )
        case Disarmed():
            return f"Tocsin only looks at {fact.system} by itself: {fact.because}"
        case _:
            assert_never(fact)


def record_words(fact: RecordFact) -> str:
    """What a fact about the record itself says."""
    match fact:
        case HomeFounded():
            return f"The record {fact.origin} began, under key {fact.fingerprint}"
        case FoundedAnew():
            by = f" (said from account {fact.account})" if fact.account else ""
            return f"An earlier record of this home is lost, and this one began{by}: {fact.because}"
        case LogKeyRotated():
            return f"The record's key changed from {fact.old} to {fact.new}"
        case CheckpointWitnessed():
            weak = "" if fact.independent else " (under our own account: no independent witness)"
            return f"{fact.witness} witnessed the record at {fact.size} entries{weak}"
        case Erased():
            fields = ", ".join(fact.fields)
            return f"Words of entry {fact.log}/{fact.seq} erased ({fields}): {fact.because}"
        case BundleExported():
            left = f"; {fact.withheld} entries were withheld" if fact.withheld else ""
            return (
                f"Evidence package {fact.seal[:12]} of incident {fact.incident} "
                f"went to {fact.to}{left}"
            )
        case RecordRestored():
            return f"The record was restored from a copy of {fact.size} entries: {fact.because}"
        case _:
            assert_never(fact)
