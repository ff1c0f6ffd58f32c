"""Who may decide what, by name, by key and by register; and how a typed name is told.

| in force  | keys | who (proof)      | dismiss, close | release, destroy, erase, rule |
|-----------|------|------------------|----------------|-------------------------------|
| nothing   | none | the account      | may            | may                           |
| nothing   | none | a typed name     | refused        | refused                       |
| register  | some | a typed stranger | refused        | refused                       |
| register  | some | typed, has a key | refused        | refused: needs a signature    |
| register  | some | typed, has none  | may            | refused: needs a signature    |
| register  | some | signed, known    | may            | may                           |
"""

from __future__ import annotations

from pathlib import Path

import pytest

from cli_seat import Keyboard

WHY = ("--because", "a test")
MALLORY = ("--as", "mallory")
WAITS = """\
plan: small
version: "1"
title: wait
start: sure
steps:
  sure:
    ask: Go on?
    role: commander
    choices: {go: over, leave: over}
    limit: 1h
    on_limit: leave
  over:
    end: completed
"""


def signed(who: str, keys: dict[str, Path]) -> tuple[object, ...]:
    return ("--as", who, "--key", keys[who])


def prepared(tocsin: Keyboard, folder: Path, *who: object) -> dict[str, tuple[object, ...]]:
    """An incident that is over, with words, evidence and a hold; and what could be done to it."""
    one = tocsin.opened()
    file = folder / "evidence"
    file.write_text("{}")
    digest = tocsin.done("incident", "evidence", "add", one, file, "--source", "s", *WHY)["digest"]
    tocsin.done("incident", "note", one, "Jane Roe")
    tocsin.done("incident", "aware", one, "ben", "--standing", "staff", "--basis", "mail")
    tocsin.done("incident", "dismiss", one, *WHY, *who)
    return {
        "release": ("incident", "release", one, "declaration", *WHY),
        "destroy": ("incident", "evidence", "destroy", one, digest, *WHY),
        "erase": ("incident", "erase", one, "3", "text", *WHY),
    }


def test_before_any_register_the_account_may_and_a_typed_name_may_not(
    tocsin: Keyboard, tmp_path: Path
) -> None:
    one = tocsin.opened()
    for verb in ("dismiss", "close"):
        told = tocsin.refused("incident", verb, one, *WHY, *MALLORY)
        assert "typed at account ana" in told or "not everything" in told
    acts = prepared(tocsin, tmp_path)
    for act in acts.values():
        assert "typed at account ana" in tocsin.refused(*act, *MALLORY)
    for name in ("release", "destroy", "erase"):
        tocsin.done(*acts[name])
    tocsin.sound()


def test_with_keys_what_cannot_be_taken_back_is_signed_by_a_person_of_the_register(
    staffed: Keyboard, keys: dict[str, Path], tmp_path: Path
) -> None:
    one = staffed.opened()
    assert "not in the register in force" in staffed.refused(
        "incident", "dismiss", one, *WHY, *MALLORY
    )
    assert staffed.done("incident", "show", one)["status"] == "open"
    acts = prepared(staffed, tmp_path, *signed("ana", keys))
    for name in ("release", "destroy", "erase"):
        assert "not in the register in force" in staffed.refused(*acts[name], *MALLORY)
        assert "needs signature" in staffed.refused(*acts[name], "--as", "ana")
        staffed.done(*acts[name], "--as", "ana", "--key", keys["ana"])
    staffed.sound()


def test_someone_enrolled_whom_the_register_does_not_name_decides_nothing(
    staffed: Keyboard, keys: dict[str, Path]
) -> None:
    ana = ("--as", "ana", "--key", keys["ana"])
    staffed.done("register", "enrol", "stranger", f"{keys['stranger']}.pub", *ana)
    one, who = staffed.opened(), ("--as", "stranger", "--key", keys["stranger"])
    assert "not in the register" in staffed.refused("incident", "dismiss", one, *WHY, *who)


