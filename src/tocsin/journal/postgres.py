"""The record on a PostgreSQL server, for many writers at once.

Appends to different logs do not wait for each other: each takes only its logs' advisory locks, in
the order of their keys, before anything else. The tree is grown by whoever is elected.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from tocsin.facts import Refused
from tocsin.journal import schema
from tocsin.journal.database import CheckpointRow, EntryRow, NodeRow, WordsRow
from tocsin.journal.faults import Disconnected, disconnected, meaning_of_server, translated

if TYPE_CHECKING:
    import psycopg

CONNECT_SECONDS = 5
LOCK_SECONDS = 15
SCHEMES = ("postgresql://", "postgresql+psycopg://", "postgres://")

_SETTINGS = (
    f"SET lock_timeout = '{LOCK_SECONDS}s'",
    "SET timezone = 'UTC'",
    "SELECT set_config('synchronous_commit', 'on', false)"
    " WHERE current_setting('synchronous_commit') = 'off'",
)
_LOCK = b"SELECT pg_current_xact_id(), pg_advisory_xact_lock(key) FROM unnest(%s::bigint[]) AS key"
"""The transaction's id comes before any entry id is drawn: `settled_floor` rests on that."""

_HEADS = (
    b"SELECT array(SELECT coalesce((SELECT max(seq) FROM entry WHERE entry.log = asked.log), 0)"
    b" FROM unnest(%s::text[]) WITH ORDINALITY AS asked(log, n) ORDER BY n),"
    b" array(SELECT nextval('entry_id') FROM generate_series(1, %s))"
)
"""A statement after `_LOCK`, never the same: it must see what the former holder committed."""

_INSERT_ENTRIES = (
    b"INSERT INTO entry (id, log, seq, body) SELECT * FROM unnest("
    b"%s::bigint[], %s::text[], %s::bigint[], %b::bytea[])"
)
_INSERT_WORDS = (
    b"INSERT INTO disclosure (entry, digest, body) SELECT * FROM unnest("
    b"%s::bigint[], %s::text[], %b::bytea[])"
)
_INSERT_CHECKPOINTS = text(
    "INSERT INTO checkpoint (size, first_entry, entries, root, note, hashes) SELECT * FROM unnest("
    "CAST(:sizes AS bigint[]), CAST(:ids AS bigint[]), CAST(:counts AS bigint[]),"
    " CAST(:roots AS bytea[]), CAST(:notes AS bytea[]), CAST(:hashes AS bytea[]))"
)
_INSERT_NODES = text(
    "INSERT INTO node (level, idx, hash) SELECT * FROM unnest("
    "CAST(:levels AS bigint[]), CAST(:idxs AS bigint[]), CAST(:hashes AS bytea[]))"
)
_ELECT = text("SELECT pg_try_advisory_xact_lock(:key)")
_WAIT = text("SELECT pg_advisory_xact_lock(:key)")
_DRAWN = text("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM entry_id")
_OWN_XID = text("SELECT CAST(CAST(pg_current_xact_id() AS text) AS bigint)")
_OLDEST_XID = text("SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)")


def _driver(connection: Connection) -> psycopg.Connection[tuple[Any, ...]]:
    return cast("psycopg.Connection[tuple[Any, ...]]", connection.connection.driver_connection)


def _keys(logs: Iterable[str]) -> list[int]:
    """In order: two who want the same logs cannot wait for each other for ever."""
    return sorted({lock_key("log/" + log) for log in logs})


