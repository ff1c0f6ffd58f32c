"""A home is made once, finished after a crash, and never silently begun again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from cli_seat import Keyboard
from tocsin import wiring
from tocsin.wiring.whereabouts import here, remember, remembered

PARTS = [
    "tocsin.toml",
    "keys/log.key.pub",
    "register",
    "register/register.toml",
    "reserve",
    "vault",
]


@pytest.mark.parametrize("part", PARTS)
def test_init_again_gives_back_what_is_missing(tocsin: Keyboard, part: str) -> None:
    key = tocsin.done("key", "show")["key"]
    one = tocsin.opened()
    gone = tocsin.home / part
    shutil.rmtree(gone) if gone.is_dir() else gone.unlink()
    tocsin.done("init", "--origin", "incidents.example.com")
    assert tocsin.done("key", "show")["key"] == key
    assert tocsin.done("incident", "show", one)["incident"] == one
    if part != "reserve":  # made again only where there is plenty of room
        assert gone.exists()
    tocsin.sound()


def test_init_does_not_choose_a_new_name_for_a_record_that_lost_its_settings(
    tocsin: Keyboard,
) -> None:
    (tocsin.home / "tocsin.toml").unlink()
    assert "incidents.example.com" in tocsin.refused("init", "--origin", "other.example.com")
    assert tocsin.done("init")["origin"] == "incidents.example.com"
    tocsin.sound()


def test_init_does_not_make_a_new_key_for_a_record_that_lost_its_own(tocsin: Keyboard) -> None:
    old = tocsin.done("key", "show")["key"]
    kept = (tocsin.home / "keys" / "log.key").read_bytes()
    shutil.rmtree(tocsin.home / "keys")
    message = tocsin.refused("init")
    assert old in message
    assert not (tocsin.home / "keys" / "log.key").exists()
    (tocsin.home / "keys").mkdir(exist_ok=True)
    (tocsin.home / "keys" / "log.key").write_bytes(kept)
    (tocsin.home / "keys" / "log.key").chmod(0o600)
    tocsin.sound()


def lose_the_record(home: Path) -> None:
    for rest in home.glob("journal.db*"):
        rest.unlink()


def test_a_lost_record_is_not_silently_begun_again_under_the_same_key(tocsin: Keyboard) -> None:
    key = tocsin.done("key", "show")["key"]
    lose_the_record(tocsin.home)
    for words in (("init",), ("incident", "list"), ("verify",), ("work", "--until-idle")):
        message = tocsin.refused(*words)
        assert "record is gone" in message and "--found-anew" in message
    assert not (tocsin.home / "journal.db").exists(), "nothing was made"
    tocsin.refused("init", "--found-anew", "  ")
    made = tocsin.done("init", "--found-anew", "the disk died, no backup")
    assert made["new"] is True and made["key"] == key
    assert "the disk died, no backup" in tocsin("log").out
    tocsin.sound()
    assert "lost no record" in tocsin.refused("init", "--found-anew", "again")


@pytest.mark.parametrize("left", ["record.toml", "vault"])
def test_a_record_lost_with_its_keys_is_not_silently_begun_again(
    tocsin: Keyboard, left: str
) -> None:
    key = tocsin.done("key", "show")["key"]
    digest = "ab" * 32
    (tocsin.home / "vault" / "ab").mkdir(parents=True, exist_ok=True)
    (tocsin.home / "vault" / "ab" / digest).write_bytes(b"evidence")
    lose_the_record(tocsin.home)
    shutil.rmtree(tocsin.home / "keys")
    if left == "vault":
        (tocsin.home / "record.toml").unlink()
    else:
        shutil.rmtree(tocsin.home / "vault")
    message = tocsin.refused("init")
    assert "record is gone" in message and "a new key" in message and "--found-anew" in message
    assert not (tocsin.home / "journal.db").exists()
    assert not (tocsin.home / "keys" / "log.key").exists()
    made = tocsin.done("init", "--found-anew", "the disk died, no backup")
    assert made["new"] is True and made["key"] != key
    assert made["origin"] == "incidents.example.com"
    assert "the disk died, no backup" in tocsin("log").out
    tocsin.sound()


def test_where_a_record_lies_is_not_forgotten_with_the_keys(tocsin: Keyboard) -> None:
    lose_the_record(tocsin.home)
    shutil.rmtree(tocsin.home / "keys")
    kept = 'lies_in = "the PostgreSQL database tocsin on db.example.com"\n'
    (tocsin.home / "record.toml").write_text(kept)
    assert "PostgreSQL database tocsin on db.example.com" in tocsin.refused("init")
    assert (tocsin.home / "record.toml").read_text() == kept


@pytest.mark.parametrize(
    "name", ["o'brien", 'a"b', "a\\b", "a\x7fb", "a\nb", "größe", "\U0001f525"]
)
def test_where_a_record_lies_is_read_back_whatever_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    url = URL.create("postgresql", host="db.example.com", database=name)
    monkeypatch.setenv("TOCSIN_DATABASE_URL", url.render_as_string(hide_password=False))
    remember(tmp_path)
    assert remembered(tmp_path) == here() != ""
    assert f"database {name} on" in here()


def test_a_founding_that_was_broken_off_is_finished_with_its_reason(
    tocsin: Keyboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_the_record(tocsin.home)

    def dies(*_: object, **__: object) -> object:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("tocsin.wiring.founding.open_home", dies)
        assert tocsin("init", "--found-anew", "the disk died").status == 130
    assert tocsin.done("init")["new"] is True
    assert "the disk died" in tocsin("log").out
    lose_the_record(tocsin.home)
    assert "gone" in tocsin.refused("init"), "the mark of a founding does not outlive it"


def test_a_forgotten_database_is_named_and_no_second_record_begins(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tocsin = Keyboard(tmp_path / "home")
    monkeypatch.setenv("TOCSIN_DATABASE_URL", postgres_url)
    tocsin.done("init")
    one = tocsin.opened()
    monkeypatch.delenv("TOCSIN_DATABASE_URL")
    name = postgres_url.rpartition("/")[2].partition("?")[0]
    for words in (("incident", "list"), ("init",), ("incident", "open", "--title", "T")):
        message = tocsin.refused(*words)
        assert f"PostgreSQL database {name}" in message and "set TOCSIN_DATABASE_URL" in message
    assert not (tocsin.home / "journal.db").exists()
    monkeypatch.setenv("TOCSIN_DATABASE_URL", postgres_url)
    assert tocsin.done("incident", "show", one)["incident"] == one
    assert "password" not in (tocsin.home / "record.toml").read_text()


def test_a_home_on_a_file_does_not_begin_again_on_a_server(
    tocsin: Keyboard, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = tocsin.opened()
    monkeypatch.setenv("TOCSIN_DATABASE_URL", postgres_url)
    for words in (("incident", "list"), ("init",)):
        message = tocsin.refused(*words)
        assert "journal.db in this home" in message and "unset TOCSIN_DATABASE_URL" in message
    monkeypatch.delenv("TOCSIN_DATABASE_URL")
    assert tocsin.done("incident", "show", one)["incident"] == one


@pytest.mark.parametrize("origin", ['a"b', "a\nb", "a b", "", "a\\u0000", "+", "x" * 300, "ü"])
def test_a_name_that_no_record_can_sign_under_leaves_nothing_behind(
    tmp_path: Path, origin: str
) -> None:
    tocsin = Keyboard(tmp_path / "home")
    ran = tocsin("init", "--origin", origin, "--json")
    if ran.status == 0:
        assert ran.json["origin"] == origin
    else:
        assert ran.status == 2, ran
        tocsin.done("init", "--origin", "good.example.com")
    tocsin.sound()


def test_another_origin_is_refused(tocsin: Keyboard) -> None:
    assert "incidents.example.com" in tocsin.refused("init", "--origin", "other.example.com")
    tocsin.sound()


class Killed(BaseException):
    """As if the process had ended here."""


@pytest.mark.parametrize("call", ["mkdir", "replace", "link", "fsync", "open"])
def test_init_killed_at_any_step_is_finished_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    real: Callable[..., object] = getattr(os, call)
    for step in range(1, 40):
        home = tmp_path / f"{call}-{step}"
        left = step

        def dies(*args: object, **words: object) -> object:
            nonlocal left
            left -= 1
            if left == 0:
                raise Killed
            return real(*args, **words)

        ended = False
        with monkeypatch.context() as patch:
            patch.setattr(os, call, dies)
            try:
                wiring.found(home, "o.example.com", lambda _: None)
                ended = True
            except Killed:
                pass
        tocsin = Keyboard(home)
        tocsin.done("init", "--origin", "o.example.com")
        assert tocsin.done("verify")["size"] == 1
        shutil.rmtree(home)
        if ended:
            assert step > 1, f"init never calls os.{call}"
            return
    raise AssertionError(f"init calls os.{call} more than forty times")
