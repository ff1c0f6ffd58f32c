"""Whether it is this write's turn: nothing is asked of an integration that is left alone.

A call goes out through another way at once where the first one is down, and a stop always tries.
"""

from __future__ import annotations

from datetime import datetime

from tocsin.desk.acting.breakers import Breakers
from tocsin.desk.acting.ways import is_elsewhere
from tocsin.desk.loaded.known import Known
from tocsin.desk.record import Writer
from tocsin.facts.runs import Effect
from tocsin.playbook import OrderRecord, OrderStanding, Run
from tocsin.playbook.outbox import fuse_blown, orders_in, overtaken_by
from tocsin.playbook.pieces import is_call


def why_held(known: Known, order: OrderRecord, now: datetime) -> str | None:
    """Why this write waits for a person, by the fuse of its object; None where it need not."""
    if not order.fact.object or order.standing is not OrderStanding.READY:
        return None
    return fuse_blown(order, orders_in(known.runs.by_id.values()), now)


def why_overtaken(known: Known, order: OrderRecord) -> str | None:
    """The words of a later write of the same object that makes this one pointless; else None."""
    if not order.fact.object:
        return None
    later = overtaken_by(order, orders_in(known.runs.by_id.values()))
    return None if later is None else f"action {later.seq}, ordered later, takes its place"


def why_elsewhere(desk: Writer, breakers: Breakers, run: Run, order: OrderRecord) -> str | None:
    """Why a call is not tried this way but another; None where this way is to be tried.

    Raises:
        Later: what is no call waits until the integration may be asked again.
    """
    name = order.fact.connector
    if order.fact.effect is Effect.STOP:
        return None
    if not is_call(run, order):
        breakers.check(name)
        return None
    found = breakers.open_now(name)
    if found is None or order.standing is OrderStanding.OPEN:
        return None
    if not is_elsewhere(desk, breakers, run, order):
        return None
    return f"{name} does not answer ({found.why}); another way is tried"
