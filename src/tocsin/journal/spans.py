"""The leaves as they are stored: many in one row, so that an entry costs the tree 32 bytes.

A span is a run of places in the tree whose entries have ids that follow one another; it lies in the
row of the checkpoint that added it. What commits late, with an id between others, becomes a span of
its own, under a checkpoint of its own. Spans never overlap.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from tocsin.journal import schema
from tocsin.journal.merkle import HASH_BYTES

ENTRIES_MAX = 1_000
"""A proof reads whole spans, so they stay small."""

DENSE = 4
"""Up to how many ids for each entry that is wanted a range of ids is read rather than a list."""


class Leaf(NamedTuple):
    """A place in the tree, and the entry that stands there.

    Args:
        body: None when there is no such entry; then `log` and `seq` mean nothing.
    """

    idx: int
    hash: bytes
    id: int
    log: str
    seq: int
    body: bytes | None


class _Run(NamedTuple):
    idx: int
    id: int
    hashes: bytes


def cuts(ids: Sequence[int]) -> list[tuple[int, int]]:
    """Where to cut sorted entry ids into spans: the (start, end) of each, end exclusive."""
    found, start = [], 0
    while start < len(ids):
        first, end = ids[start], min(len(ids), start + ENTRIES_MAX)
        if ids[end - 1] - first != end - 1 - start:  # there is a gap
            end = start + 1
            while ids[end] - first == end - start:
                end += 1
        found.append((start, end))
        start = end
    return found


def leaf_hashes(connection: Connection, first: int, beyond: int) -> Iterator[tuple[int, bytes]]:
    """(place, leaf hash) from `first` (inclusive) to `beyond`, as far as they are there."""
    for run in _runs(connection, first, beyond):
        for n in range(len(run.hashes) // HASH_BYTES):
            yield run.idx + n, run.hashes[n * HASH_BYTES : (n + 1) * HASH_BYTES]


def leaves(connection: Connection, first: int, beyond: int) -> list[Leaf]:
    """The leaves from `first` (inclusive) to `beyond` in order, with what stands there."""
    runs = _runs(connection, first, beyond)
    ids = _ids(runs)
    low, high, dense = _reach(ids)
    if dense:
        rows = connection.execute(schema.ENTRIES_BETWEEN, {"low": low, "high": high}).all()
    else:
        rows = connection.execute(schema.ENTRIES_OF, {"ids": ids}).all()
    there = {row[0]: row for row in rows}
    found: list[Leaf] = []
    for idx, id_, hashes in runs:
        for n in range(len(hashes) // HASH_BYTES):
            hash_ = hashes[n * HASH_BYTES : (n + 1) * HASH_BYTES]
            row = there.get(id_ + n)
            if row is None:
                found.append(Leaf(idx + n, hash_, id_ + n, "", 0, None))
            else:
                found.append(Leaf(idx + n, hash_, *row))
    return found


def words_beside(
    connection: Connection, found: Sequence[Leaf]
) -> dict[int, list[tuple[str, bytes]]]:
    """(digest, disclosure) of these leaves' entries, by entry id."""
    ids = [leaf.id for leaf in found]
    low, high, dense = _reach(ids)
    if dense:
        rows = connection.execute(schema.DISCLOSURES_BETWEEN, {"low": low, "high": high}).all()
    else:
        rows = connection.execute(schema.DISCLOSURES_AMONG, {"ids": ids}).all()
    beside: dict[int, list[tuple[str, bytes]]] = {}
    for id_, digest, body in rows:
        beside.setdefault(id_, []).append((digest, body))
    return beside


def _runs(connection: Connection, first: int, beyond: int) -> list[_Run]:
    found = []
    span = {"first": first, "beyond": beyond}
    for first_idx, first_entry, entries, hashes in connection.execute(schema.SPANS, span):
        skip = max(0, first - first_idx)
        keep = min(entries, beyond - first_idx)
        if skip < keep:
            part = hashes[skip * HASH_BYTES : keep * HASH_BYTES]
            found.append(_Run(first_idx + skip, first_entry + skip, part))
    return found


def _ids(runs: Sequence[_Run]) -> list[int]:
    return [run.id + n for run in runs for n in range(len(run.hashes) // HASH_BYTES)]


def _reach(ids: Sequence[int]) -> tuple[int, int, bool]:
    low, high = min(ids, default=0), max(ids, default=0)
    return low, high, high - low < DENSE * max(1, len(ids))
