"""Facts about the course of a run beyond its acts: approvals that the plan asks, limits that
move, plans that call others.

They carry the id of their run. Like orders they are known by the place of their own entry.
"""

from __future__ import annotations

from tocsin.facts.kinds import DESK, TOCSIN, Digest, Instant, Kind, Words


class ApprovalAsked(Kind, frozen=True, tag="approval-asked"):
    """The plan asks proven people of a role for a yes or no; `Approved` or `Declined` answers it.

    Their `order` is the seq of this entry, and what is signed is its hash.
    """

    asserted_by = DESK
    run: str
    step: str
    subject: Words
    role: str
    approvals: int  # how many proven people of the role must approve
    limit_at: Instant | None


class LimitsSet(Kind, frozen=True, tag="limits-set"):
    """The limits of a step count from a moment or towards a deadline, and so pass at an instant.

    A later one of the same step and visit takes its place: a deadline moved, or a moment became
    known.

    Args:
        since: the entry that brought the run to this step.
        soft_at: from when it counts as late.
        counted: from what they count, also where that is not known and its beginning stands in.
    """

    asserted_by = DESK
    run: str
    step: str
    since: int
    soft_at: Instant | None
    hard_at: Instant | None
    counted: str


class SoftLimitPassed(Kind, frozen=True, tag="soft-limit-passed"):
    """A step is late. It goes on.

    Args:
        since: the entry that brought the run to this step.
    """

    asserted_by = TOCSIN
    run: str
    step: str
    since: int
    soft_at: Instant


class CallBegan(Kind, frozen=True, tag="call-began"):
    """A step let another plan begin in the same incident, and waits for the end of its run.

    The `RunStarted` of that run stands just before, with the version that was in force.
    """

    asserted_by = DESK
    run: str
    step: str
    plan: str
    called: str  # the run that began


class CallRefused(Kind, frozen=True, tag="call-refused"):
    """A step could not let another plan begin, and so failed."""

    asserted_by = DESK
    run: str
    step: str
    plan: str
    why: Words


class RunMigrated(Kind, frozen=True, tag="run-migrated"):
    """A person let a run go on by another version of its plan, from where it stands.

    Args:
        to_digest: the bytes of that version lie in the vault under it.
    """

    run: str
    from_digest: Digest
    to_digest: Digest
    because: Words


CourseFact = ApprovalAsked | LimitsSet | SoftLimitPassed | CallBegan | CallRefused | RunMigrated
