"""Letting Tocsin act by itself on a system: only what was rehearsed there, and only so often.

Arming binds what Tocsin does by itself, never a person's own stop. What is spent of an hour's acts
is counted from the record, so that a restart forgets nothing.
"""

from __future__ import annotations

import msgspec

from tocsin.desk.acting.stopping import Started, opened_about, opening_key, started_before
from tocsin.desk.incidents import incident_id, open_about
from tocsin.desk.plans.acts import Act, acts_on, is_shown
from tocsin.desk.plans.one_act import ON, Switch, rehearsal_plan, switch_of
from tocsin.desk.plans.runs import By, start_run
from tocsin.desk.record import Writer, draft
from tocsin.facts import HOME_LOG, ConnectorError, Draft, Entry, Refused, incident_log
from tocsin.facts.incidents import Severity
from tocsin.facts.registers import Armed, Disarmed
from tocsin.incident import decide
from tocsin.incident.fold import replay
from tocsin.incident.model import Actor, Status
from tocsin.register.arming import armed_systems
from tocsin.register.proofs import check_vouching
from tocsin.world import Appended

ACTS_PER_HOUR_MOST = 1000


class Rehearsed(msgspec.Struct, frozen=True, kw_only=True):
    """The newest stop of a system and its undo that were done and shown; None where missing."""

    stop: Act | None
    undo: Act | None


def rehearsed(desk: Writer, switch: Switch) -> Rehearsed:
    """What was rehearsed of this switch, in whichever incident or rehearsal."""
    if switch.seen_by is None:
        return Rehearsed(stop=None, undo=None)
    acts = [one for one in acts_on(desk, [switch.system]) if one.place[0] == switch.connector]
    stop: Act | None = None
    pair = Rehearsed(stop=None, undo=None)
    for act in acts:
        if not is_shown(desk, act, switch.seen_by):
            continue
        if act.order.fact.wanted != ON:
            stop = act
        elif stop is not None and stop.place == act.place and stop.undo == act.order.fact.wanted:
            pair = Rehearsed(stop=stop, undo=act)
    return pair if pair.undo is not None else Rehearsed(stop=stop, undo=None)


def rehearse(desk: Writer, system: str, by: By, *, flag: str | None = None) -> Started:
    """Turn a system off and on again, each shown, in an incident of its own.

    Raises:
        Refused: an incident is open about it, it is not on now, or nothing could show it.
    """
    register = desk.knowledge.register()
    switch = switch_of(register, system, flag)
    _require_eye(switch)
    earlier = started_before(desk, system, by, switch.seen_by)
    if earlier is not None:
        return earlier
    key = opening_key(by)
    own = None if key is None else incident_id(key)
    going_on = [one for one in open_about(desk, system) if one.id != own]
    if going_on:
        raise Refused(
            f"incident {going_on[0].id} is open about {system}; a rehearsal turns the system on at "
            "its end, so that it waits until the incident is closed or dismissed"
        )
    _require_on(desk, switch)
    title = f"Rehearsal: {system} is stopped and started again"
    incident = opened_about(desk, register, system, title, by)
    run = start_run(desk, incident_log(incident), rehearsal_plan(switch), by, file="rehearsal")
    return Started(incident=incident, run=run, seen_by=switch.seen_by)


def end_rehearsal(desk: Writer, incident: str, by: By) -> None:
    """Judge and close the incident of a rehearsal that went well; it harmed nobody by accident."""
    log, now = incident_log(incident), desk.world.clock.now()
    actor = Actor(who=by.author.who)

    def judge(entries: list[Entry]) -> list[Draft]:
        known = replay(entries)
        if known.status is not Status.OPEN:
            return []
        judged = decide.judge_severity(
            known, actor, now, severity=Severity.SEV4,
            reasons=["a rehearsal, begun on purpose"], basis="stop and undo were both seen",
        )  # fmt: skip
        return judged if known.severity is None else []

    def close(entries: list[Entry]) -> list[Draft]:
        known = replay(entries)
        if known.status is not Status.OPEN:
            return []
        return decide.close(known, actor, now, because="stop and undo were rehearsed, and seen")

    desk.decide(log, judge, by.author, sign=by.sign)
    desk.decide(log, close, by.author, sign=by.sign)


