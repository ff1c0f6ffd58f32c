"""Who looks, who leads, and how a role passes from one to another.

A role changes hands by assignment (by the commander, or where nobody holds it), or by an offer that
only the incoming person can accept. Until then the holder answers for it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import msgspec

from tocsin.facts import Draft, Refused
from tocsin.facts.incidents import Acknowledged, Assigned, HandoverAccepted, HandoverOffered
from tocsin.incident.model import COMMANDER, COUNSEL, Actor, Incident
from tocsin.incident.refusals import require_known, require_open, shown, words
from tocsin.register.mistakes import did_you_mean


class Staff(msgspec.Struct, frozen=True, kw_only=True):
    """Whom the register in force names, and which roles it gives to anybody."""

    people: frozenset[str]
    roles: frozenset[str]


def acknowledge(incident: Incident, actor: Actor, at: datetime, *, note: str = "") -> list[Draft]:
    """The fact that this person is looking; once a person."""
    require_open(incident)
    for one in incident.acknowledgements:
        if one.by == actor.who:
            raise Refused(
                f"{actor.who} acknowledged this at {shown(one.at)}; nothing more is needed. "
                "To add something, write a note"
            )
    return [Draft(fact=Acknowledged(note=note.strip()), happened_at=at)]


def assign(
    incident: Incident,
    actor: Actor,
    at: datetime,
    *,
    role: str,
    person: str,
    person_roles: frozenset[str] = frozenset(),
    staff: Staff | None = None,
) -> list[Draft]:
    """The fact that `person` fills `role`. Who is in no register keeps no role from anybody.

    Args:
        person_roles: what the register says of `person`; only asked for the role `counsel`.
        staff: whom and which roles the register in force knows; None before there is one.
    """
    require_open(incident)
    role, person = _named(role, person, staff)
    holder, commander = (_there(incident.holder(one), staff) for one in (role, COMMANDER))
    if holder == person:
        raise Refused(f"{person} is {role} already; nothing more is needed")
    if role == COUNSEL and COUNSEL not in person_roles:
        raise Refused(
            f"the register does not name {person} as counsel; add the role there, adopt the "
            "register, and assign again"
        )
    if holder is not None and actor.who != commander:
        who = f"the commander ({commander})" if commander else "a commander, once there is one,"
        raise Refused(
            f"{holder} is {role}; {holder} can offer it to {person}, or {who} can assign it"
        )
    return [Draft(fact=Assigned(role=role, person=person), happened_at=at)]


def offer_handover(
    incident: Incident, actor: Actor, at: datetime, *, role: str, to: str, note: str = "",
    staff: Staff | None = None,
) -> list[Draft]:  # fmt: skip
    """The fact that the holder of `role` offers it; nothing changes until `to` accepts.

    Args:
        staff: as in `assign`.
    """
    require_open(incident)
    role, to = _named(role, to, staff, held=incident.holder(role))
    holder, offered = incident.holder(role), incident.handover(role)
    if holder != actor.who:
        whose = f"{holder} holds it"
        if not holder:
            whose = f"nobody holds it; give it: tocsin incident assign INCIDENT {role} {to}"
        raise Refused(f"{actor.who} is not {role} and cannot hand it over: {whose}")
    if to == actor.who:
        raise Refused(f"{to} is {role} already; name the one who takes over")
    if offered is not None and offered.to == to:
        raise Refused(f"{role} was offered to {to} at {shown(offered.at)}; {to} has to accept it")
    return [Draft(fact=HandoverOffered(role=role, to=to, note=note.strip()), happened_at=at)]


def accept_handover(incident: Incident, actor: Actor, at: datetime, *, role: str) -> list[Draft]:
    """The fact that the incoming person took `role`; nobody else can say it for them."""
    require_known(incident)
    if incident.holder(role) == actor.who:
        raise Refused(f"{actor.who} is {role} already; nothing more is needed")
    offered = incident.handover(role)
    if offered is None:
        raise Refused(f"nobody has offered {role}; ask its holder to offer it to {actor.who}")
    if offered.to != actor.who:
        raise Refused(
            f"{role} was offered to {offered.to}; only {offered.to} can accept it, "
            f"or {offered.by} offers it to {actor.who} instead"
        )
    return [Draft(fact=HandoverAccepted(role=role, offered_by=offered.by), happened_at=at)]


def _named(role: str, person: str, staff: Staff | None, held: str | None = None) -> tuple[str, str]:
    """Both, as they are recorded. Raises Refused where the register in force has no such one.

    A role that somebody holds already, of whatever register, can be handed over.
    """
    role, person = words(role, "the role"), words(person, "the person")
    for one in (role, person):
        if not one.isprintable():
            raise Refused(f"{one[:70]!r} holds signs that nobody can read; write its name")
    if staff is not None:
        _check(person, "person of the register in force", staff.people)
        if held is None:
            _check(role, "role of anybody in the register", staff.roles | {COMMANDER, COUNSEL})
    return role, person


def _check(name: str, what: str, known: Collection[str]) -> None:
    if name not in known:
        among = f"there are: {', '.join(sorted(known))}"
        raise Refused(f"{name[:70]} is no {what}; {did_you_mean(name, sorted(known), among)}")


def _there(holder: str | None, staff: Staff | None) -> str | None:
    return None if staff is not None and holder not in staff.people else holder
