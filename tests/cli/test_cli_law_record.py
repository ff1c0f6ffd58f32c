"""The law on the record: asked, answered, supposed, decided, and kept in a calendar of others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cli_seat import Keyboard
from law_sheets import BREACH, HEAD, law_sheets
from tocsin.cli.frame import deciding
from tocsin.desk import Writer
from tocsin.desk.law.duties import reckon_owed
from tocsin.duties.read_files import NAMES, names_of
from tocsin.playbook import plan_of
from tocsin.playbook.steps import Decide

PROFILE = '\n[profile]\nroles = ["controller", "provider"]\n'
RULE = "eu/breach/notice"
AWARE = ("--standing", "management", "--basis", "log", "--at", "2025-11-24T12:30:00+00:00")


class House:
    """A home with a law, people who sign, and an incident of which somebody is aware."""

    def __init__(self, home: Keyboard, keys: dict[str, Path], law: Path) -> None:
        self.home, self.law = home, law
        self.ana = ("--as", "ana", "--key", keys["ana"])
        self.cleo = ("--as", "cleo", "--key", keys["cleo"])
        self.write(law_sheets())
        register = home.home / "register" / "register.toml"
        register.write_text(register.read_text() + PROFILE)
        home.done("register", "adopt", *self.ana)
        self.one = home.opened()
        self.aware = home.done("incident", "aware", self.one, "ana", *AWARE, *self.ana)

    def write(self, texts: dict[str, str]) -> None:
        for name, text in texts.items():
            path = self.law / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        there = {
            p.relative_to(self.law).as_posix(): p.read_text() for p in self.law.rglob("*.toml")
        }
        (self.law / NAMES).write_text(names_of(there))

    def state(self, key: str, value: str) -> Any:
        words = ("law", "state", self.one, key, value, "--because", "asked")
        return self.home.done(*words, *self.ana)

    def duties(self, *words: object) -> Any:
        return self.home.done("law", "duties", self.one, *words)


@pytest.fixture
def house(
    staffed: Keyboard, keys: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> House:
    law = tmp_path / "law"
    monkeypatch.setattr("tocsin.wiring.law.shipped", lambda: law)
    return House(staffed, keys, law)


def test_an_awareness_opens_a_duty_and_an_answer_raises_it(house: House) -> None:
    assert RULE in house.aware["duties"]
    asked = house.duties()
    assert asked["open"][RULE] == ["personal_data"] and RULE not in asked["raised"]
    assert "not legal advice" in asked["note"] and asked["law"]["version"] == "1"
    (question,) = [one for one in asked["questions"] if one["key"] == "personal_data"]
    assert question["question"] == "Were personal data affected?"
    assert question["answer"].startswith(f"tocsin law state {house.one[:3]}")
    moved = house.state("personal_data", "yes")
    assert moved["duties"] == [RULE]
    raised = house.duties()["raised"][RULE]
    assert raised == {
        "due": "2025-11-27T13:30:00+01:00", "latest_arguable": "2025-11-27T14:00:00+01:00",
    }  # fmt: skip
    row = next(one for one in house.duties()["duties"] if one["rule"] == RULE)
    assert [one["standing"] for one in row["history"]] == ["open", "raised"]
    assert any(step["paragraph"] == "B 1(1)" for step in row["steps"])
    house.home.sound()


def test_what_is_supposed_is_not_written_and_a_day_may_be_named(house: House) -> None:
    head = house.home.done("incident", "show", house.one)["seq"]
    supposed = house.duties("--assume", "personal_data=yes", "--assume",
                            "harms=death=2025-11-25T08:00+01:00")  # fmt: skip
    assert {RULE, "eu/harm/first"} <= supposed["raised"].keys()
    assert house.home.done("incident", "show", house.one)["seq"] == head
    assert RULE in house.duties()["open"]
    early = house.duties("--at", "2024-01-01T00:00Z")
    assert early["at"] == "2024-01-01T00:00:00Z"
    told = house.home.refused("law", "duties", house.one, "--assume", "personal_dat=yes")
    assert 'did you mean "personal_data"?' in told


def test_people_see_both_instants_the_chain_and_the_question(house: House) -> None:
    text = house.home("law", "duties", house.one).out
    assert f"{RULE}  OVERDUE, by 2025-11-27 13:30 UTC+01:00" in text
    assert "latest arguable 2025-11-27 14:00 UTC+01:00 (X1)" in text
    assert "tocsin law state" in text and "not legal advice" in text
    assert "[unverified]" in text
    shown = house.home("incident", "show", house.one).out
    assert "open until questions are answered" in shown
    assert "tocsin law duties" in "".join(house.home.done("now", house.one)["clock"])


def test_without_an_incident_all_that_are_open_are_asked(house: House) -> None:
    other = house.home.opened()
    found = house.home.done("law", "duties")["incidents"]
    assert {one["incident"][:3] for one in found} >= {house.one[:3], other[:3]}
    assert house.home("law", "duties", "--all").out.count("NOT-RAISED") <= 2


def test_counsel_decides_signed_and_why_is_theirs(house: House) -> None:
    house.state("personal_data", "yes")
    why = ("--because", "zebra reasons")
    words = ("law", "decide", house.one, RULE, "not-required", *why)
    assert "only counsel" in house.home.refused(*words, *house.ana)
    assert "sign" in house.home.refused(*words, "--as", "cleo")
    house.home.done(*words, *house.cleo)
    row = next(one for one in house.duties()["duties"] if one["rule"] == RULE)
    assert "decided by cleo" in row["decided"] and "for counsel" in row["decided"]
    for command in (("law", "duties", house.one), ("log", house.one), ("now", house.one)):
        assert "zebra" not in house.home(*command).out
    told = house.home("log", house.one, "--reader", "counsel", "--reader", "ops", *house.cleo).out
    assert "zebra reasons" in told
    house.home.done("incident", "aware", house.one, "ben", "--standing", "staff", "--basis", "b",
                    "--at", "2025-11-23T12:30:00+00:00", *house.ana)  # fmt: skip
    row = next(one for one in house.duties()["duties"] if one["rule"] == RULE)
    assert "no longer holds" in row["decided"]


def test_the_later_reading_is_a_named_person_s_decision(house: House) -> None:
    house.state("personal_data", "yes")
    words = ("law", "accept-later", house.one, RULE, "--because", "it is read so")
    assert "only counsel" in house.home.refused(*words, *house.ana)
    house.home.done(*words, *house.cleo)
    row = next(one for one in house.duties()["duties"] if one["rule"] == RULE)
    again = house.home.refused("law", "accept-later", house.one, RULE, "--because", "b",
                               *house.cleo)  # fmt: skip
    assert "nothing more is needed" in again
    assert row["counts_to"] == row["latest_arguable"] == "2025-11-27T14:00:00+01:00"
    assert row["due"] == "2025-11-27T13:30:00+01:00" and "accepted by cleo" in row["accepted"]


def test_the_calendar_is_written_whole_and_its_uids_stay(house: House, tmp_path: Path) -> None:
    house.state("personal_data", "yes")
    target = tmp_path / "duties.ics"
    told = house.home.done("law", "calendar", house.one, "--to", target)
    assert told["events"] == 2, "of GDPR, and of the harm that nobody named yet"
    assert "not legal advice" in told["note"]
    data = target.read_bytes()
    assert data.startswith(b"BEGIN:VCALENDAR\r\n") and data.endswith(b"END:VCALENDAR\r\n")
    assert b"DTSTART:20251127T123000Z\r\n" in data
    assert "cannot be written" in house.home.refused(
        "law", "calendar", house.one, "--to", tmp_path / "no" / "x.ics", status=3
    )


def test_what_cannot_be_answered_is_refused_with_what_would_be(house: House) -> None:
    def refused(*words: str) -> str:
        return house.home.refused("law", "state", house.one, *words, "--because", "b", *house.ana)

    assert 'did you mean "personal_data"?' in refused("personal_dta", "yes")
    assert "answer yes, no or unknown" in refused("personal_data", "maybe")
    assert "has no time zone" in refused("harms", "death=2025-11-25T08:00")
    assert "tocsin incident aware" in refused("aware", "2025-11-25T08:00Z")
    assert "there are no exceptions" not in refused("submitted.first", "2025-11-25T08:00Z")
    told = house.home.refused("law", "decide", house.one, RULE, "not-required", "--exception",
                              "small", "--because", "b", *house.cleo)  # fmt: skip
    assert "those of this rule: none" in told


def test_a_number_by_which_a_deadline_runs_is_bounded_when_it_is_said(house: House) -> None:
    count = '\n[reply_days]\ntype = "count"\nquestion = "Days?"\nanswered_by = "x"\n'
    harm = (house.law / "eu/harm.toml").read_text().replace("days = 15", 'days = "reply_days"')
    facts = (house.law / "facts.toml").read_text() + count
    house.write({"facts.toml": facts, "eu/harm.toml": harm})
    for days in ("1000000", "0"):
        words = ("law", "state", house.one, "reply_days", days, "--because", "b")
        assert "write a whole number from 1 to 3,660" in house.home.refused(*words, *house.ana)
    house.state("reply_days", "20")


def test_a_wrong_law_is_told_and_the_last_good_one_is_asked(house: House) -> None:
    house.write({"eu/breach.toml": HEAD.format(title="B", grade="P") + BREACH + "\nwhen = [1]\n"})
    ran = house.home(
        "law", "state", house.one, "personal_data", "yes", "--because", "b", *house.ana
    )
    assert ran.status == 0 and "an older law is asked: eu/breach.toml" in ran.err
    assert f"{RULE} is asked of us" in ran.out
    assert "an older law is asked" in house.home("law", "duties", house.one).err


def test_the_doctor_tells_what_is_overdue_and_what_is_wrong_with_the_law(house: House) -> None:
    def seen() -> dict[str, tuple[bool, str]]:
        found = house.home("doctor", "--json").json["findings"]
        return {one["what"]: (one["ok"], one["seen"]) for one in found}

    ok, said = seen()["legal duties"]
    assert not ok and f"{RULE} (if it applies)" in said
    house.state("personal_data", "yes")
    ok, said = seen()["legal duties"]
    assert not ok and RULE in said and f"{RULE} (if it applies)" not in said
    assert seen()["the law"][0] and "not legal advice" in seen()["the law"][1]
    house.write({"eu/breach.toml": "x"})
    ok, said = seen()["the law"]
    assert not ok and "an older law is asked" in said and "eu/breach.toml:1" in said


def test_the_answer_about_an_incident_can_be_checked_like_a_case(
    house: House, tmp_path: Path
) -> None:
    house.state("personal_data", "yes")
    asked = house.duties()
    assert asked["id"] == house.aware["incident"] and asked["facts"]["personal_data"] is True
    case = tmp_path / "case.json"
    case.write_text(json.dumps(asked))
    checked = house.home.done("law", "check", case, "--pack", house.law)
    assert checked["ok"] and checked["expectations"] > 1


def test_what_a_worker_found_in_between_is_told_as_well(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def by_the_worker(desk: Writer, log: str) -> bool:
        reckon_owed(desk, log)
        return reckon_owed(desk, log)

    monkeypatch.setattr(deciding, "reckon_owed", by_the_worker)
    assert house.state("personal_data", "yes")["duties"] == [RULE]


PLAN = """plan: breach
version: "1"
title: Who must be told
steps:
  first:
    decide: [{when: legal.personal_data == true, next: tell}]
    otherwise: over
    undetermined: find-out
  find-out: {ask: Were personal data affected, role: commander, choices: {said: then},
             limit: 72h, on_limit: said}
  then:
    decide: [{when: legal.personal_data == true, next: tell}]
    otherwise: over
    undetermined: over
  tell: {ask: Who tells the authority, role: commander, choices: {counsel: over},
         limit: 72h, on_limit: counsel}
  over: {end: completed}
