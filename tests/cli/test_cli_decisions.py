"""Whatever decision the register may ask a proof for, asking for it has an effect."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cli_seat import Keyboard, ssh_key
from tocsin.register.model import Decision

Keys = dict[str, Path]
Words = tuple[object, ...]
WHY = ("--because", "to see")
RULE = """
[entity]
legal_name = "Example GmbH"
sectors = ["retail"]
countries = ["DE"]

[[entity.proofs]]
decision = "{}"
proof = "signature"
role = "counsel"
"""
PLAN = """\
plan: fall-back
version: "1"
title: People answer instead
start: stop
steps:
  stop:
    act: assistant-switch
    target: assistant
    wanted: fallback
    approvals: 1
    limit: 4h
    on_limit: over
    on_declined: over
    next: over
  over:
    end: completed
"""


class Scene:
    """An incident in a home, brought to where a decision is due."""

    def __init__(self, home: Keyboard, folder: Path, keys: Keys) -> None:
        self.home, self.folder = home, folder
        self.ana = ("--as", "ana", "--key", keys["ana"])
        self.one = home.opened()

    def let_go(self) -> None:
        """Nothing holds what belongs to the incident any more."""
        self.home.done("incident", "dismiss", self.one, *WHY, *self.ana)
        self.home.done("incident", "release", self.one, "declaration", *WHY, *self.ana)


def approval(scene: Scene) -> Words:
    plan = scene.folder / "plan.yaml"
    plan.write_text(PLAN)
    scene.home.done("incident", "run", scene.one, plan)
    (action,) = scene.home.done("incident", "show", scene.one)["runs"][0]["actions"]
    return ("incident", "approve", scene.one, action["action"])


def enrolment(scene: Scene) -> Words:
    return ("register", "enrol", "dan", f"{ssh_key(scene.folder, 'dan', 9)}.pub")


def dismissal(scene: Scene) -> Words:
    return ("incident", "dismiss", scene.one, *WHY)


def closure(scene: Scene) -> Words:
    severity = ("severity", scene.one, "sev4", "--reason", "r", "--basis", "b")
    scene.home.done("incident", *severity)
    return ("incident", "close", scene.one, *WHY)


def awareness(scene: Scene) -> Words:
    aware = ("aware", scene.one, "ben", "--standing", "management", "--basis", "mail")
    scene.home.done("incident", *aware)
    return ("incident", "rule-awareness", scene.one, "2", "--counts-not", *WHY)


def hold_release(scene: Scene) -> Words:
    scene.home.done("incident", "hold", scene.one, *WHY)
    return ("incident", "release", scene.one, "H1", *WHY)


def deletion(scene: Scene) -> Words:
    file = scene.folder / "answers"
    file.write_text("{}")
    add = ("evidence", "add", scene.one, file, "--source", "s", *WHY)
    digest = scene.home.done("incident", *add)["digest"]
    scene.let_go()
    return ("incident", "evidence", "destroy", scene.one, digest, *WHY)


def erasure(scene: Scene) -> Words:
    scene.let_go()
    return ("incident", "erase", scene.one, "1", "title", *WHY)


OUR_RULE = """
title = "Our own"
instrument = "A promise of the house"
version = "1"
compared_on = 2026-11-20
grade = "P"
sources = ["the promise"]
where = ["DE"]
enforcement = "live"
from = 2020-01-01
summary = "Tell the council."
[[rule]]
id = "own/promise"
says = "Tell the council."
paragraphs = ["1"]
who = "us"
when = [{ fact = "aware", happened = true }]
stage = "told"
to = [{ name = "the council" }]
[[rule.clock]]
paragraph = "1"
start = "aware"
within = { days = 9 }
"""


def duty(scene: Scene) -> Words:
    own = scene.home.home / "law" / "own"
    own.mkdir(parents=True)
    (own / "promise.toml").write_text(OUR_RULE)
    aware = ("aware", scene.one, "ben", "--standing", "management", "--basis", "mail")
    assert "own/promise" in scene.home.done("incident", *aware)["duties"]
    return ("law", "decide", scene.one, "own/promise", "not-required", *WHY)


DUE: dict[Decision, Callable[[Scene], Words]] = {
    Decision.APPROVAL: approval,
    Decision.ENROLMENT: enrolment,
    Decision.DISMISSAL: dismissal,
    Decision.CLOSURE: closure,
    Decision.AWARENESS: awareness,
    Decision.DUTY: duty,
    Decision.HOLD_RELEASE: hold_release,
    Decision.DELETION: deletion,
    Decision.ERASURE: erasure,
}
ELSEWHERE = {Decision.OVERRIDE}
"""Enforced by `desk.acting.gates`; tests/desk/test_desk_glass.py shows it."""


def test_no_decision_can_be_asked_for_in_vain() -> None:
    assert DUE.keys() | ELSEWHERE == set(Decision), "show here that the new decision is enforced"
    assert not DUE.keys() & ELSEWHERE


@pytest.mark.parametrize("decision", DUE, ids=lambda one: one.value)
def test_who_does_not_meet_the_rule_is_refused_and_who_does_may_decide(
    staffed: Keyboard, keys: Keys, tmp_path: Path, decision: Decision
) -> None:
    due = DUE[decision](Scene(staffed, tmp_path, keys))
    (staffed.home / "register" / "rule.toml").write_text(RULE.format(decision.value))
    signed = {who: ("--as", who, "--key", keys[who]) for who in ("ana", "cleo")}
    staffed.done("register", "adopt", *signed["ana"])
    assert "counsel" in staffed.refused(*due, *signed["ana"])
    assert "account" in staffed.refused(*due, "--as", "cleo"), "her name alone is no proof"
    staffed.done(*due, *signed["cleo"])
    staffed.sound()


def test_a_ruling_on_an_awareness_is_signed_once_anybody_has_a_key(
    staffed: Keyboard, keys: Keys, tmp_path: Path
) -> None:
    due = awareness(Scene(staffed, tmp_path, keys))
    told = staffed.refused(*due, "--as", "cleo")
    assert "account" in told and "SSH key" in told
    assert "counsel" in staffed.refused(*due, "--as", "ana", "--key", keys["ana"])
    staffed.done(*due, "--as", "cleo", "--key", keys["cleo"])
