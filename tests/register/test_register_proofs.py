"""Two people and two keys, or it is not four eyes; whatever does not count says what would."""

from __future__ import annotations

import itertools
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from register_people import NOON, Signing, entry
from tocsin.facts import Asserter, Author, Entry, Proof, Refused
from tocsin.facts.reach import LinkIssued
from tocsin.facts.registers import KeyRevoked
from tocsin.facts.runs import Approved, Declined, Effect, Ordered, Repeatable
from tocsin.register.keyring import Keyring
from tocsin.register.model import Person, Register
from tocsin.register.proofs import (
    Needed,
    Question,
    Standing,
    approval_standing,
)
from tocsin.register.statements import ORDER_NAMESPACE, Verdict, order_digest, order_statement

LOG = "incident/7K3"
LATER = timedelta(minutes=30)
ORDER = Ordered(
    run="r1",
    step="stop",
    connector="gate",
    target="assistant",
    wanted="off",
    repeatable=Repeatable.IDEMPOTENT,
    approvals=2,
    attempts_max=3,
    undo="on",
    effect=Effect.CHANGE,
    evidence=(),
)
PEOPLE = {name: Person(id=name, name=name.title()) for name in ("ada", "ben", "cleo")}
REGISTER = Register(people=PEOPLE)
TWO = Needed(people=2, proof=Proof.SIGNATURE)
ONE = Needed(people=1, proof=Proof.SIGNATURE)
ADA, BEN, CLEO = Signing(1), Signing(2), Signing(3)
RING = Keyring.replay(
    [
        entry(ADA.enrolled_for("ada"), 2),
        entry(BEN.enrolled_for("ben"), 3),
        entry(CLEO.enrolled_for("cleo"), 4),
    ]
)


def question(needed: Needed = TWO, *requested_by: Author, order: Ordered = ORDER) -> Question:
    return Question(
        origin="o", log=LOG, seq=17, order=order, needed=needed, requested_by=requested_by
    )


def signed_author(who: str, key: Signing, message: bytes) -> Author:
    signature = key.sign(message, ORDER_NAMESPACE)
    return Author(
        who=who,
        kind=Asserter.PERSON,
        proof=Proof.SIGNATURE,
        key=key.fingerprint,
        signature=signature,
    )


def vote(
    seq: int, who: str, key: Signing, verdict: Verdict = Verdict.APPROVED, because: str = "yes"
) -> Entry:
    digest = question().digest
    message = order_statement("o", LOG, 17, digest, verdict, because)
    kind = Approved if verdict is Verdict.APPROVED else Declined
    fact = kind(run="r1", order=17, order_digest=digest, because=because)
    return entry(fact, seq, author=signed_author(who, key, message), log=LOG, minutes=seq)


def standing(entries: list[Entry], asked: Question | None = None) -> Standing:
    return approval_standing(asked or question(), entries, RING, REGISTER)


def only_doubt(found: Standing) -> str:
    (doubt,) = found.disregarded
    return doubt.why


def link_issued(seq: int, link: str, person: str, **other: object) -> Entry:
    fact = LinkIssued(
        link=link,
        person=person,
        order=17,
        order_digest=question().digest,
        sha256="a" * 64,
        address=f"{person}@example.org",
        expires_at=NOON + LATER,
    )
    return entry(msgspec.structs.replace(fact, **other), seq, log=LOG)


def test_two_people_with_two_keys_approve() -> None:
    found = standing([vote(18, "ada", ADA), vote(19, "ben", BEN)])
    assert (found.verdict, found.people, found.missing) == (Verdict.APPROVED, ("ada", "ben"), 0)
    assert found.disregarded == ()


def test_one_person_is_one_person_however_often() -> None:
    found = standing([vote(18, "ada", ADA), vote(19, "ada", ADA)])
    assert (found.verdict, found.missing) == (Verdict.WAITING, 1)
    assert "a second person is needed" in only_doubt(found)


