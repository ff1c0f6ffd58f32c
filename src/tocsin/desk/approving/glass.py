"""One person acts where two were asked, and a second looks afterwards; evidence is let go likewise.

What is recorded has been checked, and is checked again from the record before the act. None of it
makes an act that may destroy evidence a matter for one person alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import msgspec

from tocsin.desk.approving.approvals import order_of, question_of
from tocsin.desk.loaded.known import Known
from tocsin.desk.loaded.repeating import Wish, check_met, wish
from tocsin.desk.record import Writer, draft
from tocsin.facts import Author, Draft, Proof, Refused
from tocsin.facts.gates import Countersigned, GlassBroken, SealOverridden
from tocsin.facts.record import Signer
from tocsin.playbook import OrderRecord, OrderStanding
from tocsin.register.gates import (
    Said,
    check_countersign,
    check_glass,
    check_override,
    override_needed,
    seals,
    unsealed,
)
from tocsin.register.proofs import Question, tier_of
from tocsin.register.statements import OrderWord, word_statement
from tocsin.world import Appended

COUNTERSIGN_WITHIN = timedelta(hours=12)

Tell = Callable[[Known, OrderRecord, Question, datetime], OrderWord]
"""What is to be said about an order as it stands now; raises Refused when nothing may be."""

Check = Callable[[Known, Question, Said], None]


def break_glass(
    desk: Writer,
    log: str,
    order: int,
    author: Author,
    *,
    because: str,
    sign: Signer | None = None,
    client_key: str | None = None,
) -> Appended:
    """One person lets an order go for which two are asked; a second must countersign it in time.

    Args:
        sign: signs in the namespace of orders with the person's enrolled key.

    Raises:
        Refused: it cannot be taken back, does not wait for approval, one approval is enough, or
            the proof is weaker than an approval's.
    """

    def tell(known: Known, record: OrderRecord, question: Question, now: datetime) -> GlassBroken:
        if record.standing is not OrderStanding.AWAITING:
            raise Refused(
                f"action {order} does not wait for approval: it is {record.standing.value}; look "
                "at the incident again"
            )
        return GlassBroken(
            run=record.fact.run,
            order=order,
            order_digest=question.digest,
            because=_reason(because, "why it cannot wait for a second person"),
            countersign_by=now + COUNTERSIGN_WITHIN,
        )

    def check(_: Known, question: Question, said: Said) -> None:
        check_glass(question, said, desk.knowledge.keyring(), desk.knowledge.register())

    asked = wish(GlassBroken, order=order, because=because)
    return _say(desk, log, order, author, tell, check, sign, client_key, asked)


def countersign(
    desk: Writer,
    log: str,
    order: int,
    author: Author,
    *,
    agrees: bool,
    because: str,
    sign: Signer | None = None,
    client_key: str | None = None,
) -> Appended:
    """A second person looked at what one let go alone, and stands by it or not.

    Too late is still worth saying: that it was missed stays on record beside it.

    Raises:
        Refused: no glass was broken for it, somebody looked already, or the same person or key.
    """

    def tell(known: Known, record: OrderRecord, question: Question, _: datetime) -> Countersigned:
        if record.glass is None:
            raise Refused(f"nobody let action {order} go alone; there is nothing to countersign")
        if record.glass.countersigned_by is not None:
            raise Refused(
                f"{record.glass.countersigned_by.who} looked at action {order} already; nothing "
                "more is needed"
            )
        return Countersigned(
            run=record.fact.run,
            order=order,
            order_digest=question.digest,
            agrees=agrees,
            because=_reason(because, "what you looked at"),
        )

    def check(known: Known, question: Question, said: Said) -> None:
        glass = order_of(known, order).glass
        assert glass is not None
        keyring, register = desk.knowledge.keyring(), desk.knowledge.register()
        check_countersign(question, glass.broken_by, said, keyring, register)

    asked = wish(Countersigned, order=order, agrees=agrees, because=because)
    return _say(desk, log, order, author, tell, check, sign, client_key, asked)


def override_seal(
    desk: Writer,
    log: str,
    order: int,
    author: Author,
    *,
    because: str,
    items: Sequence[str] = (),
    sign: Signer | None = None,
    client_key: str | None = None,
) -> Appended:
    """Let an order go ahead without evidence that could not be secured. Shows in every report.

    The approvals that the order asks for are needed none the less.

    Args:
        items: which items; none means all that are missing now.

    Raises:
        Refused: nothing is missing, or the proof is weaker than the register asks for.
    """

    def tell(known: Known, record: OrderRecord, question: Question, _: datetime) -> SealOverridden:
        if not record.is_waiting:
            raise Refused(
                f"action {order} waits for nothing: it is {record.standing.value}; look at the "
                "incident again"
            )
        missing = unsealed(record.fact.evidence, seals(known.entries))
        if not missing:
            raise Refused(f"all evidence that action {order} names is sealed; nothing is missing")
        return SealOverridden(
            run=record.fact.run,
            order=order,
            order_digest=question.digest,
            items=tuple(items) or tuple(missing),
            because=_reason(because, "why it cannot wait for the evidence"),
        )

    def check(known: Known, question: Question, said: Said) -> None:
        register = desk.knowledge.register()
        needed = override_needed(register.entity, tier_of(register, known.systems))
        check_override(question, needed, said, desk.knowledge.keyring(), register)

    named = {"items": tuple(items)} if items else {}
    asked = wish(SealOverridden, order=order, because=because, **named)
    return _say(desk, log, order, author, tell, check, sign, client_key, asked)


def _say(
    desk: Writer,
    log: str,
    order: int,
    author: Author,
    tell: Tell,
    check: Check,
    sign: Signer | None,
    client_key: str | None,
    asked: Wish,
) -> Appended:
    """Record what a person says about an order, once it has been checked; signed where they sign.

    It is made from the record as it is when they speak; whether it may be said is asked once more
    of the record as it is when it is written.
    """
    known, now = desk.known(log), desk.world.clock.now()
    try:
        record = order_of(known, order)
        fact = tell(known, record, question_of(desk, known, record), now)
    except Refused:
        earlier = desk.answered(log, author, client_key)
        if earlier is None or client_key is None:
            raise
        check_met(earlier, desk.world.journal.read(log), asked, client_key, author)
        return earlier
    if sign is not None:
        signature = sign(word_statement(desk.world.journal.origin, log, fact))
        author = msgspec.structs.replace(author, signature=signature, proof=Proof.SIGNATURE)

    def judge(known: Known) -> Sequence[Draft]:
        record, now = order_of(known, order), desk.world.clock.now()
        question = question_of(desk, known, record)
        tell(known, record, question, now)
        check(known, question, Said(fact=fact, author=author, at=now))
        return [draft(fact, now)]

    return desk.decide_known(log, judge, author, client_key=client_key, wish=asked)


def _reason(text: str, what: str) -> str:
    if not text.strip():
        raise Refused(f"say {what}: --because")
    return text.strip()
