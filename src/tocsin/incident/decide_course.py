"""How an incident begins, moves, joins others and ends.

Neither dismissing, closing, merging nor splitting clears anybody's awareness in law: whoever knew,
knew, and where an incident goes on under another id, that knowledge goes with it.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from datetime import datetime

from tocsin.facts import Access, Draft, Fact, Refused
from tocsin.facts.incidents import (
    BecameAware,
    Closed,
    Dismissed,
    Grade,
    Linked,
    Opened,
    Phase,
    PhaseEntered,
    Relation,
    Reopened,
    Widened,
)
from tocsin.incident.decide_lessons import review_after
from tocsin.incident.model import Actor, Awareness, Incident, Status
from tocsin.incident.refusals import one_line, require_known, require_open, shown, words

_NEEDS_A_DECISION = {
    Relation.MERGED_INTO: "merge",
    Relation.MERGED_FROM: "merge",
    Relation.SPLIT_INTO: "split",
    Relation.SPLIT_FROM: "split",
}


def open_(
    incident: Incident,
    actor: Actor,
    at: datetime,
    *,
    title: str,
    systems: Sequence[str],
    registered: frozenset[str],
    occurred_at: datetime | None = None,
) -> list[Draft]:
    """The facts that open an incident. A system that nobody registered never blocks it.

    Args:
        at: when it was discovered.
        registered: the ids of all systems in the register in force.
        occurred_at: when the harm began, where that is known; not after `at`.
    """
    if incident.status is not Status.UNOPENED:
        raise Refused(f"incident {incident.id} exists already: {incident.title!r}")
    if occurred_at is not None and occurred_at > at:
        raise Refused(
            f"the harm cannot begin at {shown(occurred_at)}, after it was discovered at {shown(at)}"
        )
    named = tuple(dict.fromkeys(one_line(system, "a system's name") for system in systems))
    fact = Opened(
        title=one_line(title, "the title"),
        systems=named,
        unregistered=tuple(system for system in named if system not in registered),
        discovered_at=at,
        occurred_at=occurred_at,
    )
    return [Draft(fact=fact, happened_at=at)]


def widen(
    incident: Incident,
    actor: Actor,
    at: datetime,
    *,
    systems: Sequence[str],
    registered: frozenset[str],
    because: str,
) -> list[Draft]:
    """The fact that an open incident is about these systems too; none ever leaves it.

    Args:
        registered: the ids of all systems in the register in force.
    """
    require_open(incident)
    named = tuple(dict.fromkeys(one_line(system, "a system's name") for system in systems))
    if not named:
        raise Refused("no system is named; name at least one")
    fact = widened(incident.systems, named, registered, words(because, "the reason"))
    if fact is None:
        raise Refused(
            f"incident {incident.id} is about {', '.join(named)} already; nothing more is needed"
        )
    return [Draft(fact=fact, happened_at=at)]


def widened(
    known: Sequence[str], named: Sequence[str], registered: Container[str], because: str
) -> Widened | None:
    """That an incident about `known` is about these too; None where that is nothing new."""
    new = tuple(dict.fromkeys(one for one in named if one not in known))
    if not new:
        return None
    unregistered = tuple(one for one in new if one not in registered)
    return Widened(systems=new, unregistered=unregistered, because=because)


def enter_phase(
    incident: Incident, actor: Actor, at: datetime, *, phase: Phase, because: str
) -> list[Draft]:
    """The fact that the response moved to another phase; going back is as allowed as going on."""
    require_open(incident)
    if incident.phase is phase:
        raise Refused(f"the response is in phase {phase.value} already; nothing more is needed")
    fact = PhaseEntered(phase=phase, because=words(because, "the reason"))
    return [Draft(fact=fact, happened_at=at)]


def open_work(incident: Incident, running: Sequence[str] = ()) -> list[str]:
    """What still stands between the incident and its end, each line with how to end it.

    Args:
        running: ids of the plans' runs that have not ended.
    """
    lines = [f"run {run} is going on: let it end, or cancel it" for run in running]
    lines += [
        f"question {one.id} has no answer: settle it{_told(one.access, one.text)}"
        for one in incident.open_questions
    ]
    lines += [
        f"claim {one.id} is only suspected: confirm or refute it" + _told(one.access, one.statement)
        for one in incident.claims
        if one.grade is Grade.SUSPECTED
    ]
    lines += [
        f"{one.role} was offered to {one.to}: {one.to} accepts it, or the commander assigns it"
        for one in incident.handovers
    ]
    if incident.severity is None:
        lines.append("nobody has judged how severe it is: judge it")
    return lines


def _told(access: Access, text: str) -> str:
    """The words, where everybody on the incident may read them."""
    return f" ({text})" if access is Access.OPS else f" (for {access.value} only)"


def close(
    incident: Incident,
    actor: Actor,
    at: datetime,
    *,
    because: str,
    running: Sequence[str] = (),
) -> list[Draft]:
    """The facts that the incident is over and when people look back on it at the latest.

    Refused while work is open, with all of it named.
    """
    _require_not(incident, Status.CLOSED)
    require_open(incident)
    left = open_work(incident, running)
    if left:
        raise Refused("not everything is done yet:\n- " + "\n- ".join(left))
    closed = Draft(fact=Closed(because=words(because, "the reason")), happened_at=at)
    return [closed, review_after(at)]


def dismiss(
    incident: Incident,
    actor: Actor,
    at: datetime,
    *,
    because: str,
    running: Sequence[str] = (),
) -> list[Draft]:
    """The fact that this is no incident. Awareness keeps counting until counsel rules on each."""
    _require_not(incident, Status.DISMISSED)
    require_open(incident)
    if running:
        raise Refused(
            f"run {', '.join(running)} is going on; let it end, or cancel it, then dismiss"
        )
    return [Draft(fact=Dismissed(because=words(because, "the reason")), happened_at=at)]


def reopen(incident: Incident, actor: Actor, at: datetime, *, because: str) -> list[Draft]:
    """The fact that it is not over after all."""
    require_known(incident)
    _require_not(incident, Status.OPEN)
    return [Draft(fact=Reopened(because=words(because, "the reason")), happened_at=at)]


def link(
    incident: Incident,
    actor: Actor,
    at: datetime,
    *,
    other: str,
    relation: Relation,
    because: str,
) -> list[Draft]:
    """The fact that another incident stands in a relation to this one, in every status."""
    require_known(incident)
    other = words(other, "the other incident")
    if relation in _NEEDS_A_DECISION:
        verb = _NEEDS_A_DECISION[relation]
        raise Refused(f"{relation.value} is not written by hand; {verb} the incidents instead")
    _require_other(incident, other)
    if any((one.other, one.relation) == (other, relation) for one in incident.links):
        raise Refused(f"{incident.id} is {relation.value} {other} already; nothing more is needed")
    fact = Linked(other=other, relation=relation, because=words(because, "the reason"))
    return [Draft(fact=fact, happened_at=at)]


def merge(
    incident: Incident, into: Incident, actor: Actor, at: datetime, *, because: str
) -> tuple[list[Draft], list[Draft]]:
    """The facts by which `incident` goes on as `into`.

    Returns:
        What `into` gets (append this first: it only adds, and what it has is not repeated, so
        that a merger cut in half is finished by asking again), and what `incident` gets.
    """
    require_open(incident)
    require_open(into)
    _require_other(incident, into.id)
    reason = words(because, "the reason")
    come = Linked(other=incident.id, relation=Relation.MERGED_FROM, because=reason)
    gone = Linked(other=into.id, relation=Relation.MERGED_INTO, because=reason)
    known = any((one.other, one.relation) == (come.other, come.relation) for one in into.links)
    wider = widened(
        into.systems,
        incident.systems,
        {one for one in incident.systems if one not in incident.unregistered},
        f"incident {incident.id} goes on here",
    )
    added: list[Fact] = [*([] if known else [come]), *([] if wider is None else [wider])]
    return (
        [*(Draft(fact=fact, happened_at=at) for fact in added), *_carried(incident, into)],
        [Draft(fact=gone, happened_at=at)],
    )


def split(
    incident: Incident,
    actor: Actor,
    at: datetime,
    *,
    child: str,
    title: str,
    systems: Sequence[str],
    registered: frozenset[str],
    because: str,
) -> tuple[list[Draft], list[Draft]]:
    """The facts by which a part of `incident` becomes an incident of its own.

    Args:
        child: the new incident's id.

    Returns:
        What the new incident gets (append this first), and what `incident` gets.
    """
    require_open(incident)
    _require_other(incident, child)
    reason = words(because, "the reason")
    begun = open_(
        Incident(),
        actor,
        min(at, incident.discovered_at or at),
        title=title,
        systems=systems,
        registered=registered,
        occurred_at=incident.occurred_at,
    )
    come = Linked(other=incident.id, relation=Relation.SPLIT_FROM, because=reason)
    gone = Linked(other=child, relation=Relation.SPLIT_INTO, because=reason)
    return (
        [*begun, Draft(fact=come, happened_at=at), *_carried(incident, Incident())],
        [Draft(fact=gone, happened_at=at)],
    )


def _carried(source: Incident, target: Incident) -> list[Draft]:
    known = {(one.person, one.standing, one.at) for one in target.awareness}
    return [
        Draft(
            fact=BecameAware(
                person=one.person,
                standing=one.standing,
                basis=_basis_carried(one, source),
            ),
            happened_at=one.at,
            access=one.access,
        )
        for one in source.awareness
        if one.counts and (one.person, one.standing, one.at) not in known
    ]


def _basis_carried(one: Awareness, source: Incident) -> str:
    """Why it is held there; what is for counsel of one incident is not for those of another."""
    place = f"carried over from incident {source.id}, entry {one.seq}"
    if one.access is Access.OPS:
        return f"{one.basis} ({place})"
    return f"for {one.access.value} there: {place}"


def _require_other(incident: Incident, other: str) -> None:
    if incident.id == other:
        raise Refused(f"{other} is this very incident; name the other one")


def _require_not(incident: Incident, status: Status) -> None:
    if incident.status is status:
        last = next((turn for turn in reversed(incident.turns) if turn.to is status), None)
        when = f" since {shown(last.at)}, by {last.by}" if last else ""
        raise Refused(
            f"incident {incident.id} is {status.value} already{when}; nothing more is needed"
        )
