"""Folds a log into what is repaired in it: who does it until when, and what shows that it helps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from tocsin.facts import Draft, Entry, Refused
from tocsin.facts.recovery import WorkAdded, WorkDone, WorkShown
from tocsin.register.mistakes import did_you_mean


class Repair(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of work, its evidence, and when it was done; None while it is not."""

    at: datetime
    who: str
    fact: WorkAdded
    shown: tuple[WorkShown, ...] = ()
    done_at: datetime | None = None
    done_by: str = ""

    def is_late(self, now: datetime) -> bool:
        """Whether it should be done by now and is not."""
        return self.done_at is None and self.fact.due_at < now


def repairs(entries: Iterable[Entry]) -> dict[str, Repair]:
    """The work of a log by its id, in order."""
    found: dict[str, Repair] = {}
    for entry in entries:
        match entry.fact:
            case WorkAdded() as fact if fact.work not in found:
                found[fact.work] = Repair(at=entry.recorded_at, who=entry.author.who, fact=fact)
            case WorkShown() as fact if fact.work in found:
                one = found[fact.work]
                found[fact.work] = msgspec.structs.replace(one, shown=(*one.shown, fact))
            case WorkDone() as fact if fact.work in found and found[fact.work].shown:
                found[fact.work] = msgspec.structs.replace(
                    found[fact.work], done_at=entry.recorded_at, done_by=entry.author.who
                )
            case _:
                pass
    return found


def added(known: Mapping[str, Repair], fact: WorkAdded, at: datetime) -> Draft:
    """The fact that somebody will repair something. Raises Refused."""
    if not fact.title.strip():
        raise Refused("say what is done (--title)")
    if fact.due_at <= at:
        raise Refused(f"{fact.due_at:%Y-%m-%d %H:%M} UTC is over; name a later instant (--due)")
    if fact.before and not fact.measure:
        raise Refused("say of what --before is a value: --measure recall")
    named = msgspec.structs.replace(fact, work=f"work-{len(known) + 1}")
    return Draft(fact=named, happened_at=at)


def shown(known: Mapping[str, Repair], fact: WorkShown, at: datetime) -> Draft:
    """The fact that something shows how far work is. Raises Refused."""
    one = meant(known, fact.work)
    if one.done_at is not None:
        raise Refused(f"{fact.work} was done at {one.done_at:%Y-%m-%d %H:%M} UTC")
    before = fact.before or (one.fact.before if fact.after else "")
    return Draft(fact=msgspec.structs.replace(fact, before=before), happened_at=at)


def done(known: Mapping[str, Repair], work: str, because: str, at: datetime) -> Draft:
    """The fact that work is done: only with evidence, and where a measure is named, its value.

    Raises:
        Refused: no such work, done already, or nothing shows it.
    """
    one = meant(known, work)
    if one.done_at is not None:
        raise Refused(f"{work} was done at {one.done_at:%Y-%m-%d %H:%M} UTC")
    if not one.shown:
        raise Refused(
            f"nothing shows that {work} is done; hand in what does: tocsin recovery work "
            f"evidence INCIDENT {work} --file FILE"
        )
    if one.fact.measure and not any(fact.after for fact in one.shown):
        raise Refused(
            f"{work} shall change {one.fact.measure}, and no evidence says what it is now: "
            "--after VALUE"
        )
    return Draft(fact=WorkDone(work=work, because=because), happened_at=at)


def meant(known: Mapping[str, Repair], work: str) -> Repair:
    """The work of this id. Raises Refused."""
    if work not in known:
        among = f"there is: {', '.join(known) or 'none'}"
        raise Refused(f"no work is called {work}; {did_you_mean(work, known, among)}")
    return known[work]
