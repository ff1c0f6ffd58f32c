"""Approving an order, or what a step asks: a proven person's word about its hash, counted by the
register's rules.

What is recorded has been checked, and is checked again from the record before the act.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tocsin.desk.approving.teams import check_team
from tocsin.desk.loaded.consents import check_one_role, question_asked
from tocsin.desk.loaded.known import Known
from tocsin.desk.loaded.repeating import wish
from tocsin.desk.plans.limits import check_in_time, check_run_goes_on
from tocsin.desk.record import Writer, draft
from tocsin.facts import Author, Draft, Proof, Refused
from tocsin.facts.record import Signer
from tocsin.facts.runs import Approved, Declined, Effect
from tocsin.playbook import ApprovalRecord, OrderRecord, OrderStanding, Run
from tocsin.register.links import Links
from tocsin.register.proofs import (
    Question,
    Standing,
    Vote,
    approval_standing,
    approvals_needed,
    standing_after,
    tier_of,
)
from tocsin.register.statements import Verdict, order_digest, order_statement
from tocsin.world import Appended

DESTROYERS_LEAST = 2
"""How many people must approve what may destroy evidence, whatever a plan says."""


def approve(
    desk: Writer,
    log: str,
    order: int,
    author: Author,
    *,
    because: str = "",
    sign: Signer | None = None,
    client_key: str | None = None,
) -> Appended:
    """A person approves an order, or what a step asks. With enough approvals the run goes on.

    Args:
        order: the sequence number of the order, or of what asks.
        sign: signs in the namespace of orders with the person's enrolled key; None for a weaker
            proof, which `author` then names.

    Raises:
        Refused: the approval would not count; the message says what would.
    """
    return answer_order(
        desk, log, order, author, Verdict.APPROVED, because, sign=sign, client_key=client_key
    )


def decline(
    desk: Writer,
    log: str,
    order: int,
    author: Author,
    *,
    because: str = "",
    sign: Signer | None = None,
    client_key: str | None = None,
) -> Appended:
    """A person refuses an order, which is not carried out, or what a step asks. As `approve`."""
    return answer_order(
        desk, log, order, author, Verdict.DECLINED, because, sign=sign, client_key=client_key
    )


def statement_of(desk: Writer, log: str, order: int, verdict: Verdict, because: str) -> bytes:
    """The words that a person signs to approve or decline, for signing elsewhere."""
    known = desk.known(log)
    record = asked_at(known, order)
    origin = desk.world.journal.origin
    digest = order_digest(origin, log, order, record.fact)
    return order_statement(origin, log, order, digest, verdict, because)


def standing_of(desk: Writer, known: Known, order: OrderRecord) -> Standing:
    """How an order stands with the people who decide about it, checked from the record alone."""
    knowledge = desk.knowledge
    return approval_standing(
        question_of(desk, known, order), known.entries, knowledge.keyring(), knowledge.register()
    )


def answer_order(
    desk: Writer,
    log: str,
    order: int,
    author: Author,
    verdict: Verdict,
    because: str,
    *,
    sign: Signer | None = None,
    client_key: str | None = None,
) -> Appended:
    """A person approves or refuses an order, as `approve` and `decline` say."""
    if sign is not None:
        signature = sign(statement_of(desk, log, order, verdict, because))
        author = msgspec.structs.replace(author, signature=signature, proof=Proof.SIGNATURE)

    kind = Approved if verdict is Verdict.APPROVED else Declined

    def judge(known: Known) -> Sequence[Draft]:
        record = asked_at(known, order)
        question = question_of(desk, known, record)
        fact = kind(run=record.fact.run, order=order, order_digest=question.digest, because=because)
        _check_waits(desk, known, known.run(record.fact.run), record, author)
        standing = approval_standing(
            question, known.entries, desk.knowledge.keyring(), desk.knowledge.register()
        )
        now = desk.world.clock.now()
        vote = Vote(fact=fact, author=author, at=now)
        links = Links.replay(known.entries)
        after = standing_after(
            question, standing, vote, desk.knowledge.keyring(), desk.knowledge.register(), links
        )
        if after.verdict is Verdict.APPROVED and isinstance(record, OrderRecord):
            check_team(desk.knowledge.register(), known.run(record.fact.run), after.people)
        return [draft(fact, now)]

    asked = wish(kind, order=order, because=because)
    return desk.decide_known(log, judge, author, client_key=client_key, wish=asked)


def _check_waits(
    desk: Writer, known: Known, run: Run, record: OrderRecord | ApprovalRecord, by: Author
) -> None:
    """Passes while an answer by this person can change anything. Raises Refused."""
    check_run_goes_on(run, record)
    if not waits_for_people(record):
        raise Refused(
            f"{named(record)} does not wait for approval: it is {standing_words(record)}; look at "
            "the incident again"
        )
    check_in_time(desk, known, run, record)
    if isinstance(record, ApprovalRecord):
        check_one_role(run, record, by)


def waits_for_people(record: OrderRecord | ApprovalRecord) -> bool:
    """Whether somebody's yes or no is waited for."""
    if isinstance(record, OrderRecord):
        return record.standing is OrderStanding.AWAITING
    return record.result is None


def standing_words(record: OrderRecord | ApprovalRecord) -> str:
    """How it stands, in words."""
    return record.standing.value if isinstance(record, OrderRecord) else record.result or "waiting"


def named(record: OrderRecord | ApprovalRecord) -> str:
    """What people call it."""
    return f"{'action' if isinstance(record, OrderRecord) else 'question'} {record.seq}"


def asked_at(known: Known, seq: int) -> OrderRecord | ApprovalRecord:
    """What people may approve at this entry, an order or what a step asks. Else raises Refused."""
    for run in known.runs.by_id.values():
        if seq in run.approvals:
            return run.approvals[seq]
    return order_of(known, seq)


def order_of(known: Known, order: int) -> OrderRecord:
    """The order at this entry. Raises Refused when that entry is none."""
    for run in known.runs.by_id.values():
        if order in run.orders:
            return run.orders[order]
    raise Refused(f"entry {order} of {known.log} is no action; look at the incident again")


def question_of(desk: Writer, known: Known, order: OrderRecord | ApprovalRecord) -> Question:
    """The order, or what a step asks, as people decide about it, under the register in force."""
    if isinstance(order, ApprovalRecord):
        return question_asked(desk.world.journal.origin, desk.knowledge, known, order)
    register = desk.knowledge.register()
    asked = order.fact.approvals
    if order.fact.effect is Effect.DESTROY:
        asked = max(asked, DESTROYERS_LEAST)
    needed = approvals_needed(register.entity, tier_of(register, known.systems), asked)
    return Question(
        origin=desk.world.journal.origin,
        log=known.log,
        seq=order.seq,
        order=order.fact,
        needed=needed,
        requested_by=(known.run(order.fact.run).started_by,),
    )
