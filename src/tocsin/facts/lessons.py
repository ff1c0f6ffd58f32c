"""Facts about what an incident taught: factors, costs, work that must follow, and its proof.

They stand in the incident's own log. An item of work is closed by a proof alone: by a drill in
which the cure works, or by named evidence, which then is told as not proven by a drill. What people
write beside the record is kept as theirs, in sections, each version for ever.
"""

from __future__ import annotations

import enum

from tocsin.facts.kinds import DESK, Digest, Instant, Kind, Words


class FactorKind(enum.Enum):
    """Where a contributing factor lies."""

    PEOPLE = "people"
    PROCESS = "process"
    TECHNOLOGY = "technology"
    VENDOR = "vendor"
    DATA = "data"


class Went(enum.Enum):
    """How something went, in the eyes of whoever notes it."""

    WELL = "well"
    BADLY = "badly"
    BY_LUCK = "by-luck"  # it went well, and nothing that we did made it so


class CostKind(enum.Enum):
    """What was paid for."""

    LABOUR = "labour"
    COMPENSATION = "compensation"  # to whom the failure harmed
    REVENUE = "revenue"  # that was not earned
    VENDOR = "vendor"
    FINE = "fine"
    OTHER = "other"


class CostBasis(enum.Enum):
    """How a cost is known, the surest first."""

    INVOICED = "invoiced"
    MEASURED = "measured"
    ESTIMATED = "estimated"


class ActionKind(enum.Enum):
    """What an item of work changes."""

    PLAYBOOK = "playbook"
    MONITOR = "monitor"
    VENDOR_CLAUSE = "vendor-clause"
    CODE = "code"
    TRAINING = "training"
    OTHER = "other"


class Section(enum.Enum):
    """The parts of a post-mortem that people write themselves, in the order in which they stand."""

    SUMMARY = "summary"
    IMPACT = "impact"
    ROOT_CAUSE = "root-cause"  # only once counsel chose who writes it, and when
    DISCUSSION = "discussion"


class FactorNamed(Kind, frozen=True, tag="factor-named"):
    """Something contributed to the incident. No factor is a person: it says what made it likely.

    Args:
        factor: "factor-1" and so on, in this log.
        evidence: digests of what shows it.
    """

    factor: str
    where: FactorKind
    statement: Words
    evidence: tuple[Digest, ...]


class LessonNoted(Kind, frozen=True, tag="lesson-noted"):
    """A person says what went well, badly, or well by luck.

    Args:
        lesson: "lesson-1" and so on, in this log.
        entries: of this log that show it.
    """

    lesson: str
    went: Went
    what: Words
    entries: tuple[int, ...]


class CostRecorded(Kind, frozen=True, tag="cost-recorded"):
    """The incident cost something.

    Args:
        cost: "cost-1" and so on, in this log.
        amount: a decimal number, such as "1250.00".
        unit: an ISO 4217 code such as EUR, or "person-hours".
    """

    cost: str
    what: CostKind
    amount: str
    unit: str
    basis: CostBasis
    because: Words


class LessonWithdrawn(Kind, frozen=True, tag="lesson-withdrawn"):
    """A factor, a lesson or a cost does not stand any more; what was said stays in the record."""

    lesson: str
    because: Words


class NarrativeWritten(Kind, frozen=True, tag="narrative-written"):
    """A person wrote a section of the post-mortem; it stands beside what the record says.

    Args:
        text: replaces the section's version before; empty takes the section away.
    """

    section: Section
    text: Words


class ActionOpened(Kind, frozen=True, tag="action-opened"):
    """Something must be done so that this does not come again.

    Args:
        action: "action-1" and so on, in this log.
        owner: a person of the register.
        drill: the exercise whose record will prove that it works: its id, or what it must show.
        factor: the contributing factor that it answers, if one was named.
    """

    action: str
    changes: ActionKind
    what: Words
    owner: str
    due: Instant
    drill: Words
    factor: str | None


class ActionChanged(Kind, frozen=True, tag="action-changed"):
    """An item of work has another owner, due instant or drill; all three as they stand now."""

    action: str
    owner: str
    due: Instant
    drill: Words
    because: Words


class ActionProofAttached(Kind, frozen=True, tag="action-proof-attached"):
    """Something shows that an item of work does what it is for.

    Args:
        proof: the digest of what shows it, in the vault.
        drill: the log of the exercise whose record it is; None where no exercise showed it.
    """

    action: str
    proof: Digest
    drill: str | None
    says: Words


class ActionClosed(Kind, frozen=True, tag="action-closed"):
    """An item of work is done, by a proof that was attached to it before.

    Args:
        by: the entry of this log that attached the proof.
    """

    action: str
    by: int
    because: Words


class ActionReopened(Kind, frozen=True, tag="action-reopened"):
    """An item of work is not done after all: what it should prevent came again, or was shown."""

    action: str
    because: Words


class ActionGivenUp(Kind, frozen=True, tag="action-given-up"):
    """A person decided not to do it and bears that. It is not closed, and is counted apart."""

    action: str
    because: Words


class ChangeKind(enum.Enum):
    """Which text is to change."""

    PLAYBOOK = "playbook"
    DETECTORS = "detectors"
    CLAUSE = "clause"


class ChangeProposed(Kind, frozen=True, tag="change-proposed"):
    """A text of ours, or of a contract, is to read differently; both versions lie in the vault.

    Args:
        change: "change-1" and so on, in this log.
        action: the item of work that it carries out.
        name: of the file, without folders.
        before: the text that it replaces; None where there is none yet.
        told: what changes, in words, a line each.
        errors: how many errors the linter found in the new text; None where no linter reads it.
        lint: what the linter said, a line each.
    """

    change: str
    action: str
    of: ChangeKind
    name: Words
    before: Digest | None
    after: Digest
    told: Words
    errors: int | None
    lint: Words


class ReviewScheduled(Kind, frozen=True, tag="review-scheduled"):
    """The incident is to be looked back on, at this instant at the latest."""

    asserted_by = DESK
    due: Instant
    because: Words


class ReviewHeld(Kind, frozen=True, tag="review-held"):
    """People looked back on the incident together.

    Args:
        facilitator: led it, and answers for its looking for causes and not for somebody to blame.
        attendees: the others.
    """

    facilitator: str
    attendees: tuple[str, ...]
    outcome: Words


LessonFact = (
    FactorNamed
    | LessonNoted
    | CostRecorded
    | LessonWithdrawn
    | NarrativeWritten
    | ActionOpened
    | ActionChanged
    | ActionProofAttached
    | ActionClosed
    | ActionReopened
    | ActionGivenUp
    | ChangeProposed
    | ReviewScheduled
    | ReviewHeld
)
