"""What is previewed goes, to the byte; what is known, suspected and not known stands apart."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from desk_register import REGISTER, adopted
from desk_world import ANA, BY_ANA, LOG, NOON, Hand, ending, facts, kinds, opened, world_of
from tocsin.desk import Writer, run_until_idle
from tocsin.desk.plans.runs import By
from tocsin.desk.record import draft
from tocsin.desk.words.telling import preview, tell
from tocsin.facts import Access, Draft, Fact, Refused
from tocsin.facts.incidents import Claimed, Grade, QuestionRaised
from tocsin.facts.reach import MessageWritten
from tocsin.facts.runs import Effect, Ordered, RunStarted
from tocsin.playbook.templates import one_line

CLAIMS: list[Fact] = [
    Claimed(claim="C1", statement="Version 2 answers too seldom", grade=Grade.CONFIRMED,
            evidence=("a" * 64,)),
    Claimed(claim="C2", statement="Training lost {some} intents", grade=Grade.SUSPECTED,
            evidence=()),
    Claimed(claim="C3", statement="Customers are suing", grade=Grade.SUSPECTED, evidence=()),
    Claimed(claim="C4", statement="The network was slow", grade=Grade.REFUTED, evidence=()),
    QuestionRaised(question="Q1", text="Since when exactly?"),
]  # fmt: skip
SOON = NOON + timedelta(minutes=30)


def desk_of(mail: Hand | None = None, *, known: bool = True) -> Writer:
    desk = adopted(Writer(world_of({"mail": mail or Hand()})))
    opened(desk.world)
    if known:
        drafts = [
            Draft(fact=fact, happened_at=NOON, access=Access.COUNSEL)
            if isinstance(fact, Claimed) and fact.claim == "C3"
            else draft(fact, NOON)
            for fact in CLAIMS
        ]
        desk.decide(LOG, lambda _: drafts, ANA)
    return desk


def test_what_is_previewed_goes_to_all_of_the_audience_and_nothing_else_does() -> None:
    mail = Hand()
    desk = desk_of(mail)
    before = kinds(desk.world)
    message = preview(desk, LOG, "support", "People answer now.", next_update_at=SOON)
    assert kinds(desk.world) == before, "a preview records nothing"
    tell(desk, LOG, "support", "People answer now.", BY_ANA, next_update_at=SOON,
         previewed=message.digest)  # fmt: skip
    run_until_idle(desk.world, until=SOON - timedelta(seconds=1))
    (written,) = facts(desk.world, MessageWritten)
    assert desk.world.vault.open(written.text).read() == message.data
    assert written.next_update_at == SOON and written.claims == ("C1", "C2", "C4")
    sent = facts(desk.world, Ordered)
    assert [one.target for one in sent] == ["cy@example.org", "di@example.org"]
    assert {(one.wanted, one.effect) for one in sent} == {(f"sent:{message.digest}", Effect.TELL)}
    assert len(mail.calls) == 2 and ending(desk.world) == "completed"


def test_what_is_known_suspected_wrong_and_not_known_stands_apart() -> None:
    message = preview(desk_of(), LOG, "support", "People answer now.", next_update_at=SOON)
    assert message.data.decode() == (
        "[7K3ABCDEFG] wrong advice\n\n"
        "People answer now.\n\n"
        "What we know:\n- Version 2 answers too seldom\n\n"
        "What we suspect and have not confirmed:\n- Training lost {some} intents\n\n"
        "What turned out to be wrong:\n- The network was slow\n\n"
        "What we do not know yet:\n- Since when exactly?\n\n"
        "Next update: 2026-11-23 12:30 UTC\n"
    )


def test_what_only_counsel_may_read_is_in_no_message() -> None:
    message = preview(desk_of(), LOG, "support", "x")
    assert b"suing" not in message.data and "C3" not in message.claims


def test_other_words_than_were_previewed_do_not_go() -> None:
    desk = desk_of()
    message = preview(desk, LOG, "support", "x")
    fact = Claimed(claim="C5", statement="It is over", grade=Grade.SUSPECTED, evidence=())
    desk.decide(LOG, lambda _: [draft(fact, NOON)], ANA)
    with pytest.raises(Refused, match=r"changed since the preview.* look again without --send"):
        tell(desk, LOG, "support", "x", BY_ANA, previewed=message.digest)
    assert not facts(desk.world, RunStarted)


def test_told_twice_under_one_client_key_it_goes_once() -> None:
    mail = Hand()
    desk = desk_of(mail)
    by = By(author=ANA, client_key="t")
    first = tell(desk, LOG, "support", "x", by)
    run_until_idle(desk.world)
    fact = Claimed(claim="C5", statement="It is over", grade=Grade.SUSPECTED, evidence=())
    desk.decide(LOG, lambda _: [draft(fact, NOON)], ANA)
    assert tell(desk, LOG, "support", "x", by) == first
    run_until_idle(desk.world)
    assert len(mail.calls) == 2 and len(facts(desk.world, RunStarted)) == 1


@pytest.mark.parametrize(
    ("audience", "text", "named", "why"),
    [
        ("press", "x", {}, "need a yes of communications and counsel.* tocsin say INCIDENT press"),
        ("board", "x", {}, "nobody with an email address has the role board"),
        ("suport", "x", {}, "support"),
        ("support", "", {}, "nothing to say"),
        ("support", "x", {"next_update_at": NOON}, "which is over"),
        ("support", "x", {"subject": "\u200b \x00"}, "no letter that can be shown"),
    ],
)
def test_what_cannot_be_told_says_what_could(audience, text, named, why) -> None:  # type: ignore[no-untyped-def]
    desk = desk_of(known=False)
    with pytest.raises(Refused, match=why):
        tell(desk, LOG, audience, text, BY_ANA, **named)
    assert not facts(desk.world, RunStarted)


def test_without_mail_or_incident_nothing_is_told() -> None:
    bare = adopted(Writer(world_of({})), REGISTER)
    with pytest.raises(Refused, match="open the incident first"):
        preview(bare, LOG, "support", "x")
    opened(bare.world)
    with pytest.raises(Refused, match='kind "smtp"'):
        preview(bare, LOG, "support", "x")


WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=60)


@settings(max_examples=60, deadline=None)
@given(WORDS.filter(lambda t: t.strip()), WORDS.filter(one_line))
@example("0", "{x}")
@example("{finding.metric} }{ {{", "a: 'b' # c")
def test_whatever_the_words_are_they_go_as_they_were_previewed(text: str, subject: str) -> None:
    desk = desk_of(known=False)
    message = preview(desk, LOG, "support", text, subject=subject)
    tell(desk, LOG, "support", text, BY_ANA, subject=subject, previewed=message.digest)
    (written,) = facts(desk.world, MessageWritten)
    assert desk.world.vault.open(written.text).read() == message.data
