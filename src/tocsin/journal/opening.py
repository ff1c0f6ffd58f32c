"""What happens before a record may be used: the right engine, its tables, and a look at its tail.

A tail that does not match the last checkpoint means that someone changed the record, or that a disk
lost what it had promised: the record stays shut, so that nothing is built upon it.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection

from tocsin.facts import Tampered
from tocsin.facts.record import leaf_hash
from tocsin.journal import schema, spans
from tocsin.journal.database import Database
from tocsin.journal.migrate import migrate
from tocsin.journal.postgres import Postgres
from tocsin.journal.sqlite import FILE, Sqlite
from tocsin.journal.tree import Nodes, checked_frontier, fetch_by

TAIL = 256


def database_at(
    where: Path | str,
    on_warning: Callable[[str], None],
    *,
    create: bool = True,
    home: Path | None = None,
) -> Database:
    """The engine for a file, its folder, or a server's address."""
    if isinstance(where, str):
        return Postgres(where, on_warning)
    file = where if where.suffix == ".db" else where / FILE
    return Sqlite(file, on_warning, create=create, reserve=(home or file.parent) / "reserve")


def opened(database: Database, origin: str, *, check_tail: bool = True) -> None:
    """The tables are up to date, and the tail leads to the last checkpoint of this origin.

    Raises:
        Tampered: it does not.
        BrokenLog: not a record, or one of a newer version.
    """
    migrate(database)
    database.founded()
    if not check_tail:
        return
    with database.reading() as connection:
        tail_checked(connection, origin, at_once=database.integrates_at_once)


def tail_checked(connection: Connection, origin: str, *, at_once: bool) -> None:
    """Nothing, if leaves, stored nodes and the last entries lead to the last checkpoint.

    Args:
        at_once: entries and leaves are written together, so no entry may be without a leaf.

    Raises:
        Tampered: they do not.
    """
    last = connection.execute(schema.LAST_CHECKPOINT).first()
    size = 0 if last is None else last.size
    if last is not None:
        _check_note(last.note, origin, size, last.root)
        checked_frontier(size, last.root, Nodes(fetch_by(connection)))
        _check_entries(connection, size)
    if at_once:
        _check_nothing_outside(connection)


def _check_note(note: bytes, origin: str, size: int, root: bytes) -> None:
    wanted = [origin, str(size), base64.b64encode(root).decode()]
    found = bytes(note).decode("utf-8", "replace").split("\n")[:3]
    if found != wanted:
        raise Tampered(
            f"the last checkpoint is one of {found[0]!r} over {found[1:2]} entries, but this is "
            f"{origin!r} with {size}: the record or its settings were exchanged"
        )


def _check_entries(connection: Connection, size: int) -> None:
    first = max(0, size - TAIL)
    leaves = spans.leaves(connection, first, size)
    if [leaf.idx for leaf in leaves] != list(range(first, size)):
        raise Tampered(
            f"places of the tree before its end at {size} are empty: a checkpoint was changed or "
            "lost. Keep everything, and run `tocsin verify`"
        )
    for leaf in leaves:
        if leaf.body is None:
            raise Tampered(f"the entry at place {leaf.idx} of the tree is missing")
        if leaf_hash(leaf.body) != leaf.hash:
            raise Tampered(
                f"entry {leaf.log}/{leaf.seq} was changed after it was recorded: it does not match "
                "its place in the tree. Keep everything, and run `tocsin verify`"
            )


def _check_nothing_outside(connection: Connection) -> None:
    last_entry = connection.scalar(schema.LAST_ID) or 0
    last_leaf = connection.scalar(schema.LAST_ENTRY_IN_TREE) or 0
    if last_entry != last_leaf:
        raise Tampered(
            f"the last entry has the number {last_entry}, but the tree ends with {last_leaf}: "
            "entries were added or removed past the tree. Keep everything, run `tocsin verify`"
        )
