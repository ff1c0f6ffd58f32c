"""What the register asks for a decision, and who vouches for a key."""

from __future__ import annotations

import msgspec
import pytest
from test_register_proofs import ADA, BEN, LATER, ONE, PEOPLE, REGISTER, RING

from register_people import NOON, entry
from tocsin.facts import Asserter, Author, Proof, Refused
from tocsin.register.keyring import Keyring
from tocsin.register.model import Decision, Entity, ProofRule, Register, System
from tocsin.register.proofs import (
    Needed,
    approvals_needed,
    check_vouching,
    person_counts,
    proof_needed,
    tier_of,
)


def rule(proof: Proof, people: int = 1, *tiers: int, role: str | None = None) -> ProofRule:
    return ProofRule(decision=Decision.APPROVAL, proof=proof, people=people, tiers=tiers, role=role)


def test_rules_add_up_to_the_strictest() -> None:
    entity = Entity(
        proofs=(rule(Proof.LINK), rule(Proof.SIGNATURE, 2, 1), rule(Proof.ACCOUNT, 1, 4))
    )
    assert proof_needed(entity, Decision.APPROVAL, 1) == Needed(people=2, proof=Proof.SIGNATURE)
    assert proof_needed(entity, Decision.APPROVAL, 4) == Needed(people=1, proof=Proof.LINK)
    assert proof_needed(entity, Decision.APPROVAL, None).people == 2
    assert proof_needed(entity, Decision.CLOSURE, 1) == Needed(people=1, proof=Proof.ACCOUNT)
    assert proof_needed(Entity(), Decision.APPROVAL, 3) == ONE


def test_the_register_asks_more_than_a_plan_but_never_stops_a_free_stop() -> None:
    entity = Entity(proofs=(rule(Proof.SIGNATURE, 2),))
    assert approvals_needed(entity, 1, 0).people == 0
    assert approvals_needed(entity, 1, 1).people == 2
    assert approvals_needed(Entity(), 1, 2).people == 2


def test_an_account_is_too_weak_for_an_approval_whatever_a_rule_says() -> None:
    for asked, counts in (
        (Proof.ACCOUNT, Proof.LINK),
        (Proof.LINK, Proof.LINK),
        (Proof.SIGNATURE, Proof.SIGNATURE),
    ):
        assert approvals_needed(Entity(proofs=(rule(asked),)), 1, 1).proof is counts


def test_the_most_critical_system_decides_and_an_unknown_one_is_the_strictest() -> None:
    systems = {
        name: System(id=name, name=name, owner="ada", tier=tier)
        for name, tier in (("a", 3), ("b", 1))
    }
    register = Register(systems=systems)
    assert tier_of(register, ["a"]) == 3
    assert tier_of(register, ["a", "b"]) == 1
    assert tier_of(register, ["a", "zzz"]) is None
    assert tier_of(register, []) is None


def test_person_counts_passes_silently_for_a_good_signature() -> None:
    author = Author(who="ada", kind=Asserter.PERSON, proof=Proof.SIGNATURE, key=ADA.fingerprint)
    person_counts(ONE, author, NOON, RING, REGISTER)


@pytest.mark.parametrize("kind", [Asserter.PERSON, Asserter.HOME])
def test_the_first_key_is_founded_on_an_account(kind: Asserter) -> None:
    author = Author(who="root", kind=kind, proof=Proof.ACCOUNT)
    check_vouching(Keyring(), REGISTER, author, NOON)
    with pytest.raises(Refused):
        check_vouching(RING, REGISTER, author, NOON)
    ended = Keyring.replay([entry(ADA.enrolled_for("ada", valid_until=NOON + LATER), 2)])
    with pytest.raises(Refused):
        check_vouching(ended, REGISTER, author, NOON)
    check_vouching(ended, REGISTER, author, NOON + LATER)


def test_later_keys_are_vouched_for_by_an_enrolled_one() -> None:
    proven = Author(who="ada", kind=Asserter.PERSON, proof=Proof.SIGNATURE, key=ADA.fingerprint)
    check_vouching(RING, REGISTER, proven, NOON)
    with pytest.raises(Refused, match="add --as PERSON --key FILE"):
        check_vouching(RING, REGISTER, msgspec.structs.replace(proven, proof=Proof.LINK), NOON)
    for wrong in (
        msgspec.structs.replace(proven, key=BEN.fingerprint),
        msgspec.structs.replace(proven, kind=Asserter.WORKER),
    ):
        with pytest.raises(Refused):
            check_vouching(RING, REGISTER, wrong, NOON)
    worker = Author(who="w", kind=Asserter.WORKER, proof=Proof.PROCESS)
    with pytest.raises(Refused):
        check_vouching(Keyring(), REGISTER, worker, NOON)
    entity = Entity(
        proofs=(ProofRule(decision=Decision.ENROLMENT, proof=Proof.ACCOUNT, role="ciso"),)
    )
    with pytest.raises(Refused, match="role ciso"):
        check_vouching(RING, Register(people=PEOPLE, entity=entity), proven, NOON)


def test_an_older_register_that_asks_two_people_to_vouch_can_be_replaced() -> None:
    """Lint refuses such a rule; to hold to one in force would keep every other register out."""
    proven = Author(who="ada", kind=Asserter.PERSON, proof=Proof.SIGNATURE, key=ADA.fingerprint)
    rule = ProofRule(decision=Decision.ENROLMENT, proof=Proof.SIGNATURE, people=2)
    check_vouching(RING, Register(people=PEOPLE, entity=Entity(proofs=(rule,))), proven, NOON)
