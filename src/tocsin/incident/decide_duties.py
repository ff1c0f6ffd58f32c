"""What a person may say about deadlines, before anything reckons them from the law."""

from __future__ import annotations

from datetime import datetime

from tocsin.facts import Draft, Refused
from tocsin.facts.duties import DeadlineSet
from tocsin.incident.model import Actor, Incident
from tocsin.incident.refusals import one_line, require_open, shown, words


def set_deadline(
    incident: Incident,
    actor: Actor,
    at: datetime,
    *,
    deadline: str,
    conservative_at: datetime,
    latest_at: datetime | None,
    basis: str,
    source: str = "",
) -> list[Draft]:
    """The fact that something must be done by an instant; it may lie in the past."""
    require_open(incident)
    if latest_at is not None and latest_at < conservative_at:
        raise Refused(
            f"the latest instant that can be argued for ({shown(latest_at)}) lies before the one "
            f"that is surely in time ({shown(conservative_at)}); exchange them"
        )
    fact = DeadlineSet(
        deadline=one_line(deadline, "the deadline's id"),
        conservative_at=conservative_at,
        latest_at=latest_at,
        basis=words(basis, "the basis"),
        source=" ".join(source.split()),
    )
    return [Draft(fact=fact, happened_at=at)]
