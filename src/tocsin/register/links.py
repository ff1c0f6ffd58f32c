"""Which one-time links stand: each for one person and one order, until an instant, once.

A link is a weaker proof than a key, and is on record as that. Only Tocsin itself issues one; a link
that a person wrote into the record proves nobody.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from tocsin.facts.entry import Author, Entry, Proof
from tocsin.facts.errors import Refused
from tocsin.facts.kinds import TOCSIN
from tocsin.facts.reach import LinkIssued
from tocsin.facts.runs import Approved, Declined


class Links:
    """The one-time links of one log, as its entries tell them so far."""

    def __init__(self) -> None:
        self._issued: dict[str, LinkIssued] = {}
        self._used: dict[str, datetime] = {}

    @classmethod
    def replay(cls, entries: Iterable[Entry]) -> Links:
        """The links of a log after these entries."""
        links = cls()
        for entry in entries:
            links.take(entry)
        return links

    def take(self, entry: Entry) -> None:
        """Take the next entry: a link is issued, or one was answered."""
        fact, author = entry.fact, entry.author
        if isinstance(fact, LinkIssued) and author.kind in TOCSIN:
            self._issued.setdefault(fact.link, fact)
        elif isinstance(fact, Approved | Declined) and author.proof is Proof.LINK and author.key:
            self._used.setdefault(author.key, entry.recorded_at)

    def issued(self, link: str) -> LinkIssued | None:
        """The link with this public id; None where none was issued."""
        return self._issued.get(link)

    def check(self, author: Author, order: int, order_digest: str, at: datetime) -> None:
        """Passes when this author's link lets them answer this very order at this instant.

        Raises:
            Refused: never issued, another's, for another order, over, or used already.
        """
        found = self._issued.get(author.key or "")
        if found is None:
            raise Refused(
                f"no link {author.key or '(none named)'} was issued here; ask for a new one, or "
                "sign with your key"
            )
        if found.person != author.who:
            raise Refused(
                f"this link is {found.person}'s alone; {author.who} needs one of their own"
            )
        if (found.order, found.order_digest) != (order, order_digest):
            raise Refused(
                f"this link is for action {found.order} as it stood when the link was sent, and "
                f"answers nothing else; ask for a link for action {order}"
            )
        if at >= found.expires_at:
            raise Refused(
                f"this link was good until {found.expires_at:%Y-%m-%d %H:%M} UTC; ask for a new "
                "one, or sign with your key"
            )
        used = self._used.get(found.link)
        if used is not None:
            raise Refused(
                f"this link was answered at {used:%Y-%m-%d %H:%M} UTC and is good only once; look "
                "at the incident for what was decided"
            )
