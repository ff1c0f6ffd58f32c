"""What can be judged of a plan with mistakes is told together with them, and nothing else."""

from __future__ import annotations

from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from planted import PLANS, REGISTER, TODAY, house_of

from tocsin.playbook.lint import linted

PLAN = """\
plan: p
version: 1
title: T
owner: lead
review_by: 2026-01-31
steps:
  stop:
    act: hand
    target: a
    wanted: off
    effect: stop
    next: settle
    on_failure: settle
  settle:
    wait: 5s
    next: settle
  rest:
    end: completed
"""


def told(text: str) -> dict[tuple[str, str], int]:
    found = linted(text.encode(), "p.yaml", date(2026, 11, 26)).told
    return {(one.rule, one.path): one.line for one in found}


def test_a_circle_and_what_no_way_leads_to_are_told_together() -> None:
    found = told(PLAN)
    assert found["TP103", "steps.rest"] == 17 and found["TP105", "steps.settle"] == 14


def test_a_circle_is_told_beside_a_name_that_no_step_has() -> None:
    found = told(PLAN.replace("on_failure: settle", "on_failure: rests"))
    assert ("TP102", "steps.stop.on_failure") in found and ("TP105", "steps.settle") in found


def test_rules_of_one_place_are_told_beside_mistakes_of_form() -> None:
    found = told(PLAN.replace("    wait: 5s\n", "    wait: 5s\n    colour: red\n"))
    assert ("TP101", "steps.settle.colour") in found
    assert found["TP702", "review_by"] == 5 and found["TP403", "steps.stop"] == 7


def test_of_a_step_with_a_mistake_nothing_is_concluded() -> None:
    spoilt = PLAN.replace("    wait: 5s\n", "    wait: soon\n    rounds_max: many\n")
    assert ("TP105", "steps.settle") not in told(spoilt)
    assert ("TP403", "steps.stop") not in told(PLAN.replace("wanted: off", "wanted: [off]"))
    unnamed = {rule for rule, _ in told(PLAN.replace("owner: lead", "owner: the lead"))}
    assert "TP101" in unnamed and "TP703" not in unnamed


def test_with_whole_steps_all_that_the_steps_say_is_judged() -> None:
    sound = PLAN.replace("next: settle", "next: rest").replace("title: T", "titel: T")
    found = told(sound)
    assert ("TP101", "titel") in found and ("TP402", "steps.stop") in found


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(PLANS)), st.data())
def test_a_plan_with_a_word_spoilt_is_judged_without_an_error(
    file: str, data: st.DataObject
) -> None:
    lines = PLANS[file].splitlines(keepends=True)
    at = data.draw(st.integers(0, len(lines) - 1))
    lines[at] = lines[at].replace(":", data.draw(st.sampled_from(["s:", ": x", ": [a]", ": {}"])))
    found = linted("".join(lines).encode(), file, TODAY, house_of(REGISTER), [], {})
    assert all(1 <= one.line <= len(lines) for one in found.told)


def test_a_role_of_nobody_in_the_chain_is_told_on_its_own_row() -> None:
    chain = "communication:\n  - {audience: lead, within: 1m, by: nobody-here}\nsteps:\n"
    text = PLAN.replace("next: settle", "next: rest").replace("steps:\n", chain, 1)
    found = linted(text.encode(), "p.yaml", TODAY, house_of(REGISTER)).told
    row = next(one for one in found if "nobody-here" in one.found)
    assert (row.rule, row.line, row.path) == ("TP205", 7, "communication[0]")
