"""The fold and the planner: cut anywhere, replay the same; every run ends whatever happens."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.facts import (
    Access,
    Asserter,
    Author,
    BrokenLog,
    Entry,
    Fact,
    Gone,
    NewerVersion,
    Proof,
    Unreadable,
)
from tocsin.facts.runs import (
    Answered,
    Attempted,
    AttemptFailed,
    Ending,
    LimitPassed,
    Outcome,
    OutcomeJudged,
    OutcomeUnknown,
    Probed,
    Receipted,
    Repeatable,
    RunCancelled,
    RunPaused,
    RunResumed,
    RunStarted,
    Verdict,
    WaitEnded,
)
from tocsin.playbook import (
    OrderStanding,
    Rules,
    Runs,
    RunStanding,
    due_pieces,
    next_facts,
    plan_of,
    replay_runs,
)

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOME = Author(who="home", kind=Asserter.HOME, proof=Proof.PROCESS)
PLAN = plan_of(b"""
plan: p
version: 1
title: T
steps:
  both: {parallel: [off, inner], next: check, on_failure: rest}
  off: {act: c, target: t, wanted: off, attempts_max: 3, next: join}
  inner: {parallel: [ask, nap], next: join}
  ask: {ask: Q, role: r, choices: {yes: join, no: more}, limit: 1h, on_limit: no}
  more: {act: c, target: u, wanted: off, approvals: 1, limit: 1h, on_limit: join, next: join}
  nap: {wait: 1h, next: join}
  check: {probe: e, target: t, wanted: off, next: done, on_not_shown: rest}
  rest: {wait: 5m, next: both, rounds_max: 2, on_rounds_max: lost}
  done: {end: completed}
  lost: {end: failed}
""")


class Story:
    """A log that grows by facts and by what the plan says follows."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.runs = Runs()
        self.now = NOON
        self.add(RunStarted(run="r", plan="p", plan_digest="0" * 64))
        self.plan_on()

    def add(self, fact: Fact) -> None:
        entry = Entry(
            log="incident/X", seq=len(self.entries) + 1, happened_at=self.now,
            recorded_at=self.now, author=HOME, access=Access.OPS, fact=fact,
        )  # fmt: skip
        self.entries.append(entry)
        self.runs.apply(entry)

    def plan_on(self) -> None:
        run = self.runs.by_id["r"]
        for _ in range(1000):
            facts = next_facts(PLAN, run, self.now, Rules(repeatable={"c": Repeatable.KEYED}))
            if not facts:
                return
            for fact in facts:
                self.add(fact)
        raise AssertionError("the planner does not come to rest")

    def choices(self) -> list[list[Fact]]:
        """Everything that the world or people could do next."""
        run = self.runs.by_id["r"]
        found: list[list[Fact]] = []
        for piece, at in due_pieces(PLAN, run):
            self.now = max(self.now, at)
            match piece.kind:
                case "order" | "call" | "stop":
                    found += self._order(piece.seq)
                case "wait":
                    found.append([WaitEnded(run="r", step="?", entry=piece.seq)])
                case "limit":
                    question = run.questions.get(piece.seq)
                    choice = question.fact.on_limit if question else None
                    found.append([LimitPassed(run="r", step="?", entry=piece.seq, choice=choice)])
                case "probe":
                    found += [[self._probed(piece.step, verdict)] for verdict in Verdict]
        for question in run.questions.values():
            if question.choice is None and run.is_open:
                found.append([Answered(run="r", step="ask", asked=question.seq, choice="yes",
                                       because="")])  # fmt: skip
        for order in run.orders.values():
            if order.standing is OrderStanding.UNKNOWN:
                found += [
                    [OutcomeJudged(run="r", order=order.seq, outcome=outcome, basis="")]
                    for outcome in (Outcome.DONE, Outcome.NOT_DONE)
                ]
        return found

    def _order(self, seq: int) -> list[list[Fact]]:
        order = self.runs.by_id["r"].orders[seq]
        n = order.attempts if order.standing is OrderStanding.OPEN else order.attempts + 1
        begin: list[Fact] = [Attempted(run="r", order=seq, attempt=n, worker="w", fence=1)]
        if order.standing is OrderStanding.OPEN:
            begin = []
        again = self.now if n < order.fact.attempts_max else None
        return [
            [*begin, Receipted(run="r", order=seq, attempt=n, outcome=Outcome.DONE, before="",
                               after="")],
            [*begin, AttemptFailed(run="r", order=seq, attempt=n, may_have_acted=True, why="",
                                   retry_at=again)],
            [*begin, OutcomeUnknown(run="r", order=seq, attempt=n, why="")],
        ]  # fmt: skip

    def _probed(self, step: str, verdict: Verdict) -> Probed:
        return Probed(run="r", step=step, probe="e", target="t", hypothesis="", value="", sample=1,
                      error="0", verdict=verdict, seen="")  # fmt: skip


