"""What the record says about its runs: a pure fold, the same wherever the record is cut.

`Runs` grows entry by entry. Orders, questions and waits are known by the sequence number of the
entry that began them. Nothing here needs the plan; where a run stands in it is `planner`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TypeVar

import msgspec

from tocsin.facts import Asserter, BrokenLog, Entry, Gone, NewerVersion, Unreadable
from tocsin.facts.courses import (
    ApprovalAsked,
    CallBegan,
    CallRefused,
    CourseFact,
    LimitsSet,
    RunMigrated,
    SoftLimitPassed,
)
from tocsin.facts.gates import (
    Countersigned,
    CountersignMissed,
    Decided,
    EvidenceSealed,
    GlassBroken,
    SealBegan,
    SealOverridden,
)
from tocsin.facts.incidents import Acknowledged
from tocsin.facts.outbox import WriteFact
from tocsin.facts.reach import Delegated, PageAnswered, PageBegan, PageUnanswered
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
    WaitBegan,
    WaitEnded,
)
from tocsin.playbook.begun import (
    CallRecord,
    Chosen,
    Migrated,
    Moved,
    Question,
    SealRecord,
    Shown,
    Timer,
)
from tocsin.playbook.calls import PageRecord, page_answered, page_called, page_missed
from tocsin.playbook.circumstances import Circumstances
from tocsin.playbook.consent import ApprovalRecord, ApprovalWord, approval_after, asked_by
from tocsin.playbook.order import (
    OrderRecord,
    OrderStanding,
    order_after,
    order_given,
    order_moot,
    order_with_seals,
)
from tocsin.playbook.run import Run, RunStanding
from tocsin.playbook.ways import DONE, FAILED, LIMIT


class Runs:
    """The runs of one log. `apply` takes its entries in order, from the first."""

    def __init__(self) -> None:
        self.by_id: dict[str, Run] = {}
        self.circumstances = Circumstances()
        self.last_seq = 0

    def __eq__(self, other: object) -> bool:
        mine = (self.by_id, self.last_seq)
        return isinstance(other, Runs) and mine == (other.by_id, other.last_seq)

    __hash__ = None  # type: ignore[assignment]

    @property
    def open(self) -> list[Run]:
        """The runs that have not ended, in the order of their starting."""
        return [run for run in self.by_id.values() if run.is_open]

    @property
    def unfinished(self) -> list[Run]:
        """The runs of which anything may still fall due: also ended ones that left an attempt
        without its end, or an act that a second person has yet to look at."""
        runs = self.by_id.values()
        return [run for run in runs if run.is_open or run.begun or run.to_countersign]

    def apply(self, entry: Entry) -> str | None:
        """Take the next entry; the id of the run that it tells of, or None where it tells of the
        incident, and so perhaps changes what follows in every run.

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
            run = self._run(entry, fact.run)
            _take(run, entry, fact)
            alone = run.caller is None or not isinstance(fact, RunEnded)
            if alone and not isinstance(fact, CallBegan):
                return fact.run
            self._between(run, entry, fact)
        else:
            self._tell_all(entry)
        return None

    def _run(self, entry: Entry, run: str) -> Run:
        found = self.by_id.get(run)
        if found is None:
            raise BrokenLog(f"{entry.key}: speaks of run {run}, which never started")
        return found

    def _between(self, run: Run, entry: Entry, fact: AboutRun) -> None:
        """Take what one run is to another: it was called, or the one that called it hears its end.

        Whoever started the plan that calls counts as having started the one that is called.
        """
        if isinstance(fact, CallBegan):
            called = self._run(entry, fact.called)
            if called is run or called.caller is not None:
                raise BrokenLog(f"{entry.key}: calls run {called.id}, which waits or was called")
            called.caller, called.started_by = (run.id, entry.seq), run.started_by
            called.chain = (*run.chain, called.plan)
        elif run.caller is not None:
            waiting, call = self.by_id[run.caller[0]], run.caller[1]
            result = DONE if run.ending is Ending.COMPLETED else FAILED
            _called_back(waiting, call, result)

    def _tell_all(self, entry: Entry) -> None:
        """Take what the log says of the incident: it may answer a page or open a gate anywhere."""
        self.circumstances.apply(entry)
        fact = entry.fact
        for run in self.open:
            if isinstance(fact, Acknowledged) and entry.author.kind is Asserter.PERSON:
                for page in run.pages.values():
                    run.pages[page.seq] = page_answered(page, entry.author.who)
            if isinstance(fact, EvidenceSealed):
                _seal(run, entry, fact)

    def _start(self, entry: Entry, fact: RunStarted) -> None:
        if fact.run in self.by_id:
            raise BrokenLog(f"{entry.key}: run {fact.run} started twice")
        self.circumstances.runs += 1
        self.by_id[fact.run] = Run(
            id=fact.run,
            seq=entry.seq,
            at=entry.happened_at,
            started_by=entry.author,
            plan=fact.plan,
            plan_digest=fact.plan_digest,
            chain=(fact.plan,),
            circumstances=self.circumstances,
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
    Decided, SealBegan, SealOverridden, GlassBroken, Countersigned, CountersignMissed,
    PageBegan, PageAnswered, PageUnanswered, Delegated,
    ApprovalAsked, LimitsSet, SoftLimitPassed, CallBegan, CallRefused,
    RunMigrated,
    WriteFact,
)  # fmt: skip