@pytest.mark.parametrize("verb", ["dismiss", "close", "merge"])
def test_who_has_a_key_signs_the_end_of_an_incident_and_who_has_none_ends_it_by_name(
    staffed: Keyboard, keys: dict[str, Path], verb: str
) -> None:
    file = staffed.home / "register" / "dan.toml"
    file.write_text(
        '[people.dan]\nname = "Dan"\nemail = "dan@example.org"\nroles = ["commander"]\n'
    )
    staffed.done("register", "adopt", *signed("ana", keys))
    for who in (("--as", "dan"), signed("ben", keys)):
        one, into = staffed.opened("one"), staffed.opened("two")
        staffed.done("incident", "severity", one, "sev4", "--reason", "r", "--basis", "b")
        words = ("incident", verb, one, *([into] if verb == "merge" else []), *WHY)
        for typed in ("ana", "ben"):
            told = staffed.refused(*words, "--as", typed)
            assert f"sign it: --as {typed} --key FILE" in told
        assert "not in the register in force" in staffed.refused(*words, *MALLORY)
        assert staffed.done("incident", "show", one)["status"] == "open"
        staffed.done(*words, *who)
    staffed.sound()


@pytest.mark.parametrize(
    "words",
    [
        ("assign", "commander", "ana"),
        ("reopen", *WHY),
        ("pause", "run-1", *WHY),
        ("resume", "run-1", *WHY),
        ("cancel", "run-1", *WHY),
    ],
)
def test_a_stranger_neither_gives_roles_nor_reopens_nor_halts_runs(
    staffed: Keyboard, keys: dict[str, Path], tmp_path: Path, words: tuple[str, ...]
) -> None:
    one, (name, *rest) = staffed.opened(), words
    if name == "reopen":
        staffed.done("incident", "dismiss", one, *WHY, *signed("ana", keys))
    elif name != "assign":
        plan = tmp_path / "plan.yaml"
        plan.write_text(WAITS)
        staffed.done("incident", "run", one, plan)
        if name == "resume":
            staffed.done("incident", "pause", one, *WHY)
    before = len(staffed.done("log", one)["entries"])
    told = staffed.refused("incident", name, one, *rest, *MALLORY)
    assert "mallory is not in the register in force" in told and "register adopt" in told
    assert len(staffed.done("log", one)["entries"]) == before
    text = " ".join(staffed("incident", name, "--help").out.split())
    assert ("without a signature: a typed name is enough" in text) is (name != "assign")
    who = signed("ana", keys) if name == "assign" else ("--as", "ana")
    staffed.done("incident", name, one, *rest, *who)


def test_a_stranger_judges_no_outcome(staffed: Keyboard) -> None:
    words = ("incident", "outcome", staffed.opened(), "3", "done", "--basis", "looked")
    assert "not in the register in force" in staffed.refused(*words, *MALLORY)
    assert "no action of unknown outcome" in staffed.refused(*words, "--as", "ana")


