"""Keeps each answer of a replay as it comes, so that one that was killed goes on where it was.

Every answer is a line of a file, on disk before the next is counted. A line that was cut short is
as if it had not been written, and of two lines about one request the first counts: a request may be
asked twice around a crash, and is counted once.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from tocsin.facts import Refused
from tocsin.facts.learned import learned
from tocsin.facts.replays import Said


@learned
class Line(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One answer as it is kept."""

    id: str
    said: Said


class Kept:
    """The answers of one replay, in a folder of its own that one process at a time may use."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._turn = threading.Lock()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """The folder, for as long as no other process goes on with this replay. Raises Refused."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(self._folder / "lock", os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        except BlockingIOError:
            raise Refused("this replay is under way in another process; wait for it") from None
        finally:
            os.close(lock)

    def answers(self, against: str) -> dict[str, Said]:
        """What a version has answered so far, by request."""
        path, found = self._path(against), dict[str, Said]()
        if not path.exists():
            return found
        whole, _, _ = path.read_bytes().rpartition(b"\n")
        for line in whole.splitlines():
            try:
                one = msgspec.json.decode(line, type=Line)
            except (msgspec.DecodeError, UnicodeDecodeError):
                continue
            found.setdefault(one.id, one.said)
        return found

    @contextmanager
    def more(self, against: str) -> Iterator[_Writing]:
        """Where further answers of a version are kept."""
        path = self._path(against)
        self._cut(path)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            yield _Writing(handle, self._turn)
        finally:
            os.close(handle)

    def forget(self) -> None:
        """Throw all of it away, once it is sealed."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _cut(self, path: Path) -> None:
        """Take away a line that was cut short, so that the next one begins a line."""
        if path.exists():
            data = path.read_bytes()
            whole = data.rfind(b"\n") + 1
            if whole < len(data):
                os.truncate(path, whole)

    def _path(self, against: str) -> Path:
        return self._folder / f"{hashlib.sha256(against.encode()).hexdigest()[:24]}.jsonl"


class _Writing:
    def __init__(self, handle: int, turn: threading.Lock) -> None:
        self._handle, self._turn = handle, turn

    def keep(self, id: str, said: Said) -> None:
        """Keep one answer; it is on disk when this returns."""
        data = msgspec.json.encode(Line(id=id, said=said)) + b"\n"
        with self._turn:
            os.write(self._handle, data)
            os.fdatasync(self._handle)


def result_bytes(rows: Mapping[str, Mapping[str, object]]) -> bytes:
    """What is sealed of one version: a line a request, in the order of the set."""
    return b"".join(msgspec.json.encode({"id": id, **row}) + b"\n" for id, row in rows.items())
