"""The entries of one log as they lie in the record, page by page so that memory stays small."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from tocsin.journal import schema
from tocsin.journal.database import Database

PAGE = 2_000


class StoredEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as it lies in the record. `index` is its place in the tree, None until it has one.

    Args:
        disclosures: those that are still there, sorted.
    """

    index: int | None
    seq: int
    body: bytes
    disclosures: tuple[bytes, ...]


def stored_entries(database: Database, log: str) -> Iterator[StoredEntry]:
    """The entries of `log` in order; what is recorded meanwhile may or may not be among them."""
    after = 0
    while True:
        page = _page(database, log, after)
        yield from page
        if len(page) < PAGE:
            return
        after = page[-1].seq


def _page(database: Database, log: str, after: int) -> list[StoredEntry]:
    beside: dict[int, list[bytes]] = {}
    with database.reading() as connection:
        place = {"log": log, "after": after, "limit": PAGE}
        rows = connection.execute(schema.ENTRIES, place).all()
        if rows:
            span = {"log": log, "after": after, "last": rows[-1].seq}
            for id_, words in connection.execute(schema.DISCLOSURES_WITHIN, span):
                beside.setdefault(id_, []).append(words)
    return [
        StoredEntry(index=idx, seq=seq, body=body, disclosures=tuple(sorted(beside.get(id_, ()))))
        for id_, seq, body, idx in rows
    ]
