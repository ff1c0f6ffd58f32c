"""A piece of evidence: what was done to it, in the order of recording, and what that makes of it.

Source: PREMIS 3.0 (fixity, deletion); ISO/IEC 27037 5.4, 6.1 (chain of custody).
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from tocsin.facts import Access, Author
from tocsin.facts.custody import (
    EvidenceAcquired,
    EvidenceCopied,
    EvidenceDeleted,
    EvidenceExported,
    EvidenceViewed,
    Fixity,
    FixityChecked,
)


class Handling(msgspec.Struct, frozen=True, kw_only=True):
    """One link of the chain: who did what to a piece, when, why, and which entry says so."""

    log: str
    seq: int
    at: datetime
    recorded_at: datetime
    by: str
    author: Author
    access: Access
    fact: (
        EvidenceAcquired
        | EvidenceCopied
        | EvidenceViewed
        | EvidenceExported
        | FixityChecked
        | EvidenceDeleted
    )


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of evidence: its chain in the order of recording, and the logs that name it."""

    digest: str
    chain: tuple[Handling, ...]
    logs: frozenset[str]

    @property
    def in_vault(self) -> bool:
        """Whether, by the record, the vault should have it."""
        last = [
            h.fact for h in self.chain if isinstance(h.fact, EvidenceAcquired | EvidenceDeleted)
        ]
        return bool(last) and isinstance(last[-1], EvidenceAcquired)

    @property
    def acquired(self) -> bool:
        """Whether an entry says that it came into the vault, whatever became of it."""
        return any(isinstance(h.fact, EvidenceAcquired) for h in self.chain)

    @property
    def access(self) -> Access:
        """Who may be told of it: everybody, as soon as one who took it in said so or nothing."""
        labels = [h.access for h in self.chain if isinstance(h.fact, EvidenceAcquired)]
        return labels[0] if labels and Access.OPS not in labels else Access.OPS

    @property
    def size(self) -> int:
        """How many bytes it has, by the record; 0 where it was only ever named."""
        sizes = [h.fact.size for h in self.chain if isinstance(h.fact, EvidenceAcquired)]
        return sizes[-1] if sizes else 0

    @property
    def last_checked_at(self) -> datetime | None:
        """When its bytes were last known: at the last check, else when it was acquired."""
        known = [h.at for h in self.chain if isinstance(h.fact, EvidenceAcquired | FixityChecked)]
        return max(known, default=None)

    @property
    def fixity(self) -> Fixity:
        """What the last check showed; intact when it has only just been stored."""
        checks = [h.fact.fixity for h in self.chain if isinstance(h.fact, FixityChecked)]
        return checks[-1] if checks else Fixity.INTACT
