"""What is awaited outside the runs: the last expectation counts, and a settled one is gone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from incident_log import sample
from tocsin.facts import Access, Asserter, Author, Entry, Fact, Proof
from tocsin.facts.dues import Awaited, FellDue
from tocsin.facts.incidents import Closed, Linked, Noted, Relation, Reopened
from tocsin.facts.lessons import (
    ActionChanged,
    ActionClosed,
    ActionOpened,
    ActionProofAttached,
    ActionReopened,
    ReviewHeld,
    ReviewScheduled,
)
from tocsin.facts.reach import MessageWritten
from tocsin.incident.dues import Dues

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
BY = Author(who="ana", kind=Asserter.PERSON, proof=Proof.ACCOUNT)


def written(audience: str, minutes: int | None) -> MessageWritten:
    at = None if minutes is None else NOON + timedelta(minutes=minutes)
    return MessageWritten(
        audience=audience, subject="s", text="a" * 64, claims=(), next_update_at=at
    )


def fallen(audience: str) -> FellDue:
    return FellDue(what=Awaited.NEXT_UPDATE, about=audience, turn=0, due_at=NOON, role="commander",
                   told_by="run-1", untold="")  # fmt: skip


def dues_of(*facts: Fact) -> Dues:
    dues = Dues()
    for seq, fact in enumerate(facts, start=1):
        dues.apply(Entry(log="incident/X", seq=seq, happened_at=NOON, recorded_at=NOON, author=BY,
                         access=Access.OPS, fact=fact))  # fmt: skip
    return dues


def open_of(dues: Dues) -> list[tuple[str, int, datetime]]:
    return [(one.about, one.seq, one.at) for one in dues.open]


def test_a_promised_update_is_awaited_until_the_next_words_or_until_it_fell_due() -> None:
    promised = written("customers", 30)
    at = promised.next_update_at
    assert open_of(dues_of(promised)) == [("customers", 1, at)]
    assert open_of(dues_of(promised, Noted(text="x"))) == [("customers", 1, at)]
    assert open_of(dues_of(promised, written("support", None))) == [("customers", 1, at)]
    assert open_of(dues_of(promised, written("customers", None))) == []
    assert open_of(dues_of(promised, fallen("support"))) == [("customers", 1, at)]
    assert open_of(dues_of(promised, fallen("customers"))) == []


def test_a_later_promise_takes_the_place_of_the_earlier() -> None:
    dues = dues_of(written("customers", 30), written("customers", 90))
    assert open_of(dues) == [("customers", 2, NOON + timedelta(minutes=90))]


def test_the_end_of_the_incident_ends_what_was_promised_and_not_that_it_ever_was() -> None:
    for end in (
        Closed(because="over"),
        Linked(other="Y", relation=Relation.MERGED_INTO, because="the same"),
    ):
        dues = dues_of(written("customers", 30), end)
        assert open_of(dues) == [] and dues.ever
    related = Linked(other="Y", relation=Relation.RELATED, because="alike")
    assert len(open_of(dues_of(written("customers", 30), related))) == 1
    assert not dues_of(Noted(text="x"), Closed(because="over")).ever


@given(st.lists(st.tuples(st.sampled_from("ab"), st.none() | st.integers(0, 9)), max_size=12))
def test_what_is_awaited_is_what_was_last_said_of_each(said: list[tuple[str, int | None]]) -> None:
    last = dict(said)
    found = {one.about: one.at for one in dues_of(*(written(a, m) for a, m in said)).open}
    assert found == {
        audience: NOON + timedelta(minutes=minutes)
        for audience, minutes in last.items()
        if minutes is not None
    }


def of_lessons(facts: list[Fact]) -> list[tuple[Awaited, str, str, datetime]]:
    return [(one.what, one.about, one.role, one.at) for one in dues_of(*facts).open]


DUE = NOON + timedelta(days=3)
ITEM = sample(ActionOpened, action="action-1", owner="ben", due=DUE)
PROOF = sample(ActionProofAttached, action="action-1")


def reminded(what: Awaited, about: str, turn: int) -> FellDue:
    return FellDue(what=what, about=about, turn=turn, due_at=DUE, role="r", told_by=None,
                   untold="u")  # fmt: skip


def test_an_item_is_awaited_of_its_owner_also_after_the_incident_until_a_proof_closes_it() -> None:
    expected = [(Awaited.ACTION_ITEM, "action-1", "ben", DUE)]
    assert of_lessons([ITEM, Closed(because="over")]) == expected
    forged = sample(ActionClosed, action="action-1", by=1)
    assert of_lessons([ITEM, forged]) == expected  # no proof stands in entry 1
    closed = [ITEM, PROOF, sample(ActionClosed, action="action-1", by=2)]
    assert of_lessons(closed) == []
    assert of_lessons([*closed, sample(ActionReopened, action="action-1")]) == expected
    later = sample(ActionChanged, action="action-1", owner="cleo", due=DUE + timedelta(days=1))
    assert of_lessons([ITEM, later]) == [
        (Awaited.ACTION_ITEM, "action-1", "cleo", DUE + timedelta(days=1))
    ]


def test_an_overdue_item_nags_each_week_and_every_other_time_further_up() -> None:
    facts: list[Fact] = [ITEM]
    told = []
    for turn in range(6):
        facts.append(reminded(Awaited.ACTION_ITEM, "action-1", turn))
        ((what, about, role, at),) = of_lessons(facts)
        told.append(role)
        assert (what, about, at) == (Awaited.ACTION_ITEM, "action-1", NOON + timedelta(days=7))
    assert told == ["ben", "executive", "ben", "executive", "ben", "executive"]
    assert of_lessons([*facts, PROOF, sample(ActionClosed, action="action-1", by=8)]) == []


def test_a_review_is_awaited_from_the_end_on_until_it_was_held() -> None:
    ended = [Closed(because="over"), ReviewScheduled(due=DUE, because="14 days")]
    assert of_lessons(ended) == [(Awaited.REVIEW, "review", "commander", DUE)]
    once = [*ended, reminded(Awaited.REVIEW, "review", 0)]
    assert [one[2] for one in of_lessons(once)] == ["commander"]
    assert [one[2] for one in of_lessons([*once, reminded(Awaited.REVIEW, "review", 1)])] == [
        "executive"
    ]
    assert of_lessons([*once, sample(ReviewHeld)]) == []
    assert of_lessons([*once, sample(Reopened)]) == []
    assert of_lessons([*ended, sample(ReviewHeld), reminded(Awaited.REVIEW, "review", 0)]) == []
