"""Who people are to the desk: their roles, their keys, and whether their proof is enough.

Whoever says to be proven by a key is believed only while that key stands. The first key of a home
is enrolled on the account's word; from then on a proven person vouches for each key and token.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

import msgspec

from tocsin.desk.loaded.known import Known
from tocsin.desk.record import Writer, draft
from tocsin.facts import HOME_LOG, Asserter, Author, Fact, Proof, Refused
from tocsin.facts.record import Signer
from tocsin.facts.registers import (
    KeyEnrolled,
    KeyRevoked,
    PersonTokenIssued,
    RegisterAdopted,
)
from tocsin.incident.decide_roles import Staff
from tocsin.incident.model import Actor
from tocsin.register.can import Subject
from tocsin.register.keyring import Keyring, check_signed
from tocsin.register.model import Decision
from tocsin.register.proofs import Needed, check_decides, check_vouching, decision_needed, tier_of
from tocsin.register.staffing import roles_of
from tocsin.world import Appended

ONES_OWN = frozenset({Decision.DISMISSAL, Decision.CLOSURE})
"""Decisions for which a name is enough, but not from a person who has a key to sign with."""

RECORD_SCOPE = "record"
"""What a token must allow for its machine to open incidents and to say what it found."""


def actor(desk: Writer, who: str) -> Actor:
    """The person with the roles of the register in force, or, where it is lost, of its files."""
    person = desk.knowledge.nearest_register().people.get(who)
    return Actor(who=who, roles=frozenset(person.roles) if person else frozenset())


def staff(desk: Writer) -> Staff | None:
    """Whom a role can be given to, and which; None while nobody adopted a register."""
    register = desk.knowledge.nearest_register()
    if not register.people:
        return None
    return Staff(people=frozenset(register.people), roles=frozenset(roles_of(register)))


def check_author(desk: Writer, author: Author) -> None:
    """Passes when an author who is said to be proven by a key has one that stands.

    Raises:
        Refused: the key is not enrolled, another's, revoked or over.
    """
    if author.proof is Proof.SIGNATURE:
        now = desk.world.clock.now()
        desk.knowledge.keyring().check_standing(author.who, author.key or "", now)


def machine(desk: Writer, token: str) -> Author:
    """The machine that this token proves, as an author.

    Raises:
        Refused: not a token, unknown, revoked, over, or without the scope `record`.
    """
    now = desk.world.clock.now()
    name = desk.knowledge.keyring().machine_proven(token, now, RECORD_SCOPE)
    return Author(who=name, kind=Asserter.MACHINE, proof=Proof.TOKEN, key=token.split("_")[1])


class Bearer(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a token proves, as an author, and as one who may do this and that.

    Args:
        token: its public id.
    """

    author: Author
    subject: Subject
    token: str


def bearer(desk: Writer, token: str) -> Bearer:
    """The machine or the person that this token proves, with what it allows.

    Raises:
        Refused: not a token, unknown, revoked or over.
    """
    known = desk.knowledge.keyring().token_proven(token, desk.world.clock.now())
    kind = Asserter.MACHINE if known.machine is not None else Asserter.PERSON
    author = Author(who=known.holder, kind=kind, proof=Proof.TOKEN, key=known.token)
    person = desk.knowledge.nearest_register().people.get(known.person or "")
    return Bearer(
        author=author,
        token=known.token,
        subject=Subject(
            who=author.who,
            kind=kind,
            proof=Proof.TOKEN,
            roles=frozenset(person.roles) if person else frozenset(),
            scopes=frozenset(known.scopes),
            known=person is not None,
        ),
    )


def signing(desk: Writer, bearer: Bearer, key: str) -> Bearer:
    """The same person, who will sign with this key what their token alone does not prove.

    What the token allows stays the limit.

    Raises:
        Refused: not a person, or a key that does not stand for them.
    """
    who = bearer.author.who
    if bearer.author.kind is not Asserter.PERSON:
        raise Refused(f"{who} is a {bearer.author.kind.value}; only a person signs with a key")
    desk.knowledge.keyring().check_standing(who, key, desk.world.clock.now())
    author = Author(who=who, kind=Asserter.PERSON, proof=Proof.SIGNATURE, key=key)
    subject = msgspec.structs.replace(bearer.subject, proof=Proof.SIGNATURE)
    return msgspec.structs.replace(bearer, author=author, subject=subject)


def check_decision(desk: Writer, decision: Decision, log: str, author: Author) -> None:
    """Passes when this author alone may take this decision about the incident of this log.

    Raises:
        Refused: the register asks for a stronger proof, a role, or a second person; or they have
            a key and did not sign.
    """
    check_decision_about(desk, decision, desk.known(log).systems, author)


def check_decision_about(
    desk: Writer, decision: Decision, systems: Iterable[str], author: Author
) -> None:
    """As `check_decision`, where no incident is open about these systems."""
    needed = _needed(desk, decision, systems)
    if needed.people > 1:
        raise Refused(
            f"the register asks two people for {decision.value}; only actions of a plan can be "
            "approved by two: let a plan ask for it, or change the rule in HOME/register/"
        )
    _check_decides(desk, needed, author)
    if decision in ONES_OWN:
        check_oneself(desk, author)


def people_needed(desk: Writer, decision: Decision, log: str) -> int:
    """How many people the register asks for a decision about the incident of this log."""
    return _needed(desk, decision, desk.known(log).systems).people


