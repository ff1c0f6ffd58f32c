"""Whether an order lets a system come back, and whether its gate lets that pass.

Every way is asked: a switch turned on or to a share, whatever takes a stop back, an alias of a
model that moves. It does not matter in which incident, by which plan or whose command. A stop
passes always. A system for which no gate was registered comes back as it ever did.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from tocsin.desk.approving.approvals import standing_of
from tocsin.desk.approving.teams import team_lacks
from tocsin.desk.loaded.known import Known
from tocsin.desk.loaded.superseded import StopGiven
from tocsin.desk.plans.one_act import OFF, ON, rehearsal_plan, switch_of
from tocsin.desk.record import Writer
from tocsin.desk.recovery.signed_off import why_not_signed_off
from tocsin.facts import Refused
from tocsin.facts.canonical import sha256_hex
from tocsin.facts.entry import INCIDENT_PREFIX
from tocsin.facts.recovery import RECOVERY_LOG, share_of
from tocsin.facts.runs import Effect, Outcome
from tocsin.incident.obstacles import (
    Obstacle,
    skipped,
    stage_obstacles,
)
from tocsin.incident.recovery import SIGN_OFF, Held, Registered, StageTurn
from tocsin.playbook import OrderRecord, Run
from tocsin.register.model import Register, System
from tocsin.register.statements import Verdict

SWITCH, REGISTRY = "switch", "mlflow"
VERSION = "version:"
EYES = 2
"""How many proven people let a system come back that has a gate."""


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """A state that is wanted of something outside."""

    connector: str
    target: str
    wanted: str
    effect: Effect


class Gated(msgspec.Struct, frozen=True, kw_only=True):
    """A system's gate, wherever it stands, and what is shown by it.

    Args:
        log: of the incident in which it is passed.
    """

    log: str
    gate: Registered
    held: Held

    @property
    def incident(self) -> str:
        """The id of that incident."""
        return self.log.removeprefix(INCIDENT_PREFIX)


def why_not_back(desk: Writer, known: Known, run: Run, order: OrderRecord) -> str | None:
    """Why this order may not let a system come back now; None when it may, or lets none."""
    fact = order.fact
    wish = Wish(
        connector=fact.connector, target=fact.target, wanted=fact.wanted, effect=fact.effect
    )
    for system in systems_back(desk, known, wish):
        gated = gate_over(desk, known, system)
        if gated is None or _is_rehearsal(desk, run, order, system):
            continue
        known.require_fresh()  # approvals are checked entry by entry
        why = _why(desk, known, gated, wish, run)
        if why is not None:
            return f"{system} comes back through its gate: {why}"
        why = _too_few_eyes(desk, known, order, system)
        if why is not None:
            return why
    return None


def why_not_wished(desk: Writer, known: Known, wish: Wish) -> str | None:
    """Why an order for this, of no stage, would be refused; None when it would not."""
    for system in systems_back(desk, known, wish):
        gated = gate_over(desk, known, system)
        why = None if gated is None else _why(desk, known, gated, wish, None)
        if why is not None:
            return f"{system} comes back through its gate: {why}"
    return None


def is_gated(desk: Writer, known: Known, wish: Wish) -> bool:
    """Whether a gate has to do with this at all."""
    systems = systems_back(desk, known, wish)
    return any(gate_over(desk, known, system) is not None for system in systems)


def systems_back(desk: Writer, known: Known, wish: Wish) -> list[str]:
    """The systems that would serve again, or by another version, if this came true."""
    brings_back = wish.wanted == ON or share_of(wish.wanted) is not None
    stops = wish.effect is Effect.STOP and not brings_back
    if wish.effect is Effect.TELL or stops or not _any_gate(desk, known):
        return []
    register = desk.knowledge.register()
    kind = register.integrations.get(wish.connector)
    found: list[str] = []
    if kind is not None and kind.kind == SWITCH:
        if wish.wanted != OFF:
            found += _of_switch(register, known, wish)
    else:
        if kind is not None and kind.kind == REGISTRY:
            found += _of_registry(register, known, wish)
        found += _of_stops(desk, register, known, wish)
    return list(dict.fromkeys(found))


def gate_over(desk: Writer, known: Known, system: str) -> Gated | None:
    """The gate through which a system comes back: the one that was registered last, wherever."""
    found: list[tuple[datetime, Gated]] = []
    own = known.recovery.registered.get(system)
    standing = standing_gate(desk, system)
    for gate in (standing, own):
        if gate is not None:
            found.append((gate.at, Gated(log=known.log, gate=gate, held=known.recovery.of(gate))))
    for one in desk.knowledge.gates.now(known):
        if one.gate is not None and one.system == system and one.log != known.log:
            found.append((one.gate.at, Gated(log=one.log, gate=one.gate, held=one.held)))
    return max(found, key=lambda pair: pair[0], default=(None, None))[1]


def _any_gate(desk: Writer, known: Known) -> bool:
    """Whether there is a gate anywhere; where there is none, nothing is read for it."""
    here = known.recovery.registered or desk.world.journal.head(RECOVERY_LOG)
    return bool(here) or any(one.gate is not None for one in desk.knowledge.gates.now(known))


def standing_gate(desk: Writer, system: str) -> Registered | None:
    """The gate that stands for a system in every incident; None where none does."""
    return desk.known(RECOVERY_LOG).recovery.registered.get(system)


def stopped_at(desk: Writer, known: Known, system: str) -> datetime | None:
    """When the system's switch was ordered off last, in whatever incident."""
    register = desk.knowledge.register()
    stops = [one for one in desk.knowledge.stops.now(known) if system in _stopped(register, one)]
    return max((one.at for one in stops), default=None)


