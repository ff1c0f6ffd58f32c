"""What went well and what did not, as far as the record alone can say it; each line names entries.

Only rules speak here, and each looks for one thing that a fact says. What people think of it stands
apart, under their names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from tocsin.dossier.account import Account, Action
from tocsin.dossier.intervals import said_span
from tocsin.dossier.stops import was_done
from tocsin.facts import Entry
from tocsin.facts.courses import CallRefused, SoftLimitPassed
from tocsin.facts.gates import CountersignMissed, EvidenceSealed, GlassBroken, SealOverridden
from tocsin.facts.reach import PageAnswered, PageBegan, PageUnanswered
from tocsin.facts.recovery import Passing, ShortcutTaken, WatchEnded
from tocsin.facts.runs import (
    AttemptFailed,
    Effect,
    Ending,
    LimitPassed,
    OutcomeUnknown,
    Probed,
    RunEnded,
    Verdict,
)
from tocsin.facts.statements import FlagOverridden
from tocsin.incident.timeline import words_of

LATE_SHOWN = 12


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """Something that the record says, and the entries that say it."""

    text: str
    entries: tuple[int, ...]


def went_badly(account: Account, entries: Sequence[Entry]) -> list[Line]:
    """Every thing that did not go as it should, in the order of the record where it has one."""
    return [
        *sorted(_told_so(entries), key=lambda line: line.entries),
        *_retried(account, entries),
        *_never_shown(account),
        *_missed_updates(account),
        *_written_late(account),
    ]


def went_well(account: Account, entries: Sequence[Entry]) -> list[Line]:
    """Every thing that these rules can say went as it should."""
    return [
        *_answered(entries),
        *_sealed_first(account),
        *_agreed(account),
        *_seen_at_once(account),
        *_kept_updates(account),
        *_put_right(account),
        *(
            Line(text=words_of(one.fact), entries=(one.seq,))
            for one in entries
            if isinstance(one.fact, WatchEnded) and one.fact.result is Passing.PASSED
        ),
    ]


_BAD = (
    PageUnanswered, SoftLimitPassed, LimitPassed, OutcomeUnknown, SealOverridden, GlassBroken,
    CountersignMissed, FlagOverridden, ShortcutTaken, CallRefused,
)  # fmt: skip
"""Kinds of which each fact says that something did not go as planned."""


def _told_so(entries: Sequence[Entry]) -> Iterator[Line]:
    for entry in entries:
        fact = entry.fact
        bad = (
            isinstance(fact, _BAD)
            or (isinstance(fact, Probed) and fact.verdict is not Verdict.SHOWN)
            or (isinstance(fact, EvidenceSealed) and not fact.sufficient)
            or (isinstance(fact, RunEnded) and fact.ending is Ending.FAILED)
            or (isinstance(fact, WatchEnded) and fact.result is not Passing.PASSED)
        )
        if bad:
            yield Line(text=words_of(fact), entries=(entry.seq,))


def _retried(account: Account, entries: Sequence[Entry]) -> Iterator[Line]:
    failed: dict[int, list[tuple[int, str]]] = {}
    for entry in entries:
        if isinstance(entry.fact, AttemptFailed):
            failed.setdefault(entry.fact.order, []).append((entry.seq, entry.fact.why))
    for order, tries in failed.items():
        action = account.action(order)
        name = f"{action.order.target} to {action.order.wanted}" if action else f"action {order}"
        times = "once" if len(tries) == 1 else f"{len(tries)} times"
        yield Line(
            text=f"{name} failed {times}, the last time: {tries[-1][1]}",
            entries=tuple(seq for seq, _ in tries),
        )


def _never_shown(account: Account) -> Iterator[Line]:
    for action in account.acts:
        if was_done(action) and action.shown is None:
            how = "no look saw that it took effect" if action.looks else "nobody looked at it"
            text = f"{action.order.target} was put to {action.order.wanted}, and {how}"
            yield Line(text=text, entries=(action.seq,))


def _promises(account: Account) -> Iterator[tuple[str, int, datetime, int | None, datetime | None]]:
    """Each promise to an audience: its entry, its instant, and the next words of that audience."""
    for place, (entry, message) in enumerate(account.messages):
        if message.next_update_at is None:
            continue
        later = (
            other
            for other, words in account.messages[place + 1 :]
            if words.audience == message.audience and other.seq > entry.seq
        )
        after = next(later, None)
        yield (
            message.audience, entry.seq, message.next_update_at,
            after.seq if after else None, after.happened_at if after else None,
        )  # fmt: skip


def _missed_updates(account: Account) -> Iterator[Line]:
    ended = _end(account)
    for audience, seq, due, after, at in _promises(account):
        if at is not None and after is not None and at > due:
            late = f"heard it {said_span(at - due)} late"
            yield Line(text=f"{audience} was promised an update and {late}", entries=(seq, after))
        elif at is None and ended is not None and due < ended:
            yield Line(
                text=f"{audience} was promised an update by {due:%Y-%m-%d %H:%M} UTC and no later "
                "words stand in the record",
                entries=(seq,),
            )


def _end(account: Account) -> datetime | None:
    """When the incident ended, or its last entry: what was due later was not missed."""
    turns = [turn.at for turn in account.incident.turns if turn.to.value in ("closed", "dismissed")]
    return turns[-1] if turns else account.last


def _written_late(account: Account) -> Iterator[Line]:
    late = tuple(row.seq for row in account.rows if row.late and not row.hidden)
    if late:
        more = f" (the first {LATE_SHOWN} are named)" if len(late) > LATE_SHOWN else ""
        what = "1 entry was" if len(late) == 1 else f"{len(late)} entries were"
        yield Line(
            text=f"{what} written down more than a minute after it was so{more}",
            entries=late[:LATE_SHOWN],
        )


def _answered(entries: Sequence[Entry]) -> Iterator[Line]:
    began = {one.seq: one for one in entries if isinstance(one.fact, PageBegan)}
    for entry in entries:
        if isinstance(entry.fact, PageAnswered) and entry.fact.page in began:
            page = began[entry.fact.page]
            after = said_span(entry.happened_at - page.happened_at)
            text = f"{entry.author.who} answered the page {after} after it began"
            yield Line(text=text, entries=(page.seq, entry.seq))


def _sealed_first(account: Account) -> Iterator[Line]:
    changes = [
        one.at for one in account.acts if one.order.effect in (Effect.CHANGE, Effect.DESTROY)
    ]
    seals = [entry.seq for entry, seal in account.seals if seal.sufficient]
    before = not changes or all(
        entry.happened_at <= min(changes) for entry, seal in account.seals if seal.sufficient
    )
    if seals and before:
        what = "1 item" if len(seals) == 1 else f"{len(seals)} items"
        when = "before the first change" if changes else "and nothing was changed"
        text = f"{what} of evidence sealed and sufficient {when}"
        yield Line(text=text, entries=tuple(seals))


def _agreed(account: Account) -> Iterator[Line]:
    for action in account.acts:
        votes = [one for one in action.votes if one.said == "approved"]
        if action.order.approvals and len(votes) >= action.order.approvals and was_done(action):
            who = " and ".join(dict.fromkeys(one.who for one in votes))
            text = f"{action.order.target} to {action.order.wanted} went after {who} had approved"
            yield Line(text=text, entries=tuple(one.seq for one in votes))


def _seen_at_once(account: Account) -> Iterator[Line]:
    for action in account.acts:
        if was_done(action) and action.looks and action.looks[0].verdict is Verdict.SHOWN:
            look = action.looks[0]
            yield Line(
                text=f"the first look at {_name(action)} saw that it had taken effect: {look.seen}",
                entries=(action.seq, look.seq),
            )


def _kept_updates(account: Account) -> Iterator[Line]:
    for audience, seq, due, after, at in _promises(account):
        if at is not None and after is not None and at <= due:
            text = f"{audience} heard more when it was promised"
            yield Line(text=text, entries=(seq, after))


def _put_right(account: Account) -> Iterator[Line]:
    for one in account.affected:
        if not one.left and one.fact.decisions:
            last = [step.seq for step, _ in one.standing()]
            yield Line(
                text=f"all {one.fact.decisions} affected decisions of list {one.fact.list[:12]} "
                "are dealt with",
                entries=(one.seq, *last),
            )


def _name(action: Action) -> str:
    return f"{action.order.target} ({action.order.wanted})"
