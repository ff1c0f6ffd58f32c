"""What a person signs: the words about an order, good for one order of one record alone.

The statements about approving and refusing keep their bytes for ever; a signature that was given
once must hold whenever it is looked at.
"""

from __future__ import annotations

import enum
from typing import assert_never

import msgspec

from tocsin.facts.canonical import Json, canonical, sha256_hex
from tocsin.facts.courses import ApprovalAsked
from tocsin.facts.errors import Refused
from tocsin.facts.gates import Countersigned, GlassBroken, SealOverridden
from tocsin.facts.notices import NoticeApproved, NoticeDeclined
from tocsin.facts.runs import Approved, Declined, Ordered
from tocsin.facts.statements import FlagOverridden, StatementApproved, StatementDeclined

ENTRY_NAMESPACE = "tocsin-entry"
"""The SSHSIG namespace of an author's signature over `facts.record.statement`."""

ORDER_NAMESPACE = "tocsin-order"
"""The SSHSIG namespace of a person's signature over what they say about an order."""

WORDS_NAMESPACE = "tocsin-words"
"""The SSHSIG namespace of a person's signature over what they say about words for an audience."""

STATEMENT_VERSION = 1

OrderWord = Approved | Declined | GlassBroken | Countersigned | SealOverridden
"""What a person says about one order, signed in the namespace of orders."""


NoticeWord = NoticeApproved | NoticeDeclined
"""What a person says about a notice to an authority, signed in the namespace of words."""

StatementWord = StatementApproved | StatementDeclined | FlagOverridden
"""What a person says about words for an audience, signed in the namespace of words."""

SpokenWord = StatementWord | NoticeWord
"""What a person says about words that go out, signed in the namespace of words."""


class Verdict(enum.Enum):
    """What people have said about an order so far."""

    WAITING = "waiting"
    APPROVED = "approved"
    DECLINED = "declined"


def order_digest(origin: str, log: str, seq: int, order: Ordered | ApprovalAsked) -> str:
    """The hash of an order, or of what a step asks, at its own place in this record."""
    return sha256_hex(
        canonical(
            {
                "log": log,
                "order": msgspec.json.decode(msgspec.json.encode(order)),
                "origin": origin,
                "seq": seq,
                "v": STATEMENT_VERSION,
            }
        )
    )


def order_statement(
    origin: str, log: str, seq: int, order_digest: str, decision: Verdict, reason: str
) -> bytes:
    """The words a person signs to approve or decline an order, as canonical JSON.

    The reason is part of it: whoever erases the reason later can no longer check this signature.
    """
    if decision is Verdict.WAITING:
        raise Refused("only an approval or a refusal can be signed")
    return canonical(_words(origin, log, seq, order_digest, decision.value, reason))


def word_statement(origin: str, log: str, fact: OrderWord) -> bytes:
    """The words a person signs to say this about an order, as canonical JSON."""
    said: dict[str, Json] = {}
    match fact:
        case Approved():
            decision = Verdict.APPROVED.value
        case Declined():
            decision = Verdict.DECLINED.value
        case GlassBroken():
            decision = "glass-broken"
        case Countersigned():
            decision = "countersigned" if fact.agrees else "not-countersigned"
        case SealOverridden():
            decision = "seal-overridden"
            said = {"items": list(fact.items)}
        case _:
            assert_never(fact)
    words = _words(origin, log, fact.order, fact.order_digest, decision, fact.because)
    return canonical({**words, **said})


def _words(
    origin: str, log: str, seq: int, order: str, decision: str, reason: str
) -> dict[str, Json]:
    return {
        "decision": decision,
        "log": log,
        "order": order,
        "origin": origin,
        "reason": reason,
        "seq": seq,
        "v": STATEMENT_VERSION,
    }


def spoken_word(origin: str, log: str, fact: SpokenWord) -> bytes:
    """The words a person signs to say this about words for an audience, as canonical JSON.

    The digest of the very text is part of it: the signature is good for those bytes alone.
    """
    if isinstance(fact, NoticeApproved | NoticeDeclined):
        return _notice_word(origin, log, fact)
    said: dict[str, Json] = {}
    match fact:
        case StatementApproved():
            said = {"decision": Verdict.APPROVED.value, "role": fact.role}
        case StatementDeclined():
            said = {"decision": Verdict.DECLINED.value, "role": fact.role}
        case FlagOverridden():
            said = {"decision": "overridden", "flag": fact.flag.value, "about": fact.about}
        case _:
            assert_never(fact)
    return canonical(
        {
            **said,
            "log": log,
            "origin": origin,
            "reason": fact.because,
            "statement": fact.statement,
            "text": fact.text,
            "v": STATEMENT_VERSION,
        }
    )


def _notice_word(origin: str, log: str, fact: NoticeWord) -> bytes:
    approved = isinstance(fact, NoticeApproved)
    return canonical(
        {
            "decision": (Verdict.APPROVED if approved else Verdict.DECLINED).value,
            "document": fact.document,
            "log": log,
            "notice": fact.notice,
            "origin": origin,
            "reason": fact.because,
            "role": fact.role,
            "v": STATEMENT_VERSION,
        }
    )
