"""A decision goes where its conditions lead, as far as a run can know; else where chance does."""

from __future__ import annotations

import pytest
from played_plans import network_of

from tocsin.playbook import plan_of
from tocsin.playbook.conditions import Truth, truth_of
from tocsin.playbook.names import names_of
from tocsin.playbook.simulation.deciding import CASES_MAX, Memory
from tocsin.playbook.simulation.engine import Engine
from tocsin.playbook.steps import Decide

PLAN = """\
plan: p
version: "1"
title: T
variables: {much: {type: decimal, value: "0.5", means: what counts as much}}
steps:
  ask: {ask: Q, role: r, limit: 11m, on_limit: "skip",
        choices: {"yes": look, "no": look, "skip": choose}}
  look: {probe: e, target: t, wanted: w, next: choose, on_not_shown: choose}
  choose:
    decide:
      WHEN
    otherwise: none
    undetermined: unknown
  one: {end: completed}
  two: {end: completed}
  none: {end: failed}
  unknown: {end: failed}
"""
BOTH = (
    "- {when: results.look == 'shown' && answers.ask == 'yes', next: one}\n"
    "      - {when: results.look == 'shown', next: two}"
)


def plan(when: str) -> str:
    return PLAN.replace("WHEN", when)


def possible(when: str) -> dict[tuple[int, ...], tuple[str, ...]]:
    read = plan_of(plan(when).encode())
    step = read.steps["choose"]
    assert isinstance(step, Decide)
    return {case.known: case.results for case in Memory(read).cases(step)}


def test_what_a_run_knows_decides() -> None:
    cases = possible(BOTH)
    look = {"not-shown": 0, "shown": 1, "undetermined": 2, "": -1}
    ask = {"no": 0, "skip": 1, "yes": 2}
    assert cases[ask["yes"], look["shown"]] == ("1",)
    assert cases[ask["no"], look["shown"]] == ("2",)
    assert cases[ask["yes"], look["not-shown"]] == ("otherwise",)
    assert cases[ask["skip"], look[""]] == ("undetermined",), "what has not happened is not known"


def test_variables_are_known_and_findings_leave_it_open() -> None:
    assert possible(
        "- {when: variables.much > 0.4, next: one}\n      - {when: 'false', next: two}"
    ) == {(): ("1",)}
    alone = possible("- {when: severity == 'sev1', next: one}\n      - {when: 'false', next: two}")
    assert alone == {(): ("1", "otherwise", "undetermined")}
    opened = possible(
        "- {when: finding.observed > 0.4 && results.look == 'shown', next: one}\n"
        "      - {when: results.look == 'shown', next: two}"
    )
    assert opened[1,] == ("1", "2"), "the first may hold; the second does"
    assert opened[0,] == ("otherwise",), "whatever was found, it was not shown"
    assert opened[-1,] == ("1", "undetermined")


def test_a_run_goes_where_its_own_results_lead() -> None:
    made = network_of(plan(BOTH))
    engine = Engine(made.network, 1)
    ends = {}
    for number in range(400):
        outcome = engine.run(number, 34 * 3_600_000)
        ends.setdefault(made.network.activities[outcome.last].id, 0)
        ends[made.network.activities[outcome.last].id] += 1
    assert set(ends) == {"one", "two", "none", "unknown"}
    # The question is answered in time by less than half; who skips never looks.
    assert ends["unknown"] > 150 and ends["none"] < 40
    assert not any("decide" in one.name for one in made.supposed), "nothing was left to chance"


def test_shares_that_were_said_of_the_step_are_believed_instead() -> None:
    said = (
        "[steps.choose]\nshares = {per_cent = {1 = 100, 2 = 0, otherwise = 0, undetermined = 0}, "
        'basis = "measured", source = "drills"}\n'
    )
    made = network_of(plan(BOTH), times=said)
    engine = Engine(made.network, 1)
    outcomes = [engine.run(number, 0) for number in range(50)]
    assert {made.network.activities[one.last].id for one in outcomes} == {"one"}


def test_what_is_open_is_drawn_among_the_ways_that_are_left() -> None:
    when = (
        "- {when: severity == 'sev1', next: one}\n"
        "      - {when: results.look == 'shown' || answers.ask == 'skip', next: two}"
    )
    made = network_of(plan(when))
    engine = Engine(made.network, 1)
    ends = [made.network.activities[engine.run(n, 0).last].id for n in range(300)]
    assert {"one", "two"} <= set(ends) and ends.count("one") > 60
    assert any(one.name == "default for decide, shares" for one in made.supposed)


@pytest.mark.parametrize("value", [None, "shown", "not-shown"])
def test_conditions_mean_here_what_they_mean_in_a_run(value: str | None) -> None:
    when = "- {when: results.look == 'shown', next: one}\n      - {when: 'false', next: two}"
    read = plan_of(plan(when).encode())
    known = {"results.look": value} if value is not None else {}
    truth = truth_of("results.look == 'shown'", names_of(read), known)
    expected = {Truth.TRUE: "1", Truth.FALSE: "otherwise", Truth.UNDETERMINED: "undetermined"}
    values = {"not-shown": 0, "shown": 1, None: -1}
    cases = possible(when)
    assert cases[values[value],] == (expected[truth],)


def test_a_decision_upon_too_many_cases_is_left_to_chance() -> None:
    steps = "".join(
        f"  a{n}: {{probe: e, target: t, wanted: w, next: a{n + 1}, on_not_shown: a{n + 1}}}\n"
        for n in range(7)
    )
    every = " && ".join(f"results.a{n} == 'shown'" for n in range(7))
    read = plan_of(
        f"plan: p\nversion: '1'\ntitle: T\nsteps:\n{steps}"
        f'  a7:\n    decide:\n      - {{when: "{every}", next: over}}\n'
        "    otherwise: over\n    undetermined: over\n  over: {end: completed}\n".encode()
    )
    step = read.steps["a7"]
    assert isinstance(step, Decide) and CASES_MAX < 4**7
    assert Memory(read).cases(step) == []
