"""A desk with everybody who speaks for a company, and a mail that takes what it is given."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from desk_register import PEOPLE, REGISTER, adopted
from desk_world import ANA, LOG, NOON, Hand, opened, world_of
from register_people import Signing
from tocsin.desk import DESK_AUTHOR, Writer, run_until_idle
from tocsin.desk.plans.runs import By
from tocsin.desk.record import draft
from tocsin.desk.words.saying import Request, draft_words
from tocsin.desk.words.speaking import approve
from tocsin.facts import HOME_LOG, Access, Asserter, Author, Draft, Fact, Proof
from tocsin.facts.incidents import Claimed, ClaimGraded, Grade
from tocsin.facts.statements import Audience
from tocsin.incident.statements import Statement
from tocsin.register.model import Entity, Person, Register
from tocsin.register.statements import WORDS_NAMESPACE

SOON = NOON + timedelta(hours=2)
E1, E2 = "e" * 64, "f" * 64
SPEAKERS = {
    "lea": Person(id="lea", name="Lea", email="lea@example.org", roles=("counsel",)),
    "max": Person(id="max", name="Max", email="max@example.org", roles=("communications",)),
    "eve": Person(id="eve", name="Eve", email="eve@example.org", roles=("executive", "board")),
    "list": Person(id="list", name="All", email="all@customers.example", roles=("customers",)),
    "wire": Person(id="wire", name="Wire", email="wire@press.example", roles=("press",)),
    "office": Person(id="office", name="AI office", email="ai@gov.example", roles=("regulator",)),
    "hit": Person(id="hit", name="Hit", email="hit@people.example", roles=("affected-persons",)),
    "ally": Person(id="ally", name="Ally", email="ops@ally.example", roles=("partners",)),
}
WHO = {**PEOPLE, **SPEAKERS}
KEYS = {name: Signing(seed) for seed, name in enumerate(WHO, start=1)}


def known(claim: str, words: str, *evidence: str) -> Claimed:
    return Claimed(claim=claim, statement=words, grade=Grade.CONFIRMED, evidence=evidence or (E1,))


def graded(claim: str, grade: Grade, *evidence: str) -> ClaimGraded:
    return ClaimGraded(claim=claim, grade=grade, evidence=evidence, because="looked again")


def spoken_register(entity: Entity | None = None) -> Register:
    return msgspec.structs.replace(REGISTER, people=WHO, entity=entity or Entity())


def speaking_desk(mail: Hand | None = None, *, entity: Entity | None = None) -> Writer:
    desk = adopted(Writer(world_of({"mail": mail or Hand()})), spoken_register(entity))
    keys = [one.enrolled_for(name) for name, one in KEYS.items()]
    desk.record(HOME_LOG, lambda _: keys, DESK_AUTHOR)
    opened(desk.world)
    return desk


def record(desk: Writer, *facts: Fact, access: Access = Access.OPS) -> None:
    desk.decide(LOG, lambda _: [Draft(fact=f, happened_at=NOON, access=access) for f in facts], ANA)


def by(who: str, key: str | None = None) -> By:
    """A person who signs what they say about words, with their key or another's."""
    one = KEYS[key or who]
    author = Author(who=who, kind=Asserter.PERSON, proof=Proof.SIGNATURE, key=one.fingerprint)
    return By(author=author, sign=lambda message: one.sign(message, WORDS_NAMESPACE))


def account(who: str) -> By:
    return By(author=Author(who=who, kind=Asserter.PERSON, proof=Proof.ACCOUNT, account=who))


def drafted(desk: Writer, audience: Audience, **more: object) -> Statement:
    request = msgspec.convert({"audience": audience, **more}, Request)
    return draft_words(desk, LOG, request, account("max"))


def approved(desk: Writer, statement: str, *people: str) -> None:
    for who in people:
        approve(desk, LOG, statement, by(who))


def sent(desk: Writer, audience: Audience, *people: str, **more: object) -> Statement:
    """Words that were drafted, approved by these people and sent."""
    from tocsin.desk.words.releasing import release

    one = drafted(desk, audience, **more)
    approved(desk, one.id, *people)
    release(desk, LOG, one.id, account("max"))
    run_until_idle(desk.world)
    return desk.known(LOG).statements.by_id[one.id]


__all__ = ["draft"]
