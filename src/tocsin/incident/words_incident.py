"""Words for every fact about an incident."""

from __future__ import annotations

from typing import assert_never

from tocsin.facts.incidents import (
    Acknowledged,
    Assigned,
    AwarenessJudged,
    BecameAware,
    Claimed,
    ClaimGraded,
    Closed,
    Dismissed,
    Grade,
    HandoverAccepted,
    HandoverOffered,
    IncidentFact,
    Linked,
    Noted,
    Opened,
    PersonClass,
    Phase,
    PhaseEntered,
    QuestionRaised,
    QuestionSettled,
    Relation,
    Reopened,
    Severity,
    SeverityJudged,
    Widened,
)

PHASES = {
    Phase.PREPARATION: "preparation",
    Phase.DETECTION: "finding out what is wrong",
    Phase.CONTAINMENT: "containing, removing and recovering",
    Phase.LESSONS: "learning from it",
}
STANDINGS = {
    PersonClass.STAFF: "staff",
    PersonClass.MANAGEMENT: "management",
    PersonClass.PROCESSOR: "a supplier who processes data for us",
    PersonClass.AUTHORITY: "an authority",
    PersonClass.OUTSIDER: "someone outside",
}
SEVERITIES = {
    Severity.SEV1: "SEV1 (worst)",
    Severity.SEV2: "SEV2",
    Severity.SEV3: "SEV3",
    Severity.SEV4: "SEV4 (least)",
}
GRADES = {
    Grade.SUSPECTED: "suspected",
    Grade.CONFIRMED: "confirmed",
    Grade.REFUTED: "refuted",
}
RELATIONS = {
    Relation.RELATED: "Related to incident",
    Relation.CAUSED_BY: "Caused by incident",
    Relation.DUPLICATE_OF: "The same as incident",
    Relation.MERGED_INTO: "Goes on as incident",
    Relation.MERGED_FROM: "Takes over incident",
    Relation.SPLIT_INTO: "A part of it goes on as incident",
    Relation.SPLIT_FROM: "Was a part of incident",
}

_Course = Opened | Widened | PhaseEntered | Linked | Dismissed | Closed | Reopened
_Lead = Acknowledged | Assigned | HandoverOffered | HandoverAccepted


def incident_words(fact: IncidentFact) -> str:
    """What a fact about an incident says."""
    if isinstance(fact, _Course):
        return _course(fact)
    if isinstance(fact, _Lead):
        return _lead(fact)
    match fact:
        case SeverityJudged():
            return f"Severity {SEVERITIES[fact.severity]}: {'; '.join(fact.reasons)} ({fact.basis})"
        case BecameAware():
            return f"{fact.person} ({STANDINGS[fact.standing]}) became aware: {fact.basis}"
        case AwarenessJudged():
            counts = "counts" if fact.counts else "does not count"
            return f"Counsel: the awareness in entry {fact.awareness} {counts}: {fact.because}"
        case Claimed():
            resting = evidence(fact.evidence)
            return f"Claim {fact.claim}, {GRADES[fact.grade]}: {fact.statement}{resting}"
        case ClaimGraded():
            resting = evidence(fact.evidence)
            return f"Claim {fact.claim} is now {GRADES[fact.grade]}: {fact.because}{resting}"
        case QuestionRaised():
            return f"Open question {fact.question}: {fact.text}"
        case QuestionSettled():
            return f"Question {fact.question} answered: {fact.answer}"
        case Noted():
            return f"Note: {fact.text}"
        case _:
            assert_never(fact)


def evidence(digests: tuple[str, ...]) -> str:
    """The pieces of evidence in brackets, each by the start of its digest; empty for none."""
    return f" [evidence {', '.join(digest[:12] for digest in digests)}]" if digests else ""


def _course(fact: _Course) -> str:
    match fact:
        case Opened():
            began = f"; it began {fact.occurred_at:%Y-%m-%d %H:%M %Z}" if fact.occurred_at else ""
            systems = ", ".join(fact.systems) or "no system named"
            unknown = ", ".join(fact.unregistered)
            warning = f"; not in the register: {unknown}" if unknown else ""
            return f"Incident opened: {fact.title} ({systems}){began}{warning}"
        case Widened():
            unknown = ", ".join(fact.unregistered)
            warning = f"; not in the register: {unknown}" if unknown else ""
            return f"The incident is about {', '.join(fact.systems)} too: {fact.because}{warning}"
        case PhaseEntered():
            return f"Now: {PHASES[fact.phase]}. {fact.because}"
        case Linked():
            return f"{RELATIONS[fact.relation]} {fact.other}: {fact.because}"
        case Dismissed():
            return f"Dismissed as no incident: {fact.because}"
        case Closed():
            return f"Incident closed: {fact.because}"
        case Reopened():
            return f"Incident reopened: {fact.because}"
        case _:
            assert_never(fact)


def _lead(fact: _Lead) -> str:
    match fact:
        case Acknowledged():
            return f"Acknowledged: {fact.note}" if fact.note else "Acknowledged"
        case Assigned():
            return f"{fact.person} is {fact.role}"
        case HandoverOffered():
            return f"Offers the role of {fact.role} to {fact.to}" + (
                f": {fact.note}" if fact.note else ""
            )
        case HandoverAccepted():
            return f"Took the role of {fact.role} over from {fact.offered_by}"
        case _:
            assert_never(fact)
