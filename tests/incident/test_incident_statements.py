"""The words of a log fold to where each stands, to what was told, and to what was promised."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from incident_log import LOG, at, entry, sample
from tocsin.facts import Fact
from tocsin.facts.incidents import Claimed, ClaimGraded, Grade
from tocsin.facts.reach import MessageWritten
from tocsin.facts.runs import (
    AttemptFailed,
    Effect,
    Ordered,
    Outcome,
    OutcomeUnknown,
    Receipted,
    RunEnded,
)
from tocsin.facts.statements import (
    Audience,
    FlagOverridden,
    Moment,
    StatementApproved,
    StatementDrafted,
    StatementFlagged,
    StatementReleased,
    StatementWithdrawn,
)
from tocsin.incident.statements import State, Statements, promised, promises, statements_of

A, B = "a" * 64, "b" * 64


def drafted(id: str = "S1", text: str = A, **more: object) -> Fact:
    given = {"statement": id, "text": text, "audience": Audience.CUSTOMERS, "corrects": None,
             "moment": Moment.FIRST, "known": ("C1",), "suspected": (), "refuted": (),
             "figures": ("affected people = 214",), **more}  # fmt: skip
    return sample(StatementDrafted, **given)


def told(audience: str, until: float | None, statement: str = "", **more: object) -> Fact:
    due = at(until) if until is not None else None
    return sample(
        MessageWritten, audience=audience, next_update_at=due, statement=statement, **more
    )


def fold(*facts: Fact) -> Statements:
    return statements_of(entry(n, fact) for n, fact in enumerate(facts, start=1))


APPROVED = sample(StatementApproved, statement="S1", text=A)
RELEASED = sample(StatementReleased, statement="S1", text=A, run="run-1")
ENDED = sample(RunEnded, run="run-1")


def order(target: str) -> Fact:
    return sample(Ordered, run="run-1", target=target, effect=Effect.TELL)


def receipt(seq: int, outcome: Outcome = Outcome.DONE) -> Fact:
    return sample(Receipted, run="run-1", order=seq, outcome=outcome)


def test_what_was_said_about_older_bytes_is_void() -> None:
    words = fold(drafted(), APPROVED, drafted(text=B), APPROVED).by_id["S1"]
    assert not words.valid and len(words.void) == 2 and words.drafts == 2
    back = fold(drafted(), APPROVED, drafted(text=B), drafted()).by_id["S1"]
    assert not back.valid, "nor does it come to life again with the old bytes"


def test_what_went_changes_no_more() -> None:
    words = fold(drafted(), RELEASED, drafted(text=B), sample(StatementWithdrawn, statement="S1"))
    assert words.by_id["S1"].draft.text == A and words.by_id["S1"].withdrawn is None
    other = fold(drafted(), sample(StatementReleased, statement="S1", text=B, run="run-1"))
    assert other.by_id["S1"].run is None, "other bytes were never let go"


def test_words_stand_where_their_messages_stand() -> None:
    start = (drafted(), RELEASED)
    cases = {
        State.DRAFT: (drafted(),),
        State.WITHDRAWN: (drafted(), sample(StatementWithdrawn, statement="S1")),
        State.GOING: (*start, order("a@x"), order("b@x"), receipt(3)),
        State.SENT: (*start, order("a@x"), receipt(3), ENDED),
        State.PARTLY: (
            *start, order("a@x"), order("b@x"), receipt(3),
            sample(AttemptFailed, order=4, retry_at=None, may_have_acted=False), ENDED,
        ),
        State.NOT_SENT: (*start, order("a@x"), receipt(3, Outcome.NOT_DONE), ENDED),
        State.IN_DOUBT: (
            *start, order("a@x"), order("b@x"), sample(OutcomeUnknown, order=3),
            receipt(4, Outcome.NOT_DONE), ENDED,
        ),
        State.CORRECTED: (
            *start, order("a@x"), receipt(3), ENDED, drafted("S2", B, corrects="S1"),
            sample(StatementReleased, statement="S2", text=B, run="run-2"),
            told("customers", None, "S2"),
        ),
    }  # fmt: skip
    for state, facts in cases.items():
        assert fold(*facts).by_id["S1"].state is state, state


def test_whoever_may_have_the_words_counts_as_reached() -> None:
    words = fold(drafted(), RELEASED, order("a@x"), order("b@x"), order("c@x"), receipt(3),
                 sample(OutcomeUnknown, order=4),
                 sample(AttemptFailed, order=5, retry_at=None, may_have_acted=False))  # fmt: skip
    assert words.by_id["S1"].reached == ("a@x", "b@x")


def test_what_was_told_keeps_the_grade_it_had_then() -> None:
    statements = fold(
        sample(Claimed, claim="C1", grade=Grade.SUSPECTED),
        told("support", None, claims=("C1", "C9")),
        sample(ClaimGraded, claim="C1", grade=Grade.REFUTED),
        drafted(), RELEASED, told("customers", None, "S1"),
    )  # fmt: skip
    first, second = statements.told
    assert first.grades == {"C1": Grade.SUSPECTED}
    assert second.grades == {"C1": Grade.CONFIRMED}, "as the text told it"
    assert second.figures == {"affected people": "214"}


def test_a_promise_stands_until_its_audience_hears_more() -> None:
    statements = fold(
        told("support", 10), told("press", 5), told("support", 20), told("press", None)
    )
    assert [(p.audience, p.due_at, p.kept_at) for p in promises(statements)] == [
        ("support", at(10), at(3)),
        ("press", at(5), at(4)),
        ("support", at(20), None),
    ]
    (left,) = promised(statements)
    assert left.audience == "support"
    assert not left.is_late(at(19)) and left.is_late(at(20))
    kept = promises(fold(told("press", 2), told("press", None)))[0]
    assert not kept.is_late(at(99)), "kept at the very instant"
    assert promises(fold(told("press", 1.5), told("press", None)))[0].is_late(at(0))


def test_flags_and_overrides_are_of_the_present_bytes() -> None:
    flag = sample(StatementFlagged, statement="S1", text=A)
    passed = sample(FlagOverridden, statement="S1", text=A, about="C1")
    one = fold(drafted(), flag, passed).by_id["S1"]
    assert len(one.flags) == 1 and len(one.overridden) == 1
    anew = fold(drafted(), flag, passed, drafted(text=B), flag).by_id["S1"]
    assert not anew.flags and not anew.overridden


FACTS = st.lists(
    st.sampled_from(
        [drafted(), drafted(text=B), drafted("S2", B, corrects="S1"), APPROVED, RELEASED, ENDED,
         order("a@x"), receipt(3), receipt(4), sample(StatementWithdrawn, statement="S1"),
         sample(StatementWithdrawn, statement="S2"), told("customers", 3, "S1"),
         told("customers", None), sample(OutcomeUnknown, order=3)]
    ),
    max_size=14,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(FACTS)
def test_no_log_breaks_the_fold_and_bytes_that_went_never_change(facts: list[Fact]) -> None:
    statements = Statements()
    went: dict[str, str] = {}
    for n, fact in enumerate(facts, start=1):
        statements.take(entry(n, fact, log=LOG))
        for one in statements.by_id.values():
            assert isinstance(one.state, State)
            assert all(each.fact.text == one.draft.text for each in one.valid)
            if one.run is not None:
                assert went.setdefault(one.id, one.draft.text) == one.draft.text
        open_now = promised(statements)
        assert len({one.audience for one in open_now}) == len(open_now)
        assert all(one.due_at - one.made_at > timedelta(days=-1) for one in open_now)
