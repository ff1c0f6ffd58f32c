"""What may be said of what an incident taught: factors, lessons, costs, words, the review.

Allowed in every status of an incident that is one: people learn before it is over and long after.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import datetime

from tocsin.facts import Access, Draft, Refused
from tocsin.facts.lessons import (
    CostBasis,
    CostKind,
    CostRecorded,
    FactorKind,
    FactorNamed,
    LessonNoted,
    LessonWithdrawn,
    NarrativeWritten,
    ReviewHeld,
    ReviewScheduled,
    Section,
    Went,
)
from tocsin.incident.lessons import REVIEW_WITHIN, Lessons
from tocsin.incident.model import Actor, Incident
from tocsin.incident.privilege import Space, may_write_cause
from tocsin.incident.refusals import access_for, require_known, words
from tocsin.register.mistakes import did_you_mean, shown

HOURS_OF_PEOPLE = "person-hours"
_AMOUNT = re.compile(r"[0-9]+(\.[0-9]+)?")
_BEFORE_POINT_MOST, _AFTER_POINT_MOST = 15, 4
_UNIT = re.compile(r"[A-Z]{3}")


def name_factor(
    known: Lessons,
    incident: Incident,
    actor: Actor,
    at: datetime,
    *,
    where: FactorKind,
    statement: str,
    evidence: Sequence[str],
    access: Access | None = None,
) -> list[Draft]:
    """The fact that something contributed. `evidence` are digests of pieces on record."""
    require_known(incident)
    fact = FactorNamed(
        factor=known.next_id("factor"),
        where=where,
        statement=words(statement, "the factor"),
        evidence=tuple(dict.fromkeys(evidence)),
    )
    return [Draft(fact=fact, happened_at=at, access=access_for(actor, access))]


def note_lesson(
    known: Lessons,
    incident: Incident,
    actor: Actor,
    at: datetime,
    *,
    went: Went,
    what: str,
    entries: Sequence[int],
    access: Access | None = None,
) -> list[Draft]:
    """The fact that somebody says how something went. `entries` must stand in the log."""
    require_known(incident)
    beyond = [one for one in entries if not 1 <= one <= known.seq]
    if beyond:
        raise Refused(f"this incident has entries 1 to {known.seq}; there is no entry {beyond[0]}")
    fact = LessonNoted(
        lesson=known.next_id("lesson"),
        went=went,
        what=words(what, "the lesson"),
        entries=tuple(dict.fromkeys(entries)),
    )
    return [Draft(fact=fact, happened_at=at, access=access_for(actor, access))]


def record_cost(
    known: Lessons,
    incident: Incident,
    actor: Actor,
    at: datetime,
    *,
    what: CostKind,
    amount: str,
    unit: str,
    basis: CostBasis,
    because: str,
    access: Access | None = None,
) -> list[Draft]:
    """The fact that it cost something: an amount in a currency, or hours of people."""
    require_known(incident)
    _check_amount(amount)
    if unit != HOURS_OF_PEOPLE and not _UNIT.fullmatch(unit):
        raise Refused(
            f"{unit!r} is neither a currency (three capital letters, such as EUR) nor "
            f"{HOURS_OF_PEOPLE}"
        )
    fact = CostRecorded(
        cost=known.next_id("cost"),
        what=what,
        amount=amount,
        unit=unit,
        basis=basis,
        because=words(because, "what it was for"),
    )
    return [Draft(fact=fact, happened_at=at, access=access_for(actor, access))]


def _check_amount(amount: str) -> None:
    if not _AMOUNT.fullmatch(amount):
        raise Refused(
            f"{shown(amount)} is no amount; write digits, and a point where there are parts, "
            "without spaces, commas or a sign: 1250.00"
        )
    before, _, after = amount.partition(".")
    sides = ((before, _BEFORE_POINT_MOST, "before"), (after, _AFTER_POINT_MOST, "after"))
    for digits, most, where in sides:
        if len(digits) > most:
            raise Refused(
                f"{shown(amount)} has {len(digits)} digits {where} the point, and an amount has "
                f"at most {most} there; is it in the unit that you mean?"
            )
    if not amount.strip("0."):
        raise Refused(f"{shown(amount)} is no amount above zero; what cost nothing is not recorded")


def withdraw(known: Lessons, actor: Actor, at: datetime, *, name: str, because: str) -> list[Draft]:
    """The fact that a factor, a lesson or a cost does not stand. Readers stay who they were."""
    said = known.factors.get(name) or known.lessons.get(name) or known.costs.get(name)
    if said is None:
        names = [*known.factors, *known.lessons, *known.costs]
        raise Refused(f"there is no {name!r} here; {_among(name, names)}")
    if said.withdrawn is not None:
        raise Refused(f"{name} is withdrawn already; nothing more is needed")
    fact = LessonWithdrawn(lesson=name, because=words(because, "the reason"))
    return [Draft(fact=fact, happened_at=at, access=said.access)]


def write_section(
    known: Lessons,
    incident: Incident,
    actor: Actor,
    at: datetime,
    *,
    section: Section,
    text: str,
    space: Space,
    counsel: bool,
    access: Access | None = None,
) -> list[Draft]:
    """The next version of a section that people write; an empty text takes it away.

    The root cause is written by whom counsel chose, and for those eyes that the choice names.

    Args:
        counsel: whether the register names anybody as counsel.
    """
    require_known(incident)
    if section is Section.ROOT_CAUSE:
        access = may_write_cause(space, actor.who, at, counsel=counsel).access
    versions = known.narrative.get(section, [])
    kept = text.strip()
    if kept == (versions[-1].text if versions else ""):
        raise Refused(
            f"the section {section.value} reads just so already; nothing is to be written"
        )
    fact = NarrativeWritten(section=section, text=kept)
    return [Draft(fact=fact, happened_at=at, access=access_for(actor, access))]


def review_after(at: datetime) -> Draft:
    """The fact that people look back on an incident that ends at this instant."""
    days = REVIEW_WITHIN.days
    fact = ReviewScheduled(
        due=at + REVIEW_WITHIN, because=f"within {days} days after the incident was closed"
    )
    return Draft(fact=fact, happened_at=at)


def hold_review(
    known: Lessons,
    incident: Incident,
    at: datetime,
    *,
    facilitator: str,
    attendees: Sequence[str],
    outcome: str,
    people: Collection[str],
) -> list[Draft]:
    """The fact that people looked back. Whoever commanded at any time does not lead it.

    Args:
        people: the ids of all people in the register in force; empty where none was adopted.
    """
    require_known(incident)
    require_person(facilitator, people, "facilitator")
    if facilitator in known.commanded and set(people) - known.commanded:
        raise Refused(
            f"{facilitator} commanded this incident; let somebody else lead the looking back, so "
            "that it asks for causes and blames nobody"
        )
    others = tuple(dict.fromkeys(words(one, "an attendee") for one in attendees))
    fact = ReviewHeld(
        facilitator=facilitator,
        attendees=tuple(one for one in others if one != facilitator),
        outcome=words(outcome, "what came of it"),
    )
    return [Draft(fact=fact, happened_at=at)]


def require_person(who: str, people: Collection[str], what: str) -> None:
    """Passes for a person of the register; for everybody before there is one."""
    if people and who not in people:
        raise Refused(f"{what} {who!r} is no person of the register; {_among(who, sorted(people))}")


def _among(name: str, names: Sequence[str]) -> str:
    return did_you_mean(name, names, f"there are: {', '.join(names) or 'none'}")
