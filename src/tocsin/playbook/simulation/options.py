"""What one change would be worth: the same runs played again with it, and the difference told.

Every option draws what the plan as it is drew (`draws`), so that a difference is the option's
doing.
Options whose intervals overlap are not ranked against each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from tocsin.playbook.simulation.calendar import HOURS_OF_WEEK, WEEK_MS
from tocsin.playbook.simulation.compiling import Compiled
from tocsin.playbook.simulation.engine import Engine, Outcome
from tocsin.playbook.simulation.intervals import Estimate, mean, ranks
from tocsin.playbook.simulation.network import Activity, Kind, Network, Worker
from tocsin.playbook.simulation.study import Progress, Study, is_missed


class Option(msgspec.Struct, frozen=True, kw_only=True):
    """One change of a network, in words."""

    words: str
    network: Network


class Worth(msgspec.Struct, frozen=True, kw_only=True):
    """What an option changes, on average of one run; below 0 is better.

    Args:
        contained_ms: of the time to contain; what is not contained within a week counts as a week.
        missed: of the number of limits missed.
        missed_by_limit: of the share of runs that miss each limit.
        rank_contained, rank_missed: from 1; the same where intervals overlap.
    """

    words: str
    contained_ms: Estimate
    missed: Estimate
    missed_by_limit: tuple[Estimate, ...]
    rank_contained: int = 0
    rank_missed: int = 0


def options_of(made: Compiled) -> Iterator[Option]:
    """One more person for each role, its people on call at any hour, and each yes given before."""
    network = made.network
    for number, role in enumerate(network.roles):
        own = made.own[role]
        if own:
            yield _one_more(network, number, own)
        if any(network.workers[who].spans is not None for who in own):
            yield _on_call(network, role, own)
    for number in made.approvals:
        yield _given_before(network, number)


def worths(
    made: Compiled,
    study: Study,
    seed: int,
    hours: Sequence[int],
    runs: int,
    progress: Progress = lambda done, total: None,
) -> tuple[Worth, ...]:
    """What each option changes, played on the first so many runs of a study."""
    runs = min(runs, study.runs)
    options = list(options_of(made))
    found = []
    for number, option in enumerate(options):
        progress(number * runs, len(options) * runs)
        engine = Engine(option.network, seed)
        outcomes = [engine.run(one, hours[one % HOURS_OF_WEEK]) for one in range(runs)]
        found.append(_worth(option, study, outcomes))
    progress(len(options) * runs, len(options) * runs)
    by_contained = ranks([one.contained_ms for one in found])
    by_missed = ranks([one.missed for one in found])
    return tuple(
        msgspec.structs.replace(one, rank_contained=first, rank_missed=second)
        for one, first, second in zip(found, by_contained, by_missed, strict=True)
    )


def _worth(option: Option, study: Study, outcomes: Sequence[Outcome]) -> Worth:
    limits = option.network.limits
    with_it = [tuple(is_missed(one, o.moments) for one in limits) for o in outcomes]
    pairs = list(zip(with_it, study.misses, strict=False))
    return Worth(
        words=option.words,
        contained_ms=mean(
            _counted(after) - _counted(before)
            for after, before in zip(outcomes, study.outcomes, strict=False)
        ),
        missed=mean(sum(after) - sum(before) for after, before in pairs),
        missed_by_limit=tuple(
            mean(after[place] - before[place] for after, before in pairs)
            for place in range(len(limits))
        ),
    )


def _counted(outcome: Outcome) -> int:
    return min(outcome.contained, WEEK_MS) if outcome.contained >= 0 else WEEK_MS


def _one_more(network: Network, number: int, own: Sequence[int]) -> Option:
    role, first = network.roles[number], network.workers[own[0]]
    added = len(network.workers)
    activities = []
    for one in network.activities:
        if one.role == number and one.kind in (Kind.PEOPLE, Kind.PAGE):
            place = 1 + max((n for n, who in enumerate(one.workers) if who in own), default=-1)
            workers = (*one.workers[:place], added, *one.workers[place:])
            one = msgspec.structs.replace(one, workers=workers)
        activities.append(one)
    changed = msgspec.structs.replace(
        network,
        activities=tuple(activities),
        workers=(*network.workers, Worker(id=f"one more {role}", spans=first.spans)),
    )
    return Option(words=f"one more {role}, with the hours of {first.id}", network=changed)


def _on_call(network: Network, role: str, own: Sequence[int]) -> Option:
    workers = [
        Worker(id=one.id) if number in own else one for number, one in enumerate(network.workers)
    ]
    changed = msgspec.structs.replace(network, workers=tuple(workers))
    return Option(words=f"{role} on call at any hour", network=changed)


def _given_before(network: Network, number: int) -> Option:
    one = network.activities[number]
    ways = tuple(
        msgspec.structs.replace(way, share=_ALL if place == 0 else 0)
        for place, way in enumerate(one.ways)
    )
    given = Activity(
        id=one.id, kind=Kind.MACHINE, ways=ways, within=one.within, begins=one.begins,
        draws_at=one.draws_at,
    )  # fmt: skip
    activities = (*network.activities[:number], given, *network.activities[number + 1 :])
    changed = msgspec.structs.replace(network, activities=activities)
    return Option(words=f"{one.id}: given beforehand", network=changed)


_ALL = 0x10000
