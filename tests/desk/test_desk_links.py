"""A link is for one person and one order, until an instant, once; reading it changes nothing."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from desk_register import REGISTER, adopted, enrolled, signing
from desk_world import BY_ANA, LOG, Hand, ending, facts, kinds, opened, world_of
from tocsin.desk import Writer, run_until_idle
from tocsin.desk.approving.approvals import approve
from tocsin.desk.approving.links import (
    IssuedLink,
    answer_by_link,
    delegate,
    delegate_by_link,
    issue_link,
    open_link,
    send_link,
)
from tocsin.desk.plans.runs import start_run
from tocsin.desk.record import draft
from tocsin.facts import Asserter, Author, ConnectorError, Proof, Refused
from tocsin.facts.canonical import sha256_hex
from tocsin.facts.reach import Delegated, LinkIssued
from tocsin.facts.runs import Approved, AttemptFailed, Declined, Ordered
from tocsin.register.model import Decision, Entity, ProofRule, Register
from tocsin.register.statements import Verdict

PLAN = """
plan: two
version: 1
title: Two must agree
steps:
  back: {act: registry, target: intents@production, wanted: "version:1", approvals: 2,
         on_failure: lost, next: done}
  done: {end: completed}
  lost: {end: failed}
"""
LINKS = ProofRule(decision=Decision.APPROVAL, proof=Proof.LINK)
WITH_LINKS = msgspec.structs.replace(REGISTER, entity=Entity(proofs=(LINKS,)))
HOUR = timedelta(hours=1)


def desk_of(hand: Hand, register: Register = WITH_LINKS) -> Writer:
    desk = enrolled(adopted(Writer(world_of({"registry": hand})), register))
    opened(desk.world)
    start_run(desk, LOG, PLAN.encode(), BY_ANA)
    return desk


def order(desk: Writer) -> int:
    return next(e.seq for e in desk.world.journal.read(LOG) if isinstance(e.fact, Ordered))


def link_for(desk: Writer, who: str, valid: timedelta = HOUR) -> IssuedLink:
    return issue_link(desk, LOG, order(desk), who, f"{who}@example.org", valid)


def test_two_people_answer_by_two_links() -> None:
    hand = Hand()
    desk = desk_of(hand)
    for who in ("bo", "cy"):
        answer_by_link(desk, link_for(desk, who).token, Verdict.APPROVED, "seen")
    run_until_idle(desk.world)
    assert len(hand.calls) == 1 and ending(desk.world) == "completed"
    entries = [e for e in desk.world.journal.read(LOG) if isinstance(e.fact, Approved)]
    assert [(e.author.who, e.author.proof) for e in entries] == [
        ("bo", Proof.LINK), ("cy", Proof.LINK),
    ]  # fmt: skip


def test_the_token_is_nowhere_in_the_record() -> None:
    desk = desk_of(Hand())
    link = link_for(desk, "bo")
    (fact,) = facts(desk.world, LinkIssued)
    secret = link.token.partition(".")[2]
    assert fact.sha256 == sha256_hex(link.token.encode()) and len(secret) >= 20
    assert secret not in repr(desk.world.journal.read(LOG))
    assert link.token != link_for(desk, "bo").token


def test_reading_a_link_changes_nothing_however_often() -> None:
    desk = desk_of(Hand())
    link = link_for(desk, "bo")
    before = kinds(desk.world)
    for _ in range(3):
        found = open_link(desk, link.token)
    assert found.person == "bo" and found.order.seq == order(desk)
    assert kinds(desk.world) == before


def test_a_link_refuses_too_and_is_then_spent() -> None:
    hand = Hand()
    desk = desk_of(hand)
    link = link_for(desk, "bo")
    answer_by_link(desk, link.token, Verdict.DECLINED, "not this version")
    assert len(facts(desk.world, Declined)) == 1 and ending(desk.world) == "failed"
    with pytest.raises(Refused, match="good only once"):
        answer_by_link(desk, link.token, Verdict.APPROVED, "after all")
    assert not hand.calls


def test_a_link_answers_once_until_its_end_and_says_so() -> None:
    desk = desk_of(Hand())
    link = link_for(desk, "bo")
    answer_by_link(desk, link.token, Verdict.APPROVED, "seen")
    for verdict in (Verdict.APPROVED, Verdict.DECLINED):
        with pytest.raises(Refused, match="good only once"):
            answer_by_link(desk, link.token, verdict, "again")
    late = link_for(desk, "cy")
    desk.world.clock.sleep(3600)
    with pytest.raises(Refused, match="was good until"):
        answer_by_link(desk, late.token, Verdict.APPROVED, "late")
    with pytest.raises(Refused, match="bo has approved already"):
        answer_by_link(desk, link_for(desk, "bo").token, Verdict.APPROVED, "a second link")


@pytest.mark.parametrize("spoil", [
    lambda token: token[:-1], lambda token: token.partition(".")[0], lambda token: "",
    lambda token: token + "x", lambda token: "0000000000-abc.def", lambda token: "../home.x",
])  # fmt: skip
def test_what_is_not_a_whole_token_of_ours_is_refused(spoil) -> None:  # type: ignore[no-untyped-def]
    desk = desk_of(Hand())
    link = link_for(desk, "bo")
    with pytest.raises(Refused, match="not one that Tocsin sent"):
        open_link(desk, spoil(link.token))


def test_a_link_goes_only_to_an_address_that_the_register_has_for_them() -> None:
    desk = desk_of(Hand())
    with pytest.raises(Refused, match=r"no address of cy in the register"):
        issue_link(desk, LOG, order(desk), "cy", "bo@example.org", HOUR)
    with pytest.raises(Refused, match="zoe is not in the register"):
        issue_link(desk, LOG, order(desk), "zoe", "zoe@example.org", HOUR)
    for valid in (timedelta(0), timedelta(days=3)):
        with pytest.raises(Refused, match="1 minute to 2 days"):
            link_for(desk, "bo", valid)


def test_no_link_is_sent_where_it_would_not_count() -> None:
    desk = desk_of(Hand(), REGISTER)
    with pytest.raises(Refused, match='proof = "link"'):
        link_for(desk, "bo")
    answered = desk_of(Hand())
    for who in ("bo", "cy"):
        author, sign = signing(who)
        approve(answered, LOG, order(answered), author, sign=sign)
    with pytest.raises(Refused, match="waits for nobody's answer"):
        link_for(answered, "di")


def test_a_link_and_a_key_of_one_person_are_one_person() -> None:
    desk = desk_of(Hand())
    link = link_for(desk, "bo")
    author, sign = signing("bo")
    approve(desk, LOG, order(desk), author, sign=sign)
    with pytest.raises(Refused, match="bo has approved already"):
        answer_by_link(desk, link.token, Verdict.APPROVED, "me again")


def test_answers_slipped_into_the_record_by_links_nobody_sent_let_nothing_go() -> None:
    hand = Hand()
    desk = desk_of(hand)
    real = open_link(desk, link_for(desk, "bo").token).question.digest
    for who in ("cy", "di"):
        author = Author(who=who, kind=Asserter.PERSON, proof=Proof.LINK, key=f"L-{who}")
        fact = Approved(run="run-1", order=order(desk), order_digest=real, because="")
        desk.decide(LOG, lambda _, fact=fact: [draft(fact, desk.world.clock.now())], author)
    run_until_idle(desk.world)
    assert not hand.calls
    assert "no link L-cy was issued" in facts(desk.world, AttemptFailed)[0].why


def test_an_answer_is_handed_on_to_someone_who_may_give_it() -> None:
    desk = desk_of(Hand())
    author, _ = signing("bo")
    delegate(desk, LOG, order(desk), "cy", author, because="I am on a plane")
    assert facts(desk.world, Delegated)[0].to == "cy"
    delegate_by_link(desk, link_for(desk, "cy").token, "di", "she knows it better")
    assert desk.known(LOG).run("run-1").orders[order(desk)].delegated_to == "di"
    for to, why in (("zoe", "not in the register"), ("bo", "name another"), ("ana", "four eyes")):
        with pytest.raises(Refused, match=why):
            delegate(desk, LOG, order(desk), to, author, because="x")


def test_an_answer_is_handed_on_only_within_the_role_that_is_asked() -> None:
    rule = msgspec.structs.replace(LINKS, role="support")
    desk = desk_of(Hand(), msgspec.structs.replace(REGISTER, entity=Entity(proofs=(rule,))))
    author, _ = signing("cy")
    with pytest.raises(Refused, match="role support"):
        delegate(desk, LOG, order(desk), "bo", author, because="x")
    delegate(desk, LOG, order(desk), "di", author, because="x")
    with pytest.raises(Refused, match="role support"):
        link_for(desk, "bo")


class Post:
    """A mail server of paper: keeps what it is given, or takes nothing."""

    def __init__(self, down: bool = False) -> None:
        self.sent: list[tuple[str, str, str, str]] = []
        self.down = down

    def deliver(self, key: str, address: str, subject: str, body: str) -> str:
        if self.down:
            raise ConnectorError("refused", may_have_acted=False)
        self.sent.append((key, address, subject, body))
        return "taken"


def test_a_link_is_sent_to_the_persons_own_address_and_kept_nowhere() -> None:
    post, desk = Post(), desk_of(Hand())
    desk.world = msgspec.structs.replace(desk.world, couriers={"mail": post})
    made = send_link(desk, LOG, order(desk), "bo", "https://t.example.org/", HOUR)
    ((key, address, subject, body),) = post.sent
    assert address == made.address == "bo@example.org" and made.link in key
    assert f"https://t.example.org/l/{made.token}\n" in body and made.token not in subject
    record = repr([entry.fact for entry in desk.world.journal.read(LOG)])
    assert made.token.partition(".")[2] not in record
    assert answer_by_link(desk, made.token, Verdict.APPROVED, "seen")


def test_without_mail_or_address_no_link_is_issued() -> None:
    desk = desk_of(Hand())
    with pytest.raises(Refused, match="smtp"):
        send_link(desk, LOG, order(desk), "bo", "https://t.example.org", HOUR)
    with pytest.raises(Refused):
        send_link(desk, LOG, order(desk), "nobody", "https://t.example.org", HOUR)
    assert not facts(desk.world, LinkIssued)


def test_a_link_that_the_server_did_not_take_may_be_asked_for_again() -> None:
    post, desk = Post(down=True), desk_of(Hand())
    desk.world = msgspec.structs.replace(desk.world, couriers={"mail": post})
    with pytest.raises(ConnectorError):
        send_link(desk, LOG, order(desk), "bo", "https://t.example.org", HOUR)
    post.down = False
    made = send_link(desk, LOG, order(desk), "bo", "https://t.example.org", HOUR)
    assert answer_by_link(desk, made.token, Verdict.APPROVED, "seen")
