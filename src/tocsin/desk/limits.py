"""Limits bind at the desk, whether or not a worker is there to record that they passed.

What comes at the limit or after it is refused; a worker then records that the limit passed, and the
run goes where its plan sends it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from tocsin.desk.record import Writer
from tocsin.facts import Refused
from tocsin.playbook import ApprovalRecord, OrderRecord, OrderStanding, Run, RunStanding
from tocsin.playbook.begun import Question
from tocsin.playbook.steps import Act

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


def check_order_in_time(desk: Writer, run: Run, order: OrderRecord) -> None:
    """Passes before the instant from which this order no longer waits. Raises Refused."""
    step = desk.knowledge.plan(run).steps.get(order.fact.step)
    if isinstance(step, Act) and step.limit_seconds is not None:
        limit = order.at + timedelta(seconds=step.limit_seconds)
        _check(desk, limit, f"action {order.seq}")


def check_question_in_time(desk: Writer, question: Question) -> None:
    """Passes before the instant from which this question no longer waits. Raises Refused."""
    if question.fact.limit_at is not None:
        _check(desk, question.fact.limit_at, f"question {question.fact.step}")


def check_approval_in_time(desk: Writer, record: ApprovalRecord) -> None:
    """Passes before the instant from which this no longer waits. Raises Refused."""
    if record.fact.limit_at is not None:
        _check(desk, record.fact.limit_at, f"question {record.fact.step}")


def _check(desk: Writer, limit: datetime, what: str) -> None:
    if desk.world.clock.now() >= limit:
        raise Refused(
            f"too late for {what}: the limit passed at {limit:%Y-%m-%d %H:%M:%S} UTC; the plan "
            "goes on as it says for that case, as soon as somebody runs: tocsin work"
        )
