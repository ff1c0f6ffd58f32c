"""What every decision asks first: is there an incident, is it open, are there words at all?"""

from __future__ import annotations

from datetime import datetime

from tocsin.facts import Access, Refused
from tocsin.incident.model import Actor, Incident, Status


def require_known(incident: Incident) -> None:
    """Passes when there is an incident, in whatever status."""
    if incident.status is Status.UNOPENED:
        raise Refused("there is no such incident; open it first, or look up its id in the list")


def require_open(incident: Incident) -> None:
    """Passes when the incident is open; otherwise says how it can be again."""
    require_known(incident)
    if incident.status is Status.MERGED:
        raise Refused(
            f"incident {incident.id} was merged into {incident.merged_into or 'another'}; "
            "go on there, or reopen this one"
        )
    if incident.status is not Status.OPEN:
        raise Refused(f"incident {incident.id} is {incident.status.value}; reopen it first")


def words(text: str, what: str) -> str:
    """The text without space around it; refuses an empty one."""
    kept = text.strip()
    if not kept:
        raise Refused(f"{what} is empty; say it in a few words")
    return kept


def one_line(text: str, what: str) -> str:
    """As `words`, on one line: a line break must not look like a line of a list, nor block."""
    return " ".join(words(text, what).split())


def access_for(actor: Actor, wanted: Access | None) -> Access:
    """Who may read what `actor` writes: counsel's own words are counsel's unless they say else."""
    if wanted is not None:
        return wanted
    return Access.COUNSEL if actor.is_counsel else Access.OPS


def shown(at: datetime) -> str:
    """An instant as a person reads it, with its zone."""
    return at.strftime("%Y-%m-%d %H:%M %Z").strip()
