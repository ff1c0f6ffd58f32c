"""The key that signs the record of a home: found in its place, replaced without a gap, checked."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import msgspec

from tocsin.facts import HOME_LOG, Refused, Tampered
from tocsin.facts.records import HomeFounded, LogKeyRotated
from tocsin.journal import note
from tocsin.journal.keys import LogKey, public_path
from tocsin.journal.server_clock import OffsetClock
from tocsin.journal.sqlite import FILE
from tocsin.journal.store import Store, open_store
from tocsin.register.files import write_atomically
from tocsin.wiring.places import KEY_FILE, NEXT_KEY_FILE, Warn, origin_of, written
from tocsin.wiring.whereabouts import DATABASE_VARIABLE, lost
from tocsin.world import RandomIds, RealClock


def next_key(home: Path) -> LogKey:
    """The key that will follow the home's own; made now, unless a rotation was begun before."""
    origin, place = origin_of(home), home / NEXT_KEY_FILE
    with written(home):
        return LogKey.load(place, origin) if place.exists() else LogKey.create(place, origin)


def own_key(home: Path, warn: Warn) -> LogKey:
    """The key in its place, after a rotation that was broken off has been finished."""
    with written(home):
        _finish_rotation(home, warn)
    return LogKey.load(home / KEY_FILE, origin_of(home))


def _finish_rotation(home: Path, warn: Warn) -> None:
    """Put the next key in its place once the record says that it signs."""
    place = home / NEXT_KEY_FILE
    if not place.exists():
        return
    new = LogKey.load(place, origin_of(home))
    store = store_of(home, new, warn, check_tail=False)
    try:
        rotated = [e.fact for e in store.read(HOME_LOG) if isinstance(e.fact, LogKeyRotated)]
    finally:
        store.close()
    if rotated and rotated[-1].new == new.fingerprint:
        line = f"{new.public_line} {new.origin}\n"
        write_atomically(public_path(home / KEY_FILE), line.encode())
        public_path(place).unlink(missing_ok=True)
        os.replace(place, home / KEY_FILE)


class Signing:
    """Signs checkpoints with the key in its place, also after another process has replaced it."""

    def __init__(self, place: Path, key: LogKey) -> None:
        self._place, self._key, self._seen = place, key, _identity(place)

    def __call__(self, size: int, root: bytes) -> bytes:
        there = _identity(self._place)
        if there is not None and there != self._seen:
            self._key, self._seen = LogKey.load(self._place, self._key.origin), there
        return self._key.sign_checkpoint(size, root)


def _identity(place: Path) -> tuple[int, int] | None:
    try:
        seen = place.stat()
    except OSError:
        return None
    return seen.st_ino, seen.st_mtime_ns


class Signer(msgspec.Struct, frozen=True, kw_only=True):
    """Under which name and by which key the record says that it is signed."""

    origin: str
    fingerprint: str


def signer_of(store: Store) -> Signer | None:
    """What the record says of its own name and key; None while it was not founded."""
    found: Signer | None = None
    for entry in store.read(HOME_LOG):
        match entry.fact:
            case HomeFounded(origin=origin, fingerprint=fingerprint):
                found = Signer(origin=origin, fingerprint=fingerprint)
            case LogKeyRotated(new=new) if found is not None:
                found = msgspec.structs.replace(found, fingerprint=new)
    return found


def recorded(home: Path, warn: Warn) -> Signer | None:
    """What the record says of itself, read without settings and key; None where there is none."""
    url = os.environ.get(DATABASE_VARIABLE)
    if not url and not (home / FILE).exists():
        return None
    store = open_store(
        url or home,
        home=home,
        origin="",
        clock=RealClock(),
        ids=RandomIds(),
        sign_checkpoint=_never,
        on_warning=warn,
        check_tail=False,
    )
    try:
        return signer_of(store)
    finally:
        store.close()


class OtherKey(Tampered):
    """The key in its place is not the one that signs the record."""


def _never(size: int, root: bytes) -> bytes:
    raise Refused("a record that was opened only to look at it is not signed")


def check_key(store: Store, key: LogKey) -> None:
    """Passes when this key signed the last checkpoint, or the record says that it signs now."""
    last = store.checkpoint_at(store.size())
    if last is not None and key.verifier.signed(note.parse_note(last)):
        return
    signer = signer_of(store)
    if signer is not None and signer.origin != key.origin:
        raise Tampered(
            f"the record here is that of {signer.origin}, but this home is {key.origin}; give "
            "another home, or another database. Nothing was written"
        )
    if signer is not None and signer.fingerprint != key.fingerprint:
        raise OtherKey(
            f"the key file holds the key {key.fingerprint}, but the record is signed by "
            f"{signer.fingerprint}; put that key back. Nothing was written"
        )


def store_of(
    home: Path,
    key: LogKey,
    warn: Warn,
    *,
    check_tail: bool,
    sign: Callable[[int, bytes], bytes] | None = None,
    create: bool = False,
) -> Store:
    """The record of a home, on SQLite or wherever TOCSIN_DATABASE_URL says.

    Args:
        create: begin one where there is none; else that is refused.
    """
    url = os.environ.get(DATABASE_VARIABLE)
    if not create and not url and not (home / FILE).exists():
        raise lost(home)
    store = open_store(
        url or home,
        home=home,
        origin=key.origin,
        clock=RealClock(),
        ids=RandomIds(),
        sign_checkpoint=sign or key.sign_checkpoint,
        on_warning=warn,
        create=create,
        check_tail=check_tail,
    )
    if url:
        # Workers on several machines share the server: its clock decides whose lease is over.
        store.clock = OffsetClock(RealClock(), store.now_of_database)
    return store
