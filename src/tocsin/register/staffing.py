"""Who answers for a role at an instant, in which order, and when in the week nobody is at work."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from tocsin.register.mistakes import Mistake
from tocsin.register.model import Person, Register
from tocsin.register.reach import Reachable, is_working, to_reach, to_reach_for

OWNER = "owner"
"""The role that the register fills by itself: who answers for the system."""

WEEK, STEP = timedelta(days=7), timedelta(minutes=15)


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """A span in which none of those who answer for a role is at work; `until` is exclusive."""

    since: datetime
    until: datetime


def roles_of(register: Register) -> tuple[str, ...]:
    """Every role that somebody can be called for: the owner's, then those that people have."""
    named = {role for person in register.people.values() for role in person.roles}
    return (OWNER, *sorted(named - {OWNER})) if register.systems else tuple(sorted(named))


def answering(
    register: Register,
    role: str,
    systems: Sequence[str],
    at: datetime,
    holder: str | None = None,
) -> tuple[Reachable, ...]:
    """Whom to call for a role, the best to reach first; nobody is named twice.

    Who holds the role in an incident comes first, then whom the register gives it, each with their
    deputies; those at work before those who are not, those who have the role before their deputies.
    Where nobody has it, those who answer for the systems are called: a call that reaches nobody
    helps nobody.
    """
    first = list(to_reach(register, holder, at)) if holder is not None else []
    rest = owners(register, systems, at) if role == OWNER else []
    for person in register.people.values():
        if role in person.roles:
            rest += to_reach(register, person.id, at)
    rest.sort(key=lambda one: (not one.working, one.instead_of is not None))
    chain = [*first, *rest] or owners(register, systems, at)
    found: dict[str, Reachable] = {}
    for one in chain:
        found.setdefault(one.person.id, one)
    return tuple(found.values())


def owners(register: Register, systems: Sequence[str], at: datetime) -> list[Reachable]:
    """Those who answer for these systems, with their deputies."""
    return [one for system in systems for one in to_reach_for(register, system, at)]


def gaps(register: Register, role: str, systems: Sequence[str], since: datetime) -> tuple[Gap, ...]:
    """When, in the week that begins at this instant, nobody who answers for the role is at work.

    Not modelled: spans shorter than a quarter of an hour.
    """
    people = [one.person for one in answering(register, role, systems, since)]
    found: list[Gap] = []
    at, until = since, since + WEEK
    while at < until:
        if not any(is_working(person, at) for person in people):
            if found and found[-1].until == at:
                found[-1] = msgspec.structs.replace(found[-1], until=at + STEP)
            else:
                found.append(Gap(since=at, until=at + STEP))
        at += STEP
    return tuple(found)


def told_of_staffing(register: Register, at: datetime) -> list[Mistake]:
    """Advice: people whom no call reaches, roles that reach nobody, hours without anybody."""
    pagers = {one.id for one in register.integrations.values() if one.kind == "pagerduty"}
    return [
        Mistake(file="register", line=1, path=path, found=found, remedy=remedy, advice=True)
        for path, found, remedy in [
            *_unreached(register, pagers),
            *_unstaffed(register, pagers, at),
        ]
    ]


def is_callable(person: Person, register: Register, pagers: Collection[str]) -> bool:
    """Whether any integration of the register calls this person."""
    return bool(pagers) or any(way in register.integrations for way in person.reach)


def _unreached(register: Register, pagers: Collection[str]) -> Iterator[tuple[str, str, str]]:
    for person in register.people.values():
        if person.roles and not is_callable(person, register, pagers):
            yield (
                f"people.{person.id}",
                "no integration calls them, so a page passes them over",
                'add an integration of kind "pagerduty", or name one in reach',
            )


def _unstaffed(
    register: Register, pagers: Collection[str], at: datetime
) -> Iterator[tuple[str, str, str]]:
    systems, monday = tuple(register.systems), _monday(at)
    for role in roles_of(register):
        chain = answering(register, role, systems, at)
        reached = [one for one in chain if is_callable(one.person, register, pagers)]
        if chain and not reached:
            yield (
                f"roles.{role}",
                "a call for it reaches nobody",
                "give somebody a way to be called",
            )
            continue
        open_ = gaps(register, role, systems, monday) if chain else ()
        if open_:
            hours = sum((one.until - one.since for one in open_), timedelta()) // timedelta(hours=1)
            first = open_[0]
            yield (
                f"roles.{role}",
                f"for {hours} hours of the week nobody who answers for it is at work, first "
                f"{first.since:%A %H:%M} to {first.until:%A %H:%M} UTC",
                "they are called all the same, out of hours; name a deputy in another zone",
            )


def _monday(at: datetime) -> datetime:
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=midnight.weekday())
