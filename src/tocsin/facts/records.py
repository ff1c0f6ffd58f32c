"""Facts about the record itself: its founding, its keys, its witnesses, what was erased or sent."""

from __future__ import annotations

from tocsin.facts.kinds import DESK, TOCSIN, Digest, Instant, Kind, Words


class HomeFounded(Kind, frozen=True, tag="home-founded"):
    """The record began, under this origin and this key."""

    asserted_by = TOCSIN
    origin: str
    key: str  # "ssh-ed25519 AAAA..."
    fingerprint: str
    version: str  # of Tocsin


class FoundedAnew(Kind, frozen=True, tag="founded-anew"):
    """The record began again in the place of another, which is lost; it says why.

    Args:
        account: the operating system's, from which it was said; proves nobody.
    """

    asserted_by = TOCSIN
    because: Words
    account: str


class LogKeyRotated(Kind, frozen=True, tag="log-key-rotated"):
    """Checkpoints are signed by a new key from here on; old and new key both signed the change."""

    asserted_by = DESK
    old: str  # fingerprint
    new: str  # fingerprint
    new_key: str  # "ssh-ed25519 AAAA..."
    certificate: str  # the signed note that both keys signed


class CheckpointWitnessed(Kind, frozen=True, tag="checkpoint-witnessed"):
    """A witness cosigned the record at this size. `independent` is False under our own account."""

    asserted_by = TOCSIN
    witness: str
    key: str  # verifier key of the witness, as in a signed note
    size: int
    root: Digest
    cosignature: str  # the signature line
    independent: bool


class Erased(Kind, frozen=True, tag="erased"):
    """Words of an earlier entry were destroyed on purpose. Their digests, and this fact, remain."""

    log: str
    seq: int
    fields: tuple[str, ...]
    because: Words


class BundleExported(Kind, frozen=True, tag="bundle-exported"):
    """An evidence package left the house."""

    asserted_by = DESK
    incident: str
    seal: Digest  # SHA-256 of tagmanifest-sha256.txt
    size: int  # of the tree that its checkpoint covers
    withheld: int  # entries whose words were left out
    to: Words
    timestamped_at: Instant | None


class RecordRestored(Kind, frozen=True, tag="record-restored"):
    """The record was brought back from a copy; a person says from which and why."""

    size: int
    root: Digest
    because: Words


RecordFact = (
    HomeFounded
    | FoundedAnew
    | LogKeyRotated
    | CheckpointWitnessed
    | Erased
    | BundleExported
    | RecordRestored
)
