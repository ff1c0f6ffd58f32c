"""How far a system of an incident has come on its way back, and what would be next."""

from __future__ import annotations

from datetime import datetime

import msgspec

from tocsin.desk.loaded.known import Known
from tocsin.desk.record import Writer
from tocsin.desk.recovery.comeback import Gated, gate_over, obstacles_of, stopped_at
from tocsin.desk.recovery.recovery import kept_gate
from tocsin.detection.declared.gate import Withstands
from tocsin.facts import Refused
from tocsin.facts.entry import INCIDENT_PREFIX
from tocsin.facts.recovery import RECOVERY_LOG
from tocsin.incident.obstacles import Obstacle, next_stage, skippable
from tocsin.incident.recovery import Measurement, Shortcut, StageTurn
from tocsin.playbook import OrderStanding


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A system on its way back.

    Args:
        gated: None where no gate was registered.
        here: whether it is passed in this very incident.
        standing: its gate stands for it in every incident.
        stage: the stage that is next; one beyond the last when all were watched.
        turn: the stage that was begun last.
        obstacles: what stands before that stage.
        waits: actions that wait for people.
        next: what leads on, a command or the choice of several; None where only time does.
    """

    system: str
    gated: Gated | None
    here: bool = True
    standing: bool = False
    candidate: str = ""
    stage: int = 1
    turn: StageTurn | None = None
    measured: tuple[tuple[str, Measurement | None], ...] = ()
    obstacles: tuple[Obstacle, ...] = ()
    shortcuts: tuple[Shortcut, ...] = ()
    waits: tuple[int, ...] = ()
    next: str | None = None

    @property
    def is_back(self) -> bool:
        """Whether every stage was served, and watched but for what shortcuts skip."""
        gate = self.gated
        return gate is not None and not self.obstacles and self.stage > gate.gate.stages


def standings(desk: Writer, log: str) -> list[Standing]:
    """How each system of an incident stands."""
    known = desk.known(log)
    return [_standing(desk, known, system) for system in known.systems]


def _standing(desk: Writer, known: Known, system: str) -> Standing:
    gated = gate_over(desk, known, system)
    name = known.log.removeprefix(INCIDENT_PREFIX)
    if gated is None:
        told = f"tocsin recovery register {name} --gate FILE"
        return Standing(system=system, gated=None, next=told)
    standing = gated.gate.place.startswith(f"{RECOVERY_LOG}/")
    if gated.log != known.log:
        told = f"tocsin recovery status {gated.incident}"
        return Standing(system=system, gated=gated, here=False, next=told)
    now, gate, held = desk.world.clock.now(), gated.gate, gated.held
    candidate = (held.candidates or ("",))[-1]
    since = stopped_at(desk, known, system)
    stage = next_stage(gate, held, candidate, now, since)
    turn = held.turns[-1] if held.turns else None
    waits = _waiting(known, turn)
    obstacles = tuple(obstacles_of(desk, known, gated, candidate, stage))
    return Standing(
        system=system,
        gated=gated,
        standing=standing,
        candidate=candidate,
        stage=stage,
        turn=turn,
        measured=tuple((one, held.latest(candidate, one)) for one in gate.fact.criteria),
        obstacles=obstacles,
        shortcuts=tuple(one for one in held.shortcuts.values() if not one.made_good),
        waits=waits,
        next=_next(desk, name, gated, candidate, stage, turn, obstacles, waits, now),
    )


def _waiting(known: Known, turn: StageTurn | None) -> tuple[int, ...]:
    if turn is None:
        return ()
    orders = known.run(turn.fact.run).orders.values()
    return tuple(one.seq for one in orders if one.standing is OrderStanding.AWAITING)


def _measured_next(desk: Writer, name: str, gated: Gated, candidate: str, what: str) -> str:
    """What leads on to what a criterion asks: to measure again, as long as the gate has a look."""
    measure = f"tocsin recovery measure {name} --log"
    try:
        gate = kept_gate(desk, gated.gate)
    except Refused:  # its file is gone from the vault; the vault's own check tells that
        return f"{measure} CANDIDATE.parquet --attacks RESULTS.jsonl"
    attacks = {one.id for one in gate.criteria if isinstance(one, Withstands)}
    spent = {one.id for one in gate.criteria if gated.held.looks(candidate, one.id) >= gate.looks}
    by_log, by_attacks = spent - attacks, spent & attacks
    if by_attacks if what in attacks else by_log:
        return (
            f"version {candidate} was measured as often as its gate allows ({gate.looks}); measure "
            f"another version: {measure} OTHER.parquet --attacks RESULTS.jsonl, or register a gate "
            f"anew: tocsin recovery register {name} --gate FILE --because ..."
        )
    if by_log:
        return f"tocsin recovery measure {name} --attacks RESULTS.jsonl --candidate {candidate}"
    return f"{measure} CANDIDATE.parquet" + " --attacks RESULTS.jsonl" * (not by_attacks)


def _next(
    desk: Writer,
    name: str,
    gated: Gated,
    candidate: str,
    stage: int,
    turn: StageTurn | None,
    obstacles: tuple[Obstacle, ...],
    waits: tuple[int, ...],
    now: datetime,
) -> str | None:
    if waits:
        return f"tocsin decide {name} {waits[0]} approve"
    if turn is not None and turn.watch is not None and turn.ended is None:
        return None if now < turn.watch.until else "tocsin watch --once"
    if not candidate:
        return f"tocsin recovery measure {name} --log CANDIDATE.parquet --attacks RESULTS.jsonl"
    if not obstacles:
        return f"tocsin recovery next {name}" if stage <= gated.gate.stages else None
    first = obstacles[0]
    if first.what.startswith("attestation "):
        vendor = first.what.removeprefix("attestation ")
        return f'tocsin recovery attest {name} "{vendor}" --paper FILE'
    if first.what == "sign-off":
        return "tocsin model signoff MODEL VERSION --help"
    if first.what in skippable(gated.gate) and first.what in gated.gate.fact.criteria:
        return _measured_next(desk, name, gated, candidate, first.what)
    return f"tocsin incident show {name}"
