"""A table of a database as the partitions of a log: one a day where rows tell a time, else one.

Rows are read once, in batches, and laid aside as lines in files of their days, so that memory does
not grow with the table. A table has no order of its own: a day is known by what its rows hold,
whatever order they came in. A SQLite or DuckDB file that did not change is not read again.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote

import msgspec
import sqlalchemy
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, NoSuchTableError, SQLAlchemyError

from tocsin.facts import Refused, Unreachable
from tocsin.sources.columns import CannotRead, literal, quoted
from tocsin.sources.days import Days
from tocsin.sources.engine import Engine
from tocsin.sources.partitions import Found

BATCH_ROWS = 5_000
_ALIAS = "of_the_log_"
_URL = re.compile(r"[a-z][a-z0-9+]*://")
_EXAMPLE = "write it like sqlite:///app.db?table=answers or postgresql://host/base?table=answers"


class Database(msgspec.Struct, frozen=True, kw_only=True):
    """A table in a database.

    Args:
        url: without what is said here of the table.
        order: a column by which its rows are read, where they tell no time.
    """

    url: str
    table: str
    order: str | None = None

    @property
    def file(self) -> Path | None:
        """The file that holds it, if it is one."""
        url = sqlalchemy.make_url(self.url)
        of_file = url.get_backend_name() in ("sqlite", "duckdb") and url.database
        return Path(str(url.database)) if of_file else None

    @property
    def is_duckdb(self) -> bool:
        return self.url.startswith("duckdb:")


def is_url(place: str) -> bool:
    """Whether a place is a database's, not a file's."""
    return _URL.match(place) is not None


def database_of(place: str) -> Database:
    """The table that a URL names.

    Raises:
        Refused: it names none, or cannot be understood.
    """
    try:
        url = sqlalchemy.make_url(place)
    except (ArgumentError, ValueError):
        raise Refused(f"{shown(place)}: not the URL of a database; {_EXAMPLE}") from None
    said = dict(url.query)
    table, order = said.pop("table", None), said.pop("order", None)
    bare = url.set(query=said)
    if not isinstance(table, str) or not table:
        raise Refused(f"{shown(place)}: it names no table; add ?table=NAME")
    if bare.drivername == "postgresql":
        bare = bare.set(drivername="postgresql+psycopg")
    found = Database(
        url=bare.render_as_string(hide_password=False),
        table=table,
        order=order if isinstance(order, str) else None,
    )
    if found.file is not None and not found.file.is_file():
        raise Refused(f"{found.file}: there is no such file; name the file of a database")
    return found


def stamp_of(database: Database) -> str | None:
    """Another whenever the database's file was written; None where that cannot be told."""
    if database.file is None:
        return None
    beside = [database.file, *(Path(f"{database.file}{end}") for end in ("-wal", ".wal"))]
    seen = [path.stat() for path in beside if path.exists()]
    return f"{database} " + " ".join(f"{s.st_size}:{s.st_mtime_ns}:{s.st_ino}" for s in seen)


def partitions_of(
    database: Database, at: str | None, engine: Engine, aside: Path, most: int | None = None
) -> list[Found]:
    """The partitions of a table, laid aside as files.

    Args:
        at: the column of times, by which they are parted into days.
        most: so many rows at most, of no certain day.

    Raises:
        Refused: there is no such table, or it cannot be opened by what is installed.
        Unreachable: the database does not answer.
    """
    if database.is_duckdb:
        return [_copied(database, engine, aside, most)]
    days = Days(aside, database.table, at)
    with _answering(database):
        for names, row in _rows(database, most):
            days.add(names, row)
    return days.found()


def rows_in(database: Database, engine: Engine) -> int:
    """How many rows a table has. Raises as `partitions_of`."""
    if database.is_duckdb:
        with _attached(database, engine) as table:
            return int(str(engine.rows(f"SELECT count(*) FROM {table}")[0][0]))
    with _answering(database), _opened(database) as opened, opened.connect() as asked:
        counted = _table(database, opened)
        count = sqlalchemy.select(sqlalchemy.func.count()).select_from(counted)
        return int(asked.execute(count).scalar_one())


