"""Keys and tokens prove whom they were enrolled for, while they stand, and nobody else."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from register_people import NOON, Signing, entry
from tocsin.facts import Asserter, Author, Proof, Refused, sshsig
from tocsin.facts.records import HomeFounded, LogKeyRotated
from tocsin.facts.registers import KeyEnrolled, KeyRevoked, TokenIssued, TokenRevoked
from tocsin.register.key_strength import check_strength
from tocsin.register.keyring import Keyring
from tocsin.register.tokens import new_token

SECRET = "Zm9vYmFyLWZvb19iYXItZm9v"


def minutes(n: int) -> timedelta:
    return timedelta(minutes=n)


def test_a_key_proves_its_person_from_enrolment_on(ada: Signing) -> None:
    ring = Keyring.replay([entry(ada.enrolled_for("ada"), 2, minutes=10)])
    signature = ada.sign(b"stop it", "tocsin-order")
    proven = ring.person_proven(b"stop it", signature, "tocsin-order", NOON + minutes(10))
    assert proven == ("ada", ada.fingerprint)
    with pytest.raises(Refused, match="enrolled only at"):
        ring.person_proven(b"stop it", signature, "tocsin-order", NOON + minutes(9))


@pytest.mark.parametrize(("message", "namespace"), [(b"go on", "tocsin-order"), (b"stop it", "x")])
def test_a_signature_is_good_for_its_own_words_and_namespace(
    ada: Signing, message: bytes, namespace: str
) -> None:
    ring = Keyring.replay([entry(ada.enrolled_for("ada"), 2)])
    signature = ada.sign(b"stop it", "tocsin-order")
    with pytest.raises(Refused, match="does not hold"):
        ring.person_proven(message, signature, namespace, NOON)


def test_an_unknown_key_proves_nobody_and_the_way_out_is_named(ada: Signing) -> None:
    with pytest.raises(Refused, match="tocsin register enrol"):
        Keyring().person_proven(b"m", ada.sign(b"m", "n"), "n", NOON)


def test_a_revoked_key_proves_nothing_later_and_still_proves_what_was_before(ada: Signing) -> None:
    ring = Keyring.replay(
        [
            entry(ada.enrolled_for("ada"), 2),
            entry(
                KeyRevoked(person="ada", fingerprint=ada.fingerprint, because="lost"),
                3,
                minutes=60,
            ),
        ]
    )
    signature = ada.sign(b"m", "n")
    assert ring.person_proven(b"m", signature, "n", NOON + minutes(59))[0] == "ada"
    with pytest.raises(Refused, match="revoked at"):
        ring.person_proven(b"m", signature, "n", NOON + minutes(60))
    assert ring.keys_of("ada", NOON + minutes(61)) == ()
    assert ring.standing(ada.fingerprint, NOON) is not None


def test_a_key_ends_at_its_own_end_exclusive(ada: Signing) -> None:
    fact = ada.enrolled_for("ada", valid_until=NOON + minutes(5))
    ring = Keyring.replay([entry(fact, 2)])
    assert ring.standing(ada.fingerprint, NOON + minutes(4)) is not None
    assert ring.standing(ada.fingerprint, NOON + minutes(5)) is None


def test_one_key_cannot_be_enrolled_for_two_people(ada: Signing) -> None:
    ring = Keyring.replay(
        [entry(ada.enrolled_for("ada"), 2), entry(ada.enrolled_for("ben"), 3, minutes=1)]
    )
    assert ring.keys[ada.fingerprint].person == "ada"
    assert [(doubt.seq, "one key proves one person" in doubt.why) for doubt in ring.doubts] == [
        (3, True)
    ]
    with pytest.raises(Refused, match="enrolled for ada"):
        ring.enrolment("ben", ada.public + " ben@laptop", None, NOON + minutes(2))
    with pytest.raises(Refused, match="already enrolled"):
        ring.enrolment("ada", ada.public, None, NOON + minutes(2))


def test_even_a_revoked_key_never_comes_to_another(ada: Signing) -> None:
    revoked = KeyRevoked(person="ada", fingerprint=ada.fingerprint, because="left")
    ring = Keyring.replay(
        [
            entry(ada.enrolled_for("ada"), 2),
            entry(revoked, 3, minutes=1),
            entry(ada.enrolled_for("ben"), 4, minutes=2),
            entry(ada.enrolled_for("ada"), 5, minutes=3),
        ]
    )
    assert ring.standing(ada.fingerprint, NOON + minutes(9)) is None
    assert [doubt.seq for doubt in ring.doubts] == [4, 5]


def test_the_records_own_keys_can_prove_no_person(ada: Signing, ben: Signing) -> None:
    founded = HomeFounded(origin="o", key=ada.public, fingerprint=ada.fingerprint, version="0.1.0")
    rotated = LogKeyRotated(
        old=ada.fingerprint, new=ben.fingerprint, new_key=ben.public, certificate="c"
    )
    ring = Keyring.replay([entry(founded, 1), entry(rotated, 2)])
    for own in (ada, ben):
        with pytest.raises(Refused, match="signs this record itself"):
            ring.enrolment("ada", own.public, None, NOON)


@pytest.mark.parametrize("kind", [Asserter.WORKER, Asserter.MACHINE])
def test_a_worker_vouches_for_nobody(ada: Signing, kind: Asserter) -> None:
    author = Author(who="w1", kind=kind, proof=Proof.PROCESS)
    ring = Keyring.replay([entry(ada.enrolled_for("ada"), 2, author=author)])
    assert ring.keys == {}
    assert "a person must enrol" in ring.doubts[0].why
    revoked = KeyRevoked(person="ada", fingerprint=ada.fingerprint, because="b")
    held = Keyring.replay(
        [entry(ada.enrolled_for("ada"), 2), entry(revoked, 3, author=author, minutes=1)]
    )
    assert held.standing(ada.fingerprint, NOON + minutes(2)) is not None


def test_a_recorded_key_that_is_no_key_stops_nothing(ada: Signing, ben: Signing) -> None:
    facts = [
        KeyEnrolled(person="x", key="ssh-ed25519 AAAA", fingerprint="SHA256:x", valid_until=None),
        KeyEnrolled(person="x", key=ada.public, fingerprint=ben.fingerprint, valid_until=None),
    ]
    ring = Keyring.replay([entry(fact, seq) for seq, fact in enumerate(facts, start=2)])
    assert ring.keys == {}
    assert len(ring.doubts) == 2


def test_replaying_in_two_parts_is_replaying_at_once(ada: Signing, ben: Signing) -> None:
    entries = [
        entry(ada.enrolled_for("ada"), 2),
        entry(ben.enrolled_for("ada"), 3),
        entry(KeyRevoked(person="ada", fingerprint=ada.fingerprint, because="b"), 4, minutes=3),
        entry(ben.enrolled_for("cleo"), 5, minutes=4),
    ]
    whole = Keyring.replay(entries)
    for cut in range(len(entries) + 1):
        assert Keyring.replay(entries[cut:], Keyring.replay(entries[:cut])) == whole


def rsa_line(bits: int) -> str:
    public = rsa.generate_private_key(65537, bits).public_key()
    return public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def test_weak_keys_are_refused() -> None:
    with pytest.raises(Refused, match="1024 bits"):
        check_strength(rsa_line(1024))
    check_strength(rsa_line(2048))
    with pytest.raises(Refused, match="ssh-dss"):
        check_strength("ssh-dss AAAAB3NzaC1kc3MAAACB")
    cut = "ssh-rsa " + base64.b64encode(b"\x00\x00\x00\x07ssh-rsa").decode()
    with pytest.raises(Refused, match="cut short"):
        check_strength(cut)
    with pytest.raises(Refused, match="not an SSH public key"):
        Keyring().enrolment("ada", "hello", None, NOON)


def test_a_strong_rsa_key_can_be_enrolled() -> None:
    line = rsa_line(2048)
    fact = Keyring().enrolment("ada", line + " ada@laptop\n", None, NOON)
    assert fact.fingerprint == sshsig.fingerprint(line)


def test_revoking_names_the_owner_and_happens_once(ada: Signing) -> None:
    ring = Keyring.replay([entry(ada.enrolled_for("ada"), 2)])
    fact = ring.revocation(ada.fingerprint, "lost", NOON)
    assert fact.person == "ada"
    after = Keyring.replay([entry(fact, 3)], ring)
    with pytest.raises(Refused, match="revoked already"):
        after.revocation(ada.fingerprint, "lost", NOON)
    with pytest.raises(Refused, match="not enrolled"):
        ring.revocation("SHA256:other", "lost", NOON)


@dataclass
class Machine:
    text: str
    fact: TokenIssued
    ring: Keyring


@pytest.fixture
def machine() -> Machine:
    text, fact = new_token("pager", "7K3ABC", SECRET, ["open", "ack"], NOON + minutes(30))
    return Machine(text, fact, Keyring.replay([entry(fact, 2)]))


def test_a_token_proves_its_machine_within_its_scopes_and_time(machine: Machine) -> None:
    assert machine.text == f"tocsin_7K3ABC_{SECRET}"
    assert machine.ring.machine_proven(machine.text + "\n", NOON, "open") == "pager"
    with pytest.raises(Refused, match="may ack, open, not close"):
        machine.ring.machine_proven(machine.text, NOON, "close")
    with pytest.raises(Refused, match="expired"):
        machine.ring.machine_proven(machine.text, NOON + minutes(30), "open")
    with pytest.raises(Refused, match="issued only"):
        machine.ring.machine_proven(machine.text, NOON - minutes(1), "open")


def test_the_record_never_holds_the_secret(machine: Machine) -> None:
    assert SECRET not in repr(machine.fact)


@pytest.mark.parametrize(
    "text",
    [
        f"tocsin_7K3ABD_{SECRET}",
        f"tocsin_7K3ABC_{SECRET[:-1]}X",
        f"other_7K3ABC_{SECRET}",
        "tocsin_7K3ABC_",
        "tocsin__" + SECRET,
        "",
        "tocsin_7K3ABC_" + "ä" * 24,
    ],
)
def test_a_wrong_token_is_refused_without_quoting_it(machine: Machine, text: str) -> None:
    with pytest.raises(Refused) as refused:
        machine.ring.machine_proven(text, NOON, "open")
    assert SECRET[:-1] not in str(refused.value)


def test_a_revoked_token_is_worth_nothing(machine: Machine) -> None:
    revoked = entry(TokenRevoked(token="7K3ABC", because="leaked"), 3, minutes=5)
    ring = Keyring.replay([revoked], machine.ring)
    assert ring.machine_proven(machine.text, NOON + minutes(4), "open") == "pager"
    with pytest.raises(Refused, match="revoked"):
        ring.machine_proven(machine.text, NOON + minutes(5), "open")


def test_a_token_id_cannot_be_issued_twice(machine: Machine) -> None:
    _, second = new_token("other", "7K3ABC", SECRET[::-1], ["open"])
    ring = Keyring.replay([entry(second, 3)], machine.ring)
    assert ring.tokens["7K3ABC"].machine == "pager"
    assert ring.doubts[0].seq == 3


@pytest.mark.parametrize(("token_id", "secret"), [("a_b_c", SECRET), ("7K3A", "short")])
def test_a_token_that_could_not_be_read_back_is_not_made(token_id: str, secret: str) -> None:
    with pytest.raises(Refused):
        new_token("m", token_id, secret, [])


def test_revoking_what_is_not_there_or_twice_changes_nothing(ada: Signing) -> None:
    gone = KeyRevoked(person="ada", fingerprint=ada.fingerprint, because="b")
    nobody = [entry(gone, 2), entry(TokenRevoked(token="none", because="b"), 3)]
    assert Keyring.replay(nobody) == Keyring()
    once = [entry(ada.enrolled_for("ada"), 2), entry(gone, 3, minutes=1)]
    twice = [*once, entry(gone, 4, minutes=2)]
    assert Keyring.replay(twice) == Keyring.replay(once)


def test_a_key_that_would_end_before_it_begins_is_refused(ada: Signing) -> None:
    with pytest.raises(Refused, match="would have ended"):
        Keyring().enrolment("ada", ada.public, NOON, NOON)


def test_damaged_base64_is_told() -> None:
    with pytest.raises(Refused, match="damaged"):
        check_strength("ssh-rsa !!!")


def test_a_key_stands_for_its_own_person_alone(ada: Signing) -> None:
    ring = Keyring.replay([entry(ada.enrolled_for("ada"), 2)])
    assert ring.check_standing("ada", ada.fingerprint, NOON).person == "ada"
    with pytest.raises(Refused, match="enrolled for ada, not for ben"):
        ring.check_standing("ben", ada.fingerprint, NOON)


def test_a_persons_keys_are_theirs_and_the_oldest_first(ada: Signing, ben: Signing) -> None:
    second = Signing(8)
    ring = Keyring.replay(
        [
            entry(second.enrolled_for("ada"), 2, minutes=0),
            entry(ben.enrolled_for("ben"), 3, minutes=1),
            entry(ada.enrolled_for("ada"), 4, minutes=2),
        ]
    )
    assert [k.key for k in ring.keys_of("ada", NOON + minutes(3))] == [second.public, ada.public]
    assert [k.key for k in ring.keys_of("ada", NOON + minutes(1))] == [second.public]
    assert [k.key for k in ring.keys_of("ben", NOON + minutes(3))] == [ben.public]
