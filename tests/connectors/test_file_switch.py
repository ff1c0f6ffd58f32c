"""A file switch never loses what it found, and never lies about what it wrote."""

from __future__ import annotations

import errno
import json
import os
import threading
from pathlib import Path

import pytest

from tocsin.connectors.file_switch import FileSwitch, FileSwitchSettings
from tocsin.exercise.clock import VirtualClock
from tocsin.facts import ConnectorError
from tocsin.facts.runs import Outcome
from tocsin.world import Order, RealClock

OFF = Order(key="incident/7K3/17", target="assistant", wanted="off")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "switch.json"
    found.write_text('{"search":"on","assistant":"on"}')
    return found


def switch(path: Path, **more: object) -> FileSwitch:
    settings = FileSwitchSettings(place=str(path), **more)  # type: ignore[arg-type]
    return FileSwitch(settings, RealClock())


def refused(path: Path, order: Order = OFF, **more: object) -> ConnectorError:
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(ConnectorError) as error:
        switch(path, **more).act(order)
    assert (path.read_bytes() if path.is_file() else None) == before
    assert not list(path.parent.glob(".*.new"))
    return error.value


def test_only_the_target_changes_and_the_file_keeps_its_mode(path: Path) -> None:
    path.chmod(0o640)
    receipt = switch(path).act(OFF)
    assert (receipt.outcome, receipt.before, receipt.after) == (Outcome.DONE, "on", "off")
    assert list(json.loads(path.read_text()).items()) == [("search", "on"), ("assistant", "off")]
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    "words", [b"", b"{", b"[]", b"null", b'{"assistant": 1}', b'{"assistant": {"a": "b"}}', b"\xff"]
)
def test_a_file_that_is_something_else_is_left_as_it_is(path: Path, words: bytes) -> None:
    path.write_bytes(words)
    error = refused(path)
    assert not error.may_have_acted and not error.retry and "repair it by hand" in str(error)


def test_an_unknown_target_or_state_is_named_with_its_neighbours(path: Path) -> None:
    typo = Order(key="k/1", target="asistant", wanted="off")
    assert "did you mean assistant?" in str(refused(path, typo))
    assert "did you mean off?" in str(
        refused(path, Order(key="k/1", target="assistant", wanted="of"), states=("on", "off"))
    )
    for wanted in ("", "a\nb", "x" * 201):
        assert "is not a state" in str(
            refused(path, Order(key="k/1", target="assistant", wanted=wanted))
        )


def test_links_pipes_folders_and_giants_are_not_switches(path: Path, tmp_path: Path) -> None:
    link, pipe, folder, giant = (tmp_path / name for name in ("link", "pipe", "folder", "giant"))
    link.symlink_to(path)
    os.mkfifo(pipe)
    folder.mkdir()
    giant.write_bytes(b" " * (1024 * 1024 + 1))
    for odd in (link, pipe, folder, giant, tmp_path / "absent"):
        with pytest.raises(ConnectorError, match="needs a plain, writable file") as error:
            switch(odd).act(OFF)
        assert not error.value.may_have_acted
    assert link.is_symlink() and path.read_text() == '{"search":"on","assistant":"on"}'


@pytest.mark.parametrize("step", ["write", "fsync", "replace"])
def test_a_failing_disk_leaves_the_old_states(
    path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def full(*args: object, **more: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, {"write": "fchmod", "fsync": "fsync", "replace": "replace"}[step], full)
    with pytest.raises(ConnectorError) as error:
        switch(path).act(OFF)
    assert error.value.may_have_acted == (step == "replace")
    assert json.loads(path.read_text())["assistant"] == "on"


def test_everything_is_synced_before_and_after_the_name_changes(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    sync, replace = os.fsync, os.replace

    def synced(handle: int) -> None:
        steps.append("folder" if os.path.isdir(f"/proc/self/fd/{handle}") else "file")
        sync(handle)

    def replaced(source: str, goal: str) -> None:
        steps.append("rename")
        replace(source, goal)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "replace", replaced)
    switch(path).act(OFF)
    assert steps == ["file", "rename", "folder"]


def test_switches_exclude_each_other_and_none_is_lost(path: Path) -> None:
    names = [f"t{number}" for number in range(16)]
    path.write_text(json.dumps(dict.fromkeys(names, "on")))
    failed: list[ConnectorError] = []

    def act(name: str) -> None:
        try:
            switch(path, lock_seconds=30).act(Order(key=name, target=name, wanted="off"))
        except ConnectorError as error:
            failed.append(error)

    threads = [threading.Thread(target=act, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert json.loads(path.read_text()) == dict.fromkeys(names, "off")


def test_a_lock_that_is_never_given_back_is_not_waited_for_for_ever(path: Path) -> None:
    import fcntl

    with open(path.with_name(".switch.json.lock"), "w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        clock = VirtualClock(RealClock().now())
        settings = FileSwitchSettings(place=str(path))
        began = clock.now()
        with pytest.raises(ConnectorError, match="being written by another") as error:
            FileSwitch(settings, clock).act(OFF)
        assert error.value.retry and not error.value.may_have_acted
        assert 5 <= (clock.now() - began).total_seconds() < 6


def test_a_writer_without_the_lock_is_noticed_before_it_is_overwritten(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = os.fsync

    def another_writes(handle: int) -> None:
        sync(handle)
        path.write_text('{"search":"off","assistant":"on"}')

    monkeypatch.setattr(os, "fsync", another_writes)
    with pytest.raises(ConnectorError, match="changed by another writer") as error:
        switch(path).act(OFF)
    assert not error.value.may_have_acted and error.value.retry
    assert json.loads(path.read_text()) == {"search": "off", "assistant": "on"}