def _rows(
    database: Database, most: int | None
) -> Iterator[tuple[tuple[str, ...], tuple[object, ...]]]:
    with _opened(database) as opened, opened.connect() as asked:
        table = _table(database, opened)
        # As they stand: a type that was only declared may not fit what a row holds.
        every: sqlalchemy.Select[tuple[object, ...]] = sqlalchemy.select(sqlalchemy.text("*"))
        every = every.select_from(table)
        if database.order is not None:
            if database.order not in table.columns:
                there = ", ".join(table.columns.keys())
                raise Refused(f"{database.table} has no column {database.order!r}: {there}")
            every = every.order_by(table.columns[database.order])
        if most is not None:
            every = every.limit(most)
        found = asked.execution_options(stream_results=True, yield_per=BATCH_ROWS).execute(every)
        names = tuple(found.keys())
        for row in found:
            yield names, tuple(_plain(value) for value in row)


def _plain(value: object) -> object:
    if isinstance(value, float) and (value != value or abs(value) == float("inf")):
        return str(value)
    if isinstance(value, Decimal):
        return float(value) if value.is_finite() else str(value)
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC)  # the zone of a session says nothing of the row
    return None if isinstance(value, bytes | memoryview) else value


def _table(database: Database, opened: sqlalchemy.Engine) -> sqlalchemy.Table:
    schema, _, name = database.table.rpartition(".")
    try:
        return sqlalchemy.Table(
            name, sqlalchemy.MetaData(), schema=schema or None, autoload_with=opened
        )
    except NoSuchTableError:
        known = sqlalchemy.inspect(opened).get_table_names(schema or None)
        raise Refused(
            f"the database has no table {database.table!r}; it has: "
            f"{', '.join(sorted(known)[:20]) or 'none'}"
        ) from None


@contextmanager
def _opened(database: Database) -> Iterator[sqlalchemy.Engine]:
    try:
        if database.file is not None:
            named = f"file:{quote(str(database.file.absolute()))}?mode=ro"
            opened = sqlalchemy.create_engine(
                "sqlite://", creator=lambda: sqlite3.connect(named, uri=True)
            )
        else:
            opened = sqlalchemy.create_engine(database.url)
    except (NoSuchModuleError, ModuleNotFoundError) as bad:
        raise Refused(
            f"{shown(database.url)}: {bad}; for PostgreSQL: pip install 'tocsin[postgres]'; for "
            "others install SQLAlchemy's driver"
        ) from bad
    try:
        yield opened
    finally:
        opened.dispose()


@contextmanager
def _answering(database: Database) -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as bad:
        first = str(getattr(bad, "orig", None) or bad).strip().partition("\n")[0]
        raise Unreachable(f"cannot read {shown(database.url)}: {first}") from bad


def _copied(database: Database, engine: Engine, aside: Path, most: int | None) -> Found:
    """A table of a DuckDB file, as one Parquet file."""
    into = aside / "table.parquet"
    limit = f" LIMIT {most}" if most is not None else ""
    order = f" ORDER BY {quoted(database.order)}" if database.order else ""
    with _attached(database, engine) as table:
        engine.copy(f"SELECT * FROM {table}{order}{limit}", into, {})
    seen = into.stat()
    return Found(
        file=database.table, path=into, size=seen.st_size, modified=0.0,
        identity=stamp_of(database) or "", keys=(),
    )  # fmt: skip


@contextmanager
def _attached(database: Database, engine: Engine) -> Iterator[str]:
    try:
        engine.rows(f"ATTACH {literal(str(database.file))} AS {_ALIAS} (READ_ONLY)")
    except CannotRead as bad:
        raise Refused(f"{database.file} cannot be opened by DuckDB: {bad.reason}") from bad
    try:
        known = [
            f"{schema}.{name}" if schema != "main" else str(name)
            for schema, name in engine.rows(
                f"SELECT schema_name, table_name FROM duckdb_tables() "
                f"WHERE database_name = {literal(_ALIAS)} ORDER BY ALL"
            )
        ]
        if database.table.removeprefix("main.") not in known:
            raise Refused(
                f"the database has no table {database.table!r}; it has: "
                f"{', '.join(known[:20]) or 'none'}"
            )
        schema, _, name = database.table.rpartition(".")
        yield f"{_ALIAS}.{quoted(schema or 'main')}.{quoted(name)}"
    finally:
        engine.rows(f"DETACH {_ALIAS}")


def shown(url: str) -> str:
    """A URL without its password."""
    return re.sub(r"(://[^:/@]*):[^@/]*@", r"\1:***@", url)
