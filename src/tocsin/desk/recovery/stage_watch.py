"""Watches the stages by which a system comes back; a finding ends one at once.

A watch begins when its share was seen to be served, and passes only by what was seen of the
candidate: too few requests show nothing, an unmeasured version that serves ends it, and so does a
finding of a detector that the gate names. Then the system is turned off again: by Tocsin itself
where it is armed, else by the commander, who is called. A watcher may die anywhere; the next one
does what is still to be done, once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from tocsin.desk.loaded.gate_places import GateThere
from tocsin.desk.loaded.known import Known
from tocsin.desk.loaded.own_acts import why_not_alone
from tocsin.desk.plans.one_act import stop_plan, switch_of
from tocsin.desk.plans.runs import By, start_run
from tocsin.desk.record import Writer, draft
from tocsin.desk.recovery.comeback import standing_gate
from tocsin.desk.recovery.recovery import kept_gate
from tocsin.detection.declared.declaration import Declaration, Silence, Status
from tocsin.detection.declared.gate import Gate
from tocsin.facts import Author, Draft, Refused
from tocsin.facts.findings import Found
from tocsin.facts.recovery import Passing, WatchBegan, WatchEnded
from tocsin.facts.runs import Ending
from tocsin.facts.spelt import spelt
from tocsin.facts.summaries import WindowSummary
from tocsin.incident.recovery import Held, Registered, StageTurn
from tocsin.world import Source

LATE_MOST = timedelta(minutes=10)
"""So long after its end a watch waits for the log to tell of it."""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What a pass of the watch knows of a system.

    Args:
        found: what was just found, and what stands, each as it was when it was raised.
        standing: what stands.
    """

    declared: Declaration
    found: Sequence[Found]
    standing: Sequence[Found]
    source: Source


class _Watched(msgspec.Struct, frozen=True, kw_only=True):
    """A stage that is watched, with its gate and the log it stands in."""

    log: str
    gate: Registered
    asked: Gate
    turn: StageTurn


def follow_stages(desk: Writer, system: str, seen: Seen, author: Author) -> list[str]:
    """Begin and end the watches over a system's stages; what was done, in words."""
    told: list[str] = []
    for there in desk.knowledge.gates.now():
        if there.system == system and there.held.turns:
            told += _follow(desk, there, seen, author)
    return told


def _follow(desk: Writer, there: GateThere, seen: Seen, author: Author) -> Iterator[str]:
    gate = there.gate or standing_gate(desk, there.system)
    turn = there.held.turns[-1]
    if gate is None or gate.place != there.held.place or turn.ended is not None:
        return
    if turn.watch is None:
        yield from _begun(desk, there.log, gate, turn, author)
        return
    one = _Watched(log=there.log, gate=gate, asked=kept_gate(desk, gate), turn=turn)
    end = _ending(one, seen, desk.world.clock.now())
    if end is not None:
        yield from _ended(desk, one, end, author)


def _begun(
    desk: Writer, log: str, gate: Registered, turn: StageTurn, author: Author
) -> Iterator[str]:
    """A run that completed has seen its share served: its last step before that is the look."""
    if desk.run(log, turn.fact.run).ending is not Ending.COMPLETED:
        return
    asked, fact = kept_gate(desk, gate), turn.fact
    seconds = gate.fact.watch_seconds[fact.stage - 1]

    def judge(known: Known) -> Sequence[Draft]:
        last = _last(known, gate)
        if last is None or last.seq != turn.seq or last.watch is not None:
            return []
        now = desk.world.clock.now()
        began = WatchBegan(
            gate=fact.gate, system=fact.system, stage=fact.stage,
            until=now + timedelta(seconds=seconds), detectors=asked.watched_by,
        )  # fmt: skip
        return [draft(began, now)]

    desk.decide_known(log, judge, author)
    yield f"{fact.system}: the watch over stage {fact.stage} began"


