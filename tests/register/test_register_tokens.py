"""A person's token: vouched for by a signature, at an end in time, and weaker than any other proof
but a typed name.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from tocsin.facts import HOME_LOG, Access, Asserter, Author, Entry, Proof, Refused
from tocsin.facts.registers import PersonTokenIssued, TokenRevoked
from tocsin.register.keyring import Keyring
from tocsin.register.proofs import STRENGTH, WEAKEST_APPROVAL
from tocsin.register.tokens import new_machine_token, new_person_token, new_token

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
SECRET = "s" * 22
SIGNED = Author(who="ben", kind=Asserter.PERSON, proof=Proof.SIGNATURE, key="SHA256:x")


def entry(fact: PersonTokenIssued | TokenRevoked, seq: int, author: Author = SIGNED) -> Entry:
    at = NOON + timedelta(minutes=seq)
    return Entry(log=HOME_LOG, seq=seq, happened_at=at, recorded_at=at, author=author,
                 access=Access.OPS, fact=fact)  # fmt: skip


def issued(*scopes: str, until: datetime | None = NOON + timedelta(days=30)) -> tuple[
    str, PersonTokenIssued
]:  # fmt: skip
    return new_person_token("ana", "7K3ABC", SECRET, scopes, until, NOON)


def test_it_proves_the_person_with_its_scopes_until_its_end() -> None:
    text, fact = issued("read", "record")
    ring = Keyring.replay([entry(fact, 2)])
    found = ring.token_proven(text, NOON + timedelta(hours=1))
    assert (found.person, found.machine, found.holder) == ("ana", None, "ana")
    assert found.scopes == ("read", "record")
    with pytest.raises(Refused, match="expired"):
        ring.token_proven(text, NOON + timedelta(days=30))
    ring = Keyring.replay([entry(TokenRevoked(token="7K3ABC", because="b"), 3)], ring)
    with pytest.raises(Refused, match="revoked"):
        ring.token_proven(text, NOON + timedelta(hours=1))


def test_it_never_speaks_for_a_machine() -> None:
    text, fact = issued("read", "signals")
    ring = Keyring.replay([entry(fact, 2)])
    with pytest.raises(Refused, match="a person's"):
        ring.machine_proven(text, NOON + timedelta(hours=1), "signals")


@pytest.mark.parametrize("proof", [one for one in Proof if one is not Proof.SIGNATURE])
def test_one_that_nobody_signed_for_counts_for_nothing(proof: Proof) -> None:
    text, fact = issued("read")
    unsigned = msgspec.structs.replace(SIGNED, proof=proof)
    ring = Keyring.replay([entry(fact, 2, unsigned)])
    assert ring.tokens == {} and "signature" in ring.doubts[0].why
    with pytest.raises(Refused, match="not known"):
        ring.token_proven(text, NOON + timedelta(hours=1))


@pytest.mark.parametrize(
    ("scopes", "until", "told"),
    [
        (("read",), None, "ends"),
        (("read",), NOON, "ends"),
        (("read",), NOON + timedelta(days=400), "ends"),
        ((), NOON + timedelta(days=1), "no scope was given"),
        (("raed",), NOON + timedelta(days=1), "did you mean"),
    ],
)
def test_one_without_an_end_or_a_known_scope_is_not_made(
    scopes: tuple[str, ...], until: datetime | None, told: str
) -> None:
    with pytest.raises(Refused, match=told):
        issued(*scopes, until=until)


@pytest.mark.parametrize(
    ("scopes", "until", "told"),
    [
        (("singals",), None, "did you mean"),
        (("read", "bogus"), None, "no scope is called 'bogus'"),
        ((), None, "no scope was given"),
        (("read",), NOON, "past"),
    ],
)
def test_one_of_a_machine_that_would_be_worth_nothing_is_not_made(
    scopes: tuple[str, ...], until: datetime | None, told: str
) -> None:
    with pytest.raises(Refused, match=told):
        new_machine_token("pager", "7K3ABC", SECRET, scopes, until, NOON)


def test_the_record_never_holds_its_secret() -> None:
    _, fact = issued("read")
    assert SECRET not in repr(fact)
    assert SECRET not in repr(new_token("m", "7K3ABC", SECRET, ["read"])[1])


def test_it_is_worth_more_than_a_typed_name_and_too_little_to_approve() -> None:
    assert STRENGTH[Proof.ACCOUNT] < STRENGTH[Proof.TOKEN] < STRENGTH[WEAKEST_APPROVAL]
