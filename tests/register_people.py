"""People with real keys, and entries as the journal would give them back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tocsin.facts import HOME_LOG, Access, Asserter, Author, Entry, Fact, Proof, sshsig
from tocsin.facts.registers import KeyEnrolled

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class Signing:
    """A person's key, from a fixed seed."""

    def __init__(self, seed: int) -> None:
        self.private = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
        self.public = sshsig.public_of(self.private)
        self.fingerprint = sshsig.fingerprint(self.public)

    def sign(self, message: bytes, namespace: str) -> str:
        return sshsig.sign(message, self.private, namespace)

    def enrolled_for(self, person: str, valid_until: datetime | None = None) -> KeyEnrolled:
        return KeyEnrolled(
            person=person, key=self.public, fingerprint=self.fingerprint, valid_until=valid_until
        )


HOME = Author(who="home", kind=Asserter.HOME, proof=Proof.PROCESS)
EntryAt = Callable[..., Entry]


def entry(
    fact: Fact,
    seq: int,
    *,
    author: Author = HOME,
    log: str = HOME_LOG,
    minutes: int = 0,
    missing: frozenset[str] = frozenset(),
) -> Entry:
    """The entry that stands at `seq`, recorded some minutes after noon."""
    at = NOON + timedelta(minutes=minutes)
    return Entry(
        log=log,
        seq=seq,
        happened_at=at,
        recorded_at=at,
        author=author,
        access=Access.OPS,
        fact=fact,
        missing=missing,
    )
