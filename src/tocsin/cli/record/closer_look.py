"""What entries say of themselves and the record does not bear out: signatures, and words gone.

Looks only at entries that were signed, whose words are not all there, or that tell of an erasure.
"""

from __future__ import annotations

from collections.abc import Sequence

from tocsin.facts import HOME_LOG, Tampered
from tocsin.facts.record import decode
from tocsin.facts.records import Erased
from tocsin.journal.store import Store
from tocsin.register.keyring import Keyring
from tocsin.register.signatures import check_signature

Place = tuple[str, int, str]
"""A field of an entry: log, sequence number, name."""


class CloserLook:
    """Gathers, entry by entry, what is not as the record says."""

    def __init__(self, store: Store) -> None:
        self._store = store
        home = (decode(one.body, one.disclosures) for one in store.stored(HOME_LOG))
        self._keyring = Keyring.replay(home)
        self._unproven: list[str] = []
        self._gone: list[Place] = []
        self._erased: set[Place] = set()

    def look(self, body: bytes, disclosures: Sequence[bytes]) -> None:
        """Look at one entry.

        Raises:
            BrokenLog: it cannot be read.
        """
        entry = decode(body, disclosures)
        if isinstance(entry.fact, Erased):
            self._erased |= _places(entry.fact)
        self._gone += [(entry.log, entry.seq, field) for field in sorted(entry.missing)]
        try:
            check_signature(entry, body, self._store.origin, self._keyring)
        except Tampered as why:
            self._unproven.append(str(why))

    def told(self) -> list[str]:
        """What was found, in words: signatures that do not hold, words gone without a record."""
        missed = {place for place in self._gone if place not in self._erased}
        for log in sorted({log for log, _, _ in missed}):
            # Words may have been erased, and that recorded, after the walk began.
            missed -= self._erased_in(log)
        return self._unproven + [
            f"{field} of entry {log}/{seq} is gone, and nobody recorded an erasure"
            for log, seq, field in sorted(missed)
        ]

    def _erased_in(self, log: str) -> set[Place]:
        found: set[Place] = set()
        for one in self._store.stored(log):
            fact = decode(one.body, one.disclosures).fact
            if isinstance(fact, Erased):
                found |= _places(fact)
        return found


def _places(fact: Erased) -> set[Place]:
    return {(fact.log, fact.seq, field) for field in fact.fields}
