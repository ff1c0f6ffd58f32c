"""Folds the log of alarms: what each finding did, which silences hold, and how many were called.

The decision what a finding does now rests on this fold and nothing else, so that two watchers, or
one that was killed and began again, decide the same and count the same pages.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

import msgspec

from tocsin.facts import Entry, Proof
from tocsin.facts.alarms import Held, Level, PagingLimited, Ranked, Silenced, SilenceEnded
from tocsin.facts.findings import Found, Sign, Subsided

PAGES_A_SHIFT, SHIFT_HOURS = 2, 8


class Deed(enum.IntEnum):
    """What a finding does, the least first."""

    NOTHING = 0
    DIGEST = 1  # it stands in the digest
    TOLD = 2  # an incident tells of it
    CALLS = 3  # and its plans begin


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """The newest decision about a finding.

    Args:
        promoted: an incident told of it already, before it was decided that it calls people.
        over: it has subsided since.
        found: the finding itself, where no incident tells of it.
    """

    ranked: Ranked
    at: datetime
    promoted: bool = False
    over: bool = False
    found: Found | None = None


class Quiet(msgspec.Struct, frozen=True, kw_only=True):
    """A silence; `ended` is None while nobody, and no watch, has ended it.

    Args:
        proven: whether more than a typed name shows who made it.
    """

    fact: Silenced
    since: datetime
    proven: bool = True
    ended: SilenceEnded | None = None

    def holds(self, now: datetime) -> bool:
        """Whether it is in force."""
        return self.ended is None and self.since <= now < self.fact.until

    def covers(self, found: Found) -> bool:
        """Whether a finding is under it, if it is in force."""
        fact = self.fact
        by_detector = fact.detector is None or fact.detector == found.detector
        return by_detector and (fact.system is None or fact.system == found.system)


class Alarms(msgspec.Struct, frozen=True, kw_only=True):
    """What the log of alarms says.

    Args:
        ranked: by the name of the finding.
        pages: those that called people, in order.
        read: the entries that this was folded from, the first so many of the log.
    """

    ranked: Mapping[str, Placed] = {}
    pages: tuple[tuple[datetime, Ranked], ...] = ()
    silences: Mapping[str, Quiet] = {}
    pages_most: int = PAGES_A_SHIFT
    shift_hours: int = SHIFT_HOURS
    read: int = 0

    def standing(self, finding: str) -> Placed | None:
        """The newest decision about a finding that has not subsided since."""
        placed = self.ranked.get(finding)
        return None if placed is None or placed.over else placed

    def shift(self, at: datetime) -> tuple[datetime, datetime]:
        """The shift in which an instant lies: when it begins, and when the next one does."""
        midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
        begin = midnight + timedelta(hours=at.hour // self.shift_hours * self.shift_hours)
        return begin, begin + timedelta(hours=self.shift_hours)

    def pages_in(self, now: datetime) -> list[Ranked]:
        """What has called people in this shift."""
        begin, end = self.shift(now)
        return [ranked for at, ranked in self.pages if begin <= at < end]

    def has_room(self, now: datetime) -> bool:
        """Whether this shift may bring one more page."""
        return len(self.pages_in(now)) < self.pages_most

    def has_called_for(self, log: str | None) -> bool:
        """Whether people were called for an incident already."""
        return log is not None and any(ranked.log == log for _, ranked in self.pages)

    def silence_of(self, found: Found, now: datetime) -> Silenced | None:
        """The silence in force that covers a finding; None when none does."""
        for quiet in self.silences.values():
            if quiet.holds(now) and quiet.covers(found):
                return quiet.fact
        return None

    def waiting(self) -> list[Placed]:
        """What would call people and waits for the next shift, the oldest first."""
        held = [one for one in self.ranked.values() if one.ranked.held is Held.BUDGET]
        return sorted((one for one in held if not one.over), key=lambda one: one.at)


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A finding, and what it would do if nothing held it back.

    Args:
        why: the level in words.
        critical: it means critical harm, which nothing holds back.
        log: of the incident that would tell of it; `opens` when it would be a new one.
        calls: people have not been called for that incident yet.
        explained: an action of ours explains it.
        over: it is over already.
    """

    found: Found
    level: Level
    why: str
    critical: bool
    log: str
    opens: bool
    calls: bool
    explained: bool = False
    over: bool = False


