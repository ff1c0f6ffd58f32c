"""What the record says about its runs: a pure fold, the same wherever the record is cut.

`Runs` grows entry by entry. Orders, questions and waits are known by the sequence number of the
entry that began them. Nothing here needs the plan; where a run stands in it is `planner`'s.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TypeVar

import msgspec

from tocsin.facts import Asserter, Author, BrokenLog, Entry, Gone, NewerVersion, Unreadable
from tocsin.facts.runs import (
    Answered,
    Approved,
    Asked,
    Attempted,
    AttemptFailed,
    Declined,
    Ending,
    LimitPassed,
    Ordered,
    Outcome,
    OutcomeJudged,
    OutcomeUnknown,
    Probed,
    Receipted,
    RunCancelled,
    RunEnded,
    RunFact,
    RunPaused,
    RunResumed,
    RunStarted,
    RunTakenOver,
    StepEnded,
    StepFailed,
    Verdict,
    WaitBegan,
    WaitEnded,
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


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A question to people, asked at an instant, and the choice once it is made."""

    seq: int
    at: datetime
    fact: Asked
    choice: str | None = None


class Timer(msgspec.Struct, frozen=True, kw_only=True):
    """A wait, and whether its instant has come."""

    seq: int
    fact: WaitBegan
    ended: bool = False


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What a probe showed."""

    seq: int
    verdict: Verdict


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """A step that is over."""

    seq: int
    at: datetime
    step: str
    result: str
    next: str | None


class RunStanding(enum.Enum):
    """How a run stands."""

    ACTIVE = "active"
    PAUSED = "paused"
    CANCELLED = "cancelled"  # by a person; acts that had begun are still being settled
    ENDED = "ended"


class Run(msgspec.Struct, kw_only=True):
    """A plan at work, as its facts tell it. Grows with the fold; readers leave it alone."""

    id: str
    seq: int
    at: datetime
    started_by: Author
    plan: str
    plan_digest: str
    standing: RunStanding = RunStanding.ACTIVE
    ending: Ending | None = None
    orders: dict[int, OrderRecord] = {}
    questions: dict[int, Question] = {}
    timers: dict[int, Timer] = {}
    shown: dict[str, Shown] = {}  # the newest by step
    latest: dict[str, int] = {}  # the newest order, question or wait by step
    rounds: dict[str, int] = {}  # how many waits began, by step
    moves: list[Moved] = []
    failures: dict[int, int] = {}  # errors of Tocsin's own, by the entry worked on

    @property
    def is_open(self) -> bool:
        """Whether anything more will happen in it."""
        return self.standing is not RunStanding.ENDED

    @property
    def begun(self) -> list[OrderRecord]:
        """Orders of which an attempt began whose end is not known."""
        return [o for o in self.orders.values() if o.standing is OrderStanding.OPEN]


class Runs:
    """The runs of one log. `apply` takes its entries in order, from the first."""

    def __init__(self) -> None:
        self.by_id: dict[str, Run] = {}
        self.last_seq = 0

    def __eq__(self, other: object) -> bool:
        mine = (self.by_id, self.last_seq)
        return isinstance(other, Runs) and mine == (other.by_id, other.last_seq)

    __hash__ = None  # type: ignore[assignment]

    @property
    def open(self) -> list[Run]:
        """The runs that have not ended, in the order of their starting."""
        return [run for run in self.by_id.values() if run.is_open]

    def apply(self, entry: Entry) -> str | None:
        """Take the next entry; the id of the run that it tells of, or None.

        Raises:
            BrokenLog: an entry is missing or contradicts the ones before it.
            NewerVersion: the entry is of a kind this version does not know.
        """
        if entry.seq != self.last_seq + 1:
            raise BrokenLog(f"{entry.key}: follows entry {self.last_seq}; entries are missing")
        self.last_seq = entry.seq
        fact = entry.fact
        if isinstance(fact, Unreadable):
            if fact.why is Gone.NEWER:
                raise NewerVersion(
                    f"{entry.key}: {fact.kind} was written by a newer version; use that version"
                )
        elif isinstance(fact, RunStarted):
            self._start(entry, fact)
            return fact.run
        elif isinstance(fact, _ABOUT_RUNS):
            run = self.by_id.get(fact.run)
            if run is None:
                raise BrokenLog(f"{entry.key}: speaks of run {fact.run}, which never started")
            _take(run, entry, fact)
            return fact.run
        return None

    def _start(self, entry: Entry, fact: RunStarted) -> None:
        if fact.run in self.by_id:
            raise BrokenLog(f"{entry.key}: run {fact.run} started twice")
        self.by_id[fact.run] = Run(
            id=fact.run,
            seq=entry.seq,
            at=entry.happened_at,
            started_by=entry.author,
            plan=fact.plan,
            plan_digest=fact.plan_digest,
        )


def replay_runs(entries: Iterable[Entry]) -> Mapping[str, Run]:
    """The runs of a log by id, from all its entries in order."""
    runs = Runs()
    for entry in entries:
        runs.apply(entry)
    return runs.by_id


_ABOUT_RUNS = (
    Ordered, Attempted, Receipted, AttemptFailed, OutcomeUnknown, OutcomeJudged, Approved, Declined,
    Asked, Answered, LimitPassed, WaitBegan, WaitEnded, Probed, StepEnded, RunPaused, RunResumed,
    RunCancelled, RunEnded, RunTakenOver, StepFailed,
)  # fmt: skip


def _take(run: Run, entry: Entry, fact: RunFact) -> None:
    seq, at = entry.seq, entry.happened_at
    match fact:
        case Ordered():
            standing = OrderStanding.AWAITING if fact.approvals else OrderStanding.READY
            run.orders[seq] = OrderRecord(
                seq=seq, fact=fact, at=at, since=at, stands_since=at, standing=standing
            )
            run.latest[fact.step] = seq
        case Asked():
            run.questions[seq] = Question(seq=seq, at=at, fact=fact)
            run.latest[fact.step] = seq
        case WaitBegan():
            run.timers[seq] = Timer(seq=seq, fact=fact)
            run.latest[fact.step] = seq
            run.rounds[fact.step] = run.rounds.get(fact.step, 0) + 1
        case Answered():
            _choose(run, entry, fact.asked, fact.choice)
        case WaitEnded():
            timer = _found(run.timers, fact.entry, entry)
            run.timers[timer.seq] = msgspec.structs.replace(timer, ended=True)
        case LimitPassed() if fact.entry in run.questions:
            _choose(run, entry, fact.entry, fact.choice)
        case Probed():
            run.shown[fact.step] = Shown(seq=seq, verdict=fact.verdict)
        case StepEnded():
            run.moves.append(
                Moved(seq=seq, at=at, step=fact.step, result=fact.result, next=fact.next)
            )
        case StepFailed():
            run.failures[fact.entry] = run.failures.get(fact.entry, 0) + 1
        case RunStarted() | RunTakenOver():
            pass
        case RunPaused() | RunResumed() | RunCancelled() | RunEnded():
            _halt(run, fact)
        case _:
            number = fact.entry if isinstance(fact, LimitPassed) else fact.order
            order = _found(run.orders, number, entry)
            after = _order_after(order, entry, fact)
            if after.standing is not order.standing:
                after = msgspec.structs.replace(after, stands_since=at)
            run.orders[order.seq] = after


def _choose(run: Run, entry: Entry, asked: int, choice: str | None) -> None:
    question = _found(run.questions, asked, entry)
    if question.choice is None:
        run.questions[asked] = msgspec.structs.replace(question, choice=choice)


def _halt(run: Run, fact: RunPaused | RunResumed | RunCancelled | RunEnded) -> None:
    match fact:
        case RunEnded():
            run.standing, run.ending = RunStanding.ENDED, fact.ending
        case RunPaused() if run.standing is RunStanding.ACTIVE:
            run.standing = RunStanding.PAUSED
        case RunResumed() if run.standing is RunStanding.PAUSED:
            run.standing = RunStanding.ACTIVE
        case RunCancelled() if run.standing is not RunStanding.ENDED:
            run.standing = RunStanding.CANCELLED
        case _:
            pass  # a second pause, or a word after the end: on record, and of no effect


_OrderFact = (
    Attempted | Receipted | AttemptFailed | OutcomeUnknown | OutcomeJudged | Approved | Declined
    | LimitPassed
)  # fmt: skip


def _order_after(order: OrderRecord, entry: Entry, fact: _OrderFact) -> OrderRecord:
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


Record = TypeVar("Record", OrderRecord, Question, Timer)


def _found(records: Mapping[int, Record], seq: int, entry: Entry) -> Record:
    record = records.get(seq)
    if record is None:
        raise BrokenLog(f"{entry.key}: speaks of entry {seq}, which began nothing of that kind")
    return record
