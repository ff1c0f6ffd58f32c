"""Steering a run from the keyboard: its questions by role, another version of its plan."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli_seat import Keyboard

PLAN = """\
plan: steer
version: "1"
title: Ask, then end
steps:
  lead: {approve: Open it again, role: commander, next: law, on_declined: no}
  law: {approve: Open it again, role: counsel, next: done, on_declined: no}
  done: {end: completed}
  no: {end: failed}
"""
Keys = dict[str, Path]


def by(who: str, keys: Keys) -> tuple[object, ...]:
    return ("--as", who, "--key", keys[who])


@pytest.fixture
def incident(staffed: Keyboard, tmp_path: Path) -> str:
    one = staffed.opened()
    (tmp_path / "plan.yaml").write_text(PLAN)
    staffed.done("incident", "run", one, tmp_path / "plan.yaml")
    return one


def test_two_roles_answer_by_the_names_of_the_steps(
    staffed: Keyboard, incident: str, keys: Keys
) -> None:
    show = staffed.done("incident", "show", incident)["runs"][0]
    assert [(one["step"], one["role"]) for one in show["asks_approval"]] == [("lead", "commander")]
    assert "to approve: Open it again" in staffed("incident", "show", incident).out
    why = ("--because", "checked")
    assert "needs signature" in staffed.refused("decide", incident, "lead", "approve", *why)
    staffed.done("decide", incident, "lead", "approve", *why, *by("ben", keys))
    told = staffed.refused("decide", incident, "law", "approve", *why, *by("ben", keys))
    assert "one person and one key fill one role" in told
    told = staffed.refused("decide", incident, "law", "approve", *why, *by("ana", keys))
    assert "does not have the role counsel" in told
    staffed.done("decide", incident, "law", "approve", *why, *by("cleo", keys))
    assert staffed.done("incident", "show", incident)["runs"][0]["ending"] == "completed"
    staffed.sound()


def test_a_run_goes_on_by_another_version(
    staffed: Keyboard, incident: str, keys: Keys, tmp_path: Path
) -> None:
    new = tmp_path / "new.yaml"
    law = next(line for line in PLAN.splitlines(keepends=True) if line.startswith("  law:"))
    new.write_text(PLAN.replace('"1"', '"2"').replace(law, "").replace("next: law", "next: done"))
    words = ("incident", "migrate", incident, "run-1", new, "--because", "counsel agreed by phone")
    assert "sign it" in staffed.refused(*words)
    assert "no run run-7" in staffed.refused(*words[:3], "run-7", *words[4:], *by("ana", keys))
    done = staffed.done(*words, *by("ana", keys))
    assert done["run"] == "run-1" and len(done["plan"]) == 64
    assert "goes on by another version" in staffed("log", incident).out
    assert "this very version" in staffed.refused(*words, *by("ana", keys))
    new.write_text(PLAN.replace("role: commander", "role: counsel"))
    told = staffed.refused(*words, *by("ana", keys))
    assert "lead has begun, and its `role` differs there" in told
    missing = ("incident", "migrate", incident, "run-1", tmp_path / "none.yaml", *words[5:])
    assert "name a plan's file" in staffed.refused(*missing)


def test_why_tells_what_is_waited_for_and_what_would_lead_elsewhere(
    staffed: Keyboard, incident: str, keys: Keys
) -> None:
    out = staffed("incident", "why", incident).out.splitlines()
    assert out[0] == "run-1  plan steer: active"
    assert out[1] == "  HERE  lead: waits for commander to approve it"
    assert out[2] == "  not   law: lead leads here if it comes to approved"
    staffed.done("decide", incident, "lead", "decline", "--because", "no", *by("ben", keys))
    told = staffed.done("incident", "why", incident, "run-1")
    steps = {one["step"]: one for one in told["steps"]}
    assert told["standing"] == "ended" and steps["lead"]["result"] == "declined"
    assert steps["law"]["why"] == ["lead came to declined; approved would lead here"]
    assert steps["no"]["why"] == ["the run ended here: failed"]
    assert "no run run-9" in staffed.refused("incident", "why", incident, "run-9")
    assert "no plan is at work" in staffed.refused("incident", "why", staffed.opened("another"))
