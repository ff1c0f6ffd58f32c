"""`tocsin playbook simulate`: works at once, says what it rests on, tells bad input whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli_seat import Keyboard

ROOT = Path(__file__).parents[2]
PLAN = """\
plan: p
version: "1"
title: T
systems: [assistant]
steps:
  confirm: {ask: Is it so, role: on-call, choices: {"yes": stop, "no": over}}
  stop: {act: assistant-switch, target: assistant, wanted: off, effect: stop, undo: on, next: over}
  over: {end: completed}
"""
REGISTER = '[people.ana]\nname = "Ana"\nroles = ["on-call"]\nhours = ["mon-fri 09:00-17:00"]\n'
QUICK = ("--runs", "168", "--no-changes")


@pytest.fixture
def tocsin(tmp_path: Path) -> Keyboard:
    """A line at which no home is found."""
    (tmp_path / "p.yaml").write_text(PLAN)
    (tmp_path / "r.toml").write_text(REGISTER)
    return Keyboard(tmp_path / "none")


def test_the_shipped_plan_is_simulated_without_any_file(tocsin: Keyboard) -> None:
    plan = ROOT / "playbooks" / "assistant-fallback.yaml"
    ran = tocsin("playbook", "simulate", plan, "--runs", "168")
    assert ran.status == 0, ran
    first, second = ran.out.splitlines()[:2]
    assert first.startswith("On assumed times: all ")
    assert "168 runs, seed 1, supposed people" in second and "ask for more --runs" in ran.out
    assert "Contained: 9" in ran.out and "What one change is worth" in ran.out


def test_json_holds_every_hour_every_limit_and_every_supposition(
    tocsin: Keyboard, tmp_path: Path
) -> None:
    words = ("playbook", "simulate", tmp_path / "p.yaml", "--register", tmp_path / "r.toml", *QUICK)
    ran = tocsin(*words, "--json")
    assert ran.status == 0 and ran.json["rests_on"].startswith("On assumed times")
    assert len(ran.json["hours"]) == 168 and ran.json["hours"][113]["hour"] == "Fri 17:00"
    assert {one["basis"] for one in ran.json["suppositions"]} == {"assumed"}
    assert tocsin(*words, "--json").out == ran.out, "the same seed, the same bytes"
    assert tocsin(*words, "--json", "--seed", "2").json["seed"] == 2


def test_the_home_says_who_there_is(staffed: Keyboard, tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(PLAN.replace("role: on-call", "role: counsel"))
    ran = staffed("playbook", "simulate", tmp_path / "p.yaml", *QUICK)
    assert ran.status == 0 and "the register's people" in ran.out, ran
    (tmp_path / "p.yaml").write_text(PLAN.replace("role: on-call", "role: nobody"))
    ran = staffed("playbook", "simulate", tmp_path / "p.yaml", *QUICK)
    assert ran.status == 2 and "steps.confirm.role: nobody is nobody; give the role" in ran.out, ran


def test_the_file_beside_the_plan_is_read_and_its_mistakes_are_told(
    tocsin: Keyboard, tmp_path: Path
) -> None:
    times = tmp_path / "p.times.toml"
    times.write_text(
        '[kinds.ask]\nwork = {median = "5m", basis = "measured", source = "three drills"}\n'
    )
    ran = tocsin("playbook", "simulate", tmp_path / "p.yaml", *QUICK)
    assert ran.status == 0 and ran.out.startswith("On partly assumed times: "), ran
    times.write_text('[kinds.aks]\n[steps.confirm]\nwork = {median = "soon", basis = "assumed"}\n')
    ran = tocsin("playbook", "simulate", tmp_path / "p.yaml", "--json", *QUICK)
    assert ran.status == 2 and [one["line"] for one in ran.json["mistakes"]] == [1, 3], ran
    other = tmp_path / "other.toml"
    other.write_text("")
    ran = tocsin("playbook", "simulate", tmp_path / "p.yaml", "--times", other, *QUICK)
    assert ran.status == 0 and "other.toml:1: advice: an empty file" in ran.err, ran


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("none.yaml",), "none.yaml: No such file"),
        (("p.yaml", "--times", "none.toml"), "none.toml: No such file"),
        (("p.yaml", "--register", "none.toml"), "none.toml: No such file"),
        (("p.yaml", "--runs", "0"), "give a whole number from 1"),
        (("p.yaml", "--precision", "0"), "give points of a hundred"),
        (("p.yaml", "--seed", "-1"), "give a whole number from 0"),
        (("p.yaml", "--zone", "Berlin"), 'did you mean "Europe/Berlin"'),
        (("p.yaml", "--week", "2026-13-01"), "is no day"),
        (("p.yaml", "--week", "9999-12-31"), "give a day of the years 1990 to 2100"),
        (("p.yaml", "--zone", "Mars/Base"), "write an IANA name"),
    ],
)
def test_wrong_use_says_what_would_be_right(
    tocsin: Keyboard, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    placed = [tmp_path / one if "." in one and one[0] != "-" else one for one in words]
    ran = tocsin("playbook", "simulate", *placed)
    assert ran.status == 2 and said in ran.err, ran


def test_the_hours_of_any_limit_can_be_drawn(tocsin: Keyboard, tmp_path: Path) -> None:
    words = ("playbook", "simulate", tmp_path / "p.yaml", *QUICK, "--limit")
    assert 'no limit "x"; there are: none' in tocsin.refused(*words, "x")
    chain = "communication:\n  - {audience: on-call, within: 1h, by: on-call}\nsteps:"
    (tmp_path / "p.yaml").write_text(PLAN.replace("steps:", chain))
    ran = tocsin(*words, "on-call hears of it")
    assert ran.status == 0 and 'how many of ten runs miss "on-call hears of it"' in ran.out, ran
    assert "Sun  " + "#" * 24 in ran.out, "nobody ever tells them"
    told = tocsin.refused(*words, "on-call hears it")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "r.toml").write_text(REGISTER.replace("on-call", "counsel"))
    nobody = tocsin(*words, "on-call hears it", "--register", tmp_path / "folder")
    assert nobody.status == 2 and "nobody is on-call" in nobody.out
    assert 'no limit "on-call hears it"; did you mean "on-call hears of it"?' in told


def test_a_plan_with_mistakes_is_not_simulated(tocsin: Keyboard, tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(PLAN.replace("next: over", "next: ovr"))
    ran = tocsin("playbook", "simulate", tmp_path / "p.yaml", "--json")
    assert ran.status == 2 and json.dumps(ran.json).count("did you mean") == 1, ran


def test_a_week_in_which_clocks_change_is_simulated(tocsin: Keyboard, tmp_path: Path) -> None:
    ran = tocsin("playbook", "simulate", tmp_path / "p.yaml", "--week", "2026-10-22",
                 "--zone", "Europe/Berlin", *QUICK)  # fmt: skip
    assert (
        ran.status == 0
        and "in the week of 2026-10-19; hours are by the clocks of Europe" in ran.out
    ), ran


def test_what_arming_is_worth_can_be_seen(tocsin: Keyboard, tmp_path: Path) -> None:
    first, _, rest = PLAN.partition("  confirm:")
    (tmp_path / "p.yaml").write_text(first + rest.partition("\n")[2])
    words = ("playbook", "simulate", tmp_path / "p.yaml", "--json", *QUICK)
    armed, unarmed = tocsin(*words).json, tocsin(*words, "--unarmed").json
    assert (armed["armed"], unarmed["armed"]) == (True, False)
    assert armed["contained_p50_ms"]["high"] < 60_000 < unarmed["contained_p50_ms"]["low"]
    assert [one["role"] for one in unarmed["waiting"]] == ["approver"]


FIVE = "plan: p\nversion: '1'\ntitle: T\nsystems: [assistant]\nsteps:\n" + "".join(
    f"  q{n}: {{ask: Q, role: commander, choices: {{'yes': q{n + 1}, 'no': q{n + 1}}}}}\n"
    for n in range(5)
)


def test_times_are_taken_from_the_record_of_a_home(staffed: Keyboard, tmp_path: Path) -> None:
    plan = tmp_path / "five.yaml"
    plan.write_text(FIVE + "  q5: {end: completed}\n")
    incident = staffed.done("incident", "open", "--title", "t", "--system", "assistant")["short"]
    words = ("playbook", "simulate", plan, "--measured-from", staffed.home, "--json", *QUICK)
    ran = staffed(*words)
    assert ran.status == 0 and "nothing was measured" in ran.err, ran
    staffed.done("incident", "run", incident, plan)
    for number in range(5):
        staffed.done("decide", incident, f"q{number}", "yes", "--as", "ana")
    told = {one["name"]: one for one in staffed.done(*words[:-1])["suppositions"]}
    assert told["kinds.ask.reaction"]["basis"] == "measured"
    assert told["kinds.ask.reaction"]["source"] == "5 in the record"
