"""Decides what each finding does, on record before it is done: page, ticket, digest, record.

The decision is one append to the log of alarms, which holds the pages of all systems: two watchers
at once, or one that was killed in between, spend one page and leave one decision. A finding that no
incident tells of stands in that log itself; nothing that was found is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import msgspec

from tocsin.desk.alarms.causes import told_in
from tocsin.desk.alarms.findings import Basis, Place, TakenIn, take_in_finding, where_it_belongs
from tocsin.desk.loaded.known import Known
from tocsin.desk.plans.starting import call_for
from tocsin.desk.record import Writer, draft
from tocsin.detection.declared.declaration import Detector, Harm, Status
from tocsin.detection.findings.levels import Worth, worth
from tocsin.facts import ALARMS_LOG, Author, Draft, Fact
from tocsin.facts.alarms import Held, Level, Ranked
from tocsin.facts.entry import shadow_log
from tocsin.facts.findings import Found, Subsided
from tocsin.incident.alarms import (
    Alarms,
    Claim,
    Placed,
    in_shadow,
    ranked_now,
)
from tocsin.incident.fold import replay
from tocsin.incident.model import Status as IncidentStatus

ORDER = tuple(Level)
"""The levels, the most first."""


class Raised(msgspec.Struct, frozen=True, kw_only=True):
    """What was newly decided about a finding, and where it was taken in, if it was."""

    ranked: Ranked
    taken: TakenIn | None = None


def raise_alarm(
    desk: Writer,
    found: Found,
    detector: Detector,
    author: Author,
    *,
    blur: timedelta,
    over: bool = False,
    bases: Callable[[], Sequence[Basis]] = tuple,
) -> Raised | None:
    """Decide what a finding does, and do it. Repeating it after a crash finishes what it began.

    Args:
        blur, over: as of `take_in_finding`.
        bases: gives what the finding rests on, when an incident is to tell of it.

    Returns:
        None when it was decided and done before.
    """
    judged = worth(detector, found)
    if detector.status is Status.SHADOW:
        return _kept_in_shadow(desk, found, judged, author, over)
    place = where_it_belongs(desk, found, blur)
    if place.told and not _is_open(desk, place.log):
        return None  # people have dealt with it, and closed or dismissed it
    claim = _claim(desk, found, place, judged, detector, over)
    decided, is_new = _decided(desk, claim, author)
    ranked = decided.ranked
    if ranked.log is None:
        return Raised(ranked=ranked) if is_new else None
    rests_on = () if place.told else bases()
    taken = take_in_finding(
        desk, found, author, blur=blur, over=over, bases=rests_on, ranked=ranked
    )
    if taken is None and decided.promoted:
        taken = _called(desk, found, ranked, decided.at, author)
    return Raised(ranked=ranked, taken=taken) if taken is not None or is_new else None


def may_do_more(alarms: Alarms, detector: Detector, found: Found, now: datetime) -> bool:
    """Whether a finding that stands would do more by now than was decided; asked at each pass."""
    placed = alarms.standing(found.finding)
    if placed is None or detector.status is Status.SHADOW:
        return False
    ranked = placed.ranked
    if ranked.held is Held.SILENCED:
        return alarms.silence_of(found, now) is None
    if ranked.held is Held.BUDGET:
        return alarms.has_room(now) or alarms.has_called_for(ranked.log)
    if ranked.held is not None or ranked.level is Level.PAGE:
        return False
    return ORDER.index(worth(detector, found).level) < ORDER.index(ranked.level)


def alarms_of(desk: Writer) -> Alarms:
    """What the log of alarms says now."""
    return desk.alarms.of(desk.known(ALARMS_LOG))


def kept_of(desk: Writer, system: str) -> list[Placed]:
    """What stands about a system and no incident tells of: in shadow, silenced, in the digest."""
    shadowed = desk.alarms.of(desk.known(shadow_log(system)))
    every = [*alarms_of(desk).ranked.values(), *shadowed.ranked.values()]
    return [
        one
        for one in every
        if one.found is not None and one.ranked.system == system and not one.over
    ]


def subside(desk: Writer, over: Subsided, system: str, author: Author) -> bool:
    """Record beside the decisions, and in shadow, that a finding is over; whether that was new."""

    def ranked(known: Known) -> Sequence[Draft]:
        stands = desk.alarms.of(known).standing(over.finding) is not None
        return [draft(over, desk.world.clock.now())] if stands else []

    def shadowed(known: Known) -> Sequence[Draft]:
        told = told_in(known.log, known.entries).get(over.finding)
        stands = told is not None and told.stands
        return [draft(over, desk.world.clock.now())] if stands else []

    written = [
        desk.decide_known(ALARMS_LOG, ranked, author),
        desk.decide_known(shadow_log(system), shadowed, author),
    ]
    return any(one.last_seq >= one.first_seq for one in written)


def _claim(
    desk: Writer, found: Found, place: Place, judged: Worth, detector: Detector, over: bool
) -> Claim:
    return Claim(
        found=found,
        level=judged.level,
        why=judged.why,
        critical=detector.harm is Harm.CRITICAL,
        log=place.log,
        opens=place.opens,
        calls=place.opens or not desk.known(place.log).runs.by_id,
        explained=place.found.caused_by is not None,
        over=over,
    )


def _decided(desk: Writer, claim: Claim, author: Author) -> tuple[Placed, bool]:
    """The newest decision about a finding, and whether it was made just now."""

    def judge(known: Known) -> Sequence[Draft]:
        now = desk.world.clock.now()
        alarms = desk.alarms.of(known)
        new = ranked_now(alarms, claim, now)
        if new is None:
            return []
        before = alarms.standing(claim.found.finding)
        kept = before is not None and before.found is not None
        facts: list[Fact] = [new] if new.log is not None or kept else [claim.found, new]
        return [draft(fact, now) for fact in facts]

    appended = desk.decide_known(ALARMS_LOG, judge, author)
    return alarms_of(desk).ranked[claim.found.finding], appended.last_seq >= appended.first_seq


def _called(
    desk: Writer, found: Found, ranked: Ranked, at: datetime, author: Author
) -> TakenIn | None:
    """Call people for what an incident tells of already; None when that was done before."""
    log = ranked.log or ""
    key = f"called/{found.finding}/{at.isoformat()}"
    runs = call_for(desk, found, ranked, log, author, key)
    if not runs:
        return None
    return TakenIn(
        finding=found.finding, log=log, opened=False, explained=False, runs=runs, why=ranked.because
    )


def _kept_in_shadow(
    desk: Writer, found: Found, judged: Worth, author: Author, over: bool
) -> Raised | None:
    ranked = in_shadow(found, judged.level, judged.why)

    def judge(known: Known) -> Sequence[Draft]:
        told = told_in(known.log, known.entries).get(found.finding)
        if told is not None and (told.stands or over):
            return []
        now = desk.world.clock.now()
        return [draft(fact, now) for fact in (found, ranked)]

    appended = desk.decide_known(shadow_log(found.system), judge, author)
    return Raised(ranked=ranked) if appended.last_seq >= appended.first_seq else None


def _is_open(desk: Writer, log: str) -> bool:
    return replay(desk.known(log).entries).status is IncidentStatus.OPEN
