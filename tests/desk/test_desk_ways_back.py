"""Every way by which a system comes back leads through its gate."""

from __future__ import annotations

import pytest
from recovery_world import (
    LOG,
    MODEL,
    OTHER,
    PLAN,
    YAML,
    Set,
    a_set,
    let_go,
    measured,
    person,
    planned,
    registered,
    served,
    watched,
)

from desk_world import facts, opened
from gates import good, of, window
from tocsin.desk import run_until_idle
from tocsin.desk.acting.arming import end_rehearsal, rehearse
from tocsin.desk.acting.stopping import stop, undo, undo_order
from tocsin.desk.plans.runs import start_run
from tocsin.desk.recovery.recovery import register_gate
from tocsin.facts import Refused, incident_log
from tocsin.facts.recovery import (
    RECOVERY_LOG,
)
from tocsin.facts.runs import AttemptFailed, Ordered


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
