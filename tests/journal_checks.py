"""Opens records for tests, and holds what must be true of any record at any moment."""

import base64
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tocsin.facts import Access, Asserter, Author, Draft, Proof
from tocsin.facts.incidents import Noted
from tocsin.journal import merkle
from tocsin.journal.store import Store, open_store
from tocsin.journal.walk import verify_store

ORIGIN = "test.example/record"
T0 = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ANNA = Author(who="anna", kind=Asserter.PERSON, proof=Proof.ACCOUNT)
Opener = Callable[..., Store]


class HandClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.at = T0

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class CountedIds:
    """Salts that never repeat."""

    def __init__(self) -> None:
        self._count = 0

    def incident(self) -> str:
        return "ABC"

    def salt(self) -> str:
        self._count += 1
        return f"salt-{self._count}"

    def fraction(self) -> float:
        return 0.5


def signed(size: int, root: bytes) -> bytes:
    """A checkpoint whose signature is only a hash: enough where no signature is checked."""
    text = f"{ORIGIN}\n{size}\n{base64.b64encode(root).decode()}\n"
    fake = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"{text}\n\u2014 {ORIGIN} {fake}\n".encode()


def open_plain(place: Path | str, **changes: object) -> Store:
    """A record with a hand-moved clock, whose warnings are kept in `store.warnings`."""
    warnings: list[str] = []
    settings: dict[str, object] = {
        "origin": ORIGIN,
        "clock": HandClock(),
        "ids": CountedIds(),
        "sign_checkpoint": signed,
        "on_warning": warnings.append,
    }
    store = open_store(place, **{**settings, **changes})  # type: ignore[arg-type]
    store.warnings = warnings  # type: ignore[attr-defined]
    return store


def notes(*texts: str, access: Access = Access.OPS) -> list[Draft]:
    """Drafts of notes with these texts."""
    return [Draft(fact=Noted(text=text), happened_at=T0, access=access) for text in texts]


def texts_of(store: Store, log: str) -> list[str]:
    """The texts of the notes of a log."""
    found = []
    for entry in store.read(log):
        assert isinstance(entry.fact, Noted)
        found.append(entry.fact.text)
    return found


def check_journal(store: Store) -> None:
    """Whatever happened: no gap, no double, every leaf in place, every proof holds."""
    store.integrate()
    assert store.unintegrated() == 0
    walked = verify_store(store)
    assert walked.first_broken is None, walked.first_broken
    size = store.size()
    assert walked.size == size
    assert walked.root == store.root_at(size)
    places: set[int] = set()
    for log in store.logs():
        entries = list(store.stored(log))
        assert [e.seq for e in entries] == list(range(1, store.head(log) + 1))
        places.update(e.index for e in entries if e.index is not None)
        last = entries[-1]
        assert last.index is not None and last.index == store.position(log, last.seq)
        proof = store.inclusion(last.index, size)
        leaf = merkle.leaf(last.body)
        merkle.check_inclusion(last.index, size, leaf, proof, walked.root)
    assert places == set(range(size))
    for old in {0, 1, size // 2, size} & set(range(size + 1)):
        proof = store.consistency(old, size)
        merkle.check_consistency(old, size, store.root_at(old), walked.root, proof)
