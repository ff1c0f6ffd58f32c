"""The playbooks that travel with Tocsin stand against every failure mode, by ids that exist."""

from __future__ import annotations

from pathlib import Path

import pytest
from atlas_files import official_bytes

from tocsin.facts.failure_modes import FailureMode, mode_named
from tocsin.playbook import Plan, plan_of
from tocsin.playbook.knowledge import Named, not_in_release, read_atlas

LIBRARY = sorted((Path(__file__).parents[2] / "playbooks").glob("*.yaml"))


@pytest.fixture(scope="module")
def plans() -> dict[str, Plan]:
    return {path.name: plan_of(path.read_bytes(), path.name) for path in LIBRARY}


def test_there_is_a_playbook_against_every_failure_mode(plans: dict[str, Plan]) -> None:
    modes = {mode_named(plan.failure_mode or "") for plan in plans.values()}
    assert modes >= set(FailureMode)


def test_every_technique_that_they_name_is_in_the_official_release(plans: dict[str, Plan]) -> None:
    atlas, told = read_atlas(official_bytes())
    assert atlas is not None, told
    named = [
        Named(technique=id, file=file, line=1, path="techniques")
        for file, plan in plans.items()
        for id in plan.techniques
    ]
    assert named and not_in_release(named, atlas) == []
