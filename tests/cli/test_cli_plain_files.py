"""Files that people name: nothing is written over, and nothing that is no plain file is read."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from cli_seat import Keyboard
from tocsin.register.strict_yaml import FILE_BYTES_MAX

PLAN = Path(__file__).parents[2] / "playbooks" / "assistant-fallback.yaml"
NEW = ("new", "--mode", "drift", "--system", "s", "--on-call", "o", "--commander", "c",
       "--switch", "none", "--fallback", "f", "--rollback", "no", "--outside", "none")  # fmt: skip
WRITERS = {"show": ("show", PLAN), "export": ("export", PLAN), "schema": ("schema",), "new": NEW}
READERS = ("lint", "prove", "show", "simulate", "export", "import")


@pytest.mark.parametrize("command", WRITERS)
def test_what_is_there_is_never_written_over(tmp_path: Path, command: str) -> None:
    tocsin, kept = Keyboard(tmp_path / "no-home"), tmp_path / "kept"
    kept.write_text("mine")
    (tmp_path / "link").symlink_to(kept)
    (tmp_path / "nowhere").symlink_to(tmp_path / "absent")
    os.mkfifo(tmp_path / "pipe")
    names = ("kept", "link", "nowhere", "pipe")
    before = [os.lstat(tmp_path / name) for name in names]
    for name in names:
        said = tocsin.refused("playbook", *WRITERS[command], "--to", tmp_path / name)
        assert "is there already; name another file" in said
    after = [os.lstat(tmp_path / name) for name in names]
    assert [(s.st_ino, s.st_mode) for s in after] == [(s.st_ino, s.st_mode) for s in before]
    assert kept.read_text() == "mine" and not (tmp_path / "absent").exists()
    tocsin("playbook", *WRITERS[command], "--to", tmp_path / "fresh")
    assert (tmp_path / "fresh").stat().st_size > 100


def test_a_plan_shown_into_its_own_file_stays_what_it_is(tmp_path: Path) -> None:
    plan = tmp_path / "p.yaml"
    plan.write_bytes(PLAN.read_bytes())
    Keyboard(tmp_path / "no-home").refused("playbook", "show", plan, "--to", plan)
    assert plan.read_bytes() == PLAN.read_bytes()


@pytest.mark.parametrize("command", READERS)
def test_a_pipe_is_refused_without_a_wait(tmp_path: Path, command: str) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    said = Keyboard(tmp_path / "no-home").refused("playbook", command, tmp_path / "pipe.yaml")
    assert "pipe.yaml: not a plain file; name a" in said


def test_a_pipe_is_no_plan_to_compare(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    tocsin = Keyboard(tmp_path / "no-home")
    assert "not a plain file" in tocsin.refused("playbook", "diff", PLAN, tmp_path / "pipe.yaml")


def test_of_a_file_without_end_no_more_is_read_than_may_be_there(tmp_path: Path) -> None:
    with (tmp_path / "long.yaml").open("wb") as file:
        file.truncate(1 << 40)  # a hole: a tebibyte that no disk holds
    said = Keyboard(tmp_path / "no-home").refused("playbook", "show", tmp_path / "long.yaml")
    assert f"more than {FILE_BYTES_MAX} bytes" in said


NAMED = (
    ("tell", "ONE", "ana", "--file", "FILE"),
    ("say", "ONE", "customers", "--file", "FILE"),
    ("register", "import", "people", "FILE"),
    ("register", "enrol", "ana", "FILE"),
    ("signals", "try", "FILE", "--format", "alertmanager"),
    ("verify", "--policy", "FILE"),
    ("verify", "--head", "FILE"),
    ("incident", "note", "ONE", "x", "--as", "ana", "--key", "FILE"),
)


def test_what_has_no_end_is_read_by_no_command_that_takes_a_file(
    staffed: Keyboard, tmp_path: Path
) -> None:
    one = staffed.opened()
    os.mkfifo(tmp_path / "pipe")
    for words in NAMED:
        for file in ("/dev/zero", tmp_path / "pipe"):
            ran = staffed(*({"ONE": one, "FILE": file}.get(word, word) for word in words), "--json")
            assert ran.status == 2 and "not a plain file; name " in ran.err, (words, ran)


def test_no_command_reads_a_file_that_a_person_named_without_a_bound() -> None:
    for source in (Path(__file__).parents[2] / "src" / "tocsin" / "cli").rglob("*.py"):
        found = re.findall(r"args\.\w+\.(?:read_bytes|read_text|open\(\"r)", source.read_text())
        assert not found, f"{source.name}: read it with cli.frame.plain_files"
