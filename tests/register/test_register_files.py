"""Only the folder's own plain files are read; a file is written whole or not at all."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

import pytest

from register_people import Signing
from tocsin.facts import Refused
from tocsin.register import files
from tocsin.register.files import (
    STARTER,
    load_register,
    register_files,
    write_atomically,
    write_starter,
)
from tocsin.register.mistakes import mistakes_only
from tocsin.register.model import Register
from tocsin.register.read import FILE_BYTES_MAX, read_register


def test_the_folders_toml_files_are_read_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("a = 1")
    for other in ("b.txt", ".c.toml", "a.toml~"):
        (tmp_path / other).write_text("secret")
    assert register_files(tmp_path) == ({"a.toml": b"a = 1"}, [])


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    home = tmp_path / "register"
    home.mkdir()
    (tmp_path / "outside.toml").write_text("a = 1")
    (home / "out.toml").symlink_to(tmp_path / "outside.toml")
    (home / "dangling.toml").symlink_to(home / "nowhere")
    (home / "loop.toml").symlink_to(home / "loop.toml")
    (home / "real.toml").write_text("")
    (home / "in.toml").symlink_to(home / "real.toml")
    read, told = register_files(home)
    assert sorted(read) == ["in.toml", "real.toml"]
    assert [mistake.file for mistake in told] == ["dangling.toml", "loop.toml", "out.toml"]
    assert "leads out of the folder" in told[2].found
    assert told[2].remedy == "put the file itself here"


def test_what_is_no_plain_file_is_told_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "folder.toml").mkdir()
    read, told = register_files(tmp_path)
    assert read == {}
    assert [mistake.found for mistake in told] == ["not a plain file"] * 2


def test_a_huge_file_is_told_without_reading_it_whole(tmp_path: Path) -> None:
    with (tmp_path / "huge.toml").open("wb") as out:
        out.truncate(10 * FILE_BYTES_MAX)
    read, _ = register_files(tmp_path)
    assert len(read["huge.toml"]) == FILE_BYTES_MAX + 1
    _, told = load_register(tmp_path)
    assert "bytes" in told[0].found


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("a = 1")
    (tmp_path / "a.toml").chmod(0)
    _, told = register_files(tmp_path)
    assert "cannot be read" in told[0].found


def test_no_folder_is_refused_with_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="tocsin init"):
        load_register(tmp_path / "none")


def test_the_starter_lints_clean_as_it_is_and_with_its_example_in_force(tmp_path: Path) -> None:
    assert write_starter(tmp_path / "register") == tmp_path / "register" / files.STARTER_NAME
    assert load_register(tmp_path / "register") == (Register(), [])
    assert write_starter(tmp_path / "register") is None
    example = re.sub(r"^# ?(?=[\[a-z_]+( =|\.|\])|\[)", "", STARTER, flags=re.MULTILINE)
    example = example.replace("ssh-ed25519 AAAA...", Signing(1).public)
    register, told = read_register({"x.toml": example.encode()})
    assert mistakes_only(told) == []
    assert set(register.systems) == {"assistant", "search"}
    assert set(register.people) == {"ada", "ben"}
    assert register.entity.proofs


def test_a_file_is_replaced_whole_and_keeps_its_rights(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    write_atomically(path, b"one")
    path.chmod(0o600)
    write_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["a.toml"]


@pytest.mark.parametrize("step", ["fsync", "replace", "fchmod"])
def test_a_failing_disk_changes_nothing_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(b"before")

    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, step, fails)
    with pytest.raises(Refused, match="nothing was changed"):
        write_atomically(path, b"after")
    assert path.read_bytes() == b"before"
    assert os.listdir(tmp_path) == ["a.toml"]


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="check the folder"):
        write_atomically(tmp_path / "none" / "a.toml", b"x")
