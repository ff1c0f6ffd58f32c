"""Facts about people reached: pages and their answers, words sent, one-time links.

What was sent lies in the vault under its digest; the sending itself is an order with a receipt.
"""

from __future__ import annotations

from tocsin.facts.kinds import DESK, TOCSIN, Asserter, Digest, Instant, Kind, Words


class PageBegan(Kind, frozen=True, tag="page-began"):
    """The plan calls people in this order until one of them answers.

    Args:
        people: whom to call, the best to reach first; fixed now, from the register in force.
        ways: for each of them the integration that reaches them.
        within_seconds: how long each has before the next is called.
    """

    asserted_by = DESK
    run: str
    step: str
    role: str
    people: tuple[str, ...]
    ways: tuple[str, ...]
    text: Digest
    within_seconds: int


class PageAnswered(Kind, frozen=True, tag="page-answered"):
    """A person answered the call: they are looking."""

    asserted_by = frozenset({Asserter.PERSON, Asserter.MACHINE})
    run: str
    step: str
    page: int  # seq of the PageBegan entry
    person: str = ""  # who answered, where the pager that called them says so


class PageUnanswered(Kind, frozen=True, tag="page-unanswered"):
    """A person did not answer in time; the next is called, or nobody is left.

    Args:
        next: who is called then; the same person where another way of theirs is tried.
        way: that other way; empty where it is the turn of somebody else.
        lost: nobody knows whether the call went out; refused: it surely did not.
    """

    asserted_by = TOCSIN
    run: str
    step: str
    page: int  # seq of the PageBegan entry
    person: str
    next: str | None
    way: str = ""
    lost: bool = False
    refused: bool = False


class MessageWritten(Kind, frozen=True, tag="message-written"):
    """Words for an audience, as they will be sent.

    Args:
        audience: for whom: responders, support, executives, customers, ...
        text: the digest of the words in the vault.
        claims: ids of the claims it states.
        next_update_at: when the audience was promised to hear more.
        statement: the approved words that these are; empty where a plan or a person wrote them.
    """

    asserted_by = DESK
    audience: str
    subject: Words
    text: Digest
    claims: tuple[str, ...]
    next_update_at: Instant | None
    statement: str = ""


class LinkIssued(Kind, frozen=True, tag="link-issued"):
    """One person may answer one order by a link, once, until an instant.

    Args:
        link: its public id.
        sha256: of the whole token, which was sent and is kept nowhere.
        address: where it was sent.
    """

    asserted_by = DESK
    link: str
    person: str
    order: int
    order_digest: Digest
    sha256: Digest
    address: Words
    expires_at: Instant


class Delegated(Kind, frozen=True, tag="delegated"):
    """Whom an order waits for handed the answer on to another; nothing is decided by it."""

    run: str
    order: int
    to: str
    because: Words


ReachFact = PageBegan | PageAnswered | PageUnanswered | MessageWritten | LinkIssued | Delegated
