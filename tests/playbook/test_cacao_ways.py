"""Each way through a foreign playbook is a way through the plan that it becomes."""

from __future__ import annotations

from foreign_playbooks import ask, chain, plan_from, playbook, taken

from tocsin.playbook.steps import JOIN, Ask, End, Parallel, Wait


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


def test_a_thousand_steps_in_a_row_are_no_deeper_than_one() -> None:
    plan = plan_from(playbook(chain(*(f"s{n}" for n in range(990)))))
    assert len(plan.steps) == 991
