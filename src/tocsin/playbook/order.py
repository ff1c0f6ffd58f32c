"""An order of a plan and all that happened to it, as its facts tell it."""

from __future__ import annotations

import enum
from collections.abc import Collection
from datetime import datetime

import msgspec

from tocsin.facts import Asserter, Author, Entry
from tocsin.facts.gates import Countersigned, CountersignMissed, GlassBroken, SealOverridden
from tocsin.facts.outbox import (
    AnswerLost,
    WriteDropped,
    WriteFact,
    WriteHeld,
    WriteReleased,
    WriteRetried,
)
from tocsin.facts.reach import Delegated
from tocsin.facts.runs import (
    Approved,
    Attempted,
    AttemptFailed,
    Declined,
    Effect,
    LimitPassed,
    Ordered,
    Outcome,
    OutcomeJudged,
    OutcomeUnknown,
    Receipted,
)
from tocsin.playbook.steps import BEFORE
from tocsin.playbook.ways import DECLINED, DONE, FAILED, LIMIT


class OrderStanding(enum.Enum):
    """How an order stands."""

    AWAITING = "awaiting approval"
    UNSEALED = "awaiting evidence"  # approved; what it names is not sealed, or not enough
    READY = "ready"  # to be carried out, now or at its next instant
    OPEN = "attempted"  # an attempt began and nothing is known of its end
    UNKNOWN = "outcome unknown"  # a person must look
    DONE = "done"
    FAILED = "failed"
    DECLINED = "declined"
    LIMIT = "limit passed"
    MOOT = "no longer wanted"  # its step was over before it was carried out
    DROPPED = "let go"  # a person decided that it will not be sent, or not again


class Glass(msgspec.Struct, frozen=True, kw_only=True):
    """What one person let go alone where two were asked, and what a second one said of it.

    Args:
        agrees: whether the second person stands by it; None while nobody has looked.
        missed: True when nobody looked in time.
    """

    broken_by: Author
    at: datetime
    until: datetime
    because: str
    countersigned_by: Author | None = None
    agrees: bool | None = None
    missed: bool = False

    @property
    def is_owed(self) -> bool:
        """Whether a second person is still waited for."""
        return self.countersigned_by is None and not self.missed


class OrderRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An order and all that happened to it.

    Args:
        since: from when it may be carried out: ordered, approved, or the next attempt's instant.
        stands_since: when it came to stand as it does; what waits for people waits since then.
        closed: how many attempts have ended without the wanted state; names the piece of work.
        may_have_acted: True when an ended attempt may have taken effect.
        unsealed: items it names that are not sealed, or not enough.
        overridden: items a person lets it go ahead without.
        before, after: what its receipt saw; None without one, and where the words were erased.
            `before` is empty when the answer of the attempt that changed it was lost.
        delegated_to: to whom the answer was handed on.
        let_at: when it passed its gates; None before that.
        looks: how often it was looked for after its answer was lost; None while no answer was.
        held: why it does not go out until a person releases it; None when nothing holds it.
        released: whether a person let it go on after it was held.
        attempts_more: how many attempts people added.
        retried: whether a person had it tried again after its end; then its step waits no more.
        why: what its last failed attempt, or whoever dropped or held it, said; None without one.
        reference, written: the far side's own name for it, and the SHA-256 of what was written.
    """

    seq: int
    fact: Ordered
    at: datetime
    since: datetime
    stands_since: datetime
    standing: OrderStanding
    approved_by: tuple[Author, ...] = ()
    unsealed: tuple[str, ...] = ()
    overridden: tuple[str, ...] = ()
    glass: Glass | None = None
    delegated_to: str | None = None
    attempts: int = 0
    closed: int = 0
    worker: str | None = None
    may_have_acted: bool = False
    outcome: Outcome | None = None
    before: str | None = None
    after: str | None = None
    let_at: datetime | None = None
    looks: int | None = None
    held: str | None = None
    released: bool = False
    attempts_more: int = 0
    retried: bool = False
    why: str | None = None
    reference: str = ""
    written: str = ""

    @property
    def result(self) -> str | None:
        """The result of its step, once there is one."""
        return _RESULTS.get(self.standing)

    @property
    def attempts_left(self) -> int:
        """How many more attempts may begin."""
        return max(0, self.attempts_max - self.attempts)

    @property
    def attempts_max(self) -> int:
        """How many attempts may be made: as ordered, and what people added."""
        return self.fact.attempts_max + self.attempts_more

    @property
    def is_waiting(self) -> bool:
        """Whether it waits for people or for evidence."""
        return self.standing in _WAITING

    @property
    def missing_evidence(self) -> tuple[str, ...]:
        """What it still waits for, item by item; a stop waits for none."""
        if self.fact.effect is Effect.STOP:
            return ()
        return tuple(item for item in self.unsealed if item not in self.overridden)

    @property
    def undo(self) -> str | None:
        """The wanted state that takes it back; None when nothing does, or it is not known."""
        return (self.before or None) if self.fact.undo == BEFORE else self.fact.undo


_WAITING = frozenset({OrderStanding.AWAITING, OrderStanding.UNSEALED})
_RESULTS = {
    OrderStanding.DONE: DONE,
    OrderStanding.FAILED: FAILED,
    OrderStanding.DECLINED: DECLINED,
    OrderStanding.LIMIT: LIMIT,
    OrderStanding.DROPPED: FAILED,
}


OrderFact = (
    Attempted | Receipted | AttemptFailed | OutcomeUnknown | OutcomeJudged | Approved | Declined
    | LimitPassed | SealOverridden | GlassBroken | Countersigned | CountersignMissed | Delegated
    | WriteFact
)  # fmt: skip


def order_given(entry: Entry, fact: Ordered, sealed: Collection[str]) -> OrderRecord:
    """The order as it was given.

    Args:
        sealed: the items of evidence that are sealed, and enough, at this moment.
    """
    at = entry.happened_at
    order = OrderRecord(
        seq=entry.seq, fact=fact, at=at, since=at, stands_since=at, standing=OrderStanding.AWAITING
    )
    return order_with_seals(order, at, sealed)


def order_with_seals(order: OrderRecord, at: datetime, sealed: Collection[str]) -> OrderRecord:
    """The order once these items are sealed, and enough; others are not."""
    unsealed = tuple(item for item in order.fact.evidence if item not in sealed)
    return _through_gates(msgspec.structs.replace(order, unsealed=unsealed), at)


def order_after(order: OrderRecord, entry: Entry, fact: OrderFact) -> OrderRecord:
    """The order after one more fact about it."""
    replace = msgspec.structs.replace
    match fact:
        case Attempted():
            return replace(
                order,
                standing=OrderStanding.OPEN,
                attempts=fact.attempt,
                worker=fact.worker,
                looks=None,
            )
        case Receipted():
            before = None if "before" in entry.missing else fact.before
            after = None if "after" in entry.missing else fact.after
            ended = _ended(order, fact.outcome)
            outside = {"reference": fact.reference, "written": fact.written}
            return replace(ended, before=before, after=after, **outside)
        case AttemptFailed():
            failed = fact.retry_at is None
            return replace(
                order,
                standing=OrderStanding.FAILED if failed else OrderStanding.READY,
                since=fact.retry_at or order.since,
                closed=order.closed + 1,
                may_have_acted=order.may_have_acted or fact.may_have_acted,
                why=fact.why,
                looks=None,
            )
        case OutcomeUnknown():
            closed = order.closed + 1
            return replace(
                order,
                standing=OrderStanding.UNKNOWN,
                closed=closed,
                may_have_acted=True,
                why=fact.why,
            )
        case OutcomeJudged():
            judged = _judged(order, entry, fact.outcome)
            return replace(judged, reference=fact.reference or judged.reference)
        case AnswerLost() | WriteHeld() | WriteReleased() | WriteDropped() | WriteRetried():
            return _as_written(order, entry, fact)
        case Approved() | Declined() | LimitPassed():
            return _decided(order, entry, fact)
        case SealOverridden() | GlassBroken() | Delegated():
            return _let_through(order, entry, fact)
        case Countersigned() | CountersignMissed():
            return _countersigned(order, entry, fact)


def _as_written(order: OrderRecord, entry: Entry, fact: WriteFact) -> OrderRecord:
    """The order after what a lost answer led to, or what a person decided about it."""
    replace = msgspec.structs.replace
    over = order.standing in _OVER
    match fact:
        case AnswerLost() if order.standing is OrderStanding.OPEN:
            closed, why = order.closed + 1, fact.why
            lost = replace(order, since=fact.look_at, looks=fact.looks, closed=closed, why=why)
            return replace(lost, may_have_acted=True)
        case WriteHeld() if not over:
            return replace(order, held=fact.because)
        case WriteReleased() if order.held is not None:
            since = max(order.since, entry.happened_at)
            return replace(order, held=None, released=True, since=since)
        case WriteDropped() if order.standing not in _ENDED_WELL:
            return replace(order, standing=OrderStanding.DROPPED, held=None, why=fact.because)
        case WriteRetried() if order.standing is OrderStanding.FAILED:
            return replace(
                order,
                standing=OrderStanding.READY,
                since=entry.happened_at,
                attempts_more=order.attempts_more + fact.attempts_more,
                retried=True,
            )
        case _:
            return order


_ENDED_WELL = frozenset({OrderStanding.DONE, OrderStanding.DECLINED, OrderStanding.LIMIT})
_OVER = _ENDED_WELL | {OrderStanding.FAILED, OrderStanding.MOOT, OrderStanding.DROPPED}


def order_moot(order: OrderRecord) -> OrderRecord:
    """The order once its step is over: what was not begun will not be."""
    waiting = order.is_waiting or order.standing is OrderStanding.READY
    return msgspec.structs.replace(order, standing=OrderStanding.MOOT) if waiting else order


def _through_gates(order: OrderRecord, at: datetime) -> OrderRecord:
    """How a waiting order stands with those who approve it and with its evidence."""
    if not order.is_waiting:
        return order
    if len(order.approved_by) < order.fact.approvals and order.glass is None:
        standing = OrderStanding.AWAITING
    elif order.missing_evidence:
        standing = OrderStanding.UNSEALED
    else:
        standing = OrderStanding.READY
    let_at = at if standing is OrderStanding.READY else None
    since = max(order.since, at)
    return msgspec.structs.replace(order, standing=standing, since=since, let_at=let_at)


def _ended(order: OrderRecord, outcome: Outcome) -> OrderRecord:
    failed = outcome is Outcome.NOT_DONE
    standing = OrderStanding.FAILED if failed else OrderStanding.DONE
    return msgspec.structs.replace(order, standing=standing, outcome=outcome)


def _judged(order: OrderRecord, entry: Entry, outcome: Outcome) -> OrderRecord:
    failed = order.standing is OrderStanding.FAILED
    if failed and outcome is not Outcome.NOT_DONE:
        return _ended(order, outcome)  # tried in vain, and done by other means
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
    if not order.is_waiting:
        return order
    if isinstance(fact, LimitPassed):
        return msgspec.structs.replace(order, standing=OrderStanding.LIMIT)
    if entry.author.kind is not Asserter.PERSON:
        return order
    if isinstance(fact, Declined):
        return msgspec.structs.replace(order, standing=OrderStanding.DECLINED)
    if any(_is_same(author, entry.author) for author in order.approved_by):
        return order
    by = (*order.approved_by, entry.author)
    return _through_gates(msgspec.structs.replace(order, approved_by=by), entry.happened_at)


def _let_through(
    order: OrderRecord, entry: Entry, fact: SealOverridden | GlassBroken | Delegated
) -> OrderRecord:
    if not order.is_waiting or entry.author.kind not in (Asserter.PERSON, Asserter.HOME):
        return order
    replace = msgspec.structs.replace
    match fact:
        case Delegated():
            return replace(order, delegated_to=fact.to)
        case SealOverridden() if entry.author.kind is Asserter.PERSON:
            items = tuple(dict.fromkeys((*order.overridden, *fact.items)))
            return _through_gates(replace(order, overridden=items), entry.happened_at)
        case GlassBroken() if _may_break(order, entry.author):
            glass = Glass(
                broken_by=entry.author,
                at=entry.happened_at,
                until=fact.countersign_by,
                because=fact.because,
            )
            return _through_gates(replace(order, glass=glass), entry.happened_at)
        case _:
            return order


def _may_break(order: OrderRecord, author: Author) -> bool:
    """One may act where two are asked; what destroys is never let go by one alone."""
    if order.standing is not OrderStanding.AWAITING or order.fact.approvals < 2:
        return False
    return author.kind is Asserter.PERSON and order.fact.effect is not Effect.DESTROY


def _countersigned(
    order: OrderRecord, entry: Entry, fact: Countersigned | CountersignMissed
) -> OrderRecord:
    glass = order.glass
    if glass is None or glass.countersigned_by is not None:
        return order
    replace = msgspec.structs.replace
    if isinstance(fact, CountersignMissed):
        return replace(order, glass=replace(glass, missed=True))
    if entry.author.kind is not Asserter.PERSON or _is_same(glass.broken_by, entry.author):
        return order
    signed = replace(glass, countersigned_by=entry.author, agrees=fact.agrees)
    return replace(order, glass=signed)


def _is_same(one: Author, other: Author) -> bool:
    """Whether these are one person, or two names with one key."""
    return one.who == other.who or one.key == other.key
