"""Whatever a foreign playbook says is in the plan that it becomes, or is told as lost."""

from __future__ import annotations

from foreign_playbooks import ask, chain, plan_from, playbook, taken
from hypothesis import given, settings
from random_cacao import playbooks

from tocsin.playbook.read import plan_of
from tocsin.playbook.steps import Call, End, Wait


@settings(max_examples=60, deadline=None)
@given(playbooks())
def test_any_graph_of_steps_becomes_a_plan_that_is_read_without_a_mistake(
    document: dict[str, object],
) -> None:
    found = taken(document)
    assert found.plan is not None, found.mistakes
    assert found.plan == plan_of(found.yaml.encode())


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