def test_a_machine_dismisses_nothing(
    staffed: Keyboard, keys: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = staffed.opened()
    ana = ("--as", "ana", "--key", keys["ana"])
    token = staffed.done("register", "token", "ana", *ana)["token"]
    monkeypatch.setenv("TOCSIN_TOKEN", token)
    assert "machine" in staffed.refused("incident", "dismiss", one, *WHY)


def test_a_role_is_accepted_by_the_incoming_person_with_the_key_they_have(
    staffed: Keyboard, keys: dict[str, Path]
) -> None:
    one = staffed.opened()
    staffed.done("incident", "assign", one, "commander", "ana", *signed("ana", keys))
    offer = ("incident", "handover", one, "commander", "ben", "--as", "ana")
    assert "enrolled key" in staffed.refused(*offer), "offering it is one's own word as well"
    staffed.done(*offer, "--key", keys["ana"])
    told = staffed.refused("incident", "accept", one, "commander", "--as", "ben")
    assert "enrolled key" in told and "--key" in told
    assert staffed.done("incident", "show", one)["roles"][0]["person"] == "ana"
    staffed.done("incident", "accept", one, "commander", "--as", "ben", "--key", keys["ben"])
    assert staffed.done("incident", "show", one)["roles"][0]["person"] == "ben"


def test_a_typed_name_is_told_with_the_account_it_was_typed_at(
    staffed: Keyboard, keys: dict[str, Path], tmp_path: Path
) -> None:
    one = staffed.opened()
    staffed.done("incident", "ack", one, *MALLORY)
    rows = staffed.done("log", one)["entries"]
    assert rows[1]["author"]["who"] == "mallory" and rows[1]["author"]["account"] == "ana"
    assert "mallory [typed at account ana, not proven]" in staffed("log", one).out
    assert "looking     mallory [not proven]" in staffed("incident", "show", one).out
    ben = ("--as", "ben", "--key", keys["ben"])
    staffed.done("incident", "ack", one, *ben)
    assert "mallory [not proven], ben\n" in staffed("incident", "show", one).out
    assert "account" not in staffed.done("log", one)["entries"][2]["author"]
    file = tmp_path / "evidence"
    file.write_text("{}")
    staffed.done("incident", "evidence", "add", one, file, "--source", "s", *WHY, *MALLORY)
    listed = staffed("incident", "evidence", "list", one).out
    assert "mallory [typed at account ana, not proven]:" in listed
    staffed.sound()


@pytest.mark.parametrize("name", ["a\nb", "a\rb", "a\x1b[2J", " ana", "ana\u202e", "", "x" * 200])
def test_a_name_that_a_screen_would_show_otherwise_is_refused(tocsin: Keyboard, name: str) -> None:
    one = tocsin.opened()
    if name:  # an empty --as is none, and then it is the account's name
        assert "is no name" in tocsin.refused("incident", "ack", one, "--as", name)


def test_line_breaks_in_titles_do_not_look_like_lines_of_a_list(tocsin: Keyboard) -> None:
    title = "harmless\n9QX    open       sev1      another"
    one = tocsin.done("incident", "open", "--title", title, "--system", "a\nb")["short"]
    assert len(tocsin("incident", "list").out.splitlines()) == 1
    shown = tocsin("incident", "show", one).out.splitlines()
    assert not [line for line in shown if line.startswith(("9QX", "b"))]
    assert tocsin.done("incident", "show", one)["systems"] == ["a b"]


def test_every_awareness_is_shown_and_what_was_ruled_out_is_marked(
    staffed: Keyboard, keys: dict[str, Path]
) -> None:
    one = staffed.opened()
    for who in ("ana", "ben"):
        staffed.done("incident", "aware", one, who, "--standing", "staff", "--basis", "mail")
    cleo = ("--as", "cleo", "--key", keys["cleo"])
    staffed.done("incident", "assign", one, "counsel", "cleo", *signed("ana", keys))
    ruling = ("rule-awareness", one, "2", "--counts-not", "--because", "rumour", "--access", "ops")
    staffed.done("incident", *ruling, *cleo)
    aware = [line for line in staffed("incident", "show", one).out.splitlines() if "aware " in line]
    assert len(aware) == 2
    assert "ana" in aware[0] and "RULED OUT" in aware[0]
    assert "ben" in aware[1] and "RULED" not in aware[1]


def test_a_merger_that_was_taken_back_is_told_as_that(
    staffed: Keyboard, keys: dict[str, Path]
) -> None:
    one, two = staffed.opened("one"), staffed.opened("two")
    staffed.done("incident", "merge", one, two, *WHY, *signed("ana", keys))
    assert f"merged-into {two}" in staffed("incident", "show", one).out
    staffed.done("incident", "reopen", one, *WHY)
    shown = staffed("incident", "show", one).out
    assert "merged-into" not in shown and "reopened since" in shown
