"""A foreign playbook comes in through the command line, with everything told to people."""

from __future__ import annotations

import json
from pathlib import Path

from cli_seat import Keyboard
from tocsin.playbook.read import plan_of

PLAYBOOK = {
    "type": "playbook",
    "spec_version": "cacao-2.0",
    "id": "playbook--9f1c8f0e-4f0a-4c53-9d0c-1b6c5e7a2d11",
    "name": "Quarantine",
    "workflow_start": "start--1",
    "workflow": {
        "start--1": {"type": "start", "on_completion": "action--1"},
        "action--1": {"type": "action", "name": "Isolate", "on_completion": "end--gone"},
    },
}


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "playbook.json"
    file.write_text(text)
    return file


def test_import_prints_the_plan_and_tells_repairs_beside_it(
    tocsin: Keyboard, tmp_path: Path
) -> None:
    file = written(tmp_path, json.dumps(PLAYBOOK))
    ran = tocsin("playbook", "import", str(file))
    assert ran.status == 0
    assert plan_of(ran.out.encode()).title == "Quarantine"
    assert "repaired: line 1, $.workflow.action--1.on_completion: no step is called" in ran.err
    assert "playbook.json: 2 steps, " in ran.err and "0 things not carried" in ran.err


def test_import_writes_a_file_that_is_not_there_yet(tocsin: Keyboard, tmp_path: Path) -> None:
    file, to = written(tmp_path, json.dumps(PLAYBOOK)), tmp_path / "plan.yaml"
    assert tocsin("playbook", "import", str(file), "--to", str(to)).status == 0
    assert plan_of(to.read_bytes()).title == "Quarantine"
    again = tocsin("playbook", "import", str(file), "--to", str(to))
    assert again.status == 2 and "is there already" in again.err


def test_import_as_json_holds_the_plan_and_all_that_was_told(
    tocsin: Keyboard, tmp_path: Path
) -> None:
    file = written(tmp_path, json.dumps(PLAYBOOK))
    ran = tocsin("playbook", "import", str(file), "--json")
    assert ran.json["ok"] is True and plan_of(ran.json["yaml"].encode()).title == "Quarantine"
    assert {"$.workflow", "$.workflow.action--1.on_completion"} <= {
        r["path"] for r in ran.json["repairs"]
    }


def test_what_cannot_be_imported_is_refused_with_its_line(tocsin: Keyboard, tmp_path: Path) -> None:
    file = written(tmp_path, '{\n"type": "playbook",\n}')
    ran = tocsin("playbook", "import", str(file))
    assert ran.status == 2
    assert "playbook.json:3: mistake: a comma before }; remove the comma" in ran.out + ran.err
    ran = tocsin("playbook", "import", str(tmp_path / "none.json"))
    assert ran.status == 2 and "No such file" in ran.err


def test_a_plan_goes_out_and_comes_back_through_files(tocsin: Keyboard, tmp_path: Path) -> None:
    plan, out, again = tmp_path / "p.yaml", tmp_path / "p.json", tmp_path / "q.yaml"
    plan.write_text(
        'plan: p\nversion: "1"\ntitle: T\nsteps:\n  stop:\n    act: switch\n    target: a.b\n'
        '    wanted: "off"\n    effect: stop\n    next: over\n  over: {end: completed}\n'
    )
    at = ("--created", "2026-11-26T12:00Z")
    assert tocsin("playbook", "export", str(plan), "--to", str(out), *at).status == 0
    assert json.loads(out.read_text())["created"] == "2026-11-26T12:00:00.000Z"
    assert out.read_text() == tocsin("playbook", "export", str(plan), *at).out
    ran = tocsin("playbook", "lint", str(out))
    assert ran.status == 0 and "0 mistakes, 0 advice" in ran.out
    ran = tocsin("playbook", "import", str(out), "--to", str(again))
    assert ran.status == 0 and "acts through switch" in ran.err
    stop = plan_of(again.read_bytes()).steps["stop"]
    assert (stop.connector, stop.wanted) == ("switch", "off")  # type: ignore[union-attr]
    ran = tocsin("playbook", "import", str(out), "--only-asking", "--json")
    assert ran.json["acts_through"] == []


def test_a_broken_plan_is_not_exported(tocsin: Keyboard, tmp_path: Path) -> None:
    plan = tmp_path / "p.yaml"
    plan.write_text("plan: p\nsteps: {}\n")
    ran = tocsin("playbook", "export", str(plan))
    assert ran.status == 2 and "p.yaml:2: mistake: steps: no steps" in ran.out + ran.err


def test_lint_tells_every_mistake_of_a_foreign_playbook(tocsin: Keyboard, tmp_path: Path) -> None:
    file = written(tmp_path, json.dumps(PLAYBOOK))
    ran = tocsin("playbook", "lint", str(file))
    assert ran.status == 1
    assert "$.workflow.action--1.on_completion: no step is called 'end--gone'" in ran.out


def test_half_a_character_and_a_made_up_id_are_told_as_repairs(
    tocsin: Keyboard, tmp_path: Path
) -> None:
    workflow = json.loads(json.dumps(PLAYBOOK["workflow"]))
    workflow["action--1"]["name"] = "Isolate \udc00"
    foreign = {**PLAYBOOK, "id": "hello", "name": "Stop \ud800", "workflow": workflow}
    ran = tocsin("playbook", "import", written(tmp_path, json.dumps(foreign)), "--json")
    assert ran.status == 0 and plan_of(ran.json["yaml"].encode()).title == "Stop \ufffd"
    told = {(one["path"], one["found"]) for one in ran.json["repairs"]}
    assert {
        ("$.id", "'hello' is no id of a playbook"),
        ("$.workflow.action--1.name", "half a character (a lone surrogate)"),
    } <= told


def test_a_refused_import_tells_only_why(tocsin: Keyboard, tmp_path: Path) -> None:
    foreign = {**PLAYBOOK, "labels": ["x"], "workflow": {}}
    ran = tocsin("playbook", "import", written(tmp_path, json.dumps(foreign)))
    assert ran.status == 2 and "not imported" in ran.out + ran.err
    assert "not carried" not in ran.out + ran.err and "repaired" not in ran.out + ran.err
