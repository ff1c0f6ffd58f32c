"""The tree as it is stored: leaves, every eighth level, and what follows from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from tocsin.facts import Tampered
from tocsin.journal import merkle, schema, spans
from tocsin.journal.database import Database

Fetch = Callable[[int, int, int], Iterable[tuple[int, bytes]]]
"""Gives (index, hash) of stored nodes of a level, from `first` (inclusive) to `beyond`."""

Sign = Callable[[int, bytes], bytes]
"""Gives the signed checkpoint over a size and its root."""

CACHED_NODES_MAX = 200_000


def fetch_by(connection: Connection) -> Fetch:
    """Stored nodes as this transaction sees them."""

    def fetch(level: int, first: int, beyond: int) -> list[tuple[int, bytes]]:
        span = {"first": first, "beyond": beyond}
        if level == 0:
            return list(spans.leaf_hashes(connection, first, beyond))
        found = connection.execute(schema.NODE_HASHES, {"level": level, **span})
        return [(idx, hash_) for idx, hash_ in found]

    return fetch


class Nodes:
    """Any complete subtree's hash. Complete subtrees never change, so they may be remembered."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._known: dict[tuple[int, int], bytes] = {}

    def __call__(self, level: int, index: int) -> bytes:
        """The hash of complete subtree `index` of 2^`level` leaves.

        Raises:
            Tampered: a stored hash below it is missing.
        """
        found = self._known.get((level, index))
        return self._load(level, index) if found is None else found

    def _load(self, level: int, index: int) -> bytes:
        below = level // merkle.STORED_LEVELS * merkle.STORED_LEVELS
        block = index >> (below + merkle.STORED_LEVELS - level)
        first, beyond = (
            block << merkle.STORED_LEVELS,
            (block + 1) << merkle.STORED_LEVELS,
        )
        row = dict(self._fetch(below, first, beyond))
        if len(self._known) > CACHED_NODES_MAX:
            self._known = {}
        known = self._known
        for up in range(merkle.STORED_LEVELS):
            known.update(((below + up, idx), hash_) for idx, hash_ in row.items())
            row = {
                idx >> 1: merkle.parent(row[idx], row[idx + 1])
                for idx in row
                if not idx & 1 and idx + 1 in row
            }
        if (level, index) not in known:
            raise Tampered(
                f"the tree lacks hashes under leaves {index << level} to "
                f"{((index + 1) << level) - 1}; run `tocsin verify`"
            )
        return known[level, index]


class _Edge(NamedTuple):
    frontier: merkle.Frontier
    root: bytes


class Trunk:
    """The growing tree of one record, in one process. It never signs a tree that shrank."""

    def __init__(self, database: Database, sign: Sign) -> None:
        self._database, self._sign = database, sign
        self._last = _Edge(merkle.Frontier(), merkle.EMPTY_ROOT)
        self._grown: _Edge | None = None

    def grow(self, connection: Connection, ids: Sequence[int], leaves: Sequence[bytes]) -> int:
        """Append the leaf hashes of these entries under signed checkpoints; gives the new size.

        Args:
            ids: the entries' ids, sorted.

        Raises:
            Tampered: the stored tree does not lead to its own last checkpoint, or has shrunk.
        """
        frontier = self._present(connection)
        checkpoints, nodes = [], []
        for start, end in spans.cuts(ids):
            span = leaves[start:end]
            nodes += frontier.extend(span)
            size, root = frontier.size, frontier.root()
            note = self._sign(size, root)
            checkpoints.append((size, ids[start], end - start, root, note, b"".join(span)))
        self._database.grow(connection, checkpoints, nodes)
        self._grown = _Edge(frontier, root)
        return frontier.size

    def committed(self) -> None:
        """What was grown last is on disk."""
        if self._grown is not None:
            self._last, self._grown = self._grown, None

    def dropped(self) -> None:
        """What was grown last was rolled back, or nobody knows."""
        self._grown = None

    def _present(self, connection: Connection) -> merkle.Frontier:
        size, root = self._database.tip(connection) or (0, merkle.EMPTY_ROOT)
        last, last_root = self._last
        if size < last.size:
            raise Tampered(
                f"the record had {last.size} entries a moment ago and has {size} now: "
                "an old copy was put in its place. Stop, and keep both"
            )
        if size == last.size and root == last_root:
            return last.copy()
        return checked_frontier(size, root, Nodes(fetch_by(connection)))


def last_checkpoint(connection: Connection) -> tuple[int, bytes]:
    """Size and root of the last checkpoint; an empty tree's when there is none."""
    found = connection.execute(schema.LAST_CHECKPOINT).first()
    return (0, merkle.EMPTY_ROOT) if found is None else (found.size, found.root)


def checked_frontier(size: int, root: bytes, node: merkle.Node) -> merkle.Frontier:
    """The right edge of the tree at `size`, which must lead to `root`.

    Raises:
        Tampered: it does not.
    """
    frontier = merkle.frontier_at(size, node)
    if frontier.root() != root:
        raise Tampered(
            f"the stored tree of {size} entries does not lead to the root that its checkpoint "
            "names: the record was changed. Stop, keep everything, and run `tocsin verify`"
        )
    return frontier
