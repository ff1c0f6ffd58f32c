"""What the facts of one incident come to: findings, actions with what was seen, seals, words, gaps.

An account is for readers of certain access; what others alone may read is counted and not said.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from tocsin.facts import Access, Asserter, Entry, Unreadable
from tocsin.facts.courses import ApprovalAsked, CallRefused, RunMigrated, SoftLimitPassed
from tocsin.facts.custody import EvidenceAcquired
from tocsin.facts.duties import DeadlineSet
from tocsin.facts.findings import Found, Subsided
from tocsin.facts.gates import (
    Countersigned,
    CountersignMissed,
    Decided,
    EvidenceSealed,
    GlassBroken,
    SealOverridden,
)
from tocsin.facts.incidents import Opened
from tocsin.facts.reach import MessageWritten, PageAnswered, PageBegan, PageUnanswered
from tocsin.facts.runs import (
    Answered,
    Approved,
    Asked,
    AttemptFailed,
    Declined,
    Effect,
    Ordered,
    OutcomeJudged,
    OutcomeUnknown,
    Probed,
    Receipted,
    Verdict,
)
from tocsin.facts.signals import SignalsJoined
from tocsin.facts.withheld import as_read_by
from tocsin.incident.affected import AffectedList, affected_lists
from tocsin.incident.fold import replay
from tocsin.incident.legal import Legal, legal_of
from tocsin.incident.model import Incident
from tocsin.incident.recovery import Recovery, recovery_of
from tocsin.incident.statements import State, Statement, statements_of
from tocsin.incident.timeline import TimelineRow, proven, timeline


class Vote(msgspec.Struct, frozen=True, kw_only=True):
    """What one person said about an action, and how they were proven."""

    seq: int
    at: datetime
    who: str
    proven: str
    said: str  # "approved", "declined", "alone", "stands by it", "does NOT stand by it"
    because: str


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """One independent look."""

    seq: int
    at: datetime
    step: str
    target: str
    hypothesis: str
    verdict: Verdict
    sample: int
    error: str
    seen: str


class Action(msgspec.Struct, kw_only=True):
    """One wanted state of the outside world and all that came of it.

    Args:
        ended_at: when its end was recorded, whatever it was; None while it is open.
        said: how it ended, in words; empty while it is open.
        looks: those at its target, or at what its target is part of, up to the next act on it; else
            the first look after it, which shows several acts together.
    """

    seq: int
    run: str
    order: Ordered
    at: datetime
    before: str = ""
    after: str = ""
    ended_at: datetime | None = None
    said: str = ""
    votes: list[Vote] = []
    looks: list[Look] = []
    overridden: tuple[str, ...] = ()
    countersign_by: datetime | None = None

    @property
    def shown(self) -> Look | None:
        """The last look that showed its effect."""
        return next((one for one in reversed(self.looks) if one.verdict is Verdict.SHOWN), None)


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """A decision: of the plan by what was known, or of a person who was asked."""

    seq: int
    at: datetime
    who: str
    proven: str
    question: str
    chosen: str
    on: str


class Account(msgspec.Struct, kw_only=True):
    """All of it. `hidden` counts entries that this reader may not see."""

    incident: Incident
    rows: list[TimelineRow] = []
    findings: list[tuple[Entry, Found]] = []
    subsided: dict[str, datetime] = {}  # findings that are not claimed any more, since when
    actions: list[Action] = []
    looks: list[Look] = []
    checks: list[Look] = []  # of recovery gates
    seals: list[tuple[Entry, EvidenceSealed]] = []
    evidence: list[tuple[Entry, EvidenceAcquired]] = []
    choices: list[Choice] = []
    messages: list[tuple[Entry, MessageWritten]] = []
    drafts: list[Statement] = []  # words that were drafted and not let go
    pages: list[tuple[Entry, PageBegan | PageAnswered | PageUnanswered]] = []
    deadlines: dict[str, DeadlineSet] = {}  # by id, each as it was set last
    late: list[SoftLimitPassed] = []
    uncalled: list[CallRefused] = []
    missed: list[int] = []  # actions that nobody countersigned in time
    heard: list[SignalsJoined] = []  # signals from outside, as it was told of them
    affected: list[AffectedList] = []  # lists of the decisions that it touched
    legal: Legal = msgspec.field(default_factory=Legal)
    recovery: Recovery = msgspec.field(default_factory=lambda: Recovery(""))
    people: set[str] = set()  # persons who wrote entries; Tocsin and machines are not in it
    hidden: int = 0
    last: datetime | None = None

    @property
    def acts(self) -> list[Action]:
        """The actions that change a system; words to people change none."""
        return [one for one in self.actions if one.order.effect is not Effect.TELL]

    @property
    def standing(self) -> list[tuple[Entry, Found]]:
        """The findings that are still claimed, as each was told last, in that order."""
        newest = {found.finding: entry.seq for entry, found in self.findings}
        return [
            (entry, found)
            for entry, found in self.findings
            if found.finding not in self.subsided and newest[found.finding] == entry.seq
        ]

    def action(self, seq: int) -> Action | None:
        """The action that this entry ordered."""
        return next((one for one in self.actions if one.seq == seq), None)


def account_of(entries: Sequence[Entry], readers: frozenset[Access]) -> Account:
    """What these entries of one log come to, for a reader with these kinds of access."""
    seen = [entry for entry in entries if entry.access in readers]
    shown = as_read_by(entries, readers)
    gone = sum(isinstance(entry.fact, Unreadable) for entry in seen)
    incident = msgspec.structs.replace(replay(shown), unreadable=gone)
    made = Account(incident=incident, rows=timeline(shown, readers))
    made.hidden = len(entries) - len(seen)
    made.affected = list(affected_lists(seen).values())
    made.recovery, made.legal = recovery_of(seen), legal_of(entries)
    made.drafts = [one for one in statements_of(seen).by_id.values() if one.state is State.DRAFT]
    by_seq: dict[int, Action] = {}
    asked: dict[int, Asked | ApprovalAsked] = {}
    for entry in seen:
        made.last = entry.recorded_at
        if entry.author.kind is Asserter.PERSON:
            made.people.add(entry.author.who)
        match entry.fact:
            case Ordered() as order:
                action = Action(seq=entry.seq, run=order.run, order=order, at=entry.happened_at)
                by_seq[entry.seq] = action
                made.actions.append(action)
            case (Asked() | ApprovalAsked()) as question:
                asked[entry.seq] = question
            case Answered() as answer:
                made.choices.append(_answered(entry, answer, asked))
            case (Approved() | Declined()) as word if word.order in asked:
                made.choices.append(_answered(entry, word, asked))
            case RunMigrated() as migrated:
                made.choices.append(_migrated(entry, migrated))
            case CallRefused() | SoftLimitPassed() | DeadlineSet() as fact:
                _course(made, fact)
            case _:
                _take(made, entry, by_seq)
    return made


def _course(made: Account, fact: CallRefused | SoftLimitPassed | DeadlineSet) -> None:
    match fact:
        case CallRefused():
            made.uncalled.append(fact)
        case SoftLimitPassed():
            made.late.append(fact)
        case DeadlineSet():
            made.deadlines[fact.deadline] = fact


def _take(made: Account, entry: Entry, by_seq: dict[int, Action]) -> None:
    match entry.fact:
        case Found() as found:
            made.findings.append((entry, found))
            made.subsided.pop(found.finding, None)
        case Subsided() as over:
            made.subsided[over.finding] = over.seen_until
        case EvidenceSealed() as seal:
            made.seals.append((entry, seal))
        case EvidenceAcquired() as acquired:
            made.evidence.append((entry, acquired))
        case MessageWritten() as message:
            made.messages.append((entry, message))
        case (PageBegan() | PageAnswered() | PageUnanswered()) as page:
            made.pages.append((entry, page))
        case Decided() as decided:
            made.choices.append(_decided(entry, decided))
        case Probed() as probed:
            _look(made, entry, probed)
        case SignalsJoined() as heard:
            made.heard.append(heard)
        case CountersignMissed() as missed:
            made.missed.append(missed.order)
        case Unreadable() | Opened():
            pass
        case fact:
            action = by_seq.get(getattr(fact, "order", 0))
            if action is not None:
                _about(action, entry)


def _about(action: Action, entry: Entry) -> None:
    match entry.fact:
        case Receipted() as done:
            action.before, action.after = done.before, done.after
            action.ended_at, action.said = entry.happened_at, done.outcome.value
        case AttemptFailed(retry_at=None) as failed:
            action.ended_at, action.said = entry.happened_at, f"failed: {failed.why}"
        case OutcomeUnknown() as unknown:
            action.ended_at, action.said = entry.happened_at, f"outcome unknown: {unknown.why}"
        case OutcomeJudged() as judged:
            action.ended_at = entry.happened_at
            action.said = f"{judged.outcome.value}, as {entry.author.who} saw: {judged.basis}"
        case Approved() as vote:
            action.votes.append(_vote(entry, "approved", vote.because))
        case Declined() as vote:
            action.votes.append(_vote(entry, "declined", vote.because))
            action.ended_at, action.said = entry.happened_at, "declined"
        case GlassBroken() as glass:
            action.votes.append(_vote(entry, "alone", glass.because))
            action.countersign_by = glass.countersign_by
        case Countersigned() as second:
            said = "stands by it" if second.agrees else "does NOT stand by it"
            action.votes.append(_vote(entry, said, second.because))
            action.countersign_by = None
        case SealOverridden() as over:
            action.overridden = over.items
            action.votes.append(_vote(entry, "without the evidence", over.because))
        case _:
            pass


def _vote(entry: Entry, said: str, because: str) -> Vote:
    return Vote(
        seq=entry.seq, at=entry.happened_at, who=entry.author.who, proven=proven(entry.author),
        said=said, because=because,
    )  # fmt: skip


def _look(made: Account, entry: Entry, probed: Probed) -> None:
    look = Look(
        seq=entry.seq, at=entry.happened_at, step=probed.step, target=probed.target,
        hypothesis=probed.hypothesis, verdict=probed.verdict, sample=probed.sample,
        error=probed.error, seen=probed.seen,
    )  # fmt: skip
    if probed.step.endswith("]"):  # a check of a gate asks of a system, not of an act
        made.checks.append(look)
        return
    made.looks.append(look)
    if probed.value:
        return  # it looked for something, not whether an act took effect
    acted = [one for one in made.acts if one.run == probed.run and one.ended_at is not None]
    same = [one for one in acted if _is_part(one.order.target, probed.target)] or acted
    if same:
        same[-1].looks.append(look)
        other = [a for a in acted if a.order.target != same[-1].order.target and not a.looks]
        for earlier in other:  # one look after acts on several targets shows them together
            earlier.looks.append(look)


def _is_part(target: str, of: str) -> bool:
    """Whether a target is this, or a part of it: "assistant.model" of "assistant"."""
    return target == of or target.startswith(f"{of}.")


def _decided(entry: Entry, decided: Decided) -> Choice:
    why = decided.condition or {"undetermined": "not everything needed is known"}.get(
        decided.result, "no condition held"
    )
    known = f" ({', '.join(decided.bindings)})" if decided.bindings else ""
    return Choice(
        seq=entry.seq, at=entry.happened_at, who="the plan", proven=proven(entry.author),
        question=decided.step, chosen=f"branch {decided.result}", on=f"{why}{known}",
    )  # fmt: skip


def _answered(
    entry: Entry, answer: Answered | Approved | Declined, asked: dict[int, Asked | ApprovalAsked]
) -> Choice:
    if isinstance(answer, Answered):
        question, chosen = asked.get(answer.asked), answer.choice
        words = answer.step
    else:
        question, words = asked.get(answer.order), ""
        chosen = "approved" if isinstance(answer, Approved) else "declined"
    if isinstance(question, ApprovalAsked):
        words = f"{question.subject} (asked of {question.role})"
    elif question is not None:
        words = question.question
    return Choice(
        seq=entry.seq, at=entry.happened_at, who=entry.author.who, proven=proven(entry.author),
        question=words, chosen=chosen, on=answer.because,
    )  # fmt: skip


def _migrated(entry: Entry, fact: RunMigrated) -> Choice:
    return Choice(
        seq=entry.seq, at=entry.happened_at, who=entry.author.who, proven=proven(entry.author),
        question=f"which version of its plan {fact.run} follows",
        chosen=f"{fact.to_digest[:12]} instead of {fact.from_digest[:12]}", on=fact.because,
    )  # fmt: skip
