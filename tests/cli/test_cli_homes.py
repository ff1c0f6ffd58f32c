"""Homes half made, unreadable, full, read-only, locked or edited: each told, none made worse."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli_seat import Keyboard, command_line, copied
from tocsin.journal.keys import public_path
from tocsin.journal.sqlite import Sqlite

NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")


def as_nobody(home: Path) -> None:
    if os.getuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("NOT ROOT, OR NO SETPRIV: another account is needed for this")
    shutil.chown(home, 65534, 65534)
    for path in home.rglob("*"):
        os.chown(path, 65534, 65534)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of six MiB."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=6m", "tocsin-test", str(place)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("NO MOUNT ALLOWED: a small disk is needed for this")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(place: Path) -> Path:
    ballast = place / "ballast"
    with pytest.raises(OSError, match="No space"), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    return ballast


def test_an_unreadable_home_is_told(tocsin: Keyboard, tmp_path: Path) -> None:
    as_nobody(tocsin.home)
    for part, mode in (("", 0o000), ("tocsin.toml", 0o000), ("journal.db", 0o000), ("keys", 0o000)):
        place = tocsin.home / part
        before = place.stat().st_mode & 0o777
        place.chmod(mode)
        place.parent.chmod(0o755)
        for parent in (tmp_path, *list(tmp_path.parents)[:2]):
            parent.chmod(0o755)
        ran = command_line(tocsin.home, "incident", "list", "--json", before=NOBODY)
        assert ran.status in (2, 3), (part, ran)
        assert str(tocsin.home) in ran.json["error"] and "Traceback" not in ran.err
        place.chmod(before)
    tocsin.sound()


def test_a_read_only_home_is_told_and_can_still_be_read(small_disk: Path, tocsin: Keyboard) -> None:
    one = tocsin.opened()
    there = Keyboard(copied(tocsin.home, small_disk / "home"))
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    message = there.refused("incident", "note", one, "x", status=3)
    assert "read-only" in message
    assert "read-only" in there.refused("incident", "open", "--title", "T", status=3)
    assert there("init", "--json").status in (0, 3), "there is nothing left to make"
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    assert there.done("incident", "show", one)["incident"] == one
    there.sound()


def test_a_full_disk_is_told_and_the_record_stays_valid(small_disk: Path, tocsin: Keyboard) -> None:
    one = tocsin.opened()
    home = copied(tocsin.home, small_disk / "home")
    (home / "reserve").unlink()
    there = Keyboard(home)
    ballast = fill(small_disk)
    kept = len(there.done("log", one)["entries"])
    message = there.refused("incident", "note", one, "x" * 20_000, status=3)
    assert "full" in message
    file = small_disk.parent / "evidence"
    file.write_bytes(bytes(200_000))
    evidence = ("evidence", "add", one, file, "--source", "s", "--because", "b")
    message = there.refused("incident", *evidence, status=3)
    assert "space" in message or "full" in message
    there.refused("key", "rotate", status=3)
    there("register", "adopt", "--json")
    half = Keyboard(small_disk / "half")
    half.refused("init", status=3)
    assert there.done("verify")["consistent"] is True
    ballast.unlink()
    assert len(there.done("log", one)["entries"]) == kept
    half.done("init")
    there.done("incident", "note", one, "after")
    there.sound()


def test_the_reserve_keeps_a_full_record_writable(small_disk: Path, tocsin: Keyboard) -> None:
    one = tocsin.opened()
    home = copied(tocsin.home, small_disk / "home")
    (home / "reserve").write_bytes(bytes(4 * 1024 * 1024))
    there = Keyboard(home)
    fill(small_disk)
    for number in range(20):
        there.done("incident", "note", one, f"{number} " + "x" * 2000)
    assert not (home / "reserve").exists()
    (small_disk / "ballast").unlink()
    there.sound()


def test_a_locked_record_is_told(tocsin: Keyboard, monkeypatch: pytest.MonkeyPatch) -> None:
    one = tocsin.opened()
    patient = Sqlite.__init__.__kwdefaults__
    assert patient is not None
    monkeypatch.setitem(patient, "busy_seconds", 0.1)
    holder = sqlite3.connect(tocsin.home / "journal.db", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    try:
        message = tocsin.refused("incident", "note", one, "x", status=3)
    finally:
        holder.close()
    assert "locked" in message
    tocsin.sound()


@pytest.mark.parametrize(
    "url",
    ["postgresql://u:hidden@127.0.0.1:1/x", "postgresql://nowhere.invalid/x?connect_timeout=2"],
)
def test_a_server_that_is_away_is_told_without_its_password(
    tocsin: Keyboard, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("TOCSIN_DATABASE_URL", url)
    for words in (
        ("incident", "list"),
        ("incident", "open", "--title", "T"),
        ("verify",),
        ("init",),
    ):
        message = tocsin.refused(*words, status=3)
        assert "hidden" not in message and "reach" in message
    ran = tocsin("doctor", "--json")
    (sick,) = [one for one in ran.json["findings"] if not one["ok"]]
    assert ran.status == 1 and sick["what"] == "home" and "reach" in sick["seen"]
    assert "hidden" not in ran.out + ran.err


@pytest.mark.parametrize(
    "url", ["nonsense", "mysql://localhost/x", "postgresql://[", ":", "http://x"]
)
def test_an_address_that_is_none_is_told(
    tocsin: Keyboard, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("TOCSIN_DATABASE_URL", url)
    ran = tocsin("incident", "list", "--json")
    assert ran.status in (2, 3) and ran.json["error"], ran


def test_a_key_file_that_is_wrong_is_told(tocsin: Keyboard, keys: dict[str, Path]) -> None:
    place = tocsin.home / "keys" / "log.key"
    good = place.read_bytes()
    place.chmod(0o640)
    assert "chmod 600" in tocsin.refused("incident", "list")
    place.chmod(0o600)
    for garbled in (b"", b"garbled", good[: len(good) // 2], good.replace(b"A", b"B")):
        place.write_bytes(garbled)
        assert str(place) in tocsin.refused("incident", "list")
    place.unlink()
    assert str(place) in tocsin.refused("incident", "list")
    place.write_bytes(good)
    place.chmod(0o600)
    tocsin.sound()


def test_another_ed25519_key_signs_nothing_into_the_record(
    tocsin: Keyboard, keys: dict[str, Path]
) -> None:
    place = tocsin.home / "keys" / "log.key"
    good = place.read_bytes()
    one = tocsin.opened()
    place.write_bytes(keys["stranger"].read_bytes())
    verdict = tocsin("verify", "--json")
    assert verdict.status == 1, "the record is not by this key"
    ran = tocsin("incident", "note", one, "x", "--json")
    assert ran.status in (1, 2), ran
    place.write_bytes(good)
    assert len(tocsin.done("log", one)["entries"]) == 1
    tocsin.sound()


def test_a_record_that_is_cut_short_is_told(tocsin: Keyboard) -> None:
    tocsin.opened()
    file = tocsin.home / "journal.db"
    data = file.read_bytes()
    for size in (len(data) - 4096, len(data) // 2, 5000, 100, 0):
        file.write_bytes(data[:size])
        for words in (("verify",), ("incident", "open", "--title", "T")):
            ran = tocsin(*words, "--json")
            assert ran.status in (1, 3), (size, ran)
            assert "Traceback" not in ran.err
    file.write_bytes(b"not a database at all" * 500)
    assert tocsin("verify", "--json").status in (1, 3)
    file.write_bytes(data)
    tocsin.sound()


def test_an_edited_entry_is_named_and_nothing_is_built_on_it(tocsin: Keyboard) -> None:
    one = tocsin.opened("harmless title")
    tocsin.done("incident", "note", one, "later")
    file = tocsin.home / "journal.db"
    data = file.read_bytes()
    assert data.count(b'"who":"ana"') == 2, "who wrote the two entries"
    file.write_bytes(data.replace(b'"who":"ana"', b'"who":"eve"'))
    verdict = tocsin("verify", "--json")
    assert verdict.status == 1 and verdict.json["consistent"] is False, verdict
    assert f"{one}/1" in verdict.json["breaks"]
    assert "STOP" in tocsin("verify").out.upper()
    file.write_bytes(data)
    tocsin.sound()


def test_settings_that_cannot_be_read_are_told(tocsin: Keyboard) -> None:
    place = tocsin.home / "tocsin.toml"
    good = place.read_text()
    for bad in ("", "origin = 7", "origin = ''", "x", 'origin = "a"\nextra = 1\n', "origin = \x00"):
        place.write_text(bad)
        assert str(place) in tocsin.refused("incident", "list")
    place.write_bytes(b"\xff\xfe")
    assert str(place) in tocsin.refused("incident", "list")
    place.unlink()
    place.mkdir()
    tocsin.refused("incident", "list", status=3)
    place.rmdir()
    place.write_text('origin = "other.example.com"\n')
    assert tocsin("verify", "--json").status == 1
    place.write_text(good)
    tocsin.sound()


def test_a_home_that_is_a_file_is_told(tmp_path: Path) -> None:
    place = tmp_path / "home"
    place.write_text("")
    tocsin = Keyboard(place)
    assert tocsin("init", "--json").status in (2, 3)
    assert tocsin("incident", "list", "--json").status in (2, 3)
    assert place.read_text() == ""
    assert public_path(place).exists() is False
