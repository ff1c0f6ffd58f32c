"""Makes the evidence package of one log: the record, its proofs and the means to check it.

What a reader may not see is left out and listed by entry, kind and number of fields; every proof
still holds. Nothing is half-written: the package appears whole, sealed, or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Protocol

import msgspec

from tocsin.facts import Access, BrokenLog, Entry, Gone, Refused, Tampered, Unreachable
from tocsin.facts.canonical import encode_unchecked
from tocsin.facts.learned import learned
from tocsin.facts.record import decode
from tocsin.journal import note, verify, verify_bag, verify_note, verify_words
from tocsin.journal.bag import OpenBag, new_bag
from tocsin.journal.instructions import instructions
from tocsin.journal.keys import LogKey
from tocsin.journal.proof import write_proof
from tocsin.journal.rotation import parse_certificate
from tocsin.journal.timeline import InWords, kind_words, timeline
from tocsin.journal.timestamp import Stamp
from tocsin.world import Clock, Vault

CHUNK_BYTES = 1024 * 1024
EVERYDAY_READERS = frozenset({Access.OPS})
"""Whose words a package holds unless someone decides otherwise."""

Stamper = Callable[[bytes], Stamp]
Progress = Callable[[str, int, int], None]
"""Told what is being written, how much of it is done, and how much there is."""


class StoredEntry(Protocol):
    """An entry as it is stored: `index` is its place in the tree, None until it is integrated."""

    @property
    def index(self) -> int | None: ...
    @property
    def seq(self) -> int: ...
    @property
    def body(self) -> bytes: ...
    @property
    def disclosures(self) -> Sequence[bytes]: ...


class Record(Protocol):
    """What an export reads of the stored record."""

    def checkpoint(self) -> bytes | None: ...
    def stored(self, log: str) -> Iterator[StoredEntry]: ...
    def inclusion(self, index: int, size: int) -> list[bytes]: ...
    def consistency(self, old: int, new: int) -> list[bytes]: ...
    def cosignatures(self, size: int) -> list[str]: ...


class Extras(msgspec.Struct, frozen=True, kw_only=True):
    """What goes into a package beside the log itself.

    Args:
        evidence: digests of pieces of evidence, copied from the vault.
        rotations: all certificates by which the record's key was replaced, the oldest first.
        earlier_sizes: sizes of the tree that a reader may remember; growth since them is proven.
        policy: a tlog-policy file that the sender suggests; readers should bring their own.
    """

    evidence: tuple[str, ...] = ()
    rotations: tuple[bytes, ...] = ()
    earlier_sizes: tuple[int, ...] = ()
    policy: bytes | None = None


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """A package that stands.

    Args:
        seal_digest: SHA-256 of tagmanifest-sha256.txt.
        size: of the tree that its checkpoint covers.
        withheld: entries whose words were left out; `erased` are those whose words are gone.
        warnings: what the person should know, such as "no trusted time".
    """

    seal_digest: str
    size: int
    entries: int
    withheld: int
    erased: int
    timestamped_at: datetime | None
    warnings: tuple[str, ...]


class _Shown(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as this reader gets it."""

    stored: StoredEntry
    entry: Entry
    disclosures: tuple[bytes, ...]
    withheld: int
    erased: int


