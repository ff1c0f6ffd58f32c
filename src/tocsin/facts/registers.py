"""Facts about what the organisation knows: the register in force, people's keys, tokens."""

from __future__ import annotations

from tocsin.facts.kinds import DESK, PEOPLE, Digest, Instant, Kind, Words


class RegisterAdopted(Kind, frozen=True, tag="register-adopted"):
    """The register with this hash is in force from now on. Its files lie in the vault."""

    asserted_by = DESK
    digest: Digest  # of the canonical JSON of the whole register
    systems: int
    people: int


class KeyEnrolled(Kind, frozen=True, tag="key-enrolled"):
    """This SSH public key proves this person from now on."""

    asserted_by = DESK
    person: str
    key: str  # "ssh-ed25519 AAAA...": algorithm and base64, no comment
    fingerprint: str  # "SHA256:..." as ssh-keygen -lf prints it
    valid_until: Instant | None


class KeyRevoked(Kind, frozen=True, tag="key-revoked"):
    """This key proves nobody from now on. What it proved before stays proven."""

    asserted_by = DESK
    person: str
    fingerprint: str
    because: Words


class TokenIssued(Kind, frozen=True, tag="token-issued"):
    """A machine may speak with this token. Only its hash is recorded; the token was shown once."""

    token: str  # its public id
    machine: str
    sha256: Digest  # of the secret part
    scopes: tuple[str, ...]
    expires_at: Instant | None


class PersonTokenIssued(Kind, frozen=True, tag="person-token-issued"):
    """Whoever holds this token speaks for this person, by the weaker proof that a token is.

    A proven person vouched for it by signature. Only its hash is recorded; it was shown once.
    """

    asserted_by = PEOPLE
    token: str  # its public id
    person: str
    sha256: Digest  # of the secret part
    scopes: tuple[str, ...]
    expires_at: Instant


class TokenRevoked(Kind, frozen=True, tag="token-revoked"):
    """This token is worth nothing from now on."""

    token: str
    because: Words


class Armed(Kind, frozen=True, tag="armed"):
    """From now on Tocsin may by itself carry out what plans order for this system.

    Args:
        acts_per_hour: how often at the most.
        rehearsed: the places in the record of the stop and the undo that were seen to work.
    """

    system: str
    acts_per_hour: int
    rehearsed: tuple[str, ...]


class Disarmed(Kind, frozen=True, tag="disarmed"):
    """From now on Tocsin only looks at this system by itself; people act."""

    asserted_by = DESK
    system: str
    because: Words


RegisterFact = (
    RegisterAdopted
    | KeyEnrolled
    | KeyRevoked
    | TokenIssued
    | PersonTokenIssued
    | TokenRevoked
    | Armed
    | Disarmed
)
