"""Opening counsel's space, letting people in and out, and choosing who writes the root cause.

Only counsel decides here. The one exception: where the register names no counsel at all, the
commander says who writes the root cause, and the record says that it was so.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from tocsin.facts import Access, Draft, Refused
from tocsin.facts.entry import SEQ_DIGITS_MAX
from tocsin.facts.incidents import Assigned
from tocsin.facts.privilege import (
    CounselAdmitted,
    CounselRemoved,
    CounselSpaceOpened,
    OpinionGiven,
    Privilege,
    PrivilegeAsserted,
    RootCauseAssigned,
)
from tocsin.incident.model import COMMANDER, COUNSEL, Actor, Incident
from tocsin.incident.privilege import Space
from tocsin.incident.refusals import access_for, require_known, words

NO_COUNSEL = "the register names no counsel; the commander decides"


def open_space(
    incident: Incident,
    space: Space,
    actor: Actor,
    at: datetime,
    *,
    counsel: Collection[str],
    because: str,
) -> list[Draft]:
    """The fact that counsel has a space here; all counsel of the register are in it from the first.

    Args:
        counsel: everybody whom the register names as counsel.
    """
    require_known(incident)
    _require_counsel(actor, incident, "open counsel's space")
    if space.is_open:
        raise Refused("counsel's space is open already; admit people to it: tocsin counsel admit")
    members = tuple(sorted({actor.who, *counsel}))
    opened = CounselSpaceOpened(members=members, because=words(because, "the reason"))
    draft = Draft(fact=opened, happened_at=at)
    return [*_becoming_counsel(incident, actor, at), draft]


def admit(
    incident: Incident, space: Space, actor: Actor, at: datetime, *, person: str, because: str
) -> list[Draft]:
    """The fact that somebody may read and write in counsel's space."""
    require_known(incident)
    _require_in_space(space, actor)
    person = words(person, "the person")
    if person in space.members_after(None):
        raise Refused(f"{person} is in counsel's space already; nothing more is needed")
    fact = CounselAdmitted(person=person, because=words(because, "the reason"))
    return [Draft(fact=fact, happened_at=at)]


def remove(
    incident: Incident, space: Space, actor: Actor, at: datetime, *, person: str, because: str
) -> list[Draft]:
    """The fact that somebody reads nothing more of counsel's space."""
    require_known(incident)
    _require_in_space(space, actor)
    if person not in space.members_after(None):
        inside = ", ".join(sorted(space.members_after(None)))
        raise Refused(f"{person} is not in counsel's space; those in it are: {inside}")
    if space.counsel == {person}:
        raise Refused(
            f"{person} is the last counsel in the space, and nobody could admit anyone after that; "
            "another counsel has to open the next incident's space"
        )
    fact = CounselRemoved(person=person, because=words(because, "the reason"))
    return [Draft(fact=fact, happened_at=at)]


def choose_cause(
    incident: Incident,
    space: Space,
    actor: Actor,
    at: datetime,
    *,
    person: str,
    from_at: datetime,
    privileged: bool,
    because: str,
    counsel: Collection[str],
) -> list[Draft]:
    """The fact that this person writes the root cause from then on.

    Args:
        counsel: everybody whom the register names as counsel.
    """
    require_known(incident)
    reason, before = words(because, "the reason"), list[Draft]()
    if not counsel and not space.is_open and incident.holder(COUNSEL) is None:
        if incident.holder(COMMANDER) != actor.who:
            commander = incident.holder(COMMANDER)
            whose = f"{commander} is that" if commander else "assign one first"
            raise Refused(f"{NO_COUNSEL} who writes the root cause: {whose}")
        if privileged:
            raise Refused(
                "the register names no counsel, so nothing can be under privilege; leave out "
                "--privileged, or name counsel in the register and let them decide"
            )
        reason = f"{reason} ({NO_COUNSEL})"
    elif space.is_open:
        _require_in_space(space, actor)
    else:
        _require_counsel(actor, incident, "decide who writes the root cause")
        before = _becoming_counsel(incident, actor, at)
    cause = space.cause
    wanted = (words(person, "the person"), from_at, privileged)
    if cause is not None and (cause.person, cause.from_at, cause.privileged) == wanted:
        raise Refused(f"{cause.by} decided just that; nothing more is needed")
    if privileged and space.is_open and wanted[0] not in space.members_after(None):
        raise Refused(
            f"{person} is not in counsel's space, and could not read what they wrote under "
            f"privilege; admit them first: tocsin counsel admit {incident.id} {person}"
        )
    fact = RootCauseAssigned(
        person=wanted[0], from_at=from_at, privileged=privileged, because=reason
    )
    return [*before, Draft(fact=fact, happened_at=at)]


