"""Whoever waits longer than two seconds sees how far it is; a clock that is wound by hand tells."""

from __future__ import annotations

import contextlib
import io
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli_seat import Keyboard
from tocsin.cli.frame import screen as screen_module
from tocsin.cli.frame.screen import Screen
from tocsin.exercise.clock import VirtualClock
from tocsin.journal import walk

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


class HurryingClock(VirtualClock):
    """Three seconds pass each time somebody looks at it."""

    def __init__(self) -> None:
        super().__init__(NOON)

    def now(self) -> datetime:
        return self.wind(timedelta(seconds=3))


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """To the screen, everything takes long."""
    monkeypatch.setattr(sys.modules["tocsin.cli.main"], "RealClock", HurryingClock)


def test_nothing_is_shown_in_the_first_two_seconds_and_the_end_is_shown() -> None:
    clock, err = VirtualClock(NOON), io.StringIO()
    with contextlib.redirect_stderr(err):
        step = Screen(json=False, clock=clock).progress("counting", "sheep")
    for done, seconds, shown in (
        (1, 1.9, ""),
        (2, 0.2, "counting: 2 of 1,000 sheep\n"),
        (3, 0.4, ""),
        (999, 0.2, "counting: 999 of 1,000 sheep\n"),
        (1000, 0.1, "counting: 1,000 of 1,000 sheep\n"),
    ):
        clock.wind(timedelta(seconds=seconds))
        before = err.getvalue()
        step(done, 1000)
        assert err.getvalue().removeprefix(before) == shown, done


@pytest.mark.usefixtures("slow")
def test_verify_shows_how_far_it_is(
    staffed: Keyboard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = staffed.opened()
    monkeypatch.setattr(walk, "PAGE", 3)
    ran = staffed("verify", "--json")
    size = ran.json["size"]
    assert ran.status == 0 and f"checking entries: 3 of {size}\n" in ran.err, ran
    assert f"checking entries: {size} of {size}\n" in ran.err
    staffed.done("export", one, "--to", tmp_path / "package")
    key = staffed.done("key", "show")["key"]
    ran = staffed("verify", tmp_path / "package", "--key", key, "--json")
    assert ran.status == 0 and "checking entries: 1 of 1\n" in ran.err
    files = [one for one in (tmp_path / "package").rglob("*") if one.is_file()]
    listed = [one for one in files if not one.name.startswith("tagmanifest")]
    total = f"{sum(one.stat().st_size for one in listed):,}"
    assert f"reading the package: {total} of {total} bytes\n" in ran.err


@pytest.mark.usefixtures("slow")
def test_reading_evidence_again_shows_how_far_it_is(staffed: Keyboard, tmp_path: Path) -> None:
    one = staffed.opened()
    for name in ("a", "b"):
        (tmp_path / name).write_text(name * 600)
        add = ("evidence", "add", one, tmp_path / name, "--source", "s", "--because", "b")
        staffed.done("incident", *add)
    ran = staffed("incident", "evidence", "check", "--older-than-hours", "0", "--json")
    assert ran.status == 0 and ran.json["ok"] is True
    assert ran.err.splitlines() == [
        "reading evidence again: 600 of 1,200 bytes",
        "reading evidence again: 1,200 of 1,200 bytes",
    ]


class Heard(io.StringIO):
    """Lets the test wait until something was said."""

    def __init__(self) -> None:
        super().__init__()
        self.said = threading.Event()

    def write(self, text: str) -> int:
        written = super().write(text)
        self.said.set()
        return written


def test_what_cannot_count_itself_says_that_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    err = Heard()
    with contextlib.redirect_stderr(err):
        screen = Screen(json=False, clock=VirtualClock(NOON))
    with screen.waiting("over before two seconds"):
        pass
    assert err.getvalue() == ""
    monkeypatch.setattr(screen_module, "PROGRESS_AFTER_SECONDS", 0.01)
    with pytest.raises(ZeroDivisionError), screen.waiting("erasing"):
        assert err.said.wait(30)
        raise ZeroDivisionError
    assert err.getvalue().startswith("erasing: 0 s")
    assert not [one for one in threading.enumerate() if "tick" in one.name]


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a command says that it waits for, if it takes long."""
    found: list[str] = []

    @contextlib.contextmanager
    def waiting(self: Screen, doing: str) -> Iterator[None]:
        found.append(doing)
        yield

    monkeypatch.setattr(Screen, "waiting", waiting)
    return found


def test_erasing_says_that_it_goes_on(
    staffed: Keyboard, keys: dict[str, Path], waited: list[str]
) -> None:
    one, ana = staffed.opened(), ("--as", "ana", "--key", keys["ana"])
    staffed.done("incident", "dismiss", one, "--because", "a test", *ana)
    staffed.done("incident", "release", one, "declaration", "--because", "counsel agreed", *ana)
    staffed.done("incident", "erase", one, "1", "title", "--because", "Art. 17 GDPR", *ana)
    assert waited == ["erasing, and rewriting the file"]


def test_a_witness_that_lets_us_wait_is_named(
    staffed: Keyboard, waited: list[str], tmp_path: Path
) -> None:
    silent = ("--witness", "http://127.0.0.1:9", "--json")
    assert staffed("verify", *silent).status == 3
    staffed.done("export", staffed.opened(), "--to", tmp_path / "package")
    staffed("verify", tmp_path / "package", *silent)
    assert waited == ["asking the witness"] * 2
