"""Records to measure on: real stores, real signatures, bodies of a usual size."""

from __future__ import annotations

import base64
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tocsin.facts import Asserter, Author, Draft, Proof
from tocsin.facts.incidents import Noted
from tocsin.facts.record import Prepared, leaf_hash, prepare
from tocsin.journal.batch import Change
from tocsin.journal.opening import database_at
from tocsin.journal.store import Store
from tocsin.world import RandomIds, RealClock

ORIGIN = "bench.example/record"
AUTHOR = Author(who="anna", kind=Asserter.PERSON, proof=Proof.ACCOUNT)
MEMORY_DISK = Path("/dev/shm")
CLOCK, IDS = RealClock(), RandomIds()
_KEY = Ed25519PrivateKey.generate()


def signed(size: int, root: bytes) -> bytes:
    """A checkpoint with an Ed25519 signature."""
    text = f"{ORIGIN}\n{size}\n{base64.b64encode(root).decode()}\n".encode()
    value = base64.b64encode(b"\0\0\0\0" + _KEY.sign(text))
    return text + b"\n\xe2\x80\x94 " + ORIGIN.encode() + b" " + value + b"\n"


def store_on(database: object) -> Store:
    """The record of this engine."""
    return Store(
        database,  # type: ignore[arg-type]
        origin=ORIGIN,
        clock=CLOCK,
        ids=IDS,
        sign_checkpoint=signed,
        on_warning=lambda _message: None,
    )


def store_at(place: Path | str) -> Store:
    """The record at this place."""
    return store_on(database_at(place, lambda _message: None))


@contextmanager
def folder(*, in_memory: bool) -> Iterator[Path]:
    """A folder to throw away; in memory, the disk costs nothing and only CPU is measured."""
    parent = MEMORY_DISK if in_memory and MEMORY_DISK.is_dir() else None
    path = Path(tempfile.mkdtemp(prefix="tocsin-bench-", dir=parent))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def drafts(count: int) -> list[Draft]:
    """Notes whose entries have some 660 bytes with their words."""
    now = CLOCK.now()
    return [Draft(fact=Noted(text=f"note {n} " + "x" * 180), happened_at=now) for n in range(count)]


def bodies(log: str, after: int, count: int, *, size: int = 659) -> list[bytes]:
    """Bodies of this size, made before anything is measured."""
    found = prepare(log, after, drafts(count), AUTHOR, now=CLOCK.now(), salt=IDS.salt)
    return [one.body.replace(b'"anna"', b'"' + b"a" * (size - len(one.body) + 4) + b'"')
            for one in found]  # fmt: skip


def change(log: str, after: int, encoded: list[bytes]) -> Change:
    """An append of bytes that are made already; hashing them is part of what is measured."""
    entries = [
        Prepared(log=log, seq=after + n, body=body, disclosures=(), leaf=leaf_hash(body))
        for n, body in enumerate(encoded, start=1)
    ]
    return Change(
        log=log, expected_seq=after, entries=entries, client_key=None, work=None, now=CLOCK.now()
    )
