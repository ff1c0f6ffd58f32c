"""The last question before words leave: are they the approved ones, and have counsel said yes?

Asked of the record for each message just before it goes. A plan that nobody linted, and an order
that somebody wrote by hand, cannot send what the floor forbids.
"""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.desk.loaded.known import Known
from tocsin.desk.loaded.rules import SAY_PLAN, words_let_go
from tocsin.desk.record import Writer
from tocsin.desk.words.saying import look_at
from tocsin.facts.runs import Ordered
from tocsin.facts.statements import Flag
from tocsin.playbook import OrderRecord, Plan, Run
from tocsin.playbook.steps import Approve, Ask, Tell
from tocsin.playbook.ways import APPROVED
from tocsin.register.audiences import COUNSEL, outside_address, outside_audience
from tocsin.register.model import Register

SENT = "sent:"
"""How the wanted state of a message begins; its text's digest follows."""

_TURNED = frozenset({Flag.NOT_CONFIRMED, Flag.CHANGED, Flag.COUNSELS_WORDS})
"""What may come up while a message waits to be sent, and then keeps it back."""


def why_unsaid(desk: Writer, known: Known, run: Run, order: OrderRecord) -> str | None:
    """Why this message may not go now; None when it may."""
    plan, register = desk.knowledge.plan(run), desk.knowledge.register()
    if plan.id == SAY_PLAN:
        return _unapproved(desk, known, run, order.fact)
    outside = next(_outside(plan, register, order.fact), None)
    if outside is None or _counsel_agreed(desk, known, run):
        return None
    return (
        f"words to {outside} go outside, and no counsel said yes in this run; let an `approve:` "
        f"step with the role {COUNSEL} come before it, or say them as a statement: tocsin say"
    )


def _unapproved(desk: Writer, known: Known, run: Run, order: Ordered) -> str | None:
    known.require_fresh()  # what people said is looked at entry by entry
    words = words_let_go(known, run.id)
    if words is None:
        return "nobody let these words go; send them with: tocsin say send"
    if order.wanted != f"{SENT}{words.draft.text}":
        return f"these are not the approved words of {words.id}; draft them anew: tocsin say"
    looked = look_at(desk, known, words.id)
    if not looked.agreed.holds:
        told = "; ".join(f"entry {one.seq}: {one.why}" for one in looked.agreed.disregarded)
        return f"the approvals of {words.id} on record do not suffice; {told or 'look at it again'}"
    turned = [one.why for one in looked.open_flags if one.flag in _TURNED]
    return f"{words.id} does not hold any more: {'; '.join(turned)}" if turned else None


def _outside(plan: Plan, register: Register, order: Ordered) -> Iterator[str]:
    """The audiences outside to whom this order speaks."""
    step = plan.steps.get(order.step)
    for name in step.audiences if isinstance(step, Tell) else ():
        declared = plan.audiences.get(name)
        if (declared is not None and declared.outside) or outside_audience(register, name):
            yield name
    reached = outside_address(register, order.target)
    if order.wanted.startswith(SENT) and reached is not None:
        yield reached.value


def _counsel_agreed(desk: Writer, known: Known, run: Run) -> bool:
    """Whether counsel said yes in this run, or in one that called it."""
    plan = desk.knowledge.plan(run)
    for approval in run.approvals.values():
        step = plan.steps.get(approval.fact.step)
        if isinstance(step, Approve) and _is_counsel(step.role) and approval.result == APPROVED:
            return True
    for question in run.questions.values():
        step = plan.steps.get(question.fact.step)
        if isinstance(step, Ask) and _is_counsel(step.role) and question.choice is not None:
            return True
    if run.caller is None or run.caller[0] not in known.runs.by_id:
        return False
    return _counsel_agreed(desk, known, known.runs.by_id[run.caller[0]])


def _is_counsel(role: str) -> bool:
    return "counsel" in role or "legal" in role
