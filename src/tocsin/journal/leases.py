"""Pieces of work as rows: what an append may change about them, in its own transaction.

A piece of work that is over keeps its row, without an instant, once it was ever claimed: so its
fence goes on growing should it come back, and no old lease ever fits a new one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from tocsin.facts import LeaseLost
from tocsin.journal import schema
from tocsin.journal.database import instant, micros
from tocsin.world import Due, Lease, Work


class Piece(NamedTuple):
    """One row of `due`."""

    at: int | None
    holder: str | None
    until: int | None
    fence: int


def check_held(connection: Connection, lease: Lease) -> None:
    """Nothing, if this lease is still the newest on a piece of work that is not over.

    Raises:
        LeaseLost: another worker has claimed it since, or it is over.
    """
    row = _row(connection, lease)
    if row is None or not _is_newest(row, lease):
        raise lost(lease, row)


def check_takable(connection: Connection, lease: Lease, now: datetime) -> None:
    """Nothing, if this lease can be taken: its piece of work is there, unclaimed, and free.

    Raises:
        LeaseLost: someone else was first, or there is no such piece of work.
    """
    row = _row(connection, lease)
    if (
        row is None
        or row.at is None
        or row.fence != lease.fence - 1
        or (row.until is not None and row.until > micros(now))
    ):
        raise lost(lease, row)


def apply_work(connection: Connection, log: str, work: Work) -> None:
    """Make the changes that `work` asks for; its claims have been checked in this transaction."""
    if work.take is not None:
        _take(connection, work.take)
    if work.due is not None:
        _replace_due(connection, log, work.due)


def renewed(connection: Connection, lease: Lease, until: datetime) -> Lease | None:
    """The lease prolonged, or None when it is lost or its piece of work is over."""
    row = _row(connection, lease)
    if row is None or not _is_newest(row, lease):
        return None
    longer = msgspec.structs.replace(lease, until=until)
    _take(connection, longer)
    return longer


def _row(connection: Connection, lease: Lease) -> Piece | None:
    found = connection.execute(schema.DUE_ONE, {"log": lease.log, "key": lease.key}).first()
    return None if found is None else Piece(*found)


def _is_newest(row: Piece, lease: Lease) -> bool:
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


def _take(connection: Connection, lease: Lease) -> None:
    connection.execute(
        schema.DUE_TAKEN,
        {
            "of_log": lease.log,
            "of_key": lease.key,
            "new_holder": lease.holder,
            "new_until": micros(lease.until),
            "new_fence": lease.fence,
        },
    )


def due_now(connection: Connection, now: datetime, limit: int) -> list[Due]:
    """Pieces of work due and held by nobody, the oldest first."""
    rows = connection.execute(schema.DUE_NOW, {"now": micros(now), "limit": limit})
    return [
        Due(log=r.log, key=r.key, at=instant(r.at), fence=r.fence, last_holder=r.holder)
        for r in rows
    ]


def next_due(connection: Connection) -> datetime | None:
    """When the next piece of work falls due or its lease runs out."""
    found = connection.scalar(schema.NEXT_DUE)
    return None if found is None else instant(found)


def _replace_due(connection: Connection, log: str, wanted: Mapping[str, datetime]) -> None:
    present = {row.key: row for row in connection.execute(schema.DUE_OF_LOG, {"log": log})}
    new, moved, revived = [], [], []
    for key, when in wanted.items():
        at, row = micros(when), present.get(key)
        place = {"of_log": log, "of_key": key, "new_at": at}
        if row is None:
            new.append({"log": log, "key": key, "at": at, "fence": 0})
        elif row.at is None:
            revived.append(place)
        elif row.at != at:
            moved.append(place)
    gone = [row for key, row in present.items() if key not in wanted and row.at is not None]
    over = [{"of_log": log, "of_key": row.key} for row in gone if row.fence]
    deleted = [{"of_log": log, "of_key": row.key} for row in gone if not row.fence]
    for statement, rows in (
        (schema.DUE_DELETED, deleted),
        (schema.DUE_OVER, over),
        (schema.DUE_REVIVED, revived),
        (schema.DUE_MOVED, moved),
        (schema.INSERT_DUE, new),
    ):
        if rows:
            connection.execute(statement, rows)
