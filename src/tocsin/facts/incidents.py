"""Facts about an incident: what happened, who knew, who leads, what is claimed and how it ends."""

from __future__ import annotations

import enum

from tocsin.facts.kinds import DESK, RESPONDERS, Digest, Instant, Kind, Words


class Phase(enum.Enum):
    """Where the response stands. Source: NIST SP 800-61r2, chapter 3; CSF 2.0 in incident/phase."""

    PREPARATION = "preparation"
    DETECTION = "detection-analysis"
    CONTAINMENT = "containment-eradication-recovery"
    LESSONS = "post-incident"


class Severity(enum.Enum):
    """How bad it is, worst first."""

    SEV1 = "sev1"
    SEV2 = "sev2"
    SEV3 = "sev3"
    SEV4 = "sev4"


class Grade(enum.Enum):
    """How sure a claim is."""

    SUSPECTED = "suspected"
    CONFIRMED = "confirmed"
    REFUTED = "refuted"


class PersonClass(enum.Enum):
    """In what standing someone became aware; the law asks this, not only the hour."""

    STAFF = "staff"
    MANAGEMENT = "management"
    PROCESSOR = "processor"
    AUTHORITY = "authority"
    OUTSIDER = "outsider"


class Relation(enum.Enum):
    """How another incident stands to this one."""

    RELATED = "related"
    CAUSED_BY = "caused-by"
    DUPLICATE_OF = "duplicate-of"
    MERGED_INTO = "merged-into"
    MERGED_FROM = "merged-from"
    SPLIT_INTO = "split-into"
    SPLIT_FROM = "split-from"


class Opened(Kind, frozen=True, tag="incident-opened"):
    """An incident was opened. `occurred_at` is when the harm began, where that is known."""

    asserted_by = RESPONDERS
    title: Words
    systems: tuple[str, ...]
    unregistered: tuple[str, ...]  # of `systems`, those the register did not know: a warning
    discovered_at: Instant
    occurred_at: Instant | None


class Widened(Kind, frozen=True, tag="incident-widened"):
    """The incident is about more systems than before. None ever leaves it."""

    asserted_by = RESPONDERS
    systems: tuple[str, ...]
    unregistered: tuple[str, ...]  # of `systems`, those the register did not know
    because: Words


class Acknowledged(Kind, frozen=True, tag="incident-acknowledged"):
    """A person took note and is looking."""

    note: Words


class Assigned(Kind, frozen=True, tag="role-assigned"):
    """A role of this incident is filled by a person."""

    asserted_by = DESK
    role: str
    person: str


class HandoverOffered(Kind, frozen=True, tag="handover-offered"):
    """The holder of a role offers it to another; nothing changes until that one accepts."""

    role: str
    to: str
    note: Words


class HandoverAccepted(Kind, frozen=True, tag="handover-accepted"):
    """The incoming person took the role."""

    role: str
    offered_by: str


class SeverityJudged(Kind, frozen=True, tag="severity-judged"):
    """People or the plan judged how bad it is, and why."""

    asserted_by = RESPONDERS | DESK
    severity: Severity
    reasons: tuple[str, ...]
    basis: Words


class PhaseEntered(Kind, frozen=True, tag="phase-entered"):
    """The response moved to a phase."""

    asserted_by = DESK
    phase: Phase
    because: Words


class BecameAware(Kind, frozen=True, tag="became-aware"):
    """Someone knew enough at `happened_at` for legal clocks to ask about it. Never taken back."""

    asserted_by = RESPONDERS
    person: str
    standing: PersonClass
    basis: Words


class AwarenessJudged(Kind, frozen=True, tag="awareness-judged"):
    """Counsel decided that an awareness does not count in law; it stays on record."""

    awareness: int  # seq of the BecameAware entry
    counts: bool
    because: Words


class Claimed(Kind, frozen=True, tag="claim-made"):
    """A statement about the incident, with how sure it is and what it rests on."""

    asserted_by = RESPONDERS
    claim: str
    statement: Words
    grade: Grade
    evidence: tuple[Digest, ...]


class ClaimGraded(Kind, frozen=True, tag="claim-graded"):
    """A claim became surer, or was refuted."""

    asserted_by = RESPONDERS
    claim: str
    grade: Grade
    evidence: tuple[Digest, ...]
    because: Words


class QuestionRaised(Kind, frozen=True, tag="question-raised"):
    """Something that must be known is not known yet."""

    asserted_by = RESPONDERS
    question: str
    text: Words


class QuestionSettled(Kind, frozen=True, tag="question-settled"):
    """An open question has its answer."""

    question: str
    answer: Words


class Noted(Kind, frozen=True, tag="noted"):
    """A remark for the timeline."""

    asserted_by = RESPONDERS
    text: Words


class Linked(Kind, frozen=True, tag="incident-linked"):
    """This incident stands in a relation to another."""

    asserted_by = DESK
    other: str
    relation: Relation
    because: Words


class Dismissed(Kind, frozen=True, tag="incident-dismissed"):
    """A person judged that this is no incident. Does not clear anyone's awareness."""

    because: Words


class Closed(Kind, frozen=True, tag="incident-closed"):
    """The incident is over."""

    because: Words


class Reopened(Kind, frozen=True, tag="incident-reopened"):
    """The incident is not over after all."""

    asserted_by = RESPONDERS
    because: Words


COUNSEL_ONLY = frozenset({AwarenessJudged})
"""Kinds that only a person with the role `counsel` may assert; the fold enforces it."""

IncidentFact = (
    Opened
    | Widened
    | Acknowledged
    | Assigned
    | HandoverOffered
    | HandoverAccepted
    | SeverityJudged
    | PhaseEntered
    | BecameAware
    | AwarenessJudged
    | Claimed
    | ClaimGraded
    | QuestionRaised
    | QuestionSettled
    | Noted
    | Linked
    | Dismissed
    | Closed
    | Reopened
)
