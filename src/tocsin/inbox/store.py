"""The inbox in one file, `inbox.db`: a commit is on disk when it returns, for many bodies at once.

Write-ahead logging on every version of SQLite: its reset bug needs two connections that write or
checkpoint at the same instant, and here whoever writes, checkpoints or closes holds the one lock of
the home's inbox. Readers are read-only and can do neither.

Source: sqlite.org/wal.html#walresetbug.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TextIO

import msgspec

from tocsin.facts import Unreachable
from tocsin.facts.deliveries import Arrival, Delivery

FILE, LOCK, MARK = "inbox.db", "inbox.lock", "inbox.decided"
BUSY_SECONDS = 10.0
CHECKPOINT_AFTER_BYTES = 32 * 1024 * 1024
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_SCHEMA = """
CREATE TABLE IF NOT EXISTS delivery (
  place INTEGER PRIMARY KEY AUTOINCREMENT,
  format TEXT NOT NULL, source TEXT NOT NULL, proven INTEGER NOT NULL, delivery TEXT NOT NULL,
  said BLOB NOT NULL, digest BLOB NOT NULL, size INTEGER NOT NULL, body BLOB,
  received INTEGER NOT NULL, readable INTEGER NOT NULL, times INTEGER NOT NULL DEFAULT 1);
CREATE UNIQUE INDEX IF NOT EXISTS delivery_once ON delivery (source, delivery)
  WHERE delivery <> '';
