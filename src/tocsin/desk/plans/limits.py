"""Limits bind at the desk, whether or not a worker is there to record that they passed.

What comes at the limit or after it is refused; a worker then records that the limit passed, and the
run goes where its plan sends it.
"""

from __future__ import annotations

from tocsin.desk.loaded.known import Known
from tocsin.desk.record import Writer
from tocsin.facts import Refused
from tocsin.playbook import ApprovalRecord, OrderRecord, OrderStanding, Run, RunStanding
from tocsin.playbook.begun import Question
from tocsin.playbook.limits import passes_at

OVER = (RunStanding.CANCELLED, RunStanding.ENDED)


def check_run_goes_on(run: Run, order: OrderRecord | ApprovalRecord) -> None:
    """Passes when an answer about this can still change anything. Raises Refused."""
    if isinstance(order, ApprovalRecord):
        if run.standing in OVER and order.result is None:
            raise Refused(
                f"run {run.id} is {run.standing.value}, so nothing follows from question "
                f"{order.seq} any more; if it is still wanted, start the plan anew"
            )
        return
    if run.standing in OVER and order.standing in (OrderStanding.AWAITING, OrderStanding.READY):
        raise Refused(
            f"run {run.id} is {run.standing.value}, so action {order.seq} will not be carried out "
            "by it; if it is still wanted, start the plan anew"
        )


def check_in_time(
    desk: Writer, known: Known, run: Run, began: OrderRecord | Question | ApprovalRecord
) -> None:
    """Passes before the instant from which this no longer waits. Raises Refused."""
    plan = desk.knowledge.plan(run)
    name, spots = began.fact.step, desk.knowledge.spots(known, run).now().values()
    spot = next((one for one in spots if one.step == name), None)
    limit = passes_at(plan, run, plan.steps[name], spot, began) if spot is not None else None
    if limit is not None and desk.world.clock.now() >= limit:
        what = f"action {began.seq}" if isinstance(began, OrderRecord) else f"question {name}"
        raise Refused(
            f"too late for {what}: the limit passed at {limit:%Y-%m-%d %H:%M:%S} UTC; the plan "
            "goes on as it says for that case, as soon as somebody runs: tocsin work"
        )
