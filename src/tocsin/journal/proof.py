"""Proofs that one entry is in the record, as files that other people's tools can check.

Source: C2SP tlog-proof@v1.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tocsin.facts import Tampered
from tocsin.journal import merkle, note

HEADER = "c2sp.org/tlog-proof@v1"
HASHES_MAX = 63


class InclusionProof(msgspec.Struct, frozen=True, kw_only=True):
    """The path from a leaf to the root of a checkpoint. Nothing is verified yet.

    Args:
        extra: opaque words that nothing vouches for.
        checkpoint: the bytes of the signed checkpoint.
    """

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None

    def check(self, leaf: bytes, origin: str, log: note.Verifier) -> note.Checkpoint:
        """Prove that `leaf` (a leaf hash) is in the tree of `origin` that `log` signed, or raise.

        Raises:
            Tampered: another leaf, another origin, another key, or a damaged proof.
        """
        try:
            found = note.parse_checkpoint(self.checkpoint)
            if found.origin != origin:
                raise Tampered(f"the proof is of the record {found.origin!r}, not {origin!r}")
            if not log.signed(found.note):
                raise Tampered("the checkpoint in the proof is not signed by the record's key")
        except ValueError as bad:
            raise Tampered(f"the checkpoint in the proof: {bad}") from None
        merkle.check_inclusion(self.index, found.size, leaf, self.path, found.root)
        return found


def write_proof(
    index: int, path: Sequence[bytes], checkpoint: bytes, extra: bytes | None = None
) -> bytes:
    """The bytes of a `.tlog-proof` file."""
    lines = [HEADER]
    if extra is not None:
        lines.append(f"extra {note.base64_text(extra)}")
    lines.append(f"index {index}")
    lines += [note.base64_text(hash_) for hash_ in path]
    return ("\n".join(lines) + "\n\n").encode("ascii") + checkpoint


def parse_proof(data: bytes) -> InclusionProof:
    """The proof that these bytes spell.

    Raises:
        ValueError: not a proof in its one spelling.
    """
    head, blank, checkpoint = data.partition(b"\n\n")
    if not blank:
        raise ValueError("a proof is a head, an empty line and a checkpoint")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise ValueError("the head of a proof is ASCII") from None
    if lines.pop(0) != HEADER:
        raise ValueError(f"a proof begins with {HEADER!r}")
    extra = None
    if lines and lines[0].startswith("extra "):
        extra = note.base64_bytes(lines.pop(0).removeprefix("extra "))
    if not lines or not lines[0].startswith("index "):
        raise ValueError("a proof names the index of its entry")
    index = note.parse_size(lines.pop(0).removeprefix("index "))
    if len(lines) > HASHES_MAX:
        raise ValueError(f"a proof has at most {HASHES_MAX} hashes")
    note.parse_checkpoint(checkpoint)
    path = tuple(map(note.parse_hash, lines))
    return InclusionProof(index=index, path=path, checkpoint=checkpoint, extra=extra)
