"""What surely happened before and surely follows: held against runs, and against going around."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_plans import plans

from tocsin.playbook import Plan, plan_of
from tocsin.playbook.dominance import ahead, behind, ended_after, ended_before
from tocsin.playbook.steps import JOIN, Approve, End, Parallel, Step, Wait
from tocsin.playbook.ways import ROUNDS, results_of, target_of, ways_out

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
HEAD = "plan: p\nversion: 1\ntitle: T\nsteps:\n"
ENDS = "  over: {end: completed}\n  failed: {end: failed}\n"


def read(steps: str) -> Plan:
    return plan_of((HEAD + steps + ENDS).encode())


TWO_WAYS = """\
  which: {ask: Q, role: r, choices: {x: left, y: right}}
  left: {wait: 1m, next: after}
  right: {wait: 1m, next: after}
  after: {approve: S, role: counsel, next: say, on_declined: failed}
  say: {tell: a, subject: S, text: T, through: m, next: over, on_failure: over}
"""


def test_what_one_way_goes_around_is_not_counted() -> None:
    before, after = ended_before(read(TWO_WAYS)), ended_after(read(TWO_WAYS))
    assert before["say"] == {"which", "after"}
    assert after["which"] == {"which", "after"}
    assert after["say"] == {"say", "over"}


def test_two_ways_that_bring_the_same_bring_it_surely() -> None:
    brought = behind(read(TWO_WAYS), lambda step, _: ["rest"] if isinstance(step, Wait) else [])
    assert brought["after"] == {"rest"} and brought["left"] == frozenset()


def test_what_is_brought_can_depend_on_the_way_out() -> None:
    def approved(step: Step, field: str) -> Iterator[str]:
        if isinstance(step, Approve) and field == "next":
            yield f"yes of {step.role}"

    brought = behind(read(TWO_WAYS), approved)
    assert brought["say"] == {"yes of counsel"} and brought["failed"] == frozenset()


BRANCHES = """\
  both: {{parallel: [x, y], next: after{failure}}}
  x: {{wait: 1m, next: x2}}
  x2: {{{x2}}}
  y: {{wait: 1m, next: join}}
  after: {{act: a, target: t, wanted: w, next: over, on_failure: failed}}
"""


@pytest.mark.parametrize(
    ("x2", "failure", "after_x"),
    [
        ("wait: 1m, next: join", "", {"x", "x2", "both", "after"}),
        ("act: a, target: t, wanted: w, next: join", "", {"x", "x2", "both"}),
        ("act: a, target: t, wanted: w, next: join", ", on_failure: after",
         {"x", "x2", "both", "after"}),
        ("act: a, target: t, wanted: w, next: join", ", on_failure: failed", {"x", "x2", "both"}),
    ],
)  # fmt: skip
def test_branches_count_together_and_may_fail(x2: str, failure: str, after_x: set[str]) -> None:
    plan = read(BRANCHES.format(x2=x2, failure=failure))
    assert ended_before(plan)["after"] >= ({"both"} if "after" in failure else {"x", "y", "both"})
    assert ended_after(plan)["x"] == after_x
    assert ended_after(plan)["both"] >= {"x", "x2", "y"}
    assert "y" not in ended_before(plan)["x2"]


def results(step: Step) -> list[str]:
    held = {ROUNDS} if isinstance(step, Wait) and step.rounds_max is None else set()
    return sorted(results_of(step) - held)


class Walk:
    """One run of a plan by chance, branches one after another: when each step began and ended."""

    def __init__(self, plan: Plan, chance: random.Random) -> None:
        self.plan, self.chance, self.rounds = plan, chance, dict[str, int]()
        self.ended: list[str] = []
        self.begun: list[tuple[str, int]] = []
        self.go(plan.start)

    def go(self, name: str) -> bool:
        """Goes on to an end or the end of the branch; False when that failed."""
        while name != JOIN:
            step = self.plan.steps[name]
            self.begun.append((name, len(self.ended)))
            if isinstance(step, End):
                self.ended.append(name)
                return True
            if isinstance(step, Parallel):
                order = self.chance.sample(step.branches, k=len(step.branches))
                well = [self.go(first) for first in order]
                result = "done" if all(well) else "failed"
            elif isinstance(step, Wait) and step.rounds_max is not None:
                self.rounds[name] = self.rounds.get(name, 0) + 1
                result = ROUNDS if self.rounds[name] > step.rounds_max else "done"
            else:
                result = self.chance.choice(results(step))
            self.ended.append(name)
            to = target_of(step, result)
            if to is None:
                return False
            name = to
        return True


@UNHURRIED
@given(plans(8), st.integers(0, 2**32))
def test_every_run_has_done_before_and_does_afterwards_what_is_sure(plan: Plan, seed: int) -> None:
    before, after = ended_before(plan), ended_after(plan)
    walk = Walk(plan, random.Random(seed))
    for name, at in walk.begun:
        assert before[name] <= {*walk.ended[:at]}
        assert after[name] <= {*walk.ended[at:]}


@UNHURRIED
@given(plans(8))
def test_without_branches_nothing_that_is_sure_is_left_out(plan: Plan) -> None:
    if any(isinstance(step, Parallel) for step in plan.steps.values()):
        return
    before, after = ended_before(plan), ended_after(plan)
    ends = {s.id for s in plan.steps.values()
            if isinstance(s, End) or any(target_of(s, r) is None for r in results(s))}  # fmt: skip
    for one in plan.steps:
        around = reached(plan, plan.start, one)
        for name in plan.steps:
            assert (one in before[name]) == (name not in around and one != name)
            can_end = bool(ends & reached(plan, name, one))
            assert (one in after[name]) == (one == name or not can_end)


def reached(plan: Plan, start: str, without: str) -> set[str]:
    """The steps that are reached from there, the start among them, around one step."""
    found: set[str] = set()
    onward = [start]
    while onward:
        name = onward.pop()
        if name not in found and name != without:
            found.add(name)
            onward += [to for _, to in ways_out(plan.steps[name])]
    return found


def test_a_thousand_steps_are_compared_at_once() -> None:
    rows = [f"  s{n}: {{approve: S, role: r, next: s{n + 1}, on_declined: s{n + 1}}}\n"
            for n in range(998)]  # fmt: skip
    plan = plan_of((HEAD + "".join(rows) + "  s998: {end: failed}\n").encode())
    assert len(ended_before(plan)["s998"]) == 998
    assert len(ahead(plan, lambda step, field: (f"{step.id} {field}",))["s0"]) == 1
