"""`tocsin incident deadline`: a person's own word, signed by who has a key, told on screens."""

from __future__ import annotations

from pathlib import Path

from cli_seat import Keyboard

BY = "2099-11-25T14:05+01:00"
WORDS = ("--at", BY, "--basis", "aware since the 23rd")


def test_a_deadline_is_on_record_and_on_the_screens(
    staffed: Keyboard, keys: dict[str, Path]
) -> None:
    one, ana = staffed.opened(), ("--as", "ana", "--key", keys["ana"])
    staffed.done("incident", "deadline", one, "early-report", *WORDS, "--source", "Art. 73", *ana)
    log = staffed("log", one).out
    assert "Deadline early-report (Art. 73): by 2099-11-25 13:05" in log
    now = staffed.done("now", one)
    assert any(line.startswith("early-report by 25 Nov 13:05 UTC, in ") for line in now["clock"])
    assert now["clock"][-1] == "other legal duties and deadlines: not assessed"
    assert (
        "  due         early-report by 2099-11-25 13:05:00 UTC"
        in staffed("incident", "show", one).out
    )
    staffed.sound()


def test_it_is_signed_by_who_has_a_key_and_dated_with_a_zone(
    staffed: Keyboard, keys: dict[str, Path]
) -> None:
    one, ana = staffed.opened(), ("--as", "ana", "--key", keys["ana"])
    assert "sign it" in staffed.refused("incident", "deadline", one, "x", *WORDS, "--as", "ana")
    naive = ("--at", "2099-11-25T14:05", "--basis", "b")
    assert "no time zone" in staffed.refused("incident", "deadline", one, "x", *naive, *ana)
    latest = ("--latest", "2099-11-25T14:04+01:00")
    told = staffed.refused("incident", "deadline", one, "x", *WORDS, *latest, *ana)
    assert "lies before" in told
