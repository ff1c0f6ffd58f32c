"""Folds a log into why it may have failed: hypotheses, what speaks for and against each, and work.

`Analysis.apply` may be called entry by entry. The last weighing of one piece of evidence against
one hypothesis counts, and what it replaces stays on view. Facts about hypotheses that this log does
not have, and conclusions that nobody but a machine drew, change nothing. A conclusion that later
evidence speaks against is marked as doubtful; nothing is taken back by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TypedDict

import msgspec

from tocsin.facts import Access, Asserter, Entry
from tocsin.facts.analysis import (
    Bearing,
    Conclusion,
    ContradictionAnswered,
    EvidenceWeighed,
    HypothesisConcluded,
    HypothesisRaised,
    LineageJudged,
    LineageRead,
    QueryAsked,
    ReplayBegan,
    Replayed,
    ReplaysCompared,
)

_AGAINST = {
    Conclusion.SUPPORTED: Bearing.CONTRADICTS,
    Conclusion.REFUTED: Bearing.SUPPORTS,
    Conclusion.OPEN: None,
}


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """Where something stands in the log, when it was true, who says it, and who may read it."""

    seq: int
    at: datetime
    by: str
    access: Access


class Answered(Said, frozen=True):
    """Why evidence against a hypothesis does not refute it."""

    because: str


class Weighed(Said, frozen=True):
    """A piece of evidence held against a hypothesis.

    Args:
        answered: why it does not refute the hypothesis; None while nobody said so.
        replaced_by: the entry in which the same evidence was weighed anew; None while it counts.
    """

    fact: EvidenceWeighed
    answered: Answered | None = None
    replaced_by: int | None = None

    @property
    def counts(self) -> bool:
        """Whether this is the last word on this evidence."""
        return self.replaced_by is None


class Concluded(Said, frozen=True):
    """What somebody concluded on a hypothesis."""

    fact: HypothesisConcluded


class Hypothesis(Said, frozen=True):
    """Why it may have failed, with all that was weighed and concluded, in the order of saying."""

    fact: HypothesisRaised
    weighings: tuple[Weighed, ...] = ()
    conclusions: tuple[Concluded, ...] = ()

    @property
    def id(self) -> str:
        """Its name within the incident."""
        return self.fact.hypothesis

    @property
    def standing(self) -> Conclusion:
        """What was concluded last; open before anything was."""
        return self.conclusions[-1].fact.conclusion if self.conclusions else Conclusion.OPEN

    def that(self, bearing: Bearing) -> tuple[Weighed, ...]:
        """What counts and points this way."""
        return tuple(w for w in self.weighings if w.counts and w.fact.bearing is bearing)

    @property
    def unanswered(self) -> tuple[Weighed, ...]:
        """What counts against it and was not answered."""
        return tuple(w for w in self.that(Bearing.CONTRADICTS) if w.answered is None)

    @property
    def doubts(self) -> tuple[Weighed, ...]:
        """What was weighed after the last conclusion, speaks against it and was not answered."""
        against = _AGAINST[self.standing]
        if against is None:
            return ()
        since = self.conclusions[-1].seq
        return tuple(w for w in self.that(against) if w.seq > since and w.answered is None)


class Asking(Said, frozen=True):
    """A question that was put to a log once."""

    fact: QueryAsked


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """One question, as often as it was asked; the first time is what others compare with."""

    id: str
    askings: tuple[Asking, ...]

    def same(self, asking: Asking) -> bool | None:
        """Whether it was answered as the first time; None of the first time itself."""
        first = self.askings[0]
        return None if asking is first else asking.fact.content == first.fact.content


class Replay(Said, frozen=True):
    """A set of requests put to versions: what began, what came of each, and how they differ."""

    fact: ReplayBegan
    ended: tuple[Replayed, ...] = ()
    compared: tuple[ReplaysCompared, ...] = ()

    @property
    def is_over(self) -> bool:
        """Whether every version has its result."""
        return {one.against for one in self.ended} == set(self.fact.against)


class Lineage(Said, frozen=True):
    """Where a version comes from, as it was read once."""

    fact: LineageRead
    items: tuple[LineageJudged, ...] = ()


class Analysis:
    """All of it, grown entry by entry.

    Args:
        readers: every kind of access that the reader has; the rest is as if it were not there,
            and counted in `hidden`.
    """

    def __init__(self, readers: frozenset[Access] = frozenset(Access)) -> None:
        self._readers = readers
        self.hidden = 0
        self.hypotheses = dict[str, Hypothesis]()
        self.queries = dict[str, Query]()
        self.replays = dict[str, Replay]()
        self.lineages = dict[str, Lineage]()

    def apply(self, entry: Entry) -> None:
        """Take one more entry."""
        fact = entry.fact
        if isinstance(fact, _ARGUED + _WORK) and entry.access not in self._readers:
            self.hidden += 1
        elif isinstance(fact, _ARGUED):
            self._argued(entry)
        elif isinstance(fact, _WORK):
            self._worked(entry)

    def _argued(self, entry: Entry) -> None:
        match entry.fact:
            case HypothesisRaised() as fact if fact.hypothesis not in self.hypotheses:
                self.hypotheses[fact.hypothesis] = Hypothesis(fact=fact, **_said(entry))
            case EvidenceWeighed() as fact if fact.hypothesis in self.hypotheses:
                self._weighed(entry, fact)
            case ContradictionAnswered() as fact if fact.hypothesis in self.hypotheses:
                self._answered(entry, fact)
            case HypothesisConcluded() as fact if fact.hypothesis in self.hypotheses:
                if entry.author.kind is Asserter.PERSON:
                    one = self.hypotheses[fact.hypothesis]
                    drawn = Concluded(fact=fact, **_said(entry))
                    self._put(one, conclusions=(*one.conclusions, drawn))
            case _:
                pass

    def _weighed(self, entry: Entry, fact: EvidenceWeighed) -> None:
        one = self.hypotheses[fact.hypothesis]
        kept = tuple(
            msgspec.structs.replace(w, replaced_by=entry.seq)
            if w.counts and (w.fact.evidence, w.fact.entry) == (fact.evidence, fact.entry)
            else w
            for w in one.weighings
        )
        self._put(one, weighings=(*kept, Weighed(fact=fact, **_said(entry))))

    def _answered(self, entry: Entry, fact: ContradictionAnswered) -> None:
        one = self.hypotheses[fact.hypothesis]
        said = Answered(because=fact.because, **_said(entry))
        self._put(
            one,
            weighings=tuple(
                msgspec.structs.replace(w, answered=said) if w.seq == fact.weighed else w
                for w in one.weighings
            ),
        )

    def _put(self, one: Hypothesis, **changed: object) -> None:
        self.hypotheses[one.id] = msgspec.structs.replace(one, **changed)

    def _worked(self, entry: Entry) -> None:
        match entry.fact:
            case QueryAsked() as fact:
                before = self.queries[fact.query].askings if fact.query in self.queries else ()
                asking = Asking(fact=fact, **_said(entry))
                self.queries[fact.query] = Query(id=fact.query, askings=(*before, asking))
            case ReplayBegan() as fact if fact.replay not in self.replays:
                self.replays[fact.replay] = Replay(fact=fact, **_said(entry))
            case Replayed() as fact if fact.replay in self.replays:
                one = self.replays[fact.replay]
                if fact.against not in {each.against for each in one.ended}:
                    kept = msgspec.structs.replace(one, ended=(*one.ended, fact))
                    self.replays[fact.replay] = kept
            case ReplaysCompared() as fact if fact.replay in self.replays:
                one = self.replays[fact.replay]
                kept = msgspec.structs.replace(one, compared=(*one.compared, fact))
                self.replays[fact.replay] = kept
            case LineageRead() as fact:
                self.lineages[fact.document] = Lineage(fact=fact, **_said(entry))
            case LineageJudged() as fact if fact.document in self.lineages:
                read = self.lineages[fact.document]
                told = msgspec.structs.replace(read, items=(*read.items, fact))
                self.lineages[fact.document] = told
            case _:
                pass


_ARGUED = (HypothesisRaised, EvidenceWeighed, ContradictionAnswered, HypothesisConcluded)
_WORK = (QueryAsked, ReplayBegan, Replayed, ReplaysCompared, LineageRead, LineageJudged)


def analysis_of(
    entries: Iterable[Entry], readers: frozenset[Access] = frozenset(Access)
) -> Analysis:
    """The analysis that a whole log tells of, for these readers."""
    found = Analysis(readers)
    for entry in entries:
        found.apply(entry)
    return found


class _Place(TypedDict):
    seq: int
    at: datetime
    by: str
    access: Access


def _said(entry: Entry) -> _Place:
    return {
        "seq": entry.seq,
        "at": entry.happened_at,
        "by": entry.author.who,
        "access": entry.access,
    }
