"""The record on a PostgreSQL server, for many writers at once.

Appends to different logs do not wait for each other: each takes only its logs' advisory locks, in
the order of their keys, before anything else. The tree is grown by whoever is elected.
"""

from __future__ import annotations

import hashlib
import select
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, ProgrammingError
from sqlalchemy.pool import ConnectionPoolEntry

from tocsin.facts import Refused
from tocsin.journal import schema
from tocsin.journal.database import SINCE_MOST, CheckpointRow, NodeRow
from tocsin.journal.faults import Disconnected, disconnected, meaning_of_server, translated
from tocsin.journal.question import Question, Told
from tocsin.journal.settled import OLDEST_XID, Ask, Settled
from tocsin.world import Appended, Grown

if TYPE_CHECKING:
    import psycopg

    Line = psycopg.Connection[tuple[Any, ...]]

CONNECT_SECONDS = 5
LOCK_SECONDS = 15
LEARN_FROM = 100  # entries that a look saw once more; then it is worth learning how few it need see
SCHEMES = ("postgresql://", "postgresql+psycopg://", "postgres://")

_SETTINGS = (
    f"SET lock_timeout = '{LOCK_SECONDS}s'",
    "SET timezone = 'UTC'",
    "SET default_transaction_isolation = 'read committed'",  # `tocsin_append` looks after it locks
    "SELECT set_config('synchronous_commit', 'on', false)"
    " WHERE current_setting('synchronous_commit') = 'off'",
)
_LOCK = text(
    "SELECT pg_current_xact_id(), pg_advisory_xact_lock(key)"
    " FROM unnest(CAST(:keys AS bigint[])) AS key"
)
_APPEND = b"SELECT tocsin_append(%s::bigint[], %s::jsonb, %b)"
_SINCE = f"SELECT id, log, seq, {OLDEST_XID} FROM entry WHERE id > %s ORDER BY id LIMIT %s".encode()
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


def _driver(connection: Connection) -> Line:
    return cast("Line", connection.connection.driver_connection)


def _has_ended(line: Line) -> bool:
    """Whether the server has said something unasked, which is nearly always that it is leaving."""
    if line.closed:
        return True
    ear = select.poll()
    ear.register(line.fileno(), select.POLLIN)
    return bool(ear.poll(0))


def _asking(line: Line) -> Ask:
    """Asks for one number, in a transaction of its own."""

    def ask(question: str) -> int:
        found = line.execute(question.encode(), prepare=True).fetchone()
        return int(found[0]) if found else 0

    return ask


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
        self._lines = _engine(full, 3, ask_first=False, autocommit=True)
        self._reader = _engine(full, 5, ask_first=True).execution_options(
            isolation_level="REPEATABLE READ"
        )
        self._floor = self._looking = 0
        self._settled = Settled()
        with self.reading() as connection:
            if connection.scalar(text("SHOW fsync")) == "off":
                on_warning(f"{self.where}: the server has fsync off; a power cut can lose facts")

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with translated(self.where), self._reader.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def peeking(self) -> Iterator[Connection]:
        with translated(self.where), self._lines.connect() as connection:
            if _has_ended(_driver(connection)):
                connection.invalidate()  # the next statement gets a new one
                self._lines.dispose()
                self._trust_nothing()
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
            self._trust_nothing()
            raise

    def _trust_nothing(self) -> None:
        """After a crash the server may give out once more ids and transaction ids that were drawn
        and never came to its disk: what we know of them holds no longer.
        """
        self._floor = self._looking = 0
        self._settled.trust_nothing()

    def check_may_found(self) -> None:
        """It may: who made a database for the record knows that it is new."""

    def founded(self) -> None:
        """Nothing to remember: the server makes all tables at once, or none."""

    def lock(self, connection: Connection, logs: Iterable[str]) -> None:
        connection.execute(_LOCK, {"keys": _keys(logs)})

    def append(self, question: Question) -> Sequence[Appended | Refused]:
        """What became of each of these changes: written, durably, when this returns, or why not.

        One statement outside any transaction: the server begins, locks, checks, writes and commits.

        Raises:
            Disconnected: nobody knows whether they were written.
        """
        with translated(self.where), self._line() as line:
            return question.answers(self._ask(line, question))

    def _ask(self, line: Line, question: Question) -> Told:
        keys = ",".join(map(str, _keys(change.log for change in question.changes)))
        values = (f"{{{keys}}}", question.asked, question.bytes)
        found = line.execute(_APPEND, values).fetchone()
        assert found is not None
        told: Told = found[0]
        return told

    @contextmanager
    def _line(self) -> Iterator[Line]:
        """A connection that was alive a moment ago: to a dead one nothing shall be sent.

        What was sent and not answered may have been written: whoever asks again must know that.
        """
        held = self._lines.raw_connection()
        if _has_ended(cast("Line", held.driver_connection)):
            held.invalidate()
            self._lines.dispose()
            self._trust_nothing()
            held = self._lines.raw_connection()
        line, is_sound = cast("Line", held.driver_connection), False
        try:
            yield line
            is_sound = True
        except self._driver_error as bad:
            is_sound = not line.closed
            if line.closed:
                self._trust_nothing()
                raise disconnected(self.where) from bad
            raise meaning_of_server(bad, self.where) from bad
        finally:
            if not is_sound:  # perhaps in the middle of something
                held.invalidate()
            held.close()

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

        A new process begins at 0, and so looks at everything once; so does one whose server went
        away (decision 0007).
        """
        self._looking = self._settled.learn(lambda q: int(connection.scalar(text(q)) or 0))
        return self._floor

    def looked_through(self) -> None:
        self._floor = max(self._floor, self._looking)

    def mark(self) -> int:
        with translated(self.where), self._line() as line:
            ask = _asking(line)
            self._settled.learn(ask)
            upto = self._settled.learn(ask)  # of a server at rest the second look tells all
            return min(upto, ask("SELECT coalesce(max(id), 0) FROM entry"))

    def since(self, mark: int) -> Grown | None:
        """As the port says; ids that others have drawn and not committed hold the mark below them.

        The mark is always that of an entry that was seen, and so is on the server's disk: whatever
        a crash makes the server forget, no id up to there is given out once more.
        """
        upto = self._settled.upto
        with translated(self.where), self._line() as line:
            rows = line.execute(_SINCE, (mark, SINCE_MOST), prepare=True).fetchall()
            if not rows:
                return mark, {}
            last, _, _, oldest = rows[-1]
            upto = max(upto, self._settled.learn_from(oldest))
            if upto <= mark and len(rows) > LEARN_FROM:
                self._settled.begin(_asking(line))
        if len(rows) == SINCE_MOST:
            return None
        return max(mark, min(upto, last)), {log: seq for _, log, seq, _ in rows}

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
            # A right that few accounts have: without it the server does it by itself, later.
            with suppress(ProgrammingError):
                at_once.execute(text("CHECKPOINT"))

    def now(self) -> datetime | None:
        with self.reading() as connection:
            found = connection.scalar(text("SELECT clock_timestamp()"))
        assert isinstance(found, datetime)
        return found.astimezone(UTC)

    def close(self) -> None:
        self.writer.dispose()
        self._lines.dispose()
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


def _engine(url: str, size: int, *, ask_first: bool, autocommit: bool = False) -> Engine:
    try:
        engine = create_engine(
            url,
            pool_size=size,
            pool_pre_ping=ask_first,
            pool_reset_on_return=None if autocommit else "rollback",
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
        connection.autocommit = autocommit  # type: ignore[attr-defined]

    return engine
