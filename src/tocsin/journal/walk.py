"""Walks the whole record and names the first entry that is not as it was recorded.

Every leaf hash is computed anew from the entry's bytes, the root from the leaves; nothing stored is
believed. Who signed the checkpoint, and whether an older copy was put back, is for others to say.
"""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import msgspec

from tocsin.facts import Proof
from tocsin.facts.record import Body, disclosure_digest
from tocsin.facts.records import Erased
from tocsin.journal import merkle, schema, spans
from tocsin.journal.store import Store
from tocsin.journal.tree import fetch_by

PAGE = 4_000
CHECKPOINTS_A_PAGE = 32
ERASED = Erased.__struct_config__.tag


class Walked(msgspec.Struct, frozen=True, kw_only=True):
    """What a walk found.

    Args:
        size: how many entries of the tree were walked.
        root: the root over them, computed from the entries' bytes alone.
        waiting: durable entries that have no place in the tree yet.
        first_broken: the first entry that breaks, and how; None when none does.
    """

    size: int
    root: bytes
    waiting: int
    first_broken: str | None


Look = Callable[[bytes, Sequence[bytes]], None]
"""Takes an entry that asks for a closer look: its body, and the words that are still beside it."""

Progress = Callable[[int, int], None]
"""Told how many entries were walked over, and how many there are."""


class _Broken(Exception):
    """Carries the words for `first_broken` out of the walk."""


def verify_store(
    store: Store, *, look: Look | None = None, progress: Progress | None = None
) -> Walked:
    """Recompute everything, in pages; writers are not held up and memory stays small.

    An entry that is recorded while the walk goes on is covered by the next walk.

    Args:
        look: gets each entry that its author signed, whose words are not all there, or that says
            that words were erased; its bytes are those of its leaf. Few entries are of that sort,
            and to read them all costs more than the walk.
    """
    walk = _Walk(store, look)
    broken: str | None = None
    waiting = 0
    try:
        walk.tree(progress)
        waiting = walk.outside()
    except _Broken as found:
        broken = str(found)
    return Walked(
        size=walk.frontier.size, root=walk.frontier.root(), waiting=waiting, first_broken=broken
    )


