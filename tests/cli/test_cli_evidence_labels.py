"""A piece of evidence is for whom it was taken in: told, given out and sent to nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli_seat import Keyboard

SECRET = "what our lawyers think of it"


def signed(who: str, keys: dict[str, Path]) -> tuple[object, ...]:
    return ("--as", who, "--key", keys[who])


@pytest.fixture
def one(staffed: Keyboard) -> str:
    return staffed.opened()


def added(staffed: Keyboard, one: str, file: Path, *more: object) -> str:
    words = ("--source", "outside counsel", "--because", "to advise")
    return str(staffed.done("incident", "evidence", "add", one, file, *words, *more)["digest"])


@pytest.fixture
def memo(tmp_path: Path) -> Path:
    (file := tmp_path / "memo.txt").write_text(SECRET)
    return file


def test_what_counsel_takes_in_is_there_for_counsel_alone(
    staffed: Keyboard, one: str, memo: Path, keys: dict[str, Path], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    cleo, ana = signed("cleo", keys), signed("ana", keys)
    piece = added(staffed, one, memo, *cleo)
    get = ("incident", "evidence", "get", one, piece, "--because", "b", "--to")
    assert "no piece begins so" in staffed.refused(*get, tmp_path / "ana", *ana)
    assert staffed.done("incident", "evidence", "list", one)["evidence"] == []
    staffed.done(*get, tmp_path / "cleo", *cleo)
    staffed.done("incident", "evidence", "check", "--older-than-hours", "0")
    assert "no piece begins so" in staffed.refused(*get, tmp_path / "ana", *ana)
    told = staffed.done("incident", "evidence", "list", one, "--reader", "counsel", *cleo)
    chain = [link["access"] for link in told["evidence"][0]["chain"]]
    assert chain == ["counsel"] * 3, "taken in, copied out, read again"
    said = staffed.refused("incident", "evidence", "list", one, "--reader", "counsel", *ana)
    assert "for counsel" in said
    for reader, there in (("ops", False), ("counsel", True)):
        to = tmp_path / reader
        staffed.done("export", one, "--to", to, "--reader", "ops", "--reader", reader, *cleo)
        found = [f for f in to.rglob("*") if f.is_file() and SECRET.encode() in f.read_bytes()]
        assert bool(found) is there, reader
    for words in (("log", one), ("incident", "show", one), ("report", one, "--to", "r")):
        ran = staffed(*words)
        assert piece[:12] not in ran.out and memo.name not in ran.out, words
    staffed.sound()


def test_who_is_in_the_space_takes_in_for_it_and_reads_it(
    staffed: Keyboard, one: str, memo: Path, keys: dict[str, Path], tmp_path: Path
) -> None:
    cleo, ana = signed("cleo", keys), signed("ana", keys)
    staffed.done("counsel", "open", one, "--because", "advice", *cleo)
    staffed.done("counsel", "admit", one, "ben", "--because", "knows it", *cleo)
    piece = added(staffed, one, memo, "--access", "counsel", *signed("ben", keys))
    get = ("incident", "evidence", "get", one, piece, "--because", "b", "--to")
    assert "no piece begins so" in staffed.refused(*get, tmp_path / "ana", *ana)
    staffed.done(*get, tmp_path / "ben", *signed("ben", keys))
    staffed.done(*get, tmp_path / "cleo", *cleo)


def test_a_claim_for_everybody_names_no_piece_that_is_counsels(
    staffed: Keyboard, one: str, memo: Path, keys: dict[str, Path]
) -> None:
    cleo = signed("cleo", keys)
    piece = added(staffed, one, memo, *cleo)
    claim = ("incident", "claim", one, "--grade", "confirmed", "--evidence", piece, *cleo)
    said = staffed.refused(*claim, "it leaked", "--access", "ops")
    assert "no piece begins so" in said
    staffed.done(*claim, "it leaked")


def test_what_somebody_else_took_in_for_everybody_stays_everybodys(
    staffed: Keyboard, one: str, memo: Path, keys: dict[str, Path], tmp_path: Path
) -> None:
    piece = added(staffed, one, memo)
    assert added(staffed, one, memo, *signed("cleo", keys)) == piece
    words = ("incident", "evidence", "get", one, piece, "--because", "b")
    staffed.done(*words, "--to", tmp_path / "a")
    assert len(staffed.done("incident", "evidence", "list", one)["evidence"][0]["chain"]) == 2
