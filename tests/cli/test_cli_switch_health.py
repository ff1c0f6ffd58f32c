"""What the doctor says of the switches: how each lies there, and whether the record saw it so."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from cli_seat import Keyboard, copied
from tocsin import wiring
from tocsin.desk import run_until_idle
from tocsin.desk.plans.runs import By, start_run
from tocsin.facts import Asserter, Author, Proof, incident_log
from tocsin.facts.runs import Outcome, Repeatable
from tocsin.switch.store import SwitchFolder
from tocsin.world import Order, Receipt

NOW = datetime(2026, 11, 26, tzinfo=UTC)
ANA = By(author=Author(who="ana", kind=Asserter.PERSON, proof=Proof.ACCOUNT, account="ana"))
STOP = """
plan: stop
version: 1
title: Stop the model
steps:
  off: {act: kill, target: a.model, wanted: "off", effect: stop, next: done}
  done: {end: completed}
"""


class Obeys:
    """A hand that says it saw what was wanted, whatever becomes of the switch later."""

    repeatable = Repeatable.IDEMPOTENT

    def look(self, target: str) -> str:
        return "on"

    def act(self, order: Order) -> Receipt:
        return Receipt(key=order.key, outcome=Outcome.DONE, before="on", after=order.wanted)

    def find(self, order: Order) -> Receipt | None:
        return None


@pytest.fixture
def seat(staffed_home: Path, tmp_path: Path, keys: dict[str, Path]) -> Iterator[Keyboard]:
    seat = Keyboard(copied(staffed_home, tmp_path / "home"))
    register = seat.home / "register" / "register.toml"
    register.write_text(
        register.read_text() + '\n[integrations.kill]\nkind = "switch"\npath = "switch"\n'
        'settings.server = "http://127.0.0.1:1"\nsettings.flags = "a.model, a.feed"\n'
    )
    seat.done("register", "adopt", "--as", "ana", "--key", keys["ana"])
    yield seat


def folder(seat: Keyboard) -> SwitchFolder:
    seat.done("switch", "key")  # declares them, as the server does when it starts
    return SwitchFolder(seat.home / "switch")


def about(seat: Keyboard, what: str = "switches of kill") -> tuple[bool, str, str]:
    """What is told of it: whether it is right, what was seen, and the remedy."""
    ran = seat("doctor", "--json")
    (one,) = (one for one in ran.json["findings"] if one["what"] == what)
    assert one["ok"] or ran.status == 1
    return one["ok"], one["seen"], one["remedy"]


def test_switches_that_nobody_serves_yet_are_told_and_nothing_to_mend(seat: Keyboard) -> None:
    ok, seen, remedy = about(seat)
    assert ok and "not served yet" in seen and "tocsin switch serve" in remedy


def test_each_switch_is_told_as_it_lies_there(seat: Keyboard) -> None:
    folder(seat).set("a.model", False, "o", NOW)
    ok, seen, _ = about(seat)
    assert ok and seen == "a.feed on, a.model off, in state 2, signed"


@pytest.mark.parametrize("older", [True, False])
def test_a_damaged_or_an_older_state_is_told_with_what_counts(seat: Keyboard, older: bool) -> None:
    switch = folder(seat)
    first = switch.document()
    switch.set("a.model", False, "o", NOW)
    (switch.folder / "state.json").write_bytes(first if older else b"{}")
    ok, seen, remedy = about(seat)
    assert not ok and "a.model off, by the copy of the last state" in seen and remedy
    assert ("older than the last written" if older else "not a signed state") in seen


def test_a_state_that_is_lost_is_told(seat: Keyboard) -> None:
    switch = folder(seat)
    (switch.folder / "state.json").unlink()
    (seat.home / "switch.last.json").unlink()
    ok, seen, remedy = about(seat)
    assert not ok and "lost" in seen and "tocsin switch begin-anew" in remedy


@pytest.mark.parametrize("left", ["state", "copy"])
def test_a_key_that_is_gone_is_told(seat: Keyboard, left: str) -> None:
    switch = folder(seat)
    if left == "state":
        (switch.folder / "switch.key").unlink()
    else:
        shutil.rmtree(switch.folder)
    ok, seen, remedy = about(seat)
    assert not ok and "key" in seen and "backup" in remedy


def test_a_switch_that_was_declared_later_is_told_until_it_is_served(
    seat: Keyboard, keys: dict[str, Path]
) -> None:
    folder(seat)
    register = seat.home / "register" / "register.toml"
    register.write_text(register.read_text().replace("a.feed", "a.feed, a.search"))
    seat.done("register", "adopt", "--as", "ana", "--key", keys["ana"])
    ran = seat("doctor", "--json")
    found = [one for one in ran.json["findings"] if one["what"] == "switches of kill"]
    assert [one["ok"] for one in found] == [True, False] and "a.search" in found[1]["seen"]
    folder(seat)
    assert about(seat)[0]


def test_a_switch_that_is_not_as_the_record_saw_it_is_told(seat: Keyboard) -> None:
    switch, as_seen = folder(seat), "switches of kill, as the record saw them"
    log = incident_log(seat.opened())
    with wiring.open_home(seat.home, warn=print) as opened:
        world = msgspec.structs.replace(opened.world, connectors={"kill": Obeys()})
        start_run(opened.desk, log, STOP.encode(), ANA)
        run_until_idle(world)
    ok, seen, remedy = about(seat, as_seen)
    assert not ok and "a.model is on, and action" in seen and "saw it off at" in seen
    assert "tocsin switch show" in remedy
    switch.set("a.model", False, "o", NOW)
    ok, seen, _ = about(seat, as_seen)
    assert ok and seen == "1 as they were seen last"