class _Walk:
    """One walk: the tree so far, and the last sequence number of each log."""

    def __init__(self, store: Store, look: Look | None) -> None:
        self._database = store.database
        self.frontier = merkle.Frontier()
        self._heads: dict[str, int] = {}
        self._nodes: dict[tuple[int, int], bytes] = {}
        self._body = msgspec.json.Decoder(Body)
        self._look = look

    def tree(self, progress: Progress | None) -> None:
        """Walk all leaves up to the last checkpoint there is now, and compare its root."""
        with self._database.reading() as connection:
            last = connection.execute(schema.LAST_CHECKPOINT).first()
        size = 0 if last is None else last.size
        while self.frontier.size < size:
            with _without_collector():
                self._page(min(size, self.frontier.size + PAGE))
            if progress is not None:
                progress(self.frontier.size, size)
        self._check_nodes()

    def outside(self) -> int:
        """Look at what is not in the tree yet; how many entries that is."""
        with self._database.reading() as connection:
            rows = connection.execute(schema.OUTSIDE, {"floor": 0, "limit": PAGE}).all()
            count = connection.scalar(schema.OUTSIDE_COUNT) or 0
        if rows and self._database.integrates_at_once:
            raise _Broken(f"entry {rows[0].log}/{rows[0].seq}: it has no place in the tree")
        return count

    def _page(self, beyond: int) -> None:
        first = self.frontier.size
        with self._database.reading() as connection:
            rows = spans.leaves(connection, first, beyond)
            beside = spans.words_beside(connection, rows)
            span = {"after": first, "limit": beyond - first}
            signed = connection.execute(schema.CHECKPOINTS, span).all()
        broken: _Broken | None = None
        leaves: list[bytes] = []
        try:
            self._check_rows(rows, beside, leaves)
            if len(rows) < beyond - first:
                raise _Broken(f"the place {first + len(rows)} in the tree is empty")
        except _Broken as found:
            broken = found
        self._grow(leaves, [(row.size, row.root) for row in signed if row.size <= beyond])
        if broken is not None:
            raise broken

    def _check_rows(
        self,
        rows: Iterable[spans.Leaf],
        beside: Mapping[int, Sequence[tuple[str, bytes]]],
        leaves: list[bytes],
    ) -> None:
        sha256, heads, expected = hashlib.sha256, self._heads, self.frontier.size
        for idx, hash_, id_, log, seq, body in rows:
            if idx != expected:
                raise _Broken(f"the place {expected} in the tree is empty")
            if body is None:
                raise _Broken(f"the entry at place {idx} of the tree is missing")
            if sha256(b"\x00" + body).digest() != hash_:
                raise _Broken(f"entry {log}/{seq}: its bytes do not match its leaf {idx}")
            self._check_body(log, seq, body, beside.get(id_, ()))
            before = heads.get(log, 0)
            if seq != before + 1:
                raise _Broken(f"entry {log}/{seq}: it follows entry {before} of its log")
            heads[log] = seq
            leaves.append(hash_)
            expected += 1

    def _grow(self, leaves: Sequence[bytes], signed: Sequence[tuple[int, bytes]]) -> None:
        """Grow the tree, and compare its root with some of the checkpoints on the way."""
        start, last = self.frontier.size, self.frontier.size + len(leaves)
        some = [*signed[:: max(1, len(signed) // CHECKPOINTS_A_PAGE)], *signed[-1:]]
        for size, root in some:
            if size <= last:
                self._extend(leaves[self.frontier.size - start : size - start])
                if self.frontier.root() != root:
                    raise _Broken(self._first_bad_checkpoint())
        self._extend(leaves[self.frontier.size - start :])

    def _extend(self, leaves: Sequence[bytes]) -> None:
        for level, index, hash_ in self.frontier.extend(leaves):
            self._nodes[level, index] = hash_

    def _check_body(
        self, log: str, seq: int, body: bytes, beside: Sequence[tuple[str, bytes]]
    ) -> None:
        try:
            place = self._body.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as bad:
            raise _Broken(f"entry {log}/{seq}: not an entry ({bad})") from bad
        if place.log != log or place.seq != seq:
            raise _Broken(f"entry {log}/{seq}: its bytes say that it is {place.log}/{place.seq}")
        for digest, words in beside:
            if digest not in place.sd or disclosure_digest(words) != digest:
                raise _Broken(f"entry {log}/{seq}: the words beside it are not its own")
        if self._look is not None and (
            place.author.proof is Proof.SIGNATURE
            or len(beside) < len(place.sd)
            or place.fact.get("kind") == ERASED
        ):
            self._look(body, [words for _, words in beside])

    def _check_nodes(self) -> None:
        with self._database.reading() as connection:
            stored = {(n, i): h for n, i, h in connection.execute(schema.ALL_NODES)}
        for (level, index), hash_ in sorted(self._nodes.items()):
            if stored.get((level, index)) != hash_:
                raise _Broken(
                    f"the stored tree is wrong above the entries at places {index << level} to "
                    f"{((index + 1) << level) - 1}"
                )

    def _first_bad_checkpoint(self) -> str:
        frontier, good = merkle.Frontier(), 0
        for size, root in self._checkpoints():
            while frontier.size < size:
                beyond = min(size, frontier.size + PAGE)
                with self._database.reading() as connection:
                    rows = fetch_by(connection)(0, frontier.size, beyond)
                frontier.extend(hash_ for _, hash_ in sorted(rows))
            if frontier.root() != root:
                return f"entry {self._place_of(good)}: the checkpoint of size {size} does not fit"
            good = size
        return "the last checkpoint does not fit"

    def _checkpoints(self) -> Iterator[tuple[int, bytes]]:
        after = 0
        while True:
            with self._database.reading() as connection:
                page = {"after": after, "limit": PAGE}
                rows = connection.execute(schema.CHECKPOINTS, page).all()
            yield from ((row.size, row.root) for row in rows)
            if len(rows) < PAGE:
                return
            after = rows[-1].size

    def _place_of(self, index: int) -> str:
        with self._database.reading() as connection:
            rows = spans.leaves(connection, index, index + 1)
        return f"{rows[0].log}/{rows[0].seq}" if rows else "none"


@contextmanager
def _without_collector() -> Iterator[None]:
    """A page makes tens of thousands of values and no cycle; to look for one costs a quarter.

    The few cycles that a driver makes are let go at the page's end, when little is left to look at.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
            gc.collect(0)
