"""How long an incident took to be noticed, taken up, decided, contained, shown, told and recovered.

Each interval runs between two facts of the record and names the entries that hold them. What no
fact tells is said to be not measurable, with the fact that is missing; an end before its beginning
is told as it stands, for then one of the two instants is wrong, or somebody knew before.

Reading: five instants and what was verified by a look, as decision 0036 fixes them.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from tocsin.dossier.account import Account, Action
from tocsin.dossier.stops import stops_of, was_done
from tocsin.facts import Entry
from tocsin.facts.findings import Found, Subsided
from tocsin.facts.incidents import Acknowledged, Opened
from tocsin.facts.reach import PageAnswered
from tocsin.facts.recovery import SHARE_WHOLE, Passing, StageStarted, WatchEnded
from tocsin.facts.runs import Effect, Outcome, Receipted, Verdict

RESPONDERS = frozenset({"responders", "on-call", "commander"})
"""Audiences that are no audience: those who respond."""


class IntervalKind(enum.Enum):
    """What is measured, in the order in which it is told."""

    DETECT = "detect"
    ACKNOWLEDGE = "acknowledge"
    DECIDE = "decide"
    CONTAIN = "contain"
    SHOW = "show"
    NOTIFY = "notify"
    RECOVER = "recover"


MEANING = {
    IntervalKind.DETECT: "from when it began until it was discovered",
    IntervalKind.ACKNOWLEDGE: "from its discovery until a person was looking",
    IntervalKind.DECIDE: "from its discovery until what contained it was let go",
    IntervalKind.CONTAIN: "from its discovery until what contained it was done",
    IntervalKind.SHOW: "from when that was done until a look saw its effect",
    IntervalKind.NOTIFY: "from its discovery until the first words went to an audience",
    IntervalKind.RECOVER: "from its discovery until it was seen to be well again",
}


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """An instant that an entry tells, and what was then."""

    seq: int
    at: datetime
    what: str


class Interval(msgspec.Struct, frozen=True, kw_only=True):
    """One interval of one incident.

    Args:
        missing: what no fact tells, one line each; empty where it is measured.
    """

    kind: IntervalKind
    start: Moment | None
    end: Moment | None
    missing: tuple[str, ...]

    @property
    def span(self) -> timedelta | None:
        """How long it took; negative where it ended before it began; None where not measurable."""
        return self.end.at - self.start.at if self.start and self.end else None


class _Moments(msgspec.Struct, frozen=True, kw_only=True):
    """Each is an instant, or the fact that is missing."""

    began: Moment | str
    discovered: Moment | str
    taken_up: Moment | str
    decided: Moment | str
    contained: Moment | str
    shown: Moment | str
    told: Moment | str
    well: Moment | str


def intervals(account: Account, entries: Sequence[Entry]) -> list[Interval]:
    """All of them, in the order of their kinds.

    Args:
        entries: of the incident's log, as this reader may read them.
    """
    act = _containing(account)
    found = _Moments(
        began=_began(entries),
        discovered=_discovered(entries),
        taken_up=_first(entries, (Acknowledged, PageAnswered), "was looking")
        or "nobody said that they were looking, and no page was answered",
        decided=_decided(act),
        contained=_contained(act, entries),
        shown=_shown(act),
        told=_told(account, entries),
        well=_well(account, entries),
    )
    return [
        _interval(IntervalKind.DETECT, found.began, found.discovered),
        _interval(IntervalKind.ACKNOWLEDGE, found.discovered, found.taken_up),
        _interval(IntervalKind.DECIDE, found.discovered, found.decided),
        _interval(IntervalKind.CONTAIN, found.discovered, found.contained),
        _interval(IntervalKind.SHOW, found.contained, found.shown),
        _interval(IntervalKind.NOTIFY, found.discovered, found.told),
        _interval(IntervalKind.RECOVER, found.discovered, found.well),
    ]


def _interval(kind: IntervalKind, start: Moment | str, end: Moment | str) -> Interval:
    missing = dict.fromkeys(one for one in (start, end) if isinstance(one, str))
    return Interval(
        kind=kind,
        start=start if isinstance(start, Moment) else None,
        end=end if isinstance(end, Moment) else None,
        missing=tuple(missing),
    )


def _began(entries: Sequence[Entry]) -> Moment | str:
    told = list(_beginnings(entries))
    if not told:
        return "no fact says when it began: no finding with a time, and nobody said when harm began"
    return min(told, key=lambda one: (one.at, one.seq))


def _beginnings(entries: Sequence[Entry]) -> Iterator[Moment]:
    for entry in entries:
        match entry.fact:
            case Opened(occurred_at=at) if at is not None:
                yield Moment(
                    seq=entry.seq, at=at, what="the harm began, as was said at its opening"
                )
            case Found(caused_by=None, by_rows=False) as found:
                what = f"it began, as {found.detector} estimates"
                yield Moment(seq=entry.seq, at=found.since, what=what)
            case _:
                pass


def _discovered(entries: Sequence[Entry]) -> Moment | str:
    for entry in entries:
        if isinstance(entry.fact, Opened):
            return Moment(seq=entry.seq, at=entry.fact.discovered_at, what="it was discovered")
    return "no entry opens it that this reader may read"


def _first(entries: Sequence[Entry], kinds: tuple[type, ...], did: str) -> Moment | None:
    said = (
        Moment(seq=entry.seq, at=entry.happened_at, what=f"{entry.author.who} {did}")
        for entry in entries
        if isinstance(entry.fact, kinds)
    )
    return min(said, key=lambda one: (one.at, one.seq), default=None)


def _containing(account: Account) -> Action | str:
    """The first stop that was done; where nothing was stopped, the first change that was."""
    for effect in (Effect.STOP, Effect.CHANGE):
        done = [one for one in account.acts if one.order.effect is effect and was_done(one)]
        if done:
            return min(done, key=lambda one: (one.ended_at or one.at, one.seq))
    return "nothing was stopped or changed through Tocsin"


def _decided(act: Action | str) -> Moment | str:
    if isinstance(act, str):
        return act
    name = f"{act.order.target} to {act.order.wanted}"
    let_go = [one for one in act.votes if one.said in ("approved", "alone")]
    if not let_go:
        return Moment(seq=act.seq, at=act.at, what=f"the plan ordered {name}; nobody had to agree")
    last = max(let_go, key=lambda one: (one.at, one.seq))
    return Moment(seq=last.seq, at=last.at, what=f"{last.who} let {name} go")


def _contained(act: Action | str, entries: Sequence[Entry]) -> Moment | str:
    if isinstance(act, str):
        return act
    name = f"{act.order.target} was {act.after or act.order.wanted}"
    for entry in entries:
        fact = entry.fact
        if getattr(fact, "order", None) == act.seq and entry.happened_at == act.ended_at:
            return Moment(seq=entry.seq, at=entry.happened_at, what=name)
    return Moment(seq=act.seq, at=act.ended_at or act.at, what=name)


def _shown(act: Action | str) -> Moment | str:
    if isinstance(act, str):
        return act
    look = next((one for one in act.looks if one.verdict is Verdict.SHOWN), None)
    if look is None:
        return f"no look saw that {act.order.target} is {act.after or act.order.wanted}"
    return Moment(seq=look.seq, at=look.at, what=f"seen: {look.seen}")


def _told(account: Account, entries: Sequence[Entry]) -> Moment | str:
    whom: dict[str, list[str]] = {}
    for _, message in account.messages:
        if message.audience not in RESPONDERS:
            whom.setdefault(f"sent:{message.text}", []).append(message.audience)
    orders = {
        one.seq: whom[one.order.wanted] for one in account.actions if one.order.wanted in whom
    }
    for entry in entries:
        fact = entry.fact
        if isinstance(fact, Receipted) and fact.order in orders and fact.outcome in _WENT:
            audiences = ", ".join(dict.fromkeys(orders[fact.order]))
            return Moment(seq=entry.seq, at=entry.happened_at, what=f"words went to {audiences}")
    if whom:
        return "words were written for an audience, and no receipt says that they went"
    return "no words for an audience beyond the responders stand in the record"


_WENT = (Outcome.DONE, Outcome.ALREADY)


def _well(account: Account, entries: Sequence[Entry]) -> Moment | str:
    """Seen by the gate that it had to pass; else by its stops taken back; else by its findings."""
    gated = [one.fact for one in entries if isinstance(one.fact, StageStarted)]
    if gated:
        return _watched(entries)
    stops = stops_of(account)
    holding = [one.target for one in stops if one.lifted is None]
    if holding:
        return f"{', '.join(holding)} is still stopped"
    if stops:
        return _lifted([one.lifted for one in stops if one.lifted is not None])
    return _subsided(account, entries)


def _watched(entries: Sequence[Entry]) -> Moment | str:
    whole = {
        (one.fact.gate, one.fact.stage)
        for one in entries
        if isinstance(one.fact, StageStarted) and one.fact.share == SHARE_WHOLE
    }
    for entry in entries:
        fact = entry.fact
        passed = isinstance(fact, WatchEnded) and fact.result is Passing.PASSED
        if isinstance(fact, WatchEnded) and passed and (fact.gate, fact.stage) in whole:
            what = f"{fact.system} had all requests again, and its watch period passed"
            return Moment(seq=entry.seq, at=entry.happened_at, what=what)
    return "it has not had all requests again through a watch period that passed"


def _lifted(lifts: Sequence[Action]) -> Moment | str:
    last = max(lifts, key=lambda one: (one.ended_at or one.at, one.seq))
    look = next((one for one in last.looks if one.verdict is Verdict.SHOWN), None)
    if look is None:
        return f"{last.order.target} serves again, and no look saw that it does"
    return Moment(seq=look.seq, at=look.at, what=f"{last.order.target} serves again: {look.seen}")


def _subsided(account: Account, entries: Sequence[Entry]) -> Moment | str:
    causes = {fact.finding for _, fact in account.findings if fact.caused_by is None}
    if not causes:
        return "nothing was stopped and no detector found anything: no fact shows it well again"
    over = [
        Moment(seq=one.seq, at=one.fact.seen_until, what="what was found is over")
        for one in entries
        if isinstance(one.fact, Subsided) and one.fact.finding in causes
    ]
    standing = causes - set(account.subsided)
    if standing or not over:
        return f"what was found still stands: {', '.join(sorted(standing or causes))}"
    return max(over, key=lambda one: (one.at, one.seq))


def said_span(span: timedelta) -> str:
    """A span as people say it, with its sign: "4 min", "-30 s"."""
    seconds = abs(span.total_seconds())
    sign = "-" if span < timedelta(0) else ""
    if seconds < 120:
        return f"{sign}{seconds:.0f} s"
    if seconds < 7200:
        return f"{sign}{seconds / 60:.0f} min"
    if seconds < 172_800:
        return f"{sign}{seconds / 3600:.1f} h"
    return f"{sign}{seconds / 86_400:.1f} days"