OfCourse = (
    RunFact | Decided | SealBegan | SealOverridden | GlassBroken | Countersigned | CountersignMissed
    | PageBegan | PageAnswered | PageUnanswered | Delegated | ApprovalAsked | WriteFact
)  # fmt: skip

AboutRun = OfCourse | CourseFact


def _take(run: Run, entry: Entry, fact: AboutRun) -> None:
    if isinstance(fact, ApprovalWord) and asked_by(fact) in run.approvals:
        _consent(run, entry, fact)
    elif isinstance(fact, LimitsSet):
        run.limits[fact.step] = fact
    elif isinstance(fact, SoftLimitPassed):
        run.late[fact.step] = fact
    elif isinstance(fact, CallBegan):
        run.calls[entry.seq] = CallRecord(seq=entry.seq, at=entry.happened_at, fact=fact)
        run.latest[fact.step] = entry.seq
    elif isinstance(fact, RunMigrated):
        if fact.from_digest != run.plan_digest:
            raise BrokenLog(f"{entry.key}: run {run.id} leaves a version that it did not follow")
        run.migrations.append(Migrated(seq=entry.seq, digest=fact.from_digest))
        run.plan_digest = fact.to_digest
    elif isinstance(fact, LimitPassed) and fact.entry in run.calls:
        _called_back(run, fact.entry, LIMIT)
    elif not isinstance(fact, CallRefused):
        _go_on(run, entry, fact)


def _called_back(run: Run, call: int, result: str) -> None:
    """Take how a call went; what is heard after its limit changes nothing."""
    if run.calls[call].result is None:
        run.calls[call] = msgspec.structs.replace(run.calls[call], result=result)


def _go_on(run: Run, entry: Entry, fact: OfCourse) -> None:
    seq, at = entry.seq, entry.happened_at
    match fact:
        case Ordered() | Asked() | ApprovalAsked() | WaitBegan() | SealBegan() | PageBegan():
            _begin(run, entry, fact)
        case Answered():
            _choose(run, entry, fact.asked, fact.choice)
        case WaitEnded():
            timer = _found(run.timers, fact.entry, entry)
            run.timers[timer.seq] = msgspec.structs.replace(timer, ended=True)
        case LimitPassed() if fact.entry in run.questions:
            _choose(run, entry, fact.entry, fact.choice)
        case Probed():
            value = None if "value" in entry.missing else fact.value
            run.shown[fact.step] = Shown(seq=seq, verdict=fact.verdict, value=value or None)
        case Decided():
            run.decided.append(Chosen(seq=seq, at=at, fact=fact))
        case PageAnswered() | PageUnanswered():
            _hear(run, entry, fact)
        case StepEnded():
            _end_step(run, entry, fact)
        case StepFailed():
            run.failures[fact.entry] = run.failures.get(fact.entry, 0) + 1
        case RunStarted() | RunTakenOver():
            pass
        case RunPaused() | RunResumed() | RunCancelled() | RunEnded():
            _halt(run, fact)
        case _:
            number = fact.entry if isinstance(fact, LimitPassed) else fact.order
            order = _found(run.orders, number, entry)
            _put(run, order, order_after(order, entry, fact), at)
            if isinstance(fact, GlassBroken) and number not in run.glass:
                run.glass.append(number)


