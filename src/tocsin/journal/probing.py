"""Whether the record could be written right now, and whether the database still guards it.

Nothing is changed by asking: what is tried is rolled back.
"""

from __future__ import annotations

from sqlalchemy import text

from tocsin.journal.store import Store

INSERT_ONLY = ("entry", "checkpoint", "node", "cosignature", "client_key")
"""Tables of which the database itself refuses to change or delete a row."""
NEVER_CHANGED = ("disclosure",)
"""Tables whose rows may be deleted, for words can be erased, and never changed."""

_TRY = text("INSERT INTO due (log, key, at, fence) VALUES ('probe', 'doctor', 0, 0)")
_ON_SQLITE = text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
_ON_SERVER = text("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'")


class _Enough(Exception):
    """The write was accepted; it is taken back."""


def write_tried(store: Store) -> None:
    """Passes when the database takes a write now; the write is rolled back.

    Raises:
        Unreachable: read-only, locked, full, or away.
    """
    try:
        with store.database.writing() as connection:
            connection.execute(_TRY)
            raise _Enough
    except _Enough:
        return


def guards_missing(store: Store) -> list[str]:
    """The triggers that hold the record append-only and are gone or switched off, sorted."""
    wanted = {f"{table}_no_update" for table in (*INSERT_ONLY, *NEVER_CHANGED)}
    wanted |= {f"{table}_no_delete" for table in INSERT_ONLY}
    if store.is_postgres:
        wanted |= {f"{table}_no_truncate" for table in (*INSERT_ONLY, *NEVER_CHANGED)}
    with store.database.reading() as connection:
        there = set(connection.scalars(_ON_SERVER if store.is_postgres else _ON_SQLITE))
    return sorted(wanted - there)