def lock_key(name: str) -> int:
    """The advisory lock that stands for a name."""
    digest = hashlib.sha256(b"tocsin/journal/" + name.encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


INTEGRATOR = lock_key("integrator")


class Postgres:
    """The engine for a record on a server.

    Args:
        url: `postgresql://user@host/database`.
    """

    integrates_at_once = False
    journal_mode = "server"

    def __init__(self, url: str, on_warning: Callable[[str], None]) -> None:
        full = _full_url(url)
        self.where = f"the record {make_url(full).render_as_string(hide_password=True)}"
        # Writers are not asked beforehand whether they still live: `Disconnected` says when not.
        self.writer = _engine(full, 2, ask_first=False)
        self._driver_error: type[Exception] = self.writer.dialect.loaded_dbapi.Error
        self._reader = _engine(full, 5, ask_first=True).execution_options(
            isolation_level="REPEATABLE READ"
        )
        self._floor, self._settled, self._drawn = 0, 0, (0, 0)
        with self.reading() as connection:
            if connection.scalar(text("SHOW fsync")) == "off":
                on_warning(f"{self.where}: the server has fsync off; a power cut can lose facts")

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with translated(self.where), self._reader.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        try:
            with translated(self.where), self.writer.begin() as connection:
                try:
                    yield connection
                except self._driver_error as bad:  # from statements straight to the driver
                    if _driver(connection).closed:
                        connection.invalidate()
                        self.writer.dispose()  # those that wait in the pool are as old
                        raise disconnected(self.where) from bad
                    raise meaning_of_server(bad, self.where) from bad
        except Disconnected:
            # After a crash the server may give out once more ids and transaction ids that were
            # drawn and never came to its disk: what we know of them holds no longer.
            self._floor, self._settled, self._drawn = 0, 0, (0, 0)
            raise

    def check_may_found(self) -> None:
        """It may: who made a database for the record knows that it is new."""

    def founded(self) -> None:
        """Nothing to remember: the server makes all tables at once, or none."""

    def lock(self, connection: Connection, logs: Iterable[str]) -> None:
        _driver(connection).execute(_LOCK, (_keys(logs),))

    def claim(
        self, connection: Connection, logs: Iterable[str], count: int
    ) -> tuple[dict[str, int], Sequence[int]]:
        names, driver = list(logs), _driver(connection)
        with driver.pipeline():  # begin, lock and look in one round trip
            driver.execute(_LOCK, (_keys(names),))
            found = driver.execute(_HEADS, (names, count)).fetchone()
        assert found is not None
        seqs, ids = found
        return dict(zip(names, seqs, strict=True)), sorted(ids)

    def insert_entries(self, connection: Connection, rows: list[EntryRow]) -> None:
        self._put(connection, _INSERT_ENTRIES, rows)

    def insert_words(self, connection: Connection, rows: list[WordsRow]) -> None:
        self._put(connection, _INSERT_WORDS, rows)

    def _put(
        self, connection: Connection, statement: bytes, rows: Sequence[EntryRow | WordsRow]
    ) -> None:
        """Many rows, straight to the driver, column by column."""
        _driver(connection).execute(statement, [list(column) for column in zip(*rows, strict=True)])

    def tip(self, connection: Connection) -> tuple[int, bytes] | None:
        found = connection.execute(schema.LAST_CHECKPOINT).first()
        return None if found is None else (found.size, found.root)

    def grow(
        self,
        connection: Connection,
        checkpoints: list[CheckpointRow],
        nodes: list[NodeRow],
    ) -> None:
        names = ("sizes", "ids", "counts", "roots", "notes", "hashes")
        columns = map(list, zip(*checkpoints, strict=True))
        connection.execute(_INSERT_CHECKPOINTS, dict(zip(names, columns, strict=True)))
        if nodes:
            levels, idxs, hashes = map(list, zip(*nodes, strict=True))
            connection.execute(_INSERT_NODES, {"levels": levels, "idxs": idxs, "hashes": hashes})

    def elected(self, connection: Connection, *, wait: bool) -> bool:
        if wait:
            connection.execute(_WAIT, {"key": INTEGRATOR})
            return True
        return bool(connection.scalar(_ELECT, {"key": INTEGRATOR}))

    def settled_floor(self, connection: Connection) -> int:
        """An id below which, inclusive, an earlier complete look of this process saw everything.

        Ids are drawn after their transaction has its own id. Once every transaction as old as the
        one that read the sequence has ended, no entry up to that reading can appear any more.
        A new process begins at 0, and so looks at everything once; so does one whose server went
        away (decision 0007).
        """
        drawn, xid = self._drawn
        oldest = connection.scalar(_OLDEST_XID) or 0
        if xid and oldest > xid:
            self._settled, self._drawn = drawn, (0, 0)
        if not self._drawn[1]:
            last = connection.scalar(_DRAWN) or 0
            self._drawn = (last, connection.scalar(_OWN_XID) or 0)
        return self._floor

    def looked_through(self) -> None:
        self._floor = max(self._floor, self._settled)

    def after_commit(self) -> None:
        """Nothing to tend: the disk is the server's."""

    def make_room(self) -> bool:
        return False

    def scrub(self) -> None:
        """Rewrite the table of words, so that its files hold no deleted row.

        What this cannot reach: the server's write-ahead log until it is recycled, its archives,
        replicas, backups, and snapshots of the disk. Their own retention has to end them.
        """
        with translated(self.where), self.writer.connect() as connection:
            at_once = connection.execution_options(isolation_level="AUTOCOMMIT")
            at_once.execute(text("VACUUM FULL disclosure"))
            at_once.execute(text("CHECKPOINT"))

    def now(self) -> datetime | None:
        with self.reading() as connection:
            found = connection.scalar(text("SELECT clock_timestamp()"))
        assert isinstance(found, datetime)
        return found.astimezone(UTC)

    def close(self) -> None:
        self.writer.dispose()
        self._reader.dispose()


def _full_url(url: str) -> str:
    for scheme in SCHEMES:
        if url.startswith(scheme):
            full = "postgresql+psycopg://" + url.removeprefix(scheme)
            try:
                make_url(full)
            except (ArgumentError, ValueError) as bad:
                raise Refused(f"{url!r} is not the address of a database: {bad}") from bad
            return full
    raise Refused(
        f"{url.split(':')[0]!r} is not an engine that the record knows; "
        "give a folder, or postgresql://user@host/database"
    )


def _engine(url: str, size: int, *, ask_first: bool) -> Engine:
    try:
        engine = create_engine(
            url,
            pool_size=size,
            pool_pre_ping=ask_first,
            connect_args={"connect_timeout": CONNECT_SECONDS, "application_name": "tocsin"},
        )
    except ModuleNotFoundError as bad:
        raise Refused(
            f"PostgreSQL needs the package {bad.name}; install Tocsin with the extra `postgres`"
        ) from bad

    @event.listens_for(engine, "connect")
    def _settings(connection: object, _entry: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()  # type: ignore[attr-defined]
        for statement in _SETTINGS:
            cursor.execute(statement)
        cursor.close()
        connection.commit()  # type: ignore[attr-defined]

    return engine