def export(
    store: Record,
    log: str,
    to: Path,
    *,
    key: LogKey,
    clock: Clock,
    vault: Vault | None = None,
    readers: frozenset[Access] = EVERYDAY_READERS,
    extras: Extras | None = None,
    stamp: Stamper | None = None,
    progress: Progress | None = None,
    words: InWords = kind_words,
) -> Exported:
    """The evidence package of `log`, written to the new directory `to`.

    Args:
        readers: whose words the package holds; all others are withheld and listed.
        words: says a fact in a sentence, for the page that people read.
        stamp: asks a time authority; when it fails, the package says that it has no trusted time.

    Raises:
        Refused: `to` exists, the log is empty, an entry is not yet under a checkpoint, or a piece
            of evidence is not there.
        Unreachable: the package could not be written.
        Tampered: the record does not match its own checkpoint or evidence its digest.
    """
    extras = extras or Extras()
    tell = progress or (lambda what, done, total: None)
    stored = list(store.stored(log))  # before the checkpoint, so that it covers all of them
    head, checkpoint = _head_of(store, key)
    shown = [_shown(found, head.size, readers, log) for found in stored]
    if not shown:
        raise Refused(f"the log {log} has no entries; nothing to export")
    now = clock.now().astimezone(UTC)
    with new_bag(to) as bag:
        _add_log(bag, store, shown, head, checkpoint, tell)
        _add_growth(bag, store, head, extras)
        bag.add("data/timeline.md", timeline(log, [s.entry for s in shown], now, words).encode())
        _add_evidence(bag, vault, extras.evidence, tell)
        manifest = bag.close_payload(_info(log, key, now))
        token, warnings = _stamped(stamp, manifest)
        if token is not None:
            bag.add(verify_bag.TIMESTAMP, token.token)
        _add_means(bag, key, warnings, timestamped=token is not None)
        seal = bag.seal(key.seal)
    return Exported(
        seal_digest=seal,
        size=head.size,
        entries=len(shown),
        withheld=sum(s.withheld > 0 for s in shown),
        erased=sum(s.erased > 0 for s in shown),
        timestamped_at=token.at if token else None,
        warnings=warnings,
    )


def packed_verifier() -> bytes:
    """The one file that checks a package and needs nothing but Python: its parts, one by one."""
    parts = [Path(module.__file__).read_text("utf-8") for module in _PARTS if module.__file__]
    return "\n\n".join([parts[0], *map(_without_imports_of_ours, parts[1:])]).encode()


_PARTS = (verify_bag, verify_note, verify_words, verify)


def _without_imports_of_ours(source: str) -> str:
    kept, ours = [], False
    for line in source.split("\n"):
        ours = ours or line.startswith("from tocsin.")
        if not ours and line != "from __future__ import annotations":
            kept.append(line)
        if ours and (line.endswith(")") or ("(" not in line and line.startswith("from "))):
            ours = False
    return "\n".join(kept)


def _head_of(store: Record, key: LogKey) -> tuple[note.Checkpoint, bytes]:
    signed = store.checkpoint()
    if signed is None:
        raise Refused("the record has no checkpoint yet; run the worker, then export again")
    try:
        head = note.parse_checkpoint(signed)
        if head.origin != key.origin:
            raise Tampered(f"the checkpoint is of {head.origin!r}, not of {key.origin!r}")
        fresh = signed if key.verifier.signed(head.note) else b""
    except ValueError as bad:
        raise Tampered(f"the record's checkpoint does not hold: {bad}") from None
    if not fresh:
        raise Tampered(f"the record's checkpoint is not signed by its key {key.fingerprint}")
    with_witnesses = note.with_signatures(fresh, store.cosignatures(head.size))
    return note.parse_checkpoint(with_witnesses), with_witnesses


def _shown(found: StoredEntry, size: int, readers: frozenset[Access], log: str) -> _Shown:
    if found.index is None or found.index >= size:
        raise Refused(f"entry {log}/{found.seq} is not yet under a checkpoint; try again soon")
    listed = len(msgspec.json.decode(found.body, type=_Listed).sd)
    entry = decode(found.body, found.disclosures)
    erased = listed - len(found.disclosures)
    if entry.access in readers:
        given, withheld = tuple(found.disclosures), 0
    else:
        given, withheld = (), len(found.disclosures)
        entry = decode(found.body, (), absent=Gone.WITHHELD)
    return _Shown(stored=found, entry=entry, disclosures=given, withheld=withheld, erased=erased)


@learned
class _Listed(msgspec.Struct, frozen=True):
    sd: list[str]
    fact: dict[str, object]


