"""What the database's own errors mean, in words a person can act on.

A fault never becomes a silent loss: whoever asked gets Unreachable (nothing was acknowledged; try
again when the cause is gone) or BrokenLog (stop, keep everything).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from tocsin.facts import BrokenLog, Unreachable


class DiskFull(Unreachable):
    """No space is left where the record lies."""


class Disconnected(Unreachable):
    """The connection to the server had ended before. All older connections are dropped with it."""


_SQLITE = {
    sqlite3.SQLITE_READONLY: "is on a read-only disk or may not be written by this account; "
    "make it writable and try again",
    sqlite3.SQLITE_BUSY: "is locked by another process for too long; "
    "wait for that process or end it, and try again",
    sqlite3.SQLITE_LOCKED: "is locked by another part of this process; try again",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened; check that the folder is there and readable",
    sqlite3.SQLITE_PERM: "may not be opened by this account; correct its permissions",
    sqlite3.SQLITE_AUTH: "may not be opened by this account; correct its permissions",
    sqlite3.SQLITE_NOTADB: "is not a database; put the right file back from a copy",
    sqlite3.SQLITE_CORRUPT: "is damaged or cut short; keep the file, and put a copy back",
    sqlite3.SQLITE_IOERR: "could not be read or written; check the disk and try again",
    sqlite3.SQLITE_NOMEM: "needs more memory than there is; free some and try again",
}
_POSTGRES = {
    "08": "cannot be reached; check that the server runs and try again",
    "25006": "is read-only: this server is a replica or was made so; use the one that writes",
    "28": "refused this account; check its name and password",
    "3D000": "is not there: the server has no database of this name; create it",
    "40": "was busy with a clashing change; try again",
    "42501": "does not allow this account to do that; grant it the right",
    "42P01": "lacks a table of the record; put a copy back",
    "53100": "has no space left; free some on the server and try again",
    "53": "has not enough memory or connections; relieve the server and try again",
    "55P03": "is locked by another process for too long; wait for it and try again",
    "57": "was shut down or interrupted; wait until it is back and try again",
    "58": "met a fault of its disk; check the server and try again",
    "XX": "reports internal damage; keep everything, and put a copy back",
}


def meaning(error: SQLAlchemyError, where: str) -> Unreachable | BrokenLog:
    """The error to raise instead of a database's own."""
    orig = error.orig if isinstance(error, DBAPIError) else None
    if isinstance(orig, sqlite3.Error):
        return _of_sqlite(orig, where)
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return disconnected(where)
    return meaning_of_server(orig or error, where)


def disconnected(where: str) -> Disconnected:
    """The error to raise when a connection turns out to have ended."""
    return Disconnected(f"{where} cannot be reached; check that the server runs and try again")


def meaning_of_server(error: BaseException, where: str) -> Unreachable | BrokenLog:
    """The error to raise instead of one of the server's driver."""
    state = getattr(error, "sqlstate", None)
    if state is None:
        said = str(error).strip().splitlines()
        return Unreachable(
            f"{where} cannot be reached; check that the server runs and try again "
            f"({said[0] if said else type(error).__name__})"
        )
    return _of_postgres(str(state), str(error).strip(), where)


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Within it, the database's own errors become ours."""
    try:
        yield
    except SQLAlchemyError as bad:
        raise meaning(bad, where) from bad
    except sqlite3.Error as bad:  # from statements that go straight to the driver
        raise _of_sqlite(bad, where) from bad


def _of_sqlite(error: sqlite3.Error, where: str) -> Unreachable | BrokenLog:
    code = getattr(error, "sqlite_errorcode", None)
    primary = None if code is None else code & 0xFF
    if primary == sqlite3.SQLITE_FULL:
        return DiskFull(f"{where}: the disk is full; free some space and try again")
    if primary == sqlite3.SQLITE_CONSTRAINT:
        return BrokenLog(f"{where} refused a change that would break the record: {error}")
    if primary in _SQLITE:
        return Unreachable(f"{where} {_SQLITE[primary]} ({error})")
    if primary == sqlite3.SQLITE_ERROR and "no such table" in str(error):
        return BrokenLog(f"{where} lacks a table of the record; put a copy back ({error})")
    return Unreachable(f"{where} did not do what was asked ({error})")


def _of_postgres(state: str, said: str, where: str) -> Unreachable | BrokenLog:
    line = said.splitlines()[0] if said else state
    if state.startswith("23") or state == "P0001":
        return BrokenLog(f"{where} refused a change that would break the record: {line}")
    words = _POSTGRES.get(state) or _POSTGRES.get(state[:2])
    if state == "53100":
        return DiskFull(f"{where} {words} ({line})")
    return Unreachable(f"{where} {words or 'did not do what was asked'} ({line})")
