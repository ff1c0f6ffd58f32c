"""Folds a log into its words for audiences: every draft, what became of it, and what was promised.

Words under one id may be drafted anew until they go; what was said about older bytes then counts
for nothing. What went is told with the grades that its claims had, so that later words can be held
against it. Texts of plans and of `tocsin tell` are among what was told.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

import msgspec

from tocsin.facts.entry import Author, Entry
from tocsin.facts.incidents import Claimed, ClaimGraded, Grade
from tocsin.facts.kinds import Access
from tocsin.facts.reach import MessageWritten
from tocsin.facts.runs import (
    AttemptFailed,
    Effect,
    Ordered,
    Outcome,
    OutcomeJudged,
    OutcomeUnknown,
    Receipted,
    RunEnded,
)
from tocsin.facts.statements import (
    Flag,
    FlagOverridden,
    Moment,
    StatementApproved,
    StatementDeclined,
    StatementDrafted,
    StatementFlagged,
    StatementReleased,
    StatementWithdrawn,
)

_REACHED = frozenset({Outcome.DONE, Outcome.ALREADY, Outcome.REHEARSED})


class State(enum.Enum):
    """Where words stand. Whether a draft has every approval is asked of the register."""

    DRAFT = "draft"
    WITHDRAWN = "withdrawn"
    GOING = "going"  # let go, not yet at every address
    SENT = "sent"  # at every address
    PARTLY = "partly-sent"  # the run is over, and somebody did not get them
    IN_DOUBT = "in-doubt"  # the run is over, nobody surely got them, and somebody may have
    NOT_SENT = "not-sent"  # the run is over, and nobody got them
    CORRECTED = "corrected"  # a correction of them went


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """An approval, a refusal or an override, of the bytes that it names."""

    seq: int
    at: datetime
    author: Author
    fact: StatementApproved | StatementDeclined | FlagOverridden
    erased: bool


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """How words fared at one address: "waiting", "reached", "failed" or "unknown"."""

    address: str
    how: str


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """Words under one id.

    Args:
        draft: as they were drafted last; `seq`, `at` and `by` are of that entry.
        drafts: how often they were drafted.
        said: all that was said about any of their drafts; see `valid`.
        flags: those recorded about the present bytes.
        run: the run that sends them, once they were let go.
        corrected_by: the words that went and correct these.
    """

    id: str
    draft: StatementDrafted
    seq: int
    at: datetime
    by: str
    access: Access
    drafts: int = 1
    said: tuple[Said, ...] = ()
    flags: tuple[StatementFlagged, ...] = ()
    run: str | None = None
    released_at: datetime | None = None
    written_at: datetime | None = None
    withdrawn: str | None = None
    deliveries: tuple[Delivery, ...] = ()
    run_over: bool = False
    corrected_by: str | None = None

    @property
    def state(self) -> State:
        """Where they stand."""
        if self.withdrawn is not None:
            return State.WITHDRAWN
        if self.run is None:
            return State.DRAFT
        if self.corrected_by is not None:
            return State.CORRECTED
        reached = [one.how == "reached" for one in self.deliveries]
        if reached and all(reached):
            return State.SENT
        if not self.run_over:
            return State.GOING
        if any(reached):
            return State.PARTLY
        return State.IN_DOUBT if self.in_doubt else State.NOT_SENT

    @property
    def in_doubt(self) -> tuple[str, ...]:
        """The addresses of which nobody knows whether they have them: the answer was lost."""
        return tuple(one.address for one in self.deliveries if one.how == "unknown")

    @property
    def nobody_got_it(self) -> bool:
        """Its run is over, and it is known that no address got it."""
        failed = all(one.how == "failed" for one in self.deliveries)
        return self.state is State.NOT_SENT and failed

    @property
    def is_in_the_outbox(self) -> bool:
        """They were let go, and not every address is known to have them: the outbox says why."""
        return self.state in (State.GOING, State.PARTLY, State.IN_DOUBT, State.NOT_SENT)

    @property
    def is_open(self) -> bool:
        """Whether they may still be drafted anew, approved and let go."""
        return self.state is State.DRAFT

    @property
    def valid(self) -> tuple[Said, ...]:
        """What was said about the present bytes, since they were drafted."""
        mine = (one for one in self.said if one.seq > self.seq)
        return tuple(one for one in mine if one.fact.text == self.draft.text)

    @property
    def void(self) -> tuple[Said, ...]:
        """What was said about bytes that were changed since: it counts for nothing."""
        return tuple(one for one in self.said if one not in self.valid)

    @property
    def overridden(self) -> Mapping[tuple[Flag, str], Said]:
        """By flag and what it is about, who let the present bytes go in spite of it."""
        return {
            (one.fact.flag, one.fact.about): one
            for one in self.valid
            if isinstance(one.fact, FlagOverridden)
        }

    @property
    def reached(self) -> tuple[str, ...]:
        """The addresses that have them, or may have them: whoever may err gets a correction."""
        return tuple(one.address for one in self.deliveries if one.how in ("reached", "unknown"))


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """Words that went, or are going.

    Args:
        seq: of the entry that says so.
        grades: of the claims they state, by id: how sure each was told to be.
        figures: the numbers they tell, by name.
        statement: their id; empty where a plan or `tocsin tell` wrote them.
        final: whether they said that nothing more will come.
    """

    seq: int
    at: datetime
    audience: str
    subject: str
    text: str
    grades: Mapping[str, Grade]
    figures: Mapping[str, str]
    next_update_at: datetime | None
    statement: str = ""
    final: bool = False


class Promise(msgspec.Struct, frozen=True, kw_only=True):
    """More was promised to an audience by an instant; `kept_at` is when it then heard more."""

    audience: str
    due_at: datetime
    made_at: datetime
    seq: int
    statement: str = ""
    kept_at: datetime | None = None

    def is_late(self, now: datetime) -> bool:
        """Whether it was not kept in time, up to this instant."""
        return now >= self.due_at if self.kept_at is None else self.kept_at > self.due_at


class Statements(msgspec.Struct, kw_only=True):
    """All words of one log."""

    by_id: dict[str, Statement] = {}
    told: list[Told] = []
    _grades: dict[str, Grade] = {}
    _orders: dict[int, tuple[str, str]] = {}  # of a run that sends words: whose, to which address

    def take(self, entry: Entry) -> None:
        """Go on by one entry."""
        match entry.fact:
            case Claimed(claim=claim, grade=grade) if claim not in self._grades:
                self._grades[claim] = grade
            case ClaimGraded(claim=claim, grade=grade) if claim in self._grades:
                self._grades[claim] = grade
            case StatementDrafted() as draft:
                self._drafted(entry, draft)
            case StatementApproved() | StatementDeclined() | FlagOverridden() as fact:
                said = Said(seq=entry.seq, at=entry.recorded_at, author=entry.author, fact=fact,
                            erased="because" in entry.missing)  # fmt: skip
                self._change(fact.statement, said=lambda one: (*one.said, said))
            case StatementFlagged() as flag:
                self._change(
                    flag.statement,
                    flags=lambda one: (
                        (*one.flags, flag) if flag.text == one.draft.text else one.flags
                    ),
                )
            case StatementReleased() as let_go:
                self._let_go(entry, let_go)
            case StatementWithdrawn() as fact:
                one = self.by_id.get(fact.statement)
                if one is not None and one.is_open:
                    self._change(one.id, withdrawn=lambda _: fact.because)
            case MessageWritten() as message:
                self._written(entry, message)
            case _:
                self._sending(entry)

    def of(self, audience: str) -> Iterator[Statement]:
        """Those for one audience, the oldest first."""
        return (one for one in self.by_id.values() if one.draft.audience.value == audience)

    def correcting(self, statement: str) -> Iterator[Statement]:
        """Those that correct this one and were not withdrawn."""
        for one in self.by_id.values():
            if one.draft.corrects == statement and one.state is not State.WITHDRAWN:
                yield one

    def _change(self, statement: str, **fields: object) -> None:
        one = self.by_id.get(statement)
        if one is not None:
            new = {name: give(one) for name, give in fields.items() if callable(give)}
            self.by_id[statement] = msgspec.structs.replace(one, **new)

    def _drafted(self, entry: Entry, draft: StatementDrafted) -> None:
        before = self.by_id.get(draft.statement)
        if before is not None and not before.is_open:
            return  # what went does not change
        self.by_id[draft.statement] = Statement(
            id=draft.statement,
            draft=draft,
            seq=entry.seq,
            at=entry.recorded_at,
            by=entry.author.who,
            access=entry.access,
            drafts=1 if before is None else before.drafts + 1,
            said=() if before is None else before.said,
        )

    def _let_go(self, entry: Entry, fact: StatementReleased) -> None:
        one = self.by_id.get(fact.statement)
        if one is not None and one.is_open and fact.text == one.draft.text:
            self.by_id[one.id] = msgspec.structs.replace(
                one, run=fact.run, released_at=entry.recorded_at
            )

    def _written(self, entry: Entry, message: MessageWritten) -> None:
        words = self.by_id.get(message.statement)
        if words is not None:
            self._change(message.statement, written_at=lambda one: entry.recorded_at)
            if words.draft.corrects is not None:
                self._change(words.draft.corrects, corrected_by=lambda one: words.id)
        draft = words.draft if words is not None else None
        self.told.append(
            Told(
                seq=entry.seq,
                at=entry.recorded_at,
                audience=message.audience,
                subject=message.subject,
                text=message.text,
                grades=_grades_told(draft) if draft is not None else self._as_known(message),
                figures=figures_of(draft) if draft is not None else {},
                next_update_at=message.next_update_at,
                statement=message.statement,
                final=draft is not None and draft.moment is Moment.FINAL,
            )
        )

    def _as_known(self, message: MessageWritten) -> Mapping[str, Grade]:
        return {one: self._grades[one] for one in message.claims if one in self._grades}

    def _sending(self, entry: Entry) -> None:
        match entry.fact:
            case Ordered(effect=Effect.TELL) as order:
                for one in self.by_id.values():
                    if one.run == order.run:
                        self._orders[entry.seq] = (one.id, order.target)
                        self._fared(entry.seq, "waiting")
            case Receipted(order=order_seq, outcome=outcome):
                self._fared(order_seq, "reached" if outcome in _REACHED else "failed")
            case OutcomeJudged(order=order_seq, outcome=outcome):
                self._fared(order_seq, "reached" if outcome in _REACHED else "failed")
            case OutcomeUnknown(order=order_seq):
                self._fared(order_seq, "unknown")
            case AttemptFailed(order=order_seq, retry_at=None, may_have_acted=may_have):
                self._fared(order_seq, "unknown" if may_have else "failed")
            case RunEnded(run=run):
                for one in list(self.by_id.values()):
                    if one.run == run:
                        self._change(one.id, run_over=lambda _: True)
            case _:
                pass

    def _fared(self, order: int, how: str) -> None:
        if order not in self._orders:
            return
        statement, address = self._orders[order]
        delivery = Delivery(address=address, how=how)
        self._change(
            statement,
            deliveries=lambda one: (
                *(other for other in one.deliveries if other.address != address), delivery
            ),
        )  # fmt: skip


def statements_of(entries: Iterable[Entry]) -> Statements:
    """All words of a whole log."""
    found = Statements()
    for entry in entries:
        found.take(entry)
    return found


def figures_of(draft: StatementDrafted) -> Mapping[str, str]:
    """The numbers that a draft tells, by name."""
    pairs = (one.partition(" = ") for one in draft.figures)
    return {name: value for name, _, value in pairs}


def promises(statements: Statements) -> list[Promise]:
    """What was promised to whom by when, in order of the promise; one that was kept says when.

    Whoever heard the last word, or was told again without a new promise, is promised nothing more.
    """
    open_to: dict[str, Promise] = {}
    found: list[Promise] = []
    for told in statements.told:
        promise = open_to.pop(told.audience, None)
        if promise is not None:
            found.append(msgspec.structs.replace(promise, kept_at=told.at))
        if told.next_update_at is not None:
            open_to[told.audience] = Promise(
                audience=told.audience,
                due_at=told.next_update_at,
                made_at=told.at,
                seq=told.seq,
                statement=told.statement,
            )
    return sorted([*found, *open_to.values()], key=lambda one: one.seq)


def promised(statements: Statements) -> list[Promise]:
    """What is still promised to whom by when, the earliest first."""
    return sorted(
        (one for one in promises(statements) if one.kept_at is None),
        key=lambda one: (one.due_at, one.audience),
    )


def _grades_told(draft: StatementDrafted) -> Mapping[str, Grade]:
    by_grade = (
        (Grade.CONFIRMED, draft.known),
        (Grade.SUSPECTED, draft.suspected),
        (Grade.REFUTED, draft.refuted),
    )
    return {claim: grade for grade, claims in by_grade for claim in claims}
