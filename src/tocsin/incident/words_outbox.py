"""Words for every fact about what is written outside."""

from __future__ import annotations

from typing import assert_never

from tocsin.facts.outbox import (
    AnswerLost,
    BreakerClosed,
    BreakerOpened,
    OutboxFact,
    WriteDropped,
    WriteHeld,
    WriteReleased,
    WriteRetried,
)


def outbox_words(fact: OutboxFact) -> str:
    """What a fact about what is written outside says."""
    match fact:
        case AnswerLost():
            looked = f"; {fact.looks} looks found nothing" if fact.looks else ""
            return (
                f"Action {fact.order}: the answer was LOST, it may have happened{looked}; looked "
                f"for at {fact.look_at:%H:%M:%S} UTC, not sent again: {fact.why}"
            )
        case WriteHeld():
            return f"Action {fact.order} is HELD: {fact.because}"
        case WriteReleased():
            return f"Action {fact.order} released: {fact.because}"
        case WriteDropped():
            return f"Action {fact.order} let go, it will not be sent again: {fact.because}"
        case WriteRetried():
            more = f"{fact.attempts_more} more attempts"
            return f"Action {fact.order} is tried again ({more}, the same key): {fact.because}"
        case BreakerOpened():
            return (
                f"{fact.connector} failed {fact.failures} times in a row; nothing is asked of it "
                f"until {fact.until:%H:%M:%S} UTC: {fact.why}"
            )
        case BreakerClosed():
            return f"{fact.connector} answers again"
        case _:
            assert_never(fact)
