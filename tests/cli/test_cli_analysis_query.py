"""A question put to the log from the keyboard: sealed, repeated, compared."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli_seat import Keyboard, copied

SQL = "SELECT version, count(*) AS n FROM log GROUP BY 1 ORDER BY 1"


@pytest.fixture
def tocsin(staffed_home: Path, keys: dict[str, Path], tmp_path: Path) -> Keyboard:
    home = copied(staffed_home, tmp_path / "home")
    register = home / "register" / "register.toml"
    register.write_text(
        register.read_text().replace("recovery_target", 'log = "logs/assistant"\nrecovery_target')
    )
    (home / "logs/assistant").mkdir(parents=True)
    _write(home, "a.jsonl", 5, "1")
    tocsin = Keyboard(home)
    tocsin.done("register", "adopt", "--as", "ana", "--key", keys["ana"])
    return tocsin


def _write(home: Path, name: str, count: int, version: str) -> None:
    (home / "logs/assistant" / name).write_text(
        "".join(
            json.dumps({"request_id": f"r{n}", "version": version}) + "\n" for n in range(count)
        )
    )


def test_question_and_answer_are_sealed_and_the_same_again(
    tocsin: Keyboard, tmp_path: Path
) -> None:
    incident = tocsin.opened()
    first = tocsin.done("analysis", "query", incident, "--sql", SQL, "--to", tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text() == "version,n\n1,5\n"
    assert (first["query"], first["same"], first["fact"]["reproducible"]) == ("Q1", None, True)
    again = tocsin.done("analysis", "query", incident, "--again", "q1", "--to", tmp_path / "b.csv")
    assert (again["query"], again["same"]) == ("Q1", True)
    pieces = tocsin.done("incident", "evidence", "list", incident)
    assert first["fact"]["result"] in json.dumps(pieces)
    assert first["fact"]["text"] in json.dumps(pieces)
    tocsin.sound()


def test_a_log_that_changed_answers_otherwise_and_that_is_a_problem(
    tocsin: Keyboard, tmp_path: Path
) -> None:
    incident = tocsin.opened()
    tocsin.done("analysis", "query", incident, "--sql", SQL, "--to", tmp_path / "a.csv")
    _write(tocsin.home, "b.jsonl", 3, "2")
    ran = tocsin("analysis", "query", incident, "--sql", SQL, "--to", tmp_path / "b.csv")
    assert ran.status == 1
    assert "ANOTHER answer than the first" in ran.out
    assert "DIFFERENT from the first time" in tocsin("analysis", "show", incident).out


def test_what_is_wrong_is_told_and_leaves_nothing(tocsin: Keyboard, tmp_path: Path) -> None:
    incident = tocsin.opened()
    to = tmp_path / "a.csv"
    told = tocsin.refused("analysis", "query", incident, "--sql", "DROP VIEW log", "--to", to)
    assert "write one SELECT" in told
    told = tocsin.refused(
        "analysis", "query", incident, "--sql", "SELECT nothing FROM log", "--to", to
    )
    assert "nothing" in told
    told = tocsin.refused("analysis", "query", incident, "--again", "Q9", "--to", to)
    assert "none yet" in told
    told = tocsin.refused(
        "analysis", "query", incident, "--sql", SQL, "--system", "assistent", "--to", to
    )
    assert "logs are read of: assistant" in told
    assert list(tmp_path.glob("*.csv*")) == [] and not list(tmp_path.glob(".*new"))


def test_a_key_gives_the_answer_that_was_sealed_though_the_log_has_changed(
    tocsin: Keyboard, tmp_path: Path
) -> None:
    incident = tocsin.opened()
    words = ("analysis", "query", incident, "--sql", SQL, "--client-key", "k1")
    first = tocsin.done(*words, "--to", tmp_path / "a.csv")
    _write(tocsin.home, "b.jsonl", 3, "2")
    again = tocsin.done(*words, "--to", tmp_path / "b.csv")
    assert first["entry"] == again["entry"]
    assert (tmp_path / "a.csv").read_text() == (tmp_path / "b.csv").read_text()
    other = ("analysis", "query", incident, "--sql", "SELECT 1", "--client-key", "k1")
    assert "something else" in tocsin.refused(*other, "--to", tmp_path / "c.csv")
