"""What follows from incidents, by the real command: owned, due, and closed by a proof alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli_seat import Keyboard

NOW = datetime.now(UTC)
DUE = (NOW + timedelta(days=30)).isoformat()


@pytest.fixture
def ana(keys: dict[str, Path]) -> tuple[str, ...]:
    return ("--as", "ana", "--key", str(keys["ana"]))


def added(tocsin: Keyboard, one: str, who: tuple[str, ...], *more: str) -> str:
    made = tocsin.done(
        "actions", "add", one, "--kind", "code", "--what", "stop before the rollback", "--owner",
        "ben", "--due", DUE, "--drill", "the bad release stops in 5 min", *who, *more,
    )  # fmt: skip
    return str(made["action"])


def test_an_item_goes_from_its_opening_to_its_proof(
    staffed: Keyboard, ana: tuple[str, ...], tmp_path: Path
) -> None:
    one = staffed.opened("it invents refunds", *ana)
    assert added(staffed, one, ana) == "action-1"
    listed = staffed("actions", *ana)
    assert listed.status == 0 and "to be proven by drill" in listed.out
    proof = tmp_path / "proof.txt"
    proof.write_text("stopped in 2 min")
    done = staffed.done("actions", "done", one, "1", "--proof", proof, "--says", "it held", *ana)
    assert not done["proven_by_drill"]
    told = staffed("actions", "--all", *ana)
    assert "not proven by a drill" in told.out and "closed" in told.out
    assert staffed.done("actions", *ana)["items"] == []
    assert staffed.done("actions", "--all", *ana)["items"][0]["standing"] == "closed"
    assert staffed.done("verify")


def test_nothing_but_a_proof_closes_one(
    staffed: Keyboard, ana: tuple[str, ...], tmp_path: Path
) -> None:
    one = staffed.opened("it invents refunds", *ana)
    added(staffed, one, ana)
    empty = tmp_path / "empty"
    empty.write_bytes(b"")
    for words, said in (
        (("--proof", empty), "is empty and shows nothing"),
        (("--proof", tmp_path / "none"), "No such file"),
        (("--evidence", "ab" * 32), "no piece begins so"),
    ):
        assert said in staffed.refused("actions", "done", one, "1", *words, "--says", "x", *ana)
    proof = tmp_path / "proof"
    proof.write_text("a word")
    for words, said in (
        (("1", "--by-drill", "D9"), "no record of an exercise"),
        (("action-2",), 'did you mean "action-1"'),
    ):
        assert said in staffed.refused(
            "actions", "done", one, *words, "--proof", proof, "--says", "x", *ana
        )
    assert "usage" not in staffed.refused("actions", "done", one, "1", "--says", "x", *ana)
    assert staffed.done("actions", *ana)["items"][0]["standing"] == "open"


def test_what_is_overdue_is_a_problem_and_says_so(
    staffed: Keyboard, ana: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = staffed.opened("it invents refunds", *ana)
    added(staffed, one, ana)
    assert staffed("actions", *ana).status == 0
    monkeypatch.setattr("tocsin.world.RealClock.now", lambda self: NOW + timedelta(days=40))
    late = staffed("actions", "--overdue", *ana)
    assert late.status == 1 and "OVERDUE by 10 days" in late.out
    assert "tocsin actions done" in late.out
    assert staffed("actions", "--owner", "cleo", *ana).status == 0


def test_a_change_a_reopening_and_a_drop_say_why(
    staffed: Keyboard, ana: tuple[str, ...], keys: dict[str, Path], tmp_path: Path
) -> None:
    one = staffed.opened("it invents refunds", *ana)
    added(staffed, one, ana)
    ben = ("--as", "ben", "--key", str(keys["ben"]))
    staffed.done("actions", "change", one, "1", "--owner", "cleo", "--because", "on leave", *ana)
    assert staffed.done("actions", *ana)["items"][0]["owner"] == "cleo"
    assert "and not the owner" in staffed.refused(
        "actions", "drop", one, "1", "--because", "too dear", *ben
    )
    staffed.done("incident", "assign", one, "commander", "ben", *ana)
    staffed.done("actions", "drop", one, "1", "--because", "too dear", *ben)
    assert "not closed" in staffed("actions", "--all", *ana).out
    staffed.done("actions", "reopen", one, "1", "--because", "it came again", *ana)
    assert staffed.done("actions", *ana)["items"][0]["reopened"] == 1


def test_a_repetition_under_its_key_records_nothing_again(
    staffed: Keyboard, ana: tuple[str, ...], tmp_path: Path
) -> None:
    one = staffed.opened("it invents refunds", *ana)
    for _ in range(2):
        assert added(staffed, one, ana, "--client-key", "k1") == "action-1"
    proof = tmp_path / "proof"
    proof.write_text("a word")
    closing = ("actions", "done", one, "1", "--proof", proof, "--says", "x", "--client-key", "k2")
    first, again = staffed.done(*closing, *ana), staffed.done(*closing, *ana)
    assert again["repeated"] and first["entries"] == again["entries"]


def test_what_is_counsels_is_not_told_to_others(
    staffed: Keyboard, ana: tuple[str, ...], keys: dict[str, Path], tmp_path: Path
) -> None:
    one = staffed.opened("it invents refunds", *ana)
    cleo = ("--as", "cleo", "--key", str(keys["cleo"]))
    added(staffed, one, cleo)
    assert staffed.done("actions", *ana)["items"] == []
    assert staffed.done("actions", *cleo)["items"] == []  # read only when it is asked for
    both = ("--reader", "ops", "--reader", "counsel")
    assert len(staffed.done("actions", *both, *cleo)["items"]) == 1
    assert "counsel" in staffed.refused("actions", "--incident", one, *both, *ana)
    told = staffed("actions", *both, *ana)
    assert told.status == 0 and "bad release" not in told.out
    assert "of 1 incidents only what everybody may read" in told.err
    proof = tmp_path / "proof"
    proof.write_text("a word")
    told = staffed.refused("actions", "done", one, "1", "--proof", proof, "--says", "x", *ana)
    assert "no 'action-1'" in told.replace("no '1'", "no 'action-1'")
    assert "bad release" not in told


def test_closing_an_incident_says_when_people_look_back(
    staffed: Keyboard, ana: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = staffed.opened("it invents refunds", *ana)
    staffed.done("incident", "severity", one, "sev3", "--reason", "r", "--basis", "b", *ana)
    closed = staffed("incident", "close", one, "--because", "over", *ana)
    assert "look back on it together by" in closed.out and "tocsin postmortem" in closed.out
    listed = staffed("actions", *ana)
    assert listed.status == 0 and "review" in listed.out
    monkeypatch.setattr("tocsin.world.RealClock.now", lambda self: NOW + timedelta(days=15))
    assert staffed("actions", *ana).status == 1


def test_words_that_would_turn_a_line_do_not(staffed: Keyboard, ana: tuple[str, ...]) -> None:
    one = staffed.opened("it invents refunds", *ana)
    staffed.done(
        "actions", "add", one, "--kind", "code", "--what", "a\nb\u202e c", "--owner", "ben",
        "--due", DUE, "--drill", "d\r\nnext: rm", *ana,
    )  # fmt: skip
    out = staffed("actions", *ana).out
    assert "a b\\u202e c" in out and "\n next" not in out and len(out.splitlines()) == 2
