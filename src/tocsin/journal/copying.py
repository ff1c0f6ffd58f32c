"""A whole record as it was at one moment, in a file of its own; and such a file put on a server.

Everything that is durable at that moment is in the copy, and nothing later; the record is read and
written meanwhile. A copy is a record in one file, whichever engine it came from.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, Row, Table, func, insert, select, text

from tocsin.facts import Refused
from tocsin.journal import schema
from tocsin.journal.database import Database
from tocsin.journal.faults import translated
from tocsin.journal.migrate import VERSION_TABLE, migrate, tables_step
from tocsin.journal.sqlite import Sqlite

PAGES_AT_ONCE = 4096
ROWS_AT_ONCE = 2000
EVERY = 2**31 - 1


class Tip(NamedTuple):
    """How far a record had come: entries under its last checkpoint, the root over them in hex."""

    size: int
    root: str


def copied(database: Database, to: Path) -> Tip:
    """Write the record as it is at this moment into the file `to`, which must not be there yet.

    Raises:
        Refused: the file is there.
        Unreachable: the record cannot be read, or the copy not be written.
    """
    if to.exists():
        raise Refused(f"{to} is there already; give another name")
    if isinstance(database, Sqlite):
        with translated(database.where):
            copy_file(database.path, to)
    else:
        _copy_rows(database, to)
    copy = Sqlite(to, _quiet, create=False)
    try:
        return tip(copy)
    finally:
        copy.close()


def copy_file(record: Path, to: Path) -> None:
    """Copy a database file that others may be writing to; whole commits only. Raises OSError."""
    with (
        closing(sqlite3.connect(f"{record.absolute().as_uri()}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(to)) as target,
    ):
        source.backup(target, pages=PAGES_AT_ONCE)
        target.execute("PRAGMA journal_mode=DELETE")  # one file, not three


def tip(database: Database) -> Tip:
    """How far this record has come."""
    with database.reading() as connection:
        last = connection.execute(schema.LAST_CHECKPOINT).first()
    return Tip(0, "") if last is None else Tip(last.size, bytes(last.root).hex())


def put_on(copy: Path, server: Database) -> None:
    """Put the record in the file `copy` into an empty database, all of it or nothing.

    Does nothing where that very record is there already, as after a crash.

    Raises:
        Refused: the database holds another record.
    """
    source = Sqlite(copy, _quiet, create=False)
    try:
        migrate(server)
        wanted = tip(source)
        with server.writing() as target:
            if _count(target, schema.entry):
                if tip(server) == wanted:
                    return
                raise Refused(
                    f"{server.where} holds a record already; give an empty database, or keep that"
                )
            with source.reading() as connection:
                for table in schema.metadata.sorted_tables:
                    for rows in _rows(connection, table):
                        target.execute(insert(table), rows)
            last = target.scalar(schema.LAST_ID) or 0
            target.execute(text("SELECT setval('entry_id', :last)"), {"last": max(last, 1)})
    finally:
        source.close()


def outside(database: Database) -> int:
    """How many durable entries have no place in the tree yet; a copy would be without them."""
    with database.reading() as connection:
        return connection.scalar(schema.OUTSIDE_COUNT) or 0


def _copy_rows(database: Database, to: Path) -> None:
    """The record under its last checkpoint; what is durable beyond it comes with the next copy."""
    step = tables_step(database)
    copy = Sqlite(to, _quiet)
    try:
        migrate(copy)
        copy.founded()
        with database.reading() as source, copy.writing() as target:
            beyond = source.execute(schema.OUTSIDE, {"floor": 0, "limit": EVERY}).all()
            ids = {row.id for row in beyond}
            first: dict[str, int] = {}
            for row in beyond:
                first[row.log] = min(row.seq, first.get(row.log, row.seq))
            for table in schema.metadata.sorted_tables:
                for rows in _rows(source, table):
                    kept = [row for row in rows if _is_within(table, row, ids, first)]
                    if kept:
                        target.execute(insert(table), kept)
            target.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = :step"), {"step": step})
    finally:
        copy.close()


def _is_within(table: Table, row: dict[str, object], ids: set[int], first: dict[str, int]) -> bool:
    """Whether a row tells of nothing beyond the tree."""
    if table is schema.entry:
        return row["id"] not in ids
    if table is schema.disclosure:
        return row["entry"] not in ids
    if table is schema.client_key:
        last, bound = row["last_seq"], first.get(str(row["log"]))
        return bound is None or (isinstance(last, int) and last < bound)
    return True


def _rows(connection: Connection, table: Table) -> Iterator[Sequence[dict[str, object]]]:
    found = connection.execution_options(yield_per=ROWS_AT_ONCE).execute(select(table))
    for some in found.partitions(ROWS_AT_ONCE):
        yield [_named(row) for row in some]


def _named(row: Row[tuple[object, ...]]) -> dict[str, object]:
    return dict(row._mapping)


def _count(connection: Connection, table: Table) -> int:
    return connection.scalar(select(func.count()).select_from(table)) or 0


def _quiet(_: str) -> None:
    """A copy tells nothing of itself; what is wrong with it is raised."""
