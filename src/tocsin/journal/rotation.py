"""Replacing the key of the record: a note that the old and the new key both signed.

Who trusts one key of the chain can follow it to the key in use. Nothing here protects from a thief
of an old key who makes a chain of his own; a witness, or a remembered newer key, does.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import msgspec

from tocsin.facts import Tampered, sshsig
from tocsin.journal import note
from tocsin.journal.keys import LogKey

HEADER = note.RESERVED_ORIGIN + "v1"


class Rotation(msgspec.Struct, frozen=True, kw_only=True):
    """The change from one key to the next, and the tree at which it happened."""

    origin: str
    old: note.Verifier
    new: note.Verifier
    size: int
    root: bytes


def certificate(old: LogKey, new: LogKey, size: int, root: bytes) -> bytes:
    """The note by which both keys say that `new` follows `old`, at this size and root."""
    if old.origin != new.origin or old.public == new.public:
        raise ValueError("a rotation is from one key of a record to another key of the same record")
    text = (
        f"{HEADER}\n{old.origin}\nold {old.vkey}\nnew {new.vkey}\n"
        f"size {size}\nroot {note.base64_text(root)}\n"
    )
    return note.signed(text, old.origin, [old.private, new.private])


def parse_certificate(data: bytes) -> Rotation:
    """The rotation that this certificate proves: both its keys have signed it.

    Raises:
        Tampered: another spelling, or a signature that is missing or does not hold.
    """
    try:
        return _parsed(note.parse_note(data))
    except ValueError as bad:
        raise Tampered(f"a key rotation does not hold: {bad}") from None


def trusted_keys(anchor: str, certificates: Sequence[bytes]) -> list[str]:
    """The fingerprints of the chain that begins at the trusted one, in order of use.

    Args:
        anchor: a fingerprint that the caller trusts from elsewhere.
        certificates: all rotations of the record, the oldest first.

    Raises:
        Tampered: a certificate does not hold, or does not follow on the one before it.
    """
    rotations = [parse_certificate(data) for data in certificates]
    for earlier, later in itertools.pairwise(rotations):
        if (earlier.origin, earlier.new) != (later.origin, later.old) or earlier.size > later.size:
            raise Tampered("a key rotation does not follow on the one before it")
    chain = [fingerprint_of(r.old) for r in rotations[:1]]
    chain += [fingerprint_of(r.new) for r in rotations]
    if not chain:
        return [anchor]
    if anchor not in chain:
        raise Tampered(f"the key {anchor} that you trust has no place in the chain of rotations")
    return chain[chain.index(anchor) :]


def fingerprint_of(verifier: note.Verifier) -> str:
    """The fingerprint, as ssh-keygen prints it, of the key behind a verifier key."""
    kind = sshsig.ED25519.encode()
    blob = len(kind).to_bytes(4, "big") + kind + (32).to_bytes(4, "big") + verifier.public
    return sshsig.fingerprint(f"{sshsig.ED25519} {note.base64_text(blob)}")


def _parsed(found: note.Note) -> Rotation:
    lines = found.text[:-1].split("\n")
    if len(lines) != 6 or lines[0] != HEADER:
        raise ValueError("not a key rotation of version 1")
    old = note.parse_verifier(_after("old ", lines[2]))
    new = note.parse_verifier(_after("new ", lines[3]))
    size = note.parse_size(_after("size ", lines[4]))
    root = note.parse_hash(_after("root ", lines[5]))
    if {old.name, new.name} != {lines[1]} or old.public == new.public:
        raise ValueError("its keys are not two keys of the record that it names")
    if not (old.signed(found) and new.signed(found)):
        raise ValueError("both keys must have signed it")
    return Rotation(origin=lines[1], old=old, new=new, size=size, root=root)


def _after(prefix: str, line: str) -> str:
    if not line.startswith(prefix):
        raise ValueError(f"a line should begin with {prefix.strip()!r}")
    return line[len(prefix) :]
