"""Whom to reach at an instant, and what to say to a name the register does not know.

An unknown system is a warning with the likeliest name beside it, and never stops anyone.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from tocsin.register.mistakes import nearest
from tocsin.register.model import Hours, Person, Register


class Unknown(msgspec.Struct, frozen=True, kw_only=True):
    """A system that is not in the register, and the one that was probably meant."""

    name: str
    meant: str | None

    def __str__(self) -> str:
        guess = f'; did you mean "{self.meant}"?' if self.meant else "; add it to the register"
        return f'"{self.name}" is not in the register{guess}'


class Reachable(msgspec.Struct, frozen=True, kw_only=True):
    """A person to reach.

    Args:
        instead_of: whose deputy they are here; None when asked for themselves.
        working: whether it is within their own working hours.
    """

    person: Person
    instead_of: str | None
    working: bool


def unknown_systems(register: Register, names: Iterable[str]) -> tuple[Unknown, ...]:
    """Those of these systems that the register does not know, each once, in order."""
    by_title = {system.name: system.id for system in register.systems.values()}
    found: dict[str, Unknown] = {}
    for name in names:
        if name not in register.systems:
            meant = nearest(name, [*register.systems, *by_title])
            found[name] = Unknown(name=name, meant=by_title.get(meant or "", meant))
    return tuple(found.values())


def to_reach(register: Register, person: str, at: datetime) -> tuple[Reachable, ...]:
    """The person and their deputies' deputies, the best to reach at this instant first.

    Those at work come before those who are not; among equals the person themself, then their
    deputies in order, then the deputies of these. Nobody is named twice.
    """
    chain: dict[str, Reachable] = {}
    waiting: list[tuple[str, str | None]] = [(person, None)]
    for name, instead_of in waiting:
        known = register.people.get(name)
        if known is None or name in chain:
            continue
        working = is_working(known, at)
        chain[name] = Reachable(person=known, instead_of=instead_of, working=working)
        waiting += [(deputy, name) for deputy in known.deputies]
    return tuple(sorted(chain.values(), key=lambda reachable: not reachable.working))


def to_reach_for(register: Register, system: str, at: datetime) -> tuple[Reachable, ...]:
    """Whom to reach for a system: its owner, its deputy, then theirs; those at work first."""
    known = register.systems.get(system)
    if known is None:
        return ()
    found = {r.person.id: r for r in to_reach(register, known.owner, at)}
    if known.deputy is not None:
        for reachable in to_reach(register, known.deputy, at):
            found.setdefault(
                reachable.person.id,
                msgspec.structs.replace(reachable, instead_of=reachable.instead_of or known.owner),
            )
    return tuple(sorted(found.values(), key=lambda reachable: not reachable.working))


def is_working(person: Person, at: datetime) -> bool:
    """Whether this instant lies within the person's hours, by the clock on their own wall."""
    if not person.hours:
        return True
    local = at.astimezone(ZoneInfo(person.time_zone))
    minute = local.hour * 60 + local.minute
    return any(_within(hours, local.weekday(), minute) for hours in person.hours)


def _within(hours: Hours, day: int, minute: int) -> bool:
    if hours.from_minute < hours.to_minute:
        return day in hours.days and hours.from_minute <= minute < hours.to_minute
    began_today = day in hours.days and minute >= hours.from_minute
    began_yesterday = (day - 1) % 7 in hours.days and minute < hours.to_minute
    return began_today or began_yesterday
