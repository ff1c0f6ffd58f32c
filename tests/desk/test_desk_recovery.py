"""A system comes back by what was shown, in stages, by two proven people, and by no other way."""

from __future__ import annotations

import threading
from datetime import timedelta

import msgspec
import pytest
from desk_register import signing
from desk_world import BY_ANA, facts, opened
from gates import good, of, window
from recovery_world import (
    LOG,
    WITH_REGISTRY,
    YAML,
    Set,
    a_set,
    begun,
    let_go,
    measured,
    person,
    registered,
    served,
    watched,
)

from tocsin.desk import Worker, run_until_idle
from tocsin.desk.approvals import approve
from tocsin.desk.arming import end_rehearsal, rehearse
from tocsin.desk.glass import break_glass
from tocsin.desk.recovery import attest, register_gate
from tocsin.desk.runs import start_run
from tocsin.desk.shortcuts import make_good, take_shortcut
from tocsin.desk.signed_off import sign_off
from tocsin.desk.stopping import stop, undo, undo_order
from tocsin.facts import Refused, incident_log
from tocsin.facts.dues import FellDue
from tocsin.facts.recovery import (
    MODELS_LOG,
    RECOVERY_LOG,
    CriterionMeasured,
    ModelSignedOff,
    Passing,
    ShortcutTaken,
    StageStarted,
)
from tocsin.facts.runs import AttemptFailed, Ordered, Receipted, RunStarted
from tocsin.register.model import Register, Vendor

OTHER = "8K3ABCDEFG"
MODEL = "assistant.model"


def test_it_comes_back_stage_by_stage() -> None:
    one = a_set()
    registered(one)
    assert {judged.result for judged in measured(one).judged} == {Passing.PASSED}
    for share in ("1 %", "10 %", "on"):
        stage = served(one)
        assert one.switch.state[MODEL] == share, facts(one.world, AttemptFailed)
        watched(one, stage)
    with pytest.raises(Refused, match="every stage of its gate was served and watched"):
        begun(one)
    assert [fact.share for fact in facts(one.world, StageStarted)] == [100, 1000, 10_000]


def test_nothing_begins_before_it_was_measured_and_the_reason_is_said() -> None:
    one = a_set()
    with pytest.raises(Refused, match="no gate was registered"):
        begun(one)
    registered(one)
    with pytest.raises(Refused, match="no candidate was measured yet"):
        begun(one)
    bad = of("3", window("3", {"fallback": (20_000, 2400), "error": (20_000, 40)},
                         {"f": (5000, 2500), "m": (5000, 2500)}))  # fmt: skip
    measured(one, bad)
    with pytest.raises(Refused, match=r"fallback is 0.08 above baseline 1, margin 0.02, 97.5 %"):
        begun(one)


def test_a_stage_waits_for_the_watch_over_the_one_before() -> None:
    one = a_set()
    registered(one)
    measured(one)
    stage = served(one)
    planned(one)
    assert "stage 1 (1 %) was not yet seen to be served" in facts(one.world, AttemptFailed)[-1].why
    assert one.switch.state[MODEL] == "1 %"
    watched(one, stage, Passing.UNDETERMINED)
    assert begun(one).stage == 1  # no data is no pass: it is served and watched again


def test_a_failed_watch_begins_the_chain_anew() -> None:
    one = a_set()
    registered(one)
    measured(one)
    watched(one, served(one))
    watched(one, served(one), Passing.FAILED, "f-1")
    assert begun(one).stage == 1


def test_a_stop_begins_the_chain_anew() -> None:
    one = a_set()
    registered(one)
    measured(one)
    watched(one, served(one))
    stop(one.desk, "assistant", person("bo"))
    run_until_idle(one.world)
    one.world.clock.sleep(1)
    assert one.switch.state[MODEL] == "off" and begun(one).stage == 1


def test_a_new_gate_needs_a_reason_and_voids_what_was_measured() -> None:
    one = a_set()
    registered(one)
    measured(one)
    easier = YAML.replace("margin: 2%", "margin: 9%")
    with pytest.raises(Refused, match="voids what was measured by it: say why"):
        registered(one, easier)
    registered(one, easier, "the margin was too strict for a small shop")
    with pytest.raises(Refused, match="no candidate was measured yet"):
        begun(one)
    with pytest.raises(Refused, match="this very gate is registered already"):
        registered(one, easier, "again")


