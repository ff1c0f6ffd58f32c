"""When whom is to be reminded of a legal duty: before its instant, at it, and never after its end.

Source: decision of this house: 24 hours before, 2 hours before, and when it comes. What is asked at
once has one reminder, at once. Duties that are still open have one in common: their questions.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from tocsin.facts import Entry
from tocsin.facts.dues import Awaited, FellDue
from tocsin.facts.legal import Standing
from tocsin.incident.dues import DueMoment
from tocsin.incident.legal import Legal
from tocsin.incident.model import COUNSEL
from tocsin.incident.words_due import QUESTIONS

BEFORE = (timedelta(hours=24), timedelta(hours=2), timedelta())
"""So long before the instant a reminder goes, in the order of turns."""


class LegalDues:
    """Which reminders of legal duties went out in one log."""

    def __init__(self) -> None:
        self._told: dict[str, dict[datetime, int]] = {}  # by rule and instant, the last turn
        self._seen: datetime | None = None

    def take(self, entry: Entry) -> None:
        """Take one more entry."""
        self._seen = entry.recorded_at
        fact = entry.fact
        if isinstance(fact, FellDue) and fact.what is Awaited.LEGAL_DEADLINE:
            instant = fact.due_at + BEFORE[min(fact.turn, len(BEFORE) - 1)]
            self._told.setdefault(fact.about, {})[instant] = fact.turn

    def open(self, legal: Legal) -> Iterator[DueMoment]:
        """The next reminder of each duty, and of the questions of those that are open."""
        questions: list[tuple[datetime, int]] = []
        for rule, outcomes in legal.outcomes.items():
            now, instant = outcomes[-1], legal.counts_to(rule)
            if legal.is_settled(rule):
                continue
            if now.fact.standing is Standing.OPEN and instant is not None:
                questions.append((instant, now.seq))
            elif now.fact.standing is Standing.RAISED:
                first = 0 if instant is not None else len(BEFORE) - 1
                instant = instant or now.fact.immediately_from
                if instant is not None:
                    yield from self._next(rule, instant, now.seq, first)
        if questions:
            instant, seq = min(questions)
            if instant not in self._told.get(QUESTIONS, {}):
                yield self._moment(QUESTIONS, instant, seq, 0)

    def _next(self, rule: str, instant: datetime, seq: int, first: int) -> Iterator[DueMoment]:
        told = self._told.get(rule, {}).get(instant, first - 1)
        left = [turn for turn in range(len(BEFORE)) if turn > told]
        past = [turn for turn in left if self._seen and instant - BEFORE[turn] <= self._seen]
        if past:
            yield self._moment(rule, instant, seq, past[-1])
        elif left:
            yield self._moment(rule, instant, seq, left[0])

    def _moment(self, about: str, instant: datetime, seq: int, turn: int) -> DueMoment:
        return DueMoment(
            what=Awaited.LEGAL_DEADLINE, about=about, seq=seq, at=instant - BEFORE[turn],
            turn=turn, role=COUNSEL, calls=False,
        )  # fmt: skip
