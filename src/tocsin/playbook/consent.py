"""What a step asks people to approve, and who said what, as the facts tell it. Pure.

Only a person counts who is proven by more than an account. One person, or one key, fills one role
in one decision: what two steps of a run ask two roles about in the same words is one decision.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from tocsin.facts import Asserter, Author, Entry, Proof
from tocsin.facts.courses import ApprovalAsked
from tocsin.facts.reach import Delegated
from tocsin.facts.runs import Approved, Declined, LimitPassed
from tocsin.playbook.ways import APPROVED, DECLINED, LIMIT

PROVES = frozenset({Proof.SIGNATURE, Proof.LINK})
"""By what a person is proven well enough to approve, as far as the record alone tells."""


ApprovalWord = Approved | Declined | Delegated | LimitPassed
"""What may be said about an order or about what a step asks; its number tells of which."""


class ApprovalRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What a step asks people of a role to approve, and what they said.

    Args:
        result: "approved", "declined" or "limit"; None while it waits.
        answered_by: whose answers count, in order.
        answered_at: the entry of the newest answer that counts; 0 while there is none.
        delegated_to: to whom the answer was handed on.
    """

    seq: int
    at: datetime
    fact: ApprovalAsked
    result: str | None = None
    answered_by: tuple[Author, ...] = ()
    answered_at: int = 0
    delegated_to: str | None = None

    @property
    def missing(self) -> int:
        """How many more people must approve."""
        return max(0, self.fact.approvals - len(self.answered_by))


def approval_after(
    record: ApprovalRecord,
    entry: Entry,
    fact: ApprovalWord,
    all_asked: Iterable[ApprovalRecord],
) -> ApprovalRecord:
    """What is asked, after one more fact about it.

    Args:
        all_asked: everything that the run has asked to approve.
    """
    replace, author = msgspec.structs.replace, entry.author
    if record.result is not None:
        return record
    if isinstance(fact, LimitPassed):
        return replace(record, result=LIMIT)
    if author.kind is not Asserter.PERSON:
        return record
    if isinstance(fact, Delegated):
        return replace(record, delegated_to=fact.to)
    if author.proof not in PROVES or _is_among(author, record.answered_by):
        return record
    if filled_before(record, author, all_asked) is not None:
        return record
    by = (*record.answered_by, author)
    answered = replace(record, answered_by=by, answered_at=entry.seq)
    if isinstance(fact, Declined):
        return replace(answered, result=DECLINED)
    return answered if answered.missing else replace(answered, result=APPROVED)


def asked_by(fact: ApprovalWord) -> int:
    """The entry that asked for it."""
    return fact.entry if isinstance(fact, LimitPassed) else fact.order


def filled_before(
    record: ApprovalRecord, author: Author, all_asked: Iterable[ApprovalRecord]
) -> ApprovalRecord | None:
    """Where this person, or their key, has answered the same question already in another role."""
    subject, role = _plain(record.fact.subject), record.fact.role
    for other in all_asked:
        same = _plain(other.fact.subject) == subject and other.fact.role != role
        if same and _is_among(author, other.answered_by):
            return other
    return None


def _is_among(author: Author, others: Iterable[Author]) -> bool:
    """Whether this person is one of these, or proven by the key of one of them."""
    return any(author.who == one.who or author.key == one.key for one in others)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
