"""The made-up organisation of the shipped plans declares everything that any of them names."""

from __future__ import annotations

from pathlib import Path

import pytest

from tocsin import wiring
from tocsin.desk.loaded.home_files import detectors_of
from tocsin.playbook import plan_of, unfitting
from tocsin.register.files import load_register

ROOT = Path(__file__).parents[2]
HOUSE = ROOT / "examples" / "house"
PLANS = sorted((ROOT / "playbooks").glob("*.yaml"))


def test_the_house_is_declared_without_a_mistake() -> None:
    register, _ = load_register(HOUSE / "register")
    detectors, told = detectors_of(HOUSE)
    assert not told
    assert set(detectors) <= set(register.systems)


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_every_shipped_plan_fits_the_house(path: Path) -> None:
    register, _ = load_register(HOUSE / "register")
    plan = plan_of(path.read_bytes(), path.name)
    assert unfitting(plan, wiring.house_of(HOUSE, register), path.name) == []
