"""An order of a plan and all that happened to it, as its facts tell it."""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec

from tocsin.facts import Asserter, Author, Entry
from tocsin.facts.runs import (
    Approved,
    Attempted,
    AttemptFailed,
    Declined,
    LimitPassed,
    Ordered,
    Outcome,
    OutcomeJudged,
    OutcomeUnknown,
    Receipted,
)
from tocsin.playbook.plan import DECLINED, DONE, FAILED, LIMIT


class OrderStanding(enum.Enum):
    """How an order stands."""

    AWAITING = "awaiting approval"
    READY = "ready"  # to be carried out, now or at its next instant
    OPEN = "attempted"  # an attempt began and nothing is known of its end
    UNKNOWN = "outcome unknown"  # a person must look
    DONE = "done"
    FAILED = "failed"
    DECLINED = "declined"
    LIMIT = "limit passed"


class OrderRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An order and all that happened to it.

    Args:
        since: from when it may be carried out: ordered, approved, or the next attempt's instant.
        stands_since: when it came to stand as it does; what waits for people waits since then.
        closed: how many attempts have ended without the wanted state; names the piece of work.
        may_have_acted: True when an ended attempt may have taken effect.
    """

    seq: int
    fact: Ordered
    at: datetime
    since: datetime
    stands_since: datetime
    standing: OrderStanding
    approved_by: tuple[Author, ...] = ()
    attempts: int = 0
    closed: int = 0
    worker: str | None = None
    may_have_acted: bool = False
    outcome: Outcome | None = None

    @property
    def result(self) -> str | None:
        """The result of its step, once there is one."""
        return _RESULTS.get(self.standing)

    @property
    def attempts_left(self) -> int:
        """How many more attempts may begin."""
        return max(0, self.fact.attempts_max - self.attempts)


_RESULTS = {
    OrderStanding.DONE: DONE,
    OrderStanding.FAILED: FAILED,
    OrderStanding.DECLINED: DECLINED,
    OrderStanding.LIMIT: LIMIT,
}


OrderFact = (
    Attempted | Receipted | AttemptFailed | OutcomeUnknown | OutcomeJudged | Approved | Declined
    | LimitPassed
)  # fmt: skip


def order_after(order: OrderRecord, entry: Entry, fact: OrderFact) -> OrderRecord:
    """The order after one more fact about it."""
    replace = msgspec.structs.replace
    match fact:
        case Attempted():
            return replace(
                order, standing=OrderStanding.OPEN, attempts=fact.attempt, worker=fact.worker
            )
        case Receipted():
            return _ended(order, fact.outcome)
        case AttemptFailed():
            failed = fact.retry_at is None
            return replace(
                order,
                standing=OrderStanding.FAILED if failed else OrderStanding.READY,
                since=fact.retry_at or order.since,
                closed=order.closed + 1,
                may_have_acted=order.may_have_acted or fact.may_have_acted,
            )
        case OutcomeUnknown():
            closed = order.closed + 1
            return replace(
                order, standing=OrderStanding.UNKNOWN, closed=closed, may_have_acted=True
            )
        case OutcomeJudged():
            return _judged(order, entry, fact.outcome)
        case Approved() | Declined() | LimitPassed():
            return _decided(order, entry, fact)


def _ended(order: OrderRecord, outcome: Outcome) -> OrderRecord:
    failed = outcome is Outcome.NOT_DONE
    standing = OrderStanding.FAILED if failed else OrderStanding.DONE
    return msgspec.structs.replace(order, standing=standing, outcome=outcome)


def _judged(order: OrderRecord, entry: Entry, outcome: Outcome) -> OrderRecord:
    if order.standing is not OrderStanding.UNKNOWN:
        return order
    if outcome is Outcome.NOT_DONE and order.attempts_left:
        # A person saw that it did not happen, so that acting once more repeats nothing.
        return msgspec.structs.replace(
            order,
            standing=OrderStanding.READY,
            since=entry.happened_at,
            may_have_acted=False,
        )
    return _ended(order, outcome)


def _decided(
    order: OrderRecord, entry: Entry, fact: Approved | Declined | LimitPassed
) -> OrderRecord:
    if order.standing is not OrderStanding.AWAITING:
        return order
    if isinstance(fact, LimitPassed):
        return msgspec.structs.replace(order, standing=OrderStanding.LIMIT)
    if entry.author.kind is not Asserter.PERSON:
        return order
    if isinstance(fact, Declined):
        return msgspec.structs.replace(order, standing=OrderStanding.DECLINED)
    author = entry.author
    if any(a.who == author.who or a.key == author.key for a in order.approved_by):
        return order
    by = (*order.approved_by, author)
    enough = len(by) >= order.fact.approvals
    return msgspec.structs.replace(
        order,
        approved_by=by,
        standing=OrderStanding.READY if enough else OrderStanding.AWAITING,
        since=max(order.since, entry.happened_at),
    )