def _ending(one: _Watched, seen: Seen, now: datetime) -> WatchEnded | None:
    """How a watch ends now; None while it goes on."""
    watch, since = one.turn.watch, one.turn.watch_at
    assert watch is not None and since is not None
    windows = [w for w in seen.source.windows(since) if w.at >= since]
    own, others = _served(one, windows, seen.declared.log.window_seconds)
    failed = _found_in(one, seen, since)
    if failed is not None:
        said = f"{failed.detector} found something while it was watched"
        return _end(one, Passing.FAILED, own, said, failed.finding)
    if others:
        versions = ", ".join(spelt(version) for version in others)
        said = f"version {versions}, which was not measured, served requests"
        return _end(one, Passing.FAILED, own, said)
    heard = any(w.until >= watch.until for w in windows)
    if now < watch.until or (not heard and now < watch.until + LATE_MOST):
        return None
    doubts = list(_doubts(one, seen, own))
    if doubts:
        return _end(one, Passing.UNDETERMINED, own, "; ".join(doubts))
    return _end(one, Passing.PASSED, own, "nothing was found")


def _doubts(one: _Watched, seen: Seen, own: int) -> Iterator[str]:
    """Why a watch in which nothing was found shows nothing all the same."""
    named = {d.id: d for d in seen.declared.detectors}
    for name in one.asked.watched_by:
        detector = named.get(name)
        if detector is None:
            yield f"no detector is called {name}"
            continue
        if detector.status is Status.SHADOW:
            yield f"{name} is in shadow and watches nothing"
        least = 1 if isinstance(detector, Silence) else max(detector.minimum, 1)
        if own < least:
            yield f"{own} requests of it were seen, and {name} needs {least}"
    for found in seen.standing:
        same = found.version in (None, one.turn.fact.candidate)
        if found.detector in one.asked.watched_by and same:
            yield f"what {found.detector} found before has not subsided ({found.finding})"


def _found_in(one: _Watched, seen: Seen, since: datetime) -> Found | None:
    """A finding of a detector of the gate that was made of what came after this instant."""
    live = {d.id for d in seen.declared.detectors if d.status is Status.LIVE}
    for found in seen.found:
        named = found.detector in one.asked.watched_by and found.detector in live
        if named and not found.by_rows and found.seen_until > since:
            return found
    return None


def _served(one: _Watched, windows: Sequence[WindowSummary], seconds: int) -> tuple[int, list[str]]:
    """How many requests the candidate served, and which versions beside it and the baseline did."""
    own, others = 0, set[str]()
    for window in windows:
        for cell in window.cells if window.seconds == seconds else ():
            if cell.version == one.turn.fact.candidate:
                own += cell.requests
            elif cell.version not in (None, one.gate.fact.baseline) and cell.requests:
                others.add(str(cell.version))
    return own, sorted(others)


def _end(
    one: _Watched, result: Passing, own: int, because: str, finding: str | None = None
) -> WatchEnded:
    fact = one.turn.fact
    return WatchEnded(
        gate=fact.gate, system=fact.system, stage=fact.stage, result=result, finding=finding,
        requests=own, stopped_by=None, because=because,
    )  # fmt: skip


def _ended(desk: Writer, one: _Watched, end: WatchEnded, author: Author) -> Iterator[str]:
    """Record the end; of one that failed the stop first, which is started under a key."""
    if end.result is Passing.FAILED:
        end = msgspec.structs.replace(end, stopped_by=_stopped_by(desk, one, author))

    def judge(known: Known) -> Sequence[Draft]:
        last = _last(known, one.gate)
        if last is None or last.seq != one.turn.seq or last.ended is not None:
            return []
        return [draft(end, desk.world.clock.now())]

    desk.decide_known(one.log, judge, author)
    off = f"; {end.stopped_by} turns it off" if end.stopped_by else ""
    yield f"{end.system}: the watch over stage {end.stage} {end.result.value}: {end.because}{off}"


def _stopped_by(desk: Writer, one: _Watched, author: Author) -> str | None:
    """The run that turns the system off again; None where Tocsin may not by itself."""
    known = desk.known(one.log)
    if why_not_alone(desk.knowledge, known, desk.world.clock.now()) is not None:
        return None
    by = By(author=author, client_key=f"stage/{one.log}/{one.turn.seq}/off")
    try:
        switch = switch_of(desk.knowledge.register(), one.turn.fact.system)
        if switch.seen_by not in desk.world.probes:
            switch = msgspec.structs.replace(switch, seen_by=None)
        return start_run(desk, one.log, stop_plan(switch), by, file="stop", ended_too=True)
    except Refused:
        return None  # then somebody is called


def _last(known: Known, gate: Registered) -> StageTurn | None:
    held: Held = known.recovery.of(gate)
    return held.turns[-1] if held.turns else None
