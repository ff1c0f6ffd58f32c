"""Which order gives way to a stop that was given after it, in whatever incident either stands.

What counts is the instant at which each was given, not when it was approved, begun or done: who
stops a system later knows more than who asked for it earlier. A stop gives way to nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from tocsin.facts.entry import INCIDENT_PREFIX
from tocsin.facts.runs import Effect
from tocsin.playbook import OrderRecord, OrderStanding

if TYPE_CHECKING:
    from tocsin.desk.loaded.gleaned import Gleaned
    from tocsin.desk.loaded.known import Known

GIVES_WAY_TO_NOTHING = frozenset({Effect.STOP, Effect.TELL})
LET_GO = frozenset({OrderStanding.DECLINED, OrderStanding.LIMIT, OrderStanding.MOOT})
"""A stop that stands so was given, and then was not wanted: nothing gives way to it."""


class StopGiven(msgspec.Struct, frozen=True, kw_only=True):
    """A stop as it was ordered, whatever has become of it."""

    log: str
    seq: int
    connector: str
    target: str
    wanted: str
    at: datetime

    @property
    def words(self) -> str:
        """What an order that gives way to it says."""
        where = self.log.removeprefix(INCIDENT_PREFIX)
        return f"superseded by the stop of action {self.seq} of {where}, given later"


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """Where an order waits for people or for evidence that a stop may take the place of."""

    log: str
    connector: str
    target: str


def gives_way(order: OrderRecord) -> bool:
    """Whether there is any stop that it would give way to."""
    return order.fact.effect not in GIVES_WAY_TO_NOTHING


def newest_stop_after(
    given: Gleaned[StopGiven],
    log: str,
    order: OrderRecord,
    here: Known | None = None,
    *,
    anew: bool = True,
) -> StopGiven | None:
    """The newest stop, of all incidents, that this order of `log` gives way to; else None.

    Args:
        here: that log, while it is being decided about.
        anew: False goes by what was last seen of the others.
    """
    if not gives_way(order):
        return None
    fact = order.fact
    stops = given.now(here) if anew else given.as_last_seen(here)
    later = [
        one
        for one in stops
        if (one.connector, one.target) == (fact.connector, fact.target)
        and one.wanted != fact.wanted
        and _is_later(one, log, order)
    ]
    return max(later, key=lambda one: (one.at, one.log, one.seq), default=None)


def stops_in(known: Known) -> Iterator[StopGiven]:
    """The stops that were given in one log, and not let go again."""
    for run in known.runs.by_id.values():
        for order in run.orders.values():
            fact = order.fact
            if fact.effect is Effect.STOP and order.standing not in LET_GO:
                yield StopGiven(
                    log=known.log,
                    seq=order.seq,
                    connector=fact.connector,
                    target=fact.target,
                    wanted=fact.wanted,
                    at=order.at,
                )


def waiting_in(known: Known) -> Iterator[Waiting]:
    """What waits in one log."""
    for run in known.runs.open:
        for order in run.orders.values():
            if order.is_waiting and gives_way(order):
                fact = order.fact
                yield Waiting(log=known.log, connector=fact.connector, target=fact.target)


def _is_later(stop: StopGiven, log: str, order: OrderRecord) -> bool:
    """In one log the entries' numbers tell; at one instant in two logs, the stop holds."""
    return stop.seq > order.seq if stop.log == log else stop.at >= order.at
