"""A plan goes out as a valid playbook and comes back as it went, or with what others changed."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cacao_official import official, schemas_absent
from hypothesis import given, settings
from jsonschema import Draft7Validator
from random_plans import plans as other_plans
from written_plans import plans

from tocsin.playbook.cacao.bring_in import Imported, imported
from tocsin.playbook.cacao.extension import EXTENSION, schema
from tocsin.playbook.cacao.identifiers import identifier, playbook_id
from tocsin.playbook.cacao.send_out import instant, sent
from tocsin.playbook.cacao.vocabulary import IDENTIFIER
from tocsin.playbook.plan import Plan
from tocsin.playbook.read import plan_of
from tocsin.playbook.write import yaml_of

ROOT = Path(__file__).parents[2]
SHIPPED = [*sorted((ROOT / "playbooks").glob("*.yaml")), ROOT / "examples/first-response/plan.yaml"]
AT = datetime(2026, 11, 26, 12, 0, 0, 123_456, tzinfo=UTC)
PLAN = b"""
plan: quarantine
version: "3"
title: A poisoned corpus is put aside
failure_mode: data-poisoning
techniques: [AML.T0020]
variables:
  share: {type: decimal, value: "0.25", means: one in four}
  live: {type: yes or no, value: "yes", means: serving}
steps:
  at-once:
    parallel: [stop, tell]
    next: sure
  stop:
    act: switch
    target: assistant.model
    wanted: "off"
    effect: stop
    undo: "on"
    next: seen
    on_failure: join
  seen:
    probe: eye
    target: assistant
    wanted: "off"
    next: join
    on_not_shown: settles
    on_undetermined: settles
  settles:
    wait: 3s
    rounds_max: 3
    next: seen
    on_rounds_max: join
  tell:
    tell: [counsel]
    subject: Hear this
    text: It is {finding.metric}.
    through: mail
    next: join
  sure:
    decide:
      - {when: finding.observed > 0.25, next: ask}
    otherwise: over
    undetermined: ask
  ask:
    ask: Is the corpus poisoned?
    role: data-science-lead
    choices: {"yes, all of it": yes-no, "no": over, part: yes-no}
    limit: 2h
    on_limit: part
  yes-no:
    approve: Put the corpus aside
    role: counsel
    limit: 1h
    on_limit: other
    next: other
    on_declined: over
  other:
    call: retrain
    next: over
    on_failure: failed
  over: {end: completed}
  failed: {end: failed}
