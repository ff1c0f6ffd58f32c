"""Who looks, who leads, and how a role passes from one to another.

A role changes hands by assignment (by the commander, or where nobody holds it), or by an offer that
only the incoming person can accept. Until then the holder answers for it.
"""

from __future__ import annotations

from datetime import datetime

from tocsin.facts import Draft, Refused
from tocsin.facts.incidents import Acknowledged, Assigned, HandoverAccepted, HandoverOffered
from tocsin.incident.model import COMMANDER, COUNSEL, Actor, Incident
from tocsin.incident.refusals import require_known, require_open, shown, words


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
) -> list[Draft]:
    """The fact that `person` fills `role`.

    Args:
        person_roles: what the register says of `person`; only asked for the role `counsel`.
    """
    require_open(incident)
    role, person = words(role, "the role"), words(person, "the person")
    holder, commander = incident.holder(role), incident.holder(COMMANDER)
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
    incident: Incident, actor: Actor, at: datetime, *, role: str, to: str, note: str = ""
) -> list[Draft]:
    """The fact that the holder of `role` offers it; nothing changes until `to` accepts."""
    require_open(incident)
    role, to = words(role, "the role"), words(to, "the person")
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
