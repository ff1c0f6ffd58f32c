"""Words for every fact about the course of a run: what is asked to be approved, what is late."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from tocsin.facts.courses import (
    ApprovalAsked,
    CallBegan,
    CallRefused,
    CourseFact,
    LimitsSet,
    RunMigrated,
    SoftLimitPassed,
)


def course_words(fact: CourseFact) -> str:
    """What a fact about the course of a run says."""
    match fact:
        case ApprovalAsked():
            limit = f" until {_stamp(fact.limit_at)}" if fact.limit_at else ""
            one = fact.approvals == 1
            whom = fact.role if one else f"{fact.approvals} people who are {fact.role}"
            return f"Approval asked of {whom}{limit}: {fact.subject}"
        case LimitsSet():
            soft = f"late from {_stamp(fact.soft_at)}" if fact.soft_at else ""
            hard = f"its limit passes at {_stamp(fact.hard_at)}" if fact.hard_at else ""
            both = ", ".join(one for one in (soft, hard) if one)
            return f"Step {fact.step}: {both}; counted {fact.counted}"
        case SoftLimitPassed():
            return f"Step {fact.step} is LATE: it should have been over at {_stamp(fact.soft_at)}"
        case CallBegan():
            return f"Step {fact.step} of {fact.run} waits for plan {fact.plan} (run {fact.called})"
        case CallRefused():
            return f"Step {fact.step}: plan {fact.plan} could NOT begin: {fact.why}"
        case RunMigrated():
            versions = f"{fact.to_digest[:12]} instead of {fact.from_digest[:12]}"
            return f"Run {fact.run} goes on by another version of its plan ({versions}): " + (
                fact.because
            )
        case _:
            assert_never(fact)


def _stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M %Z}"
