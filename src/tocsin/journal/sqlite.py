"""The record in one file, `journal.db`: each commit is on disk when it returns.

One writing connection a process, `BEGIN IMMEDIATE`, synchronous=FULL. Write-ahead logging is used
only on versions of SQLite without the WAL-reset bug; elsewhere the rollback journal is truncated.

Source: sqlite.org/wal.html#walresetbug; sqlite.org/pragma.html.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event

from tocsin.facts import Unreachable
from tocsin.journal import schema
from tocsin.journal.database import SINCE_MOST, CheckpointRow, EntryRow, NodeRow, WordsRow
from tocsin.journal.faults import translated
from tocsin.journal.founding import PAGE_BYTES_MIN, Founding, sync_folder
from tocsin.journal.reserve import Reserve
from tocsin.world import Grown

__all__ = ["FILE", "PAGE_BYTES_MIN", "Sqlite", "sqlite_risk"]

FILE = "journal.db"
BUSY_SECONDS = 15.0
TOLD_AFTER_SECONDS = 2.0
_FIRST_WITH_BUG, _FIRST_WITHOUT = (3, 7, 0), (3, 53, 0)
_REPAIRED = {(3, 44): 6, (3, 50): 7, (3, 51): 3}
_KEEPS = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY}
_INSERT_ENTRY = "INSERT INTO entry (id, log, seq, body) VALUES (?, ?, ?, ?)"
_INSERT_WORDS = "INSERT INTO disclosure (entry, digest, body) VALUES (?, ?, ?)"
_INSERT_NODE = "INSERT INTO node (level, idx, hash) VALUES (?, ?, ?)"
_INSERT_CHECKPOINT = (
    "INSERT INTO checkpoint (size, first_entry, entries, root, note, hashes)"
    " VALUES (?, ?, ?, ?, ?, ?)"
)
_HEAD = "SELECT max(seq) FROM entry WHERE log = ?"
_LAST_ID = "SELECT max(id) FROM entry"
_SINCE = "SELECT id, log, seq FROM entry WHERE id > ? ORDER BY id LIMIT ?"
_TIP = "SELECT size, CAST(root AS BLOB) FROM checkpoint ORDER BY size DESC LIMIT 1"


def sqlite_risk(version: tuple[int, int, int] | None = None) -> str | None:
    """Why write-ahead logging is not safe with this version of SQLite; None when it is."""
    found = version or sqlite3.sqlite_version_info[:3]
    if found < _FIRST_WITH_BUG or found >= _FIRST_WITHOUT:
        return None
    repaired = _REPAIRED.get(found[:2])
    if repaired is not None and found[2] >= repaired:
        return None
    return (
        f"SQLite {'.'.join(map(str, found))} has the WAL-reset bug, which can lose committed "
        "writes under write-ahead logging; the record uses mode TRUNCATE instead. "
        "Repaired in 3.44.6, 3.50.7, 3.51.3 and 3.53.0"
    )


class Sqlite:
    """The engine for a record in one file.

    Args:
        path: the file, such as HOME/journal.db.
        reserve: where disk space is kept back; None keeps none.
        create: make the file if it is not there.
        journal_mode: "WAL" or "TRUNCATE"; None chooses by the version of SQLite.
        synchronous: "FULL" but for proofs of what happens without it.
    """

    integrates_at_once = True

    def __init__(
        self,
        path: Path,
        on_warning: Callable[[str], None],
        *,
        reserve: Path | None = None,
        create: bool = True,
        journal_mode: str | None = None,
        synchronous: str = "FULL",
        busy_seconds: float = BUSY_SECONDS,
    ) -> None:
        self._path, self._warn, self._told = path, on_warning, False
        self.where = f"the record {self._path}"
        self._wanted_mode = journal_mode or ("TRUNCATE" if sqlite_risk() else "WAL")
        self._synchronous, self._busy_seconds = synchronous, busy_seconds
        self._founding = Founding(path)
        self._may_create = self._founding.begun(create=create)
        self.reserve = None if reserve is None else Reserve(reserve, on_warning)
        self.writer = self._engine("BEGIN IMMEDIATE", 1)
        self._reader = self._engine("BEGIN", 5)
        self.journal_mode = self._mode_in_use()
        self._may_create = False
        sync_folder(path.parent)
        if self.journal_mode.upper() != self._wanted_mode:
            on_warning(
                f"{self.where} is in journal mode {self.journal_mode}, not {self._wanted_mode}, "
                "because another process has it open; close that one and start again"
            )
        if self.reserve is not None:
            self.reserve.keep()

    @property
    def path(self) -> Path:
        """The file in which the record lies."""
        return self._path

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with translated(self.where), self._reader.connect() as connection, connection.begin():
            yield connection

    def peeking(self) -> AbstractContextManager[Connection]:
        return self.reading()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        with translated(self.where), self.writer.connect() as connection:
            try:
                self._patiently(_driver(connection), "BEGIN IMMEDIATE")
                yield connection
                self._say(connection, "COMMIT")
            finally:
                _driver(connection).rollback()  # nothing, after a commit

    def check_may_found(self) -> None:
        self._founding.check_may_found()

    def founded(self) -> None:
        self._founding.ended()
        # A connection that looked before the tables were there would, when the disk then fails to
        # tell it of the change, take them for missing.
        self._reader.dispose()

    def lock(self, connection: Connection, logs: Iterable[str]) -> None:
        """Nothing to do: BEGIN IMMEDIATE has locked the whole record for writing."""

    def claim(
        self, connection: Connection, logs: Iterable[str], count: int
    ) -> tuple[dict[str, int], Sequence[int]]:
        """The last sequence number of each log (0: none), and `count` unused ids."""
        heads = {log: self.ask(connection, _HEAD, log)[0][0] or 0 for log in logs}
        last = self.ask(connection, _LAST_ID)[0][0] or 0
        return heads, range(last + 1, last + 1 + count)

    def insert_entries(self, connection: Connection, rows: list[EntryRow]) -> None:
        """Write entries."""
        self.put(connection, _INSERT_ENTRY, rows)

    def insert_words(self, connection: Connection, rows: list[WordsRow]) -> None:
        """Write what lies beside entries."""
        self.put(connection, _INSERT_WORDS, rows)

    def tip(self, connection: Connection) -> tuple[int, bytes] | None:
        found: list[tuple[int, bytes]] = self.ask(connection, _TIP)
        return found[0] if found else None

    def grow(
        self,
        connection: Connection,
        checkpoints: list[CheckpointRow],
        nodes: list[NodeRow],
    ) -> None:
        self.put(connection, _INSERT_CHECKPOINT, checkpoints)
        if nodes:
            self.put(connection, _INSERT_NODE, nodes)

    def elected(self, connection: Connection, *, wait: bool) -> bool:
        """Always: who writes at all grows the tree in the same transaction."""
        return True

    def settled_floor(self, connection: Connection) -> int:
        return 0

    def looked_through(self) -> None:
        """Nothing to remember."""

    def mark(self) -> int:
        with self.peeking() as connection:
            return connection.scalar(schema.LAST_ID) or 0

    def since(self, mark: int) -> Grown | None:
        """As the port says. One writes at a time, so that ids are committed in their order.

        Straight from the driver, and without a transaction around it: this runs at every act.
        """
        with translated(self.where), closing(self._reader.raw_connection()) as held:
            driver = cast("sqlite3.Connection", held.driver_connection)
            rows = driver.execute(_SINCE, (mark, SINCE_MOST)).fetchall()
        if len(rows) == SINCE_MOST:
            return None
        last = rows[-1][0] if rows else mark
        return last, {log: seq for _, log, seq in rows}

    def after_commit(self) -> None:
        """The reserve of disk space is tended."""
        if self.reserve is not None:
            self.reserve.tend()

    def make_room(self) -> bool:
        return self.reserve is not None and self.reserve.release()

    def scrub(self) -> None:
        """Rewrite the file without what was deleted, and empty its journal.

        Deleted rows are overwritten at once (secure_delete), but moving rows between pages can
        leave copies of them; only writing the file anew is sure to leave none.
        """
        with translated(self.where), self.writer.connect() as connection:
            raw = _driver(connection)
            try:
                raw.execute("VACUUM")
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            except sqlite3.Error as bad:
                raise Unreachable(
                    f"{self.where}: the words are deleted, but may still lie in unused parts of "
                    f"the file, because it could not be rewritten ({bad}); erase them once more"
                ) from bad

    def now(self) -> datetime | None:
        return None

    def close(self) -> None:
        self.writer.dispose()
        self._reader.dispose()

    def ask(self, connection: Connection, question: str, *values: int | str) -> list[Any]:
        """All rows, straight from the driver: this runs at every append."""
        return _driver(connection).execute(question, values).fetchall()

    def put(self, connection: Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Many rows, straight to the driver, inside this transaction."""
        _driver(connection).executemany(statement, rows)

    def _patiently(self, driver: sqlite3.Connection, statement: str) -> None:
        """Run what may have to wait for a lock; whoever waits for it longer is told what for."""
        told_after = min(TOLD_AFTER_SECONDS, self._busy_seconds)
        rest = self._busy_seconds - told_after
        driver.execute(f"PRAGMA busy_timeout = {int(told_after * 1000)}")
        try:
            driver.execute(statement)
        except sqlite3.OperationalError as busy:
            if busy.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or rest <= 0:
                raise
            if not self._told:
                self._warn(
                    f"{self.where} is locked by another process; waiting for it up to "
                    f"{rest:.0f} s more"
                )
            self._told = True
            driver.execute(f"PRAGMA busy_timeout = {int(rest * 1000)}")
            driver.execute(statement)
            self._told = False  # the wait is over; the next one is told again
        finally:
            driver.execute(f"PRAGMA busy_timeout = {int(self._busy_seconds * 1000)}")

    def _say(self, connection: Connection, word: str) -> None:
        _driver(connection).execute(word)

    def _engine(self, begin: str, size: int) -> Engine:
        engine = create_engine(
            "sqlite://",
            creator=self._connect,
            poolclass=QueuePool,
            pool_size=size,
            max_overflow=5,
            pool_reset_on_return=None,  # every transaction is ended where it began
        )

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            if not _driver(connection).in_transaction:  # `writing` has begun one
                driver = _driver(connection)
                # A reader's transaction waits for nothing before its first question.
                driver.execute(begin) if begin == "BEGIN" else self._patiently(driver, begin)

        return engine

    def _connect(self) -> sqlite3.Connection:
        mode = "rwc" if self._may_create else "rw"
        connection = sqlite3.connect(
            f"{self._path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=self._busy_seconds,
            isolation_level=None,  # transactions begin where we say so
            check_same_thread=False,
        )
        for pragma in (
            f"journal_mode={self._wanted_mode}",
            f"synchronous={self._synchronous}",
            "secure_delete=ON",
            "recursive_triggers=ON",  # INSERT OR REPLACE must not go round the triggers
            "fullfsync=ON",
            "temp_store=MEMORY",
        ):
            try:
                self._patiently(connection, f"PRAGMA {pragma}")
            except sqlite3.OperationalError as bad:
                # The mode of a file that another process has open, or that may not be written,
                # cannot be changed now; the one in use is as safe as its version.
                if pragma.startswith("journal_mode=") and bad.sqlite_errorcode & 0xFF in _KEEPS:
                    continue
                connection.close()
                raise
        return connection

    def _mode_in_use(self) -> str:
        with translated(self.where), self.writer.connect() as connection:
            return str(connection.exec_driver_sql("PRAGMA journal_mode").scalar_one())


def _driver(connection: Connection) -> sqlite3.Connection:
    found = connection.connection.driver_connection
    assert isinstance(found, sqlite3.Connection)
    return found