def test_one_key_cannot_fill_two_roles() -> None:
    found = standing([vote(18, "ada", ADA), vote(19, "ben", ADA)])
    assert found.verdict is Verdict.WAITING
    assert "enrolled for ada, not for ben" in only_doubt(found)


def test_a_second_key_of_the_same_person_is_no_second_person() -> None:
    second = Signing(9)
    ring = Keyring.replay([entry(second.enrolled_for("ada"), 5)], RING)
    found = approval_standing(
        question(), [vote(18, "ada", ADA), vote(19, "ada", second)], ring, REGISTER
    )
    assert found.verdict is Verdict.WAITING


@pytest.mark.parametrize(
    ("kind", "proof"),
    [
        (Asserter.WORKER, Proof.PROCESS),
        (Asserter.HOME, Proof.PROCESS),
        (Asserter.MACHINE, Proof.TOKEN),
        (Asserter.WORKER, Proof.SIGNATURE),
        (Asserter.PERSON, Proof.PROCESS),
    ],
)
@pytest.mark.parametrize("weakest", [Proof.SIGNATURE, Proof.LINK, Proof.ACCOUNT])
def test_no_worker_machine_or_home_can_approve(
    kind: Asserter, proof: Proof, weakest: Proof
) -> None:
    real = vote(18, "ada", ADA)
    author = msgspec.structs.replace(real.author, kind=kind, proof=proof)
    found = standing(
        [msgspec.structs.replace(real, author=author)],
        question(Needed(people=1, proof=weakest)),
    )
    assert found.verdict is Verdict.WAITING
    assert "ask a person" in only_doubt(found)


@pytest.mark.parametrize("weakest", [Proof.SIGNATURE, Proof.LINK])
def test_a_persons_token_approves_nothing(weakest: Proof) -> None:
    real = vote(18, "ada", ADA)
    author = msgspec.structs.replace(real.author, proof=Proof.TOKEN, key="7K3ABC", signature=None)
    found = standing(
        [msgspec.structs.replace(real, author=author)],
        question(Needed(people=1, proof=weakest)),
    )
    assert found.verdict is Verdict.WAITING
    assert f"proven by token, but this decision needs {weakest.value}" in only_doubt(found)


@pytest.mark.parametrize("proof", [Proof.LINK, Proof.ACCOUNT])
def test_a_weaker_proof_than_needed_does_not_count(proof: Proof) -> None:
    real = vote(18, "ada", ADA)
    author = Author(who="ada", kind=Asserter.PERSON, proof=proof, key="link-1")
    weak = msgspec.structs.replace(real, author=author)
    found = standing([weak], question(ONE))
    assert "needs signature" in only_doubt(found)
    issued = link_issued(18, "link-1", "ada")
    later = msgspec.structs.replace(weak, seq=19)
    enough = standing([issued, later], question(Needed(people=1, proof=Proof.ACCOUNT)))
    assert enough.verdict is Verdict.APPROVED


WITH_LINKS = Needed(people=2, proof=Proof.LINK)


def test_account_names_alone_are_never_two_people() -> None:
    entries = [
        msgspec.structs.replace(
            vote(seq, who, ADA),
            author=Author(who=who, kind=Asserter.PERSON, proof=Proof.ACCOUNT),
        )
        for seq, who in ((18, "ada"), (19, "ben"))
    ]
    found = standing(entries, question(Needed(people=2, proof=Proof.ACCOUNT)))
    assert found.verdict is Verdict.WAITING
    assert "two people need two proofs" in only_doubt(found)


def test_a_link_answer_of_somebody_unregistered_does_not_count() -> None:
    author = Author(who="zoe", kind=Asserter.PERSON, proof=Proof.LINK, key="link-1")
    entries = [msgspec.structs.replace(vote(18, "ada", ADA), author=author)]
    found = standing(entries, question(Needed(people=1, proof=Proof.LINK)))
    assert "not in the register" in only_doubt(found)


