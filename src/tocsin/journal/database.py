"""What the record needs of a database engine, and where the two engines differ."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Protocol

from sqlalchemy import Connection, Engine

from tocsin.world import Grown

SINCE_MOST = 1000
"""How many entries are worth reading one by one to learn which logs they belong to."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


EntryRow = tuple[int, str, int, bytes]
"""One row of `entry`: id, log, sequence number, body. Plain, because there are very many."""

CheckpointRow = tuple[int, int, int, bytes, bytes, bytes]
"""One row of `checkpoint`: size, first entry's id, how many entries, root, note, leaf hashes."""

NodeRow = tuple[int, int, bytes]
"""One row of `node`: level, index, hash."""

WordsRow = tuple[int, str, bytes]
"""One row of `disclosure`: the entry's id, the digest, the words."""


class Database(Protocol):
    """One engine. `writing` and `reading` are whole transactions whose errors are ours."""

    where: str
    integrates_at_once: bool
    journal_mode: str
    writer: Engine

    def reading(self) -> AbstractContextManager[Connection]:
        """A transaction that sees one state of the record and changes nothing."""

    def peeking(self) -> AbstractContextManager[Connection]:
        """As `reading`, for one single statement, which sees one state of the record anyway."""

    def writing(self) -> AbstractContextManager[Connection]:
        """A transaction that is committed at the end, or rolled back by an error."""

    def check_may_found(self) -> None:
        """Nothing, if an empty database here may become a record; else raises why not."""

    def founded(self) -> None:
        """The tables are there, durably: nothing empty will ever be taken for a new record."""

    def lock(self, connection: Connection, logs: Iterable[str]) -> None:
        """Until the transaction ends nobody else appends to these logs."""

    def tip(self, connection: Connection) -> tuple[int, bytes] | None:
        """Size and root of the last checkpoint; None when there is none."""

    def grow(
        self,
        connection: Connection,
        checkpoints: list[CheckpointRow],
        nodes: list[NodeRow],
    ) -> None:
        """Write checkpoints with their leaves, and the nodes above them."""

    def elected(self, connection: Connection, *, wait: bool) -> bool:
        """Whether this transaction alone may grow the tree until it ends."""

    def settled_floor(self, connection: Connection) -> int:
        """An id below which, inclusive, everything is in the tree and nothing can come late."""

    def looked_through(self) -> None:
        """The look above the last `settled_floor` was complete, and is committed."""

    def mark(self) -> int:
        """An id up to which, inclusive, every look from now on sees all that there will ever be."""

    def since(self, mark: int) -> Grown | None:
        """The logs with entries above a mark, in one look; None where those are very many."""

    def make_room(self) -> bool:
        """Free what was kept in reserve. False when there is nothing left to free."""

    def scrub(self) -> None:
        """Make deleted words vanish from the files."""

    def now(self) -> datetime | None:
        """The server's clock, where all who write share one."""

    def close(self) -> None:
        """Let go of all connections."""


def micros(instant: datetime) -> int:
    """Microseconds since 1970 (UTC)."""
    return (instant - EPOCH) // timedelta(microseconds=1)


def instant(micros_since_1970: int) -> datetime:
    """The instant, in UTC."""
    return EPOCH + timedelta(microseconds=micros_since_1970)
