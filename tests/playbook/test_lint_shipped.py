"""Every plan that is shipped passes without an error, in the house that is shipped with it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tocsin.desk.loaded.home_files import detectors_of
from tocsin.playbook import House, draft_plan
from tocsin.playbook.lint import linted
from tocsin.register.files import load_register
from tocsin.register.mistakes import mistakes_only
from tocsin.wiring.playbooks import house_of

ROOT = Path(__file__).parents[2]
LIBRARY = sorted((ROOT / "playbooks").glob("*.yaml"))
SMALL = sorted((ROOT / "examples").glob("*/plan.yaml"))
DAY = date(2026, 11, 26)


@pytest.fixture(scope="module")
def house() -> House:
    folder = ROOT / "examples" / "house"
    register, told = load_register(folder / "register")
    assert mistakes_only(told) == [] and detectors_of(folder)[1] == []
    return house_of(folder, register)


@pytest.mark.parametrize("file", LIBRARY, ids=lambda file: file.stem)
def test_a_plan_of_the_library_has_no_error_at_home(file: Path, house: House) -> None:
    others = [draft_plan(one.read_bytes())[0] for one in LIBRARY if one != file]
    known = [one for one in others if one is not None]
    assert len(known) == len(LIBRARY) - 1
    found = linted(file.read_bytes(), file.name, DAY, house, known)
    assert mistakes_only(found.told) == []


@pytest.mark.parametrize(
    "file", [*LIBRARY, *SMALL], ids=lambda file: f"{file.parent.name}-{file.stem}"
)
def test_a_shipped_plan_has_no_error_by_itself(file: Path) -> None:
    assert mistakes_only(linted(file.read_bytes(), file.name, DAY).told) == []


def test_there_are_plans_to_judge() -> None:
    assert len(LIBRARY) > 1 and SMALL