"""


def document(plan: Plan | None = None) -> Any:
    return json.loads(sent(plan or plan_of(PLAN), AT).bytes)


def back(playbook: object, *, only_asking: bool = False) -> Imported:
    data = json.dumps(playbook, indent=1).encode()
    return imported(data, "playbook.json", only_asking=only_asking)


def step_of(playbook: Any, name: str) -> Any:
    [found] = [
        step for step in playbook["workflow"].values()
        if step.get("step_extensions", {}).get(EXTENSION, {}).get("id") == name
        and step["step_extensions"][EXTENSION]["type"] == "step"
    ]  # fmt: skip
    return found


def id_of(playbook: Any, name: str) -> str:
    [found] = [id_ for id_, step in playbook["workflow"].items() if step is step_of(playbook, name)]
    return found


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_plan_comes_back_as_it_went(path: Path) -> None:
    plan = plan_of(path.read_bytes())
    came = back(document(plan))
    assert came.yaml == yaml_of(plan)
    assert not came.repairs and not came.losses


@settings(max_examples=30, deadline=None)
@given(plans() | other_plans())
def test_any_plan_comes_back_as_it_went(plan: Plan) -> None:
    came = imported(sent(plan, AT).bytes, "playbook.json")
    assert came.yaml == yaml_of(plan), came.mistakes or came.repairs
    assert not came.repairs and not came.losses


@schemas_absent
@settings(max_examples=15, deadline=None)
@given(plans())
def test_any_plan_is_valid_by_the_official_schemas(plan: Plan) -> None:
    assert [error.message for error in official().iter_errors(document(plan))] == []


@schemas_absent
@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_plan_is_valid_by_the_official_schemas(path: Path) -> None:
    playbook = document(plan_of(path.read_bytes()))
    assert [error.message for error in official().iter_errors(playbook)] == []


@settings(max_examples=15, deadline=None)
@given(plans())
def test_what_the_extension_holds_is_as_its_own_schema_says(plan: Plan) -> None:
    playbook = document(plan)
    ours = Draft7Validator(schema())
    held = [playbook["playbook_extensions"][EXTENSION]]
    held += [s["step_extensions"][EXTENSION] for s in playbook["workflow"].values()
             if "step_extensions" in s]  # fmt: skip
    for one in held:
        assert [error.message for error in ours.iter_errors(one)] == []


def test_the_published_schema_of_the_extension_is_the_one_that_is_used() -> None:
    published = json.loads((ROOT / "playbooks" / "cacao-extension.schema.json").read_text())
    Draft7Validator.check_schema(published)
    assert published == schema(), "write it anew: json.dumps(extension.schema(), indent=2)"


def test_the_same_plan_and_instant_give_the_same_bytes_and_ids_do_not_hang_on_the_instant() -> None:
    plan = plan_of(PLAN)
    assert sent(plan, AT).bytes == sent(plan, AT).bytes
    later = sent(plan, AT + timedelta(days=1)).document
    assert later["workflow"] == sent(plan, AT).document["workflow"]
    assert later["id"] == sent(plan, AT).document["id"] == playbook_id("quarantine")


def test_identifiers_are_uuids_of_version_five() -> None:
    assert IDENTIFIER.fullmatch(identifier("action", "a", "b"))
    assert identifier("action", "a", "b") != identifier("action", "ab")
    assert identifier("x1", "a").partition("--")[2][14] == "5"
    own = "playbook--9f1c8f0e-4f0a-4c53-9d0c-1b6c5e7a2d11"
    assert playbook_id(own) == own != playbook_id("playbook")


def test_instants_have_three_digits_and_are_in_utc() -> None:
    assert instant(AT) == "2026-11-26T12:00:00.123Z"


def test_no_step_is_a_command_that_another_tool_could_execute() -> None:
    for step in document()["workflow"].values():
        assert {command["type"] for command in step.get("commands", [])} <= {"manual"}


def test_two_results_are_success_and_failure_and_more_are_a_switch() -> None:
    playbook = document()
    stop = step_of(playbook, "stop")
    assert stop["on_success"] == id_of(playbook, "seen")
    assert playbook["workflow"][stop["on_failure"]]["type"] == "end"
    asked = step_of(playbook, "ask")
    assert asked["commands"][0]["command"] == "Is the corpus poisoned?"
    assert asked["timeout"] == 7_200_000
    switch = playbook["workflow"][asked["on_completion"]]
    assert list(switch["cases"]) == ["yes-all-of-it", "no", "part"]
    assert re.fullmatch(r"__result_ask__:value", switch["switch"])
    assert asked["out_args"] == ["__result_ask__"]
    assert "__result_ask__" in playbook["playbook_variables"]


def test_each_branch_ends_in_an_end_of_its_own() -> None:
    playbook = document()
    parallel = step_of(playbook, "at-once")
    assert [playbook["workflow"][to]["name"] for to in parallel["next_steps"]] == ["stop", "tell"]
    tells = playbook["workflow"][step_of(playbook, "tell")["on_success"]]
    stops = playbook["workflow"][step_of(playbook, "stop")["on_failure"]]
    assert (tells["name"], stops["name"]) == ("end of at-once[1]", "end of at-once[0]")


def test_a_bounded_circle_is_a_delay_and_a_condition() -> None:
    playbook = document()
    settles = step_of(playbook, "settles")
    which = playbook["workflow"][settles["on_completion"]]
    assert settles["delay"] == 3000
    assert which["condition"] == "__result_settles__:value <= 3"
    assert which["on_true"] == id_of(playbook, "seen")


def test_without_the_extension_the_playbook_still_asks_every_step() -> None:
    playbook = document()
    for came in (back({**playbook, "playbook_extensions": {}}), back(playbook, only_asking=True)):
        assert came.plan is not None
        assert not came.plan.connectors and not came.plan.probes


def test_an_edge_that_others_changed_is_taken_over_and_told() -> None:
    playbook = document()
    step_of(playbook, "other")["on_failure"] = id_of(playbook, "over")
    which = step_of(playbook, "ask")["on_completion"]
    playbook["workflow"][which]["cases"]["part"] = id_of(playbook, "over")
    came = back(playbook)
    assert came.plan is not None
    said = {(one.path.rpartition(".")[2], one.done) for one in came.repairs}
    assert ("part", "leads to over now") in said
    assert came.plan.steps["ask"].choices["part"] == "over"  # type: ignore[union-attr]


def test_a_change_that_leaves_no_readable_plan_is_told_and_not_made() -> None:
    playbook = document()
    step_of(playbook, "tell")["on_success"] = id_of(playbook, "seen")  # into another branch
    came = back(playbook)
    assert came.yaml == yaml_of(plan_of(PLAN))
    [loss] = came.losses
    assert loss.path.endswith(".on_success") and "could not be read any more" in loss.what


def test_words_roles_and_spans_that_others_changed_are_taken_over() -> None:
    playbook = document()
    playbook["name"] = "Another title"
    playbook["playbook_variables"]["__share__"]["value"] = "0.5"
    playbook["playbook_variables"]["__live__"]["value"] = "false"
    asked = step_of(playbook, "ask")
    asked["commands"][0]["command"] = "Is it?"
    asked["timeout"] = 60_000
    asked["agent"] = step_of(playbook, "yes-no")["agent"]
    step_of(playbook, "yes-no")["commands"][0]["command"] = "Say yes or no: Put all aside"
    step_of(playbook, "settles")["delay"] = 9000
    came = back(playbook)
    assert came.plan is not None and not came.losses
    asks: Any = came.plan.steps["ask"]
    assert (asks.question, asks.role, asks.limit_seconds) == ("Is it?", "counsel", 60)
    assert came.plan.title == "Another title"
    assert came.plan.steps["yes-no"].subject == "Put all aside"  # type: ignore[union-attr]
    assert came.plan.steps["settles"].seconds == 9  # type: ignore[union-attr]
    assert {n: v.held for n, v in came.plan.variables.items()} == {"share": 0.5, "live": False}
    assert len(came.repairs) == 8


def test_what_others_added_and_we_cannot_hold_is_told() -> None:
    playbook = document()
    playbook["impact"] = 3
    step_of(playbook, "stop")["name"] = "Halt"
    step_of(playbook, "stop")["description"] = "At once."
    came = back(playbook)
    assert came.yaml == yaml_of(plan_of(PLAN))
    assert {loss.path.rpartition(".")[2] for loss in came.losses} == {
        "impact", "name", "description",
    }  # fmt: skip


NEW = "action--9f1c8f0e-4f0a-4c53-9d0c-1b6c5e7a2d11"


def test_a_step_that_others_added_is_a_question_and_all_else_stays() -> None:
    playbook = document()
    playbook["workflow"][NEW] = {
        "type": "action", "name": "Call the press", "on_completion": id_of(playbook, "over"),
        "commands": [{"type": "bash", "command": "rm -rf /"}],
    }  # fmt: skip
    step_of(playbook, "other")["on_success"] = NEW
    came = back(playbook)
    assert came.plan is not None and came.plan.connectors == {"switch", "mail"}
    assert came.plan.steps["other"].next == "call-the-press"  # type: ignore[union-attr]
    added: Any = came.plan.steps["call-the-press"]
    assert added.choices == {"done": "over", "cannot": "over"}
    assert "By hand instead of bash: rm -rf /" in added.question
    assert (f"$.workflow.{NEW}", "a step that others added") in {
        (r.path, r.found) for r in came.repairs
    }


def test_steps_that_fit_nowhere_or_are_gone_make_the_playbook_count_and_it_is_told() -> None:
    unreached, without = document(), document()
    unreached["workflow"][NEW] = {"type": "action", "on_completion": id_of(unreached, "over")}
    del without["workflow"][id_of(without, "settles")]
    for playbook in (unreached, without):
        came = back(playbook)
        assert came.plan is not None and not came.plan.connectors
    assert any(r.path == f"$.workflow.{NEW}" for r in back(unreached).repairs)


def test_an_extension_that_holds_no_plan_is_left_aside() -> None:
    playbook = document()
    playbook["playbook_extensions"][EXTENSION]["plan"]["start"] = "nowhere"
    came = back(playbook)
    assert came.plan is not None and not came.plan.connectors
    assert any("holds no plan" in r.found for r in came.repairs)