def test_who_asked_is_not_one_of_the_four_eyes() -> None:
    asker = Author(who="ada", kind=Asserter.PERSON, proof=Proof.ACCOUNT)
    found = standing([vote(18, "ada", ADA)], question(TWO, asker))
    assert "another person must approve" in only_doubt(found)
    same_key = Author(who="alias", kind=Asserter.PERSON, proof=Proof.SIGNATURE, key=ADA.fingerprint)
    assert standing([vote(18, "ada", ADA)], question(TWO, same_key)).missing == 2
    alone = standing([vote(18, "ada", ADA)], question(ONE, asker))
    assert alone.verdict is Verdict.APPROVED
    worker = Author(who="ada", kind=Asserter.WORKER, proof=Proof.PROCESS)
    assert standing([vote(18, "ada", ADA)], question(TWO, worker)).missing == 1


def test_a_refusal_ends_it_and_needs_the_same_proof() -> None:
    refusal = vote(18, "cleo", CLEO, Verdict.DECLINED)
    found = standing([refusal, vote(19, "ada", ADA), vote(20, "ben", BEN)])
    assert (found.verdict, found.people) == (Verdict.DECLINED, ("cleo",))
    assert [doubt.seq for doubt in found.disregarded] == [19, 20]
    account = Author(who="cleo", kind=Asserter.PERSON, proof=Proof.ACCOUNT)
    weak = standing([msgspec.structs.replace(refusal, author=account)])
    assert weak.verdict is Verdict.WAITING


def test_a_refusal_after_enough_approvals_is_too_late() -> None:
    found = standing(
        [vote(18, "ada", ADA), vote(19, "ben", BEN), vote(20, "cleo", CLEO, Verdict.DECLINED)]
    )
    assert found.verdict is Verdict.APPROVED
    assert "start its undo" in only_doubt(found)


def test_an_approval_signature_cannot_be_used_as_a_refusal() -> None:
    yes = vote(18, "ada", ADA)
    assert isinstance(yes.fact, Approved)
    no = Declined(run="r1", order=17, order_digest=yes.fact.order_digest, because=yes.fact.because)
    found = standing([msgspec.structs.replace(yes, fact=no)])
    assert found.verdict is Verdict.WAITING
    assert "does not hold" in only_doubt(found)


def test_a_signature_is_good_for_its_own_reason() -> None:
    yes = vote(18, "ada", ADA)
    other = msgspec.structs.replace(yes.fact, because="something else")
    found = standing([msgspec.structs.replace(yes, fact=other)])
    assert "does not hold" in only_doubt(found)


def test_a_signature_by_another_key_than_the_named_one_does_not_count() -> None:
    message = order_statement("o", LOG, 17, question().digest, Verdict.APPROVED, "yes")
    author = msgspec.structs.replace(signed_author("ada", BEN, message), key=ADA.fingerprint)
    found = standing([msgspec.structs.replace(vote(18, "ada", ADA), author=author)])
    assert found.verdict is Verdict.WAITING
    assert "sign with your own key" in only_doubt(found)


def test_a_vote_about_another_action_is_passed_over() -> None:
    yes = vote(18, "ada", ADA)
    other = msgspec.structs.replace(yes, fact=msgspec.structs.replace(yes.fact, order=12))
    note = msgspec.structs.replace(yes, fact=ORDER)
    assert standing([other, note]) == standing([])


def test_another_person_who_asked_hinders_nobody() -> None:
    asker = Author(who="dan", kind=Asserter.PERSON, proof=Proof.SIGNATURE, key="SHA256:dan")
    unkeyed = Author(who="eve", kind=Asserter.PERSON, proof=Proof.ACCOUNT)
    votes = [vote(18, "ada", ADA), vote(19, "ben", BEN)]
    assert standing(votes, question(TWO, asker, unkeyed)).verdict is Verdict.APPROVED
    links = [
        msgspec.structs.replace(
            v, author=Author(who=v.author.who, kind=Asserter.PERSON, proof=Proof.ACCOUNT)
        )
        for v in votes
    ]
    weak = question(Needed(people=2, proof=Proof.ACCOUNT), unkeyed)
    assert standing(links, weak).people == ("ada",)