def check_decision_by(desk: Writer, decision: Decision, log: str, author: Author) -> None:
    """As `check_decision`, for one of the several people who take it together."""
    needed = _needed(desk, decision, desk.known(log).systems)
    _check_decides(desk, msgspec.structs.replace(needed, people=1), author)


def _needed(desk: Writer, decision: Decision, systems: Iterable[str]) -> Needed:
    register, now = desk.knowledge.register(), desk.world.clock.now()
    tier = tier_of(register, systems)
    return decision_needed(register, desk.knowledge.keyring(), decision, tier, now)


def _check_decides(desk: Writer, needed: Needed, author: Author) -> None:
    adopted = desk.knowledge.register_adopted() is not None
    now, known = desk.world.clock.now(), desk.knowledge
    check_decides(needed, author, now, known.keyring(), known.register(), adopted=adopted)


def check_person(desk: Writer, author: Author) -> None:
    """Passes when this is a person of the register; before any was adopted, the account's own.

    Raises:
        Refused: a machine, or a name that was only typed.
    """
    check_decides(
        Needed(people=1, proof=Proof.ACCOUNT),
        author,
        desk.world.clock.now(),
        desk.knowledge.keyring(),
        desk.knowledge.register(),
        adopted=desk.knowledge.register_adopted() is not None,
    )


def check_says_why(because: str) -> None:
    """Passes where a reason stands. Raises Refused: whoever reads it later would find none."""
    if not because.strip():
        raise Refused("nothing says why; whoever reads this later needs it: --because WORDS")


def check_oneself(desk: Writer, author: Author) -> None:
    """Passes when this is the person's own word, proven as strongly as they can prove it.

    Raises:
        Refused: not a person, or one with an enrolled key who did not sign with it.
    """
    if author.kind is not Asserter.PERSON:
        raise Refused(f"{author.who} is a {author.kind.value}; only a person can say this")
    keyring, now = desk.knowledge.keyring(), desk.world.clock.now()
    own = [one for one, key in keyring.keys.items() if key.person == author.who]
    if author.proof is not Proof.SIGNATURE and any(keyring.standing(one, now) for one in own):
        raise Refused(
            f"{author.who} has an enrolled key, so a typed name is not enough; "
            f"sign it: --as {author.who} --key FILE"
        )


def check_takes_back(desk: Writer, author: Author) -> None:
    """Passes when this person may take back what was done, such as a stop.

    Who stops is asked for nothing; once anybody's key stands, who lets it run again is known.

    Raises:
        Refused: not a person, one with a key who did not sign, or a name in no register.
    """
    check_oneself(desk, author)
    keyring, now = desk.knowledge.keyring(), desk.world.clock.now()
    if any(keyring.standing(one, now) for one in keyring.keys):
        check_person(desk, author)


def enrol(
    desk: Writer,
    person: str,
    line: str,
    valid_until: datetime | None,
    author: Author,
    *,
    sign: Signer | None = None,
) -> KeyEnrolled:
    """Let the public key in `line` prove `person` from now on.

    Raises:
        Refused: weak, the record's own, another's, enrolled already, or nobody proven vouches.
    """
    now = desk.world.clock.now()
    enrolled: list[KeyEnrolled] = []

    def judge(known: Known) -> list[Fact]:
        keyring = Keyring.replay(known.entries)
        check_vouching(keyring, desk.knowledge.register(), author, now)
        enrolled.append(keyring.enrolment(person, line, valid_until, now))
        return [enrolled[-1]]

    _record(desk, judge, author, sign)
    return enrolled[-1]


def revoke(
    desk: Writer, fingerprint: str, because: str, author: Author, *, sign: Signer | None = None
) -> KeyRevoked:
    """Let a key prove nobody from now on. Raises Refused when it is not enrolled."""
    now = desk.world.clock.now()
    revoked: list[KeyRevoked] = []

    def judge(known: Known) -> list[Fact]:
        keyring = Keyring.replay(known.entries)
        check_vouching(keyring, desk.knowledge.register(), author, now)
        revoked.append(keyring.revocation(fingerprint, because, now))
        return [revoked[-1]]

    _record(desk, judge, author, sign)
    return revoked[-1]


def vouched(desk: Writer, fact: Fact, author: Author, *, sign: Signer | None = None) -> Appended:
    """Record a fact about who may speak, for which a proven person vouches.

    A register is adopted also where the one before is lost; else nothing could ever replace it.
    """
    now, known_by = desk.world.clock.now(), desk.knowledge
    adopts = isinstance(fact, RegisterAdopted)
    register = known_by.nearest_register() if adopts else known_by.register()

    if isinstance(fact, PersonTokenIssued):
        check_signed(author)
        if fact.person not in register.people:
            raise Refused(
                f"{fact.person} is not in the register in force; add them to a file in register/, "
                "then: tocsin register adopt"
            )

    def judge(known: Known) -> list[Fact]:
        check_vouching(Keyring.replay(known.entries), register, author, now)
        return [fact]

    return _record(desk, judge, author, sign)


def _record(
    desk: Writer, judge: Callable[[Known], list[Fact]], author: Author, sign: Signer | None
) -> Appended:
    now = desk.world.clock.now()
    return desk.decide_known(
        HOME_LOG, lambda known: [draft(fact, now) for fact in judge(known)], author, sign=sign
    )
