"""What `tocsin playbook prove` says, and the status it leaves with."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli_seat import Keyboard

PLAN = """\
plan: p
version: "1"
title: T
communication: [{audience: board, within: 30m, by: lead}]
deadlines: {notice: the notice}
steps:
  call: {page: on-call, text: T, within: 5m, next: ask, on_unanswered: ask}
  ask: {ask: "Go on?", role: lead, choices: {"yes": tell, "no": failed}, limit: 1h, on_limit: "no"}
  tell: {tell: board, subject: S, text: T, through: mail, next: over, on_failure: over}
  over: {end: completed}
  failed: {end: failed}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "p.yaml").write_text(PLAN)
    return tmp_path / "p.yaml"


def test_a_refuted_property_shows_the_way(tocsin: Keyboard, file: Path) -> None:
    ran = tocsin("playbook", "prove", file)
    assert ran.status == 1
    told = ran.out.splitlines()
    assert told[0] == "p version 1: 1 refuted, 7 proven"
    assert told[1].startswith(
        "no run takes more than 3 steps; the shortest is over after 0 s, the "
    )
    at = told.index("P4 everybody is informed: REFUTED (asked of 1)")
    assert [" ".join(line.split()) for line in told[at + 3 : at + 7]] == [
        "board (line 4): no step of this way tells board",
        "1. 0 s .. 15 min call on-call is called: somebody answers",
        '2. 0 s .. 1 h 15 min ask lead is asked: Go on?: the answer is "no"',
        "3. 0 s .. 1 h 15 min failed the run ends: failed",
    ]
    assert "this rests on:" in told


def test_what_is_not_proven_counts_only_when_asked_for(tocsin: Keyboard, file: Path) -> None:
    file.write_text(PLAN.replace('"no": failed', '"no": tell').replace("  failed: {end: failed}\n",
                    ""))  # fmt: skip
    ran = tocsin("playbook", "prove", file)
    assert (ran.status, ran.out.splitlines()[0]) == (0, "p version 1: 1 not proven, 7 proven")
    assert tocsin("playbook", "prove", file, "--strict").status == 1


def test_the_proof_as_data(tocsin: Keyboard, file: Path) -> None:
    ran = tocsin("playbook", "prove", file, "--json", "--people", "on-call=4", "--attempt", "10s")
    assert ran.status == 1 and ran.json["ok"] is False
    proof = ran.json["proof"]
    assert proof["bounds"]["seconds_at_worst"] == 4 * 900 + 3600 + 5 * 10 + 15
    (refuted,) = [p for p in proof["properties"] if p["standing"] == "refuted"]
    untold, late = refuted["counters"]
    assert (untold["standing"], late["standing"]) == ("refuted", "not proven")
    assert [(p["step"], p["result"]) for p in untold["way"]] == [
        ("call", "answered"), ("ask", "no"), ("failed", ""),
    ]  # fmt: skip


def test_a_plan_with_mistakes_is_not_proven(tocsin: Keyboard, file: Path) -> None:
    file.write_text(PLAN.replace("next: ask,", "next: aks,"))
    ran = tocsin("playbook", "prove", file)
    assert ran.status == 2 and "nothing is proven of a plan with mistakes" in ran.out
    assert 'did you mean "ask"?' in ran.out
    ran = tocsin("playbook", "prove", file, "--json")
    assert ran.status == 2 and ran.json["proof"] is None and len(ran.json["mistakes"]) == 1


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (["--deadline", "notise=4h"], "the plan declares: notice"),
        (["--deadline", "notice=soon"], "write it like 30s"),
        (["--people", "on-call"], "write it like NAME=VALUE"),
        (["--people", "nobody=3"], "the plan calls: on-call"),
        (["--people", "on-call=0"], "a whole number from 1 to 1,000"),
        (["--attempt", "0s"], "write it like 30s"),
    ],
)
def test_wrong_use_says_what_is_right(
    tocsin: Keyboard, file: Path, said: list[str], told: str
) -> None:
    ran = tocsin("playbook", "prove", file, *said)
    assert ran.status == 2 and told in ran.err, ran


def test_the_register_of_the_home_says_whom_a_page_calls(staffed: Keyboard, file: Path) -> None:
    file.write_text(PLAN.replace("page: on-call", "page: commander"))
    alone = staffed("playbook", "prove", file, "--people", "commander=1", "--json").json
    both = staffed("playbook", "prove", file, "--json").json
    spent = [one["proof"]["bounds"]["seconds_at_worst"] for one in (alone, both)]
    assert spent[1] - spent[0] == 900
