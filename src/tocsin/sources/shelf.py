"""Where the summaries of a log are kept: one small Parquet file for each content, and an index.

A summary lies under the digest of what it was read from, in a folder for how it was read, so that
it is written once, whole, and never changed; a crash leaves only files in `incoming/`. The index
says which file of the log has which content now, and the digest of each summary: one that is not
as it was written is never read. Two names of one content are one summary.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from tocsin.facts import Unreachable
from tocsin.facts.grids import GRID_VERSION, Grid
from tocsin.facts.learned import learned
from tocsin.facts.summaries import Unread
from tocsin.sources.columns import CannotRead

_SCHEMA = """
CREATE TABLE IF NOT EXISTS part (
  file TEXT PRIMARY KEY, folder TEXT NOT NULL, identity TEXT NOT NULL, settled INTEGER NOT NULL,
  content TEXT, rows INTEGER NOT NULL, first INTEGER, last INTEGER, reason TEXT, remedy TEXT,
  place INTEGER NOT NULL, counted INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS part_by_content ON part (content);
CREATE INDEX IF NOT EXISTS part_by_last ON part (last);
CREATE TABLE IF NOT EXISTS frozen (
  version INTEGER, name TEXT, grid TEXT NOT NULL, PRIMARY KEY (version, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS written (
  content TEXT PRIMARY KEY, digest TEXT NOT NULL) WITHOUT ROWID;
"""
_NAMED = "SELECT 1 FROM part WHERE content = ?"
_FIELDS = "file, folder, identity, settled, content, rows, first, last, reason, remedy, place"


@learned
class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one file of the log; instants in microseconds since 1970.

    Args:
        identity: as the file was when it was looked at; `settled` when it had not just changed.
        content: the digest under which its summary lies; None when it could never be read.
        reason, remedy: why it cannot be read as it is now.
        place: in the order in which the files' contents came to be known.
    """

    file: str
    folder: str
    identity: str
    settled: bool
    content: str | None = None
    rows: int = 0
    first: int | None = None
    last: int | None = None
    reason: str | None = None
    remedy: str | None = None
    place: int = 0


class Shelf:
    """The summaries of one log in one folder. Threads and processes take turns with it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.incoming = folder / "incoming"
        self._parts = folder / "parts"
        self._turn, self._taken = threading.RLock(), False
        self._loose: list[str] = []  # contents that a file has no more
        self._whole: dict[str, tuple[int, int]] = {}  # read once by this process, while unchanged
        try:
            for made in (folder, self.incoming, self._parts):
                made.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._index = sqlite3.connect(
                folder / "index.db", timeout=30, check_same_thread=False, isolation_level=None
            )
            self._index.executescript(_SCHEMA)
        except (OSError, sqlite3.Error) as bad:
            raise Unreachable(f"cannot keep summaries in {folder}: {bad}; mend the disk") from bad

    @property
    def spill(self) -> Path:
        """Where DuckDB may put what does not fit into memory; of this process alone."""
        return self._folder / "spill" / str(os.getpid())

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Alone with the shelf, among all threads and processes; clears what a crash left.

        Whoever has the turn may take it again.
        """
        with self._turn:
            if self._taken:
                yield
                return
            self._taken = True
            try:
                with self._alone():
                    yield
            finally:
                self._taken = False

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for left in self.incoming.iterdir():
                left.unlink(missing_ok=True)
            yield

    @property
    def stamp(self) -> str | None:
        """What the log as a whole was known by when it was read last; None where by nothing."""
        try:
            return (self._folder / "stamp").read_text()
        except FileNotFoundError:
            return None

    @stamp.setter
    def stamp(self, stamp: str | None) -> None:
        if stamp is not None:
            (self._folder / "stamp").write_text(stamp)

    def parts(self) -> dict[str, Part]:
        """What is known of each file, by name."""
        rows = self._index.execute(f"SELECT {_FIELDS} FROM part ORDER BY file")
        return {part.file: part for part in map(_part, rows)}

    def counted(self, since: int | None = None, until: int | None = None) -> list[Part]:
        """The parts that count and may hold rows of this span, inclusive, the oldest first."""
        rows = self._index.execute(
            f"SELECT {_FIELDS} FROM part WHERE counted AND content IS NOT NULL AND rows > 0 "
            "AND (? IS NULL OR last >= ?) AND (? IS NULL OR first <= ?) ORDER BY place, file",
            (since, since, until, until),
        )
        return [_part(row) for row in rows]

    def with_content(self, content: str) -> Part | None:
        """A part of this content whose summary is there."""
        row = self._index.execute(
            f"SELECT {_FIELDS} FROM part WHERE content = ? LIMIT 1", (content,)
        ).fetchone()
        return _part(row) if row is not None and self.is_whole(content) else None

    def path(self, content: str) -> Path:
        """Where the summary of this content lies."""
        return self._parts / f"{content}.parquet"

    def keep(self, written: Path, content: str) -> None:
        """Put a summary in its place, whole and on disk."""
        with written.open("rb") as file:
            os.fsync(file.fileno())
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        os.replace(written, self.path(content))
        with self.together():
            self._index.execute("INSERT OR REPLACE INTO written VALUES (?, ?)", (content, digest))

    def is_whole(self, content: str) -> bool:
        """Whether the summary of this content is there, as it was written."""
        try:
            now = self.path(content).stat()
            if self._whole.get(content) != (now.st_mtime_ns, now.st_size):
                with self.path(content).open("rb") as file:
                    digest = hashlib.file_digest(file, "sha256").hexdigest()
                said = self._index.execute(
                    "SELECT digest FROM written WHERE content = ?", (content,)
                ).fetchone()
                if said is not None and said[0] != digest:
                    return False
                self._whole[content] = now.st_mtime_ns, now.st_size
        except FileNotFoundError:
            return False
        return True

    def checked(self, content: str) -> Path:
        """Where the summary of this content lies.

        Raises:
            CannotRead: it is gone, or is not as it was written.
        """
        path = self.path(content)
        if not self.is_whole(content):
            what = "is not as it was written" if path.exists() else "is gone"
            raise CannotRead(f"the profile {path} {what}", "profile the log again")
        return path

    def note(self, part: Part) -> None:
        """Say what is known of a file now, and let go of what nothing needs any more."""
        with self.together():
            was = self._index.execute(
                "SELECT content FROM part WHERE file = ?", (part.file,)
            ).fetchone()
            place = part.place or self._index.execute(
                "SELECT coalesce(max(place), 0) + 1 FROM part"
            ).fetchone()[0]  # fmt: skip
            fields = msgspec.structs.astuple(msgspec.structs.replace(part, place=place))
            self._index.execute(
                f"INSERT OR REPLACE INTO part ({_FIELDS}, counted) VALUES ({'?, ' * 11} 1)", fields
            )
            if was is not None and was[0] not in (None, part.content):
                self._loose.append(was[0])

    @contextmanager
    def together(self) -> Iterator[None]:
        """Everything that is noted within becomes known in one step, or nothing does."""
        if self._index.in_transaction:
            yield
            return
        self._index.execute("BEGIN IMMEDIATE")
        with self._index:
            yield
        while self._loose:
            content = self._loose.pop()
            if self._index.execute(_NAMED, (content,)).fetchone() is None:
                self.path(content).unlink(missing_ok=True)

    def set_aside(self, files: list[str]) -> None:
        """Count these files no more: another holds their rows."""
        with self.together():
            self._index.executemany(
                "UPDATE part SET counted = 0 WHERE file = ?", [(file,) for file in files]
            )

    def aside(self) -> frozenset[str]:
        """The files that count no more."""
        rows = self._index.execute("SELECT file FROM part WHERE NOT counted")
        return frozenset(str(row[0]) for row in rows)

    def forget_lost(self) -> int:
        """Forget what was read of files whose summary is gone; they will be read again."""
        lost = [
            part.file
            for part in self.parts().values()
            if part.content and part.rows and not self.is_whole(part.content)
        ]
        with self.together():
            self._index.executemany("DELETE FROM part WHERE file = ?", [(file,) for file in lost])
        return len(lost)

    def grids(self) -> dict[str, Grid]:
        """The frozen grid of each column."""
        rows = self._index.execute(
            "SELECT name, grid FROM frozen WHERE version = ?", (GRID_VERSION,)
        )
        return {str(name): msgspec.json.decode(grid, type=Grid) for name, grid in rows}

    def freeze(self, grids: dict[str, Grid]) -> None:
        """Keep the grids of columns that had none."""
        with self.together():
            self._index.executemany(
                "INSERT OR IGNORE INTO frozen VALUES (?, ?, ?)",
                [(GRID_VERSION, n, msgspec.json.encode(g).decode()) for n, g in grids.items()],
            )

    def close(self) -> None:
        self._index.close()


def unread(part: Part) -> Unread:
    """What to tell of a part that cannot be read."""
    return Unread(file=part.file, reason=part.reason or "", remedy=part.remedy or "")


def _part(row: tuple[object, ...]) -> Part:
    names = [name.strip() for name in _FIELDS.split(",")]
    return msgspec.convert(dict(zip(names, row, strict=True)), Part, strict=False)
