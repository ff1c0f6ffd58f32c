"""Which order gives way to a stop that was given after it, in whatever incident either stands.

What counts is the instant at which each was given, not when it was approved, begun or done: who
stops a system later knows more than who asked for it earlier. A stop gives way to nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from tocsin.facts.entry import INCIDENT_PREFIX
from tocsin.facts.runs import Effect
from tocsin.playbook import OrderRecord, OrderStanding

if TYPE_CHECKING:
    from tocsin.desk.known import Knowledge, Known
    from tocsin.world import Journal

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


class StopsGiven:
    """The stops of all incidents; a log is read again only when it has grown."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._read: dict[str, tuple[int, tuple[StopGiven, ...]]] = {}

    def after(self, knowledge: Knowledge, log: str, order: OrderRecord) -> StopGiven | None:
        """The newest stop, of all incidents, that this order of `log` gives way to; else None."""
        if order.fact.effect in GIVES_WAY_TO_NOTHING:
            return None
        heads = self._journal.heads(INCIDENT_PREFIX).items()
        stops = (one for name, head in heads for one in self._of(knowledge, name, head))
        return newest_after(stops, log, order)

    def _of(self, knowledge: Knowledge, log: str, head: int) -> tuple[StopGiven, ...]:
        before = self._read.get(log)
        if before is None or before[0] < head:
            known = knowledge.load_up_to(log, head)
            stops = tuple(stops_in(known))
            knowledge.keep(known)
            self._read[log] = before = (known.last_seq, stops)
        return before[1]


def newest_after(stops: Iterable[StopGiven], log: str, order: OrderRecord) -> StopGiven | None:
    """Which of these stops an order of `log` gives way to; None when to none of them."""
    fact = order.fact
    if fact.effect in GIVES_WAY_TO_NOTHING:
        return None
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


def _is_later(stop: StopGiven, log: str, order: OrderRecord) -> bool:
    """In one log the entries' numbers tell; at one instant in two logs, the stop holds."""
    return stop.seq > order.seq if stop.log == log else stop.at >= order.at