def test_an_approval_stays_when_its_reason_is_erased() -> None:
    yes = vote(18, "ada", ADA)
    gone = msgspec.structs.replace(
        yes,
        fact=msgspec.structs.replace(yes.fact, because="[erased]"),
        missing=frozenset({"because"}),
    )
    assert standing([gone], question(ONE)).verdict is Verdict.APPROVED


def test_an_approval_of_another_order_does_not_count() -> None:
    harder = msgspec.structs.replace(ORDER, wanted="wiped")
    found = standing([vote(18, "ada", ADA)], question(ONE, order=harder))
    assert "look at the action again" in only_doubt(found)
    elsewhere = msgspec.structs.replace(vote(18, "ada", ADA), log="incident/OTHER")
    assert standing([elsewhere], question(ONE)).verdict is Verdict.WAITING


def test_a_key_must_stand_when_the_approval_is_recorded() -> None:
    revoked = entry(
        KeyRevoked(person="ada", fingerprint=ADA.fingerprint, because="lost"), 5, minutes=18
    )
    ring = Keyring.replay([revoked], RING)
    late = approval_standing(question(ONE), [vote(18, "ada", ADA)], ring, REGISTER)
    assert "revoked" in only_doubt(late)
    early = approval_standing(question(ONE), [vote(17 + 1, "ben", BEN)], ring, REGISTER)
    assert early.verdict is Verdict.APPROVED


def test_a_decision_may_ask_for_a_role() -> None:
    needed = Needed(people=1, proof=Proof.SIGNATURE, role="counsel")
    found = standing([vote(18, "ada", ADA)], question(needed))
    assert "role counsel" in only_doubt(found)
    counsel = Register(people={**PEOPLE, "ada": Person(id="ada", name="Ada", roles=("counsel",))})
    granted = approval_standing(question(needed), [vote(18, "ada", ADA)], RING, counsel)
    assert granted.verdict is Verdict.APPROVED


def test_an_order_that_needs_nobody_is_approved() -> None:
    free = Needed(people=0, proof=Proof.SIGNATURE)
    assert standing([], question(free)).verdict is Verdict.APPROVED


VOTES = [
    vote(0, who, key, verdict)
    for (who, key), verdict in itertools.product(
        [("ada", ADA), ("ben", BEN), ("cleo", CLEO), ("ben", ADA), ("ada", BEN)],
        [Verdict.APPROVED, Verdict.DECLINED],
    )
]


@given(st.lists(st.sampled_from(VOTES), max_size=8))
def test_approved_always_means_two_people_and_two_keys(chosen: list[Entry]) -> None:
    entries = [msgspec.structs.replace(e, seq=seq) for seq, e in enumerate(chosen, start=18)]
    found = standing(entries)
    if found.verdict is Verdict.APPROVED:
        assert len(set(found.people)) == 2
        assert len({author.key for author in found.authors}) == 2
        assert all(RING.keys[str(a.key)].person == a.who for a in found.authors)
    refused = {doubt.seq for doubt in found.disregarded}
    counted = [e for e in entries if e.seq not in refused]
    assert standing(counted).authors == found.authors


def test_digest_and_statement_name_record_place_and_order() -> None:
    digest = order_digest("o", LOG, 17, ORDER)
    others = {
        order_digest("p", LOG, 17, ORDER),
        order_digest("o", "incident/X", 17, ORDER),
        order_digest("o", LOG, 18, ORDER),
        order_digest("o", LOG, 17, msgspec.structs.replace(ORDER, undo=None)),
    }
    assert len(others | {digest}) == 5
    assert order_statement("o", LOG, 17, "d", Verdict.APPROVED, "because") == (
        b'{"decision":"approved","log":"incident/7K3","order":"d","origin":"o",'
        b'"reason":"because","seq":17,"v":1}'
    )
    with pytest.raises(Refused):
        order_statement("o", LOG, 17, "d", Verdict.WAITING, "because")