def opine(
    incident: Incident,
    actor: Actor,
    at: datetime,
    *,
    text: str,
    about: str = "",
    access: Access | None = None,
) -> list[Draft]:
    """What somebody thinks, for counsel's eyes unless they say else; never beside what they saw."""
    require_known(incident)
    wanted = about.strip()
    if wanted and not _is_known(incident, wanted):
        raise Refused(
            f"there is no {wanted} here; name a claim, a question or the number of an entry, or "
            "leave it out"
        )
    fact = OpinionGiven(about=wanted, opinion=words(text, "the opinion"))
    label = access if access is not None else Access.COUNSEL
    return [Draft(fact=fact, happened_at=at, access=access_for(actor, label))]


def assert_privilege(
    incident: Incident,
    space: Space,
    actor: Actor,
    at: datetime,
    *,
    entry: int,
    label: Access,
    privilege: Privilege,
    description: str,
    basis: str,
    category: str = "",
) -> list[Draft]:
    """On what ground an entry for counsel is withheld, in words that do not reveal it.

    Args:
        label: for whom that entry is; only what is for counsel is privileged.
    """
    require_known(incident)
    if space.is_open:
        _require_in_space(space, actor)
    else:
        _require_counsel(actor, incident, "assert a privilege")
    if label is not Access.COUNSEL:
        raise Refused(
            f"entry {entry} is for {label.value} and was never withheld; what is to be privileged "
            "is written for counsel from the first: --access counsel"
        )
    fact = PrivilegeAsserted(
        entry=entry,
        privilege=privilege,
        category=category.strip(),
        description=words(description, "the description"),
        basis=words(basis, "the basis"),
    )
    if space.asserted.get(entry) == fact:
        raise Refused(f"that is asserted of entry {entry} already; nothing more is needed")
    before = [] if space.is_open else _becoming_counsel(incident, actor, at)
    return [*before, Draft(fact=fact, happened_at=at)]


def _require_counsel(actor: Actor, incident: Incident, wish: str) -> None:
    if not actor.is_counsel:
        counsel = incident.holder(COUNSEL)
        whom = f"ask {counsel}" if counsel else "ask someone whom the register names as counsel"
        raise Refused(f"only counsel can {wish}; {whom}")


def _require_in_space(space: Space, actor: Actor) -> None:
    if not space.is_open:
        raise Refused("counsel has no space here yet; counsel opens it: tocsin counsel open")
    if actor.who not in space.counsel:
        inside = ", ".join(sorted(space.counsel))
        raise Refused(f"only counsel of this space decides that; ask {inside}")


def _becoming_counsel(incident: Incident, actor: Actor, at: datetime) -> list[Draft]:
    """What makes it plain in the log that counsel of the register decides here."""
    if incident.holder(COUNSEL) == actor.who:
        return []
    return [Draft(fact=Assigned(role=COUNSEL, person=actor.who), happened_at=at)]


def _is_known(incident: Incident, about: str) -> bool:
    if about.isdecimal() and len(about) <= SEQ_DIGITS_MAX:
        return 1 <= int(about) <= incident.seq
    return incident.claim(about) is not None or incident.question(about) is not None
