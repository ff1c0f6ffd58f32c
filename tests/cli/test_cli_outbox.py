"""`tocsin outbox` as people use it: what stands how, and what they decide about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli_seat import Keyboard, copied

PLAN = """\
plan: call
version: 1
title: Call it
steps:
  call: {act: hook, target: assistant, wanted: noticed, attempts_max: 1, on_failure: lost,
         next: done}
  done: {end: completed}
  lost: {end: failed}
"""
HOOK = """
[integrations.hook]
kind = "webhook"
url = "http://127.0.0.1:9/orders"
secret = "file:SECRET"
settings = { repeatable = "keyed", networks = "127.0.0.0/8", ports = "9" }
"""


@pytest.fixture
def seat(staffed_home: Path, keys: dict[str, Path], tmp_path: Path) -> Keyboard:
    """A home with a webhook at whose address nobody listens."""
    home = copied(staffed_home, tmp_path / "home")
    secret = tmp_path / "secret"
    secret.write_text("a secret of sufficient length")
    secret.chmod(0o600)
    register = home / "register" / "register.toml"
    register.write_text(register.read_text() + HOOK.replace("SECRET", str(secret)))
    (tmp_path / "plan.yaml").write_text(PLAN)
    tocsin = Keyboard(home)
    tocsin.done("register", "adopt", "--as", "ana", "--key", keys["ana"])
    return tocsin


def _written(seat: Keyboard, tmp_path: Path) -> tuple[str, int]:
    incident = seat.opened()
    seat.done("incident", "run", incident, tmp_path / "plan.yaml", "--as", "ana")
    (write,) = seat.done("outbox", "list")["writes"]
    return incident, write["order"]


def test_a_write_is_held_released_and_let_go(seat: Keyboard, tmp_path: Path) -> None:
    incident, order = _written(seat, tmp_path)
    because = ("--because", "counsel reads it", "--as", "ana")
    for decides in ("hold", "retry", "drop"):
        told = seat.refused("outbox", decides, incident, order, "--because", " ", "--as", "ana")
        assert "nothing says why" in told
    assert seat.done("outbox", "hold", incident, order, *because)["state"] == "held"
    assert "held already" in seat.refused("outbox", "hold", incident, order, *because)
    listed = seat("outbox", "list", "--state", "held")
    assert listed.status == 1 and f"tocsin outbox release {incident[:3]} {order}" in listed.out
    seat.done("ack", incident, "--as", "ana")
    assert f"tocsin outbox release {incident[:3]} {order}" in seat("now", incident).out
    doctor = seat("doctor", "--json")
    assert doctor.status == 1
    assert [f["seen"] for f in doctor.json["findings"] if f["what"] == "outbox"] == ["1 held"]
    seat.done("work", "--until-idle", "--patience-seconds", 0)
    shown = seat("outbox", "show", incident, order, "--json")
    assert shown.status == 1 and shown.json["attempts"] == 0
    assert seat.done("outbox", "release", incident, order, *because)["state"] == "pending"
    assert seat.done("outbox", "drop", incident, order, *because)["state"] == "let go"
    assert seat.done("outbox", "list")["writes"] == []
    assert len(seat.done("outbox", "list", "--all")["writes"]) == 1


def test_what_failed_is_dead_until_a_person_says_what_became_of_it(
    seat: Keyboard, tmp_path: Path
) -> None:
    incident, order = _written(seat, tmp_path)
    seat("work", "--until-idle", "--patience-seconds", 0)
    listed = seat("outbox", "list", "--json")
    assert listed.status == 1 and listed.json["counts"]["dead"] == 1
    assert "cannot be reached" in listed.json["writes"][0]["why"]
    assert "nothing says where" in seat.refused("outbox", "done", incident, order, "--reference",
                                                "", "--because", "x", "--as", "ana")  # fmt: skip
    said = seat.done("outbox", "done", incident, order, "--reference", "note 7",
                     "--because", "did it by hand", "--as", "ana")  # fmt: skip
    assert (said["state"], said["reference"]) == ("done", "note 7")
    assert "as note 7" in seat("outbox", "list", "--all").out
    seat.sound()


def test_a_number_that_is_no_write_is_told_with_those_that_are(
    seat: Keyboard, tmp_path: Path
) -> None:
    incident, order = _written(seat, tmp_path)
    told = seat.refused("outbox", "drop", incident, 1, "--because", "x", "--as", "ana")
    assert f"there is: {order}" in told
