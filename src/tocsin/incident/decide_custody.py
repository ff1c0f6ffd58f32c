"""Placing and releasing holds, and destroying evidence that nothing holds any more.

A hold is placed by anybody and takes effect with its record. Only a person releases one, and each
is released by itself: where two stand, one release frees nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tocsin.facts import Access, Asserter, Draft, Refused
from tocsin.facts.custody import EvidenceDeleted, HoldPlaced, HoldReleased
from tocsin.facts.entry import INCIDENT_PREFIX
from tocsin.incident.custody import DECLARATION, Custody, hold_id, may_delete, unfinished_end
from tocsin.incident.model import Actor
from tocsin.incident.refusals import words


def hold(
    known: Custody,
    actor: Actor,
    at: datetime,
    *,
    log: str,
    because: str,
    systems: Sequence[str] = (),
    people: Sequence[str] = (),
    digests: Sequence[str] = (),
    access: Access = Access.OPS,
) -> list[Draft]:
    """The fact that something must not be deleted. Without digests: all this incident has."""
    wanted = (frozenset(systems), frozenset(people), frozenset(digests))
    readable = [one for one in known.holds if one.log == log and not one.everything]
    for one in readable:
        if one.id != DECLARATION and (one.systems, one.people, one.digests) == wanted:
            raise Refused(f"hold {one.name} by {one.by} covers just that already")
    fact = HoldPlaced(
        hold=hold_id(known, log),
        systems=tuple(sorted(wanted[0])),
        people=tuple(sorted(wanted[1])),
        digests=tuple(sorted(wanted[2])),
        because=words(because, "the reason"),
    )
    return [Draft(fact=fact, happened_at=at, access=access)]


def release(
    known: Custody,
    actor: Actor,
    at: datetime,
    *,
    log: str,
    hold: str,
    because: str,
    kind: Asserter = Asserter.PERSON,
) -> list[Draft]:
    """The fact that one hold ended by a person's decision. Other holds still stand."""
    if kind is not Asserter.PERSON:
        raise Refused(f"only a person releases a hold; {actor.who} is a {kind.value}")
    here = [one.id for one in known.holds if one.log == log]
    if hold not in here:
        there = ", ".join(here) or "none"
        raise Refused(f"no hold {hold} stands here; those that stand are: {there}")
    going_on = unfinished_end(known, log)
    if hold == DECLARATION and going_on is not None:
        raise Refused(
            f"incident {going_on.removeprefix(INCIDENT_PREFIX)} is not over; the hold of its "
            "declaration can be released once it is closed or dismissed"
        )
    return [
        Draft(fact=HoldReleased(hold=hold, because=words(because, "the reason")), happened_at=at)
    ]


def delete_evidence(
    known: Custody,
    actor: Actor,
    at: datetime,
    *,
    digest: str,
    because: str,
    kept_until: datetime | None = None,
) -> list[Draft]:
    """The fact that a piece is destroyed on purpose: append it first, then empty the vault.

    Args:
        kept_until: until when it had to be kept, where a rule said so; refused before that.
    """
    piece = known.pieces.get(digest)
    if piece is None or not piece.in_vault:
        raise Refused(f"evidence {digest[:12]} is not in the vault by the record; list what is")
    may_delete(known, digest)
    if kept_until is not None and kept_until > at:
        raise Refused(f"it must be kept until {kept_until:%Y-%m-%d}; delete it after that")
    fact = EvidenceDeleted(
        digest=digest, because=words(because, "the reason"), kept_until=kept_until
    )
    return [Draft(fact=fact, happened_at=at, access=piece.access)]
