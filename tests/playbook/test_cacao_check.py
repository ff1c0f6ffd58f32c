"""Every planted defect of a playbook is found where it stands, and nothing else is told."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cacao_official import FOREIGN, absent
from hypothesis import given, settings
from random_cacao import NONSENSE, playbooks
from written_plans import plans

from tocsin.playbook.cacao.bring_in import imported
from tocsin.playbook.cacao.check import mistakes_of_cacao
from tocsin.playbook.cacao.send_out import sent
from tocsin.playbook.cacao.stix_comparison import wrong_with
from tocsin.playbook.write import yaml_of
from tocsin.register.mistakes import mistakes_only


def of(type_: str, number: int) -> str:
    return f"{type_}--0000000{number}-4f0a-4c53-9d0c-1b6c5e7a2d11"


START, LOOK, ACT, OVER = of("start", 1), of("action", 2), of("action", 3), of("end", 4)
CHECK, LOOP, SWITCH, BOTH = (of("if-condition", 5), of("while-condition", 6),
                             of("switch-condition", 7), of("parallel", 8))  # fmt: skip
ROLE, HOST, LOGIN = of("individual", 1), of("linux", 2), of("user-auth", 3)
STEP = f"$.workflow.{ACT}"

GOOD: dict[str, Any] = {
    "type": "playbook",
    "spec_version": "cacao-2.0",
    "id": of("playbook", 1),
    "name": "Put a poisoned corpus aside",
    "created_by": of("identity", 1),
    "created": "2026-11-26T12:00:00.000Z",
    "modified": "2026-11-26T12:00:00.000Z",
    "valid_from": "2026-11-26T12:00:00.000Z",
    "valid_until": "2027-11-26T12:00:00.000Z",
    "severity": 70,
    "labels": ["ai"],
    "external_references": [{"name": "ATLAS", "external_id": "AML.T0020"}],
    "playbook_variables": {
        "__share__": {"type": "float", "value": "0.25", "constant": True},
        "__found__": {"type": "string"},
        "__password__": {"type": "string", "external": True},
    },
    "workflow_start": START,
    "workflow": {
        START: {"type": "start", "on_completion": LOOK},
        LOOK: {
            "type": "action", "name": "look", "agent": ROLE, "targets": [HOST],
            "commands": [{"type": "manual", "command": "Is __share__:value passed?"},
                         {"type": "vendor-tool", "anything": 1}],
            "out_args": ["__found__"], "on_success": CHECK, "on_failure": OVER, "timeout": 1000,
        },
        CHECK: {"type": "if-condition", "condition": "__found__:value = 'yes'", "on_true": BOTH,
                "on_false": LOOP, "on_completion": ACT},
        LOOP: {"type": "while-condition", "condition": "__found__:value != 'no'",
               "on_true": SWITCH, "on_completion": of("end", 5)},
        SWITCH: {"type": "switch-condition", "switch": "__found__:value",
                 "cases": {"a": of("end", 6), "default": of("end", 7)}},
        BOTH: {"type": "parallel", "next_steps": [of("end", 8), of("end", 9)],
               "on_completion": of("end", 5)},
        ACT: {"type": "action", "name": "act", "agent": ROLE, "on_completion": OVER,
              "commands": [{"type": "bash", "command": "mv corpus aside"}]},
        OVER: {"type": "end"},
        **{of("end", n): {"type": "end"} for n in (5, 6, 7, 8, 9)},
    },
    "agent_definitions": {
        ROLE: {"type": "individual", "name": "Data science lead",
               "contact": {"email": {"work": "lead@example.org"}}},
        of("soarca", 1): {"type": "soarca", "name": "a vendor's own", "own": True},
    },
    "target_definitions": {
        HOST: {"type": "linux", "name": "host", "address": {"ipv4": ["10.0.0.1"]},
               "authentication_info": LOGIN}
    },
    "authentication_info_definitions": {
        LOGIN: {"type": "user-auth", "username": "x", "password": "__password__:value"}
    },
}  # fmt: skip


def told(document: object) -> list[tuple[str, str]]:
    found = mistakes_of_cacao(json.dumps(document, indent=1).encode(), "playbook.json")
    assert all(one.line >= 1 and one.remedy for one in found)
    return [(one.path, one.found) for one in found]


def planted(plant: Callable[[dict[str, Any]], object]) -> list[tuple[str, str]]:
    document = copy.deepcopy(GOOD)
    plant(document)
    return told(document)


def test_nothing_is_told_of_a_good_playbook() -> None:
    assert told(GOOD) == []


def step(document: dict[str, Any], name: str = ACT) -> dict[str, Any]:
    found: dict[str, Any] = document["workflow"][name]
    return found


def renamed(fields: dict[str, Any], old: str, new: str) -> None:
    fields[new] = fields.pop(old)


@pytest.mark.parametrize(
    ("plant", "path", "found"),
    [
        (lambda d: d.update(descripton="x"), "$.descripton", "an unknown property"),
        (lambda d: renamed(step(d, LOOK), "on_success", "on_sucess"),
         f"$.workflow.{LOOK}.on_sucess", "an unknown property"),
        (lambda d: step(d).update(on_completion=of("end", 0)), f"{STEP}.on_completion",
         f"no step is called '{of('end', 0)}'"),
        (lambda d: d.update(workflow_start=of("start", 9)), "$.workflow_start",
         f"no step is called '{of('start', 9)}'"),
        (lambda d: step(d).update(agent=of("group", 9)), f"{STEP}.agent",
         f"no agent has the id '{of('group', 9)}'"),
        (lambda d: step(d)["commands"][0].update(command="rm __nothing__:value"),
         f"{STEP}.commands[0].command", "no variable is called __nothing__"),
        (lambda d: d.update(modified="2026-11-25T12:00:00.000Z"), "$.modified",
         "2026-11-25T12:00:00.000Z is earlier than created"),
        (lambda d: step(d).update(on_completion=ACT), f"{STEP}.on_completion",
         "the step leads to itself"),
        (lambda d: step(d, CHECK).update(condition="((( not an expression"),
         f"$.workflow.{CHECK}.condition", "not a condition: no word of a condition: 'an'"),
        (lambda d: d["authentication_info_definitions"][LOGIN].update(password="hunter2"),
         f"$.authentication_info_definitions.{LOGIN}.password", "a secret in plain text"),
        (lambda d: step(d).update(on_success=OVER), f"{STEP}.on_completion",
         "it stands beside on_success or on_failure"),
        (lambda d: step(d).pop("on_completion"), STEP, "it leads nowhere"),
        # Beyond the thirteen of which it is known that the official schemas accept them.
        (lambda d: step(d).update(targets=[of("linux", 9)]), f"{STEP}.targets[0]",
         f"no target has the id '{of('linux', 9)}'"),
        (lambda d: step(d).update(commands=[]), f"{STEP}.commands", "empty"),
        (lambda d: step(d).pop("agent"), f"{STEP}.agent", "missing"),
        (lambda d: step(d).update(type="if-condition", condition="1 = 1", on_true=OVER,
                                  commands=None), None, None),
        (lambda d: step(d, BOTH).update(next_steps=[of("end", 8)]),
         f"$.workflow.{BOTH}.next_steps", "1 branches"),
        (lambda d: step(d, OVER).update(on_completion=of("end", 5)), f"$.workflow.{OVER}",
         "an end that leads on"),
        (lambda d: step(d).update(type="actoin"), f"{STEP}.type", "no type of step: 'actoin'"),
        (lambda d: step(d).update(timeout="soon"), f"{STEP}.timeout", "'soon'"),
        (lambda d: d.update(severity=101), "$.severity", "101"),
        (lambda d: d.update(spec_version="cacao-1.1"), "$.spec_version", "'cacao-1.1'"),
        (lambda d: d.update(created="yesterday"), "$.created", "'yesterday'"),
        (lambda d: d.update(valid_until="2026-11-26T12:00:00.000Z"), "$.valid_until",
         "2026-11-26T12:00:00.000Z is not later than valid_from"),
        (lambda d: d.update(workflow_exception=of("end", 0)), "$.workflow_exception",
         f"no step is called '{of('end', 0)}'"),
        (lambda d: d.update(workflow_start=LOOK), "$.workflow_start", None),
        (lambda d: d["playbook_variables"].update(name={"type": "string"}),
         "$.playbook_variables.name", "'name'"),
        (lambda d: d["playbook_variables"]["__share__"].update(value=0.25),
         "$.playbook_variables.__share__.value", "0.25"),
        (lambda d: d["agent_definitions"].update({"x": {"type": "group", "name": "x"}}),
         "$.agent_definitions.x", "'x' is no identifier"),
        (lambda d: d["target_definitions"][HOST].update(type="ssh"),
         f"$.target_definitions.{HOST}.type", "the identifier says linux, the type ssh"),
        (lambda d: d["target_definitions"][HOST].pop("address"),
         f"$.target_definitions.{HOST}.address", "missing"),
        (lambda d: d["agent_definitions"][ROLE]["contact"]["email"].update(work="a@b.c;`x`"),
         f"$.agent_definitions.{ROLE}.contact.email.work", "'a@b.c;`x`'"),
        (lambda d: d["external_references"][0].pop("name"), "$.external_references[0].name",
         "missing"),
        (lambda d: step(d).update(step_extensions={of("extension-definition", 1): {}}),
         f"{STEP}.step_extensions.{of('extension-definition', 1)}",
         "an extension without a definition"),
        (lambda d: step(d, LOOK).update(out_args=["__fuond__"]), f"$.workflow.{LOOK}.out_args",
         "no variable is called __fuond__"),
    ],
)  # fmt: skip
def test_a_planted_defect_is_the_only_thing_that_is_told(
    plant: Callable[[dict[str, Any]], object], path: str | None, found: str | None
) -> None:
    seen = planted(plant)
    if path is None:
        assert seen
    else:
        assert [one for one, _ in seen] == [path], seen
        assert found is None or [what for _, what in seen] == [found]


def test_a_playbook_without_an_end_and_a_circle_without_a_way_out_are_told() -> None:
    document = copy.deepcopy(GOOD)
    document["workflow"] = {
        START: {"type": "start", "on_completion": ACT},
        ACT: {**step(document), "on_completion": START},
    }
    assert told(document) == [("$.workflow", "no end step")]
    document["workflow"][OVER] = {"type": "end"}
    assert (STEP, "no way leads from here to an end") in told(document)
    document["workflow"][ACT]["on_completion"] = OVER
    document["workflow"][of("end", 5)] = {"type": "end"}
    assert told(document) == [(f"$.workflow.{of('end', 5)}", "no way leads to this step")]


def test_a_key_that_stands_twice_and_what_is_no_json_are_told() -> None:
    text = json.dumps(GOOD)[:-1] + ',\n "name": "other"}'
    assert [m.path for m in mistakes_of_cacao(text.encode(), "f")] == ["$.name"]
    assert [m.line for m in mistakes_of_cacao(b"{\n}}", "f")] == [2]
    assert [m.path for m in mistakes_of_cacao(b"[]", "f")] == ["$"]


@settings(max_examples=60, deadline=None)
@given(playbooks() | NONSENSE)
def test_no_playbook_makes_the_check_fail(document: object) -> None:
    told(document)


@settings(max_examples=25, deadline=None)
@given(plans())
def test_nothing_is_told_of_what_we_export(plan: Any) -> None:
    data = sent(plan, datetime(2026, 11, 26, 12, tzinfo=UTC)).bytes
    assert mistakes_of_cacao(data, "playbook.json") == []


def test_nothing_is_told_of_what_was_imported_and_is_exported_again() -> None:
    document = copy.deepcopy(GOOD)
    step(document)["commands"][0]["command"] = "block __address__:value"
    came = imported(json.dumps(document).encode(), "playbook.json")
    assert came.plan is not None
    data = sent(came.plan, datetime(2026, 11, 26, 12, tzinfo=UTC)).bytes
    assert mistakes_of_cacao(data, "playbook.json") == []
    assert json.loads(data)["id"] == GOOD["id"]
    assert imported(data, "playbook.json").yaml == yaml_of(came.plan)


@absent
def test_what_the_reference_orchestrator_ships_has_only_the_mistakes_it_has() -> None:
    found = {
        path.stem: {m.path.rpartition(".")[2] for m in mistakes_only(_told(path))}
        for path in FOREIGN
    }
    for good in ("manual-playbook", "http-playbook", "openc2-playbook"):
        assert found[good] == set()
    assert found["ssh-playbook"] == {"password"}
    assert {"on_completion", "workflow"} <= found["infinite_playbook"]
    assert {"on_completion", "workflow_exception"} <= found["missing_step_playbook"]
    assert "work" in found["invalid_email_playbook"]
    assert {"type"} <= found["invalid_playbook"]


def _told(path: Path) -> list[Any]:
    return list(mistakes_of_cacao(path.read_bytes(), path.name))


@pytest.mark.parametrize(
    "condition",
    [
        "__x__:value = 'a'",
        "__x__:value > 5 AND (__y__:value != 'b' OR NOT __z__:value LIKE 'c%')",
        "__result_0__-3__:value = 'a'",
        "__x__:value IN ('a', 'b')",
        "[ipv4-addr:value = '1.2.3.4']",
        "'a' == 'a'",
        "EXISTS file:name",
        "file:hashes.'SHA-256' = 'x'",
    ],
)
def test_a_comparison_is_a_condition(condition: str) -> None:
    assert wrong_with(condition) is None


@pytest.mark.parametrize(
    ("condition", "wrong"),
    [
        ("", "empty"),
        ("Vulnerability Present?", "no word of a condition"),
        ("__x__:value >", "not a comparison"),
        ("(__x__:value = 'a'", "not a comparison"),
        ("__x__:value = 'a')", "more after its end"),
        ("__x__:value", "it compares nothing"),
        ("__x__:value IN ('a'", "not a comparison"),
        ("(" * 60 + "1 = 1" + ")" * 60, "not a comparison"),
        ("1 = 1 " * 1000, "6000 characters"),
    ],
)
def test_what_is_no_comparison_is_no_condition(condition: str, wrong: str) -> None:
    assert str(wrong_with(condition)).startswith(wrong)
