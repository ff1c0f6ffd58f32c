"""What an entry says about its author's signature is never merely believed."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

import msgspec
import pytest

from register_people import NOON, Signing, entry
from tocsin.facts import Asserter, Author, Draft, Gone, Proof, Refused, Tampered
from tocsin.facts.canonical import canonical, parse
from tocsin.facts.incidents import Noted
from tocsin.facts.record import Prepared, decode, prepare
from tocsin.facts.runs import Approved, Declined
from tocsin.register.keyring import Keyring
from tocsin.register.signatures import Checked, check_signature, checked_signer
from tocsin.register.statements import ENTRY_NAMESPACE, ORDER_NAMESPACE, Verdict, order_statement

ADA, BEN, EVE = Signing(1), Signing(2), Signing(9)
RING = Keyring.replay([entry(ADA.enrolled_for("ada"), 2), entry(BEN.enrolled_for("ben"), 3)])


def person(who: str = "ada", key: Signing = ADA) -> Author:
    return Author(who=who, kind=Asserter.PERSON, proof=Proof.SIGNATURE, key=key.fingerprint)


def noted(author: Author, key: Signing, namespace: str = ENTRY_NAMESPACE) -> Prepared:
    drafts = [Draft(fact=Noted(text="seen"), happened_at=NOON)]
    salt = count()
    (one,) = prepare(
        "incident/7K3",
        0,
        drafts,
        author,
        now=NOON,
        salt=lambda: f"s{next(salt)}",
        origin="o",
        sign=lambda message: key.sign(message, namespace),
    )
    return one


def check(one: Prepared, keyring: Keyring = RING, *, shown: bool = True) -> Checked:
    disclosures = one.disclosures if shown else ()
    return check_signature(decode(one.body, disclosures), one.body, "o", keyring)


def test_a_signature_is_good_for_its_own_record_alone() -> None:
    one = noted(person(), ADA)
    with pytest.raises(Tampered):
        check_signature(decode(one.body, one.disclosures), one.body, "another record", RING)


def test_an_authors_own_signature_holds_even_when_the_words_are_gone() -> None:
    assert check(noted(person(), ADA)) is Checked.HOLDS
    assert check(noted(person(), ADA), shown=False) is Checked.HOLDS


@pytest.mark.parametrize(
    ("author", "key", "namespace"),
    [
        (person(), EVE, ENTRY_NAMESPACE),
        (person("eve", EVE), EVE, ENTRY_NAMESPACE),
        (person("ben", ADA), ADA, ENTRY_NAMESPACE),
        (person("ada", BEN), ADA, ENTRY_NAMESPACE),
        (person(), ADA, ORDER_NAMESPACE),
    ],
)
def test_anyone_elses_does_not(author: Author, key: Signing, namespace: str) -> None:
    with pytest.raises(Tampered, match="incident/7K3/1 says"):
        check(noted(author, key, namespace))


def test_a_body_changed_after_signing_is_found() -> None:
    one = noted(person(), ADA)
    body = parse(one.body)
    assert isinstance(body, dict)
    body["seq"] = 2
    moved = msgspec.structs.replace(one, body=canonical(body))
    with pytest.raises(Tampered):
        check(moved)


def test_a_key_that_was_not_enrolled_yet_does_not_count() -> None:
    late = Keyring.replay([entry(ADA.enrolled_for("ada"), 2, minutes=1)])
    with pytest.raises(Tampered, match="enrolled only at"):
        check(noted(person(), ADA), late)


def test_an_author_proven_otherwise_is_told_as_unsigned() -> None:
    author = Author(who="ada", kind=Asserter.PERSON, proof=Proof.ACCOUNT)
    assert check(noted(author, EVE)) is Checked.UNSIGNED


@pytest.mark.parametrize(
    ("kind", "verdict"), [(Approved, Verdict.APPROVED), (Declined, Verdict.DECLINED)]
)
def test_a_decision_about_an_order_is_signed_in_its_own_words(
    kind: type[Approved] | type[Declined], verdict: Verdict
) -> None:
    fact = kind(run="r", order=17, order_digest="a" * 64, because="enough")
    message = order_statement("o", "incident/7K3", 17, "a" * 64, verdict, "enough")
    signed = msgspec.structs.replace(person(), signature=ADA.sign(message, ORDER_NAMESPACE))
    salt = count()
    (one,) = prepare(
        "incident/7K3",
        17,
        [Draft(fact=fact, happened_at=NOON)],
        signed,
        now=NOON,
        salt=lambda: f"s{next(salt)}",
    )
    assert check(one) is Checked.HOLDS
    assert check(one, shown=False) is Checked.WORDS_GONE
    read = decode(one.body, one.disclosures, absent=Gone.ERASED)
    with pytest.raises(Tampered):
        check_signature(read, one.body, "another record", RING)


def test_only_a_signature_that_proves_its_author_is_given_on() -> None:
    def sign(message: bytes) -> str:
        return ADA.sign(message, ENTRY_NAMESPACE)

    armoured = checked_signer(sign, person(), RING, NOON)(b"m")
    assert armoured == sign(b"m")
    for author in (person("ben", ADA), person("ben", BEN), person("ada", BEN)):
        with pytest.raises(Refused):
            checked_signer(sign, author, RING, NOON)(b"m")
    with pytest.raises(Refused, match="does not hold"):
        checked_signer(lambda _: "garbage", person(), RING, NOON)(b"m")
    with pytest.raises(Refused, match="does not hold"):
        checked_signer(lambda _: sign(b"other"), person(), RING, NOON)(b"m")
    with pytest.raises(Refused, match="enrolled only at"):
        checked_signer(sign, person(), RING, NOON - timedelta(minutes=1))(b"m")
