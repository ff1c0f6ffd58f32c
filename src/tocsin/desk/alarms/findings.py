"""Takes a finding in: one cause is one incident and one run of each plan, however often it is told.

Opening, finding and the start of the plans are one append under a key made of the finding's name.
Killed anywhere, or done by two at once, it leaves one of each.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import timedelta

import msgspec

from tocsin.desk.alarms.causes import (
    Told,
    act_that_explains,
    explained_words,
    joined_words,
    told_in,
    why_the_same,
)
from tocsin.desk.incidents import incident_id, open_about
from tocsin.desk.loaded.home_files import triggered_by
from tocsin.desk.loaded.known import Known
from tocsin.desk.plans.acts import acts_on
from tocsin.desk.plans.starting import nobody_words, starts
from tocsin.desk.record import Writer, draft
from tocsin.facts import Author, Draft, Fact, Refused, incident_log
from tocsin.facts.alarms import Ranked
from tocsin.facts.custody import EvidenceAcquired
from tocsin.facts.entry import INCIDENT_PREFIX
from tocsin.facts.findings import Found, Sign, Subsided
from tocsin.facts.incidents import Linked, Noted, Opened, Relation
from tocsin.facts.runs import RunStarted
from tocsin.facts.spelt import spelt
from tocsin.incident.alarms import Deed, deed_of
from tocsin.incident.fold import replay
from tocsin.incident.model import Status
from tocsin.incident.words_finding import percent, said

TURNS_MAX = 5


class TakenIn(msgspec.Struct, frozen=True, kw_only=True):
    """Where a finding went.

    Args:
        opened: it opened this incident.
        explained: an act of ours explains it.
        runs: those it started.
    """

    finding: str
    log: str
    opened: bool
    explained: bool
    runs: tuple[str, ...]
    why: str


class Basis(msgspec.Struct, frozen=True, kw_only=True):
    """A piece that a finding rests on, to be kept: window summaries, the detectors' file."""

    name: str
    source: str
    data: bytes


class _Moved(Refused):
    """The incident ended while the finding was taken in; decide again where it belongs."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a finding belongs, and why, in words.

    Args:
        found: laid to an act of ours where one explains it.
        related: another incident about the same system.
        opens: nothing is told in that log yet; it would be a new incident.
        told: that log tells of this finding already, and it stands.
    """

    log: str
    found: Found
    words: str
    related: str | None = None
    opens: bool = False
    told: bool = False


def take_in_finding(
    desk: Writer,
    found: Found,
    author: Author,
    *,
    blur: timedelta,
    over: bool = False,
    bases: Sequence[Basis] = (),
    ranked: Ranked | None = None,
) -> TakenIn | None:
    """Record a finding where it belongs, and start the plans that it triggers.

    Args:
        blur: how exactly its detector can tell when a change began.
        over: it has subsided meanwhile; it is told, and starts no plan.
        ranked: what was decided that it does, which is told beside it; unless it calls people, it
            starts no plan. None lets it call.

    Returns:
        None when it was told before.
    """
    for turn in range(TURNS_MAX):
        told = findings_on(desk, found.system)
        before = told.get(found.finding)
        if before is not None and (before.stands or over):
            return None
        key = _key(found, before)
        place = _place_of(desk, found, list(told.values()), key, blur)
        try:
            return _recorded(desk, place, key, author, over, bases, ranked)
        except _Moved:
            if turn == TURNS_MAX - 1:
                raise
    raise Refused(f"finding {found.finding} could not be placed; try again")


def take_in_subsided(desk: Writer, over: Subsided, system: str, author: Author) -> str | None:
    """Record that a detector no longer claims what it found; the log, or None if told before."""
    told = findings_on(desk, system).get(over.finding)
    if told is None or not told.stands:
        return None

    def judge(known: Known) -> Sequence[Draft]:
        here = told_in(known.log, known.entries).get(over.finding)
        stands = here is not None and here.stands
        return [draft(over, desk.world.clock.now())] if stands else []

    key = f"subsided/{over.finding}/{told.times}"
    desk.decide_known(told.log, judge, author, client_key=key)
    return told.log


def findings_on(desk: Writer, system: str) -> dict[str, Told]:
    """All findings about a system that any incident tells of, by name."""
    found: dict[str, Told] = {}
    for log in desk.world.journal.logs(INCIDENT_PREFIX):
        known = desk.known(log)
        for name, one in told_in(log, known.entries).items():
            if one.found.system == system and (name not in found or one.stands):
                found[name] = one
    return found


def where_it_belongs(desk: Writer, found: Found, blur: timedelta) -> Place:
    """Where `take_in_finding` would record a finding now."""
    told = findings_on(desk, found.system)
    before = told.get(found.finding)
    if before is not None and before.stands:
        return Place(log=before.log, found=before.found, words="", told=True)
    return _place_of(desk, found, list(told.values()), _key(found, before), blur)


def _key(found: Found, before: Told | None) -> str:
    return f"finding/{found.finding}/{before.times + 1 if before else 1}"


