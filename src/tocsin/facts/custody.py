"""Facts about evidence: where it came from, who handled it, why, and what must not be deleted.

Source: PREMIS 3.0 (events: capture, replication, fixity check, deletion); CASE 1.4 (custody).
"""

from __future__ import annotations

import enum

from tocsin.facts.kinds import DESK, RESPONDERS, TOCSIN, Digest, Instant, Kind, Words


class Fixity(enum.Enum):
    """What re-reading a piece of evidence showed."""

    INTACT = "intact"
    ALTERED = "altered"
    ABSENT = "absent"


class EvidenceAcquired(Kind, frozen=True, tag="evidence-acquired"):
    """A piece of evidence entered the vault."""

    asserted_by = RESPONDERS
    digest: Digest
    size: int  # bytes
    name: Words
    source: Words
    because: Words


class EvidenceCopied(Kind, frozen=True, tag="evidence-copied"):
    """A copy of evidence was made outside the vault."""

    asserted_by = DESK
    digest: Digest
    to: Words
    because: Words


class EvidenceViewed(Kind, frozen=True, tag="evidence-viewed"):
    """Someone read a piece of evidence."""

    digest: Digest
    because: Words


class EvidenceExported(Kind, frozen=True, tag="evidence-exported"):
    """A piece of evidence left in a bundle."""

    asserted_by = DESK
    digest: Digest
    seal: Digest
    because: Words


class FixityChecked(Kind, frozen=True, tag="fixity-checked"):
    """A piece of evidence was read again and compared with its digest."""

    asserted_by = TOCSIN | DESK
    digest: Digest
    fixity: Fixity


class HoldPlaced(Kind, frozen=True, tag="hold-placed"):
    """Nothing that this hold covers may be deleted, from now until it is released."""

    asserted_by = DESK
    hold: str
    systems: tuple[str, ...]
    people: tuple[str, ...]
    digests: tuple[Digest, ...]  # empty: all evidence of this incident
    because: Words


class HoldReleased(Kind, frozen=True, tag="hold-released"):
    """The hold ended by a person's decision. Other holds on the same evidence still stand."""

    hold: str
    because: Words


class EvidenceDeleted(Kind, frozen=True, tag="evidence-deleted"):
    """A piece of evidence was destroyed on purpose, when no hold stood. Its digest remains."""

    digest: Digest
    because: Words
    kept_until: Instant | None


CustodyFact = (
    EvidenceAcquired
    | EvidenceCopied
    | EvidenceViewed
    | EvidenceExported
    | FixityChecked
    | HoldPlaced
    | HoldReleased
    | EvidenceDeleted
)
