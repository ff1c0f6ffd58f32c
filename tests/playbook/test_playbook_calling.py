"""A plan that calls another: the run that begins, its ends, what is refused, chains and circles."""

from __future__ import annotations

from datetime import timedelta

import pytest

from playbook_story import NOON, WORKER, Story, person
from tocsin.facts import BrokenLog
from tocsin.facts.canonical import sha256_hex
from tocsin.facts.courses import CallBegan, CallRefused
from tocsin.facts.incidents import Opened
from tocsin.facts.runs import Ending, RunEnded, RunStarted
from tocsin.playbook import PlanInForce, Rules
from tocsin.playbook.calling import CALLS_DEEP_MAX

HEAD = "plan: p\nversion: 1\ntitle: T\nsteps:\n"
ENDS = "  over: {end: completed}\n  bad: {end: failed}\n"
CALL = (
    HEAD
    + "  other: {call: q, limit: 1h, on_limit: late, next: over, on_failure: bad}\n"
    + "  late: {end: failed}\n"
    + ENDS
)
BOTH = (
    HEAD
    + "  both: {parallel: [one, two], next: over, on_failure: bad}\n"
    + "  one: {call: q, next: join, on_failure: join}\n"
    + "  two: {call: q, next: join, on_failure: join}\n"
    + ENDS
)
BYTES = b"what q says now"
RULES = Rules(plans={"q": PlanInForce(digest=sha256_hex(BYTES), data=BYTES)})


def test_the_other_plan_begins_in_the_same_incident_as_it_is_now() -> None:
    story = Story(CALL, RULES)
    started, began = story.entries[-2].fact, story.entries[-1].fact
    assert started == RunStarted(run="run-2", plan="q", plan_digest=sha256_hex(BYTES))
    assert began == CallBegan(run="r", step="other", plan="q", called="run-2")
    assert story.texts[sha256_hex(BYTES)] == BYTES
    called = story.runs.by_id["run-2"]
    assert (called.chain, called.caller) == (("p", "q"), ("r", story.entries[-1].seq))
    assert story.path() == []


@pytest.mark.parametrize(
    ("ending", "result", "to"),
    [(Ending.COMPLETED, "done", "over"), (Ending.FAILED, "failed", "bad"),
     (Ending.CANCELLED, "failed", "bad")],
)  # fmt: skip
def test_its_end_is_the_end_of_the_step(ending: Ending, result: str, to: str) -> None:
    story = Story(CALL, RULES)
    story.add(RunEnded(run="run-2", ending=ending))
    assert story.path() == [f"other {result}"] and story.run.moves[0].next == to
    assert not story.due("limit")


def test_the_limit_ends_the_waiting_and_not_the_other_run() -> None:
    story = Story(CALL, RULES)
    ((piece, at),) = story.due("limit")
    assert at == NOON + timedelta(hours=1)
    story.pass_by(piece, at)
    assert story.path() == ["other limit"] and story.run.moves[0].next == "late"
    assert story.runs.by_id["run-2"].is_open
    story.add(RunEnded(run="run-2", ending=Ending.COMPLETED))
    assert story.path() == ["other limit"]


def test_two_calls_at_once_are_two_runs() -> None:
    story = Story(BOTH, RULES)
    assert [f.called for f in story.all(CallBegan) if isinstance(f, CallBegan)] == [
        "run-2", "run-3",
    ]  # fmt: skip
    story.add(RunEnded(run="run-3", ending=Ending.COMPLETED))
    assert story.path() == ["two done"]
    story.add(RunEnded(run="run-2", ending=Ending.FAILED))
    assert story.path()[-1] == "both done", "a branch that has an answer to the failure is fine"


@pytest.mark.parametrize(
    ("rules", "why"),
    [
        (Rules(), "no plan is called q"),
        (Rules(plans={"q": PlanInForce(why_not="q has mistakes: x")}), "q has mistakes"),
    ],
)
def test_what_cannot_begin_is_on_record_and_fails(rules: Rules, why: str) -> None:
    story = Story(CALL, rules)
    (refused,) = story.all(CallRefused)
    assert isinstance(refused, CallRefused) and why in refused.why
    assert story.path() == ["other failed"] and list(story.runs.by_id) == ["r"]


def test_a_chain_never_comes_back() -> None:
    text = CALL.replace("call: q", "call: p")
    (refused,) = Story(text, RULES).all(CallRefused)
    assert isinstance(refused, CallRefused) and refused.why.endswith(": p > p")


def test_a_chain_is_at_most_so_deep() -> None:
    story = Story(CALL.replace("  other:", "  rest: {wait: 1h, next: other}\n  other:"), RULES)
    story.run.chain = tuple(f"p{n}" for n in range(CALLS_DEEP_MAX))
    story.pass_by(*story.due("wait")[0])
    assert story.all(CallBegan)
    deep = Story(CALL.replace("  other:", "  rest: {wait: 1h, next: other}\n  other:"), RULES)
    deep.run.chain = tuple(f"p{n}" for n in range(CALLS_DEEP_MAX + 1))
    deep.pass_by(*deep.due("wait")[0])
    (refused,) = deep.all(CallRefused)
    assert isinstance(refused, CallRefused) and "longer than 5" in refused.why


def test_what_is_called_counts_as_started_by_whoever_started_the_first() -> None:
    story = Story(CALL, RULES)
    story.entries.clear()
    story.runs.__init__()  # type: ignore[misc]
    story._write(Opened(title="t", systems=(), unregistered=(), discovered_at=NOON,
                        occurred_at=None), WORKER)  # fmt: skip
    story.add(RunStarted(run="r", plan="p", plan_digest=story.plan.digest), by=person("ana"))
    assert story.runs.by_id["run-2"].started_by == person("ana")


def test_a_record_that_calls_in_a_circle_is_broken() -> None:
    story = Story(CALL, RULES)
    for called in ("r", "run-2", "run-9"):
        with pytest.raises(BrokenLog):
            fork = Story(CALL, RULES)
            fork.add(CallBegan(run="r", step="other", plan="q", called=called))
    assert story.run.caller is None
