"""`tocsin signals` and `tocsin triage` as people use them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli_seat import Keyboard, copied
from tocsin.facts.deliveries import UNPROVEN, Arrival
from tocsin.inbox.store import Inbox

LABELS = {"alertname": "Drift", "service": "assistant", "severity": "critical"}
ALERT = {"status": "firing", "fingerprint": "f1", "labels": LABELS}


def body(**other: object) -> bytes:
    return json.dumps({"version": "4", "alerts": [{**ALERT, **other}]}).encode()


@pytest.fixture
def seat(staffed_home: Path, keys: dict[str, Path], tmp_path: Path) -> Keyboard:
    tocsin = Keyboard(copied(staffed_home, tmp_path / "home"))
    tocsin.done("register", "adopt", "--as", "ana", "--key", keys["ana"])
    return tocsin


def came(home: Path, *bodies: bytes, source: str = "prom", readable: bool = True) -> None:
    inbox = Inbox(home)
    inbox.keep([
        Arrival(format="alertmanager", source=source, proven=source != UNPROVEN, delivery="",
                said={}, body=one, received_at=datetime.now(UTC), readable=readable)
        for one in bodies
    ])  # fmt: skip
    inbox.close()


def taken_in(seat: Keyboard) -> None:
    seat("work", "--until-idle", "--patience-seconds", "0")


def home_of(seat: Keyboard) -> Path:
    return Path(seat.home)


def test_what_came_is_listed_explained_and_counted(seat: Keyboard) -> None:
    came(home_of(seat), body(), body(), body(status="resolved"))
    came(home_of(seat), b"{", readable=False)
    before = seat.done("signals", "show")
    assert (before["waiting"], before["deliveries"]) == (4, 0)
    taken_in(seat)
    shown = seat.done("signals", "show")
    assert (shown["waiting"], shown["repeats"], shown["unreadable"]) == (0, 1, 1)
    (signal,) = seat.done("signals", "list")["signals"]
    assert signal["state"] == "resolved"
    decisions = seat.done("signals", "explain", signal["signal"])["decisions"]
    assert [one["went"] for one in decisions] == ["opened", "joined"]
    incident = decisions[0]["into"]
    assert seat.done("signals", "list", "--incident", incident[:4])["signals"] == [signal]
    assert "nothing new: decided at place 1" in seat("signals", "explain", "2").out
    assert "waits in triage" in seat("signals", "explain", "4").out
    assert "3 signals from outside" in seat("log", incident).out
    assert "no signal is called" in seat.refused("signals", "explain", "s-none")
    assert "nothing came at place 9" in seat.refused("signals", "explain", "9")


@pytest.mark.parametrize("place", ["9" * 18, "9" * 19, "9" * 5000])
def test_a_place_that_no_inbox_gives_is_told(seat: Keyboard, place: str) -> None:
    assert "nothing came at place" in seat.refused("signals", "explain", place)


def test_a_body_is_tried_before_anything_is_wired_up(seat: Keyboard, tmp_path: Path) -> None:
    file = tmp_path / "alert.json"
    file.write_bytes(body())
    words = ("signals", "try", file, "--format", "alertmanager")
    (signal,) = seat.done(*words, "--source", "prom")["signals"]
    assert (signal["went"], signal["systems"]) == ("opened", ["assistant"])
    assert (
        "a plan may name it in its triggers: default, or Drift"
        in seat(*words, "--source", "prom").out
    )
    assert seat.done(*words)["signals"][0]["went"] == "triage"
    assert seat.done("incident", "list")["incidents"] == []
    assert seat.done("signals", "show")["deliveries"] == 0
    file.write_bytes(b'{"version": "3"}')
    wrong = seat(*words)
    assert (wrong.status, "version: '3'; write one of: 4" in wrong.out) == (1, True)
    said = seat.refused("signals", "try", tmp_path / "no", "--format", "otlp")
    assert "name a file with the body of a delivery" in said


def test_triage_is_taken_on_or_dismissed_by_a_person(seat: Keyboard, keys: dict[str, Path]) -> None:
    came(home_of(seat), body(), source=UNPROVEN)
    came(home_of(seat), body(labels={"alertname": "X", "severity": "warning"}))
    taken_in(seat)
    items = seat.done("triage", "list")["items"]
    assert [(one["item"], one["proven"]) for one in items] == [("t1", False), ("t2", True)]
    shown = seat("triage", "show", "t1")
    assert '"alertname": "Drift"' in shown.out and "which nothing proves" in shown.out
    signed = ("--as", "ana", "--key", keys["ana"])
    unsigned = seat.refused("triage", "take", "t1", "--because", "real", "--as", "ana")
    assert "sign it" in unsigned
    taken = seat.done("triage", "take", "t1", "--because", "real", *signed)
    assert taken["opened"]
    again = seat.refused("triage", "take", "t1", "--because", "real", *signed)
    assert "was taken on as" in again
    into = seat.done("triage", "take", "t2", "--into", taken["short"], "--because", "same", *signed)
    assert (into["incident"], into["opened"]) == (taken["incident"], False)
    assert seat.done("triage", "list")["items"] == []
    assert "t1 was laid here from triage" in seat("log", taken["short"]).out
    came(home_of(seat), body(), body(fingerprint="f2"), source=UNPROVEN)
    taken_in(seat)
    for decides in ("take", "dismiss"):
        assert "nothing says why" in seat.refused(
            "triage", decides, "t3", "--because", " ", *signed)  # fmt: skip
    assert seat.done("triage", "dismiss", "t3", "--because", "noise", *signed)["dismissed"]
    (left,) = [one for one in seat.done("triage", "list", "--all")["items"] if one["item"] == "t3"]
    assert (left["state"], left["by"]) == ("dismissed", "ana")
    assert "no triage item" in seat.refused("triage", "show", "t9")


def test_all_that_could_not_be_read_is_counted_and_shown_where_it_waits(
    seat: Keyboard, keys: dict[str, Path]
) -> None:
    came(home_of(seat), b"{", b'{"version": "3", "of": "credit"}', readable=False)
    came(home_of(seat), body())
    came(home_of(seat), b"[1]", readable=False)
    came(home_of(seat), b"{", source="another", readable=False)
    taken_in(seat)
    assert [one["unread"] for one in seat.done("triage", "list")["items"]] == [3, 1]
    assert "could not be read" not in seat("triage", "list").err
    assert "(and 2 more)" in seat("triage", "list").out
    shown = seat("triage", "show", "t1").out
    assert "3 that could not be read, at places 1, 2, 4: show each by --which" in shown
    second = seat.done("triage", "show", "t1", "--which", "2")
    assert (second["places"], second["body"]) == ([1, 2, 4], '{"version": "3", "of": "credit"}')
    assert "t1 gathers places 1, 2, 4" in seat.refused("triage", "show", "t1", "--which", "3")
    signed = ("--as", "ana", "--key", keys["ana"])
    seat.done("triage", "dismiss", "t1", "--because", "tried out", *signed)
    assert [one["unread"] for one in seat.done("triage", "list", "--all")["items"]] == [1, 0]
    came(home_of(seat), b"{}", readable=False)
    taken_in(seat)
    assert seat.done("triage", "show", "t3")["places"] == [6]


def test_bodies_are_destroyed_unless_an_incident_holds_them(
    seat: Keyboard, keys: dict[str, Path]
) -> None:
    came(home_of(seat), body())
    came(home_of(seat), body(fingerprint="of-bo"), source=UNPROVEN)
    taken_in(seat)
    words = ("--because", "asked to", "--as", "ana", "--key", keys["ana"])
    assert "while these holds stand" in seat.refused("signals", "erase", "1", *words)
    assert seat.done("signals", "erase", "2", *words)["destroyed"] == 1
    assert seat.done("triage", "show", "t1")["body"] is None
    assert b"of-bo" not in (home_of(seat) / "inbox.db").read_bytes()
    assert "the inbox has 1 to 2" in seat.refused("signals", "erase", "2", "3", *words)
    assert seat("verify").status == 0
