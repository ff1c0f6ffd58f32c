"""The whole home as a file, from the command line: said in words, in JSON, and by exit status."""

from __future__ import annotations

import os
from pathlib import Path

from cli_seat import Keyboard

Keys = dict[str, Path]


def test_a_backup_is_made_and_put_back_signed(
    staffed: Keyboard, keys: Keys, tmp_path: Path
) -> None:
    out = tmp_path / "backups"
    out.mkdir()
    made = staffed.done("backup", "--to", out)
    assert Path(made["backup"]).parent == out and made["holds"]["keys"] is True
    again = Keyboard(tmp_path / "again")
    put = again.done("restore", made["backup"], "--because", "the disk was lost",
                     "--as", "ana", "--key", keys["ana"])  # fmt: skip
    assert put["replaced"] is None and put["paused"] == []
    assert again("verify").status == 0
    log = again("log", "home").out
    assert "  ana: The record was restored" in log and "the disk was lost" in log


def test_what_is_wrong_is_said_and_nothing_is_written(tocsin: Keyboard, tmp_path: Path) -> None:
    made = tocsin.done("backup", "--to", tmp_path / "it.tar")
    assert tocsin("backup", "--to", tmp_path / "it.tar").status == 2
    assert tocsin("backup", "--to", tmp_path / "other.tar", "--keep", "3").status == 2
    assert tocsin("backup", "--to", tmp_path / "home").status == 2, "a copy within the home"
    assert tocsin("restore", made["backup"], "--because", "x").status == 2, "it is not empty"
    assert Keyboard(tmp_path / "n")("restore", made["backup"], "--because", " ").status == 2
    assert Keyboard(tmp_path / "n")("restore", tmp_path / "none", "--because", "x").status == 2
    assert not (tmp_path / "n").exists()


def test_a_folder_that_is_not_there_is_no_file_of_that_name(
    tocsin: Keyboard, tmp_path: Path
) -> None:
    place = f"{tmp_path}/copies/"
    assert f"mkdir -p {place}" in tocsin.refused("backup", "--to", place)
    assert not (tmp_path / "copies").exists()
    (tmp_path / "copies").mkdir()
    made = tocsin.done("backup", "--to", place)
    assert Path(made["backup"]).parent == tmp_path / "copies"


def test_the_key_that_comes_beside_a_backup_is_a_plain_small_file(
    tocsin: Keyboard, tmp_path: Path
) -> None:
    made = tocsin.done("backup", "--to", tmp_path / "it.tar", "--without-keys")
    big, pipe, none = tmp_path / "big", tmp_path / "pipe", tmp_path / "none"
    big.write_bytes(b"k" * 65_537)
    os.mkfifo(pipe)
    again = Keyboard(tmp_path / "n")
    for path, said in (
        (big, "more than 65,536 bytes"), (pipe, "not a plain file"), (tmp_path, "Is a directory"),
        (Path("/dev/zero"), "not a plain file"), (none, "No such file"),
    ):  # fmt: skip
        told = again.refused("restore", made["backup"], "--because", "x", "--signing-key", path)
        assert said in told and "--signing-key FILE" in told
    assert not (tmp_path / "n").exists()
    key = tocsin.home / "keys" / "log.key"
    again.done("restore", made["backup"], "--because", "x", "--signing-key", key)


def test_there_is_nothing_to_upgrade_in_a_record_of_this_version(
    tocsin: Keyboard, tmp_path: Path
) -> None:
    assert tocsin.done("upgrade", "--to", tmp_path)["backup"] is None
    assert [one.name for one in tmp_path.iterdir()] == ["home"]


def test_no_more_backups_are_kept_than_asked_for(tocsin: Keyboard, tmp_path: Path) -> None:
    out = tmp_path / "backups"
    out.mkdir()
    old = out / "tocsin-incidents.example.com-20250101T000000Z.tar"
    old.touch()
    made = tocsin.done("backup", "--to", out, "--keep", "1")
    assert made["deleted"] == [str(old)] and [str(one) for one in out.iterdir()] == [made["backup"]]