def alarms_in(entries: Sequence[Entry], before: Alarms | None = None) -> Alarms:
    """What a log of alarms says.

    Args:
        entries: all of the log, from its first on.
        before: what its first entries were folded to already.
    """
    before = before or Alarms()
    if len(entries) == before.read:
        return before
    ranked, found = dict(before.ranked), dict[str, Found]()
    pages, silences = list(before.pages), dict(before.silences)
    most, hours = before.pages_most, before.shift_hours
    for entry in entries[before.read :]:
        match entry.fact:
            case Found() as fact:
                found[fact.finding] = fact
            case Ranked() as fact:
                ranked[fact.finding] = _placed(entry, fact, ranked, found.pop(fact.finding, None))
                if fact.pages:
                    pages.append((entry.happened_at, fact))
            case Subsided() as fact if fact.finding in ranked:
                last = ranked[fact.finding]
                ranked[fact.finding] = msgspec.structs.replace(last, over=True)
            case Silenced() as fact:
                proven = entry.author.proof not in (Proof.ACCOUNT, Proof.LINK)
                silences[fact.silence] = Quiet(fact=fact, since=entry.happened_at, proven=proven)
            case SilenceEnded() as fact if fact.silence in silences:
                one = silences[fact.silence]
                silences[fact.silence] = msgspec.structs.replace(one, ended=fact)
            case PagingLimited() as fact:
                most, hours = fact.pages, fact.shift_hours
            case _:
                pass
    return Alarms(
        ranked=ranked,
        pages=tuple(pages),
        silences=silences,
        pages_most=most,
        shift_hours=hours,
        read=len(entries),
    )


def _placed(
    entry: Entry, fact: Ranked, ranked: Mapping[str, Placed], found: Found | None
) -> Placed:
    before = ranked.get(fact.finding)
    if before is None or before.over:
        return Placed(ranked=fact, at=entry.happened_at, found=found)
    promoted = deed_of(fact) is Deed.CALLS and deed_of(before.ranked) is Deed.TOLD
    return Placed(ranked=fact, at=entry.happened_at, promoted=promoted, found=found or before.found)


def deed_of(ranked: Ranked) -> Deed:
    """What a finding does by this decision."""
    if ranked.held is None and ranked.level is Level.PAGE:
        return Deed.CALLS
    if ranked.log is not None:
        return Deed.TOLD
    if ranked.held is None and ranked.level is Level.DIGEST:
        return Deed.DIGEST
    return Deed.NOTHING


def ranked_now(alarms: Alarms, claim: Claim, now: datetime) -> Ranked | None:
    """What this finding does; None when it was decided before and would now do no more."""
    if claim.over and claim.found.finding in alarms.ranked:
        return None  # who begins anew finds again what was told and is over
    decided = _decided(alarms, claim, now)
    before = alarms.standing(claim.found.finding)
    if before is None or deed_of(decided) > deed_of(before.ranked):
        return decided
    return None


def in_shadow(found: Found, level: Level, why: str) -> Ranked:
    """The decision about a finding of a detector that is being tried; it says what it would do."""
    return _ranked(found, level, why, Held.SHADOW, "the detector is being tried")


def _decided(alarms: Alarms, claim: Claim, now: datetime) -> Ranked:
    decided = partial(_ranked, claim.found, claim.level, claim.why)
    if claim.explained:
        return decided(Held.EXPLAINED, "an action of ours explains it", log=claim.log)
    silence = alarms.silence_of(claim.found, now)
    if silence is not None and not _always_heard(claim):
        why = f"{silence.silence} of {silence.owner} holds until {silence.until:%d %b %H:%M} UTC"
        return decided(Held.SILENCED, why, silence=silence.silence)
    note = "" if silence is None else f"{silence.silence} does not hold for it"
    opens_none = claim.opens and claim.level in (Level.DIGEST, Level.RECORD)
    log = None if opens_none else claim.log
    if claim.level is not Level.PAGE:
        return decided(None, note, log=log)
    if claim.over:
        return decided(Held.OVER, "it was over when it was found", log=log)
    # One that no plan names has no run to show for its page, and is not counted once more.
    costs = claim.opens or (claim.calls and not alarms.has_called_for(claim.log))
    if costs and not claim.critical and not alarms.has_room(now):
        waits = f"{_spent(alarms, now)}; critical harm is told all the same"
        return decided(Held.BUDGET, waits, log=None if claim.opens else claim.log)
    return decided(None, note, log=log, pages=costs)


def _always_heard(claim: Claim) -> bool:
    """Whether no silence holds for it: critical harm, and that there is nothing to judge by."""
    return claim.critical or claim.found.sign is Sign.NO_DATA


def _spent(alarms: Alarms, now: datetime) -> str:
    begin, end = alarms.shift(now)
    count = len(alarms.pages_in(now))
    return f"{count} pages since {begin:%H:%M} UTC are as many as may be until {end:%H:%M}"


def _ranked(
    found: Found,
    level: Level,
    why: str,
    held: Held | None,
    note: str,
    *,
    log: str | None = None,
    silence: str | None = None,
    pages: bool = False,
) -> Ranked:
    return Ranked(
        finding=found.finding,
        detector=found.detector,
        system=found.system,
        level=level,
        held=held,
        silence=silence,
        pages=pages,
        log=log,
        because="; ".join(part for part in (why, note) if part),
    )
