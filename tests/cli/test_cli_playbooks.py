"""Mistakes in a home's playbooks are told before an alarm needs them."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli_seat import Keyboard

PLAN = """\
plan: p
version: "1"
title: T
systems: [assistant]
steps:
  stop:
    act: assistant-switch
    target: assistant
    wanted: fallback
    next: over
  over: {end: completed}
"""
WRONG = PLAN.replace("act: assistant-switch", "act: asistant-switch")
SAID = 'steps.stop.act: there is no integration asistant-switch; did you mean "assistant-switch"?'


def playbook(tocsin: Keyboard, text: str) -> None:
    (tocsin.home / "playbooks").mkdir(exist_ok=True)
    (tocsin.home / "playbooks" / "p.yaml").write_text(text)


def test_a_home_whose_playbooks_fit_has_nothing_to_mend(staffed: Keyboard) -> None:
    playbook(staffed, PLAN)
    assert staffed.done("register", "lint")["ok"] is True
    found = {one["what"]: one for one in staffed.done("doctor")["findings"]}
    assert found["playbooks"]["seen"] == "1 plans, 0 mistakes"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (WRONG, f"playbooks/p.yaml:7: mistake: {SAID}"),
        (PLAN.replace("next: over", "next: ovr"), "playbooks/p.yaml:6: mistake: steps.stop.next"),
        ("plan: [\n", "playbooks/p.yaml:2: mistake: not YAML"),
    ],
)
def test_lint_and_doctor_tell_a_mistake_in_a_playbook(
    staffed: Keyboard, text: str, said: str
) -> None:
    playbook(staffed, text)
    ran = staffed("register", "lint")
    assert ran.status == 1 and said in ran.out, ran
    ran = staffed("doctor", "--json")
    sick = [one for one in ran.json["findings"] if not one["ok"]]
    assert ran.status == 1 and [one["what"] for one in sick] == ["playbooks"], ran
    assert said in sick[0]["seen"] and "tocsin register lint" in sick[0]["remedy"]


def test_a_trigger_that_no_detector_answers_to_is_told(staffed: Keyboard) -> None:
    playbook(staffed, PLAN.replace("steps:", "triggers: [fallback-rate]\nsteps:"))
    ran = staffed("register", "lint")
    said = "playbooks/p.yaml:5: mistake: triggers: there is no detector fallback-rate"
    assert ran.status == 1 and said in ran.out, ran


def test_a_playbook_with_a_mistake_keeps_no_register_out_of_force(staffed: Keyboard) -> None:
    playbook(staffed, WRONG)
    assert staffed.done("register", "adopt")["digest"]


def test_a_plan_is_checked_against_the_home_where_there_is_one(
    staffed: Keyboard, tmp_path: Path
) -> None:
    (tmp_path / "p.yaml").write_text(WRONG)
    ran = staffed("plan", "lint", tmp_path / "p.yaml")
    assert ran.status == 1 and f"p.yaml:7: TP801 no-such-hand-or-eye: {SAID}" in ran.out, ran
    (tmp_path / "p.yaml").write_text(PLAN)
    assert staffed.done("plan", "lint", tmp_path / "p.yaml")["unchecked"] is None


def test_where_there_is_no_home_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(WRONG)
    ran = Keyboard(tmp_path / "none")("plan", "lint", tmp_path / "p.yaml")
    assert ran.status == 0 and "not checked against a register" in ran.out, ran


def test_the_example_fits_its_own_house(staffed: Keyboard) -> None:
    root = Path(__file__).parents[2]
    (staffed.home / "detectors").mkdir()
    for source, to in (
        ("examples/first-alarm/register.toml", "register/register.toml"),
        ("examples/first-alarm/detectors.yaml", "detectors/assistant.yaml"),
        ("playbooks/assistant-fallback.yaml", "playbooks/p.yaml"),
    ):
        (staffed.home / to).parent.mkdir(exist_ok=True)
        (staffed.home / to).write_bytes((root / source).read_bytes())
    told = staffed("register", "lint", "--json").json["mistakes"]
    assert [one for one in told if one["file"].startswith("playbooks/")] == []


def test_what_does_not_fit_is_told_together_with_mistakes_of_form(
    staffed: Keyboard, tmp_path: Path
) -> None:
    text = WRONG.replace("wanted: fallback", "wated: fallback")
    playbook(staffed, text)
    (tmp_path / "p.yaml").write_text(text)
    for words in (("register", "lint"), ("plan", "lint", tmp_path / "p.yaml")):
        ran = staffed(*words)
        assert ran.status == 1 and SAID in ran.out and "steps.stop.wated" in ran.out, ran


def test_techniques_are_sought_in_the_release_that_the_home_keeps(staffed: Keyboard) -> None:
    playbook(staffed, PLAN.replace("steps:", "techniques: [AML.T0501]\nsteps:"))
    assert staffed.done("register", "lint")["ok"] is True
    release = staffed.home / "knowledge" / "ATLAS.yaml"
    release.parent.mkdir()
    one = "{id: AML.T0051, name: Inject a prompt}"
    release.write_text(f"version: 5.9.0\nmatrices: [{{techniques: [{one}]}}]\n")
    ran = staffed("register", "lint")
    assert ran.status == 1, ran
    assert "playbooks/p.yaml:5: mistake: techniques: ATLAS 5.9.0 has no technique" in ran.out
    assert 'did you mean "AML.T0051" (Inject a prompt)?' in ran.out
    release.write_text("version: [\n")
    ran = staffed("register", "lint")
    assert ran.status == 1 and "knowledge/ATLAS.yaml:2: mistake: not YAML" in ran.out


def test_a_deprecated_technique_is_advice_and_nothing_to_mend(staffed: Keyboard) -> None:
    playbook(staffed, PLAN.replace("steps:", "techniques: [AML.T0051]\nsteps:"))
    release = staffed.home / "knowledge" / "ATLAS.yaml"
    release.parent.mkdir()
    one = "{id: AML.T0051, name: Inject a prompt, deprecated: true}"
    release.write_text(f"version: 5.9.0\nmatrices: [{{techniques: [{one}]}}]\n")
    assert "is deprecated in ATLAS 5.9.0" in staffed("register", "lint").out
    assert staffed.done("register", "lint")["ok"] is True
    found = {one["what"]: one for one in staffed.done("doctor")["findings"]}
    assert found["playbooks"]["seen"] == "1 plans, 0 mistakes"
