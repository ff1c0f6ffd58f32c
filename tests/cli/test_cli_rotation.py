"""The record's key is replaced; whoever trusts the old one is led to the new one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cli_seat import Keyboard
from tocsin import wiring
from tocsin.cli.main import main
from tocsin.desk.record import draft
from tocsin.facts import Asserter, Author, Proof, incident_log
from tocsin.facts.incidents import Noted

Keys = dict[str, Path]


def test_packages_made_before_and_after_a_rotation_are_checked_by_old_and_new_key(
    staffed: Keyboard, keys: Keys, tmp_path: Path
) -> None:
    one = staffed.opened()
    staffed.done("export", one, "--to", tmp_path / "before")
    rotated = staffed.done("key", "rotate", "--as", "ana", "--key", keys["ana"])
    old, new = rotated["old"], rotated["new"]
    assert staffed.done("key", "show")["key"] == new != old
    assert staffed.sound()["signed_by"] == new
    staffed.done("incident", "note", one, "after")
    staffed.done("export", one, "--to", tmp_path / "after")
    reader = Keyboard(tmp_path / "reader")
    reader.done("verify", tmp_path / "before", "--key", old)
    reader.done("verify", tmp_path / "after", "--key", new)
    reader.done("verify", tmp_path / "after", "--key", old)
    assert reader("verify", tmp_path / "before", "--key", new).status == 1
    stranger = "SHA256:" + "A" * 43
    for package in ("before", "after"):
        assert reader("verify", tmp_path / package, "--key", stranger).status == 1
    again = staffed.done("key", "rotate", "--as", "ana", "--key", keys["ana"])
    assert again["old"] == new
    staffed.done("export", one, "--to", tmp_path / "later")
    reader.done("verify", tmp_path / "later", "--key", old)
    assert staffed("verify", "--key", old, "--json").json["accepted"] is True
    staffed.sound()


def test_nobody_unproven_rotates_the_key(staffed: Keyboard) -> None:
    key = staffed.done("key", "show")["key"]
    assert "--key" in staffed.refused("key", "rotate")
    assert staffed.done("key", "show")["key"] == key
    staffed.opened()
    assert staffed.sound()["signed_by"] == key


class Killed(BaseException):
    """As if the process had ended here."""


@pytest.mark.parametrize("call", ["replace", "link", "unlink", "fsync"])
def test_a_rotation_killed_at_any_step_leaves_a_sound_record_and_is_finished(
    staffed_home: Path, keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    from cli_seat import copied

    real = getattr(os, call)
    rotate = ["key", "rotate", "--as", "ana", "--key", str(keys["ana"]), "--json"]
    stride = 2 if call == "fsync" else 1  # most syncs are the record's own, proven elsewhere
    for step in range(1, 40, stride):
        tocsin = Keyboard(copied(staffed_home, tmp_path / f"{call}-{step}"))
        old, left, ended = tocsin.done("key", "show")["key"], step, True

        def dies(*args: object, **words: object) -> object:
            nonlocal left
            left -= 1
            if left == 0:
                raise Killed
            return real(*args, **words)

        with monkeypatch.context() as patch:
            patch.setattr(os, call, dies)
            try:
                main(["--home", str(tocsin.home), *rotate])
            except Killed:
                ended = False
        tocsin.opened()
        tocsin.sound()
        if tocsin.done("key", "show")["key"] == old:
            tocsin.done(*rotate[:-1])
            assert tocsin.done("key", "show")["key"] != old
        assert not (tocsin.home / "keys" / "log.key.next").exists()
        public = (tocsin.home / "keys" / "log.key.pub").read_text()
        assert tocsin.done("key", "show")["public"] in public
        tocsin.sound()
        if ended:
            assert step > 1 or call in ("unlink", "link")
            return
    raise AssertionError("a rotation has no end")


def test_a_process_that_was_at_work_meanwhile_goes_on_with_the_new_key(
    staffed: Keyboard, keys: Keys
) -> None:
    one = staffed.opened()
    author = Author(who="ana", kind=Asserter.PERSON, proof=Proof.ACCOUNT)
    with wiring.open_home(staffed.home, warn=lambda _: None) as opened:
        staffed.done("key", "rotate", "--as", "ana", "--key", keys["ana"])
        now = opened.world.clock.now()
        opened.desk.decide(incident_log(one), lambda _: [draft(Noted(text="late"), now)], author)
        opened.store.integrate()
    staffed.sound()