def _add_log(
    bag: OpenBag,
    store: Record,
    shown: Sequence[_Shown],
    head: note.Checkpoint,
    checkpoint: bytes,
    tell: Progress,
) -> None:
    bag.add(verify.CHECKPOINT, checkpoint)
    bag.add(verify.ENTRIES, b"".join(s.stored.body + b"\n" for s in shown))
    given = [{"disclosures": [d.decode() for d in s.disclosures], "seq": s.stored.seq}
             for s in shown if s.disclosures]  # fmt: skip
    bag.add(verify_words.DISCLOSURES, b"".join(encode_unchecked(line) + b"\n" for line in given))
    left_out = [_left_out(s) for s in shown if s.withheld or s.erased]
    bag.add(verify_words.WITHHELD, b"".join(encode_unchecked(line) + b"\n" for line in left_out))
    for done, s in enumerate(shown, start=1):
        if s.stored.index is None:
            raise BrokenLog(f"entry {s.stored.seq} lost its place in the tree")
        path = store.inclusion(s.stored.index, head.size)
        name = f"{verify.PROOFS}{s.stored.seq:06d}.tlog-proof"
        bag.add(name, write_proof(s.stored.index, path, checkpoint))
        tell("proofs", done, len(shown))


def _left_out(shown: _Shown) -> dict[str, object]:
    kind = msgspec.json.decode(shown.stored.body, type=_Listed).fact.get("kind")
    return {
        "erased": shown.erased,
        "kind": kind,
        "seq": shown.stored.seq,
        "withheld": shown.withheld,
    }


def _add_growth(bag: OpenBag, store: Record, head: note.Checkpoint, extras: Extras) -> None:
    sizes = set(extras.earlier_sizes)
    for number, certificate in enumerate(extras.rotations, start=1):
        bag.add(f"{verify.ROTATIONS}{number:04d}.note", certificate)
        sizes.add(parse_certificate(certificate).size)
    for size in sorted(s for s in sizes if 0 < s < head.size):
        lines = [note.base64_text(hash_) + "\n" for hash_ in store.consistency(size, head.size)]
        bag.add(f"{verify.GROWTH}{size}", "".join(lines).encode("ascii"))
    if extras.policy is not None:
        bag.add("data/log/policy", extras.policy)


def _add_evidence(
    bag: OpenBag, vault: Vault | None, digests: Sequence[str], tell: Progress
) -> None:
    if digests and vault is None:
        raise Refused("evidence was asked for, but there is no vault to take it from")
    for done, digest in enumerate(sorted(set(digests)), start=1):
        if vault is not None:
            with vault.open(digest) as file:
                found = bag.add(verify.EVIDENCE + digest, _chunks(file))
            if found != digest:
                raise Tampered(f"evidence {digest} has changed in the vault; nothing was exported")
        tell("evidence", done, len(set(digests)))


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(CHUNK_BYTES):
        yield chunk


def _info(log: str, key: LogKey, now: datetime) -> dict[str, str]:
    return {
        "Bag-Software-Agent": "Tocsin",
        "Bagging-Date": now.date().isoformat(),
        "External-Identifier": log,
        "Internal-Sender-Description": f"Evidence package of the record {key.origin}",
    }


def _stamped(stamp: Stamper | None, manifest: bytes) -> tuple[Stamp | None, tuple[str, ...]]:
    if stamp is None:
        return None, ("NO TRUSTED TIME: no time authority is configured",)
    try:
        token = stamp(manifest)
    except Unreachable as bad:
        return None, (f"NO TRUSTED TIME: {bad}",)
    return token, (token.remark,) if token.remark else ()


def _add_means(bag: OpenBag, key: LogKey, warnings: Sequence[str], *, timestamped: bool) -> None:
    signer = f'{key.origin} namespaces="{verify_bag.SEAL_NAMESPACE.decode()}" {key.public_line}\n'
    bag.add("keys/allowed_signers", signer.encode())
    bag.add("keys/log.pub", f"{key.public_line} {key.origin}\n".encode())
    bag.add("keys/log.vkey", f"{key.vkey}\n".encode())
    words = instructions(key.origin, warnings, timestamped=timestamped)
    bag.add("VERIFY.txt", words.encode())
    bag.add("verify.py", packed_verifier())
