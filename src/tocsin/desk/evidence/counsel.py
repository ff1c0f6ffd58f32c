"""What counsel decides about their space of an incident, asked of the log as it is at that moment.

Whoever decides here is a person, and signs where they have a key: it is read in court one day.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from tocsin.desk.people import actor, check_oneself, check_person
from tocsin.desk.plans.runs import By
from tocsin.desk.record import Writer
from tocsin.facts import Draft, Entry
from tocsin.incident.fold import replay
from tocsin.incident.model import Actor, Incident
from tocsin.incident.privilege import Space, space_of
from tocsin.register.can import COUNSEL_ROLE
from tocsin.world import Appended


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision about counsel's space rests on.

    Args:
        counsel: everybody whom the register in force names as counsel.
        entries: the log so far.
    """

    incident: Incident
    space: Space
    actor: Actor
    at: datetime
    counsel: frozenset[str]
    entries: list[Entry]


def counsel_of(desk: Writer) -> frozenset[str]:
    """Everybody whom the register in force names as counsel."""
    people = desk.knowledge.nearest_register().people
    return frozenset(one.id for one in people.values() if COUNSEL_ROLE in one.roles)


def decide_in_space(
    desk: Writer, log: str, choose: Callable[[Asked], list[Draft]], by: By
) -> Appended:
    """Record what `choose` decides. Raises Refused: by it, or by who says so and how."""
    check_person(desk, by.author)
    check_oneself(desk, by.author)
    who, counsel, now = actor(desk, by.author.who), counsel_of(desk), desk.world.clock.now()

    def judge(entries: list[Entry]) -> list[Draft]:
        return choose(
            Asked(
                incident=replay(entries),
                space=space_of(entries),
                actor=who,
                at=now,
                counsel=counsel,
                entries=entries,
            )
        )

    return desk.decide(log, judge, by.author, client_key=by.client_key, sign=by.sign)
