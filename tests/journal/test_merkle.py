"""The tree of RFC 6962: every proof holds, and no damaged proof does."""

import hashlib
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.facts import Tampered
from tocsin.journal import merkle

LEAVES = [merkle.leaf(b"entry %d" % n) for n in range(300)]
SIZES = range(131)

# Source: the reference test vectors of the Certificate Transparency project (merkletree tests).
INPUTS = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@cache
def mth(start: int, end: int) -> bytes:
    """The definition in RFC 6962 2.1, word for word."""
    if end == start:
        return hashlib.sha256(b"").digest()
    if end - start == 1:
        return LEAVES[start]
    k = 1
    while k * 2 < end - start:
        k *= 2
    return hashlib.sha256(b"\x01" + mth(start, start + k) + mth(start + k, end)).digest()


def node(level: int, index: int) -> bytes:
    return mth(index << level, (index + 1) << level)


def test_vectors_of_the_rfc():
    assert merkle.Frontier().root().hex() == EMPTY
    frontier = merkle.Frontier()
    for data, root in zip(INPUTS, ROOTS, strict=True):
        frontier.extend([merkle.leaf(data)])
        assert frontier.root().hex() == root


def test_proof_vectors_of_the_rfc():
    """PATH(0, D[8]) and PROOF(6, D[8]) as published with the same inputs."""
    leaves = [merkle.leaf(data) for data in INPUTS]

    def at(level: int, index: int) -> bytes:
        frontier = merkle.Frontier()
        frontier.extend(leaves[index << level : (index + 1) << level])
        return frontier.root()

    assert [h.hex() for h in merkle.inclusion_proof(0, 8, at)] == [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]
    assert [h.hex() for h in merkle.consistency_proof(6, 8, at)] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


def test_root_of_every_size():
    frontier = merkle.Frontier()
    for size in SIZES:
        assert frontier.root() == mth(0, size)
        again = merkle.frontier_at(size, node)
        assert (again.size, again.hashes) == (frontier.size, frontier.hashes)
        frontier.extend([LEAVES[size]])


@given(st.lists(st.integers(0, 40), max_size=7))
def test_growing_in_any_steps_gives_the_same_tree(steps: list[int]):
    frontier, stored = merkle.Frontier(), []
    for step in steps:
        stored += frontier.extend(LEAVES[frontier.size : frontier.size + step])
    assert frontier.root() == mth(0, frontier.size)
    assert stored == [(8, 0, mth(0, 256))] * (frontier.size >= 256)


def test_a_copy_grows_alone():
    frontier = merkle.Frontier()
    frontier.extend(LEAVES[:3])
    other = frontier.copy()
    other.extend(LEAVES[3:5])
    assert (frontier.root(), other.root()) == (mth(0, 3), mth(0, 5))


def test_every_inclusion_proof_holds():
    for size in SIZES:
        for index in range(size):
            proof = merkle.inclusion_proof(index, size, node)
            merkle.check_inclusion(index, size, LEAVES[index], proof, mth(0, size))


def test_every_consistency_proof_holds():
    for new in SIZES:
        for old in range(new + 1):
            proof = merkle.consistency_proof(old, new, node)
            merkle.check_consistency(old, new, mth(0, old), mth(0, new), proof)


def damaged(proof: list[bytes]):
    """Every proof with one hash changed, dropped, doubled, added, shortened or swapped."""
    other = merkle.leaf(b"another")
    for place, hash_ in enumerate(proof):
        yield [*proof[:place], other, *proof[place + 1 :]]
        yield [*proof[:place], bytes([hash_[0] ^ 1]) + hash_[1:], *proof[place + 1 :]]
        yield [*proof[:place], *proof[place + 1 :]]
        yield [*proof[:place], hash_, *proof[place:]]
        yield [*proof[:place], hash_[:31], *proof[place + 1 :]]
        if place and proof[place - 1] != hash_:
            yield [*proof[: place - 1], hash_, proof[place - 1], *proof[place + 1 :]]
    yield [*proof, other]
    yield [other, *proof]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 31, 64, 100])
def test_no_damaged_inclusion_proof_holds(size: int):
    for index in range(size):
        proof, root = merkle.inclusion_proof(index, size, node), mth(0, size)
        for bad in damaged(proof):
            with pytest.raises(Tampered):
                merkle.check_inclusion(index, size, LEAVES[index], bad, root)
        for wrong in {index - 1, index + 1, size, -1}:
            with pytest.raises(Tampered):
                merkle.check_inclusion(wrong, size, LEAVES[index], proof, root)
        with pytest.raises(Tampered):
            merkle.check_inclusion(index, size, LEAVES[index + 1], proof, root)


@pytest.mark.parametrize("new", [2, 3, 7, 8, 9, 31, 64, 77])
def test_no_damaged_consistency_proof_holds(new: int):
    for old in range(1, new):
        proof = merkle.consistency_proof(old, new, node)
        roots = mth(0, old), mth(0, new)
        for bad in damaged(proof):
            with pytest.raises(Tampered):
                merkle.check_consistency(old, new, *roots, bad)
        with pytest.raises(Tampered):
            merkle.check_consistency(old, new, roots[1], roots[0], proof)
        with pytest.raises(Tampered):
            merkle.check_consistency(old - 1, new, *roots, proof)


def test_consistency_of_the_trivial_sizes():
    root = mth(0, 5)
    merkle.check_consistency(0, 5, merkle.EMPTY_ROOT, root, [])
    merkle.check_consistency(5, 5, root, root, [])
    for old, new, first, second, proof in [
        (0, 5, root, root, []),
        (5, 5, root, mth(0, 4), []),
        (5, 5, root, root, [LEAVES[0]]),
        (6, 5, mth(0, 6), root, []),
        (0, 5, merkle.EMPTY_ROOT, root, [LEAVES[0]]),
    ]:
        with pytest.raises(Tampered):
            merkle.check_consistency(old, new, first, second, proof)


def test_what_cannot_be_proven_is_refused():
    for index, size in [(0, 0), (3, 3), (-1, 3)]:
        with pytest.raises(ValueError):
            merkle.inclusion_proof(index, size, node)
    with pytest.raises(ValueError):
        merkle.consistency_proof(4, 3, node)
    with pytest.raises(ValueError):
        merkle.Frontier(3, [LEAVES[0]])
