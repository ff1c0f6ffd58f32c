"""What the timeline says of notices: who asks for them, what is missing, how they went."""

from __future__ import annotations

from tocsin.facts.notices import (
    Answered,
    NoticeApproved,
    NoticeDeclined,
    NoticeDrafted,
    NoticeFieldAnswered,
    NoticeReceiptRecorded,
    NoticeSubmitted,
    NoticeWithdrawn,
)
from tocsin.incident.timeline import words_of

DIGEST = "a" * 64
DRAFTED = NoticeDrafted(
    notice="N1", rule="eu/dora/19/initial", stage="initial", fields="dora-initial",
    fields_version="32025R0302", law="2026-11-26", document=DIGEST, prints=(), missing=(),
    unknown=(), contradicts=(), corrects=None, because="",
)  # fmt: skip
OUTSIDE = NoticeSubmitted(
    notice=None, rule="eu/gdpr/33", stage="", document=None, sent=None, channel="the portal",
    to=("CNIL",), sent_by="dana", reference="", receipt_file=None, corrects=None,
    because="sent by hand at night",
)  # fmt: skip


def test_a_draft_says_what_it_lacks() -> None:
    assert words_of(DRAFTED) == (
        "Notice N1 under eu/dora/19/initial drafted; every mandatory field is filled"
    )
    lacking = NoticeDrafted(
        **{name: getattr(DRAFTED, name) for name in DRAFTED.__struct_fields__}
        | {"missing": ("1.2", "1.3"), "contradicts": ("2.2",), "corrects": "N0"}
    )
    assert words_of(lacking) == (
        "Notice N1 under eu/dora/19/initial drafted, correcting N0; fields: 2 missing, "
        "1 contradicting what was said before"
    )


def test_a_submission_outside_of_tocsin_says_so_and_why() -> None:
    assert words_of(OUTSIDE) == (
        "A notice written outside of Tocsin under eu/gdpr/33 submitted to CNIL by dana, "
        "the portal; not confirmed yet: sent by hand at night"
    )


def test_the_rest_of_a_notices_life_has_words() -> None:
    said = [
        NoticeFieldAnswered(fields="gdpr-33", field="records", answer=Answered.UNKNOWN, text=""),
        NoticeApproved(notice="N1", document=DIGEST, role="counsel", because=""),
        NoticeDeclined(notice="N1", document=DIGEST, role="counsel", because="too much"),
        NoticeReceiptRecorded(submission=9, reference="INC-7", file=None, received_at=None),
        NoticeWithdrawn(notice="N1", because="not major after all"),
        NoticeWithdrawn(notice="N1", because="a day later", submission=12),
    ]
    assert [words_of(one) for one in said] == [
        "Field records of gdpr-33 is not known yet",
        "Notice N1 approved as counsel",
        "Notice N1 refused as counsel: too much",
        "The authority confirmed the notice of entry 9: INC-7",
        "Notice N1 withdrawn: not major after all",
        "Notice N1 withdrawn: what entry 12 says was submitted counts no more: a day later",
    ]