def test_what_cites_another_gate_or_came_before_it_counts_for_nothing() -> None:
    one = a_set()
    registered(one)
    measured(one)
    early = facts(one.world, CriterionMeasured)
    registered(one, YAML.replace("margin: 2%", "margin: 3%"), "because")
    assert (
        early
        and not one.desk.known(LOG)
        .recovery.of(one.desk.known(LOG).recovery.registered["assistant"])
        .measured
    )


def test_looks_are_counted_and_too_few_to_judge_is_no_look() -> None:
    one = a_set()
    registered(one)
    few = of("3", window("3", {"fallback": (10, 0), "error": (10, 0)}))
    measured(one, few, None)
    measured(one)
    with pytest.raises(Refused, match="was measured 1 times, as often as the gate allows"):
        measured(one)


def test_two_people_neither_of_whom_asked_and_one_not_of_the_team() -> None:
    system = msgspec.structs.replace(WITH_REGISTRY.systems["assistant"], built_by=("bo", "cy"))
    one = a_set(
        msgspec.structs.replace(
            WITH_REGISTRY, systems={**WITH_REGISTRY.systems, "assistant": system}
        )
    )
    registered(one)
    measured(one)
    stage = begun(one, "ana")
    with pytest.raises(Refused, match="ana asked for this action"):
        let_go(one, stage.order, "ana")
    let_go(one, stage.order, "bo")
    with pytest.raises(Refused, match="built assistant; one of two who let it come back"):
        let_go(one, stage.order, "cy")
    let_go(one, stage.order, "di")
    run_until_idle(one.world)
    assert one.switch.state[MODEL] == "1 %"


def test_breaking_the_glass_is_no_way_back() -> None:
    one = a_set()
    registered(one)
    measured(one)
    stage = begun(one)
    author, sign = signing("bo")
    assert stage.order is not None
    break_glass(one.desk, LOG, stage.order, author, because="now", sign=sign)
    run_until_idle(one.world)
    assert one.switch.state[MODEL] == "off"
    assert "two proven people" in facts(one.world, AttemptFailed)[-1].why


def test_the_registry_must_name_the_candidate() -> None:
    one = a_set()
    registered(one)
    measured(one)
    one.models.state["intents@production"] = "version:2"
    with pytest.raises(Refused, match="names version:2, and the candidate is 3"):
        begun(one)


