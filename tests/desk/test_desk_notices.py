"""A notice goes as counsel approved it, once, and after somebody was aware; else it is refused."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import timedelta

import msgspec
import pytest
from spoken_world import KEYS, account, by, known, record, speaking_desk

from desk_world import LOG, NOON, facts, opened
from notice_log import forms, rule
from tocsin.desk import Writer
from tocsin.desk.law.notice_forms import Answer, Pack, Request
from tocsin.desk.law.notice_words import approve_notice, decline_notice
from tocsin.desk.law.notices import draft_notice, look, propose
from tocsin.desk.law.submitting import Submission, confirmed, submitted, submitted_outside
from tocsin.desk.law.withdrawing import withdraw_notice
from tocsin.desk.plans.runs import By
from tocsin.desk.words.saying import Request as WordsRequest
from tocsin.desk.words.saying import draft_words
from tocsin.dossier.notice import notice_of
from tocsin.duties.law import Article, Grade, Law, Rule
from tocsin.facts import Access, Refused, incident_log
from tocsin.facts.canonical import sha256_hex
from tocsin.facts.incidents import BecameAware, Noted, PersonClass
from tocsin.facts.notices import Answered, NoticeApproved, NoticeDrafted, NoticeSubmitted
from tocsin.facts.statements import Audience
from tocsin.incident.notices import NoticeState
from tocsin.register.legal_keys import Dictionary
from tocsin.register.model import Entity, WordsRule
from tocsin.register.statements import ENTRY_NAMESPACE

SECRET = "the bank feared a fine of nine million under seal"
INITIAL = msgspec.structs.replace(rule(), content=("dora-general", "dora-initial"))


def pack(*rules: Rule) -> Pack:
    article = Article(
        path="eu/dora/19", title="T", instrument="I", version="v", compared_on=NOON.date(),
        grade=Grade.PRIMARY, sources=(), summary="S", rules=rules or (INITIAL,),
    )  # fmt: skip
    law = Law(
        version="1", digest="0" * 64, articles=(article,), dictionary=Dictionary(keys={}),
        places={}, closures=(), contentions={},
    )  # fmt: skip
    return Pack(law=law, forms=forms())


def aware_desk(entity: Entity | None = None) -> Writer:
    desk = speaking_desk(entity=entity)
    record(
        desk,
        BecameAware(person="ana", standing=PersonClass.STAFF, basis="the alarm"),
        known("C1", "version 2 refuses all"),
    )
    return desk


def drafted(desk: Writer, *answers: Answer, rule: str = INITIAL.id, **more: object) -> None:
    request = msgspec.structs.replace(Request(rule=rule, answers=answers), **more)
    draft_notice(desk, LOG, request, pack(), notice_of, account("ana"))


def written(field: str, text: str) -> Answer:
    return Answer(field=field, answer=Answered.WRITTEN, text=text)


def how(desk: Writer, minutes: float = 0, **more: object) -> Submission:
    at = desk.world.clock.now() + timedelta(minutes=minutes)
    return msgspec.structs.replace(Submission(at=at, channel="portal", to=("BaFin",)), **more)


def approve(desk: Writer, who: str = "lea", notice: str = "N1") -> None:
    approve_notice(desk, LOG, notice, by(who), because="the rest follows")


def state(desk: Writer, notice: str = "N1") -> NoticeState:
    return look(desk, LOG, notice).notice.state


def test_what_was_approved_goes_and_what_came_back_is_kept() -> None:
    desk = aware_desk()
    drafted(desk)
    approve(desk)
    (draft,) = facts(desk.world, NoticeDrafted)
    with desk.world.vault.open(draft.prints[2]) as word:
        data = word.read()
    submitted(desk, LOG, "N1", how(desk, sent=data), account("ana"))
    (sent,) = facts(desk.world, NoticeSubmitted)
    assert (sent.stage, sent.document, sent.sent) == ("initial", draft.document, sha256_hex(data))
    confirmed(desk, LOG, "n1", account("ana"), reference="INC-7", receipt=b"yes")
    assert state(desk) is NoticeState.CONFIRMED
    assert desk.world.vault.check(sha256_hex(b"yes"))


def test_all_that_a_draft_names_lies_in_the_vault() -> None:
    desk = aware_desk()
    drafted(desk)
    (draft,) = facts(desk.world, NoticeDrafted)
    held = set(desk.world.vault.digests())
    assert {draft.document, *draft.prints} <= held and len(draft.prints) == 3


def test_other_bytes_are_refused_and_nothing_is_recorded() -> None:
    desk = aware_desk()
    drafted(desk)
    with pytest.raises(Refused, match="not approved"):
        submitted(desk, LOG, "N1", how(desk), account("ana"))
    approve(desk)
    with pytest.raises(Refused, match="not those that were approved"):
        submitted(desk, LOG, "N1", how(desk, sent=b"other"), account("ana"))
    drafted(desk, written("2.10", "there is more"))
    with pytest.raises(Refused, match="not approved"):
        submitted(desk, LOG, "N1", how(desk), account("ana"))
    assert not facts(desk.world, NoticeSubmitted)


def test_an_approval_is_proven_and_by_counsel() -> None:
    desk = aware_desk()
    drafted(desk)
    for who, why in ((account("lea"), "sign"), (by("eve"), "not asked"), (by("lea", "max"), "max")):
        with pytest.raises(Refused, match=why):
            approve_notice(desk, LOG, "N1", who, because="x")
    assert not facts(desk.world, NoticeApproved)


def test_the_register_may_ask_for_more_than_counsel() -> None:
    words = WordsRule(audience=Audience.REGULATOR, approved_by=("executive",))
    desk = aware_desk(Entity(words=(words,)))
    drafted(desk)
    approve(desk)
    assert look(desk, LOG, "N1").agreed.missing == ("executive",)
    with pytest.raises(Refused, match="executive must approve"):
        submitted(desk, LOG, "N1", how(desk), account("ana"))
    approve(desk, "eve")
    submitted(desk, LOG, "N1", how(desk), account("ana"))


def test_gaps_need_a_reason_and_no_gap_needs_none() -> None:
    desk = aware_desk()
    drafted(desk)
    with pytest.raises(Refused, match=r"mandatory fields are empty: 1\.2"):
        approve_notice(desk, LOG, "N1", by("lea"))
    whole = tuple(
        Answer(field=one.id, answer=Answered.UNKNOWN)
        for one in forms().by_id["dora-initial"].fields
    )
    drafted(desk, *whole)
    approve_notice(desk, LOG, "N1", by("lea"))


def test_nothing_goes_before_it_was_approved_or_anybody_was_aware() -> None:
    desk = aware_desk()
    drafted(desk)
    desk.world.clock.sleep(3600)  # type: ignore[attr-defined]
    approve(desk)
    with pytest.raises(Refused, match=r"approved at .*after that"):
        submitted(desk, LOG, "N1", how(desk, minutes=-30), account("ana"))
    with pytest.raises(Refused, match="before the first awareness"):
        submitted_outside(
            desk, LOG, INITIAL, how(desk, minutes=-6000), "at night", account("ana")
        )  # fmt: skip


def test_an_awareness_for_counsel_is_not_told_by_a_refusal() -> None:
    desk = speaking_desk()
    aware = BecameAware(person="lea", standing=PersonClass.STAFF, basis=SECRET)
    record(desk, aware, access=Access.COUNSEL)
    with pytest.raises(Refused, match="not everybody may read") as told:
        submitted_outside(desk, LOG, INITIAL, how(desk, minutes=-6000), "x", account("ana"))
    assert f"{NOON:%H:%M}" not in str(told.value)


def test_what_is_for_counsel_is_quoted_nowhere() -> None:
    desk = aware_desk()
    record(desk, Noted(text=SECRET), access=Access.COUNSEL)
    with pytest.raises(Refused, match="for counsel"):
        drafted(desk, written("2.10", f"as {SECRET}"))
    drafted(desk)
    with pytest.raises(Refused, match="for counsel"):
        withdraw_notice(desk, LOG, "N1", SECRET, account("ana"))
    with pytest.raises(Refused, match="for counsel"):
        submitted_outside(desk, LOG, INITIAL, how(desk), SECRET, account("ana"))
    assert SECRET not in look(desk, LOG, "N1").document.decode()


def test_two_who_submit_at_once_record_it_once() -> None:
    desk = aware_desk()
    drafted(desk)
    approve(desk)
    refused: list[Refused] = []

    def submit() -> None:
        try:
            submitted(desk, LOG, "N1", how(desk), account("ana"))
        except Refused as why:
            refused.append(why)

    threads = [threading.Thread(target=submit) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(facts(desk.world, NoticeSubmitted)) == 1 and len(refused) == 3


def test_a_correction_is_another_notice_under_the_same_rule() -> None:
    desk = aware_desk()
    drafted(desk)
    with pytest.raises(Refused, match="only what was submitted"):
        drafted(desk, corrects="N1", wrong="a number")
    approve(desk)
    submitted(desk, LOG, "N1", how(desk), account("ana"))
    with pytest.raises(Refused, match="what was wrong"):
        drafted(desk, corrects="N1")
    drafted(desk, corrects="N1", wrong="a number")
    approve(desk, notice="N2")
    submitted(desk, LOG, "N2", how(desk), account("ana"))
    assert state(desk) is NoticeState.CORRECTED
    assert [one.corrects for one in facts(desk.world, NoticeSubmitted)] == [None, "N1"]


def test_a_refusal_keeps_it_back_until_it_is_drafted_otherwise() -> None:
    desk = aware_desk()
    drafted(desk)
    decline_notice(desk, LOG, "N1", by("lea"), because="too early")
    with pytest.raises(Refused, match="draft it anew"):
        approve(desk)
    drafted(desk, written("2.10", "more"))
    approve(desk)


def test_looking_writes_nothing_and_drafting_the_same_voids_nothing() -> None:
    desk = aware_desk()
    before = _count(desk), set(desk.world.vault.digests())
    propose(desk, LOG, Request(rule=INITIAL.id), pack(), notice_of)
    assert (_count(desk), set(desk.world.vault.digests())) == before
    drafted(desk)
    approve(desk)
    drafted(desk)
    assert look(desk, LOG, "N1").agreed.holds and len(facts(desk.world, NoticeDrafted)) == 1


@pytest.mark.parametrize(
    ("content", "why"),
    [((), "no form"), (("gdpr-33", "gdpr-34"), "several forms"), (("gdpr-3",), "did you mean")],
)
def test_a_rule_whose_form_is_not_plain_is_asked_about(content: Sequence[str], why: str) -> None:
    desk = aware_desk()
    odd = msgspec.structs.replace(INITIAL, content=tuple(content))
    with pytest.raises(Refused, match=why):
        propose(desk, LOG, Request(rule=odd.id), pack(odd), notice_of)


def signs(who: str) -> By:
    one = KEYS[who]
    return By(author=by(who).author, sign=lambda message: one.sign(message, ENTRY_NAMESPACE))


def test_what_went_is_withdrawn_only_by_who_may_approve_it_and_may_go_again() -> None:
    desk = aware_desk()
    drafted(desk)
    approve(desk)
    submitted(desk, LOG, "N1", how(desk), account("ana"))
    with pytest.raises(Refused, match=r"only who may approve it .* counsel"):
        withdraw_notice(desk, LOG, "N1", "not major", account("ana"))
    with pytest.raises(Refused, match="needs signature"):
        withdraw_notice(desk, LOG, "N1", "not major", account("lea"))
    assert state(desk) is NoticeState.SUBMITTED
    withdraw_notice(desk, LOG, "N1", "an hour later", signs("lea"))
    assert state(desk) is NoticeState.WITHDRAWN
    with pytest.raises(Refused, match="withdrawn already"):
        withdraw_notice(desk, LOG, "N1", "not major", signs("lea"))
    submitted(desk, LOG, "N1", how(desk, minutes=1), account("ana"))
    one = look(desk, LOG, "N1").notice
    assert (one.state, len(one.taken_back)) == (NoticeState.SUBMITTED, 1)
    assert one.sent is not None and one.went == one.sent


def test_what_a_withdrawn_correction_corrected_stands_again() -> None:
    desk = aware_desk()
    drafted(desk)
    approve(desk)
    submitted(desk, LOG, "N1", how(desk), account("ana"))
    drafted(desk, corrects="N1", wrong="a number")
    approve(desk, notice="N2")
    submitted(desk, LOG, "N2", how(desk), account("ana"))
    withdraw_notice(desk, LOG, "N2", "it was right", signs("lea"))
    assert (state(desk), state(desk, "N2")) == (NoticeState.SUBMITTED, NoticeState.WITHDRAWN)


def test_another_receipt_corrects_the_first_and_is_one_line() -> None:
    desk = aware_desk()
    drafted(desk)
    approve(desk)
    submitted(desk, LOG, "N1", how(desk, reference="A-1"), account("ana"))
    confirmed(desk, LOG, "N1", account("ana"), reference="A-2")
    sent = look(desk, LOG, "N1").notice.sent
    assert sent is not None and (sent.reference, sent.references_before) == ("A-2", ("A-1",))
    with pytest.raises(Refused, match="is not one line"):
        confirmed(desk, LOG, "N1", account("ana"), reference="A-3\nLATE: eu/gdpr/33")


def test_no_authority_with_a_place_to_fill_in_is_drafted_told_or_approved() -> None:
    desk = aware_desk()
    raw = "supervisory authority in {places}"
    with pytest.raises(Refused, match="place to be filled in"):
        drafted(desk, to=(raw,))
    with pytest.raises(Refused, match="place to be filled in"):
        submitted_outside(desk, LOG, INITIAL, how(desk, to=(raw,)), "by phone", account("ana"))
    drafted(desk, written("2.10", raw))
    with pytest.raises(Refused, match="where a place belongs"):
        approve(desk)


def _count(desk: Writer) -> int:
    return len(desk.world.journal.read(LOG))


def test_an_incident_of_which_no_system_is_named_can_be_told() -> None:
    desk = speaking_desk()
    other = incident_log("NONAMED999")
    with pytest.raises(Refused, match="there is no such incident"):
        draft_notice(desk, other, Request(rule=INITIAL.id), pack(), notice_of, account("ana"))
    opened(desk.world, other, systems=())
    made = draft_notice(desk, other, Request(rule=INITIAL.id), pack(), notice_of, account("ana"))
    assert made.draft.notice == "N1" and made.draft.missing
    words = WordsRequest(audience=Audience.CUSTOMERS)
    with pytest.raises(Refused, match="names no system, so words would name none"):
        draft_words(desk, other, words, account("ana"))
