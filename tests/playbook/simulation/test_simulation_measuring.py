"""Times from the record: only hours in which somebody was at work, and nothing from a handful."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st
from played_plans import OFFICE_PEOPLE, register_of

from tocsin.facts import Access, Asserter, Author, Entry, Fact, Proof
from tocsin.facts.courses import ApprovalAsked
from tocsin.facts.reach import PageAnswered, PageBegan, PageUnanswered
from tocsin.facts.runs import (
    Answered,
    Approved,
    Asked,
    Attempted,
    Effect,
    LimitPassed,
    Ordered,
    Outcome,
    Receipted,
    Repeatable,
    RunStarted,
)
from tocsin.playbook.simulation.draws import P90, Draws, Spread, durations
from tocsin.playbook.simulation.measuring import ENDED_LEAST, SIGMA_MOST, fitted, measured
from tocsin.playbook.simulation.times import Basis, What

MINUTE = 60_000
FRIDAY_1650 = datetime(2027, 1, 15, 15, 50, tzinfo=UTC)  # in Berlin, ten minutes before the end
REGISTER = register_of(OFFICE_PEOPLE)


class Record:
    """A log that is written line by line."""

    def __init__(self, plan: str = "p") -> None:
        self.entries: list[Entry] = []
        self.now = FRIDAY_1650
        self.add(RunStarted(run="R", plan=plan, plan_digest="d" * 64))

    def add(self, fact: Fact, after_minutes: float = 0, who: str = "cleo") -> int:
        self.now += timedelta(minutes=after_minutes)
        self.entries.append(
            Entry(
                log="incident/X",
                seq=len(self.entries) + 1,
                happened_at=self.now,
                recorded_at=self.now,
                author=Author(who=who, kind=Asserter.PERSON, proof=Proof.SIGNATURE),
                access=Access.OPS,
                fact=fact,
            )
        )
        return len(self.entries)

    def ask(self, minutes: float | None, *, vain: float = 0, role: str = "data-science") -> None:
        asked = self.add(
            Asked(run="R", step="confirm", question="Q", choices=("a", "b"), role=role,
                  limit_at=None, on_limit=None)
        )  # fmt: skip
        if minutes is None:
            self.add(LimitPassed(run="R", step="confirm", entry=asked, choice="a"), vain)
        else:
            self.add(
                Answered(run="R", step="confirm", asked=asked, choice="a", because=""), minutes
            )


def test_a_weekend_in_between_does_not_count() -> None:
    record = Record()
    for _ in range(ENDED_LEAST):
        record.now = FRIDAY_1650
        record.ask(10 + 64 * 60 + 20)  # ten minutes of Friday, twenty of Monday morning
    times = measured([record.entries], REGISTER, "p")
    reaction = times["steps.confirm", What.REACTION]
    assert reaction.spread.median_ms == pytest.approx(30 * MINUTE, rel=0.001)
    assert (reaction.basis, reaction.source) == (Basis.MEASURED, "5 in the record")
    assert times["kinds.ask", What.WORK].spread == Spread(median_ms=1, p90_ms=1)


def test_fewer_than_five_answers_measure_nothing() -> None:
    record = Record()
    for _ in range(ENDED_LEAST - 1):
        record.ask(5)
    record.ask(None, vain=30)
    assert measured([record.entries], REGISTER, "p") == {}
    assert ("steps.confirm", What.REACTION) in measured([record.entries] * 2, REGISTER, "p")


def test_runs_of_other_plans_tell_of_the_kind_only() -> None:
    record = Record(plan="other")
    for _ in range(ENDED_LEAST):
        record.ask(5)
    assert {place for place, _ in measured([record.entries], REGISTER, "p")} == {"kinds.ask"}


def test_what_was_waited_for_in_vain_makes_it_slower() -> None:
    quick, slow = Record(), Record()
    for minutes in (4, 5, 6, 7, 8):
        quick.ask(minutes), slow.ask(minutes)
        slow.now = quick.now = FRIDAY_1650 - timedelta(hours=5)
        slow.ask(None, vain=30)
    before, after = (
        measured([one.entries], REGISTER, "p")["kinds.ask", What.REACTION] for one in (quick, slow)
    )
    assert after.spread.median_ms > 2 * before.spread.median_ms
    assert after.source == "5 in the record, and 5 waited for in vain"


def test_approvals_calls_and_acts_are_taken_too() -> None:
    record = Record()
    for _ in range(ENDED_LEAST):
        record.now = FRIDAY_1650 - timedelta(hours=5)
        asked = record.add(
            ApprovalAsked(run="R", step="yes", subject="S", role="data-science", approvals=1,
                          limit_at=None)
        )  # fmt: skip
        record.add(Approved(run="R", order=asked, order_digest="d" * 64, because=""), 3)
        order = record.add(
            Ordered(run="R", step="stop", connector="c", target="t", wanted="w", approvals=1,
                    repeatable=Repeatable.KEYED, attempts_max=5, undo=None, evidence=(),
                    effect=Effect.CHANGE)
        )  # fmt: skip
        record.add(Approved(run="R", order=order, order_digest="d" * 64, because=""), 9)
        record.add(Attempted(run="R", order=order, attempt=1, worker="w", fence=1), 1)
        record.add(
            Receipted(run="R", order=order, attempt=1, outcome=Outcome.DONE, before="a", after="b"),
            2,
        )
        page = record.add(
            PageBegan(run="R", step="call", role="data-science", people=("cleo",), ways=("p",),
                      text="d" * 64, within_seconds=300)
        )  # fmt: skip
        record.add(PageUnanswered(run="R", step="call", page=page, person="cleo", next="cleo"), 5)
        record.add(PageAnswered(run="R", step="call", page=page), 1)
    times = measured([record.entries], REGISTER, "p")
    seen = {place: t.spread.median_ms / MINUTE for (place, what), t in times.items()
            if what is not What.WORK and place.startswith("steps.")}  # fmt: skip
    assert seen["steps.yes"] == pytest.approx(3, rel=0.01)
    assert times["steps.stop", What.REACTION].spread.median_ms == pytest.approx(
        9 * MINUTE, rel=0.01
    )
    assert times["steps.stop", What.TAKES].spread.median_ms == pytest.approx(2 * MINUTE, rel=0.01)
    assert seen["steps.call"] > 2, "half of the calls stayed unanswered for five minutes"
    assert ("kinds.page", What.WORK) not in times


def test_a_call_to_somebody_who_is_not_at_work_tells_nothing() -> None:
    record = Record()
    for _ in range(2 * ENDED_LEAST):
        record.now = FRIDAY_1650 + timedelta(hours=5)
        page = record.add(
            PageBegan(run="R", step="call", role="data-science", people=("cleo",), ways=("p",),
                      text="d" * 64, within_seconds=300)
        )  # fmt: skip
        record.add(PageAnswered(run="R", step="call", page=page), 1)
    assert measured([record.entries], REGISTER, "p") == {}


@pytest.mark.parametrize("limit_minutes", [10, 20, 45, 10**6])
def test_the_fit_finds_the_spread_also_where_half_of_it_is_cut_off(limit_minutes: int) -> None:
    truth = Spread(median_ms=15 * MINUTE, p90_ms=60 * MINUTE)
    drawn = [durations(truth)[draw // 16] for draw in Draws(5, 4000).block(0, 0)]
    cut = limit_minutes * MINUTE
    found = fitted([ms for ms in drawn if ms <= cut], [cut for ms in drawn if ms > cut])
    assert found is not None
    assert found.median_ms == pytest.approx(truth.median_ms, rel=0.08)
    assert found.p90_ms == pytest.approx(truth.p90_ms, rel=0.12)


@given(
    st.lists(st.integers(1, 10**10), min_size=ENDED_LEAST, max_size=30),
    st.lists(st.integers(1, 10**10), max_size=30),
)
def test_any_times_can_be_fitted(ended: list[int], at_least: list[int]) -> None:
    found = fitted(ended, at_least)
    assert found is not None and 1 <= found.median_ms <= found.p90_ms
    assert found.p90_ms <= (found.median_ms + 1) * exp(SIGMA_MOST * P90) + 1
