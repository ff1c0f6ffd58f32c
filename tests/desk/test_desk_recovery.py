"""A system comes back by what was shown, in stages, by two proven people, and by no other way."""

from __future__ import annotations

import threading

import msgspec
import pytest
from recovery_world import (
    LOG,
    MODEL,
    WITH_REGISTRY,
    YAML,
    a_set,
    begun,
    let_go,
    measured,
    person,
    planned,
    registered,
    served,
    watched,
)

from desk_register import signing
from desk_world import facts
from gates import of, window
from tocsin.desk import Worker, run_until_idle
from tocsin.desk.acting.stopping import stop
from tocsin.desk.approving.glass import break_glass
from tocsin.desk.recovery.standing import standings
from tocsin.detection.compared.criteria import Counted
from tocsin.facts import Refused
from tocsin.facts.recovery import (
    CriterionMeasured,
    Passing,
    StageStarted,
)
from tocsin.facts.runs import AttemptFailed, Receipted


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


def test_what_is_next_once_the_looks_are_used_up_can_be_done() -> None:
    one = a_set()
    registered(one)
    bad = of("3", window("3", {"fallback": (20_000, 2400), "error": (20_000, 40)}))

    def next_told() -> str:
        [standing] = standings(one.desk, LOG)
        return str(standing.next)

    fresh = "tocsin recovery measure 7K3ABCDEFG --log CANDIDATE.parquet --attacks RESULTS.jsonl"
    assert next_told() == fresh
    measured(one, bad, None)
    told = next_told()
    assert told.startswith(
        "version 3 was measured as often as its gate allows (1); measure another"
    )
    assert "--log OTHER.parquet" in told and "tocsin recovery register 7K3ABCDEFG --gate" in told
    registered(one, YAML.replace("margin: 2%", "margin: 3%"), "because")
    measured(one, None, None)
    assert next_told() == (
        "tocsin recovery measure 7K3ABCDEFG --attacks RESULTS.jsonl --candidate 3"
    ), "a log would be refused, and nothing but attacks is left"
    measured(one, Counted(version="3"))
    assert next_told() == "tocsin recovery next 7K3ABCDEFG"


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


# ---- Shortcuts ----


# ---- Vendors and validators ----
