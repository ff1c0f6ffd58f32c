"""What the law asks is told with both instants, what moved it, and what nobody checked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from tocsin.facts.legal import (
    Answered,
    Decided,
    DutyDecided,
    DutyReckoned,
    LaterReadingAccepted,
    LegalDeadlinePassed,
    LegalFactStated,
    Moved,
    Standing,
)
from tocsin.incident.words_legal import legal_words, moved_lines

BY = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)
D = "ab" * 32
RECKONED = DutyReckoned(
    rule="eu/gdpr/33", law="2026-11-26", standing=Standing.RAISED, conservative_at=BY,
    latest_at=BY + timedelta(minutes=30), immediately_from=None, submitted_at=None,
    unverified=False, bars=(),
    moved=Moved.ENTRY, entry=4, why="entry 4 says aware",
)  # fmt: skip


def test_a_duty_is_told_with_both_instants_and_why() -> None:
    assert legal_words(RECKONED) == (
        "eu/gdpr/33 is asked of us, by 2026-11-23 15:30 UTC (latest arguable 2026-11-23 16:00 "
        "UTC): entry 4 says aware"
    )


def test_what_one_word_moved_is_told_soonest_first_and_what_is_alike_together() -> None:
    change = msgspec.structs.replace
    later = change(RECKONED, rule="us/later", conservative_at=BY + timedelta(days=1))
    may = change(RECKONED, rule="us/may", standing=Standing.OPEN)
    assert moved_lines([may, later, RECKONED]) == [
        legal_words(one) for one in (RECKONED, later, may)
    ]
    gone = [change(RECKONED, rule=f"us/{n}", standing=Standing.NOT_RAISED) for n in range(5)]
    unread = change(gone[4], unverified=True)
    assert moved_lines([*gone[:4], unread, RECKONED]) == [
        legal_words(RECKONED).removesuffix(": entry 4 says aware"),
        "5 are not asked of us on what is known:\n    us/0, us/1, us/2, us/3, us/4 [unverified: "
        "nobody read its source]",
        "the reason of all: entry 4 says aware",
    ]
    other = change(RECKONED, why="the law changed")
    assert moved_lines([*gone, other])[:1] == [legal_words(other)]
    assert "on what is known: entry 4 says aware:\n" in moved_lines([*gone, other])[1]
    assert moved_lines([]) == []


def test_what_nobody_checked_says_so_and_at_once_has_no_instant() -> None:
    fact = msgspec.structs.replace(
        RECKONED, conservative_at=None, latest_at=None, immediately_from=BY, unverified=True,
        standing=Standing.OPEN,
    )  # fmt: skip
    said = legal_words(fact)
    assert "may be asked of us" in said
    assert "immediately since 2026-11-23 15:30 UTC [unverified: nobody read its source]" in said


def test_an_answer_may_be_a_value_a_no_or_taken_back() -> None:
    stated = LegalFactStated(key="paid", answer=Answered.KNOWN, value=D, basis="the bank says so")
    assert legal_words(stated) == f"For the law, paid is {D}: the bank says so"
    no = msgspec.structs.replace(stated, answer=Answered.DENIED, value="")
    assert legal_words(no) == "For the law, paid did not happen: the bank says so"
    gone = msgspec.structs.replace(stated, answer=Answered.UNKNOWN, value="")
    assert legal_words(gone) == "For the law, paid is not known after all: the bank says so"


def test_lateness_says_whether_anything_went_out_after_all() -> None:
    late = LegalDeadlinePassed(rule="r", conservative_at=BY, submitted_at=None)
    assert legal_words(late) == "LATE: r was due by 2026-11-23 15:30 UTC, and was not submitted"
    after = msgspec.structs.replace(late, submitted_at=BY + timedelta(hours=1))
    assert legal_words(after).endswith("and was submitted at 2026-11-23 16:30 UTC")


def test_what_people_decide_says_on_what_ground_and_by_which_law() -> None:
    decided = DutyDecided(
        rule="r", decided=Decided.NOT_REQUIRED, exception="", law="1", digest=D, rationale="no risk"
    )
    assert legal_words(decided) == "r is not required (its trigger is not met), by law 1: no risk"
    taken = msgspec.structs.replace(decided, exception="encrypted")
    assert "(exception encrypted)" in legal_words(taken)
    again = msgspec.structs.replace(decided, decided=Decided.REQUIRED)
    assert legal_words(again) == "r is required after all, by law 1: no risk"


def test_a_later_reading_names_the_instant_that_is_let_pass() -> None:
    fact = LaterReadingAccepted(
        rule="r", conservative_at=BY, accepted_at=BY + timedelta(hours=1), reason="counsel's view"
    )
    assert legal_words(fact) == (
        "The later reading of r is accepted: 2026-11-23 16:30 UTC, not 2026-11-23 15:30 UTC: "
        "counsel's view"
    )
