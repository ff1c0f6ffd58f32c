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

from tocsin.facts import Author, BrokenLog, Entry, Gone, NewerVersion, Unreadable
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
from tocsin.playbook.order import OrderRecord, OrderStanding, order_after


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
    def last_act_at(self) -> datetime:
        """When the last act of this run was over; its beginning where there was none.

        What the outside did before that says nothing about the effect of the act.
        """
        over = [o.stands_since for o in self.orders.values() if o.standing is OrderStanding.DONE]
        return max(over, default=self.at)

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
            after = order_after(order, entry, fact)
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


Record = TypeVar("Record", OrderRecord, Question, Timer)


def _found(records: Mapping[int, Record], seq: int, entry: Entry) -> Record:
    record = records.get(seq)
    if record is None:
        raise BrokenLog(f"{entry.key}: speaks of entry {seq}, which began nothing of that kind")
    return record
