"""`tocsin coverage` counts what is there, names what is not, and needs neither home nor release."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cli_seat import Keyboard

RELEASE = """\
version: 5.9.0
matrices:
- tactics:
  - {id: AML.TA0005, name: Running}
  techniques:
  - {id: AML.T0051, name: Inject a prompt, tactics: [AML.TA0005], maturity: realized}
  - {id: AML.T0051.001, name: Indirectly, subtechnique-of: AML.T0051}
  - {id: AML.T0020, name: Poison, tactics: [AML.TA0005]}
case-studies:
- id: AML.CS0000
  name: The mail that spoke
  case-study-type: incident
  procedure:
  - {tactic: AML.TA0005, technique: AML.T0051.001, description: a}
  - {tactic: AML.TA0005, technique: AML.T0020, description: b}
"""
PLAN = """\
plan: stop-the-words
version: "1"
title: T
failure_mode: prompt-injection
techniques: [AML.T0051]
systems: [assistant]
triggers: [odd-words]
steps:
  over: {end: completed}
"""
DETECTORS = """\
system: assistant
detectors:
  odd-words: {no-data: 2m, status: live}
  shifted: {no-data: 2m, status: live, failure_mode: drift, techniques: [AML.T0020]}
  on-trial: {no-data: 2m, failure_mode: unfair-outcome}
"""


@pytest.fixture
def bare(tmp_path: Path) -> Keyboard:
    """Somebody who has no home."""
    return Keyboard(tmp_path / "nowhere")


@pytest.fixture
def home(tmp_path: Path) -> Keyboard:
    """A folder with one plan, two detectors and a release; nothing was founded there."""
    made = tmp_path / "home"
    for name, text in (
        ("playbooks/p.yaml", PLAN),
        ("detectors/assistant.yaml", DETECTORS),
        ("knowledge/ATLAS.yaml", RELEASE),
    ):
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_text(text)
    return Keyboard(made)


def mode(document: Any, name: str) -> Any:
    return next(one for one in document["failure_modes"] if one["mode"] == name)


def technique(document: Any, id: str) -> Any:
    return next(one for one in document["atlas"]["techniques"] if one["technique"] == id)


def test_without_a_home_and_a_release_the_library_is_told(bare: Keyboard) -> None:
    found = bare.done("coverage")
    assert found["home"] is None and found["atlas"] is None and found["ok"] is True
    assert len(found["failure_modes"]) == 12
    assert "assistant-fallback" in mode(found, "degradation")["shipped"]
    assert all(one["drills"] == [] for one in found["failure_modes"])
    text = bare("coverage").out
    assert "There is no home here" in text and "no drills yet" in text
    assert "ATLAS.yaml of the official release" in text and "--atlas FILE" in text
    assert max(map(len, text.splitlines())) <= 100


def test_a_home_is_counted_by_what_its_files_say(home: Keyboard) -> None:
    found = home.done("coverage")
    injection = mode(found, "prompt-injection")
    assert injection["playbooks"] == ["stop-the-words"]
    assert injection["detectors"] == ["assistant/odd-words"]
    assert mode(found, "drift")["detectors"] == ["assistant/shifted"]
    assert mode(found, "unfair-outcome")["detectors"] == [], "in shadow it calls nobody"
    assert technique(found, "AML.T0051.001")["playbooks"] == ["stop-the-words"]
    assert technique(found, "AML.T0020")["detectors"] == ["assistant/shifted"]
    counts = found["atlas"]["counts"]
    assert counts["techniques"] == 3 and counts["seen_in_incidents"] == 2
    assert counts["seen_in_incidents_with_playbook"] >= 1
    text = home("coverage").out
    assert "ATLAS 5.9.0, 3 techniques" in text and "1 real incidents show 2 techniques" in text
    assert "no drills yet" in text and "There is no home" not in text


def test_a_copy_in_the_home_is_not_counted_as_shipped(home: Keyboard) -> None:
    copied = PLAN.replace("stop-the-words", "assistant-fallback")
    (home.home / "playbooks" / "p.yaml").write_text(copied)
    found = home.done("coverage")
    assert mode(found, "prompt-injection")["playbooks"] == ["assistant-fallback"]
    assert "assistant-fallback" not in mode(found, "degradation")["shipped"]


def test_all_shows_every_technique(home: Keyboard) -> None:
    text = home("coverage", "--all").out
    assert "AML.T0051.001  Inject a prompt: Indirectly" in text


def test_require_is_a_problem_while_a_failure_mode_has_no_playbook(home: Keyboard) -> None:
    found = home.done("coverage")
    ran = home("coverage", "--require", "--json")
    lacking = found["without_playbook"]
    assert ran.status == (1 if lacking else 0) and ran.json["ok"] is not bool(lacking)
    for number, name in enumerate(lacking):
        text = PLAN.replace("stop-the-words", f"p{number}").replace("prompt-injection", name)
        (home.home / "playbooks" / f"p{number}.yaml").write_text(text)
    assert home.done("coverage", "--require")["without_playbook"] == []


def test_what_a_plan_or_detector_names_in_vain_is_told_with_its_line(home: Keyboard) -> None:
    (home.home / "playbooks" / "p.yaml").write_text(PLAN.replace("AML.T0051", "AML.T0501"))
    wrong = DETECTORS.replace("AML.T0020", "AML.T0999")
    (home.home / "detectors" / "assistant.yaml").write_text(wrong)
    ran = home("coverage")
    assert ran.status == 1
    assert "playbooks/p.yaml:5: mistake: techniques: ATLAS 5.9.0 has no technique" in ran.out
    assert 'did you mean "AML.T0051" (Inject a prompt)?' in ran.out
    assert "detectors/assistant.yaml:4: mistake: detectors.shifted.techniques" in ran.out


def test_a_plan_with_a_mistake_counts_for_nothing_and_is_told(home: Keyboard) -> None:
    (home.home / "playbooks" / "p.yaml").write_text(PLAN.replace("completed", "complete"))
    ran = home("coverage", "--json")
    assert ran.status == 1 and ran.json["mistakes"]
    assert mode(ran.json, "prompt-injection")["playbooks"] == []


def test_a_plan_that_names_no_failure_mode_is_said_to_stand_against_none(home: Keyboard) -> None:
    text = PLAN.replace("failure_mode: prompt-injection\n", "")
    (home.home / "playbooks" / "p.yaml").write_text(text)
    assert home.done("coverage")["without_failure_mode"] == ["stop-the-words"]
    assert "stand against none: stop-the-words." in home("coverage").out


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "an empty file"),
        (b"a: [\n", "not YAML"),
        (b"[" * 100_000, "nested too deeply"),
        (RELEASE.replace("AML.T0020, desc", "AML.T0200, desc").encode(), 'mean "AML.T0020"'),
        (b"#" * 10_000_000, "a release has at most"),
        (b"\xff\xfe", "not UTF-8"),
    ],
)
def test_a_file_that_is_no_release_is_wrong_use(
    bare: Keyboard, tmp_path: Path, data: bytes, told: str
) -> None:
    file = tmp_path / "release.yaml"
    file.write_bytes(data)
    message = bare.refused("coverage", "--atlas", file)
    assert told in message and f"{file}:" in message


def test_what_is_no_plain_file_is_refused(bare: Keyboard, tmp_path: Path) -> None:
    assert "no plain file" in bare.refused("coverage", "--atlas", tmp_path)
    assert "no plain file" in bare.refused("coverage", "--atlas", tmp_path / "none.yaml")
