"""Every shipped plan goes every way it names, on the real desk, and comes to an end it names."""

from __future__ import annotations

from collections import deque
from pathlib import Path

import pytest

from playbook_rehearsal import PLANS, Rehearsal, noticed
from tocsin.facts.runs import StepFailed
from tocsin.playbook import Plan, plan_of
from tocsin.playbook.steps import JOIN, Act, Approve, Decide, Parallel, Step, Wait
from tocsin.playbook.ways import (
    DECLINED,
    FAILED,
    LIMIT,
    ROUNDS,
    results_of,
    target_of,
)

Way = tuple[str, str]


def results(step: Step) -> list[str]:
    """What the outside can make of a step."""
    found = sorted(results_of(step))
    if isinstance(step, Act) and not step.approvals:
        found = [one for one in found if one not in (DECLINED, LIMIT)]
    if isinstance(step, Act | Approve) and step.limit_seconds is None:
        found = [one for one in found if one != LIMIT]
    if isinstance(step, Wait) and step.rounds_max is None:
        found = [one for one in found if one != ROUNDS]
    if isinstance(step, Parallel):
        found = [one for one in found if one != FAILED]
    return [one for one in found if target_of(step, one) is not None]


def ways(plan: Plan) -> set[Way]:
    return {(step.id, result) for step in plan.steps.values() for result in results(step)}


def wishes_for(plan: Plan, step: str, result: str) -> dict[str, str] | None:
    """What must come of the steps before for a run to reach this one; None if it cannot be said."""
    ahead = deque([(plan.start, {})])
    seen = {plan.start}
    while ahead:
        name, wishes = ahead.popleft()
        if name == step:
            return {**wishes, step: result} if not isinstance(plan.steps[name], Decide) else wishes
        here = plan.steps[name]
        onward = [(target_of(here, r), {**wishes, name: r}) for r in results(here)]
        if isinstance(here, Parallel):
            onward += [(first, wishes) for first in here.branches]
        for to, wished in onward:
            if to is not None and to != JOIN and to not in seen:
                seen.add(to)
                ahead.append((to, wished))
    return None


def rehearsed(path: Path, home: Path, wishes: dict[str, str], *, found: bool = True) -> Rehearsal:
    data = path.read_bytes()
    one = Rehearsal(data, wishes, home, *(noticed(plan_of(data)) if found else ()))
    one.took = one.to_its_end()
    assert not one.facts(StepFailed), one.facts(StepFailed)
    assert one.ending in ("completed", "failed")
    return one


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_a_plan_whose_hopes_come_true_completes(path: Path, tmp_path: Path) -> None:
    one = rehearsed(path, tmp_path, {})
    assert one.ending == "completed", one.took


@pytest.mark.proof
@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_a_plan_goes_every_way_that_it_names(path: Path, tmp_path: Path) -> None:
    plan = plan_of(path.read_bytes(), path.name)
    decided = {one.id for one in plan.steps.values() if isinstance(one, Decide)}
    every, gone = ways(plan), set[Way]()
    for step, result in sorted(every):
        wanted = wishes_for(plan, step, result)
        assert wanted is not None, f"no way leads to {step}"
        for found in (True, False):  # without a finding what asks for one cannot be told
            if (step, result) in gone or step in decided & {one for one, _ in gone}:
                break
            wishes = {**dict(every - gone), **wanted}  # and as much that is new beside it as may be
            gone.update(rehearsed(path, tmp_path, wishes, found=found).took)
    left = {way for way in every - gone if way[0] not in decided}
    assert not left, f"never gone: {sorted(left)}"
    for name in decided:
        assert {result for step, result in gone if step == name}, f"{name} was never decided"
