"""A world in which an assistant is off and may earn its way back, for the desk's tests."""

from __future__ import annotations

from datetime import datetime

import msgspec

from desk_register import ASSISTANT, KEYS, REGISTER, adopted, assistant_eye, enrolled, signing
from desk_world import Hand, opened, world_of
from gates import GATE, GOOD_ATTACKS, good, window
from tocsin.desk import Writer, run_until_idle
from tocsin.desk.acting.stopping import stop
from tocsin.desk.approving.approvals import approve
from tocsin.desk.plans.runs import By, start_run
from tocsin.desk.record import draft
from tocsin.desk.recovery.recovery import Measured, measure, register_gate
from tocsin.desk.recovery.stages import Begun, begin_stage
from tocsin.detection.compared.criteria import Attacks, Counted
from tocsin.facts import Asserter, Author, Proof, incident_log
from tocsin.facts.recovery import Passing, WatchBegan, WatchEnded
from tocsin.facts.summaries import WindowSummary
from tocsin.register.model import Integration, Register
from tocsin.register.statements import ENTRY_NAMESPACE
from tocsin.world import World

LOG = incident_log("7K3ABCDEFG")
OTHER = "8K3ABCDEFG"
MODEL = "assistant.model"
PLAN = """plan: back
version: "1"
title: Let it serve again
steps:
  back: {{act: {connector}, target: {target}, wanted: "{wanted}", undo: "off", effect: {effect},
         approvals: "{approvals}", next: done, on_failure: failed}}
  done: {{end: completed}}
  failed: {{end: failed}}
"""
YAML = GATE.replace("seen_by: healthy", "seen_by: seen")
WITH_REGISTRY = msgspec.structs.replace(
    REGISTER,
    systems={
        **REGISTER.systems,
        "assistant": msgspec.structs.replace(ASSISTANT, integrations=("models",)),
    },
    integrations={
        **REGISTER.integrations,
        "models": Integration(
            id="models", kind="mlflow", place="http://127.0.0.1:1",
            settings={"target": "intents@production"},
        ),
    },
)  # fmt: skip


class Set(msgspec.Struct, frozen=True, kw_only=True):
    """The desk, the hands, and their world."""

    desk: Writer
    switch: Hand
    models: Hand

    @property
    def world(self) -> World:
        return self.desk.world


def person(name: str) -> By:
    """A person who signs what they assert with their key."""
    one = KEYS[name]
    author = Author(who=name, kind=Asserter.PERSON, proof=Proof.SIGNATURE, key=one.fingerprint)
    return By(author=author, sign=lambda message: message_signed(one, message))


def message_signed(one, message: bytes):  # type: ignore[no-untyped-def]

    return one.sign(message, ENTRY_NAMESPACE)


def a_set(register: Register = WITH_REGISTRY, *, stopped: bool = True) -> Set:
    """An incident about the assistant, which is stopped; its registry names version 3."""
    switch, models = Hand(), Hand()
    models.state["intents@production"] = "version:3"
    eye = assistant_eye(switch)
    world = world_of({"kill-switch": switch, "models": models}, {"seen": eye})
    desk = enrolled(adopted(Writer(world), register))
    opened(world)
    one = Set(desk=desk, switch=switch, models=models)
    if stopped:
        stop(desk, "assistant", person("ana"), incident="7K3ABCDEFG")
        run_until_idle(world)
        assert switch.state["assistant.model"] == "off"
        world.clock.sleep(60)
    return one


def registered(one: Set, text: str = YAML, because: str = "") -> None:
    register_gate(one.desk, LOG, text.encode(), "gate", because, person("cy"))
    one.world.clock.sleep(60)


def measured(
    one: Set, own: Counted | None = None, attacks: Attacks | None = GOOD_ATTACKS
) -> Measured:
    found = measure(
        one.desk, LOG, None, own or good("3"), good("1"), attacks, {"log": b"rows"}, person("di")
    )
    one.world.clock.sleep(60)
    return found


def begun(one: Set, who: str = "ana") -> Begun:
    return begin_stage(one.desk, LOG, person(who))


def let_go(one: Set, order: int | None, *people: str) -> None:
    assert order is not None
    for name in people:
        author, sign = signing(name)
        approve(one.desk, LOG, order, author, sign=sign)


def served(one: Set) -> Begun:
    """The next stage, begun by ana, approved by bo and cy, and seen."""
    stage = begun(one)
    let_go(one, stage.order, "bo", "cy")
    run_until_idle(one.world)
    one.world.clock.sleep(60)
    return stage


HOME = Author(who="watch", kind=Asserter.WORKER, proof=Proof.PROCESS)


def watch_begun(one: Set, stage: Begun) -> None:
    """What the watch records once the share of a stage was seen to be served."""
    gate = one.desk.known(LOG).recovery.registered["assistant"].place
    began = WatchBegan(gate=gate, system="assistant", stage=stage.stage,
                       until=one.world.clock.now(), detectors=("fallback-rate",))  # fmt: skip
    one.desk.decide(LOG, lambda _: [draft(began, one.world.clock.now())], HOME)


def watched(
    one: Set, stage: Begun, result: Passing = Passing.PASSED, finding: str | None = None
) -> None:
    """What the watch would record of a stage."""
    watch_begun(one, stage)
    gate = one.desk.known(LOG).recovery.registered["assistant"].place
    ended = WatchEnded(
        gate=gate,
        system="assistant",
        stage=stage.stage,
        result=result,
        finding=finding,
        requests=900,
        stopped_by=None,
        because="as seen",
    )
    one.desk.decide(LOG, lambda _: [draft(ended, one.world.clock.now())], HOME)
    one.world.clock.sleep(60)


def an_hour(at: datetime, version: str, requests: int) -> WindowSummary:
    """A window in which a version served so many requests."""
    one = window(version, {"fallback": (requests, 0)})
    [cell] = one.cells
    cell = msgspec.structs.replace(cell, requests=requests)
    return msgspec.structs.replace(one, at=at, last=at, cells=(cell,))


def planned(one: Set, log: str = LOG, *, connector: str = "kill-switch", target: str = MODEL,
            wanted: str = "on", effect: str = "change", approvals: int = 2) -> None:  # fmt: skip
    """A plan with this act, carried out with the approvals that it asks."""
    text = PLAN.format(connector=connector, target=target, wanted=wanted, effect=effect,
                       approvals=approvals)  # fmt: skip
    text = text if approvals else text.replace('approvals: "0", ', "")
    run = start_run(one.desk, log, text.encode(), person("ana"))
    orders = [order.seq for order in one.desk.run(log, run).orders.values()]
    for name in ("bo", "cy")[:approvals]:
        author, sign = signing(name)
        approve(one.desk, log, orders[0], author, sign=sign)
    run_until_idle(one.world)
