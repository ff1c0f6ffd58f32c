"""What was done to a system by its orders, in every incident about it: for undo and for arming."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

import msgspec

from tocsin.desk.loaded.known import Known
from tocsin.desk.record import Writer
from tocsin.facts.entry import INCIDENT_PREFIX
from tocsin.facts.runs import Outcome, Probed, Receipted, Verdict
from tocsin.playbook import OrderRecord, OrderStanding, Run
from tocsin.playbook.steps import Look

_SEEN = frozenset({Outcome.DONE, Outcome.ALREADY})


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """An order that is done: the wanted state was not there before, and was seen after it."""

    log: str
    run: Run
    order: OrderRecord
    at: datetime

    @property
    def key(self) -> str:
        """The place of the order in the record."""
        return f"{self.log}/{self.order.seq}"

    @property
    def undo(self) -> str | None:
        """The state that takes it back, as the plan says or the receipt saw; None if nothing."""
        return self.order.undo

    @property
    def place(self) -> tuple[str, str]:
        """What it acted on, and through which hand."""
        return (self.order.fact.connector, self.order.fact.target)


def acts_on(desk: Writer, systems: Collection[str]) -> list[Act]:
    """What was done in all incidents about any of these systems, the oldest first."""
    found: list[Act] = []
    for log in desk.world.journal.logs(INCIDENT_PREFIX):
        known = desk.known(log)
        if set(known.systems) & set(systems):
            found += acts_in(known)
    return sorted(found, key=lambda act: (act.at, act.log, act.order.seq))


def acts_in(known: Known) -> Iterator[Act]:
    """What was done in one incident."""
    for run in known.runs.by_id.values():
        for order in run.orders.values():
            if order.standing is OrderStanding.DONE and order.outcome is Outcome.DONE:
                yield Act(log=known.log, run=run, order=order, at=order.stands_since)


def last_seen(desk: Writer, connector: str) -> dict[str, Act]:
    """The act through this hand that saw each target last, in all incidents; its `after` is how.

    A target is left out on which a later attempt may have acted and nobody saw how it ended.
    """
    newest: dict[str, Act] = {}
    in_doubt: dict[str, datetime] = {}
    for act in _orders_through(desk, connector):
        target, order = act.order.fact.target, act.order
        if order.outcome in _SEEN:
            if target not in newest or newest[target].at <= act.at:
                newest[target] = act
        elif order.may_have_acted or order.standing is OrderStanding.OPEN:
            in_doubt[target] = max(act.at, in_doubt.get(target, act.at))
    return {
        target: act
        for target, act in newest.items()
        if target not in in_doubt or in_doubt[target] < act.at
    }


def _orders_through(desk: Writer, connector: str) -> Iterator[Act]:
    for log in desk.world.journal.logs(INCIDENT_PREFIX):
        known = desk.known(log)
        for run in known.runs.by_id.values():
            for order in run.orders.values():
                if order.fact.connector == connector:
                    yield Act(log=log, run=run, order=order, at=order.stands_since)


def is_shown(desk: Writer, act: Act, probe: str) -> bool:
    """Whether this probe saw the wanted state in the same run, after the act was over."""
    known = desk.known(act.log)
    plan = desk.knowledge.plan(act.run)
    over = _over_at(known, act)
    for entry in known.entries:
        fact = entry.fact
        if not isinstance(fact, Probed) or fact.run != act.run.id or entry.seq <= over:
            continue
        step = plan.steps.get(fact.step)
        same = isinstance(step, Look) and step.wanted == act.order.fact.wanted
        if same and fact.probe == probe and fact.verdict is Verdict.SHOWN:
            return True
    return False


def _over_at(known: Known, act: Act) -> int:
    for entry in known.entries:
        fact = entry.fact
        if isinstance(fact, Receipted) and fact.order == act.order.seq:
            return entry.seq
    return act.order.seq
