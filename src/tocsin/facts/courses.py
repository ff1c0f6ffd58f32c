"""Facts about the course of a run beyond its acts: what people were asked to approve by the plan.

They carry the id of their run. Like orders they are known by the place of their own entry.
"""

from __future__ import annotations

from tocsin.facts.kinds import DESK, Instant, Kind, Words


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


CourseFact = ApprovalAsked
