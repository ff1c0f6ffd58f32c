"""What Tocsin did by itself, counted from the record: no person began or approved it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from tocsin.facts import Asserter
from tocsin.facts.runs import Effect
from tocsin.playbook import OrderRecord, OrderStanding, Run
from tocsin.register.arming import armed_systems

if TYPE_CHECKING:
    from tocsin.desk.loaded.known import Knowledge, Known

HOUR = timedelta(hours=1)


class OwnAct(msgspec.Struct, frozen=True, kw_only=True):
    """An order that Tocsin gave by itself. `begun` says whether an attempt at it began."""

    key: str
    systems: tuple[str, ...]
    at: datetime
    begun: bool


def own_acts(known: Known) -> list[OwnAct]:
    """The acts of Tocsin's own in one log."""
    return [
        OwnAct(
            key=f"{known.log}/{order.seq}",
            systems=known.systems_of(run),
            at=order.at,
            begun=order.attempts > 0,
        )
        for run in known.runs.by_id.values()
        for order in run.orders.values()
        if is_own(run, order) and order.standing is not OrderStanding.MOOT
    ]


def is_own(run: Run, order: OrderRecord) -> bool:
    """Whether Tocsin acts by itself in this: no person began the run, none approved the order."""
    acts = order.fact.effect is not Effect.TELL
    return acts and run.started_by.kind is not Asserter.PERSON and not order.fact.approvals


def why_not_alone(
    knowledge: Knowledge,
    known: Known,
    now: datetime,
    *,
    run: Run | None = None,
    acting: str | None = None,
) -> str | None:
    """Why Tocsin may not act by itself in this incident now; None when it may.

    Args:
        run: that acts. What the incident came to be about after it began does not bind it: that a
            second system fails takes away nothing that was agreed for the first.
        acting: the place of an order that is about to be carried out: only acts that began count
            against it. None asks whether one more may be ordered.
    """
    systems = known.systems if run is None else known.systems_of(run)
    if not systems:
        return "the incident names no system"
    armed = armed_systems(knowledge.home_entries())
    unarmed = [name for name in systems if name not in armed]
    if unarmed:
        return f"Tocsin is not armed for {', '.join(unarmed)}: tocsin arm {unarmed[0]}"
    acts = [act for act in knowledge.own_acts.now(known) if act.at > now - HOUR]
    for name in systems:
        count = _counted(acts, name, acting)
        most = armed[name].acts_per_hour
        if count >= most:
            return f"Tocsin acted {count} times on {name} within the hour, and may act {most} times"
    return None


def _counted(acts: Collection[OwnAct], system: str, acting: str | None) -> int:
    mine = [act for act in acts if system in act.systems and act.key != acting]
    return len(mine) if acting is None else sum(act.begun for act in mine)
