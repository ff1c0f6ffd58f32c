"""Short ids: any start of an incident's id that no other shares, three letters at least."""

from __future__ import annotations

from collections.abc import Iterable

from tocsin.facts import Missing, Refused, incident_log
from tocsin.facts.entry import INCIDENT_PREFIX, ORGANISATION_LOG
from tocsin.world import Journal

SHORTEST = 3
_CONFUSED = str.maketrans("ILO", "110")
"""Letters that Crockford's base 32 leaves out, and the digits they are meant to be."""


def incidents(journal: Journal) -> list[str]:
    """The ids of all incidents, sorted."""
    return [log.removeprefix(INCIDENT_PREFIX) for log in journal.logs(INCIDENT_PREFIX)]


def find(journal: Journal, typed: str) -> str:
    """The whole id of the incident that was meant.

    Raises:
        Missing: none begins so.
        Refused: several do.
    """
    wanted = typed.upper().translate(_CONFUSED)
    known = incidents(journal)
    meant = [one for one in known if one.startswith(wanted)] if wanted else []
    if wanted in meant:
        return wanted
    if len(meant) == 1:
        return meant[0]
    if meant:
        several = ", ".join(shortest(one, known) for one in meant)
        raise Refused(f"{typed!r} could be {several}; type one letter more")
    raise Missing(f"there is no incident {typed!r}; see: tocsin incident list")


def log_meant(journal: Journal, typed: str) -> str:
    """The log of the incident that was meant, or the organisation's. Raises as `find`."""
    return typed if typed == ORGANISATION_LOG else incident_log(find(journal, typed))


def log_name(journal: Journal, log: str) -> str:
    """How people call what a log is about: the shortest start of an id, or the organisation."""
    return shortest(log.removeprefix(INCIDENT_PREFIX), incidents(journal))


def shortest(incident: str, known: Iterable[str]) -> str:
    """The shortest start of an id, three letters at least, that no other id shares."""
    others = [one for one in known if one != incident]
    for length in range(SHORTEST, len(incident)):
        start = incident[:length]
        if not any(one.startswith(start) for one in others):
            return start
    return incident
