"""Every playbook of the reference orchestrator is imported, or refused with the true reason.

The files lie beside the project, not in it; where they are absent this test says so.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from cacao_official import FOREIGN, SHARED, absent

from tocsin.playbook.cacao.bring_in import imported
from tocsin.playbook.steps import Ask, End


@absent
@pytest.mark.parametrize("path", FOREIGN, ids=lambda path: path.stem)
def test_a_foreign_playbook_becomes_a_plan_that_only_asks(path: Path) -> None:
    found = imported(path.read_bytes(), path.name)
    assert found.plan is not None, found.mistakes
    assert {type(step).__name__ for step in found.plan.steps.values()} <= {"Ask", "End", "Wait"}
    assert any(isinstance(step, Ask) for step in found.plan.steps.values())
    assert any(isinstance(step, End) for step in found.plan.steps.values())
    for secret in ("super-secure-password", "sshpass"):
        assert secret not in found.yaml


@absent
@pytest.mark.parametrize(
    ("name", "path", "found"),
    [
        ("infinite_playbook", "$.workflow.action--6b23c237-ade8-4d00-9aa1-75999738d557",
         "the steps can come back to this one for ever"),
        ("infinite_playbook", "$.workflow", "no end step"),
        ("missing_step_playbook",
         "$.workflow.action--2190f685-1857-44ac-ad0e-0ded6c6ef3ce.on_completion",
         "no step is called 'end--6b23c237-ade8-4d00-9aa1-75999738d558'"),
        ("changed-playbook", "$.workflow", "a list of steps"),
        ("parallels_playbook",
         "$.workflow.parallel--a76dbc32-b739-427b-ae13-4ec703d5797e.next_steps",
         "fewer than two branches that do something"),
        ("playbook", "$.workflow_start", "the first step is no start step"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_foreign_playbook_is_told(name: str, path: str, found: str) -> None:
    file = SHARED / "data/cacao/soarca" / f"{name}.json"
    told = imported(file.read_bytes(), file.name)
    assert (path, found) in {(repair.path, repair.found) for repair in told.repairs}
