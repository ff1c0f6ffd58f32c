"""One-time links: one person answers one order, once, until an instant; and answers handed on.

The token is given once, to whoever sends it, and only its hash is kept. An answer by a link is on
record as the weaker proof that it is, and counts only where the register lets a link count.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from tocsin.desk.approving.approvals import (
    answer_order,
    asked_at,
    named,
    question_of,
    standing_words,
    waits_for_people,
)
from tocsin.desk.loaded.known import Known
from tocsin.desk.loaded.repeating import wish
from tocsin.desk.record import DESK_AUTHOR, Writer, draft
from tocsin.facts import Asserter, Author, Draft, Proof, Refused, incident_log
from tocsin.facts.canonical import sha256_hex
from tocsin.facts.courses import ApprovalAsked
from tocsin.facts.entry import INCIDENT_PREFIX
from tocsin.facts.reach import Delegated, LinkIssued
from tocsin.facts.record import Signer
from tocsin.facts.runs import Ordered
from tocsin.playbook import ApprovalRecord, OrderRecord
from tocsin.register.links import Links
from tocsin.register.model import Person
from tocsin.register.proofs import STRENGTH, Question, person_counts
from tocsin.register.statements import Verdict
from tocsin.world import Appended

VALID_LEAST, VALID_MOST = timedelta(minutes=1), timedelta(days=2)
LINK_LETTERS = 8  # of a salt, after the incident's id: tells the links of one incident apart


class IssuedLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link that was just issued.

    Args:
        token: to be sent to `address` and kept nowhere.
    """

    token: str
    link: str
    person: str
    address: str
    expires_at: datetime


class OpenLink(msgspec.Struct, frozen=True, kw_only=True):
    """What the bearer of a token may answer now."""

    log: str
    link: str
    person: str
    order: OrderRecord | ApprovalRecord
    question: Question
    expires_at: datetime

    @property
    def author(self) -> Author:
        """The person, as far as a link proves them."""
        return Author(who=self.person, kind=Asserter.PERSON, proof=Proof.LINK, key=self.link)


def issue_link(
    desk: Writer, log: str, order: int, person: str, address: str, valid: timedelta
) -> IssuedLink:
    """A link by which this person may answer this order. Recorded by Tocsin itself.

    Args:
        address: one that the register has for them; a link sent elsewhere would prove another.

    Raises:
        Refused: the order waits for nobody, a link would not count, or not their address.
    """
    if not VALID_LEAST <= valid <= VALID_MOST:
        raise Refused(f"a link is good for 1 minute to 2 days; {valid} is not within that")
    link = f"{log.removeprefix(INCIDENT_PREFIX)}-{desk.world.ids.salt()[:LINK_LETTERS]}"
    token = f"{link}.{desk.world.ids.salt()}"
    expires_at = desk.world.clock.now() + valid

    def judge(known: Known) -> Sequence[Draft]:
        record, now = asked_at(known, order), desk.world.clock.now()
        question = question_of(desk, known, record)
        _require_waiting(record)
        _require_link_counts(question)
        _require_address(_person(desk, person), address)
        author = Author(who=person, kind=Asserter.PERSON, proof=Proof.LINK, key=link)
        register, keyring = desk.knowledge.register(), desk.knowledge.keyring()
        person_counts(question.needed, author, now, keyring, register)
        fact = LinkIssued(
            link=link,
            person=person,
            order=order,
            order_digest=question.digest,
            sha256=sha256_hex(token.encode()),
            address=address,
            expires_at=expires_at,
        )
        return [draft(fact, now)]

    desk.decide_known(log, judge, DESK_AUTHOR)
    return IssuedLink(token=token, link=link, person=person, address=address, expires_at=expires_at)


def send_link(
    desk: Writer, log: str, order: int, person: str, base: str, valid: timedelta
) -> IssuedLink:
    """Issue a link and send it to the person's own e-mail; who asked for it never sees the token.

    Args:
        base: the address at which the pages are reached from outside.

    Raises:
        Refused: as `issue_link`, or nothing is set up that sends mail.
        ConnectorError: it was issued and not taken by the mail server; ask for another.
    """
    address = _person(desk, person).email
    if address is None:
        raise Refused(f"the register has no e-mail of {person}; add one to a file of the register")
    couriers = desk.world.couriers
    if not couriers:
        raise Refused(
            'nothing is set up that sends mail; declare an integration of kind "smtp" and adopt it'
        )
    made = issue_link(desk, log, order, person, address, valid)
    asked = asked_at(desk.known(log), order).fact
    couriers[min(couriers)].deliver(
        f"{log}/link/{made.link}",
        address,
        f"Your answer is asked: {_what(asked)}",
        f"{base.rstrip('/')}/l/{made.token}\n\n"
        f"This page says what is asked, and takes your answer once, until "
        f"{made.expires_at:%Y-%m-%d %H:%M} UTC. Opening it decides nothing. It is for you alone: "
        "do not forward it; the page can hand your answer on to somebody else.\n",
    )
    return made


