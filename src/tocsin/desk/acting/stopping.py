"""A person stops a system, or takes back what was done: one act, started by them, then shown.

A stop is bound by nothing but its person: no arming, no approvals, no open incident is asked for.
Taking back passes the gates that the act itself passed, and a name alone does not take back once
keys are enrolled. Both may be repeated under one client key.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from tocsin.desk.incidents import open_about, open_incident
from tocsin.desk.people import check_takes_back
from tocsin.desk.plans.acts import Act, acts_in, acts_on
from tocsin.desk.plans.one_act import ON, UNDO_PREFIX, Switch, stop_plan, switch_of, undo_plan
from tocsin.desk.plans.runs import By, start_run, started_under_key
from tocsin.desk.record import Writer
from tocsin.desk.recovery.comeback import EYES, Wish, is_gated, why_not_wished
from tocsin.facts import Asserter, Refused, incident_log
from tocsin.facts.entry import INCIDENT_PREFIX
from tocsin.facts.runs import Effect, Outcome
from tocsin.incident import decide
from tocsin.incident.model import Actor
from tocsin.playbook import OrderRecord, OrderStanding
from tocsin.playbook import steps as planned
from tocsin.register.model import Register


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """What went to work: a run in an incident.

    Args:
        seen_by: the probe that will show its effect; None when nothing will, and it stays unshown.
    """

    incident: str
    run: str
    seen_by: str | None

    @property
    def log(self) -> str:
        """The log of the incident."""
        return incident_log(self.incident)


def stop(
    desk: Writer, system: str, by: By, *, flag: str | None = None, incident: str | None = None
) -> Started:
    """Turn a system off and look until that is shown. The person who asks starts it.

    Args:
        flag: which target of the system's switch; None means the first.
        incident: the id of the incident it belongs to; None means the newest that is open about
            this system, or a new one.

    Raises:
        Refused: no such system, or it has no switch that is set up here.
    """
    _require_person(by)
    register = desk.knowledge.register()
    switch = _with_eye(desk, switch_of(register, system, flag))
    earlier = started_before(desk, system, by, switch.seen_by)
    if earlier is not None:
        return earlier
    where = incident or _incident_about(desk, register, system, by)
    run = start_run(desk, incident_log(where), stop_plan(switch), by, file="stop")
    return Started(incident=where, run=run, seen_by=switch.seen_by)


def undo(desk: Writer, system: str, by: By) -> Started:
    """Take back what was turned off last of a system through its switch, target by target.

    Raises:
        Refused: nothing is left to take back, or this person may not without their key.
    """
    _require_person(by)
    check_takes_back(desk, by.author)
    switch = switch_of(desk.knowledge.register(), system)
    earlier = started_before(desk, system, by, switch.seen_by)
    if earlier is not None:
        return earlier
    acts = [one for one in acts_on(desk, [system]) if one.place[0] == switch.connector]
    if not acts:
        raise Refused(
            f"Tocsin has turned nothing of {system} off through {switch.connector}; turn it on "
            "where it was turned off, or run a plan: tocsin incident run INCIDENT PLAN.yaml"
        )
    last = {act.place: act for act in acts}
    standing = [act for act in last.values() if not _brings_back(act)]
    if not standing:
        told = acts[-1]
        raise Refused(
            f"{told.place[1]} was brought back to {told.order.fact.wanted} already, at "
            f"{told.at:%Y-%m-%d %H:%M:%S} UTC; nothing is left to take back"
        )
    return _taken_back(desk, max(standing, key=lambda act: act.at), by)


def undo_order(desk: Writer, log: str, order: int, by: By) -> Started:
    """Take back one action of an incident: bring back what its undo names, or what was seen before.

    Raises:
        Refused: it was not done, cannot be taken back, something else was done since, or this
            person may not without their key.
    """
    _require_person(by)
    check_takes_back(desk, by.author)
    known = desk.known(log)
    for system in known.systems:
        earlier = started_before(desk, system, by, None)
        if earlier is not None:
            return earlier
    record = next((run.orders[order] for run in known.runs.by_id.values() if order in run.orders),
                  None)  # fmt: skip
    _require_done(record, log, order)
    act = next(one for one in acts_in(known) if one.order.seq == order)
    _require_newest(act, acts_on(desk, known.systems))
    return _taken_back(desk, act, by)


def started_before(desk: Writer, system: str, by: By, seen_by: str | None) -> Started | None:
    """What went to work under this client key before."""
    if by.client_key is None:
        return None
    for log in desk.world.journal.logs(INCIDENT_PREFIX):
        if system not in desk.known(log).systems:
            continue
        run = started_under_key(desk, log, by)
        if run is not None:
            where = log.removeprefix(INCIDENT_PREFIX)
            return Started(incident=where, run=run, seen_by=seen_by)
    return None


def _taken_back(desk: Writer, act: Act, by: By) -> Started:
    fact, number = act.order.fact, act.order.seq
    if act.undo is None:
        systems = ", ".join(desk.known(act.log).systems) or "SYSTEM"
        raise Refused(
            f"nothing takes action {number} back: its plan names no undo for {fact.target}. What "
            f"can be done: stop what depends on it (tocsin stop {systems}), or run a plan that "
            "sets another state (tocsin incident run INCIDENT PLAN.yaml)"
        )
    system = _system_of(desk, act)
    register = desk.knowledge.register()
    eye = register.systems[system].seen_by if system in register.systems else None
    eye = eye if eye in desk.world.probes else None
    step = desk.knowledge.plan(act.run).steps.get(fact.step)
    asked = step.approvals if isinstance(step, planned.Act) else fact.approvals
    wish = Wish(connector=fact.connector, target=fact.target, wanted=act.undo, effect=Effect.CHANGE)
    here = desk.known(act.log)
    if is_gated(desk, here, wish):
        why = why_not_wished(desk, here, wish)
        if why is not None:
            raise Refused(why)
        asked = max(asked, EYES)
    plan = undo_plan(
        system=system,
        connector=fact.connector,
        target=fact.target,
        wanted=act.undo,
        undo=fact.wanted,
        approvals=asked,
        seen_by=eye,
        look_at=_look_at(register, system, act),
        because=f"action {number}",
    )
    run = start_run(desk, act.log, plan, by, file="undo")
    return Started(incident=act.log.removeprefix(INCIDENT_PREFIX), run=run, seen_by=eye)


def _require_newest(act: Act, acts: Iterable[Act]) -> None:
    later = [
        one for one in acts if one.place == act.place and one.at >= act.at and one.key != act.key
    ]
    if not later:
        return
    newest = later[-1]
    how = "taken back" if newest.order.fact.wanted == act.undo else "changed"
    raise Refused(
        f"{act.place[1]} was {how} since: it is {newest.order.fact.wanted} by action "
        f"{newest.order.seq} of {newest.log.removeprefix(INCIDENT_PREFIX)}, done at "
        f"{newest.at:%Y-%m-%d %H:%M:%S} UTC; take that one back, if anything"
    )


def _require_done(record: OrderRecord | None, log: str, order: int) -> None:
    if record is None:
        raise Refused(f"entry {order} of {log} is no action; look at the incident again")
    if record.standing is OrderStanding.UNKNOWN or record.standing is OrderStanding.OPEN:
        raise Refused(
            f"nobody knows yet whether action {order} happened; look at {record.fact.target}, say "
            "how it ended (tocsin incident outcome), then take it back"
        )
    if record.standing is not OrderStanding.DONE:
        raise Refused(
            f"action {order} was not done (it is {record.standing.value}); nothing is there to "
            "take back"
        )
    if record.outcome is not Outcome.DONE:
        raise Refused(
            f"{record.fact.target} was {record.fact.wanted} already before action {order}, which "
            "changed nothing; nothing is there to take back"
        )


def _system_of(desk: Writer, act: Act) -> str:
    """The system whose switch acted, else the first of the incident."""
    register, systems = desk.knowledge.register(), desk.known(act.log).systems
    known = [name for name in systems if name in register.systems]
    own = [name for name in known if register.systems[name].switch == act.place[0]]
    return next(iter([*own, *known, *systems]), "system")


def _look_at(register: Register, system: str, act: Act) -> str:
    """What the eye is asked about: the system, or the one part of it that was switched."""
    known = register.systems.get(system)
    if known is None or known.switch != act.place[0]:
        return system
    return switch_of(register, system, act.place[1]).look_at


def _brings_back(act: Act) -> bool:
    return act.run.plan.startswith(UNDO_PREFIX) or act.order.fact.wanted == ON


def _with_eye(desk: Writer, switch: Switch) -> Switch:
    """A stop is never refused for want of an eye; it then stays "not yet shown"."""
    there = switch.seen_by in desk.world.probes
    return switch if there else msgspec.structs.replace(switch, seen_by=None)


def _incident_about(desk: Writer, register: Register, system: str, by: By) -> str:
    going_on = open_about(desk, system)
    if going_on:
        return going_on[0].id
    title = f"{system} was stopped by {by.author.who}"
    return opened_about(desk, register, system, title, by)


def opened_about(desk: Writer, register: Register, system: str, title: str, by: By) -> str:
    """A new incident about a system, for what is about to be done to it; its id."""
    now = desk.world.clock.now()
    return open_incident(
        desk,
        lambda incident: decide.open_(
            incident,
            Actor(who=by.author.who),
            now,
            title=title,
            systems=[system],
            registered=frozenset(register.systems),
        ),
        by.author,
        client_key=opening_key(by),
        sign=by.sign,
    )


def opening_key(by: By) -> str | None:
    """The client key under which `opened_about` opens, so that a repetition opens none."""
    return None if by.client_key is None else f"{by.client_key}/opened"


def _require_person(by: By) -> None:
    if by.author.kind is not Asserter.PERSON:
        raise Refused(
            f"{by.author.who} is a {by.author.kind.value}; this is started by a person: "
            "--as PERSON. What Tocsin does by itself is said by plans, once a system is armed"
        )
