"""Plays a network until the figures are sure enough, and tells what became of all runs.

Every hour of the week gets as many runs as any other. It is looked after whole batches only, and
never before each hour has had its least number, so that an early streak does not end it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from tocsin.facts.runs import Ending
from tocsin.playbook.simulation.calendar import HOURS_OF_WEEK
from tocsin.playbook.simulation.engine import Engine, Outcome, Waiting
from tocsin.playbook.simulation.intervals import Estimate, Quantile, quantile, share
from tocsin.playbook.simulation.network import Kind, Limit, Network

BATCH = 10 * HOURS_OF_WEEK
RUNS_LEAST = 30 * HOURS_OF_WEEK
COMPLETED = Ending.COMPLETED.value
FRESH = 1_000_000_000
"""From this replication on, runs have nothing in common with those of a study."""

Progress = Callable[[int, int | None], None]


class Hour(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the runs that started within one hour of the week.

    Args:
        hour: from Monday's midnight, 0 to 167.
        missed: by limit, in how many runs it was missed.
    """

    hour: int
    runs: int
    contained: int
    contained_p50: Quantile
    missed: tuple[int, ...]


class Study(msgspec.Struct, frozen=True, kw_only=True):
    """What became of all runs. Times are milliseconds after the start of a run.

    Args:
        missed: by limit of the network, the share of all runs that missed it.
        waiting: by role of the network, of all runs together.
        sure: whether the intervals became as narrow as was asked.
    """

    runs: int
    sure: bool
    contained: Estimate
    contained_p50: Quantile
    contained_p90: Quantile
    ended_p50: Quantile
    ended_p90: Quantile
    completed: Estimate
    missed: tuple[Estimate, ...]
    hours: tuple[Hour, ...]
    waiting: tuple[Waiting, ...]
    outcomes: tuple[Outcome, ...]
    misses: tuple[tuple[bool, ...], ...]


def is_missed(limit: Limit, moments: Sequence[int]) -> bool:
    """Whether a run with these moments missed a limit."""
    if limit.missed_by is not None:
        return moments[limit.missed_by] >= 0
    since = 0 if limit.counted_from < 0 else moments[limit.counted_from]
    if since < 0:
        return False
    met = [moments[one] for one in limit.met_by if moments[one] >= 0]
    return min(met) - since > limit.within_ms if met else limit.owed


def studied(
    network: Network,
    seed: int,
    hours: Sequence[int],
    runs_max: int,
    precision: float,
    progress: Progress = lambda done, total: None,
) -> Study:
    """What becomes of a network that starts at any hour of the week.

    Args:
        hours: when each hour of the week begins, in the network's milliseconds.
        runs_max: rounded up to whole rounds through the week.
        precision: half the width that the interval of each share may have at most.
    """
    engine = Engine(network, seed)
    runs_max = -(-runs_max // HOURS_OF_WEEK) * HOURS_OF_WEEK
    outcomes: list[Outcome] = []
    misses: list[tuple[bool, ...]] = []
    sure = False
    while len(outcomes) < runs_max and not sure:
        upto = min(runs_max, max(len(outcomes) + BATCH, min(RUNS_LEAST, runs_max)))
        for replication in range(len(outcomes), upto):
            outcome = engine.run(replication, hours[replication % HOURS_OF_WEEK])
            outcomes.append(outcome)
            misses.append(tuple(is_missed(one, outcome.moments) for one in network.limits))
            if replication % BATCH == 0:
                progress(replication, runs_max)
        sure = max(one.half_width for one in _shares(network, outcomes, misses)) <= precision
    progress(len(outcomes), len(outcomes))
    return _told(network, engine, outcomes, misses, sure)


def _shares(
    network: Network, outcomes: Sequence[Outcome], misses: Sequence[tuple[bool, ...]]
) -> list[Estimate]:
    """The share of contained runs, and of those that missed each limit."""
    contained = sum(one.contained >= 0 for one in outcomes)
    hits = [sum(one[place] for one in misses) for place in range(len(network.limits))]
    return [share(one, len(outcomes)) for one in (contained, *hits)]


def _told(
    network: Network,
    engine: Engine,
    outcomes: Sequence[Outcome],
    misses: Sequence[tuple[bool, ...]],
    sure: bool,
) -> Study:
    contained, *missed = _shares(network, outcomes, misses)
    ended = sorted(one.ended for one in outcomes)
    last = [network.activities[one.last] for one in outcomes]
    done = sum(one.kind is Kind.END and one.ways[0].result == COMPLETED for one in last)
    return Study(
        runs=len(outcomes),
        sure=sure,
        contained=contained,
        contained_p50=contained_quantile(outcomes, 0.5),
        contained_p90=contained_quantile(outcomes, 0.9),
        ended_p50=quantile(ended, 0, 0.5),
        ended_p90=quantile(ended, 0, 0.9),
        completed=share(done, len(outcomes)),
        missed=tuple(missed),
        hours=tuple(_hour(hour, outcomes, misses) for hour in range(HOURS_OF_WEEK)),
        waiting=tuple(engine.waiting),
        outcomes=tuple(outcomes),
        misses=tuple(misses),
    )


def contained_quantile(outcomes: Sequence[Outcome], p: float) -> Quantile:
    """A quantile of the time to contain; None where so many runs never are."""
    known = sorted(one.contained for one in outcomes if one.contained >= 0)
    return quantile(known, len(outcomes) - len(known), p)


def _hour(hour: int, outcomes: Sequence[Outcome], misses: Sequence[tuple[bool, ...]]) -> Hour:
    own, missed = outcomes[hour::HOURS_OF_WEEK], misses[hour::HOURS_OF_WEEK]
    return Hour(
        hour=hour,
        runs=len(own),
        contained=sum(one.contained >= 0 for one in own),
        contained_p50=contained_quantile(own, 0.5),
        missed=tuple(map(sum, zip(*missed, strict=True))) if missed else (),
    )