def obstacles_of(
    desk: Writer, known: Known, gated: Gated, candidate: str, stage: int
) -> list[Obstacle]:
    """All that stands before a stage of a candidate, the sign-off of its model among it."""
    now, system = desk.world.clock.now(), gated.gate.fact.system
    since = stopped_at(desk, known, system)
    found = stage_obstacles(gated.gate, gated.held, candidate, stage, now, since)
    why = why_not_signed_off(desk, system, candidate)
    if why is not None and not skipped(gated.held, candidate, SIGN_OFF, now):
        found.append(Obstacle(what=SIGN_OFF, said=why))
    return found


def _why(desk: Writer, known: Known, gated: Gated, wish: Wish, run: Run | None) -> str | None:
    """What stands before an order: of a stage, of a version that is put in place, or of all."""
    gate, held = gated.gate, gated.held
    turn = stage_of(gated, known, run)
    if turn is not None:
        if turn is not held.turns[-1]:
            return f"another stage was begun since; {_status(gated)}"
        candidate, stage = turn.fact.candidate, turn.fact.stage
    elif wish.wanted.startswith(VERSION):
        candidate, stage = wish.wanted.removeprefix(VERSION), 1
        if candidate == gate.fact.baseline:
            return None
    else:
        candidate, stage = (held.candidates or ("",))[-1], gate.stages + 1
        if not candidate:
            return f"no candidate was measured yet; {_status(gated)}"
    obstacles = obstacles_of(desk, known, gated, candidate, stage)
    return _told(gated, obstacles) if obstacles else None


def stage_of(gated: Gated, known: Known, run: Run | None) -> StageTurn | None:
    """The stage that a run of this log serves; None where it serves none."""
    if run is None or gated.log != known.log:
        return None
    return next((one for one in gated.held.turns if one.fact.run == run.id), None)


def _told(gated: Gated, obstacles: Iterable[Obstacle]) -> str:
    said = [one.said for one in obstacles]
    shown = "; ".join(said[:3])
    more = f"; and {len(said) - 3} more" if len(said) > 3 else ""
    return f"{shown}{more}; {_status(gated)}"


def _status(gated: Gated) -> str:
    return f"see: tocsin recovery status {gated.incident}"


def _too_few_eyes(desk: Writer, known: Known, order: OrderRecord, system: str) -> str | None:
    standing = standing_of(desk, known, order)
    people = standing.people if standing.verdict is Verdict.APPROVED else ()
    if len(people) < EYES:
        return (
            f"{system} has a gate, and comes back only by the word of two proven people, neither "
            "of whom asked for it; this action was let go by fewer. A plan asks for them by "
            "`approvals: 2`"
        )
    return team_lacks(desk.knowledge.register(), system, people)


def _is_rehearsal(desk: Writer, run: Run, order: OrderRecord, system: str) -> bool:
    """Whether it takes back what its own run, a rehearsal to the byte, turned off just before."""
    register, target = desk.knowledge.register(), order.fact.target
    try:
        switch = switch_of(register, system, target)
        usual = switch_of(register, system)
    except Refused:
        return False
    plans = {sha256_hex(rehearsal_plan(one)) for one in (switch, usual)}
    return run.plan_digest in plans and any(
        one.fact.effect is Effect.STOP
        and (one.fact.connector, one.fact.target) == (order.fact.connector, target)
        and one.outcome is Outcome.DONE
        and one.before == order.fact.wanted
        for one in run.orders.values()
    )


def _of_switch(register: Register, known: Known, wish: Wish) -> list[str]:
    by = [one for one in register.systems.values() if one.switch == wish.connector]
    own = [one.id for one in by if _owns(one, wish.target)]
    return own or [one.id for one in by if one.id in known.systems] or [one.id for one in by]


def _owns(system: System, target: str) -> bool:
    return target == system.id or target.startswith(f"{system.id}.")


def _of_registry(register: Register, known: Known, wish: Wish) -> list[str]:
    listed = [one.id for one in register.systems.values() if wish.connector in one.integrations]
    return listed or list(known.systems)


def _of_stops(desk: Writer, register: Register, known: Known, wish: Wish) -> list[str]:
    """The systems that were stopped at this very place by another state."""
    found: list[str] = []
    for stop in desk.knowledge.stops.now(known):
        same = (stop.connector, stop.target) == (wish.connector, wish.target)
        if same and stop.wanted != wish.wanted:
            here = known if stop.log == known.log else desk.known(stop.log)
            found += _stopped(register, stop) or here.systems
    return found


def _stopped(register: Register, stop: StopGiven) -> list[str]:
    """The systems whose switch a stop turned."""
    by = [one for one in register.systems.values() if one.switch == stop.connector]
    return [one.id for one in by if _owns(one, stop.target)] or [one.id for one in by]
