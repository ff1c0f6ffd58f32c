"""Many appends in one transaction, each of them all or nothing, none spoiling another.

On a file the transaction has locked the whole record; a server settles a batch by a function of its
own, see `question`, to the same effect.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection

from tocsin.facts import Conflict, Refused
from tocsin.facts.record import Prepared, disclosure_digest
from tocsin.journal import schema
from tocsin.journal.pieces import Pieces
from tocsin.journal.sqlite import Sqlite
from tocsin.world import Appended, State, Work


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One append, ready to be written: its entries follow entry `expected_seq` of `log`."""

    log: str
    expected_seq: int
    entries: Sequence[Prepared]
    client_key: str | None
    work: Work | None
    now: datetime

    @property
    def touches(self) -> frozenset[str]:
        """The logs it must lock."""
        return frozenset((self.log,))


class Aside(msgspec.Struct, frozen=True, kw_only=True):
    """A small write beside the entries: a lease prolonged, a cosignature kept, words erased."""

    logs: frozenset[str]
    run: Callable[[Connection], object]

    @property
    def touches(self) -> frozenset[str]:
        """The logs it must lock."""
        return self.logs


class Batch:
    """The changes of one transaction. Checks come before writes, so a refused one leaves none.

    After `flush`, `ids` and `leaves` are those of the entries that were written.
    """

    def __init__(
        self, database: Sqlite, connection: Connection, logs: set[str], count: int
    ) -> None:
        self._database, self._connection = database, connection
        self._pieces = Pieces(database, connection)
        self._heads, self.ids = database.claim(connection, logs, count)
        self._accepted: list[Change] = []
        self._keys: dict[tuple[str, str], Appended] = {}
        self.leaves: list[bytes] = []

    def settle(self, change: Change) -> Appended:
        """What becomes of this change; its entries are written by `flush`.

        Raises:
            Conflict: its log has moved on.
            LeaseLost: its lease is not, or no longer, the newest.
        """
        earlier = self._earlier(change)
        if earlier is not None:
            return earlier
        head = self._heads[change.log]
        if head != change.expected_seq:
            raise Conflict(change.log, change.expected_seq, head)
        work = change.work
        if work is not None:
            if work.held is not None:
                self._pieces.check_held(work.held)
            if work.take is not None:
                self._pieces.check_takable(work.take, change.now)
            self._pieces.apply(change.log, work)
        return self._accept(change)

    def beside(self, aside: Aside) -> object:
        """What this small write gives. Raises Refused before it changes anything, or not at all."""
        return aside.run(self._connection)

    def flush(self) -> None:
        """Write all accepted entries, what lies beside them, and the client keys."""
        prepared = [one for change in self._accepted for one in change.entries]
        if prepared:
            self._write_entries(prepared)
        keys = [
            {"log": log, "key": key, "first_seq": done.first_seq, "last_seq": done.last_seq}
            for (log, key), done in self._keys.items()
        ]
        if keys:
            self._connection.execute(schema.INSERT_CLIENT_KEY, keys)

    def _write_entries(self, prepared: Sequence[Prepared]) -> None:
        self.ids = self.ids[: len(prepared)]  # what was refused needs none
        self._database.insert_entries(
            self._connection,
            [(id_, p.log, p.seq, p.body) for id_, p in zip(self.ids, prepared, strict=True)],
        )
        beside = [
            (id_, disclosure_digest(body), body)
            for id_, p in zip(self.ids, prepared, strict=True)
            for body in p.disclosures
        ]
        if beside:
            self._database.insert_words(self._connection, beside)
        self.leaves = [p.leaf for p in prepared]

    def _accept(self, change: Change) -> Appended:
        last = change.expected_seq + len(change.entries)
        self._heads[change.log] = last
        self._accepted.append(change)
        done = Appended(
            log=change.log,
            first_seq=change.expected_seq + 1,
            last_seq=last,
            state=State.INTEGRATED,
            repeated=False,
        )
        if change.client_key is not None:
            self._keys[change.log, change.client_key] = done
        return done

    def _earlier(self, change: Change) -> Appended | None:
        if change.client_key is None:
            return None
        done = self._keys.get((change.log, change.client_key))
        if done is not None:
            return msgspec.structs.replace(done, repeated=True)
        place = {"log": change.log, "key": change.client_key}
        row = self._connection.execute(schema.CLIENT_KEY, place).first()
        if row is None:
            return None
        return Appended(
            log=change.log,
            first_seq=row.first_seq,
            last_seq=row.last_seq,
            state=State.INTEGRATED,
            repeated=True,
        )


def settled(batch: Batch, changes: Sequence[Change | Aside]) -> list[object]:
    """What becomes of each change: an answer, or the reason why it was refused."""
    found: list[object] = []
    for change in changes:
        try:
            found.append(
                batch.settle(change) if isinstance(change, Change) else batch.beside(change)
            )
        except Refused as no:
            found.append(no)
    return found