def _begin(
    run: Run,
    entry: Entry,
    fact: Ordered | Asked | ApprovalAsked | WaitBegan | SealBegan | PageBegan,
) -> None:
    """Take the fact by which a step begins, or makes the next call of a page."""
    seq, at, step = entry.seq, entry.happened_at, fact.step
    match fact:
        case Ordered():
            run.orders[seq] = order_given(entry, fact, run.circumstances.enough)
            run.ordered.setdefault(step, []).append(seq)
            page = run.pages.get(run.latest.get(step, 0))
            if page is not None:
                run.pages[page.seq] = page_called(page, seq, at)
                return
        case Asked():
            run.questions[seq] = Question(seq=seq, at=at, fact=fact)
        case ApprovalAsked():
            run.approvals[seq] = ApprovalRecord(seq=seq, at=at, fact=fact)
        case WaitBegan():
            run.timers[seq] = Timer(seq=seq, fact=fact)
            run.rounds[step] = run.rounds.get(step, 0) + 1
        case SealBegan():
            run.seals[seq] = SealRecord(seq=seq, at=at, fact=fact)
        case PageBegan():
            run.pages[seq] = PageRecord(seq=seq, at=at, fact=fact)
    run.latest[step] = seq


def _consent(run: Run, entry: Entry, fact: ApprovalWord) -> None:
    """Take what was said about something that a step asks to approve."""
    asked = asked_by(fact)
    record, every = run.approvals[asked], list(run.approvals.values())
    run.approvals[asked] = approval_after(record, entry, fact, every)


def _hear(run: Run, entry: Entry, fact: PageAnswered | PageUnanswered) -> None:
    """Take how a call of a page went; of a call that is not the present one it says nothing."""
    page = _found(run.pages, fact.page, entry)
    if isinstance(fact, PageAnswered):
        run.pages[page.seq] = page_answered(page, fact.person or entry.author.who)
    elif page.person == fact.person:
        _settle(run, page.order, entry.happened_at)
        tried = run.orders[page.order].fact.connector if page.order in run.orders else ""
        run.pages[page.seq] = page_missed(page, tried, fact.way)


def _end_step(run: Run, entry: Entry, fact: StepEnded) -> None:
    seq, at = entry.seq, entry.happened_at
    run.moves.append(Moved(seq=seq, at=at, step=fact.step, result=fact.result, next=fact.next))
    run.results[fact.step] = fact.result
    for number in run.ordered.get(fact.step, ()):
        _settle(run, number, at)


def _settle(run: Run, number: int, at: datetime) -> None:
    order = run.orders.get(number)
    if order is not None and not order.retried:
        _put(run, order, order_moot(order), at)


def _put(run: Run, before: OrderRecord, after: OrderRecord, at: datetime) -> None:
    if after.standing is not before.standing:
        after = msgspec.structs.replace(after, stands_since=at)
    run.orders[before.seq] = after
    is_open, was_open = _is_begun(after), before.seq in run.open_orders
    if is_open and not was_open:
        run.open_orders.append(before.seq)
    elif was_open and not is_open:
        run.open_orders.remove(before.seq)


def _is_begun(order: OrderRecord) -> bool:
    again = order.retried and order.standing is OrderStanding.READY
    return again or order.standing is OrderStanding.OPEN


def _seal(run: Run, entry: Entry, fact: EvidenceSealed) -> None:
    """Take what became of an item: it counts for orders of every run of the incident."""
    seal = run.seals.get(run.latest.get(fact.step, 0)) if fact.run == run.id else None
    if seal is not None and fact.item in seal.fact.items:
        sealed = {**seal.sealed, fact.item: fact.sufficient}
        run.seals[seal.seq] = msgspec.structs.replace(seal, sealed=sealed)
    enough = run.circumstances.enough
    for order in [one for one in run.orders.values() if one.is_waiting]:
        _put(run, order, order_with_seals(order, entry.happened_at, enough), entry.happened_at)


def _choose(run: Run, entry: Entry, asked: int, choice: str | None) -> None:
    question = _found(run.questions, asked, entry)
    if question.choice is None:
        run.questions[asked] = msgspec.structs.replace(question, choice=choice)
        if choice is not None:
            run.answers[question.fact.step] = choice


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


Record = TypeVar("Record", OrderRecord, Question, Timer, PageRecord)


def _found(records: Mapping[int, Record], seq: int, entry: Entry) -> Record:
    record = records.get(seq)
    if record is None:
        raise BrokenLog(f"{entry.key}: speaks of entry {seq}, which began nothing of that kind")
    return record