def open_link(desk: Writer, token: str) -> OpenLink:
    """What this token lets its bearer answer. Reads only, so that a mail scanner changes nothing.

    Raises:
        Refused: not a token of ours, over, used, or the action waits no longer.
    """
    link, _, secret = token.partition(".")
    log = incident_log(link.partition("-")[0])
    known = desk.known(log)
    links = Links.replay(known.entries)
    issued = links.issued(link)
    digest = sha256_hex(token.encode())
    if issued is None or not secret or not hmac.compare_digest(digest, issued.sha256):
        raise Refused(
            "this link is not one that Tocsin sent, or a part of it is missing; open it again from "
            "the message, whole, or ask for a new one"
        )
    record = asked_at(known, issued.order)
    found = OpenLink(
        log=log,
        link=link,
        person=issued.person,
        order=record,
        question=question_of(desk, known, record),
        expires_at=issued.expires_at,
    )
    now = desk.world.clock.now()
    links.check(found.author, record.seq, found.question.digest, now)
    _require_waiting(record)
    return found


def answer_by_link(
    desk: Writer, token: str, verdict: Verdict, because: str, *, client_key: str | None = None
) -> Appended:
    """Approve or refuse an order by a link: for its person, its order, before its end, once.

    Raises:
        Refused: as `open_link`, or the answer would not count; the message says what would.
    """
    found = open_link(desk, token)
    order = found.order.seq
    return answer_order(
        desk, found.log, order, found.author, verdict, because, client_key=client_key
    )


def delegate(
    desk: Writer,
    log: str,
    order: int,
    to: str,
    author: Author,
    *,
    because: str,
    sign: Signer | None = None,
    client_key: str | None = None,
) -> Appended:
    """Hand the answer to an order on to another. Decides nothing: they answer in their own name.

    Raises:
        Refused: the order waits for nobody, or the other could not answer it either.
    """

    def judge(known: Known) -> Sequence[Draft]:
        record = asked_at(known, order)
        question = question_of(desk, known, record)
        _require_waiting(record)
        if author.kind is not Asserter.PERSON:
            raise Refused(f"{author.who} is a {author.kind.value}; a person hands their answer on")
        if to == author.who:
            raise Refused(f"{to} is the one who hands it on; name another person")
        person, role = _person(desk, to), question.needed.role
        if role is not None and role not in person.roles:
            raise Refused(
                f"{to} does not have the role {role}, which this decision needs; name someone who "
                "has"
            )
        asked = [one.who for one in question.requested_by]
        if question.needed.people > 1 and to in asked:
            raise Refused(f"{to} asked for this action and cannot be one of the four eyes on it")
        fact = Delegated(run=record.fact.run, order=order, to=to, because=because)
        return [draft(fact, desk.world.clock.now())]

    asked = wish(Delegated, order=order, to=to, because=because)
    return desk.decide_known(log, judge, author, client_key=client_key, sign=sign, wish=asked)


def delegate_by_link(desk: Writer, token: str, to: str, because: str) -> Appended:
    """As `delegate`, in the name of whom the link was sent to. The link stays good."""
    found = open_link(desk, token)
    return delegate(desk, found.log, found.order.seq, to, found.author, because=because)


def _what(asked: Ordered | ApprovalAsked) -> str:
    return f"{asked.target} to {asked.wanted}" if isinstance(asked, Ordered) else asked.subject


def _require_waiting(record: OrderRecord | ApprovalRecord) -> None:
    if not waits_for_people(record):
        raise Refused(
            f"{named(record)} waits for nobody's answer: it is {standing_words(record)}; look at "
            "the incident for what was decided"
        )


def _require_link_counts(question: Question) -> None:
    if STRENGTH[question.needed.proof] > STRENGTH[Proof.LINK]:
        raise Refused(
            f"the register asks for a {question.needed.proof.value} to approve action "
            f"{question.seq}, so that a link could not answer it; approve it with a key, or let "
            'links count: [[entity.proofs]] decision = "approval", proof = "link"'
        )


def _person(desk: Writer, name: str) -> Person:
    people = desk.knowledge.register().people
    if name not in people:
        known = ", ".join(sorted(people)) or "nobody"
        raise Refused(f"{name} is not in the register in force; it names {known}")
    return people[name]


def _require_address(person: Person, address: str) -> None:
    there = [one for one in (person.email, *person.reach) if one]
    if address.lower() not in (one.lower() for one in there):
        told = ", ".join(there) or "none"
        raise Refused(
            f"{address} is no address of {person.id} in the register (there: {told}); a link sent "
            "elsewhere would prove somebody else"
        )
