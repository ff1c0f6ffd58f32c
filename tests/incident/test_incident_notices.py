"""Notices as their log tells them: drafted anew, approved for one document, sent, corrected."""

from __future__ import annotations

from datetime import UTC, datetime

from incident_log import at, entry
from tocsin.facts import Entry, Fact
from tocsin.facts.notices import (
    Answered,
    NoticeApproved,
    NoticeDrafted,
    NoticeFieldAnswered,
    NoticeReceiptRecorded,
    NoticeSubmitted,
    NoticeWithdrawn,
)
from tocsin.incident.notices import Notices, NoticeState, notices_of

RULE = "eu/dora/19/initial"
A, B = "a" * 64, "b" * 64


def drafted(notice: str = "N1", document: str = A, corrects: str | None = None) -> NoticeDrafted:
    return NoticeDrafted(
        notice=notice, rule=RULE, stage="initial", fields="dora-initial", fields_version="v",
        law="l", document=document, prints=(), missing=(), unknown=(), contradicts=(),
        corrects=corrects, because="",
    )  # fmt: skip


def approved(notice: str = "N1", document: str = A) -> NoticeApproved:
    return NoticeApproved(notice=notice, document=document, role="counsel", because="")


def sent(notice: str | None = "N1", corrects: str | None = None, reference: str = "") -> Fact:
    return NoticeSubmitted(
        notice=notice, rule=RULE, stage="initial", document=A, sent=None, channel="portal",
        to=("BaFin",), sent_by="", reference=reference, receipt_file=None, corrects=corrects,
        because="",
    )  # fmt: skip


def back(submission: int, reference: str = "INC-7") -> NoticeReceiptRecorded:
    return NoticeReceiptRecorded(
        submission=submission, reference=reference, file=None,
        received_at=datetime(2026, 9, 3, 12, tzinfo=UTC),
    )  # fmt: skip


def log(*facts: Fact) -> list[Entry]:
    return [entry(place, fact) for place, fact in enumerate(facts, 1)]


def of(*facts: Fact) -> Notices:
    return notices_of(log(*facts))


def test_what_was_said_of_an_older_document_counts_for_nothing() -> None:
    one = of(drafted(), approved(), drafted(document=B)).by_id["N1"]
    assert (one.drafts, one.valid) == (2, ())
    assert of(drafted(), approved()).by_id["N1"].valid[0].fact.role == "counsel"
    again = of(drafted(), approved(), drafted(document=B), drafted()).by_id["N1"]
    assert again.valid == (), "an approval is of the draft that was there"


def test_a_notice_goes_through_its_states() -> None:
    states = [
        (drafted(), NoticeState.DRAFT), (approved(), NoticeState.DRAFT),
        (sent(), NoticeState.SUBMITTED), (back(3), NoticeState.CONFIRMED),
        (drafted("N2", corrects="N1"), NoticeState.CONFIRMED),
        (sent("N2", corrects="N1"), NoticeState.CORRECTED),
    ]  # fmt: skip
    facts: list[Fact] = []
    for fact, state in states:
        facts.append(fact)
        assert of(*facts).by_id["N1"].state is state
    assert of(*facts).by_id["N1"].corrected_by == "N2"
    withdrawn = NoticeWithdrawn(notice="N1", because="not major")
    assert of(*facts, withdrawn).by_id["N1"].state is NoticeState.WITHDRAWN


def test_what_went_does_not_change() -> None:
    found = of(drafted(), sent(), drafted(document=B)).by_id["N1"]
    assert found.draft.document == A and found.sent is not None
    twice = of(drafted(), sent(), sent()).by_id["N1"]
    assert twice.sent is not None and twice.sent.seq == 2


def test_the_authoritys_number_is_the_last_it_gave() -> None:
    found = of(drafted(), sent(reference="1"), back(2, "2"), back(2, ""))
    assert found.by_id["N1"].sent is not None
    assert found.by_id["N1"].sent.reference == "2"
    assert found.sent[0].reference == "2" and found.sent[0].is_confirmed
    assert not of(drafted(), sent()).sent[0].is_confirmed
    assert of(drafted(), sent(), back(9)).sent[0].confirmations == (), "of no submission"


def test_a_submission_outside_of_tocsin_is_one() -> None:
    found = of(sent(notice=None))
    assert found.by_id == {} and found.sent[0].at == at(1)
    assert found.submission(1) is found.sent[0] and found.submission(2) is None


def test_an_answer_is_the_last_one_and_can_be_taken_back() -> None:
    def said(answer: Answered, text: str = "") -> NoticeFieldAnswered:
        return NoticeFieldAnswered(fields="gdpr-33", field="delay", answer=answer, text=text)

    key = ("gdpr-33", "delay")
    found = of(said(Answered.UNKNOWN), said(Answered.WRITTEN, "at night"))
    assert found.answers[key].fact.text == "at night"
    assert key not in of(said(Answered.WRITTEN, "x"), said(Answered.TAKEN_BACK)).answers


def test_where_a_log_is_cut_makes_no_difference() -> None:
    entries = log(drafted(), approved(), sent(), back(3), drafted("N2", corrects="N1"))
    for cut in range(len(entries)):
        found = notices_of(entries[:cut])
        for one in entries[cut:]:
            found.take(one)
        assert found == notices_of(entries)