CREATE INDEX IF NOT EXISTS delivery_proven ON delivery (place) WHERE proven = 1;
"""
_INSERT = (
    "INSERT INTO delivery (format, source, proven, delivery, said, digest, size, body, received,"
    " readable) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_MORE = ", (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
ROWS_MOST = 256
"""In one statement; the statements of all counts are kept once they are prepared."""

_ONCE = (
    " ON CONFLICT (source, delivery) WHERE delivery <> '' DO UPDATE SET times = times + 1"
    " RETURNING place, times"
)
_COLUMNS = (
    "place, format, source, proven, delivery, said, digest, size, body, received, readable, times"
)
_CHECKPOINT = "PRAGMA wal_checkpoint(PASSIVE)"


class Kept(msgspec.Struct, frozen=True):
    """Where an arrival is kept; `repeated`: the same delivery was there before."""

    place: int
    repeated: bool


class Inbox:
    """The inbox of a home. Threads may share it; processes may have one each.

    The file is made when something comes; until then nothing is there.
    """

    def __init__(self, home: Path) -> None:
        self._path = home / FILE
        self.where = f"the inbox {self._path}"
        self._writing = threading.Lock()
        self._lock_path, self._mark = home / LOCK, home / MARK
        self._lock: TextIO | None = None
        self._writer: sqlite3.Connection | None = None

    @property
    def is_there(self) -> bool:
        """Whether anything was ever kept here."""
        return self._path.exists()

    def keep(self, arrivals: Sequence[Arrival]) -> list[Kept]:
        """Keep all of these, durably, or none; where each is, in order.

        Raises:
            Unreachable: the disk is full, or the file cannot be written. None is kept.
        """
        if len(arrivals) <= ROWS_MOST and not any(one.delivery for one in arrivals):
            # The usual case as one statement, which is its own transaction: each call gives up
            # the interpreter's lock to the thread that serves requests, and waits to get it back.
            with self._held(), self._translated():
                return _insert(self._opened(), arrivals)
        with self._writes() as writer:
            found = {
                place: _insert_once(writer, one)
                for place, one in enumerate(arrivals)
                if one.delivery
            }
            rest = [place for place in range(len(arrivals)) if place not in found]
            for first in range(0, len(rest), ROWS_MOST):
                some = rest[first : first + ROWS_MOST]
                kept = _insert(writer, [arrivals[place] for place in some])
                found.update(zip(some, kept, strict=True))
        return [found[place] for place in range(len(arrivals))]

    def begin_after(self, place: int) -> None:
        """Give no place up to this one any more: the record has decided about these already.

        Matters where the file was lost, or is an older copy than the record.
        """
        with self._writes() as writer:
            row = writer.execute("SELECT seq FROM sqlite_sequence WHERE name = 'delivery'")
            last = row.fetchone()
            if last is None:
                writer.execute("INSERT INTO sqlite_sequence VALUES ('delivery', ?)", (place,))
            elif last[0] < place:
                writer.execute(
                    "UPDATE sqlite_sequence SET seq = ? WHERE name = 'delivery'", (place,)
                )

    def after(
        self,
        place: int,
        most: int,
        bytes_most: int = 16 * 1024 * 1024,
        *,
        proven: bool = False,
    ) -> list[Delivery]:
        """The deliveries after a place (exclusive), in order; at least one if there is any.

        Args:
            proven: only those whose sender is proven.
        """
        found: list[Delivery] = []
        size = 0
        only = " AND proven = 1" if proven else ""
        sql = f"SELECT {_COLUMNS} FROM delivery WHERE place > ?{only} ORDER BY place LIMIT ?"
        with self._reads(sql, place, most) as rows:
            for row in rows:
                found.append(_delivery(row))
                size += found[-1].size
                if size >= bytes_most:
                    break
        return found

    def get(self, place: int) -> Delivery | None:
        """The delivery at a place; None when there is none."""
        with self._reads(f"SELECT {_COLUMNS} FROM delivery WHERE place = ?", place) as rows:
            row = next(rows, None)
        return None if row is None else _delivery(row)

    def unreadable_as(self, first: Delivery, most: int) -> list[int]:
        """From this one on: places of what could not be read, of the same source and format."""
        sql = (
            "SELECT place FROM delivery WHERE place >= ? AND readable = 0 AND source = ?"
            " AND format = ? AND proven = ? ORDER BY place LIMIT ?"
        )
        asked = (first.place, first.source, first.format, first.proven, most)
        with self._reads(sql, *asked) as rows:
            return [int(str(place)) for (place,) in rows]

    def last(self) -> int:
        """The last place that was given; 0 when none was."""
        with self._reads("SELECT coalesce(max(place), 0) FROM delivery") as rows:
            (last,) = next(rows, (0,))
        return int(str(last))

    def decided(self) -> int:
        """Up to where the taking in has come, as it last said; only the record knows for sure."""
        try:
            return int(self._mark.read_text())
        except (OSError, ValueError):
            return 0

    def mark_decided(self, place: int) -> None:
        """Say up to where everything is decided. A hint for doors: never waited for, or trusted."""
        part = self._mark.with_suffix(f".{threading.get_ident()}")
        with contextlib.suppress(OSError):
            part.write_text(str(place))
            part.replace(self._mark)

    def repeated(self) -> int:
        """How often a delivery came that was kept already."""
        sql = "SELECT coalesce(sum(times - 1), 0) FROM delivery WHERE times > 1"
        with self._reads(sql) as rows:
            (count,) = next(rows, (0,))
        return int(str(count))

    def erase(self, first: int, last: int) -> int:
        """Destroy the bodies at these places, both inclusive, and what was said beside them.

        Returns:
            how many there were to destroy.
        """
        with self._writes() as writer:
            writer.execute("PRAGMA secure_delete = ON")
            done = writer.execute(
                "UPDATE delivery SET body = NULL, said = ? WHERE place BETWEEN ? AND ?"
                " AND body IS NOT NULL",
                (b"{}", first, last),
            ).rowcount
        with self._held(), self._translated():
            # What was written lies in the write-ahead log too until it begins anew.
            self._opened().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return done

    def tidy(self) -> None:
        """Move what was written into the file itself once it is much; all of it is on disk already.

        Whoever writes calls it after it has acknowledged.
        """
        try:
            size = self._path.with_name(FILE + "-wal").stat().st_size
        except OSError:
            return
        if size > CHECKPOINT_AFTER_BYTES:
            with self._held(), contextlib.suppress(sqlite3.Error):  # the next one tries again
                self._opened().execute(_CHECKPOINT).fetchone()

    def close(self) -> None:
        """Close the file; whoever closes last tidies it up, so the lock is held for that too."""
        if self._writer is not None:
            with self._held():
                self._writer.close()
                self._writer = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    @contextmanager
    def _writes(self) -> Iterator[sqlite3.Connection]:
        with self._held(), self._translated():
            writer = self._opened()
            writer.execute("BEGIN IMMEDIATE")
            try:
                yield writer
                writer.execute("COMMIT")
            finally:
                if writer.in_transaction:  # something went wrong: nothing of it is kept
                    writer.execute("ROLLBACK")

    def _opened(self) -> sqlite3.Connection:
        if self._writer is None:
            with contextlib.suppress(OSError):  # what cannot be made is told by what opens it
                self._path.touch(mode=0o600)  # bodies may speak of persons, whoever made the home
            writer = sqlite3.connect(
                self._path, isolation_level=None, check_same_thread=False, timeout=BUSY_SECONDS,
                cached_statements=ROWS_MOST + 64,
            )  # fmt: skip
            writer.execute("PRAGMA journal_mode = WAL")
            writer.execute("PRAGMA synchronous = FULL")
            writer.execute("PRAGMA wal_autocheckpoint = 0")
            writer.executescript(_SCHEMA)
            self._writer = writer
        return self._writer

    @contextmanager
    def _reads(self, sql: str, *values: object) -> Iterator[Iterator[tuple[object, ...]]]:
        """The rows of a question; none before anything was ever kept, or while that begins."""
        if not self.is_there:
            yield iter(())
            return
        with self._translated():
            reader = sqlite3.connect(
                f"{self._path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None,
                timeout=BUSY_SECONDS,
            )  # fmt: skip
            try:
                made = reader.execute("SELECT 1 FROM sqlite_master WHERE name = 'delivery'")
                yield reader.execute(sql, values) if made.fetchone() else iter(())
            finally:
                reader.close()

    @contextmanager
    def _held(self) -> Iterator[None]:
        with self._writing:
            if self._lock is None:
                self._lock = self._opened_lock()
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(self._lock, fcntl.LOCK_UN)

    def _opened_lock(self) -> TextIO:
        try:
            return self._lock_path.open("a")
        except OSError as bad:
            raise Unreachable(f"{self._lock_path}: {bad.strerror}") from None

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as bad:
            raise Unreachable(f"{self.where}: {bad}; check its disk and its owner") from None


def _insert_once(writer: sqlite3.Connection, arrival: Arrival) -> Kept:
    place, times = writer.execute(_INSERT + _ONCE, _row(arrival)).fetchone()
    return Kept(place, times > 1)


def _insert(writer: sqlite3.Connection, arrivals: Sequence[Arrival]) -> list[Kept]:
    """Insert at most `ROWS_MOST` in one statement; it gives places that follow one another."""
    if not arrivals:
        return []
    values = [value for one in arrivals for value in _row(one)]
    last = writer.execute(_INSERT + _MORE * (len(arrivals) - 1), values).lastrowid or 0
    return [Kept(last - left, False) for left in range(len(arrivals) - 1, -1, -1)]


def _row(one: Arrival) -> tuple[object, ...]:
    return (
        one.format,
        one.source,
        one.proven,
        one.delivery,
        msgspec.json.encode(one.said),
        hashlib.sha256(one.body).digest(),
        len(one.body),
        one.body,
        (one.received_at - EPOCH) // _MICROSECOND,
        one.readable,
    )


def _delivery(row: tuple[object, ...]) -> Delivery:
    (
        place,
        format_,
        source,
        proven,
        delivery,
        said,
        digest,
        size,
        body,
        received,
        readable,
        times,
    ) = row
    assert isinstance(said, bytes) and isinstance(digest, bytes) and isinstance(received, int)
    return Delivery(
        place=int(str(place)),
        format=str(format_),
        source=str(source),
        proven=bool(proven),
        delivery=str(delivery),
        said=msgspec.json.decode(said, type=Mapping[str, str]),
        digest=digest.hex(),
        size=int(str(size)),
        body=body if isinstance(body, bytes) else None,
        received_at=EPOCH + timedelta(microseconds=received),
        readable=bool(readable),
        times=int(str(times)),
    )
