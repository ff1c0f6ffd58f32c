"""For what and for whom a run waits at a step, and until when, in words. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from tocsin.playbook.begun import CallRecord, Question
from tocsin.playbook.calls import PageRecord
from tocsin.playbook.consent import ApprovalRecord
from tocsin.playbook.found import missing_in, verdicts_since
from tocsin.playbook.limits import passes_at
from tocsin.playbook.order import OrderRecord, OrderStanding
from tocsin.playbook.pieces import begun_at
from tocsin.playbook.plan import Plan
from tocsin.playbook.run import Run
from tocsin.playbook.spots import Spot
from tocsin.playbook.steps import (
    Act,
    Approve,
    Ask,
    Call,
    Decide,
    End,
    Gate,
    Look,
    Page,
    Parallel,
    Seal,
    Step,
    Tell,
    Wait,
)

ABOUT = "is about to begin, as soon as somebody runs: tocsin work"


def waits_for(plan: Plan, run: Run, step: Step, spot: Spot) -> str:
    """What the run waits for at this step, for whom, and until when."""
    begun = begun_at(run, step.id, spot)
    match step:
        case Look() | Gate():
            return _looks(run, step, spot)
        case Tell():
            return _words_out(run, step, spot)
        case Decide() | End() | Parallel():
            return ABOUT
        case _ if not begun:
            return ABOUT
        case Act():
            return _order(run.orders[begun]) + _until(plan, run, step, spot, run.orders[begun])
        case Ask():
            question = run.questions[begun]
            choices = " or ".join(question.fact.choices)
            limit = _until(plan, run, step, spot, question)
            return f"waits for {question.fact.role} to answer {choices}{limit}"
        case Approve():
            approval = run.approvals[begun]
            limit = _until(plan, run, step, spot, approval)
            return f"waits for {approval.fact.role} to approve it{_by(approval)}{limit}"
        case Call():
            call = run.calls[begun]
            limit = _until(plan, run, step, spot, call)
            return f"waits for the end of {call.fact.called}, of plan {call.fact.plan}{limit}"
        case Wait():
            return f"waits until {_stamp(run.timers[begun].fact.until)}"
        case Seal():
            seal = run.seals[begun]
            items = ", ".join(seal.outstanding) or "nothing more"
            return f"waits for evidence until {_stamp(seal.fact.until)}: {items}"
        case Page():
            return _page(run.pages[begun])
        case _:
            assert_never(step)


def _until(
    plan: Plan,
    run: Run,
    step: Step,
    spot: Spot,
    began: OrderRecord | Question | ApprovalRecord | CallRecord,
) -> str:
    limit = passes_at(plan, run, step, spot, began)
    if limit is None or (isinstance(began, OrderRecord) and not began.is_waiting):
        return ""
    return f", until {_stamp(limit)}"


def _order(order: OrderRecord) -> str:
    match order.standing:
        case OrderStanding.AWAITING:
            by = [author.who for author in order.approved_by]
            missing = order.fact.approvals - len(by)
            people = "1 more person" if missing == 1 else f"{missing} more people"
            said = f" ({', '.join(by)} did)" if by else ""
            return f"action {order.seq} waits for {people} to approve it{said}"
        case OrderStanding.UNSEALED:
            items = ", ".join(order.missing_evidence)
            return f"action {order.seq} waits for evidence to be sealed: {items}"
        case OrderStanding.READY:
            return f"action {order.seq} is to be carried out from {_stamp(order.since)}"
        case OrderStanding.OPEN:
            return f"action {order.seq}: attempt {order.attempts} is under way ({order.worker})"
        case OrderStanding.UNKNOWN:
            return f"action {order.seq}: nobody knows whether it happened; somebody must look"
        case _:
            return f"action {order.seq}: {order.standing.value}"


def _by(approval: ApprovalRecord) -> str:
    by = ", ".join(author.who for author in approval.answered_by)
    return f" ({by} did, {approval.missing} more)" if by else ""


def _looks(run: Run, step: Look | Gate, spot: Spot) -> str:
    missing = missing_in(step, run)
    if missing:
        return f"cannot look: {', '.join(missing)} found nothing"
    if isinstance(step, Look):
        return f"waits for a look through {step.probe} at {step.target}"
    verdicts = verdicts_since(step, run, spot.since)
    open_ = [str(number) for number, one in enumerate(verdicts, start=1) if one is None]
    return f"waits for {len(open_)} of {len(verdicts)} checks: {', '.join(open_)}"


def _words_out(run: Run, step: Tell, spot: Spot) -> str:
    orders = run.orders_of(step.id, spot.since)
    if not orders:
        return ABOUT
    there = sum(order.standing is OrderStanding.DONE for order in orders)
    return f"sends words through {step.through}: {there} of {len(orders)} have arrived"


def _page(page: PageRecord) -> str:
    if page.person is None:
        return ABOUT
    return f"waits for {page.person} to answer the call; {page.missed} did not answer before"


def _stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