def arm(desk: Writer, system: str, acts_per_hour: int, by: By) -> Appended:
    """Let Tocsin by itself carry out what plans order for this system, so often an hour.

    Raises:
        Refused: its stop or its undo was never shown; the message names the command to run. Or
            keys are enrolled, and no person with one of them asks.
    """
    if not 1 <= acts_per_hour <= ACTS_PER_HOUR_MOST:
        raise Refused(
            f"{acts_per_hour} acts an hour: give a number from 1 to {ACTS_PER_HOUR_MOST}; a plan "
            "that stops and rolls back needs 2 or 3"
        )
    register, now = desk.knowledge.register(), desk.world.clock.now()
    switch = switch_of(register, system)
    try:
        check_vouching(desk.knowledge.keyring(), register, by.author, now)
    except Refused as no:
        raise Refused(f"arming lets Tocsin act by itself, so it is vouched for: {no}") from None
    _require_eye(switch)
    found = rehearsed(desk, switch)
    missing = _missing(found, system)
    if missing or found.stop is None or found.undo is None:
        raise Refused(f"{system} cannot be armed: {missing}")
    fact = Armed(
        system=system, acts_per_hour=acts_per_hour, rehearsed=(found.stop.key, found.undo.key)
    )

    def judge(entries: list[Entry]) -> list[Draft]:
        if armed_systems(entries).get(system) == fact:
            raise Refused(f"{system} is armed just so already; nothing more is needed")
        return [draft(fact, desk.world.clock.now())]

    return desk.decide(HOME_LOG, judge, by.author, client_key=by.client_key, sign=by.sign)


def disarm(desk: Writer, system: str, because: str, by: By) -> Appended:
    """Let Tocsin only look at this system by itself from now on. Holds for acts not yet begun."""
    fact = Disarmed(system=system, because=because)

    def judge(entries: list[Entry]) -> list[Draft]:
        if system not in armed_systems(entries):
            raise Refused(f"{system} is not armed; Tocsin does nothing to it by itself")
        return [draft(fact, desk.world.clock.now())]

    return desk.decide(HOME_LOG, judge, by.author, client_key=by.client_key, sign=by.sign)


def _missing(found: Rehearsed, system: str) -> str:
    """What is still to be shown, and by which command; empty when nothing is."""
    if found.stop is None:
        return (
            "no stop of it was ever done and shown. Run: tocsin rehearse "
            f"{system} (it turns the system off and on again)"
        )
    if found.undo is None:
        return (
            f"its stop was shown (action {found.stop.key}), but not that it comes back. Run: "
            f"tocsin undo {system}"
        )
    return ""


def _require_eye(switch: Switch) -> None:
    if switch.seen_by is None:
        raise Refused(
            f"nothing could show that {switch.system} is off; write `seen_by = ...` under "
            f"[systems.{switch.system}] in HOME/register/ and adopt it"
        )


def _require_on(desk: Writer, switch: Switch) -> None:
    """A rehearsal must not turn on what somebody turned off for a reason."""
    hand = desk.world.connectors.get(switch.connector)
    if hand is None:
        raise Refused(
            f"{switch.connector} is not set up here; add it to HOME/register/ as an integration"
        )
    try:
        now = hand.look(switch.target)
    except ConnectorError as error:
        raise Refused(
            f"it is not known whether {switch.target} is on: {error}; rehearse when "
            f"{switch.connector} answers"
        ) from error
    if now != ON:
        raise Refused(
            f"{switch.target} is {now} now; a rehearsal would turn it on. Take back what turned it "
            f"off first: tocsin undo {switch.system}"
        )
