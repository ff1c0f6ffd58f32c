"""What one may let go alone, who may look at it afterwards, and when evidence may be missing."""

from __future__ import annotations

import msgspec
import pytest

from register_people import NOON, Signing, entry
from tocsin.facts import Asserter, Author, Entry, Proof, Refused
from tocsin.facts.gates import Countersigned, EvidenceSealed, GlassBroken, SealOverridden
from tocsin.facts.runs import Effect, Ordered, Repeatable
from tocsin.register.gates import (
    Said,
    check_countersign,
    glass_broken,
    items_overridden,
    override_needed,
    seals,
    unsealed,
)
from tocsin.register.keyring import Keyring
from tocsin.register.model import Decision, Entity, Person, ProofRule, Register
from tocsin.register.proofs import Needed, Question
from tocsin.register.statements import (
    ENTRY_NAMESPACE,
    ORDER_NAMESPACE,
    OrderWord,
    word_statement,
)

LOG = "incident/7K3"
REGISTER = Register(people={name: Person(id=name, name=name) for name in ("ada", "ben")})
KEYS = {"ada": Signing(1), "ben": Signing(2)}
RING = Keyring.replay([entry(k.enrolled_for(n), i + 2) for i, (n, k) in enumerate(KEYS.items())])
TWO = Needed(people=2, proof=Proof.SIGNATURE)
ONE = Needed(people=1, proof=Proof.SIGNATURE)
ORDER = Ordered(
    run="r1", step="back", connector="registry", target="m", wanted="version:1",
    repeatable=Repeatable.IDEMPOTENT, approvals=2, attempts_max=3, undo="version:2",
    effect=Effect.CHANGE, evidence=("model", "requests"),
)  # fmt: skip


def question(needed: Needed = TWO, effect: Effect = Effect.CHANGE) -> Question:
    order = msgspec.structs.replace(ORDER, effect=effect)
    return Question(origin="o", log=LOG, seq=17, order=order, needed=needed)


def signed(
    fact: OrderWord, who: str, key: str | None = None, namespace: str = ORDER_NAMESPACE
) -> Author:
    one = KEYS[key or who]
    return Author(
        who=who,
        kind=Asserter.PERSON,
        proof=Proof.SIGNATURE,
        key=one.fingerprint,
        signature=one.sign(word_statement("o", LOG, fact), namespace),
    )


def glass(about: Question, because: str = "customers are harmed") -> GlassBroken:
    return GlassBroken(
        run="r1", order=17, order_digest=about.digest, because=because, countersign_by=NOON
    )


def broken(about: Question, who: str = "ada", key: str | None = None) -> Entry:
    fact = glass(about)
    return entry(fact, 18, log=LOG, author=signed(fact, who, key))


def test_one_proven_person_lets_go_what_can_be_taken_back() -> None:
    about = question()
    found, doubts = glass_broken(about, [broken(about)], RING, REGISTER)
    assert found is not None and found.author.who == "ada" and not doubts


@pytest.mark.parametrize(
    ("about", "why"),
    [
        (question(effect=Effect.DESTROY), "tocsin stop"),
        (question(ONE), "approve it instead"),
        (question(Needed(people=2, proof=Proof.SIGNATURE, role="commander")), "role commander"),
    ],
)
def test_glass_protects_what_one_may_not_do(about: Question, why: str) -> None:
    found, doubts = glass_broken(about, [broken(about)], RING, REGISTER)
    assert found is None and why in doubts[0].why


