"""`tocsin law duties` and `law check` without a home: facts in a file, answers by the law."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cli_seat import Keyboard

CASE: dict[str, Any] = {
    "id": "I1",
    "entity_profile": {"jurisdictions": ["DE"], "roles": ["controller"],
                       "entity": "credit-institution"},
    "facts": {"aware": "2026-11-19T08:00:00+01:00", "personal_data": True,
              "classified": "2026-11-19T13:30:00+01:00"},
    "at": "2026-11-19T20:00:00+01:00",
}  # fmt: skip
VECTOR = {
    "id": "V25", "rule": "eu/dora/19/initial", "status": "due", "zone": "Europe/Berlin",
    "calendar": "DE-BE", "due": "2026-11-19T17:30:00+01:00", "latest_arguable": None,
    "facts": {"aware": "2026-11-19T08:00:00+01:00", "classified": "2026-11-19T13:30:00+01:00",
              "entity": "credit-institution"},
}  # fmt: skip


@pytest.fixture
def bare(tmp_path: Path) -> Keyboard:
    """Somebody who has no home."""
    return Keyboard(tmp_path / "nowhere")


@pytest.fixture
def case(tmp_path: Path) -> Path:
    return written(tmp_path / "case.json", CASE)


def written(path: Path, document: object) -> Path:
    path.write_text(json.dumps(document, indent=1))
    return path


def test_duties_stand_with_both_instants_the_reason_and_whom_to_tell(
    bare: Keyboard, case: Path
) -> None:
    found = bare.done("law", "duties", "--facts", case)
    assert found["raised"]["eu/dora/19/initial"] == {
        "due": "2026-11-19T17:30:00+01:00", "latest_arguable": None,
    }  # fmt: skip
    dora = found["duties"]["eu/dora/19/initial"]
    assert len(dora["clocks"]) == 2 and "DE" in dora["recipients"][0]
    page = bare("law", "duties", "--facts", case).out
    assert "TOO LATE since 2 h 30 min" in page and "not legal advice" in page
    assert page.index("eu/dora/19/initial") < page.index("eu/gdpr/33:")
    assert "latest (contested): Sun 2026-11-22 09:00 +0100 (C6)" in page
    assert "first time. (DORA 19(4)(a), RTS" in page and "also RTS 5(1)(a), second half: " in page
    law = found["law"]
    assert page.rstrip().endswith(f"by law {law['version']} ({law['digest'][:12]})")


def test_the_answer_can_be_checked_again(bare: Keyboard, case: Path, tmp_path: Path) -> None:
    for name, document in (("one", CASE), ("many", {"cases": [CASE, {"facts": {}}]})):
        asked = written(tmp_path / f"{name}.json", document)
        answer = bare.done("law", "duties", "--facts", asked, "--assume", "personal_data=no")
        again = bare.done("law", "check", written(tmp_path / f"{name}-again.json", answer))
        assert again["ok"] and again["expectations"] > 40, again["misses"]


def test_the_same_bytes_come_out_again(bare: Keyboard, case: Path, tmp_path: Path) -> None:
    turned = {key: CASE[key] for key in reversed(CASE)}
    turned["facts"] = dict(reversed(CASE["facts"].items()))
    other = written(tmp_path / "turned.json", turned)
    first = bare("law", "duties", "--facts", case, "--json").out
    assert first == bare("law", "duties", "--facts", case, "--json").out
    assert json.loads(first) == json.loads(bare("law", "duties", "--facts", other, "--json").out)


def test_what_if_writes_nothing_and_moves_what_hangs_on_it(bare: Keyboard, case: Path) -> None:
    before = case.read_bytes()
    no = bare.done("law", "duties", "--facts", case, "--assume", "personal_data=no",
                   "--assume", "classified=null")  # fmt: skip
    assert "eu/gdpr/33" in no["not_raised"]
    assert no["open"]["eu/dora/19/initial"][0] == "classified"
    assert "classified" in [question["key"] for question in no["questions"]]
    assert case.read_bytes() == before


def test_five_questions_at_a_time_and_all_on_request(bare: Keyboard, tmp_path: Path) -> None:
    nothing = written(tmp_path / "nothing.json", {"facts": {}})
    few = bare.done("law", "duties", "--facts", nothing)["questions"]
    every = bare.done("law", "duties", "--facts", nothing, "--all")["questions"]
    assert len(few) == 5 < len(every) and every[:5] == few
    page = bare("law", "duties", "--facts", nothing).out
    assert "questions, the weightiest first:" in page and few[0]["asks"] in page


def test_bare_facts_in_toml_are_enough(bare: Keyboard, tmp_path: Path) -> None:
    path = tmp_path / "facts.toml"
    path.write_text('jurisdictions = ["DE"]\naware = 2026-11-19T08:00:00+01:00\n')
    found = bare.done("law", "duties", "--facts", path, "--at", "2026-11-19T09:00+01:00")
    assert found["at"] == "2026-11-19T08:00:00+00:00"
    assert "personal_data" in found["open"]["eu/gdpr/33"]


def test_vectors_and_cases_hold_or_are_told_with_their_trace(
    bare: Keyboard, tmp_path: Path
) -> None:
    good = written(tmp_path / "good.json", {"note": "by hand", "vectors": [VECTOR]})
    assert bare.done("law", "check", good)["ok"]
    late = {**VECTOR, "id": "V25-late", "due": "2026-11-20T08:00:00+01:00"}
    bad = written(tmp_path / "bad.json", {"vectors": [VECTOR, late], "cases": [
        {**CASE, "not_raised": ["eu/gdpr/33"], "open": {"eu/gdrp/33": []}}]})  # fmt: skip
    ran = bare("law", "check", bad)
    assert ran.status == 1
    assert "expected 2026-11-20T08:00:00+01:00" in ran.out
    assert "4 hours from 2026-11-19 13:30" in ran.out
    assert 'did you mean "eu/gdpr/33"' in ran.out
    assert "3 missed" in ran.out


def test_the_pack_is_checked_by_its_own_vectors(bare: Keyboard) -> None:
    found = bare.done("law", "check")
    assert found["ok"] and found["cases"] > 100


def test_all_mistakes_are_told_with_their_lines_and_nothing_is_reckoned(
    bare: Keyboard, tmp_path: Path
) -> None:
    facts = {"aware": "2026-11-19T08:00:00", "classified": "2026-02-30T08:00:00Z",
             "personal_dat": True, "received": {"local": "2026-10-25T02:30",
                                                "zone": "Europe/Berlin"}}  # fmt: skip
    path = written(tmp_path / "facts.json", {"id": "x", "facts": facts})
    for command in (("law", "duties", "--facts", path), ("law", "check", path)):
        ran = bare(*command)
        assert ran.status == 2
        for line, word in ((4, "no zone"), (5, "calendar"), (6, "personal_data"), (7, "twice")):
            assert f"{path}:{line}:" in ran.err and word in ran.err


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", "{"),
        ("a.json", "[1]"),
        ("a.json", '{"id": "a", "id": "b"}'),
        ("a.toml", "aware = 2026-02-30T00:00:00Z"),
        ("a.toml", "aware"),
        ("a.json", '{"vectors": [{"id": "V"}]}'),
        ("a.json", '{"cases": [{"facts": 3}]}'),
    ],
)
def test_no_file_breaks_it(bare: Keyboard, tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    ran = bare("law", "check", tmp_path / name)
    assert ran.status == 2 and f"{name}:1: mistake" in ran.err


def test_wrong_use_says_what_would_be_right(bare: Keyboard, case: Path, tmp_path: Path) -> None:
    assert "KEY=VALUE" in bare("law", "duties", "--facts", case, "--assume", "x").err
    assert bare("law", "duties", "--facts", case, "--assume", "reply_days=x").status == 2
    assert bare("law", "duties", "--facts", tmp_path / "none.json").status == 2
    assert bare("law", "duties", "--facts", case, "--at", "2026-11-19T09:00").status == 2


def test_an_instant_that_is_yet_to_come_is_told_beside_the_duties(
    bare: Keyboard, case: Path
) -> None:
    before = bare("law", "duties", "--facts", case, "--at", "2026-11-01T09:00+01:00")
    assert before.status == 0 and "advice: aware: 2026-11-19" in before.err
    assert "is after" not in bare("law", "duties", "--facts", case).err


def test_a_file_that_expects_nothing_is_not_checked(bare: Keyboard, tmp_path: Path) -> None:
    for document in ({}, {"casse": [CASE]}, {"vectors": []}, {"facts": {}}):
        ran = bare("law", "check", written(tmp_path / "none.json", document))
        assert ran.status == 2 and "nothing to check" in ran.out + ran.err


def test_a_harm_is_assumed_as_it_is_of_an_incident(bare: Keyboard, case: Path) -> None:
    words = ("law", "duties", "--facts", case, "--assume")
    found = bare.done(*words, "harms=death=2026-11-24T08:00+01:00")
    assert found["facts"]["harms"] == [{"kind": "death", "aware": "2026-11-24T08:00:00+01:00"}]
    twice = bare(*words, "personal_data=yes", "--assume", "personal_data=no")
    assert twice.status == 2 and "twice" in twice.err + twice.out
