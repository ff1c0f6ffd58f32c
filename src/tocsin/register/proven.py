"""Whether the signatures that entries carry are by the people that the entries name.

Anyone can repeat this with `ssh-keygen -Y verify -n tocsin-entry` over `record.statement(body)`.
Signed approvals carry a signature over the order instead, which `proofs` checks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from tocsin.facts import Proof, Refused, Unreadable
from tocsin.facts.record import decode, statement
from tocsin.facts.runs import Approved, Declined
from tocsin.register.keyring import Keyring

ENTRY_NAMESPACE = "tocsin-entry"
_ORDERS = frozenset(str(kind.__struct_config__.tag) for kind in (Approved, Declined))


class Unproven(msgspec.Struct, frozen=True, kw_only=True):
    """An entry that claims a signature which does not prove its author, and why not."""

    entry: str
    why: str


def unproven(bodies: Iterable[bytes], keyring: Keyring) -> Iterator[Unproven]:
    """The entries among `bodies` whose author claims a signature that does not prove them."""
    for body in bodies:
        entry = decode(body)
        author = entry.author
        if author.proof is not Proof.SIGNATURE:
            continue
        fact = entry.fact
        kind = fact.kind if isinstance(fact, Unreadable) else str(fact.__struct_config__.tag)
        if kind in _ORDERS:
            continue
        try:
            proven, fingerprint = keyring.person_proven(
                statement(body), author.signature or "", ENTRY_NAMESPACE, entry.recorded_at
            )
        except Refused as why:
            yield Unproven(entry=entry.key, why=str(why))
            continue
        if (proven, fingerprint) != (author.who, author.key):
            yield Unproven(entry=entry.key, why=f"signed by {proven}, not by {author.who}")
