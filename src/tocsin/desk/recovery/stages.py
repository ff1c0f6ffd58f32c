"""A share of requests reaches a candidate again: each stage an order, with approvals and a look.

Whatever is decided rests on the record at that very moment, so that two who begin a stage at once
begin one.
"""

from __future__ import annotations

import io

import msgspec

from tocsin.desk.loaded.equipment import check_equipment
from tocsin.desk.loaded.known import Known
from tocsin.desk.people import check_takes_back
from tocsin.desk.plans.one_act import ON, stage_plan
from tocsin.desk.plans.runs import By
from tocsin.desk.record import Writer, draft
from tocsin.desk.recovery.comeback import Gated, gate_over, obstacles_of, stopped_at
from tocsin.desk.recovery.recovery import gate_in_force, switch_with_eye
from tocsin.facts import ConnectorError, Draft, Refused
from tocsin.facts.recovery import (
    SHARE_WHOLE,
    StageStarted,
    share_words,
)
from tocsin.facts.runs import RunStarted
from tocsin.incident.obstacles import next_stage
from tocsin.playbook import RunStanding, plan_of

REGISTRY = "mlflow"


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """A stage went to work."""

    stage: int
    share: int
    candidate: str
    run: str
    order: int | None


def begin_stage(
    desk: Writer, log: str, by: By, *, system: str | None = None, candidate: str | None = None
) -> Begun:
    """Let the next share of requests reach the candidate: an order that waits for two people.

    Raises:
        Refused: something is still asked by the gate, a stage is under way, or the registry would
            serve another version.
    """
    check_takes_back(desk, by.author)
    gated, gate = gate_in_force(desk, log, system)
    named = candidate or (gated.held.candidates or ("",))[-1]
    if not named:
        raise Refused(f"no candidate was measured yet: tocsin recovery measure {gated.incident}")
    _check_served(desk, gate.system, named)
    switch = switch_with_eye(desk, gate)

    def judge(known: Known) -> list[Draft]:
        here = gate_over(desk, known, gate.system)
        if here is None or here.gate.place != gated.gate.place:
            raise Refused("another gate was registered meanwhile; look again")
        stage = _stage_now(desk, known, here, named)
        share = here.gate.fact.shares[stage - 1]
        wanted = ON if share == SHARE_WHOLE else share_words(share)
        plan = stage_plan(switch, wanted, stage)
        read = plan_of(plan, "stage")
        check_equipment(desk.world, read)
        digest = desk.world.vault.put(io.BytesIO(plan)).digest
        run, now = f"run-{len(known.runs.by_id) + 1}", desk.world.clock.now()
        started = StageStarted(
            gate=here.gate.place, system=gate.system, stage=stage, share=share,
            candidate=named, run=run,
        )  # fmt: skip
        return [
            draft(RunStarted(run=run, plan=read.id, plan_digest=digest), now),
            draft(started, now),
        ]

    appended = desk.decide_known(log, judge, by.author, client_key=by.client_key, sign=by.sign)
    fact = desk.world.journal.read(log, appended.first_seq)[0].fact
    if not isinstance(fact, StageStarted):
        raise Refused(f"client key {by.client_key} was used for something else; choose another")
    orders = [one.seq for one in desk.run(log, fact.run).orders.values()]
    return Begun(
        stage=fact.stage,
        share=fact.share,
        candidate=fact.candidate,
        run=fact.run,
        order=orders[0] if orders else None,
    )


def _stage_now(desk: Writer, known: Known, here: Gated, candidate: str) -> int:
    """The stage that may begin now. Raises Refused."""
    now, system = desk.world.clock.now(), here.gate.fact.system
    last = here.held.turns[-1] if here.held.turns else None
    under_way = last is not None and last.watch is None
    if last is not None and under_way and _goes_on(known, last.fact.run):
        raise Refused(
            f"stage {last.fact.stage} is under way ({last.fact.run}, begun by {last.who}); see: "
            f"tocsin incident show {here.incident}"
        )
    since = stopped_at(desk, known, system)
    stage = next_stage(here.gate, here.held, candidate, now, since)
    turn = here.held.turn(candidate, stage, since)
    if turn is not None and turn.watch is not None and turn.ended is None:
        raise Refused(
            f"stage {stage} is watched until {turn.watch.until:%Y-%m-%d %H:%M} UTC; `tocsin watch` "
            "judges it then"
        )
    obstacles = obstacles_of(desk, known, here, candidate, stage)
    if obstacles:
        raise Refused("\n".join([f"{system} may not come back yet:",
                                 *(f"  {one.said}" for one in obstacles)]))  # fmt: skip
    if stage > here.gate.stages:
        raise Refused(f"{system} is back: every stage of its gate was served and watched")
    return stage


def _goes_on(known: Known, run: str) -> bool:
    return known.run(run).standing in (RunStanding.ACTIVE, RunStanding.PAUSED)


def _check_served(desk: Writer, system: str, candidate: str) -> None:
    """Passes when the model registry, where there is one, would serve the candidate."""
    register = desk.knowledge.register()
    for name in register.systems[system].integrations:
        one = register.integrations.get(name)
        hand = desk.world.connectors.get(name)
        if one is None or one.kind != REGISTRY or hand is None or "target" not in one.settings:
            continue
        target = one.settings["target"]
        try:
            seen = hand.look(target)
        except ConnectorError as unseen:
            raise Refused(f"it is not known which version {target} names: {unseen}") from None
        if seen != f"version:{candidate}":
            raise Refused(
                f"{target} names {seen}, and the candidate is {candidate}; let it name the "
                f"candidate first, by a plan that sets version:{candidate}, or measure what is "
                "there"
            )
