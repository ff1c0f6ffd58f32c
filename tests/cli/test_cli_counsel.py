"""Counsel's space from the command line: who gets in, who reads, and what the log of it tells."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from cli_seat import Keyboard

SECRET = "settle for forty thousand"


def signed(who: str, keys: dict[str, Path]) -> tuple[object, ...]:
    return ("--as", who, "--key", keys[who])


@pytest.fixture
def one(staffed: Keyboard) -> str:
    return staffed.opened()


def test_a_space_is_read_by_its_members_alone(
    staffed: Keyboard, one: str, keys: dict[str, Path], tmp_path: Path
) -> None:
    cleo, ana, ben = (signed(who, keys) for who in ("cleo", "ana", "ben"))
    staffed.done("incident", "note", one, SECRET, *cleo)
    assert "only counsel can" in staffed.refused("counsel", "open", one, "--because", "b", *ana)
    staffed.done("counsel", "open", one, "--because", "a claim is likely", *cleo)
    read = ("--reader", "counsel")
    assert "a member of it can admit you" in staffed.refused("log", one, *read, *ana)
    wrong = staffed.refused("counsel", "admit", one, "anna", "--because", "b", *cleo)
    assert "no person of the register" in wrong and "did you mean" in wrong
    assert "anna" in staffed.refused(
        "counsel", "choose-cause", one, "anna", "--because", "b", *cleo
    )
    staffed.done("counsel", "admit", one, "ana", "--because", "knows the model", *cleo)
    assert SECRET in staffed("log", one, *read, *ana).out
    assert SECRET in staffed("counsel", "show", one, *read, *ana).out
    assert SECRET not in staffed("counsel", "show", one).out
    staffed.done("report", one, "--to", tmp_path / "r", *read, *ana)
    assert SECRET in (tmp_path / "r" / "report.md").read_text()
    staffed.done("counsel", "remove", one, "ana", "--because", "left", *cleo)
    for words in (("log", one), ("report", one), ("export", one, "--to", tmp_path / "x")):
        for who in (ana, ben, ("--as", "cleo"), ()):
            said = staffed.refused(*words, *read, *who)
            assert SECRET not in said
    assert staffed.done("counsel", "show", one)["members"] == ["cleo"]
    staffed.sound()


def test_a_name_that_was_typed_reads_nothing_of_counsels(
    staffed: Keyboard, one: str, keys: dict[str, Path]
) -> None:
    staffed.done("incident", "note", one, SECRET, *signed("cleo", keys))
    said = staffed.refused("log", one, "--reader", "counsel", "--as", "cleo")
    assert "cleo has an enrolled key" in said
    said = staffed.refused("log", one, "--reader", "counsel", "--as", "cleo", "--key", keys["ana"])
    assert SECRET not in said
    said = staffed.refused("log", one, "--reader", "counsel", "--as", "eve")
    assert "only a name that was typed" in said
    assert "for the board" in staffed.refused("log", one, "--reader", "board", *signed("ana", keys))
    assert "for counsel; ask" in staffed.refused(
        "log", one, "--reader", "counsel", *signed("ana", keys)
    )


def test_who_has_no_key_reads_at_their_own_account(
    tocsin: Keyboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tocsin.home / "register" / "people.toml").write_text(
        '[people.cleo]\nname = "C"\nroles = ["counsel"]\n'
    )
    tocsin.done("register", "adopt")
    one = tocsin.opened()
    monkeypatch.setattr("tocsin.cli.frame.person.account", lambda: "cleo")
    tocsin.done("incident", "note", one, SECRET, "--as", "cleo", "--access", "counsel")
    assert SECRET in tocsin("log", one, "--reader", "counsel", "--as", "cleo").out
    monkeypatch.setattr("tocsin.cli.frame.person.account", lambda: "mallory")
    said = tocsin.refused("log", one, "--reader", "counsel", "--as", "cleo")
    assert "only a name that was typed" in said


def test_the_cause_is_given_to_somebody_by_counsel(
    staffed: Keyboard, one: str, keys: dict[str, Path]
) -> None:
    cleo = signed("cleo", keys)
    assert "counsel decides who writes it" in staffed("counsel", "show", one).out
    choice = ("counsel", "choose-cause", one, "ben", "--because", "claim pending")
    assert "only counsel can decide" in staffed.refused(*choice, *signed("ana", keys))
    staffed.done(*choice, *cleo)
    told = staffed.done("counsel", "show", one)
    assert (told["cause"]["person"], told["cause_not_written"]) == ("ben", None)
    assert "written by ben, not under privilege" in staffed("log", one).out


def test_an_opinion_is_told_in_no_report(
    staffed: Keyboard, one: str, keys: dict[str, Path], tmp_path: Path
) -> None:
    cleo, ana = signed("cleo", keys), signed("ana", keys)
    said = ("counsel", "opinion", one, SECRET, "--access", "ops")
    staffed.done(*said, *ana)
    assert "which stands apart" in staffed("log", one).out
    staffed.done("report", one, "--to", tmp_path / "r")
    for file in (tmp_path / "r").iterdir():
        assert SECRET not in file.read_text()
    assert SECRET not in staffed("tell", one, "counsel", "--text", "so far").out
    assert SECRET in staffed("counsel", "show", one, "--reader", "ops", *cleo).out


def test_the_privilege_log_tells_what_is_withheld_and_not_what_it_says(
    staffed: Keyboard, one: str, keys: dict[str, Path], tmp_path: Path
) -> None:
    cleo = signed("cleo", keys)
    staffed.done("incident", "note", one, SECRET, *cleo)
    staffed.done("counsel", "opinion", one, SECRET, *signed("ana", keys))
    undone = staffed.done("counsel", "log", one, *cleo)
    assert undone["without_ground"] == [2, 3]
    assert "not in the record" not in str(undone)
    asserted = ("counsel", "assert", one, "2", "--ground", "attorney-client", "--basis", "advice")
    staffed.done(*asserted, "--description", "  =cmd|'/c calc'!A0", "--category", "notes", *cleo)
    file = tmp_path / "withheld.csv"
    ran = staffed("counsel", "log", one, "--csv", file, *cleo)
    assert ran.status == 0
    rows = list(csv.DictReader(file.open(newline="")))
    assert [row["entry"] for row in rows] == ["2", "3"]
    assert rows[0]["description"].startswith("'=cmd")
    assert rows[0]["privilege"] == "attorney-client privilege"
    assert (rows[0]["author"], rows[0]["recipients"]) == ("cleo*", "cleo*")
    assert rows[1]["privilege"] == "to be asserted"
    assert SECRET not in file.read_text() + ran.out
    counted = staffed.done("counsel", "log", one, "--categorical", *cleo)["withheld"]
    assert [(c["category"], c["documents"]) for c in counted] == [
        ("notes", 1), ("to be asserted", 1),
    ]  # fmt: skip
    assert "is there already" in staffed.refused("counsel", "log", one, "--csv", file, *cleo)
    assert "for counsel; ask" in staffed.refused("counsel", "log", one, *signed("ana", keys))
    assert "no 99" in staffed.refused(*("99" if w == "2" else w for w in asserted),
                                      "--description", "d", *cleo)  # fmt: skip


def test_who_may_not_read_a_claim_or_a_question_changes_neither(
    staffed: Keyboard, one: str, keys: dict[str, Path]
) -> None:
    cleo, ben = signed("cleo", keys), signed("ben", keys)
    staffed.done("incident", "claim", one, "it invents refunds")
    staffed.done("incident", "claim", one, SECRET, *cleo)
    staffed.done("incident", "ask", one, SECRET, *cleo)
    grade = ("incident", "grade", one, "C2", "refuted", "--because", "b")
    settle = ("incident", "settle", one, "Q1", "no")
    for who in (ben, ("--as", "cleo"), ()):
        assert staffed.refused(*grade, *who).endswith("no claim C2; the claims are: C1")
        assert staffed.refused(*settle, *who).endswith("no question Q1; open are: none")
    assert "no claim C9" in staffed.refused(*grade[:3], "C9", *grade[4:], *ben)
    staffed.done("incident", "claim", one, SECRET, *ben)  # nobody is told that it was said before
    staffed.done(*grade, *cleo)
    staffed.done(*settle, *cleo)
    ben_sees = staffed.done("incident", "show", one)["claims"]
    assert [claim["id"] for claim in ben_sees] == ["C1", "C3"]
