"""What was found and called nobody, gathered from the record: nothing found is left out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from tocsin.desk.alarms.ranking import alarms_of
from tocsin.desk.alarms.silences import in_force
from tocsin.desk.record import Writer
from tocsin.facts import Refused
from tocsin.facts.alarms import Held, Level
from tocsin.facts.entry import SHADOW_PREFIX
from tocsin.incident.alarms import Alarms, Deed, Placed, Quiet, deed_of
from tocsin.register.mistakes import did_you_mean


class Digest(msgspec.Struct, frozen=True, kw_only=True):
    """What findings did in a span of time, and what holds now.

    Args:
        waiting: would call people, and wait for room; however old, while they stand.
        silenced, explained, shadow, records: by what held them back, or by what they are worth.
        tickets: an incident tells of them, and nobody was called.
        entries: those of the digest itself.
        pages: those that called people.
        uncalled: those of them in whose incident no plan has begun, so that nobody was.
        pages_left: how many more this shift may bring, until `shift_ends`.
    """

    since: datetime
    until: datetime
    waiting: tuple[Placed, ...]
    pages: tuple[Placed, ...]
    uncalled: tuple[Placed, ...]
    tickets: tuple[Placed, ...]
    entries: tuple[Placed, ...]
    silenced: tuple[Placed, ...]
    explained: tuple[Placed, ...]
    records: tuple[Placed, ...]
    shadow: tuple[Placed, ...]
    silences: tuple[Quiet, ...]
    pages_left: int
    pages_most: int
    shift_ends: datetime


def digest_of(desk: Writer, since: datetime, system: str | None = None) -> Digest:
    """What was decided about findings since an instant, and what is not over.

    Raises:
        Refused: no such system; that nothing was found about it would say that it is well.
    """
    alarms, now = alarms_of(desk), desk.world.clock.now()
    _check_known(desk, alarms, system)
    mine = list(_seen(alarms.ranked.values(), since, system))
    shadowed = [
        one
        for log in desk.world.journal.logs(SHADOW_PREFIX)
        for one in _seen(desk.alarms.of(desk.known(log)).ranked.values(), since, system)
    ]
    waiting = [one for one in alarms.waiting() if system in (None, one.ranked.system)]
    kinds = {name: tuple(one for one in mine if _kind(one) == name) for name in _KINDS}
    return Digest(
        since=since,
        until=now,
        waiting=tuple(waiting),
        uncalled=tuple(one for one in kinds["pages"] if not _has_begun(desk, one)),
        shadow=tuple(shadowed),
        silences=tuple(in_force(desk)),
        pages_left=max(0, alarms.pages_most - len(alarms.pages_in(now))),
        pages_most=alarms.pages_most,
        shift_ends=alarms.shift(now)[1],
        **kinds,
    )


def _has_begun(desk: Writer, one: Placed) -> bool:
    """Whether any plan was begun in the incident that tells of a finding."""
    return one.ranked.log is not None and bool(desk.known(one.ranked.log).runs.by_id)


def _check_known(desk: Writer, alarms: Alarms, system: str | None) -> None:
    known = {*desk.knowledge.register().systems}
    known |= {one.ranked.system for one in alarms.ranked.values()}
    known |= {log.removeprefix(SHADOW_PREFIX) for log in desk.world.journal.logs(SHADOW_PREFIX)}
    if system is not None and system not in known:
        among = f"systems: {', '.join(sorted(known)) or 'none'}"
        raise Refused(f"no system is called {system}; {did_you_mean(system, sorted(known), among)}")


_KINDS = ("pages", "tickets", "entries", "silenced", "explained", "records")


def _kind(one: Placed) -> str:
    """Under which head of the digest it stands; "waiting" stands apart."""
    ranked = one.ranked
    if ranked.held is Held.BUDGET:
        return "waiting" if not one.over else "tickets"
    if ranked.held in (Held.SILENCED, Held.EXPLAINED):
        return "silenced" if ranked.held is Held.SILENCED else "explained"
    deed = deed_of(ranked)
    if deed is Deed.CALLS:
        return "pages"
    if deed is Deed.TOLD:
        return "tickets"
    return "entries" if ranked.level is Level.DIGEST else "records"


def _seen(placed: Iterable[Placed], since: datetime, system: str | None) -> Iterable[Placed]:
    for one in placed:
        if system in (None, one.ranked.system) and (one.at >= since or not one.over):
            yield one
