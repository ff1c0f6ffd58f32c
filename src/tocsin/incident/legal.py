"""What the record says for the law: answers, submissions, what was reckoned, what people decided.

A fold that never reads an entry twice; where a log is cut makes no difference. It knows no law: it
gives a document of facts that rules can be asked about, and keeps what they came to. A decision
stands only while the duty does not move: whatever moves it ends the decision, and never the duty.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from tocsin.facts import Access, Asserter, Entry
from tocsin.facts.incidents import (
    AwarenessJudged,
    BecameAware,
    Closed,
    Dismissed,
    Linked,
    Relation,
    Reopened,
    Widened,
)
from tocsin.facts.kinds import TOCSIN
from tocsin.facts.legal import (
    Answered,
    Decided,
    DutiesReckoned,
    DutyDecided,
    DutyReckoned,
    LaterReadingAccepted,
    LegalDeadlinePassed,
    LegalFactStated,
    Standing,
)
from tocsin.facts.notices import NoticeSubmitted, NoticeWithdrawn
from tocsin.incident.legal_values import Value, value_of
from tocsin.incident.model import Incident, Part, Status, place_of
from tocsin.incident.submissions import Submission, Submissions
from tocsin.register.legal_keys import Dictionary

SUBMITTED = "submitted."
HAS_OBJECT = frozenset({Standing.RAISED, Standing.OPEN})
"""Where a duty is, or may be, asked of us."""


class Statement(Part, frozen=True):
    """An answer to what the law asks, as somebody gave it."""

    key: str
    answer: Answered
    value: str
    basis: str
    access: Access


class Outcome(Part, frozen=True):
    """What a rule came to from entry `seq` on, and why it was not what it was before."""

    fact: DutyReckoned


class Missed(Part, frozen=True):
    """The conservative instant of a rule passed, and nothing had been submitted."""

    fact: LegalDeadlinePassed


class DutyDecision(Part, frozen=True):
    """What a person decided about a duty."""

    fact: DutyDecided


class Acceptance(Part, frozen=True):
    """A person accepted the later reading of a duty."""

    fact: LaterReadingAccepted


class Reckoning(Part, frozen=True):
    """All rules were asked."""

    fact: DutiesReckoned


class Legal:
    """What one log says for the law, after the entries that were taken.

    Args:
        stated: the last answer to each key; `statements` all of them.
        went: what was submitted, and what of it counts.
        outcomes: what each rule came to, in the order of recording; never empty.
        touched: the last entry by which a duty may have moved; 0 where there is none.
    """

    def __init__(self) -> None:
        self.stated: dict[str, Statement] = {}
        self.statements: list[Statement] = []
        self.went = Submissions()
        self.outcomes: dict[str, list[Outcome]] = {}
        self.missed: dict[str, list[Missed]] = {}
        self.decisions: dict[str, DutyDecision] = {}
        self.acceptances: dict[str, Acceptance] = {}
        self.reckoned: Reckoning | None = None
        self.touched = 0
        self.touched_at: datetime | None = None
        self.over = self.merged = False

    @property
    def submissions(self) -> list[Submission]:
        """What was submitted and counts."""
        return self.went.counting

    @property
    def ever(self) -> bool:
        """Whether anything here ever concerned the law."""
        return self.touched > 0 or bool(self.outcomes)

    @property
    def is_owed(self) -> bool:
        """Whether something came in since the rules were asked last."""
        upto = self.reckoned.fact.upto if self.reckoned else 0
        return self.touched > upto and not self.merged

    @property
    def unsettled(self) -> tuple[str, ...]:
        """The rules of which something is, or may be, still asked."""
        return tuple(rule for rule in self.outcomes if not self.is_settled(rule))

    @property
    def is_done(self) -> bool:
        """Whether the incident ended, and no rule asks anything of it any more."""
        return self.over and not self.unsettled

    def take(self, entry: Entry) -> None:
        """Take one more entry."""
        fact, place = entry.fact, place_of(entry)
        match fact:
            case BecameAware() | AwarenessJudged():
                self._touch(entry)
            case Linked(relation=Relation.MERGED_INTO):
                self.over = self.merged = True
            case Closed() | Dismissed() | Reopened() | Widened():
                self._course(entry, fact)
            case LegalFactStated():
                said = Statement(
                    **place, key=fact.key, answer=fact.answer, value=fact.value, basis=fact.basis,
                    access=entry.access,
                )  # fmt: skip
                self.stated[fact.key] = said
                self.statements.append(said)
                self._touch(entry)
            case NoticeSubmitted() | NoticeWithdrawn():
                self._went(entry, fact)
            case DutiesReckoned() if _is_tocsins(entry):
                self.reckoned = Reckoning(**place, fact=fact)
            case DutyReckoned() if _is_tocsins(entry):
                self.outcomes.setdefault(fact.rule, []).append(Outcome(**place, fact=fact))
            case LegalDeadlinePassed() if _is_tocsins(entry):
                self.missed.setdefault(fact.rule, []).append(Missed(**place, fact=fact))
            case DutyDecided() if entry.author.kind is Asserter.PERSON:
                self.decisions[fact.rule] = DutyDecision(**place, fact=fact)
            case LaterReadingAccepted() if entry.author.kind is Asserter.PERSON:
                self.acceptances[fact.rule] = Acceptance(**place, fact=fact)
            case _:
                pass

    def _course(self, entry: Entry, fact: Closed | Dismissed | Reopened | Widened) -> None:
        if isinstance(fact, Reopened):
            self.over = self.merged = False
        elif not isinstance(fact, Widened):
            self.over = True
        if self.ever:
            self._touch(entry)

    def _went(self, entry: Entry, fact: NoticeSubmitted | NoticeWithdrawn) -> None:
        if self.went.take(entry, fact):
            self._touch(entry)

    def _touch(self, entry: Entry) -> None:
        self.touched, self.touched_at = entry.seq, entry.recorded_at

    def outcome(self, rule: str) -> DutyReckoned | None:
        """What a rule came to last; None where it never came to anything."""
        found = self.outcomes.get(rule)
        return found[-1].fact if found else None

    def submitted(self, rule: str) -> Submission | None:
        """The last submission under a rule, by when it was made."""
        return max(self._of(rule), key=lambda one: (one.at, one.seq), default=None)

    def first_submitted(self, rule: str) -> Submission | None:
        """The first submission under a rule, by when it was made: it settles the stage."""
        return min(self._of(rule), key=lambda one: (one.at, one.seq), default=None)

    def _of(self, rule: str) -> list[Submission]:
        return [one for one in self.submissions if one.rule == rule]

    def not_required(self, rule: str) -> DutyDecision | None:
        """The decision that a duty is not asked of us, while it stands."""
        decision = self.decisions.get(rule)
        if decision is None or decision.fact.decided is not Decided.NOT_REQUIRED:
            return None
        return None if self.moved_since(rule, decision.seq) else decision

    def accepted(self, rule: str) -> Acceptance | None:
        """The acceptance of the later reading, while the two instants are those it names."""
        found, now = self.acceptances.get(rule), self.outcome(rule)
        if found is None or now is None:
            return None
        same = (now.conservative_at, now.latest_at) == (
            found.fact.conservative_at, found.fact.accepted_at,
        )  # fmt: skip
        return found if same else None

    def moved_since(self, rule: str, seq: int) -> bool:
        """Whether a rule came to something else after an entry."""
        return any(one.seq > seq for one in self.outcomes.get(rule, ()))

    def is_raised(self, rule: str) -> bool:
        """Whether a rule asks something for sure."""
        now = self.outcome(rule)
        return now is not None and now.standing is Standing.RAISED

    def is_settled(self, rule: str) -> bool:
        """Whether nothing is asked any more: it was submitted, decided, or is asked of nobody."""
        now = self.outcome(rule)
        if now is None or now.standing not in HAS_OBJECT or self.merged:
            return True
        return now.submitted_at is not None or self.not_required(rule) is not None

    def passes_next(self) -> tuple[datetime, int] | None:
        """The first instant by which something raised must be submitted and whose passing no entry
        tells yet, with the entry that set it."""
        found = [
            (last.fact.conservative_at, last.seq)
            for rule, (*_, last) in self.outcomes.items()
            if last.fact.standing is Standing.RAISED
            and last.fact.conservative_at is not None
            and not self.is_settled(rule)
            and not self.is_missed(rule)
        ]
        return min(found, default=None)

    def is_missed(self, rule: str) -> bool:
        """Whether an entry tells that a rule was missed, and nothing was submitted since."""
        late = self.late(rule)
        return late is not None and not any(
            one.rule == rule and one.seq > late.seq for one in self.submissions
        )

    def barring(self, acts: frozenset[str]) -> list[DutyReckoned]:
        """The guards that stand against any of these acts now: "alter", "destroy"."""
        found = (self.outcome(rule) for rule in self.unsettled)
        return [one for one in found if one is not None and acts & set(one.bars)]

    def late(self, rule: str) -> Missed | None:
        """That its instant passed without a submission, the last time that it did.

        Not where what went out in time was only recorded afterwards, nor where the instant counted
        from a submission that was taken back: the passing stays an entry, and nothing is late.
        """
        return next((one for one in reversed(self.missed.get(rule, ()))
                     if self.in_time_after(rule, one) is None and self._had_object(one)),
                    None)  # fmt: skip

    def _had_object(self, passed: Missed) -> bool:
        """Whether all that its instant counted from went."""
        return not self.went.taken_back.keys() & set(passed.fact.counted_from)

    def late_by(self, passed: Missed) -> datetime | None:
        """When it was submitted after its instant, as its passing tells; None where that is
        nothing, or was taken back."""
        sent = passed.fact.submitted_at
        there = any(one.rule == passed.fact.rule and one.at == sent for one in self.submissions)
        return sent if there else None

    def in_time_after(self, rule: str, passed: Missed) -> Submission | None:
        """What went out by its instant and was recorded only after its passing."""
        due = passed.fact.conservative_at
        found = (one for one in self.submissions if one.rule == rule and one.seq > passed.seq)
        return next((one for one in found if one.at <= due), None)

    def counts_to(self, rule: str) -> datetime | None:
        """The instant that reminders count to: the conservative one, or the one accepted."""
        now = self.outcome(rule)
        if now is None or now.standing not in HAS_OBJECT:
            return None
        accepted = self.accepted(rule)
        return accepted.fact.accepted_at if accepted else now.conservative_at


def _is_tocsins(entry: Entry) -> bool:
    """Whether Tocsin itself reckoned it, for everybody: what anybody else wrote moves no duty."""
    return entry.author.kind in TOCSIN and entry.access is Access.OPS


def legal_of(entries: Iterable[Entry], start: Legal | None = None) -> Legal:
    """What these entries of one log say for the law."""
    found = start or Legal()
    for entry in entries:
        found.take(entry)
    return found


def document(
    incident: Incident,
    legal: Legal,
    dictionary: Dictionary,
    profile: Mapping[str, object],
    counts_last: Collection[str],
) -> dict[str, object]:
    """The facts that rules are asked about: the profile, and over it what the record says.

    An awareness that counsel judged not to count is left out. What cannot be read by this
    dictionary is handed on as it stands, so that whoever reads the document tells it.

    Args:
        counts_last: the rules of which the last submission counts; of all others it is the first.
    """
    found = dict(profile)
    aware = [
        {"instant": one.at, "person": one.person, "class": one.standing.value}
        for one in incident.awareness
        if one.counts
    ]
    if aware:
        found["aware"] = aware
    if incident.status is Status.CLOSED and incident.turns:
        found["resolved"] = incident.turns[-1].at
    for key, one in legal.stated.items():
        value = _value(one, dictionary)
        if value is None:
            found.pop(key, None)
        else:
            found[key] = value
    for sent in sorted(legal.submissions, key=lambda one: (one.at, one.seq)):
        if sent.rule in counts_last or SUBMITTED + sent.rule not in found:
            found[SUBMITTED + sent.rule] = sent.at
    return found


def _value(one: Statement, dictionary: Dictionary) -> Value | None:
    if one.answer is not Answered.KNOWN:
        return False if one.answer is Answered.DENIED else None
    entry = dictionary.find(one.key)
    if entry is None:
        return one.value
    try:
        return value_of(entry.type, one.value)
    except ValueError:
        return one.value
