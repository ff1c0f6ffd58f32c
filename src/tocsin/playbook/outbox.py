"""What is written outside, as a view of a log's orders: how each write stands, and its turn.

An order of a run is the one row there is: written before the act, with the fact that led to it.
Nothing here is kept; the same facts give the same view. Pure.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import assert_never

import msgspec

from tocsin.facts import Entry
from tocsin.facts.outbox import BreakerClosed, BreakerOpened
from tocsin.facts.runs import Effect, Repeatable
from tocsin.playbook.order import OrderRecord, OrderStanding
from tocsin.playbook.run import Run

FUSE_SPAN, FUSE_MOST = timedelta(hours=1), 20
"""So many revisions of one object within that span; the next one waits for a person."""


class WriteState(enum.Enum):
    """How something that is to be written outside stands."""

    PENDING = "pending"  # it will go out: now, at its next instant, or once it is let through
    SENDING = "sending"  # an attempt began and nothing is known of its end
    IN_DOUBT = "in doubt"  # its answer was lost; the far side is being asked
    HELD = "held"  # only a person lets it go on: held, or nobody can tell whether it went out
    DEAD = "dead"  # every attempt failed
    DONE = "done"
    LET_GO = "let go"  # a person, a limit or the plan's course decided that it will not be sent


NEEDS_A_PERSON = frozenset({WriteState.HELD, WriteState.DEAD})
UNSETTLED = NEEDS_A_PERSON | {WriteState.IN_DOUBT}
"""What is told until it is settled."""


class Write(msgspec.Struct, frozen=True, kw_only=True):
    """One write outside.

    Args:
        object: what it writes a revision of; its own key where each write is a thing of its own.
        revision: which one, from 1, in the order in which they were ordered.
        after: the order of the same object that has to be over first; None when none has.
    """

    log: str
    run: str
    order: OrderRecord
    object: str
    revision: int
    state: WriteState
    after: int | None

    @property
    def key(self) -> str:
        """Under which the far side knows it, however often it is sent."""
        return f"{self.log}/{self.order.seq}"


def writes_of(log: str, runs: Mapping[str, Run]) -> list[Write]:
    """Every write that was ordered in one log, the first one first."""
    orders = orders_in(runs.values())
    counts: dict[str, int] = {}
    found: list[Write] = []
    for order in orders:
        name = order.fact.object or f"{log}/{order.seq}"
        counts[name] = counts.get(name, 0) + 1
        before = waits_for(order, orders)
        found.append(
            Write(
                log=log,
                run=order.fact.run,
                order=order,
                object=name,
                revision=counts[name],
                state=state_of(order),
                after=None if before is None else before.seq,
            )
        )
    return found


def orders_in(runs: Iterable[Run]) -> list[OrderRecord]:
    """All orders of these runs, the first one first."""
    return sorted((o for run in runs for o in run.orders.values()), key=lambda order: order.seq)


def state_of(order: OrderRecord) -> WriteState:
    """How a write stands, from how its order stands."""
    match order.standing:
        case OrderStanding.AWAITING | OrderStanding.UNSEALED | OrderStanding.READY:
            return WriteState.PENDING if order.held is None else WriteState.HELD
        case OrderStanding.OPEN:
            return WriteState.SENDING if order.looks is None else WriteState.IN_DOUBT
        case OrderStanding.UNKNOWN:
            return WriteState.HELD
        case OrderStanding.FAILED:
            return WriteState.DEAD
        case OrderStanding.DONE:
            return WriteState.DONE
        case OrderStanding.DECLINED | OrderStanding.LIMIT | OrderStanding.MOOT:
            return WriteState.LET_GO
        case OrderStanding.DROPPED:
            return WriteState.LET_GO
        case _:
            assert_never(order.standing)


def waits_for(order: OrderRecord, orders: Iterable[OrderRecord]) -> OrderRecord | None:
    """The earlier write of the same object that has to be over before this one goes out.

    What sets a state waits only while an earlier setting is under way, so that it is not overtaken
    by it; what adds something waits for everything before it. A stop waits for nothing.
    """
    fact = order.fact
    if order.standing is not OrderStanding.READY or not fact.object or fact.effect is Effect.STOP:
        return None
    sets = fact.repeatable is Repeatable.IDEMPOTENT
    standings = _UNDER_WAY if sets else _NOT_OVER
    for one in orders:
        earlier = one.seq < order.seq and one.fact.object == fact.object
        if earlier and one.standing in standings:
            return one
    return None


_UNDER_WAY = frozenset({OrderStanding.OPEN})
_NOT_OVER = _UNDER_WAY | {OrderStanding.READY, OrderStanding.UNKNOWN}


def waiting_their_turn(runs: Iterable[Run]) -> frozenset[int]:
    """The orders that may not begin yet, for an earlier one of the same object is not over."""
    kept = list(runs)
    waiting = [
        order
        for run in kept
        for order in run.orders.values()
        if order.standing is OrderStanding.READY and order.fact.object
    ]
    orders = orders_in(kept) if waiting else []
    return frozenset(one.seq for one in waiting if waits_for(one, orders) is not None)


def overtaken_by(order: OrderRecord, orders: Iterable[OrderRecord]) -> OrderRecord | None:
    """The later setting of the same object that makes this one pointless; None when none does.

    Only what was tried before gives way: its next attempt would undo what was wanted later.
    """
    fact, let_at = order.fact, order.let_at
    sets = fact.repeatable is Repeatable.IDEMPOTENT and fact.effect is not Effect.STOP
    if not sets or not fact.object or not order.attempts or let_at is None:
        return None
    later = [
        one
        for one in orders
        if one.fact.object == fact.object
        and one.seq > order.seq
        and one.standing in _WANTED
        and one.let_at is not None
        and one.let_at >= let_at
    ]
    return later[-1] if later else None


_WANTED = frozenset({OrderStanding.READY, OrderStanding.OPEN, OrderStanding.DONE})


def fuse_blown(order: OrderRecord, orders: Iterable[OrderRecord], now: datetime) -> str | None:
    """Why a person should look before this object is written again; None when nobody need.

    Two systems that answer each other's changes write the same object again and again.
    """
    name = order.fact.object
    if not name or order.fact.effect is Effect.STOP or order.attempts or order.retried:
        return None
    since = max(order.let_at or order.at, now) - FUSE_SPAN
    recent = [o for o in orders if o.fact.object == name and o.attempts and o.at > since]
    if len(recent) < FUSE_MOST or order.released:
        return None
    return (
        f"{name} was written {len(recent)} times within the hour; if nothing answers our changes "
        "with changes of its own, release it"
    )


class Breaker(msgspec.Struct, frozen=True, kw_only=True):
    """An integration of which nothing is asked for a while.

    Args:
        times: how often in a row it was opened, without an answer in between.
    """

    connector: str
    until: datetime
    times: int
    why: str


def breakers_of(entries: Iterable[Entry]) -> dict[str, Breaker]:
    """The integrations that failed and have not answered since, from their log."""
    found: dict[str, Breaker] = {}
    for entry in entries:
        match entry.fact:
            case BreakerOpened() as fact:
                before = found.get(fact.connector)
                found[fact.connector] = Breaker(
                    connector=fact.connector,
                    until=fact.until,
                    times=1 if before is None else before.times + 1,
                    why=fact.why,
                )
            case BreakerClosed(connector=name):
                found.pop(name, None)
            case _:
                pass
    return found
