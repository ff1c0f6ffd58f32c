"""What people see of the law's answers: all of what is theirs to read, and nothing left unsaid."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_cli_law_record import AWARE, RULE, House

from cli_seat import Keyboard
from law_sheets import BREACH, HEAD


@pytest.fixture
def house(
    staffed: Keyboard, keys: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> House:
    law = tmp_path / "law"
    monkeypatch.setattr("tocsin.wiring.law.shipped", lambda: law)
    return House(staffed, keys, law)


def row(house: House, *words: object) -> dict[str, object]:
    return next(one for one in house.duties(*words)["duties"] if one["rule"] == RULE)


def test_who_reads_as_counsel_is_answered_on_all_that_everybody_may_read(
    house: House, tmp_path: Path
) -> None:
    house.state("personal_data", "yes")
    counsel = ("--reader", "counsel", *house.cleo)
    assert row(house, *counsel) == row(house)
    first = house.home("law", "duties", house.one, *counsel).out.splitlines()[0]
    assert house.home.done("incident", "show", house.one)["title"] in first
    made = house.home.done("law", "calendar", house.one, "--to", tmp_path / "x.ics", *counsel)
    assert made["events"] == 2  # of the harm that nobody named yet, too


def test_an_open_duty_that_would_be_overdue_is_named_everywhere(house: House) -> None:
    said = f"{RULE} OVERDUE if it applies: by 2025-11-27 13:30 UTC+01:00"
    for words in (("now", house.one), ("incident", "show", house.one)):
        assert said in house.home(*words).out
    findings = house.home("doctor", "--json").json["findings"]
    (found,) = [one for one in findings if one["what"] == "legal duties"]
    assert not found["ok"] and f"{RULE} (if it applies)" in found["seen"]
    house.state("personal_data", "no")
    for words in (("now", house.one), ("incident", "show", house.one)):
        assert f"{RULE} OVERDUE" not in house.home(*words).out


@pytest.mark.parametrize("answer", ["no", "unknown"])
def test_what_is_late_stays_on_every_screen_whatever_is_answered_later(
    house: House, answer: str
) -> None:
    house.state("personal_data", "yes")
    house.state("personal_data", answer)
    said = "LATE: it was due by 2025-11-27 13:30 UTC"
    page = house.home("law", "duties", house.one).out
    told = page[page.index(f"  {RULE}") :].partition("\n  eu/")[0]
    assert said in told and "an answer: personal_data" in told
    assert ("LATE, and not asked any more" in told) == (answer == "no")
    for words in (("now", house.one), ("incident", "show", house.one)):
        assert f"{RULE} {said}" in house.home(*words).out.replace("\n", " ")


def test_what_contradicts_stands_above_the_duties_and_zones_have_one_name(house: House) -> None:
    key = (
        '\n[classified]\ntype = "instant"\nquestion = "When?"\nanswered_by = "legal-fact-stated"\n'
    )
    house.write({"facts.toml": (house.law / "facts.toml").read_text() + key})
    house.state("classified", "2016-01-01T00:00Z")
    page = house.home("law", "duties", house.one, "--all").out
    assert "  CHECK FIRST  classified: 2016-01-01" in page and "facts:1" not in page
    assert page.index("classified: 2016") < page.index(RULE) and " CET" not in page
    assert any(one.startswith("classified: 2016-01-01") for one in house.duties()["told"])


def test_what_counsel_ruled_hides_no_more_than_counsel_s_words(house: House) -> None:
    house.home.done("incident", "aware", house.one, "ben", *AWARE[:-1],
                    "2025-11-23T12:30:00+00:00", *house.ana)  # fmt: skip
    seq = max(one["seq"] for one in house.home.done("incident", "show", house.one)["awareness"])
    before = row(house)
    house.home.done("incident", "rule-awareness", house.one, str(seq), "--counts-not",
                    "--because", "zebra", *house.cleo)  # fmt: skip
    after, told = row(house), house.duties()
    assert after["withheld"] and after["due"] == "2025-11-27T13:30:00+01:00" != before["due"]
    assert after["missing"] == before["missing"] == ["personal_data"]
    assert after["recipients"] == before["recipients"] != []
    assert [one["says"] for one in after["steps"]] == [one["says"] for one in before["steps"]]
    assert {one["at"] for one in after["steps"]} == {None}
    assert "personal_data" in [one["key"] for one in told["questions"]]
    assert "zebra" not in str(told)


def test_a_decision_stands_in_the_head_and_the_turns_name_their_keys(house: House) -> None:
    for answer in ("yes", "no", "yes", "no", "yes"):
        house.state("personal_data", answer)
    house.home.done("law", "decide", house.one, RULE, "not-required", "--because", "b",
                    *house.cleo)  # fmt: skip
    text = house.home("law", "duties", house.one).out
    assert f"{RULE}  NOT REQUIRED, as counsel decided; else by 2025-11-27" in text
    assert "it turned 6 times; the last 3 (all: --json):" in text
    assert text.count("an answer: personal_data") == 3


def test_the_key_of_an_answer_for_counsel_alone_is_not_named(house: House) -> None:
    house.home.done("law", "state", house.one, "personal_data", "yes", "--because", "b",
                    "--access", "counsel", *house.cleo)  # fmt: skip
    assert "an answer: " not in house.home("law", "duties", house.one).out


def test_wrong_law_files_are_said_wherever_duties_are_relied_on(house: House) -> None:
    said = "the law's files are wrong, and an older law is asked: eu/breach.toml:1"
    assert house.duties()["warnings"] == []
    house.write({"eu/breach.toml": "bogus = ["})
    assert said in house.duties()["warnings"][0]
    assert said in house.home("now", house.one).out
    assert said in house.home.done("now", house.one)["clock"][-1]
    assert said in house.home("work", "--until-idle").err
    shown = house.home("incident", "show", house.one)
    assert f"law         {said}" in shown.out
    assert said in house.home.done("incident", "show", house.one)["warnings"][0]
    page = house.home.done("handover", house.one, *house.ana)
    assert said in page["sections"]["Deadlines"][-1]
    findings = house.home("doctor", "--json").json["findings"]
    assert any(said in one["seen"] for one in findings if one["what"] == "the law")


def test_a_file_of_the_law_that_is_lost_is_said_and_silences_nothing(house: House) -> None:
    house.state("personal_data", "yes")
    (house.law / "eu" / "breach.toml").unlink()
    found = house.duties()
    assert RULE in found["raised"]
    assert "files.toml" in found["warnings"][0] and "eu/breach.toml: named" in found["warnings"][0]
    (house.law / "files.toml").unlink()
    found = house.duties()
    assert RULE in found["raised"] and "files.toml is missing" in found["warnings"][0]


def test_a_duty_that_an_answer_ends_is_named_also_where_none_was_on_record(house: House) -> None:
    other = house.home.opened()

    def said(key: str, value: str) -> tuple[list[str], str]:
        words = ("law", "state", other, key, value, "--because", "b", *house.ana)
        return house.home.done(*words)["gone"], house.home("law", "duties", other).out

    assert RULE in house.home.done("law", "duties", other)["open"]
    gone, text = said("personal_data", "no")
    assert gone == [RULE] and RULE not in text
    keep = BREACH.partition("stage =")[0].replace("eu/breach/notice", "eu/breach/keep")
    keep = keep.replace('to = [{ name = "the authority" }]', 'sort = "control"')
    house.write({"eu/breach.toml": HEAD.format(title="B", grade="P") + BREACH + keep})
    said("personal_data", "yes")
    gone, _ = said("personal_data", "no")
    assert gone == ["eu/breach/keep"], "a control goes as silently as any other, which is not"
    gone, _ = said("jurisdictions", "US")
    assert "eu/harm/first" in gone and RULE not in gone
    ran = house.home("law", "state", house.one, "personal_data", "no", "--because", "b", *house.ana)
    assert ran.out.count(RULE) == 1 and "is not asked of us" in ran.out
