"""Facts about what is written outside: what a lost answer leads to, and what people do with a write
that does not go out. A write is an order of a run; `order` is the seq of that `Ordered` entry.

The reference that the far side gave for what it took stands in the order's receipt.
"""

from __future__ import annotations

from tocsin.facts.kinds import DESK, TOCSIN, Instant, Kind, Words


class AnswerLost(Kind, frozen=True, tag="answer-lost"):
    """The far side may have taken it, and its answer was lost. It will be looked for, not resent.

    Args:
        looks: how many looks have found nothing so far.
        look_at: when the far side is asked next: later than it may take to show what it took.
    """

    asserted_by = TOCSIN
    run: str
    order: int
    attempt: int
    looks: int
    why: Words
    look_at: Instant


class WriteHeld(Kind, frozen=True, tag="write-held"):
    """It will not go out until a person releases it: one said so, or its object's fuse blew."""

    asserted_by = DESK
    run: str
    order: int
    because: Words


class WriteReleased(Kind, frozen=True, tag="write-released"):
    """A person let it go on."""

    run: str
    order: int
    because: Words


class WriteDropped(Kind, frozen=True, tag="write-dropped"):
    """A person let it go: it will not be sent, or not again, and nobody is to be asked about it."""

    run: str
    order: int
    because: Words


class WriteRetried(Kind, frozen=True, tag="write-retried"):
    """A person has it tried again, under the same key, after its attempts were spent."""

    run: str
    order: int
    attempts_more: int
    because: Words


class BreakerOpened(Kind, frozen=True, tag="breaker-opened"):
    """An integration failed again and again: nothing is asked of it until an instant.

    Args:
        failures: how many attempts in a row it did not answer, or answered with an error.
    """

    asserted_by = TOCSIN
    connector: str
    failures: int
    until: Instant
    why: Words


class BreakerClosed(Kind, frozen=True, tag="breaker-closed"):
    """The integration answered again."""

    asserted_by = TOCSIN
    connector: str


WriteFact = AnswerLost | WriteHeld | WriteReleased | WriteDropped | WriteRetried
"""Of one order of one run."""

OutboxFact = (
    AnswerLost
    | WriteHeld
    | WriteReleased
    | WriteDropped
    | WriteRetried
    | BreakerOpened
    | BreakerClosed
)
