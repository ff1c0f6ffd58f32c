"""What a notice to an authority may be made of: the record as everybody in the response reads it.

What is for counsel or the board is taken out before anything is read. A claim counts as known only
if the whole record holds it so: what counsel doubts in its own space is told neither way.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import msgspec

from tocsin.dossier.account import Account, account_of
from tocsin.duties.notice import Asked
from tocsin.facts import Access, Entry
from tocsin.facts.incidents import Grade, Opened
from tocsin.facts.legal import LegalFactStated
from tocsin.facts.withheld import as_read_by
from tocsin.incident.fold import replay
from tocsin.incident.lessons import Lessons, lessons_of
from tocsin.incident.model import Claim, Incident
from tocsin.incident.notices import Notices, notices_of
from tocsin.incident.privilege import Space, space_of
from tocsin.register.model import Person, Register, System

READS = frozenset({Access.OPS})
"""The labels of what may flow into a notice."""

CONTACT_ROLES = ("regulator-contact", "counsel")
SECOND_ROLES = ("regulator-contact", "commander", "executive", "counsel")


class Material(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """One log, read for a notice.

    Args:
        seen: its entries, with those withheld that may not flow into a notice.
        whole: the incident by all its entries; only to doubt what `seen` holds to be known.
    """

    asked: Asked
    register: Register
    seen: Sequence[Entry]
    whole: Incident

    @cached_property
    def account(self) -> Account:
        """Findings, actions with what was seen, evidence, whom it touched."""
        return account_of(self.seen, READS)

    @property
    def incident(self) -> Incident:
        """The incident as everybody in the response reads it."""
        return self.account.incident

    @cached_property
    def lessons(self) -> Lessons:
        """What people wrote about it."""
        return lessons_of(self.seen).readable(READS)

    @cached_property
    def notices(self) -> Notices:
        """What was told to authorities."""
        return notices_of(self.seen)

    @cached_property
    def space(self) -> Space:
        """Who writes the cause."""
        return space_of(self.seen)

    @cached_property
    def opened(self) -> Entry | None:
        """The entry by which it was opened."""
        return next((one for one in self.seen if isinstance(one.fact, Opened)), None)

    @cached_property
    def stated(self) -> dict[str, tuple[Entry, LegalFactStated]]:
        """The last answer to each legal fact."""
        return {
            entry.fact.key: (entry, entry.fact)
            for entry in self.seen
            if isinstance(entry.fact, LegalFactStated)
        }

    @cached_property
    def systems(self) -> tuple[System, ...]:
        """Its systems, as the register has them."""
        known = self.register.systems
        return tuple(known[one] for one in self.incident.systems if one in known)

    @property
    def opening(self) -> tuple[int, ...]:
        """The place of the entry by which it was opened."""
        return (self.opened.seq,) if self.opened is not None else ()

    def holds(self, claim: Claim) -> Grade | None:
        """How sure a claim is, for a notice; None where it is not to be told at all."""
        whole = self.whole.claim(claim.id)
        if whole is None or whole.grade is claim.grade:
            return claim.grade
        if claim.grade is Grade.SUSPECTED and whole.grade is Grade.CONFIRMED:
            return Grade.SUSPECTED
        return None

    def person(self, roles: Sequence[str], but: Person | None = None) -> Person | None:
        """Who has the first of these roles that anybody has: in the incident, or in the register.

        Args:
            but: somebody who is named already.
        """
        people = self.register.people
        for role in roles:
            holder = people.get(self.incident.holder(role) or "")
            named = [one for one in people.values() if role in one.roles]
            for one in (*([holder] if holder else []), *named):
                if but is None or one.id != but.id:
                    return one
        return None


def material_of(asked: Asked, entries: Sequence[Entry], register: Register) -> Material:
    """All of one log that a notice may be made of."""
    seen = as_read_by(entries, READS)
    return Material(asked=asked, register=register, seen=seen, whole=replay(entries))
