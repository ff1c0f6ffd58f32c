"""A post-mortem as the record alone can draft it: every line names the entries that say it.

Fact and opinion do not mix: what rules read from the record, what people noted as a lesson, and
what people wrote in sections of their own stand apart, each under its name. The root cause is not
written before it was decided who writes it. The same entries give the same draft, to the byte.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import get_args

import msgspec

from tocsin.dossier.account import Account, account_of
from tocsin.dossier.gaps import gaps
from tocsin.dossier.intervals import Interval, Moment, intervals
from tocsin.dossier.went import Line, went_badly, went_well
from tocsin.facts import Access, Asserter, Entry
from tocsin.facts.analysis import AnalysisFact, Conclusion
from tocsin.facts.courses import LimitsSet
from tocsin.facts.findings import Found
from tocsin.facts.lessons import CostRecorded, FactorNamed, LessonFact, LessonNoted, Section, Went
from tocsin.facts.notices import NoticeFact
from tocsin.facts.reach import LinkIssued, MessageWritten
from tocsin.facts.recovery import RecoveryFact
from tocsin.facts.runs import Attempted, StepEnded, WaitBegan, WaitEnded
from tocsin.facts.statements import StatementFact
from tocsin.facts.withheld import as_read_by
from tocsin.incident.analysis import analysis_of
from tocsin.incident.lessons import Held, Item, Lessons, Proposed, Said, Written, lessons_of
from tocsin.incident.model import SeverityJudgement
from tocsin.incident.timeline import TimelineRow, proven, words_of
from tocsin.incident.words_finding import finding_words

MACHINERY = (Attempted, StepEnded, WaitBegan, WaitEnded, LimitsSet, LinkIssued)
"""How the work was carried out: left out of the timeline, counted, and in the log."""


class Narrative(msgspec.Struct, frozen=True, kw_only=True):
    """A section that a person wrote; `earlier` are the entries of its versions before."""

    text: str
    by: str
    at: datetime
    seq: int
    version: int
    earlier: tuple[int, ...]


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """The root cause, or in plain words why there is none yet.

    Args:
        why_not: who must decide what first; empty once that was decided.
        supported: the hypotheses that whoever was chosen concluded to be so.
    """

    why_not: str
    written: Narrative | None = None
    supported: tuple[Line, ...] = ()


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """An interval with its length in seconds, as decimal text; None where it is not measurable."""

    interval: Interval
    seconds: str | None


class Opinion(msgspec.Struct, frozen=True, kw_only=True):
    """What a person noted: a lesson, with whoever noted it."""

    seq: int
    by: str
    text: str
    entries: tuple[int, ...]


class Total(msgspec.Struct, frozen=True, kw_only=True):
    """What all costs in one unit come to, and how much of that is an estimate."""

    unit: str
    amount: str
    estimated: str
    costs: int


class Writer(msgspec.Struct, frozen=True, kw_only=True):
    """Whoever wrote entries that this reader may read, and how they were proven."""

    who: str
    kind: Asserter
    proven: tuple[str, ...]
    entries: int
    first: datetime
    last: datetime


class Postmortem(msgspec.Struct, frozen=True, kw_only=True):
    """All of it.

    Args:
        up_to: the last entry that it rests on; `hidden` of them are for others' eyes.
        left_out: entries of machinery that the timeline does not show.
    """

    name: str
    incident: str
    title: str
    systems: tuple[str, ...]
    status: str
    severity: Line | None
    led_by: str | None
    readers: tuple[str, ...]
    up_to: int
    last_at: datetime | None
    hidden: int
    narrative: dict[str, Narrative]
    impact: tuple[Line, ...]
    course: tuple[Moment, ...]
    intervals: tuple[Measured, ...]
    factors: tuple[Said[FactorNamed], ...]
    cause: Cause
    went_well: tuple[Line, ...]
    went_badly: tuple[Line, ...]
    noted: dict[str, tuple[Opinion, ...]]
    costs: tuple[Said[CostRecorded], ...]
    totals: tuple[Total, ...]
    items: tuple[Item, ...]
    changes: tuple[Proposed, ...]
    analysis: tuple[Line, ...]
    words_out: tuple[Line, ...]
    recovery: tuple[Line, ...]
    review_due: datetime | None
    reviews: tuple[Held, ...]
    writers: tuple[Writer, ...]
    gaps: tuple[str, ...]
    timeline: tuple[TimelineRow, ...]
    left_out: int


def postmortem_of(
    name: str, entries: Sequence[Entry], readers: frozenset[Access], why_no_cause: str | None
) -> Postmortem:
    """The draft of one incident for a reader with these kinds of access.

    Args:
        name: the incident's short id.
        entries: all of its log; what is not this reader's is taken out before anything is read.
        why_no_cause: why nobody may write the root cause yet; None once it was decided who does.
    """
    seen = as_read_by(entries, readers)
    account, known = account_of(seen, readers), lessons_of(seen)
    incident, found = account.incident, intervals(account, seen)
    timeline, left_out = _timeline(account, seen)
    narrative = {section.value: _narrative(known.narrative.get(section, [])) for section in Section}
    written = narrative.pop(Section.ROOT_CAUSE.value)
    return Postmortem(
        name=name,
        incident=incident.id,
        title=incident.title,
        systems=incident.systems,
        status=incident.status.value,
        severity=_severity(incident.severity),
        led_by=incident.holder("commander"),
        readers=tuple(one.value for one in Access if one in readers),
        up_to=incident.seq,
        last_at=seen[-1].recorded_at if seen else None,
        hidden=account.hidden,
        narrative={name: one for name, one in narrative.items() if one is not None},
        impact=tuple(_impact(account)),
        course=_course(found),
        intervals=tuple(_measured(one) for one in found),
        factors=tuple(_standing(known.factors.values())),
        cause=Cause(why_not=why_no_cause)
        if why_no_cause is not None
        else Cause(why_not="", written=written, supported=tuple(_supported(seen))),
        went_well=tuple(went_well(account, seen)),
        went_badly=tuple(went_badly(account, seen)),
        noted={went.value: tuple(_noted(known, went)) for went in Went},
        costs=tuple(one for one in known.costs.values() if one.withdrawn is None),
        totals=tuple(_totals(known)),
        items=tuple(known.items.values()),
        changes=tuple(known.changes.values()),
        analysis=tuple(_lines(seen, AnalysisFact)),
        words_out=tuple(_lines(seen, MessageWritten | StatementFact | NoticeFact)),
        recovery=tuple(_lines(seen, RecoveryFact)),
        review_due=known.review_due,
        reviews=tuple(known.reviews),
        writers=tuple(_writers(entry for entry in seen if entry.access in readers)),
        gaps=tuple(gaps(account)),
        timeline=timeline,
        left_out=left_out,
    )


def _narrative(versions: Sequence[Written]) -> Narrative | None:
    if not versions or not versions[-1].text:
        return None
    last = versions[-1]
    return Narrative(
        text=last.text,
        by=last.by,
        at=last.at,
        seq=last.seq,
        version=len(versions),
        earlier=tuple(one.seq for one in versions[:-1]),
    )


def _severity(judged: SeverityJudgement | None) -> Line | None:
    if judged is None:
        return None
    text = f"{judged.severity.value}: {'; '.join(judged.reasons)} ({judged.basis})"
    return Line(text=text, entries=(judged.seq,))


def _supported(entries: Iterable[Entry]) -> Iterator[Line]:
    for one in analysis_of(entries).hypotheses.values():
        if one.standing is Conclusion.SUPPORTED:
            last = one.conclusions[-1]
            text = f"{one.id}: {one.fact.statement} ({last.by}: {last.fact.because})"
            yield Line(text=text, entries=(one.seq, last.seq))


def _impact(account: Account) -> Iterator[Line]:
    """Whom it touched, how far that is put right, and what was measured, group by group."""
    for one in account.affected:
        fact = one.fact
        whom = "" if fact.subjects is None else f" about {fact.subjects} people or things"
        states = ", ".join(f"{n} {state.value}" for state, n in one.counts.items() if n)
        yield Line(
            text=f"{fact.decisions} decisions{whom} ({fact.asked}): {states}", entries=(one.seq,)
        )
        if fact.untold:
            yield Line(text=f"that list does not hold all: {fact.untold}", entries=(one.seq,))
    newest: dict[str, tuple[Entry, Found]] = {}
    for entry, found in account.findings:
        if found.caused_by is None:
            newest[found.finding] = (entry, found)
    for entry, found in newest.values():
        yield Line(text=finding_words(found), entries=(entry.seq,))


def _course(found: Sequence[Interval]) -> tuple[Moment, ...]:
    """Every instant that an interval runs from or to, once, in the order of time."""
    ends = [moment for one in found for moment in (one.start, one.end) if moment is not None]
    return tuple(sorted(dict.fromkeys(ends), key=lambda one: (one.at, one.seq, one.what)))


def _measured(one: Interval) -> Measured:
    span = one.span
    seconds = None if span is None else f"{Decimal(str(span.total_seconds())).normalize():f}"
    return Measured(interval=one, seconds=seconds)


def _standing(said: Iterable[Said[FactorNamed]]) -> Iterator[Said[FactorNamed]]:
    return (one for one in said if one.withdrawn is None)


def _noted(known: Lessons, went: Went) -> Iterator[Opinion]:
    for one in known.lessons.values():
        fact: LessonNoted = one.fact
        if fact.went is went and one.withdrawn is None:
            yield Opinion(seq=one.seq, by=one.by, text=fact.what, entries=fact.entries)


def _totals(known: Lessons) -> Iterator[Total]:
    """Unit by unit: nothing is converted, for no rate stands in the record."""
    standing = [one.fact for one in known.costs.values() if one.withdrawn is None]
    for unit in sorted({one.unit for one in standing}):
        costs = [one for one in standing if one.unit == unit]
        guessed = [one for one in costs if one.basis.value == "estimated"]
        yield Total(
            unit=unit,
            amount=str(sum(Decimal(one.amount) for one in costs)),
            estimated=str(sum((Decimal(one.amount) for one in guessed), Decimal(0))),
            costs=len(costs),
        )


def _lines(entries: Iterable[Entry], kinds: object) -> Iterator[Line]:
    for entry in entries:
        if isinstance(entry.fact, kinds):  # type: ignore[arg-type]
            yield Line(text=words_of(entry.fact), entries=(entry.seq,))


def _timeline(account: Account, entries: Sequence[Entry]) -> tuple[tuple[TimelineRow, ...], int]:
    """The rows in the order in which it was so; what was learnt afterwards has its own places."""
    facts = {entry.seq: entry.fact for entry in entries}
    told = [row for row in account.rows if row.hidden or not _is_machinery(facts[row.seq])]
    told.sort(key=lambda row: (row.happened_at, row.seq))
    return tuple(told), len(account.rows) - len(told)


def _is_machinery(fact: object) -> bool:
    return isinstance(fact, (*MACHINERY, *get_args(LessonFact)))


def _writers(entries: Iterable[Entry]) -> Iterator[Writer]:
    by: dict[tuple[Asserter, str], list[Entry]] = {}
    for entry in entries:
        by.setdefault((entry.author.kind, entry.author.who), []).append(entry)
    for (kind, who), theirs in sorted(by.items(), key=lambda one: (one[0][0].value, one[0][1])):
        yield Writer(
            who=who,
            kind=kind,
            proven=tuple(dict.fromkeys(proven(one.author) for one in theirs)),
            entries=len(theirs),
            first=min(one.happened_at for one in theirs),
            last=max(one.happened_at for one in theirs),
        )
