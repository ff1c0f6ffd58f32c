"""Every command once, as a person would give it; what scripts get is one JSON document."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli_seat import Keyboard, command_line

CONTAINMENT = "containment-eradication-recovery"


def test_init_answers_home_and_key_and_is_safe_to_repeat(tmp_path: Path) -> None:
    tocsin = Keyboard(tmp_path / "home")
    first = tocsin.done("init")
    assert first["home"] == str(tmp_path / "home")
    assert first["key"].startswith("SHA256:") and first["new"] is True
    again = tocsin.done("init")
    assert (again["key"], again["origin"], again["new"]) == (first["key"], first["origin"], False)
    assert tocsin.done("verify")["size"] == 1


def test_the_command_itself_opens_an_incident_and_answers_its_id(tmp_path: Path) -> None:
    home = tmp_path / "home"
    made = command_line(home, "init", "--json")
    assert made.status == 0 and made.json["key"]
    ran = command_line(home, "incident", "open", "--title", "T", "--system", "S", "--json")
    assert ran.status == 0 and ran.json["incident"]
    assert "not in the register" in ran.err, "an unknown system is told, and never blocks"
    shown = command_line(home, "incident", "show", ran.json["short"])
    assert shown.status == 0 and shown.out.startswith(ran.json["short"])


def test_people_read_the_answer_on_standard_output_without_json(tocsin: Keyboard) -> None:
    ran = tocsin("incident", "open", "--title", "T", "--system", "S")
    assert ran.status == 0
    assert "is open" in ran.out and "warning" in ran.err and "warning" not in ran.out
    with pytest.raises(json.JSONDecodeError):
        json.loads(ran.out)


def test_what_is_said_about_an_incident_is_shown_and_stands_in_its_timeline(
    staffed: Keyboard, keys: dict[str, Path]
) -> None:
    one, ana = staffed.opened(), ("--as", "ana", "--key", keys["ana"])
    staffed.done("incident", "ack", one, "--note", "looking")
    staffed.done("incident", "assign", one, "commander", "ana", *ana)
    staffed.done("incident", "severity", one, "sev2", "--reason", "money", "--basis", "12 of 40")
    staffed.done("incident", "phase", one, CONTAINMENT, "--because", "traffic is cut")
    staffed.done("incident", "aware", one, "ana", "--standing", "management", "--basis", "ticket")
    staffed.done("incident", "claim", one, "the prompt was changed")
    staffed.done("incident", "grade", one, "C1", "refuted", "--because", "the logs say no")
    staffed.done("incident", "ask", one, "who changed it?")
    staffed.done("incident", "settle", one, "Q1", "nobody")
    staffed.done("incident", "note", one, "a remark")
    shown = staffed.done("incident", "show", one)
    assert shown["severity"] == "sev2" and shown["phase"] == CONTAINMENT
    assert [held["person"] for held in shown["roles"]] == ["ana"]
    assert shown["claims"][0]["gradings"][-1]["grade"] == "refuted"
    assert shown["questions"][0]["settled"]["answer"] == "nobody"
    assert shown["notes"][0]["text"] == "a remark"
    assert shown["aware_since"] is not None
    rows = staffed.done("log", one)["entries"]
    said = [row for row in rows if row["author"]["kind"] == "person"]  # the rest is the law's
    assert len(said) == 11 and [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
    text = staffed("incident", "show", one).out
    assert "sev2" in text and "ana" in text and "refuted" in text
    timeline = staffed("log", one).out.splitlines()
    assert len(timeline) == len(rows) and "a remark" in timeline[-1]
    staffed.done("incident", "close", one, "--because", "over", *ana)
    assert staffed.done("incident", "show", one)["status"] == "closed"
    staffed.done("incident", "reopen", one, "--because", "not over")
    staffed.done("incident", "dismiss", one, "--because", "a test", *ana)
    assert staffed.done("incident", "list")["incidents"][0]["status"] == "dismissed"
    assert staffed.done("incident", "show", one)["aware_since"], "dismissing clears no awareness"
    staffed.sound()


def test_incidents_are_linked_merged_and_split(staffed: Keyboard, keys: dict[str, Path]) -> None:
    ana = ("--as", "ana", "--key", keys["ana"])
    one, two, three = staffed.opened("one"), staffed.opened("two"), staffed.opened("three")
    staffed.done("incident", "link", one, three, "related", "--because", "same model")
    staffed.done("incident", "merge", one, two, "--because", "same cause", *ana)
    shown = staffed.done("incident", "show", one)
    assert shown["status"] == "merged"
    part = staffed.done("incident", "split", two, "--title", "a part", "--because", "another cause")
    assert part["from"] == two
    assert [link["relation"] for link in staffed.done("incident", "show", two)["links"]] == [
        "merged-from",
        "split-into",
    ]
    assert staffed.done("incident", "show", part["incident"])["title"] == "a part"
    staffed.sound()


def test_an_incident_comes_to_be_about_more_systems(staffed: Keyboard) -> None:
    one = staffed.opened("one")
    words = ("incident", "widen", one, "--system", "assistent", "--because", "it fails too")
    answer = staffed(*words)
    assert "assistent" in answer.err and "assistant" in answer.err, "it warns, and asks no more"
    assert "about assistent too" in answer.out
    shown = staffed.done("incident", "show", one)
    assert shown["systems"][-1:] == ["assistent"]
    assert "NOT IN THE REGISTER: assistent" in staffed("incident", "show", one).out
    assert "about assistent already" in staffed.refused(*words)
    staffed.sound()


def test_evidence_is_taken_in_listed_checked_held_copied_and_destroyed(
    staffed: Keyboard, keys: dict[str, Path], tmp_path: Path
) -> None:
    one = staffed.opened()
    file = tmp_path / "answers.jsonl"
    file.write_text("{}\n")
    why = ("--because", "to look at it")
    ana = ("--as", "ana", "--key", keys["ana"])
    digest = staffed.done("incident", "evidence", "add", one, file, "--source", "export", *why)
    piece = digest["digest"]
    listed = staffed.done("incident", "evidence", "list", one)["evidence"]
    assert listed[0]["digest"] == piece and listed[0]["in_vault"] is True
    assert staffed.done("incident", "evidence", "check", "--older-than-hours", "0")["ok"] is True
    staffed.done("incident", "evidence", "get", one, piece[:8], "--to", tmp_path / "copy", *why)
    assert (tmp_path / "copy").read_text() == "{}\n"
    held = staffed.done("incident", "hold", one, "--evidence", piece[:8], *why)
    assert held["hold"] == "H1" and held["entry"]
    refused = staffed.refused("incident", "evidence", "destroy", one, piece, *why, *ana)
    assert "hold" in refused
    assert (
        "declaration"
        in staffed.refused("incident", "release", one, "declaration", *why, *ana)[-200:]
    )
    staffed.done("incident", "dismiss", one, *why, *ana)
    for hold in staffed.done("incident", "evidence", "list", one)["evidence"][0]["holds"]:
        staffed.done("incident", "release", one, hold, *why, *ana)
    staffed.done("incident", "evidence", "destroy", one, piece, *why, *ana)
    assert staffed.done("incident", "evidence", "list", one)["evidence"][0]["in_vault"] is False
    staffed.sound()


def test_words_are_erased_and_the_record_stays_sound(
    staffed: Keyboard, keys: dict[str, Path]
) -> None:
    one, ana = staffed.opened(), ("--as", "ana", "--key", keys["ana"])
    staffed.done("incident", "note", one, "Jane Roe of 4 Elm Street")
    held = staffed.refused("incident", "erase", one, "2", "text", "--because", "Art. 17 GDPR", *ana)
    assert "declaration" in held, "what is declared is on hold until somebody releases it"
    staffed.done("incident", "dismiss", one, "--because", "a test", *ana)
    staffed.done("incident", "release", one, "declaration", "--because", "counsel agreed", *ana)
    gone = staffed.done("incident", "erase", one, "2", "text", "--because", "Art. 17 GDPR", *ana)
    assert gone["erased"] == 1
    assert "Jane" not in staffed("log", one).out + staffed("incident", "show", one).out
    assert b"Jane Roe" not in (staffed.home / "journal.db").read_bytes()
    assert "erased" in staffed("log", one).out
    staffed.sound()


def test_an_exported_package_is_checked_by_its_key(staffed: Keyboard, tmp_path: Path) -> None:
    one = staffed.opened()
    key = staffed.done("key", "show")["key"]
    made = staffed.done("export", one, "--to", tmp_path / "package", "--recipient", "auditor")
    assert made["key"] == key and made["entries"] >= 1
    package = Keyboard(tmp_path / "elsewhere")
    assert package.done("verify", tmp_path / "package", "--key", key)
    unconfirmed = package("verify", tmp_path / "package", "--json")
    assert unconfirmed.status == 1, "consistent, but nobody said whose key it is"
    assert unconfirmed.json
    again = staffed.refused("export", one, "--to", tmp_path / "package")
    assert str(tmp_path / "package") in again


def test_the_rest_of_the_commands_answer(staffed: Keyboard, tmp_path: Path) -> None:
    doctor = staffed.done("doctor")
    assert doctor["ok"] is True and doctor["findings"]
    assert staffed.done("register", "lint")["ok"] is True
    assert "assistant" in staffed.done("register", "show")["systems"]
    assert {key["person"] for key in staffed.done("register", "keys")["keys"]} == {
        "ana",
        "ben",
        "cleo",
    }
    assert staffed.done("register", "adopt", "--as", "ana")["adopted"] is False
    assert staffed.done("log", "home")["log"] == "home"
    assert staffed.done("witness", "key")["vkey"].startswith("incidents.example.com+")
    folder = ("--folder", tmp_path / "witness", "--name", "w.example.com")
    vkey = staffed.done("witness", "key")["vkey"]
    assert staffed.done("witness", "know", vkey, *folder)["origin"] == "incidents.example.com"
    assert staffed("witness", "ask", "--json").status == 1, "the register names no witness"
    assert staffed.done("work", "--until-idle")["ended"] is True


def test_wrong_use_is_told_in_json_too_and_nothing_else_stands_on_standard_output(
    tocsin: Keyboard,
) -> None:
    for words in (
        ("incident", "open"),
        ("incident", "ack"),
        ("nonsense",),
        (),
        ("incident",),
        ("incident", "severity", "7K3", "sev9", "--reason", "r", "--basis", "b"),
        ("export", "7K3"),
        ("work", "--parallel", "many"),
    ):
        message = tocsin.refused(*words)
        assert "--help" in message


def test_a_place_without_a_home_says_how_to_make_one(tmp_path: Path) -> None:
    nowhere = Keyboard(tmp_path / "nowhere")
    for words in (
        ("incident", "list"),
        ("incident", "open", "--title", "T"),
        ("log",),
        ("verify",),
        ("doctor",),
        ("work", "--until-idle"),
        ("register", "lint"),
        ("key", "show"),
        ("key", "rotate"),
        ("export", "7K3", "--to", tmp_path / "x"),
    ):
        assert "init" in nowhere.refused(*words)
    assert not (tmp_path / "nowhere").exists(), "looking makes nothing"


PLAN = """\
plan: fall-back
version: "1"
title: People answer instead
start: sure
steps:
  sure:
    ask: Shall people answer?
    role: commander
    choices: {go: stop, leave: over}
    limit: 4h
    on_limit: leave
  stop:
    act: assistant-switch
    target: assistant
    wanted: fallback
    undo: serving
    approvals: 1
    limit: 4h
    on_limit: over
    on_declined: over
    next: over
  over:
    end: completed