def test_two_commanders_begin_one_stage() -> None:
    one = a_set()
    registered(one)
    measured(one)
    gate = threading.Barrier(2)
    told: list[object] = []

    def begin(who: str) -> None:
        gate.wait()
        try:
            told.append(begun(one, who))
        except Refused as no:
            told.append(str(no))

    threads = [threading.Thread(target=begin, args=(who,)) for who in ("ana", "bo")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(facts(one.world, StageStarted)) == 1
    assert sum(isinstance(said, str) and "is under way" in said for said in told) == 1


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("arrives", [True, False])
def test_a_worker_that_dies_between_order_and_receipt(arrives: bool) -> None:
    one = a_set()
    registered(one)
    measured(one)
    stage = begun(one)
    let_go(one, stage.order, "bo", "cy")

    def die() -> None:
        one.switch.on_act = lambda: None
        if arrives:
            one.switch.state[MODEL] = "1 %"
        raise Killed

    one.switch.on_act = die
    with pytest.raises(Killed):
        run_until_idle(one.world)
    one.world.clock.sleep(120)
    run_until_idle(one.world, worker=Worker(one.world))
    assert one.switch.state[MODEL] == "1 %"
    assert len([f for f in facts(one.world, Receipted) if f.run == stage.run]) == 1
    watched(one, stage)
    assert begun(one).stage == 2


# ---- Every way by which a system comes back ----

PLAN = """plan: back
version: "1"
title: Let it serve again
steps:
  back: {{act: {connector}, target: {target}, wanted: "{wanted}", undo: "off", effect: {effect},
         approvals: "{approvals}", next: done, on_failure: failed}}
  done: {{end: completed}}
  failed: {{end: failed}}
"""


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


def by_undo(one: Set) -> None:
    """Of the stop it is refused; of a stage it turns that off again."""
    if one.switch.state[MODEL] == "off":
        with pytest.raises(Refused, match="comes back through its gate"):
            undo(one.desk, "assistant", person("ana"))
        return
    back = undo(one.desk, "assistant", person("ana"))
    let_go(one, max(one.desk.run(LOG, back.run).orders), "bo", "cy")
    run_until_idle(one.world)


def by_undo_of_the_action(one: Set) -> None:
    order = next(e.seq for e in one.world.journal.read(LOG) if isinstance(e.fact, Ordered))
    with pytest.raises(Refused, match=r"comes back through its gate|was changed since"):
        undo_order(one.desk, LOG, order, person("ana"))


def by_a_plan(one: Set) -> None:
    planned(one)


def by_a_plan_that_asks_nobody(one: Set) -> None:
    planned(one, approvals=0)


def by_a_plan_that_calls_it_a_stop(one: Set) -> None:
    planned(one, effect="stop", approvals=0)


def by_a_share_of_ones_own(one: Set) -> None:
    planned(one, wanted="99 %")


def by_another_incident(one: Set) -> None:
    opened(one.world, incident_log(OTHER))
    planned(one, incident_log(OTHER))


def by_an_incident_about_another_system(one: Set) -> None:
    opened(one.world, incident_log(OTHER), systems=("other",))
    planned(one, incident_log(OTHER))


def by_a_plan_called_a_rehearsal(one: Set) -> None:
    text = PLAN.format(connector="kill-switch", target=MODEL, wanted="on", effect="change",
                       approvals=2).replace("plan: back", "plan: rehearse-assistant")  # fmt: skip
    run = start_run(one.desk, LOG, text.encode(), person("ana"))
    [order] = one.desk.run(LOG, run).orders
    let_go(one, order, "bo", "cy")
    run_until_idle(one.world)


def by_a_rehearsal(one: Set) -> None:
    with pytest.raises(Refused):
        rehearse(one.desk, "assistant", person("ana"))


def by_closing_the_incident(one: Set) -> None:
    end_rehearsal(one.desk, "7K3ABCDEFG", person("ana"))
    by_another_incident(one)


def by_the_registry(one: Set) -> None:
    planned(one, connector="models", target="intents@production", wanted="version:4")
    assert one.models.state["intents@production"] == "version:3"


WAYS = [by_undo, by_undo_of_the_action, by_a_plan, by_a_plan_that_asks_nobody,
        by_a_plan_that_calls_it_a_stop, by_a_share_of_ones_own, by_another_incident,
        by_an_incident_about_another_system, by_a_plan_called_a_rehearsal, by_a_rehearsal,
        by_closing_the_incident, by_the_registry]  # fmt: skip


@pytest.mark.parametrize("how", ["nothing measured", "failed", "undetermined", "one stage short"])
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_no_way_leads_around_the_gate(way, how: str) -> None:  # type: ignore[no-untyped-def]
    one = a_set()
    registered(one)
    if how == "failed":
        measured(one, of("3", window("3", {"fallback": (900, 800), "error": (900, 0)})))
    if how == "undetermined":
        measured(one, good("3"), None)
    if how == "one stage short":
        measured(one)
        watched(one, served(one))
        watched(one, served(one))
        one.world.clock.sleep(60)
    before = one.switch.state[MODEL]
    way(one)
    assert one.switch.state[MODEL] in (before, "off")
    refused = [fact.why for fact in facts(one.world, AttemptFailed)]
    assert all("gate" in why for why in refused)


@pytest.mark.parametrize("way", [by_a_plan, by_another_incident], ids=lambda way: way.__name__)
def test_a_gate_that_stands_for_the_system_holds_in_every_incident(way) -> None:  # type: ignore[no-untyped-def]
    one = a_set()
    register_gate(one.desk, RECOVERY_LOG, YAML.encode(), "gate", "", person("cy"))
    one.world.clock.sleep(60)
    way(one)
    assert one.switch.state[MODEL] == "off"
    measured(one)
    assert served(one).share == 100 and one.switch.state[MODEL] == "1 %"


def test_without_a_gate_all_is_as_it_was() -> None:
    one = a_set()
    planned(one, approvals=0)
    assert one.switch.state[MODEL] == "on"
    stop(one.desk, "assistant", person("ana"))
    run_until_idle(one.world)
    undo(one.desk, "assistant", person("ana"))
    run_until_idle(one.world)
    assert one.switch.state[MODEL] == "on"


def test_a_stop_and_words_pass_always() -> None:
    one = a_set(stopped=False)
    registered(one)
    stop(one.desk, "assistant", person("ana"))
    run_until_idle(one.world)
    assert one.switch.state[MODEL] == "off"


def test_the_baseline_may_always_be_put_in_place_and_so_may_who_was_measured() -> None:
    one = a_set()
    registered(one)
    planned(one, connector="models", target="intents@production", wanted="version:1")
    assert one.models.state["intents@production"] == "version:1"
    measured(one)
    planned(one, connector="models", target="intents@production", wanted="version:3")
    assert one.models.state["intents@production"] == "version:3"


def test_a_rehearsal_while_all_is_well_takes_back_its_own_stop() -> None:
    one = a_set(stopped=False)
    register_gate(one.desk, RECOVERY_LOG, YAML.encode(), "gate", "", person("cy"))
    end_rehearsal(one.desk, "7K3ABCDEFG", person("ana"))
    rehearse(one.desk, "assistant", person("ana"))
    run_until_idle(one.world)
    assert one.switch.calls and one.switch.state[MODEL] == "on"


# ---- Shortcuts ----


def shortcut(
    one: Set, skipped: str, who: str = "cy", hours: int = 48, because: str = "harm"
) -> str:
    until = one.world.clock.now() + timedelta(hours=hours)
    return take_shortcut(one.desk, LOG, person(who), skipped=skipped, until=until,
                         because=because, candidate="3")[1]  # fmt: skip


def test_a_shortcut_is_signed_has_a_reason_and_an_end() -> None:
    one = a_set()
    registered(one)
    measured(one, good("3"), None)
    with pytest.raises(Refused, match="jailbreaks: not measured yet"):
        begun(one)
    with pytest.raises(Refused, match=r"a shortcut is signed|is not enough"):
        take_shortcut(one.desk, LOG, BY_ANA, skipped="jailbreaks", because="harm",
                      until=one.world.clock.now() + timedelta(hours=1))  # fmt: skip
    with pytest.raises(Refused, match="say why"):
        shortcut(one, "jailbreaks", because=" ")
    with pytest.raises(Refused, match="is over"):
        shortcut(one, "jailbreaks", hours=-1)
    with pytest.raises(Refused, match="did you mean"):
        shortcut(one, "jailbreak")
    shortcut(one, "jailbreaks")
    assert begun(one).stage == 1
    [fact] = facts(one.world, ShortcutTaken)
    assert (fact.skipped, fact.candidate) == ("jailbreaks", "3")


def test_counsel_and_commander_are_told_of_a_shortcut() -> None:
    one = a_set()
    registered(one)
    untold = shortcut(one, "jailbreaks")
    told = [fact.plan for fact in facts(one.world, RunStarted) if fact.plan == "shortcut-told"]
    assert bool(told) != bool(untold)


def test_a_shortcut_that_is_over_lets_nothing_pass() -> None:
    one = a_set()
    registered(one)
    measured(one, good("3"), None)
    shortcut(one, "jailbreaks", hours=1)
    one.world.clock.sleep(3601)
    with pytest.raises(Refused, match="jailbreaks: not measured yet"):
        begun(one)


def test_a_shortcut_made_good_lets_nothing_pass_by_itself() -> None:
    one = a_set()
    registered(one)
    measured(one, good("3"), None)
    shortcut(one, "jailbreaks")
    make_good(one.desk, LOG, person("cy"), skipped="jailbreaks", because="replayed by hand")
    with pytest.raises(Refused, match="jailbreaks: not measured yet"):
        begun(one)


def test_a_shortcut_around_the_stages_lets_all_come_back_under_two_keys() -> None:
    one = a_set()
    registered(one)
    measured(one)
    shortcut(one, "stages")
    back = undo(one.desk, "assistant", person("ana"))
    run_until_idle(one.world, until=one.world.clock.now())
    assert one.switch.state[MODEL] == "off"  # it waits for two
    [order] = one.desk.run(LOG, back.run).orders
    let_go(one, order, "bo", "cy")
    run_until_idle(one.world)
    assert one.switch.state[MODEL] == "on"


# ---- Vendors and validators ----


def with_system(**changes: object) -> Register:
    system = msgspec.structs.replace(WITH_REGISTRY.systems["assistant"], **changes)
    return msgspec.structs.replace(
        WITH_REGISTRY, systems={**WITH_REGISTRY.systems, "assistant": system}
    )


def test_a_vendor_attests_first_where_the_gate_asks() -> None:
    vendor = Vendor(name="Knowledge Vendor", contact="soc@vendor.example")
    one = a_set(with_system(vendors=(vendor,)))
    with pytest.raises(Refused, match="did you mean"):
        registered(one, YAML + "attested_by: [Knowledge Vender]\n")
    registered(one, YAML + "attested_by: [Knowledge Vendor]\n")
    measured(one)
    with pytest.raises(Refused, match="Knowledge Vendor has not attested yet"):
        begun(one)
    with pytest.raises(Refused, match="an empty file"):
        attest(one.desk, LOG, None, "Knowledge Vendor", b" ", "all clear", person("di"))
    attest(one.desk, LOG, None, "Knowledge Vendor", b"signed", "all clear", person("di"))
    assert begun(one).stage == 1


def signed(
    one: Set, version: str = "3", validator: str = "di", days: int = 30, **more: object
) -> None:
    fact = ModelSignedOff(
        model="intents", version=version, tier=1, validator=validator, owner="ana",
        developers=("bo",), findings="", restriction="only EU",
        expires_at=one.world.clock.now() + timedelta(days=days), evidence=None,
    )  # fmt: skip
    sign_off(one.desk, msgspec.structs.replace(fact, **more), person(validator))


def test_where_the_register_asks_nothing_comes_back_without_a_sign_off() -> None:
    one = a_set(with_system(sign_off="intents"))
    registered(one)
    measured(one)
    with pytest.raises(Refused, match="intents version 3: nobody signed it off"):
        begun(one)
    signed(one, "2")
    with pytest.raises(Refused, match="nobody signed it off"):
        begun(one)
    with pytest.raises(Refused, match="bo built intents"):
        signed(one, validator="bo")
    with pytest.raises(Refused, match="ana owns intents"):
        signed(one, validator="ana")
    signed(one, days=1)
    stage = begun(one)
    one.world.clock.sleep(2 * 86400)  # it ends before the people have decided
    let_go(one, stage.order, "bo", "cy")
    run_until_idle(one.world)
    assert one.switch.state[MODEL] == "off"
    assert "its sign-off ended" in facts(one.world, AttemptFailed)[-1].why


def test_systems_of_lower_tiers_need_none() -> None:
    one = a_set(with_system(sign_off="intents", tier=3))
    registered(one)
    measured(one)
    assert begun(one).stage == 1


def test_a_switch_without_shares_serves_no_stage() -> None:
    kill = msgspec.structs.replace(WITH_REGISTRY.integrations["kill-switch"], kind="file-switch")
    one = a_set(
        msgspec.structs.replace(
            WITH_REGISTRY, integrations={**WITH_REGISTRY.integrations, "kill-switch": kill}
        )
    )
    with pytest.raises(Refused, match="serves no share"):
        registered(one)
    lines = [line for line in YAML.splitlines() if "share: 1" not in line or "100%" in line]
    registered(one, "\n".join(lines))
    measured(one)
    planned(one)
    assert one.switch.state[MODEL] == "off"
    served(one)
    assert one.switch.state[MODEL] == "on"


def test_a_sign_off_that_ends_is_told() -> None:
    one = a_set(with_system(sign_off="intents"))
    signed(one, days=1)
    one.world.clock.sleep(86400 + 1)
    run_until_idle(one.world, until=one.world.clock.now())
    [fell] = facts(one.world, FellDue, MODELS_LOG)
    assert fell.about == "intents 3" and fell.told_by is None  # no mail is set up here
