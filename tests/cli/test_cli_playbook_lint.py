"""`tocsin playbook lint` as people and scripts meet it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli_seat import Keyboard
from tocsin.playbook.lint import RULES

FINE = """\
plan: p
version: "1"
title: T
failure_mode: degradation
owner: commander
review_by: 2099-05-31
steps:
  stop:
    act: assistant-switch
    target: assistant
    wanted: fallback
    effect: stop
    undo: serving
    next: seen
    on_failure: failed
    raci: {accountable: commander, responsible: [commander]}
  seen:
    probe: eye
    target: assistant
    wanted: fallback
    next: pin
    on_not_shown: failed
    on_undetermined: failed
  pin:
    ask: Keep other releases out. Done?
    role: commander
    choices: {done: over, cannot: over}
    limit: 1h
    on_limit: cannot
    purpose: [pin-version]
    raci: {accountable: commander, responsible: [commander]}
  over: {end: completed}
  failed: {end: failed}
"""
DANGER = FINE.replace("    undo: serving\n", "")
UNWISE = FINE.replace("owner: commander\n", "")


@pytest.fixture
def nowhere(tmp_path: Path) -> Keyboard:
    """A keyboard where there is no home."""
    return Keyboard(tmp_path / "none")


def written(folder: Path, text: str, name: str = "p.yaml") -> Path:
    (folder / name).write_text(text)
    return folder / name


def test_a_sound_plan_passes_strictly(nowhere: Keyboard, tmp_path: Path) -> None:
    found = nowhere.done("playbook", "lint", written(tmp_path, FINE), "--strict")
    assert found["ok"] is True and found["mistakes"] == [] and found["plan"] == "p"
    assert "TP203" in found["unchecked_rules"] and "home" in found["unchecked"]


def test_an_error_blocks_and_is_told_with_line_id_name_and_remedy(
    nowhere: Keyboard, tmp_path: Path
) -> None:
    ran = nowhere("playbook", "lint", written(tmp_path, DANGER))
    assert ran.status == 1
    said = "p.yaml:8: TP403 stop-without-undo: steps.stop: a stop that nothing takes back; write"
    assert said in ran.out, ran


def test_advice_blocks_only_strictly(nowhere: Keyboard, tmp_path: Path) -> None:
    path = written(tmp_path, UNWISE)
    ran = nowhere("playbook", "lint", path)
    assert ran.status == 0 and "p.yaml:1: TP703 no-owner (advice): owner: nobody" in ran.out
    ran = nowhere("playbook", "lint", path, "--strict", "--json")
    assert ran.status == 1 and ran.json["ok"] is False
    assert [(one["rule"], one["advice"]) for one in ran.json["mistakes"]] == [("TP703", True)]


def test_waived_advice_is_shown_with_its_reason_and_blocks_nothing(
    nowhere: Keyboard, tmp_path: Path
) -> None:
    waived = UNWISE.replace("steps:", "waived: [{rule: TP703, because: we all own it}]\nsteps:")
    path = written(tmp_path, waived)
    ran = nowhere("playbook", "lint", path, "--strict")
    assert ran.status == 0 and "nobody owns this plan" in ran.out
    assert "[waived: we all own it]" in ran.out
    found = nowhere.done("playbook", "lint", path)["files"][0]["waived"]
    assert [(one["because"], one["mistake"]["rule"]) for one in found] == [
        ("we all own it", "TP703")
    ]


def test_a_folder_is_all_its_plans_and_they_are_each_others_neighbours(
    nowhere: Keyboard, tmp_path: Path
) -> None:
    folder = tmp_path / "plans"
    folder.mkdir()
    calling = "{call: q, limit: 1h, on_limit: done, on_failure: done, next: done}"
    over = f"  over: {calling}\n  done: {{end: completed}}\n"
    calls = FINE.replace("  over: {end: completed}\n", over)
    written(folder, calls)
    written(folder, FINE.replace("plan: p", "plan: r"), "q.yaml")
    (folder / "notes.md").write_text("# no plan")
    ran = nowhere("playbook", "lint", folder, "--json")
    assert ran.status == 1 and [one["ok"] for one in ran.json["files"]] == [False, True]
    assert [one["rule"] for one in ran.json["mistakes"]] == ["TP112"]
    written(folder, FINE.replace("plan: p", "plan: q"), "q.yaml")
    assert nowhere.done("playbook", "lint", folder)["ok"] is True


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "name a plan's file or a folder"),
        (("nothing.yaml",), "name a plan's file"),
        (("--explain", "TP999"), "no rule is called TP999"),
        (("--explain", "stop-without-undoo"), 'did you mean "stop-without-undo"?'),
    ],
)
def test_wrong_use_says_what_is_right(nowhere: Keyboard, words: tuple[str, ...], said: str) -> None:
    ran = nowhere("playbook", "lint", *words)
    assert ran.status == 2 and said in ran.err, ran


def test_an_empty_folder_is_told(nowhere: Keyboard, tmp_path: Path) -> None:
    ran = nowhere("playbook", "lint", tmp_path)
    assert ran.status == 2 and "no file that ends with .yaml" in ran.err


def test_all_rules_are_listed(nowhere: Keyboard) -> None:
    ran = nowhere("playbook", "lint", "--rules")
    assert ran.status == 0 and all(id in ran.out for id in RULES)
    listed = nowhere.done("playbook", "lint", "--rules")["rules"]
    assert [one["id"] for one in listed] == [*RULES] and all(one["why"] for one in listed)


@pytest.mark.parametrize("word", ["TP402", "tp402", "stop-that-nobody-sees"])
def test_a_rule_is_explained_with_both_examples(nowhere: Keyboard, word: str) -> None:
    ran = nowhere("playbook", "lint", "--explain", word)
    rule = RULES["TP402"]
    assert ran.status == 0 and "TP402 stop-that-nobody-sees (error)" in ran.out
    assert rule.why in ran.out and "effect: stop" in ran.out and "# <-" in ran.out


def test_a_home_is_held_against_the_plan(staffed: Keyboard, tmp_path: Path) -> None:
    ran = staffed("playbook", "lint", written(tmp_path, FINE), "--json")
    rules = {one["rule"] for one in ran.json["mistakes"]}
    assert ran.status == 1 and rules == {"TP801", "TP707"} and ran.json["unchecked"] is None
    assert ran.json["unchecked_rules"] == []


def test_errors_of_rules_are_told_by_register_lint_and_doctor_and_advice_is_not(
    staffed: Keyboard,
) -> None:
    folder = staffed.home / "playbooks"
    folder.mkdir(exist_ok=True)
    blind = DANGER.replace("probe: eye", "probe: assistant-switch")
    written(folder, blind.replace("undo:", "# undo:"))
    ran = staffed("register", "lint", "--json")
    rules = {one["rule"] for one in ran.json["mistakes"] if one["file"] == "playbooks/p.yaml"}
    assert ran.status == 1 and rules == {"TP403", "TP801"}
    sick = [one for one in staffed("doctor", "--json").json["findings"] if not one["ok"]]
    assert [one["what"] for one in sick] == ["playbooks"] and "2 mistakes" in sick[0]["seen"]


def test_no_rule_keeps_a_run_from_beginning(staffed: Keyboard, tmp_path: Path) -> None:
    opened = staffed.done("incident", "open", "--title", "T", "--system", "assistant")
    act = "{act: assistant-switch, target: assistant, wanted: fallback, effect: stop, next: over}"
    steps = f"  stop: {act}\n  over: {{end: completed}}\n"
    path = written(tmp_path, f"plan: p\nversion: '1'\ntitle: T\nsteps:\n{steps}")
    assert staffed("playbook", "lint", path).status == 1
    assert staffed("incident", "run", opened["incident"], path).status == 0