"""


def test_a_plan_decides_by_a_legal_fact_once_it_is_stated(house: House, tmp_path: Path) -> None:
    plan = tmp_path / "breach.yaml"
    plan.write_text(PLAN)
    house.home.done("incident", "run", house.one, plan)
    assert "Were personal data affected" in house.home("incident", "show", house.one).out
    assert "legal.personal_data = not known" in str(house.home.done("log", house.one))
    house.state("personal_data", "yes")
    house.home.done("incident", "answer", house.one, "find-out", "said", *house.ana)
    assert "Who tells the authority" in house.home("incident", "show", house.one).out
    assert "legal.personal_data = yes" in str(house.home.done("log", house.one))
    house.home.sound()


def test_a_plan_that_names_a_legal_fact_is_read_everywhere(
    staffed: Keyboard, tmp_path: Path
) -> None:
    plan, out, again = tmp_path / "p.yaml", tmp_path / "p.json", tmp_path / "q.yaml"
    plan.write_text(PLAN.replace("role: commander", "role: counsel"))
    for words in (
        ("lint", plan), ("prove", plan), ("show", plan, "--format", "md"),
        ("simulate", plan, "--runs", "168"), ("export", plan, "--to", out),
        ("lint", out), ("import", out, "--to", again), ("diff", plan, again),
    ):  # fmt: skip
        ran = staffed("playbook", *words)
        assert ran.status == 0, (words, ran.out, ran.err)
    first = plan_of(again.read_bytes()).steps["first"]
    assert isinstance(first, Decide)
    assert [one.when for one in first.branches] == ["legal.personal_data == true"]
    plan.write_text(PLAN.replace("legal.personal_data ==", "legal.personal_daata ==", 1))
    ran = staffed("playbook", "lint", plan)
    assert ran.status == 1 and 'did you mean "legal.personal_data"?' in ran.out
