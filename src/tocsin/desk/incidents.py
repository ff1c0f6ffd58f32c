"""What concerns more than one log: an incident opens, goes on as another, or gives one away.

Each log is written by itself, the one that only gains first. Repeating the command after a crash
finishes what it began: what stands already is not written again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime

from tocsin.desk.loaded.repeating import Wish, wish
from tocsin.desk.people import check_decision
from tocsin.desk.record import Writer
from tocsin.facts import Author, Conflict, Draft, Entry, Refused, incident_log
from tocsin.facts.entry import INCIDENT_PREFIX
from tocsin.facts.incidents import Linked, Opened, Relation
from tocsin.facts.record import Signer
from tocsin.incident import decide
from tocsin.incident.fold import replay
from tocsin.incident.model import Actor, Incident, Status
from tocsin.playbook import replay_runs
from tocsin.register.model import Decision

Opening = Callable[[Incident], list[Draft]]
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def open_incident(
    desk: Writer,
    opening: Opening,
    author: Author,
    *,
    client_key: str | None = None,
    sign: Signer | None = None,
) -> str:
    """Open an incident and give its id. Under the same client key it is the same incident."""
    incident = desk.world.ids.incident() if client_key is None else incident_id(client_key)
    desk.decide(
        incident_log(incident),
        lambda entries: opening(replay(entries)),
        author,
        client_key=client_key,
        sign=sign,
    )
    return incident


def open_about(desk: Writer, system: str) -> list[Incident]:
    """The open incidents about a system, the newest first."""
    found: list[Incident] = []
    for log in desk.world.journal.logs(INCIDENT_PREFIX):
        known = desk.known(log)
        if system in known.systems:
            incident = replay(known.entries)
            if incident.status is Status.OPEN:
                found.append(incident)
    oldest = desk.world.clock.now()
    return sorted(found, key=lambda one: (one.opened_at or oldest, one.log), reverse=True)


def incident_id(text: str) -> str:
    """The id of the incident that is opened under this client key, or split off by this name."""
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    return "".join(_CROCKFORD[number >> (5 * place) & 31] for place in range(10))


def merge(
    desk: Writer,
    gone: str,
    into: str,
    actor: Actor,
    at: datetime,
    because: str,
    author: Author,
    *,
    sign: Signer | None = None,
) -> None:
    """Let `gone` go on as `into`; both logs say so, and who knew what goes with it.

    It ends `gone`, so whoever asks must be one who may dismiss it.

    Raises:
        Refused: one of them is not open, a run of `gone` is still going on, it is not theirs, or
            another merges them the other way round at this moment.
    """
    check_decision(desk, Decision.DISMISSAL, incident_log(gone), author)
    entries = desk.world.journal.read(incident_log(gone))
    _check_nothing_runs(entries)
    source, target = replay(entries), _incident(desk, into)
    come, leave = decide.merge(source, target, actor, at, because=because)
    key = f"merge/{gone}/{into}"
    asked = wish(Linked, other=gone, relation=Relation.MERGED_FROM)
    _write(desk, into, target.seq, come, author, key, sign, asked)

    def judge(entries: Sequence[Entry]) -> Sequence[Draft]:
        _check_nothing_runs(entries)
        now = replay(entries)
        if now.status is not Status.OPEN or _comes_here(now, into, source.seq):
            raise Refused(f"incident {gone} has moved on meanwhile; ask again")
        if _incident(desk, into).merged_into == gone:
            raise Refused(f"incident {into} goes on as {gone} itself; go on there")
        return leave

    desk.decide(incident_log(gone), judge, author, client_key=key, sign=sign)


def _comes_here(incident: Incident, other: str, since: int) -> bool:
    """Whether another began, after this entry, to let `other` go on as this one: both may not go"""
    return any(
        one.seq > since and (one.other, one.relation) == (other, Relation.MERGED_FROM)
        for one in incident.links
    )


def _check_nothing_runs(entries: Sequence[Entry]) -> None:
    running = ", ".join(run.id for run in replay_runs(entries).values() if run.is_open)
    if running:
        raise Refused(f"run {running} is going on; let it end, or cancel it, then merge")


def split(
    desk: Writer,
    parent: str,
    actor: Actor,
    at: datetime,
    *,
    title: str,
    systems: Sequence[str],
    because: str,
    author: Author,
    sign: Signer | None = None,
) -> str:
    """Make a part of an incident one of its own, and give its id. The same part splits once."""
    child = incident_id(f"split/{parent}/{title}")
    begun, gone = decide.split(
        _incident(desk, parent),
        actor,
        at,
        child=child,
        title=title,
        systems=systems,
        registered=frozenset(desk.knowledge.register().systems),
        because=because,
    )
    key = f"split/{child}"
    _write(desk, child, 0, begun, author, key, sign, wish(Opened))
    desk.decide(incident_log(parent), lambda _: gone, author, client_key=key, sign=sign)
    return child


def _write(
    desk: Writer,
    incident: str,
    seen: int,
    drafts: Sequence[Draft],
    author: Author,
    key: str,
    sign: Signer | None,
    asked: Wish,
) -> None:
    def judge(entries: list[object]) -> Sequence[Draft]:
        if len(entries) != seen:
            raise Refused(f"incident {incident} has moved on meanwhile; ask again")
        return drafts

    try:
        desk.decide(incident_log(incident), lambda e: judge(list(e)), author,
                    client_key=key, sign=sign, wish=asked)  # fmt: skip
    except Conflict as moved:
        raise Refused(f"incident {incident} has moved on meanwhile; ask again") from moved


def _incident(desk: Writer, incident: str) -> Incident:
    return replay(desk.world.journal.read(incident_log(incident)))
