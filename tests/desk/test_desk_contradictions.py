"""What speaks against words is found before they go; each case dies with its check."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spoken_world import (
    E1,
    SOON,
    account,
    approved,
    drafted,
    graded,
    known,
    record,
    sent,
    speaking_desk,
)

from desk_world import LOG, NOON, facts
from tocsin.desk import Writer, run_until_idle
from tocsin.desk.plans.runs import By
from tocsin.desk.words.releasing import release
from tocsin.desk.words.saying import Request, draft_words, look, propose
from tocsin.desk.words.speaking import override
from tocsin.desk.words.telling import tell
from tocsin.facts import Access, Refused
from tocsin.facts.affected import AffectedListed
from tocsin.facts.incidents import Assigned, Claimed, Grade, Noted, QuestionRaised
from tocsin.facts.statements import Audience, Flag, Moment, StatementDrafted

CUSTOMERS, PRESS, SUPPORT = Audience.CUSTOMERS, Audience.PRESS, Audience.SUPPORT
CLAIM = known("C1", "Version 2 gives wrong refunds")
BOTH = ("max", "lea")
ADDED = (Flag.NO_EVIDENCE, "added-words")


def listed(decisions: int, subjects: int | None) -> AffectedListed:
    return AffectedListed(
        list="a" * 64, finding="F1", since=NOON, until=SOON, decisions=decisions,
        subjects=subjects, asked="all", untold="",
    )  # fmt: skip


def found(desk: Writer, audience: Audience, **more: object) -> list[tuple[Flag, str]]:
    import msgspec

    made = propose(desk, LOG, msgspec.convert({"audience": audience, **more}, Request))
    return [(one.flag, one.about) for one in made.flags]


def test_a_claim_told_as_known_that_is_not_confirmed_is_flagged() -> None:
    desk = speaking_desk()
    record(desk, Claimed(claim="C1", statement="It was v2", grade=Grade.SUSPECTED, evidence=()))
    assert found(desk, CUSTOMERS) == [], "by itself it tells only what is confirmed"
    assert found(desk, CUSTOMERS, claims=["C1"]) == [(Flag.NOT_CONFIRMED, "C1")]


def test_a_claim_told_as_known_without_evidence_is_flagged() -> None:
    desk = speaking_desk()
    record(desk, Claimed(claim="C1", statement="It was v2", grade=Grade.CONFIRMED, evidence=()))
    assert found(desk, CUSTOMERS) == [(Flag.NO_EVIDENCE, "C1")]


def test_what_counsel_refuted_in_its_own_space_is_not_told_as_known_nor_betrayed() -> None:
    desk = speaking_desk()
    record(desk, CLAIM)
    one = drafted(desk, CUSTOMERS)
    record(desk, graded("C1", Grade.REFUTED, E1), access=Access.COUNSEL)
    assert propose(desk, LOG, Request(audience=CUSTOMERS)).draft.known == ()
    (flag,) = look(desk, LOG, one.id).flags
    assert flag.flag is Flag.NOT_CONFIRMED and "refuted" not in flag.why


@pytest.mark.parametrize("grade", [Grade.CONFIRMED, Grade.REFUTED])
def test_a_claim_that_another_audience_was_told_with_another_grade_is_flagged(grade: Grade) -> None:
    desk = speaking_desk()
    record(desk, Claimed(claim="C1", statement="It was v2", grade=Grade.SUSPECTED, evidence=()))
    sent(desk, SUPPORT)
    record(desk, graded("C1", grade, E1))
    whose = (Flag.CONTRADICTS, "C1 support")
    assert (whose in found(desk, PRESS, claims=["C1"])) is True
    assert whose not in found(desk, SUPPORT), "who is told anew is not contradicted"
    sent(desk, SUPPORT)
    assert whose not in found(desk, PRESS), "told the same by now"


def test_what_tell_and_plans_said_counts_as_well() -> None:
    desk = speaking_desk()
    record(desk, Claimed(claim="C1", statement="It was v2", grade=Grade.SUSPECTED, evidence=()))
    tell(desk, LOG, "di", "x", By(author=account("ana").author))
    run_until_idle(desk.world)
    record(desk, graded("C1", Grade.CONFIRMED, E1))
    assert found(desk, CUSTOMERS) == [(Flag.CONTRADICTS, "C1 di")]


def test_what_one_audience_was_told_as_known_and_is_refuted_flags_words_to_every_other() -> None:
    desk = speaking_desk()
    record(desk, CLAIM)
    sent(desk, PRESS, *BOTH)
    record(desk, graded("C1", Grade.REFUTED, E1))
    assert found(desk, CUSTOMERS) == [(Flag.CONTRADICTS, "C1 press")]
    assert found(desk, PRESS) == [(Flag.CONTRADICTS, "C1 press")], "an update is no correction"
    assert found(desk, PRESS, moment=Moment.CORRECTION) == []
    drafted(desk, PRESS, moment=Moment.CORRECTION)
    assert found(desk, CUSTOMERS) == [], "settled: the correction is drafted"


def test_another_number_for_the_same_thing_is_flagged_until_it_is_corrected() -> None:
    desk = speaking_desk()
    record(desk, CLAIM, listed(300, 214))
    assert b"Affected, as far as we have counted: 214 people." in (
        desk.world.vault.open(sent(desk, PRESS, *BOTH).draft.text).read()
    )
    record(desk, listed(300, 250))
    assert found(desk, CUSTOMERS) == [(Flag.OTHER_FIGURE, "affected people press")]
    drafted(desk, PRESS, moment=Moment.CORRECTION)
    assert found(desk, CUSTOMERS) == []


def test_a_missed_promise_is_flagged_unless_the_text_says_so() -> None:
    desk = speaking_desk()
    record(desk, CLAIM)
    sent(desk, CUSTOMERS, *BOTH)
    one = drafted(desk, CUSTOMERS, next_update_at=SOON)
    approved(desk, one.id, *BOTH)
    early = drafted(desk, CUSTOMERS, moment=Moment.FINAL)
    release(desk, LOG, one.id, account("ana"))
    run_until_idle(desk.world)
    desk.world.clock.sleep(timedelta(hours=3).total_seconds())
    assert [each.flag for each in look(desk, LOG, early.id).flags] == [Flag.PROMISE_MISSED]
    assert found(desk, CUSTOMERS, moment=Moment.FINAL) == []


AGREE = {Audience.REGULATOR: ("lea", "eve"), Audience.EXECUTIVES: ("ana",),
         Audience.ETHICS_BOARD: ("ana",), SUPPORT: (), Audience.RESPONDERS: ()}  # fmt: skip


@pytest.mark.parametrize("audience", list(Audience), ids=lambda one: one.value)
def test_whatever_is_drafted_anew_settles_a_missed_promise(audience: Audience) -> None:
    desk = speaking_desk()
    record(desk, CLAIM, Assigned(role="commander", person="ana"))
    sent(desk, audience, *AGREE.get(audience, BOTH), next_update_at=SOON)
    desk.world.clock.sleep(timedelta(hours=3).total_seconds())
    for moment in Moment:
        assert found(desk, audience, moment=moment) == [], moment
        text = propose(desk, LOG, Request(audience=audience, moment=moment)).data.decode()
        assert "2026-11-23 14:00 UTC" in text and "late" in text


def test_a_template_of_ones_own_that_says_nothing_of_it_is_helped_by_a_sentence() -> None:
    desk = speaking_desk()
    record(desk, CLAIM)
    early = drafted(desk, CUSTOMERS, moment=Moment.FINAL)
    sent(desk, CUSTOMERS, *BOTH, next_update_at=SOON)
    desk.world.clock.sleep(timedelta(hours=3).total_seconds())
    (missed,) = look(desk, LOG, early.id).flags
    sentence = missed.why.split("--text '")[1].rstrip("'")
    assert "2026-11-23 14:00 UTC" in sentence
    assert found(desk, CUSTOMERS, moment=Moment.FINAL, added=sentence) == []


def test_a_number_that_stands_in_no_claim_is_flagged() -> None:
    desk = speaking_desk()
    record(desk, known("C1", "Version 2 refunded 1,204 orders"))
    assert found(desk, CUSTOMERS, added="In all 1204 orders since 2026-11-23.") == [ADDED]
    assert found(desk, CUSTOMERS, added="In all 1205 orders, 40% of them on 12/01/2026.") == [
        (Flag.NOT_IN_RECORD, "1205"),
        (Flag.NOT_IN_RECORD, "40"),
        (Flag.NOT_IN_RECORD, "2026-12-1"),
        ADDED,
    ]


def test_words_beside_the_record_go_outside_as_a_claim_or_with_counsels_word() -> None:
    from spoken_world import by

    desk = speaking_desk()
    denial = "No customer data were exposed at all."
    record(desk, known("C1", "Customer data were exposed"))
    assert found(desk, CUSTOMERS, added=denial) == [ADDED]
    assert found(desk, CUSTOMERS, added=f"Customer data were exposed\n{denial}") == [ADDED]
    assert found(desk, CUSTOMERS, added="Customer data were exposed") == []
    assert found(desk, SUPPORT, added=denial) == [], "inside it is a word among colleagues"
    one = drafted(desk, CUSTOMERS, added="Call your branch.")
    approved(desk, one.id, *BOTH)
    with pytest.raises(Refused, match="rests on no claim"):
        release(desk, LOG, one.id, account("ana"))
    override(desk, LOG, one.id, *ADDED, "it says nothing of the incident", by("lea"))
    assert release(desk, LOG, one.id, account("ana"))


def test_a_number_of_a_claim_that_is_not_told_is_none_of_the_record() -> None:
    desk = speaking_desk()
    record(desk, Claimed(claim="C1", statement="77 cases", grade=Grade.SUSPECTED, evidence=()))
    assert found(desk, CUSTOMERS, added="77 cases.") == [(Flag.NOT_IN_RECORD, "77"), ADDED]
    assert found(desk, SUPPORT, added="77 cases.") == []


@pytest.mark.parametrize("words", ["It was human error.", "HUMAN\u00a0Error!", "human\u200b-error"])
def test_words_that_the_template_forbids_are_flagged(words: str) -> None:
    desk = speaking_desk()
    assert found(desk, CUSTOMERS, added=words) == [ADDED, (Flag.FORBIDDEN, "human error")]


SECRET = "the vendor settled quietly with two claimants in spring"


def test_words_of_counsel_are_not_even_drafted() -> None:
    desk = speaking_desk()
    record(desk, Noted(text=SECRET), access=Access.COUNSEL)
    said = "We heard that the vendor settled quietly, with two."
    for audience in (CUSTOMERS, SUPPORT, Audience.ETHICS_BOARD):
        with pytest.raises(Refused, match=r"quotes entry \d+, which is for counsel only") as no:
            drafted(desk, audience, added=said)
        assert "claimants" not in str(no.value)
    assert not facts(desk.world, StatementDrafted)


def test_words_that_became_counsels_after_the_draft_keep_it_back_and_nobody_overrides() -> None:
    desk = speaking_desk()
    one = drafted(desk, SUPPORT, added="The vendor settled quietly with two claimants.")
    record(desk, Noted(text=SECRET), access=Access.COUNSEL)
    with pytest.raises(Refused, match="counsels-words"):
        release(desk, LOG, one.id, account("ana"))
    from spoken_world import by

    (flag,) = look(desk, LOG, one.id).open_flags
    with pytest.raises(Refused, match="saying them openly"):
        override(desk, LOG, one.id, flag.flag, flag.about, "I allow it", by("lea"))
    record(desk, Noted(text=SECRET))
    assert not look(desk, LOG, one.id).flags, "said openly they are nobody's secret"


def test_claims_and_questions_of_counsel_are_in_no_text() -> None:
    desk = speaking_desk()
    record(
        desk, known("C1", SECRET), QuestionRaised(question="Q1", text="Will they sue us soon?"),
        access=Access.COUNSEL,
    )  # fmt: skip
    for audience in Audience:
        for moment in (Moment.FIRST, Moment.UPDATE, Moment.FINAL):
            made = propose(desk, LOG, Request(audience=audience, moment=moment))
            assert b"settled" not in made.data and b"sue" not in made.data
            assert not made.draft.known and not made.draft.questions


WORD = st.text(st.sampled_from("abcdefgh"), min_size=3, max_size=8)
SENTENCE = st.lists(WORD, min_size=6, max_size=12).map(" ".join)


@settings(max_examples=20, deadline=None)
@given(SENTENCE, SENTENCE, st.data())
def test_no_text_ever_holds_a_run_of_counsels_words(
    secret: str, own: str, data: st.DataObject
) -> None:
    desk = speaking_desk()
    record(desk, Noted(text=secret), access=Access.COUNSEL)
    words = secret.split()
    begin = data.draw(st.integers(0, len(words) - 5))
    upper = data.draw(st.booleans())
    quoted = "\u00a0, ".join(words[begin : begin + 5])
    added = f"{own} {quoted.upper() if upper else quoted} {own}"
    with pytest.raises(Refused, match="counsel only"):
        draft_words(desk, LOG, Request(audience=CUSTOMERS, added=added), account("max"))


@settings(max_examples=15, deadline=None)
@given(SENTENCE, SENTENCE)
def test_whatever_is_changed_after_the_approval_voids_it(first: str, second: str) -> None:
    desk = speaking_desk()
    record(desk, CLAIM)
    one = drafted(desk, CUSTOMERS, added=first)
    approved(desk, one.id, *BOTH)
    again = drafted(desk, CUSTOMERS, added=second)
    if first == second:
        assert look(desk, LOG, again.id).agreed.holds
        return
    assert not look(desk, LOG, again.id).agreed.by
    with pytest.raises(Refused, match="waits for a yes of communications and counsel"):
        release(desk, LOG, again.id, account("ana"))