def _place_of(desk: Writer, found: Found, told: Sequence[Told], key: str, blur: timedelta) -> Place:
    """Where a finding belongs as the record stands, and why, in words."""
    register = desk.knowledge.register()
    system = register.systems.get(found.system)
    acts = acts_on(desk, [found.system])
    act = act_that_explains(found, acts, system.switch if system else None, told, blur)
    if act is not None:
        caused = msgspec.structs.replace(found, caused_by=act.key)
        return Place(log=act.log, found=caused, words=explained_words(found, act))
    going_on = open_about(desk, found.system)
    for incident in going_on:
        here = [one for one in told if one.log == incident.log]
        why = why_the_same(found, here, blur)
        if why is not None:
            return Place(log=incident.log, found=found, words=joined_words(found, why))
    logs = [incident.log for incident in going_on]
    logs += [one.log for one in told if one.found.finding == found.finding]
    related = logs[0].removeprefix(INCIDENT_PREFIX) if logs else None
    log = incident_log(incident_id(key))
    return Place(log=log, found=found, words="", related=related, opens=True)


def _recorded(
    desk: Writer,
    place: Place,
    key: str,
    author: Author,
    over: bool,
    bases: Sequence[Basis],
    ranked: Ranked | None,
) -> TakenIn | None:
    found, explained = place.found, place.found.caused_by is not None
    evidence = [_kept(desk, basis, found) for basis in bases]
    digests = tuple(fact.digest for fact in evidence)
    found = msgspec.structs.replace(found, summaries=(*found.summaries, *digests))
    plans, problems = triggered_by(desk.world.home, found.detector, found.system)
    for one in plans:
        desk.world.vault.put(io.BytesIO(one.data))  # before any fact names it

    def judge(known: Known) -> Sequence[Draft]:
        facts: list[Fact] = list(_opening(desk, known, place, explained))
        before = told_in(known.log, known.entries).get(found.finding)
        if before is not None and (before.stands or over):
            return []
        facts += [*evidence, found, *([ranked] if ranked is not None else [])]
        if place.words:
            facts.append(Noted(text=place.words))
        if not explained and not over:
            calls = ranked is None or deed_of(ranked) is Deed.CALLS
            facts += (
                starts(desk, known, found, plans, problems)
                if calls
                else [Noted(text=nobody_words(known.log, found, plans))]
            )
        now = desk.world.clock.now()
        return [draft(fact, now) for fact in facts]

    appended = desk.decide_known(place.log, judge, author, client_key=key)
    if appended.repeated:
        return None
    written = desk.world.journal.read(place.log, appended.first_seq - 1)
    mine = written[: appended.last_seq - appended.first_seq + 1]
    if not mine:
        return None
    runs = tuple(e.fact.run for e in mine if isinstance(e.fact, RunStarted))
    return TakenIn(
        finding=found.finding,
        log=place.log,
        opened=place.opens,
        explained=explained,
        runs=runs,
        why=place.words,
    )


def _opening(desk: Writer, known: Known, place: Place, explained: bool) -> Sequence[Fact]:
    """The opening of a new incident; nothing where one is open, or tells of our own act."""
    found, now = place.found, desk.world.clock.now()
    if known.entries:
        if not explained and replay(known.entries).status is not Status.OPEN:
            raise _Moved(f"{known.log} is not open any more")
        return []
    registered = desk.knowledge.register().systems
    opened = Opened(
        title=title_of(found),
        systems=(found.system,),
        unregistered=() if found.system in registered else (found.system,),
        discovered_at=now,
        occurred_at=None if found.by_rows else min(found.since, now),
    )
    if place.related is None:
        return [opened]
    because = "it is about the same system; what was found in it is of another kind or time"
    return [opened, Linked(other=place.related, relation=Relation.RELATED, because=because)]


def title_of(found: Found) -> str:
    """An incident's title, as its first finding gives it."""
    version = f", version {spelt(found.version)}" if found.version else ""
    match found.sign:
        case Sign.NO_DATA:
            return f"{found.system}: no data arrives"
        case Sign.DRIFT:
            return f"{found.system}: {found.metric} is distributed otherwise{version}"
        case Sign.RATE:
            share = f"{percent(found.observed)} instead of {percent(found.baseline)}"
            return f"{found.system}: {found.metric} {share}{version}"
        case Sign.UNFAIR:
            return (
                f"{found.system}: {found.metric} is unfair to {spelt(found.group or '')}{version}"
            )
        case Sign.CALIBRATION:
            return f"{found.system}: predicted chances do not come true{version}"
        case Sign.QUANTITY:
            name = f"{found.measure} of {found.metric}"
            now, before = said(found, found.observed), said(found, found.baseline)
            return f"{found.system}: {name} {now} instead of {before}{version}"


def _kept(desk: Writer, basis: Basis, found: Found) -> EvidenceAcquired:
    stored = desk.world.vault.put(io.BytesIO(basis.data))
    return EvidenceAcquired(
        digest=stored.digest,
        size=stored.size,
        name=basis.name,
        source=basis.source,
        because=f"finding {found.finding} rests on it",
    )