def test_glass_needs_a_real_signature_over_its_own_words() -> None:
    about, fact = question(), glass(question())
    account = Author(who="ada", kind=Asserter.PERSON, proof=Proof.ACCOUNT)
    worker = Author(who="w", kind=Asserter.WORKER, proof=Proof.PROCESS)
    link = Author(who="ada", kind=Asserter.PERSON, proof=Proof.LINK, key="L1")
    other = signed(glass(about, "another reason"), "ada")
    elsewhere = signed(fact, "ada", namespace=ENTRY_NAMESPACE)
    for author in (account, worker, link, other, elsewhere, signed(fact, "ada", "ben")):
        found, doubts = glass_broken(
            about, [entry(fact, 18, log=LOG, author=author)], RING, REGISTER
        )
        assert found is None and doubts
    for strange in (
        msgspec.structs.replace(broken(about), log="incident/OTHER"),
        msgspec.structs.replace(broken(about), seq=16),
    ):
        assert glass_broken(about, [strange], RING, REGISTER) == (None, ())


def test_the_second_look_is_another_person_s_with_another_key() -> None:
    about = question()
    first = broken(about).author
    fact = Countersigned(
        run="r1", order=17, order_digest=about.digest, agrees=True, because="right"
    )

    def check(author: Author, word: Countersigned = fact) -> None:
        said = Said(fact=word, author=author, at=NOON)
        check_countersign(about, first, said, RING, REGISTER)

    check(signed(fact, "ben"))
    with pytest.raises(Refused, match="another person"):
        check(signed(fact, "ada"))
    with pytest.raises(Refused):
        check(signed(fact, "ben", "ada"))
    disagrees = msgspec.structs.replace(fact, agrees=False)
    with pytest.raises(Refused):  # who signed a yes did not say no
        check(signed(fact, "ben"), disagrees)


def overridden(about: Question, who: str, *items: str, seq: int = 18) -> Entry:
    fact = SealOverridden(
        run="r1", order=17, order_digest=about.digest, items=items, because="it burns"
    )
    return entry(fact, seq, log=LOG, author=signed(fact, who))


def test_evidence_is_overridden_item_by_item_by_those_the_register_asks() -> None:
    about = question()
    one = overridden(about, "ada", "model")
    assert items_overridden(about, ONE, [one], RING, REGISTER) == {"model"}
    assert items_overridden(about, TWO, [one], RING, REGISTER) == frozenset()
    both = [one, overridden(about, "ben", "model", "requests", seq=19)]
    assert items_overridden(about, TWO, both, RING, REGISTER) == {"model"}
    assert not items_overridden(about, ONE, [overridden(about, "ada", "moon")], RING, REGISTER)
    added = msgspec.structs.replace(
        one, fact=msgspec.structs.replace(one.fact, items=("model", "requests"))
    )
    assert not items_overridden(about, ONE, [added], RING, REGISTER)


def test_an_override_is_signed_whatever_the_register_says() -> None:
    weak = Entity(proofs=(ProofRule(decision=Decision.OVERRIDE, proof=Proof.ACCOUNT, people=2),))
    assert override_needed(Entity(), None) == ONE
    assert override_needed(weak, None) == TWO


def sealed(item: str, producer: str, seq: int, **other: object) -> Entry:
    fact = EvidenceSealed(
        run="r1", step="seal", item=item, producer=producer, digest="a" * 64, size=9, count=1,
        wanted=1, sufficient=True, why=f"{item} is whole",
    )  # fmt: skip
    return entry(msgspec.structs.replace(fact, **other), seq, log=LOG)


def test_an_item_is_there_when_each_of_its_producers_gave_enough_once() -> None:
    good, bad = sealed("model", "registry", 1), sealed("model", "log", 2, sufficient=False)
    again = sealed("model", "registry", 3, sufficient=False, why="gone")
    assert unsealed(["model"], seals([good, again])) == {}
    assert unsealed(["model"], seals([good, bad])) == {"model": "model is whole"}
    assert unsealed(["model"], seals([good, bad, sealed("model", "log", 4)])) == {}
    assert unsealed(["requests"], seals([good])) == {"requests": "nobody has secured it"}


def test_nothing_at_all_is_never_enough_whoever_says_so() -> None:
    for nothing in ({"digest": None}, {"size": 0}):
        assert "model" in unsealed(["model"], seals([sealed("model", "registry", 1, **nothing)]))
