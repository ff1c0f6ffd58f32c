"""Pieces of work in the file: what an append checks and changes of them, in its own transaction.

A piece of work that is over keeps its row, without an instant, once it was ever claimed: so its
fence goes on growing should it come back, and no old lease ever fits a new one. On a server
`tocsin_append` does the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from tocsin.journal.database import micros
from tocsin.journal.leases import Piece, is_newest, lost
from tocsin.journal.sqlite import Sqlite
from tocsin.world import Lease, Work

_ONE = "SELECT at, holder, until, fence FROM due WHERE log = ? AND key = ?"
_OF_LOG = "SELECT key, at, fence FROM due WHERE log = ?"
_TAKE = "UPDATE due SET holder = ?, until = ?, fence = ? WHERE log = ? AND key = ?"
_INSERT = "INSERT INTO due (at, log, key, fence) VALUES (?, ?, ?, 0)"
_MOVE = "UPDATE due SET at = ? WHERE log = ? AND key = ?"
_REVIVE = "UPDATE due SET at = ?, holder = NULL, until = NULL WHERE log = ? AND key = ?"
_END = "UPDATE due SET at = NULL WHERE log = ? AND key = ?"
_DELETE = "DELETE FROM due WHERE log = ? AND key = ?"


class Pieces:
    """The pieces of work as this transaction sees them."""

    def __init__(self, database: Sqlite, connection: Connection) -> None:
        self._database, self._connection = database, connection

    def check_held(self, lease: Lease) -> None:
        """Nothing, if this lease is still the newest on a piece of work that is not over.

        Raises:
            LeaseLost: another worker has claimed it since, or it is over.
        """
        row = self._piece(lease)
        if row is None or not is_newest(row, lease):
            raise lost(lease, row)

    def check_takable(self, lease: Lease, now: datetime) -> None:
        """Nothing, if this lease can be taken: its piece of work is there, unclaimed, and free.

        Raises:
            LeaseLost: someone else was first, or there is no such piece of work.
        """
        row = self._piece(lease)
        if (
            row is None
            or row.at is None
            or row.fence != lease.fence - 1
            or (row.until is not None and row.until > micros(now))
        ):
            raise lost(lease, row)

    def apply(self, log: str, work: Work) -> None:
        """Make the changes that `work` asks for; its claims have been checked."""
        if work.take is not None:
            one = work.take
            self._put(_TAKE, [(one.holder, micros(one.until), one.fence, one.log, one.key)])
        if work.due is not None:
            self._replace(log, work.due)

    def _piece(self, lease: Lease) -> Piece | None:
        found = self._database.ask(self._connection, _ONE, lease.log, lease.key)
        return Piece(*found[0]) if found else None

    def _replace(self, log: str, wanted: Mapping[str, datetime]) -> None:
        rows = self._database.ask(self._connection, _OF_LOG, log)
        present = {key: (at, fence) for key, at, fence in rows}
        for key, when in wanted.items():
            at = micros(when)
            if key not in present:
                self._put(_INSERT, [(at, log, key)])
            elif present[key][0] is None:
                self._put(_REVIVE, [(at, log, key)])
            elif present[key][0] != at:
                self._put(_MOVE, [(at, log, key)])
        for key, (at, fence) in present.items():
            if at is not None and key not in wanted:
                self._put(_END if fence else _DELETE, [(log, key)])

    def _put(self, statement: str, rows: list[tuple[int | str, ...]]) -> None:
        self._database.put(self._connection, statement, rows)
