"""Every time Tocsin called or reminded people, by what it was for; pure, and each one once.

A call counts when its people are called, not when they answer. The first call of a plan that a
finding or an alarm from outside began is theirs; what the plan calls after that is the plan's own.
A reminder that goes as a message wakes nobody: it is counted, and not added to the calls.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from tocsin.facts import Entry
from tocsin.facts.alarms import SIGNAL_PREFIX, Ranked
from tocsin.facts.dues import Awaited, FellDue
from tocsin.facts.reach import PageBegan, PageUnanswered
from tocsin.facts.runs import RunStarted

BY_HAND = "page"
"""The plan of one step by which a person has others called."""


class CallKind(enum.Enum):
    """What people were called for, in the order in which it is told."""

    FINDING = "finding"
    OUTSIDE = "outside"
    PLAN = "plan"
    PERSON = "person"
    ESCALATION = "escalation"
    DUE = "due"
    DUTY = "duty"
    REMINDER = "reminder"

    @property
    def is_call(self) -> bool:
        """Whether people are called; else a message goes to them."""
        return self not in (CallKind.DUTY, CallKind.REMINDER)


SAID = {
    CallKind.FINDING: "a detector's finding",
    CallKind.OUTSIDE: "an alarm from outside",
    CallKind.PLAN: "a further call of a plan",
    CallKind.PERSON: "a person had them called",
    CallKind.ESCALATION: "nobody answered: the next, or those further up",
    CallKind.DUE: "something fell due that could not wait",
    CallKind.DUTY: "a duty of law is due, or soon (a message)",
    CallKind.REMINDER: "something else fell due (a message)",
}


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """People were called, or told by a message."""

    at: datetime
    kind: CallKind


def ranked_calls(alarms: Sequence[Entry]) -> list[tuple[str | None, Call]]:
    """What findings and alarms from outside called people for, with the log that tells of it."""
    return [
        (entry.fact.log, Call(at=entry.happened_at, kind=_of_finding(entry.fact.finding)))
        for entry in alarms
        if isinstance(entry.fact, Ranked) and entry.fact.pages
    ]


def further_calls(entries: Sequence[Entry], ranked: int) -> list[Call]:
    """What else a log tells: calls of its runs, whom they went to next, and reminders.

    Args:
        ranked: how many calls were counted already for what began plans in this log.
    """
    due = {
        entry.fact.told_by: entry.fact
        for entry in entries
        if isinstance(entry.fact, FellDue) and entry.fact.told_by is not None
    }
    plans = {e.fact.run: e.fact.plan for e in entries if isinstance(e.fact, RunStarted)}
    found, called = list[Call](), set[str]()
    for at, run in _calls(entries):
        if (fact := due.get(run)) is not None:
            called.add(run)
            climbs = fact.what is Awaited.PAGE_ANSWER
            found.append(Call(at=at, kind=CallKind.ESCALATION if climbs else CallKind.DUE))
        elif plans.get(run) == BY_HAND:
            found.append(Call(at=at, kind=CallKind.PERSON))
        elif ranked:
            ranked -= 1  # it is that call
        else:
            found.append(Call(at=at, kind=CallKind.PLAN))
    return [*found, *_next_ones(entries), *_messages(entries, called)]


def _of_finding(finding: str) -> CallKind:
    return CallKind.OUTSIDE if finding.startswith(SIGNAL_PREFIX) else CallKind.FINDING


def _calls(entries: Sequence[Entry]) -> Iterator[tuple[datetime, str]]:
    for entry in entries:
        if isinstance(entry.fact, PageBegan) and entry.fact.people:
            yield entry.happened_at, entry.fact.run


def _next_ones(entries: Sequence[Entry]) -> Iterator[Call]:
    for entry in entries:
        if isinstance(entry.fact, PageUnanswered) and entry.fact.next is not None:
            yield Call(at=entry.happened_at, kind=CallKind.ESCALATION)


def _messages(entries: Sequence[Entry], called: set[str]) -> Iterator[Call]:
    for entry in entries:
        fact = entry.fact
        if isinstance(fact, FellDue) and fact.told_by is not None and fact.told_by not in called:
            legal = fact.what is Awaited.LEGAL_DEADLINE
            yield Call(at=entry.happened_at, kind=CallKind.DUTY if legal else CallKind.REMINDER)