HALTS = (
    [RunPaused(run="r", because="")],
    [RunResumed(run="r", because="")],
)


def told(draws: st.DataObject, halts: int = 5) -> Story:
    """A run to its end; people halt it at most so often, and never leave it halted."""
    story = Story()
    for _ in range(200):
        if not story.runs.by_id["r"].is_open:
            return story
        options = story.choices()
        if halts and draws.draw(st.integers(0, 9)) == 9:
            options, halts = list(HALTS), halts - 1
        if not options:
            options = [HALTS[1]]
        story.now += timedelta(seconds=1)
        for fact in options[draws.draw(st.integers(0, len(options) - 1))]:
            story.add(fact)
        story.plan_on()
    raise AssertionError("the run does not end")


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_every_run_ends_under_any_schedule(data: st.DataObject) -> None:
    story = told(data)
    run = story.runs.by_id["r"]
    assert run.ending in (Ending.COMPLETED, Ending.FAILED)
    assert due_pieces(PLAN, run) == []
    assert next_facts(PLAN, run, story.now, Rules()) == []


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_the_fold_can_be_cut_anywhere(data: st.DataObject) -> None:
    story = told(data)
    cut = data.draw(st.integers(0, len(story.entries)))
    runs = Runs()
    for entry in story.entries[:cut]:
        runs.apply(entry)
    kept = copy.deepcopy(runs)
    for entry in story.entries[cut:]:
        kept.apply(entry)
    assert kept == story.runs and replay_runs(story.entries) == story.runs.by_id
    for entry in story.entries[cut:]:
        runs.apply(entry)
    assert runs == kept


def test_a_cancelled_run_waits_for_the_end_of_what_was_begun() -> None:
    story = Story()
    order = next(iter(story.runs.by_id["r"].orders))
    story.add(Attempted(run="r", order=order, attempt=1, worker="w", fence=1))
    story.add(RunCancelled(run="r", because=""))
    story.plan_on()
    run = story.runs.by_id["r"]
    assert run.standing is RunStanding.CANCELLED
    assert [piece.kind for piece, _ in due_pieces(PLAN, run)] == ["order"]
    story.add(Receipted(run="r", order=order, attempt=1, outcome=Outcome.DONE, before="", after=""))
    story.plan_on()
    assert run.ending is Ending.CANCELLED


def test_what_contradicts_the_log_stops_the_fold() -> None:
    story = Story()
    with pytest.raises(BrokenLog, match="began nothing"):
        story.add(Attempted(run="r", order=99, attempt=1, worker="w", fence=1))
    with pytest.raises(BrokenLog, match="never started"):
        Story().add(RunPaused(run="other", because=""))
    with pytest.raises(BrokenLog, match="started twice"):
        Story().add(RunStarted(run="r", plan="p", plan_digest="0" * 64))
    with pytest.raises(NewerVersion, match="newer version"):
        Story().add(Unreadable(kind="from-the-future", why=Gone.NEWER))  # type: ignore[arg-type]
    with pytest.raises(BrokenLog, match="missing"):
        replay_runs(story.entries[1:])
    Story().add(Unreadable(kind="noted", why=Gone.WITHHELD))  # type: ignore[arg-type]
