"""Whatever a foreign playbook looks like, it becomes a plan that can be read, or a true reason."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_cacao import NONSENSE, playbooks

from tocsin.playbook.cacao.bring_in import Imported, imported
from tocsin.playbook.plan import Plan
from tocsin.playbook.read import plan_of
from tocsin.playbook.steps import JOIN, Ask, Call, End, Parallel, Wait


def taken(document: object) -> Imported:
    return imported(json.dumps(document, indent=1).encode(), "playbook.json")


def plan_from(document: object) -> Plan:
    found = taken(document)
    assert found.plan is not None, found.mistakes
    assert found.plan == plan_of(found.yaml.encode())
    return found.plan


def playbook(workflow: object, **more: object) -> dict[str, object]:
    return {
        "type": "playbook",
        "spec_version": "cacao-2.0",
        "id": "playbook--9f1c8f0e-4f0a-4c53-9d0c-1b6c5e7a2d11",
        "name": "Quarantine a poisoned corpus",
        "workflow_start": "start--1",
        "workflow": workflow,
        **more,
    }


def chain(*names: str, last: str = "end--1") -> dict[str, Any]:
    """Steps one after the other, between a start and an end."""
    ids = [*(f"action--{name}" for name in names), last]
    steps: dict[str, Any] = {"start--1": {"type": "start", "on_completion": ids[0]}}
    for name, to in zip(names, ids[1:], strict=True):
        steps[f"action--{name}"] = {"type": "action", "name": name, "on_completion": to}
    return {**steps, "end--1": {"type": "end"}}


def ask(plan: Plan, name: str) -> Ask:
    step = plan.steps[name]
    assert isinstance(step, Ask)
    return step


@settings(max_examples=60, deadline=None)
@given(playbooks())
def test_any_graph_of_steps_becomes_a_plan_that_is_read_without_a_mistake(
    document: dict[str, object],
) -> None:
    found = taken(document)
    assert found.plan is not None, found.mistakes
    assert found.plan == plan_of(found.yaml.encode())


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(["type", "workflow", "id", "spec_version", "x"]), NONSENSE))
def test_nonsense_is_imported_or_refused_and_never_raises(document: object) -> None:
    found = taken(document)
    assert (found.plan is None) == bool(found.mistakes)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=60) | st.text('{}[]",:01ab \n\\u').map(str.encode))
def test_bytes_that_are_no_json_are_refused_with_a_line(data: bytes) -> None:
    found = imported(data, "playbook.json")
    assert found.plan is None and all(m.line >= 1 and m.remedy for m in found.mistakes)


def test_a_command_becomes_a_question_and_never_an_act() -> None:
    steps = chain("block")
    steps["action--block"] |= {
        "description": "Block the address.",
        "commands": [{"type": "ssh", "command": "iptables -I INPUT -s 1.2.3.4 -j DROP"}],
        "agent": "ssh--1",
        "targets": ["net-address--1"],
        "timeout": 90_500,
    }
    found = taken(playbook(
        steps,
        agent_definitions={"ssh--1": {"type": "ssh", "name": "fw", "address": {"dname": ["fw.x"]}}},
        target_definitions={"net-address--1": {"type": "net-address", "name": "gateway"}},
    ))  # fmt: skip
    assert found.plan is not None
    step = ask(found.plan, "block")
    assert step.question.splitlines() == [
        "block. Block the address.",
        "In the playbook this was done by: fw (fw.x).",
        "On: gateway.",
        "By hand instead of ssh: iptables -I INPUT -s 1.2.3.4 -j DROP",
    ]
    assert step.role == "on-call" and step.choices == {"done": "over", "cannot": "over"}
    assert (step.limit_seconds, step.on_limit) == (91, "cannot")
    assert not found.plan.connectors and not found.plan.probes
    path = "$.workflow.action--block.commands[0]"
    assert [loss.what for loss in found.losses if loss.path == path] == [
        "the ssh command as a command: a person does it by hand"
    ]


def test_a_person_in_the_playbook_becomes_a_role() -> None:
    steps = chain("review")
    steps["action--review"]["agent"] = "individual--1"
    agents = {"individual--1": {"type": "individual", "name": "Network Admin"}}
    assert (
        ask(plan_from(playbook(steps, agent_definitions=agents)), "review").role == "network-admin"
    )


def test_success_and_failure_lead_where_they_say_and_else_to_the_exception() -> None:
    steps = chain("one", "two", "clean-up")
    one, two = steps["action--one"], steps["action--two"]
    one["on_success"], one["on_failure"] = one.pop("on_completion"), "action--clean-up"
    two["on_success"] = "end--1"
    del two["on_completion"]
    plan = plan_from(playbook(steps, workflow_exception="action--clean-up"))
    assert ask(plan, "one").choices == {"done": "two", "cannot": "clean-up"}
    assert ask(plan, "two").choices == {"done": "over", "cannot": "clean-up-2"}
    assert ask(plan, "clean-up-2").choices["done"] == "stopped"
    assert plan.steps["stopped"].ending.value == "failed"  # type: ignore[union-attr]


def test_branches_go_back_to_the_step_that_began_them() -> None:
    steps = chain("a", "b", "after")
    steps["start--1"]["on_completion"] = "if-condition--1"
    steps["action--a"]["on_completion"] = steps["action--b"]["on_completion"] = "end--2"
    steps["end--2"] = {"type": "end"}
    steps["if-condition--1"] = {
        "type": "if-condition", "name": "Poisoned?", "condition": "__share__:value > 5",
        "on_true": "action--a", "on_false": "action--b", "on_completion": "action--after",
    }  # fmt: skip
    plan = plan_from(playbook(steps))
    assert ask(plan, "poisoned").choices == {"yes": "a", "no": "b"}
    assert "Does this hold: __share__:value > 5?" in ask(plan, "poisoned").question
    assert ask(plan, "a").choices["done"] == ask(plan, "b").choices["done"] == "after"
    assert ask(plan, "after").choices["done"] == "over"


def test_a_step_that_serves_several_branches_is_written_for_each() -> None:
    steps = chain("shared", "after")
    steps["start--1"]["on_completion"] = "parallel--1"
    steps["action--shared"]["on_completion"] = "end--1"
    steps["parallel--1"] = {
        "type": "parallel", "name": "both", "on_completion": "action--after",
        "next_steps": ["action--shared", "action--shared"],
    }  # fmt: skip
    found = taken(playbook(steps))
    assert found.plan is not None
    both = found.plan.steps["both"]
    assert isinstance(both, Parallel) and both.branches == ("shared", "shared-2")
    assert ask(found.plan, "shared-2").choices == {"done": JOIN, "cannot": JOIN}
    assert any("several branches lead to this step" in r.found for r in found.repairs)


def test_branches_that_run_into_one_step_without_an_end_meet_before_it() -> None:
    steps = chain("a", "b", "after")
    steps["start--1"]["on_completion"] = "parallel--1"
    steps["action--a"]["on_completion"] = steps["action--b"]["on_completion"] = "action--after"
    steps["parallel--1"] = {
        "type": "parallel", "name": "both", "next_steps": ["action--a", "action--b"],
    }  # fmt: skip
    plan = plan_from(playbook(steps))
    both = plan.steps["both"]
    assert isinstance(both, Parallel) and (both.branches, both.next) == (("a", "b"), "after")
    assert len([s for s in plan.steps.values() if isinstance(s, Ask)]) == 3


def test_a_loop_counts_its_rounds_and_asks_each_time() -> None:
    steps = chain("work", "after")
    steps["start--1"]["on_completion"] = "while-condition--1"
    steps["action--work"]["on_completion"] = "end--2"
    steps["end--2"] = {"type": "end"}
    steps["while-condition--1"] = {
        "type": "while-condition", "name": "Still bad", "condition": "__x__:value = 1",
        "on_true": "action--work", "on_completion": "action--after",
    }  # fmt: skip
    plan = plan_from(playbook(steps))
    assert ask(plan, "still-bad").choices == {"yes": "work", "no": "after"}
    again = plan.steps["still-bad-again"]
    assert isinstance(again, Wait) and (again.rounds_max, again.next) == (100, "still-bad")
    assert ask(plan, "work").choices["done"] == "still-bad-again"


def test_a_switch_asks_which_case_it_is() -> None:
    steps = chain("a", "b")
    steps["start--1"]["on_completion"] = "switch-condition--1"
    steps["action--a"]["on_completion"] = "end--1"
    steps["switch-condition--1"] = {
        "type": "switch-condition", "name": "vector", "switch": "__vector__:value",
        "cases": {"web": "action--a", "default": "action--b"},
    }  # fmt: skip
    plan = plan_from(playbook(steps))
    assert ask(plan, "vector").choices == {"web": "a", "none of these": "b"}


def test_another_playbook_is_called_by_its_id_and_not_by_itself() -> None:
    steps = chain("other", "self")
    other = "playbook--6d3b5a9e-0000-4c53-9d0c-1b6c5e7a2d11"
    steps["action--other"] |= {"type": "playbook-action", "playbook_id": other, "timeout": 60_000}
    steps["action--self"] |= {"type": "playbook-action"}
    steps["action--self"]["playbook_id"] = "playbook--9f1c8f0e-4f0a-4c53-9d0c-1b6c5e7a2d11"
    plan = plan_from(playbook(steps))
    call = plan.steps["other"]
    assert isinstance(call, Call) and (call.plan, call.limit_seconds) == (other, 60)
    assert "Carry out the playbook" in ask(plan, "self").question


def test_words_that_cacao_does_not_know_are_taken_for_what_was_meant() -> None:
    steps = {
        "start-node": {"type": "start", "next_step": "is-it"},
        "is-it": {"type": "decision", "name": "Is it?", "conditions": {"yes": "act", "no": "bye"}},
        "act": {"type": "action", "name": "Act", "on-completion": "bye", "implemented_by": "x"},
        "bye": {"type": "end"},
    }
    found = taken({"type": "playbook", "id": "not an id", "name": "N", "start": "start-node",
                   "workflow": steps, "agents": {}})  # fmt: skip
    assert found.plan is not None and found.plan.id == "n"
    assert ask(found.plan, "is-it").choices == {"yes": "act", "no": "over"}
    said = {(r.path, r.done) for r in found.repairs}
    assert ("$.workflow.is-it.type", "taken for switch-condition") in said
    assert ("$.workflow.start-node.next_step", "taken for on_completion") in said
    assert ("$.workflow.act.on-completion", "taken for on_completion") in said
    assert ("$.spec_version", "it is read by the words of cacao-2.0") in said
    assert [x.path for x in found.losses] == ["$.workflow.act.implemented_by"]


def test_version_one_is_read_with_its_lists_and_its_type_single() -> None:
    steps = {
        "step--1": {"type": "start", "on_completion": "step--2"},
        "step--2": {"type": "if-condition", "name": "q", "condition": "c",
                    "on_true": ["step--3", "step--4"], "on_false": ["step--4"]},
        "step--3": {"type": "single", "name": "first", "on_completion": "step--5"},
        "step--4": {"type": "single", "name": "second", "on_completion": "step--5"},
        "step--5": {"type": "end"},
    }  # fmt: skip
    plan = plan_from(playbook(steps, spec_version="1.0", workflow_start="step--1"))
    assert ask(plan, "q").choices["yes"] == "first"
    second = ask(plan, "first").choices["done"]
    assert ask(plan, second).question.startswith("second")
    assert isinstance(plan.steps[ask(plan, second).choices["done"]], End)


def test_an_edge_to_a_missing_step_asks_a_person_and_a_missing_end_ends() -> None:
    steps = chain("one", last="action--gone")
    found = taken(playbook(steps))
    assert found.plan is not None
    gone = found.plan.steps[ask(found.plan, "one").choices["done"]]
    assert isinstance(gone, Ask) and "leads to the step action--gone" in gone.question
    [repair] = [r for r in found.repairs if "gone" in r.found]
    assert repair.path == "$.workflow.action--one.on_completion" and repair.line > 0
    plan = plan_from(playbook(chain("one", last="end--gone")))
    assert isinstance(plan.steps[ask(plan, "one").choices["done"]], End)


def test_a_step_that_leads_to_itself_does_so_three_times() -> None:
    plan = plan_from(playbook(chain("one", last="action--one")))
    again = plan.steps[ask(plan, "one").choices["done"]]
    assert isinstance(again, Wait) and (again.rounds_max, again.next) == (3, "one")
    assert again.on_rounds_max == "stopped"


def test_a_branch_cannot_lead_back_to_before_it_began() -> None:
    steps = chain("a", "b")
    steps["action--a"]["on_completion"] = "parallel--1"
    steps["action--b"]["on_completion"] = "action--a"
    steps["parallel--1"] = {"type": "parallel", "name": "p",
                            "next_steps": ["action--b", "action--c"]}  # fmt: skip
    steps["action--c"] = {"type": "action", "name": "c", "on_completion": "end--1"}
    plan = plan_from(playbook(steps))
    assert ask(plan, "a-2").choices["done"] == JOIN


def test_nothing_secret_is_carried_and_it_is_told_where_it_stood() -> None:
    steps = chain("log-in")
    steps["action--log-in"]["commands"] = [
        {"type": "bash", "command": "curl -u admin:hunter2hunter2 https://u:pw12@host/"},
        {"type": "http-api", "command": "GET /", "headers": {"Authorization": ["Bearer abcdef"]}},
    ]  # fmt: skip
    found = taken(playbook(
        steps,
        description="The password is hunter2hunter2.",
        playbook_variables={"__api_key__": {"type": "string", "value": "k-123456"}},
        authentication_info_definitions={
            "http-basic--1": {"type": "http-basic", "user_id": "a", "password": "hunter2hunter2"}
        },
    ))  # fmt: skip
    for secret in ("hunter2", "pw12", "abcdef", "k-123456"):
        assert secret not in found.yaml
    lost = {loss.path for loss in found.losses}
    assert "$.authentication_info_definitions.http-basic--1.password" in lost
    assert "$.playbook_variables.__api_key__" in lost
    assert "$.workflow.action--log-in.commands[1].headers.Authorization" in lost


def test_variables_that_stay_are_carried_and_asked_for_by_name() -> None:
    steps = chain("look", "other")
    steps["action--look"] |= {
        "commands": [{"type": "manual", "command": "Look for __site__:value in __log__:value"}],
        "step_variables": {"__log__": {"type": "string", "value": "proxy.log"}},
    }
    steps["action--other"] |= {"out_args": ["__found__"], "description": "__nobody__:value"}
    variables = {
        "__site__": {"type": "ipv4-addr", "value": "1.2.3.4", "description": "where to"},
        "__share__": {"type": "float", "value": 0.85},
        "__on__": {"type": "bool", "value": "true"},
        "__found__": {"type": "string", "value": ""},
    }
    found = taken(playbook(steps, playbook_variables=variables))
    assert found.plan is not None
    held = {name: one.held for name, one in found.plan.variables.items()}
    assert held == {"site": "1.2.3.4", "share": 0.85, "on": True}
    assert "Look for {variables.site} in proxy.log" in ask(found.plan, "look").question
    assert any("__nobody__, which nothing gives" in r.found for r in found.repairs)
    assert any(loss.path == "$.playbook_variables.__found__" for loss in found.losses)


def test_what_an_import_need_not_mind_is_told_too() -> None:
    steps = chain("a")
    steps["start--1"]["on_completion"] = "if-condition--1"
    steps["if-condition--1"] = {"type": "if-condition", "condition": "is it?",
                                "on_true": "action--a"}  # fmt: skip
    found = taken(playbook(
        steps,
        created="2026-11-26T12:00:00.000Z",
        modified="2026-11-25T12:00:00.000Z",
        severity=700,
    ))  # fmt: skip
    said = {r.path: r.found for r in found.repairs if r.done.startswith("read all the same")}
    assert "is earlier than created" in said["$.modified"]
    assert said["$.created_by"] == "missing"
    assert said["$.workflow.if-condition--1.condition"].startswith("not a condition")
    assert any(one.startswith("4 identifiers that are none") for one in said.values())
    assert said["$.severity"] == "700"


def test_a_delay_is_waited_for_before_the_step() -> None:
    steps = chain("one")
    steps["action--one"]["delay"] = 90_000
    plan = plan_from(playbook(steps))
    wait = plan.steps["one"]
    assert isinstance(wait, Wait) and (wait.seconds, wait.next) == (90, "one-now")


def test_techniques_of_atlas_are_carried() -> None:
    references = [{"name": "ATLAS", "external_id": "AML.T0020"}, {"name": "x", "url": "y"}]
    found = taken(playbook(chain("a"), external_references=references))
    assert found.plan is not None and found.plan.techniques == ("AML.T0020",)
    assert [x.path for x in found.losses] == ["$.external_references[1]"]


@pytest.mark.parametrize(
    ("data", "line", "said"),
    [
        (b"", 1, "an empty file"),
        (b"{\n 'type': 1}", 2, "not JSON: \"'type': 1}\"; here belongs a key in quotes"),
        (b'{\n "a": { ... }\n}', 2, "not JSON"),
        (b'{\n "a": 1,\n}', 3, "a comma before }; remove the comma"),
        (b'{"a": [1, 2}', 1, "} where the other bracket was opened"),
        (b'{"a": "line\nbreak"}', 1, "close the quotes"),
        (b'{"a": NaN}', 1, "not JSON: 'NaN'"),
        (b'{"a": 1} {"b": 2}', 1, "more after the end"),
        (b"# Title\n```json\n{}\n```", 1, "save the playbook alone in a file"),
        (b"\xff\xfe{}", 1, "bytes that are not UTF-8"),
        (b'{"a":' * 70 + b"1" + b"}" * 70, 1, "nested too deeply"),
        (b"[]", 1, "no JSON object"),
        (b'{\n"type": "bundle", "objects": []}', 2, "$.type: it is a 'bundle'"),
        (b'{"type": "playbook", "workflow": {}}', 1, "$.workflow: no steps"),
        (b'{"type": "playbook"}', 1, "$.workflow: no steps"),
        (b'{"a": ' + b"9" * 40 + b"}", 1, "a number of 40 signs"),
        (b" " * (9 * 1024 * 1024), 1, "bytes; a file has at most"),
    ],
)
def test_what_is_no_playbook_is_refused_with_its_line(data: bytes, line: int, said: str) -> None:
    found = imported(data, "playbook.json")
    assert found.plan is None
    [mistake] = found.mistakes
    assert mistake.line == line and said in str(mistake), mistake


def test_one_playbook_in_a_list_or_a_bundle_is_taken_out_and_two_are_refused() -> None:
    one = playbook(chain("a"))
    for holder in ([one], {"type": "bundle", "objects": [{"type": "identity"}, one]}):
        found = taken(holder)
        assert found.plan is not None
        assert "taken out of it" in {r.done for r in found.repairs}
    assert taken([one, one]).plan is None
    assert taken({"type": "bundle", "objects": [one, one]}).plan is None


def test_a_key_that_stands_twice_counts_once_and_is_told() -> None:
    text = json.dumps(playbook(chain("a")))[:-1] + ',\n"name": "other"}'
    found = imported(text.encode(), "playbook.json")
    assert found.plan is not None and found.plan.title == "Quarantine a poisoned corpus"
    assert (2, "$.name", "the first one counts") in {
        (r.line, r.path, r.done) for r in found.repairs
    }


def test_steps_that_unfold_without_bound_are_refused_with_the_true_reason() -> None:
    steps: dict[str, Any] = {"start--1": {"type": "start", "on_completion": "parallel--0"}}
    for n in range(20):
        to = f"parallel--{n + 1}"
        steps[f"parallel--{n}"] = {"type": "parallel", "next_steps": [to, to],
                                   "on_completion": "end--1"}  # fmt: skip
    steps["parallel--20"] = {"type": "action", "on_completion": "end--1"}
    steps["end--1"] = {"type": "end"}
    [mistake] = taken(playbook(steps)).mistakes
    assert mistake.path == "$.workflow" and "unfold to more than 1000" in mistake.found


def test_a_thousand_steps_in_a_row_are_no_deeper_than_one() -> None:
    plan = plan_from(playbook(chain(*(f"s{n}" for n in range(990)))))
    assert len(plan.steps) == 991
