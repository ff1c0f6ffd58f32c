"""Whether a finding is something new: our own act explains it, or an open incident is about it.

The rules are few and stand in the record in plain words wherever they are applied, so that a person
can disagree and split.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

import msgspec

from tocsin.desk.plans.acts import Act
from tocsin.desk.plans.one_act import ON
from tocsin.facts import Entry
from tocsin.facts.findings import Found, Sign, Subsided

FOLLOWS_WITHIN = timedelta(minutes=10)
"""A change that begins so soon after a system was turned off is explained by that."""

BEGAN_WITHIN = timedelta(minutes=30)
"""Two changes that began so close to each other are taken for one failure."""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A finding as an incident's log tells it.

    Args:
        times: how often it was told; it may have subsided and come back.
        stands: whether its detector still claims it.
    """

    found: Found
    log: str
    times: int
    stands: bool


def told_in(log: str, entries: Iterable[Entry]) -> dict[str, Told]:
    """The findings of one log by their names, as they were told last."""
    told: dict[str, Told] = {}
    for entry in entries:
        fact = entry.fact
        if isinstance(fact, Found):
            before = told.get(fact.finding)
            times = before.times + 1 if before else 1
            told[fact.finding] = Told(found=fact, log=log, times=times, stands=True)
        elif isinstance(fact, Subsided) and fact.finding in told:
            told[fact.finding] = msgspec.structs.replace(told[fact.finding], stands=False)
    return told


def act_that_explains(
    found: Found, acts: Sequence[Act], switch: str | None, told: Iterable[Told], blur: timedelta
) -> Act | None:
    """The turning off or on of the system that explains this change; None when none does.

    Args:
        acts: on this system, the oldest first.
        switch: the integration that turns the system off.
        told: what was found on this system before.
        blur: how exactly a detector can tell when a change began.
    """
    switched = [act for act in acts if act.place[0] == switch]
    near = [
        act
        for place, act in enumerate(switched)
        if _explains(act, found, switched[place + 1 :], blur)
    ]
    if not near:
        return None
    act = near[-1]
    began_before = any(
        one.found.caused_by is None
        and one.log == act.log
        and found.since < act.at
        and abs(one.found.since - found.since) <= blur
        for one in told
    )
    return None if began_before else act


def _explains(act: Act, found: Found, later: Iterable[Act], blur: timedelta) -> bool:
    """Whether this turning off or on explains the change.

    What is off is not what was learned, and for a while that is no news. What is on again is as it
    was before: requests that it serves and that go wrong then are a failure, whatever we did.
    """
    if found.since < act.at - blur:
        return False
    is_rate = found.sign is Sign.RATE
    if act.order.fact.wanted == ON:
        return not is_rate and found.since <= act.at + blur
    back = [one.at for one in later if one.place == act.place and one.order.fact.wanted == ON]
    ends = [at + (timedelta() if is_rate else blur) for at in back]
    return found.since <= min([act.at + FOLLOWS_WITHIN + blur, *ends])


def why_the_same(found: Found, told: Iterable[Told], blur: timedelta) -> str | None:
    """Why this finding belongs to an open incident in which these were found; None if not.

    Args:
        told: the findings of that incident.
    """
    causes = [one.found for one in told if one.found.caused_by is None]
    if not causes:
        return "the incident is open about this system, and nothing had been found in it yet"
    for one in causes:
        if one.detector == found.detector:
            return f"{found.detector} found something in this incident before, and it is open"
    for one in causes:
        apart = abs(one.since - found.since)
        same_version = one.version == found.version or None in (one.version, found.version)
        if same_version and apart <= BEGAN_WITHIN + blur:
            return (
                f"it began within {_minutes(apart)} of what {one.detector} found, on the same "
                "version or on all of them"
            )
    return None


def explained_words(found: Found, act: Act) -> str:
    """Why a finding is laid to an act of ours."""
    fact = act.order.fact
    return (
        f"{found.detector} is explained by action {act.order.seq}: {fact.target} was turned "
        f"{fact.wanted} at {act.at:%H:%M:%S} UTC, and the change began at "
        f"{found.since:%H:%M:%S}. It starts no incident and no plan. If that is wrong, open one: "
        "tocsin incident open"
    )


def joined_words(found: Found, why: str) -> str:
    """Why a finding joined an incident that was open."""
    return (
        f"{found.detector} is taken for the same failure: {why}. If it is another, split it off: "
        "tocsin incident split"
    )


def _minutes(span: timedelta) -> str:
    minutes = int(span.total_seconds()) // 60 + 1
    return "1 minute" if minutes == 1 else f"{minutes} minutes"