"""


def test_a_plan_runs_from_its_question_over_an_approval_to_its_end(
    staffed: Keyboard, keys: dict[str, Path], tmp_path: Path
) -> None:
    one = staffed.opened()
    signed = ("--as", "ana", "--key", keys["ana"])
    staffed.done("incident", "assign", one, "commander", "ana", *signed)
    plan = tmp_path / "plan.yaml"
    plan.write_text(PLAN)
    why = ("--because", "to look")
    assert staffed.done("incident", "run", one, plan)["run"] == "run-1"
    staffed.done("incident", "pause", one, *why)
    assert staffed.done("incident", "show", one)["runs"][0]["standing"] == "paused"
    staffed.done("incident", "resume", one, "run-1", *why)
    assert "Shall people answer?" in staffed("incident", "show", one).out
    refused = staffed.refused("incident", "answer", one, "sure", "perhaps")
    assert "go" in refused and "leave" in refused
    staffed.done("incident", "answer", one, "sure", "go")
    (action,) = staffed.done("incident", "show", one)["runs"][0]["actions"]
    approve = ("incident", "approve", one, action["action"])
    assert staffed.refused(*approve, "--as", "ben"), "an account's word approves nothing"
    assert staffed.done("incident", "show", one)["runs"][0]["ending"] is None
    staffed.done(*approve, "--as", "ben", "--key", keys["ben"])
    staffed.done("work", "--until-idle")
    run = staffed.done("incident", "show", one)["runs"][0]
    assert (run["ending"], run["actions"][0]["standing"]) == ("completed", "done"), run
    staffed.sound()
    second = staffed.done("incident", "run", one, plan)["run"]
    staffed.done("incident", "cancel", one, second, *why)
    assert staffed.done("incident", "show", one)["runs"][1]["ending"] == "cancelled"
    third = staffed.done("incident", "run", one, plan)["run"]
    staffed.done("incident", "answer", one, "sure", "go", "--run", third)
    (declined,) = staffed.done("incident", "show", one)["runs"][2]["actions"]
    staffed.done(
        "incident", "decline", one, declined["action"], "--as", "ben", "--key", keys["ben"]
    )
    staffed.done("work", "--until-idle")
    assert staffed.done("incident", "show", one)["runs"][2]["ending"] == "completed"
    staffed.sound()
