"""What a person may get wrong, and the plain words that say what would be right."""

from __future__ import annotations

import os
import sqlite3
import threading
from pathlib import Path

import pytest

from cli_seat import Keyboard
from tocsin.journal.keys import LogKey

WHY = ("--because", "a test")


def taken_in(tocsin: Keyboard, one: str, folder: Path) -> str:
    file = folder / "evidence"
    file.write_text("{}")
    words = ("incident", "evidence", "add", one, file, "--source", "s", *WHY)
    return str(tocsin.done(*words)["digest"])


def test_a_claim_rests_on_evidence_in_custody_and_on_nothing_else(
    staffed: Keyboard, keys: dict[str, Path], tmp_path: Path
) -> None:
    one = staffed.opened()
    digest = taken_in(staffed, one, tmp_path)
    claim = ("incident", "claim", one, "it was swapped", "--evidence")
    assert "is no digest of evidence" in staffed.refused(*claim, "screenshot.png")
    assert "take it in first" in staffed.refused(*claim, "0" * 64)
    staffed.done(*claim, digest[:8])
    ana = ("--as", "ana", "--key", keys["ana"])
    staffed.done("incident", "dismiss", one, *WHY, *ana)
    staffed.done("incident", "release", one, "declaration", *WHY, *ana)
    staffed.done("incident", "evidence", "destroy", one, digest, *WHY, *ana)
    staffed.done("incident", "reopen", one, *WHY)
    again = ("incident", "grade", one, "C1", "confirmed", *WHY, "--evidence", digest)
    assert "not in the vault any more" in staffed.refused(*again)
    assert staffed.done("incident", "show", one)["claims"][0]["gradings"][0]["evidence"] == [digest]


@pytest.mark.parametrize("what", ["pipe", "device", "folder", "nothing"])
def test_what_is_no_plain_file_is_not_taken_in_and_holds_nobody_up(
    tocsin: Keyboard, tmp_path: Path, what: str
) -> None:
    one, file = tocsin.opened(), tmp_path / "evidence"
    if what == "pipe":
        os.mkfifo(file)
    elif what == "folder":
        file.mkdir()
    elif what == "device":
        file = Path(os.devnull)
    told = tocsin.refused("incident", "evidence", "add", one, file, "--source", "s", *WHY)
    assert str(file) in told


@pytest.mark.parametrize(
    "words",
    [
        ("approve", "3"), ("decline", "3"), ("answer", "ask", "yes"), ("pause", *WHY),
        ("outcome", "3", "done", "--basis", "b"), ("release", "H1", *WHY), ("hold", *WHY),
        ("erase", "2", "text", *WHY), ("run", "plan.yaml"),
    ],
)  # fmt: skip
def test_what_counts_from_its_recording_cannot_be_dated(
    tocsin: Keyboard, words: tuple[str, ...]
) -> None:
    one = tocsin.opened()
    name, *rest = words
    told = tocsin.refused("incident", name, one, *rest, "--at", "2026-11-23T14:05Z")
    assert "cannot be dated" in told
    assert len(tocsin.done("log", one)["entries"]) == 1


@pytest.mark.parametrize("typed", ["2020-11-23", "2020-11-23T14:05"])
def test_the_remedy_for_a_date_without_a_zone_works(tocsin: Keyboard, typed: str) -> None:
    one = tocsin.opened()
    told = tocsin.refused("incident", "note", one, "x", "--at", typed)
    for remedy in told.partition("write it like ")[2].split("\n")[0].split(" or "):
        tocsin.done("incident", "note", one, f"x {remedy}", "--at", remedy)


def test_a_policy_that_cannot_be_read_is_named(tocsin: Keyboard, tmp_path: Path) -> None:
    policy = tmp_path / "my-policy"
    policy.write_text("log nonsense\n")
    told = tocsin.refused("verify", "--policy", policy)
    assert str(policy) in told and "line 1" in told


def test_a_missing_key_file_is_told_with_what_to_do(tocsin: Keyboard) -> None:
    (tocsin.home / "keys" / "log.key").unlink()
    assert "put it back from a copy" in tocsin.refused("incident", "list")


def test_an_exchanged_key_file_is_the_signers_verdict_and_not_the_records(
    tocsin: Keyboard,
) -> None:
    key = tocsin.home / "keys" / "log.key"
    right = tocsin.done("key", "show")["key"]
    kept = key.read_bytes()
    key.unlink()
    LogKey.create(key.with_name("other"), "incidents.example.com")
    key.with_name("other").rename(key)
    ran = tocsin("verify", "--json")
    assert ran.status == 1 and ran.json["consistent"] is True and ran.json["accepted"] is False
    assert ran.json["signed_by"] == right and "key file holds" in ran.json["unconfirmed"]
    text = tocsin("verify").out
    assert "consistent: yes" in text and "signed by: NO" in text
    assert "put that key back" in tocsin.refused("incident", "list", status=1)
    key.write_bytes(kept)
    tocsin.sound()


def test_whoever_waits_for_a_locked_record_is_told_after_two_seconds(tocsin: Keyboard) -> None:
    one = tocsin.opened()
    record = sqlite3.connect(
        tocsin.home / "journal.db", isolation_level=None, check_same_thread=False
    )
    record.execute("BEGIN IMMEDIATE")
    later = threading.Timer(4.0, lambda: record.execute("ROLLBACK"))
    later.start()
    ran = tocsin("incident", "note", one, "said in the end")
    later.join()
    record.close()
    assert ran.status == 0, ran
    assert "is locked by another process; waiting" in ran.err


def test_what_a_killed_export_left_is_cleared_by_the_next(tocsin: Keyboard, tmp_path: Path) -> None:
    one, left = tocsin.opened(), tmp_path / ".package.partial"
    left.mkdir()
    (left / "data").write_text("half")
    tocsin.done("export", one, "--to", tmp_path / "package")
    assert not left.exists() and (tmp_path / "package" / "VERIFY.txt").exists()
