"""The tree above the record: what was said once cannot be changed without changing the root.

Pure: hashes in, hashes out. A proof that does not hold raises Tampered; none is ever half believed.

Source: RFC 6962 2.1 (hashes, paths); RFC 9162 2.1.3.2 and 2.1.4.2 (verification of both proofs).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

from tocsin.facts import Tampered

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()
STORED_LEVELS = 8
"""Every how many levels a node is worth storing; the others are recomputed from 256 below."""

Node = Callable[[int, int], bytes]
"""Gives the hash of the complete subtree number `index` (from 0) of 2^`level` leaves."""


def leaf(body: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\x00" + body).digest()


def parent(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """The right edge of a growing tree: all that is needed to append leaves and to name its root.

    Args:
        size: how many leaves the tree has.
        hashes: one for each one-bit of `size`, the largest complete subtree first.
    """

    __slots__ = ("_hashes", "size")

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        if size < 0 or size.bit_count() != len(hashes):
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} edge hashes")
        self.size = size
        self._hashes = list(hashes)

    @property
    def hashes(self) -> tuple[bytes, ...]:
        """The roots of the complete subtrees, the largest first."""
        return tuple(self._hashes)

    def copy(self) -> Frontier:
        """A frontier that grows on its own."""
        return Frontier(self.size, self._hashes)

    def extend(self, leaves: Iterable[bytes]) -> list[tuple[int, int, bytes]]:
        """Append leaf hashes; gives (level, index, hash) of each new node worth storing."""
        found: list[tuple[int, int, bytes]] = []
        sha256, edge = hashlib.sha256, []
        row, level, start = list(leaves), 0, self.size
        self.size += len(row)
        while row:
            if start & 1:
                row.insert(0, self._hashes.pop())
                start -= 1
            if len(row) & 1:
                edge.append(row[-1])
            lefts = iter(row)
            row = [
                sha256(b"\x01" + left + right).digest()
                for left, right in zip(lefts, lefts, strict=False)
            ]
            level, start = level + 1, start >> 1
            if not level % STORED_LEVELS:
                found.extend((level, start + n, node) for n, node in enumerate(row))
        self._hashes += reversed(edge)
        return found

    def root(self) -> bytes:
        """The root over all leaves so far."""
        if not self._hashes:
            return EMPTY_ROOT
        *rest, root = self._hashes
        for left in reversed(rest):
            root = parent(left, root)
        return root


def frontier_at(size: int, node: Node) -> Frontier:
    """The frontier that the tree had at `size`."""
    hashes, start = [], 0
    for level in range(size.bit_length() - 1, -1, -1):
        if size >> level & 1:
            hashes.append(node(level, start >> level))
            start += 1 << level
    return Frontier(size, hashes)


def inclusion_proof(index: int, size: int, node: Node) -> list[bytes]:
    """The audit path of leaf `index` in the tree of `size` leaves, from the leaf upwards.

    Raises:
        ValueError: there is no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size} leaves")
    path, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_subtree(middle, end, node))
            end = middle
        else:
            path.append(_subtree(start, middle, node))
            start = middle
    return path[::-1]


def consistency_proof(old: int, new: int, node: Node) -> list[bytes]:
    """What shows that the tree of `new` leaves only adds to the tree of `old` leaves.

    Raises:
        ValueError: `old` is beyond `new`.
    """
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} leaves cannot have grown from one of {old}")
    if old in (0, new):
        return []
    path, start, end, whole = [], 0, new, True
    while end != old or start != 0 or not whole:
        if end == old:
            path.append(_subtree(start, end, node))
            break
        middle = start + _split(end - start)
        if old <= middle:
            path.append(_subtree(middle, end, node))
            end = middle
        else:
            path.append(_subtree(start, middle, node))
            start, whole = middle, False
    return path[::-1]


def root_from_inclusion(index: int, size: int, leaf_hash: bytes, proof: Sequence[bytes]) -> bytes:
    """The root that a tree of `size` leaves has if `leaf_hash` is its leaf `index`.

    The caller compares it with a root that it trusts: only then is anything proven.

    Raises:
        Tampered: the proof has not the shape that this leaf and size demand.
    """
    if not 0 <= index < size:
        raise Tampered(f"leaf {index} cannot be in a tree of {size} leaves")
    _check_hashes([leaf_hash, *proof])
    place, last, root = index, size - 1, leaf_hash
    for hash_ in proof:
        if last == 0:
            raise Tampered("inclusion proof: longer than this leaf and size allow")
        if place & 1 or place == last:
            root = parent(hash_, root)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            root = parent(root, hash_)
        place, last = place >> 1, last >> 1
    if last != 0:
        raise Tampered("inclusion proof: shorter than this leaf and size demand")
    return root


def check_inclusion(
    index: int, size: int, leaf_hash: bytes, proof: Sequence[bytes], root: bytes
) -> None:
    """Prove that `leaf_hash` is leaf `index` of the tree with this size and root, or raise.

    Raises:
        Tampered: the proof does not lead to this root.
    """
    if root_from_inclusion(index, size, leaf_hash, proof) != root:
        raise Tampered(f"inclusion proof: leaf {index} does not lead to the root of size {size}")


def check_consistency(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Prove that the tree `new` only adds to the tree `old`, or raise.

    Raises:
        Tampered: something before `old` was changed, or the proof is not one.
    """
    if not 0 <= old <= new:
        raise Tampered(f"a tree of {new} leaves cannot have grown from one of {old}")
    _check_hashes([old_root, new_root, *proof])
    if old in (0, new):
        _check_trivial(old, new, old_root, new_root, proof)
        return
    first, second = _roots_from_consistency(old, new, old_root, proof)
    if first != old_root or second != new_root:
        raise Tampered(f"consistency proof: size {new} does not only add to size {old}")


def _roots_from_consistency(
    old: int, new: int, old_root: bytes, proof: Sequence[bytes]
) -> tuple[bytes, bytes]:
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    if not path:
        raise Tampered("consistency proof: empty")
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first = second = path[0]
    for hash_ in path[1:]:
        if last == 0:
            raise Tampered("consistency proof: longer than these sizes allow")
        if place & 1 or place == last:
            first, second = parent(hash_, first), parent(hash_, second)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            second = parent(second, hash_)
        place, last = place >> 1, last >> 1
    if last != 0:
        raise Tampered("consistency proof: shorter than these sizes demand")
    return first, second


def _check_trivial(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    if proof:
        raise Tampered("consistency proof: these sizes need none, but there is one")
    if old == new and old_root != new_root:
        raise Tampered(f"two different roots for the same size {old}")
    if old == 0 and old_root != EMPTY_ROOT:
        raise Tampered("the root of an empty tree is not the hash of nothing")


def _check_hashes(hashes: Sequence[bytes]) -> None:
    if any(len(hash_) != HASH_BYTES for hash_ in hashes):
        raise Tampered(f"a proof holds something that is not a hash of {HASH_BYTES} bytes")


def _split(size: int) -> int:
    """The largest power of two below `size`, which is at least 2."""
    return 1 << (size - 1).bit_length() - 1


def _subtree(start: int, end: int, node: Node) -> bytes:
    """The root over leaves `start` (inclusive) to `end` (exclusive) of an aligned range."""
    hashes = []
    while start < end:
        level = (end - start).bit_length() - 1
        hashes.append(node(level, start >> level))
        start += 1 << level
    root = hashes.pop()
    while hashes:
        root = parent(hashes.pop(), root)
    return root
