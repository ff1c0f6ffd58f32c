"""Pieces of work as rows, the same on both engines: which are due, and who may go on with one.

What an append changes about them stands in `pieces` for the file, in `tocsin_append` for a server.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from tocsin.facts import LeaseLost
from tocsin.facts.learned import learned
from tocsin.journal import schema
from tocsin.journal.database import instant, micros
from tocsin.world import Due, Lease


@learned
class Piece(NamedTuple):
    """One row of `due`."""

    at: int | None
    holder: str | None
    until: int | None
    fence: int


def renewed(connection: Connection, lease: Lease, until: datetime) -> Lease | None:
    """The lease prolonged, or None when it is lost or its piece of work is over."""
    row = _row(connection, lease)
    if row is None or not is_newest(row, lease):
        return None
    connection.execute(
        schema.DUE_RENEWED,
        {"of_log": lease.log, "of_key": lease.key, "new_until": micros(until)},
    )
    return msgspec.structs.replace(lease, until=until)


def _row(connection: Connection, lease: Lease) -> Piece | None:
    found = connection.execute(schema.DUE_ONE, {"log": lease.log, "key": lease.key}).first()
    return None if found is None else Piece(*found)


def is_newest(row: Piece, lease: Lease) -> bool:
    """Whether nobody has claimed this piece of work after this lease, and it is not over."""
    return row.at is not None and (row.fence, row.holder) == (lease.fence, lease.holder)


def lost(lease: Lease, row: Piece | None) -> LeaseLost:
    """Why this lease is of no use, its piece of work being as in this row."""
    if row is None or row.at is None:
        found = "this piece of work is over"
    else:
        found = f"its newest claim is {row.fence}, by {row.holder or 'nobody'}"
    return LeaseLost(
        f"{lease.log}: {lease.holder} does not hold {lease.key} (claim {lease.fence}): {found}. "
        "Record nothing about it, and look again"
    )


def due_now(
    connection: Connection, now: datetime, limit: int, kinds: Collection[str] = ()
) -> list[Due]:
    """Pieces of work due and held by nobody, the oldest first; of these kinds, where some are."""
    asked = schema.due_now_of(tuple(sorted(kinds))) if kinds else schema.DUE_NOW
    rows = connection.execute(asked, {"now": micros(now), "limit": limit})
    return [
        Due(log=r.log, key=r.key, at=instant(r.at), fence=r.fence, last_holder=r.holder)
        for r in rows
    ]


def next_due(connection: Connection) -> datetime | None:
    """When the next piece of work falls due or its lease runs out."""
    found = connection.scalar(schema.NEXT_DUE)
    return None if found is None else instant(found)
