"""Limits, soft and hard, from every moment and towards a deadline; unknown, moved, long past."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbook_story import NOON, RULES, Story, found, person
from tocsin.facts import Fact
from tocsin.facts.courses import LimitsSet, SoftLimitPassed
from tocsin.facts.duties import DeadlineSet
from tocsin.facts.incidents import BecameAware, PersonClass
from tocsin.facts.runs import Asked, Verdict
from tocsin.playbook import Runs, Spots, due_pieces, next_facts, plan_of
from tocsin.playbook.limits import FIRST, LAST, hard_at, passes_at

HEAD = """
plan: p
version: 1
title: T
deadlines: {report: Tell the authority}
steps:
  first: {wait: 10m, next: ask}
"""
ENDS = "  done: {end: completed}\n  late: {end: failed}\n"
MIN = timedelta(minutes=1)


def asking(words: str) -> str:
    ask = f"  ask: {{ask: So, role: r, choices: {{ok: done, gone: late}}, {words}}}\n"
    return HEAD + ask + ENDS


def at_ask(words: str, *before: Fact) -> Story:
    """The story where the question was asked, ten minutes after noon."""
    story = Story(asking(words), RULES, *before)
    story.pass_by(*story.due("wait")[0])
    return story


def falls_due(story: Story, kind: str) -> datetime:
    ((_, at),) = story.due(kind)
    return at


def limits(story: Story) -> LimitsSet:
    (*_, fact) = story.all(LimitsSet)
    assert isinstance(fact, LimitsSet)
    return fact


def deadline(minutes: float) -> DeadlineSet:
    by = NOON + minutes * MIN
    return DeadlineSet(deadline="report", conservative_at=by, latest_at=None, basis="", source="")


def aware(standing: PersonClass = PersonClass.STAFF) -> BecameAware:
    return BecameAware(person="ana", standing=standing, basis="")


HARD = "limit: 30m, on_limit: gone"


def test_without_a_moment_limits_count_from_the_steps_beginning_and_need_no_fact() -> None:
    story = at_ask(f"soft: 5m, {HARD}")
    assert falls_due(story, "soft") == NOON + 15 * MIN
    assert falls_due(story, "limit") == NOON + 40 * MIN
    assert not story.all(LimitsSet)


def test_what_is_late_is_told_once_and_goes_on() -> None:
    story = at_ask(f"soft: 5m, {HARD}")
    story.pass_by(*story.due("soft")[0])
    assert not story.due("soft") and falls_due(story, "limit") == NOON + 40 * MIN
    (late,) = story.run.late_now
    assert (late.step, late.soft_at) == ("ask", NOON + 15 * MIN)
    story.answer("ask", "ok")
    assert story.path()[-1] == "ask ok" and story.run.late_now == []
    assert story.run.late["ask"] == late


MOMENTS = {
    "opened": (NOON, ()),
    "run": (NOON, ()),
    "found": (NOON - 3 * MIN, (found(),)),
    "aware": (NOON, (aware(),)),
    "first": (NOON + 10 * MIN, ()),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_limits_count_from_each_moment(moment: str) -> None:
    base, before = MOMENTS[moment]
    story = at_ask(f"from: {moment}, soft: 20m, {HARD}", *before)
    assert falls_due(story, "soft") == base + 20 * MIN
    assert falls_due(story, "limit") == base + 30 * MIN
    assert limits(story).counted == f"from {moment}"
    (asked,) = story.all(Asked)
    assert isinstance(asked, Asked) and asked.limit_at == base + 30 * MIN


def test_they_count_towards_a_deadline_and_move_with_it() -> None:
    story = at_ask(f"before: report, soft: 2h, {HARD}", deadline(300))
    assert falls_due(story, "soft") == NOON + 180 * MIN
    assert falls_due(story, "limit") == NOON + 270 * MIN
    story.add(deadline(100), by=person("ana"))
    assert falls_due(story, "limit") == NOON + 70 * MIN
    assert [f.hard_at for f in story.all(LimitsSet) if isinstance(f, LimitsSet)] == [
        NOON + 270 * MIN, NOON + 70 * MIN,
    ]  # fmt: skip
    assert limits(story).counted == "towards report"


@pytest.mark.parametrize(
    ("words", "why"),
    [("from: found", "found is not known"), ("from: aware", "aware is not known"),
     ("from: done", "done is not known"), ("before: report", "report is not set")],
)  # fmt: skip
def test_an_unknown_moment_is_the_steps_beginning_and_that_is_on_record(
    words: str, why: str
) -> None:
    story = at_ask(f"{words}, {HARD}")
    assert falls_due(story, "limit") == NOON + 40 * MIN
    assert limits(story).counted == f"from its beginning, because {why}"


def test_a_moment_that_becomes_known_moves_them() -> None:
    story = at_ask(f"from: aware, {HARD}")
    story.add(aware(PersonClass.OUTSIDER), by=person("x"))
    assert "not known" in limits(story).counted
    story.now += MIN
    story.add(aware(), by=person("ana"))
    assert falls_due(story, "limit") == NOON + 41 * MIN
    story.now += MIN
    story.add(aware(), by=person("ben"))
    assert falls_due(story, "limit") == NOON + 41 * MIN, "the first of them counts"


def test_a_later_finding_never_gives_more_time() -> None:
    story = at_ask(f"from: found, {HARD}", found())
    story.add(found(since=NOON + MIN), by=person("ana"))
    assert falls_due(story, "limit") == NOON + 27 * MIN
    story.add(found(since=NOON - 9 * MIN), by=person("ana"))
    assert falls_due(story, "limit") == NOON + 21 * MIN


def test_what_is_past_already_passes_at_once() -> None:
    story = at_ask(f"before: report, soft: 2h, {HARD}", deadline(20))
    assert falls_due(story, "limit") < story.now and falls_due(story, "soft") < story.now
    story.pass_by(*story.due("limit")[0])
    assert story.path()[-1] == "ask gone"


def test_limits_of_approvals_and_acts_count_so_too() -> None:
    text = (
        HEAD
        + "  ask: {approve: Go, role: r, from: opened, limit: 1h, on_limit: act, next: act,\n"
        + "        on_declined: act}\n"
        + "  act: {act: c, target: t, wanted: w, approvals: 1, from: opened, limit: 2h,\n"
        + "        on_limit: late, on_declined: late, next: done}\n"
        + ENDS
    )
    story = Story(text)
    story.pass_by(*story.due("wait")[0])
    assert falls_due(story, "limit") == NOON + 60 * MIN
    story.pass_by(*story.due("limit")[0])
    assert falls_due(story, "limit") == NOON + 120 * MIN
    story.pass_by(*story.due("limit")[0])
    assert story.path()[-2:] == ["ask limit", "act limit"]


def test_a_second_visit_is_late_anew() -> None:
    text = (
        HEAD.replace("next: ask", "next: look")
        + "  look: {probe: e, target: t, wanted: w, soft: 1m, next: done, on_not_shown: rest}\n"
        + "  rest: {wait: 5m, rounds_max: 2, next: look, on_rounds_max: late}\n"
        + ENDS
    )
    story = Story(text)
    story.pass_by(*story.due("wait")[0])
    for _ in range(2):
        story.pass_by(*story.due("soft")[0])
        story.probe("look", Verdict.NOT_SHOWN)
        assert story.run.late_now == []
        story.pass_by(*story.due("wait")[0])
    assert len(story.all(SoftLimitPassed)) == 2 and story.due("soft")


@given(
    st.lists(
        st.one_of(
            st.floats(-500, 500).map(deadline),
            st.sampled_from(list(PersonClass)).map(aware),
            st.integers(-500, 500).map(lambda n: found(since=NOON + n * MIN)),
        ),
        max_size=8,
    ),
    st.sampled_from(["before: report", "from: found", "from: aware", "from: first"]),
)
def test_whatever_comes_the_newest_record_says_what_is_due(facts: list[Fact], words: str) -> None:
    story = at_ask(f"{words}, soft: 5m, {HARD}")
    for fact in facts:
        story.add(fact, by=person("ana"))
        assert falls_due(story, "limit") == limits(story).hard_at
        assert falls_due(story, "soft") == limits(story).soft_at
        assert next_facts(story.plan, story.run, story.now + MIN, story.rules) == []
    again = Runs()
    for entry in story.entries:
        again.apply(msgspec.structs.replace(entry))
    assert due_pieces(story.plan, again.by_id["r"]) == due_pieces(story.plan, story.run)


def test_an_act_without_a_moment_waits_as_long_as_the_plan_says() -> None:
    act = (
        "  ask: {act: c, target: t, wanted: w, approvals: 1, limit: 30m, on_limit: late,\n"
        "        on_declined: late, next: done}\n"
    )
    story = Story(HEAD + act + ENDS)
    story.pass_by(*story.due("wait")[0])
    assert falls_due(story, "limit") == NOON + 40 * MIN
    endless = Story(HEAD + act.replace("limit: 30m, on_limit: late,", "") + ENDS)
    endless.pass_by(*endless.due("wait")[0])
    assert not endless.due("limit")


def test_a_question_keeps_the_limit_that_was_recorded_with_it() -> None:
    story = at_ask(HARD)
    other = plan_of(asking("limit: 5h, on_limit: gone").encode())
    (question,) = story.run.questions.values()
    (spot,) = Spots(story.plan, story.run).now().values()
    step = other.steps["ask"]
    assert passes_at(other, story.run, step, spot, question) == NOON + 40 * MIN
    assert hard_at(other, story.run, step, spot, NOON) == NOON + 300 * MIN
    assert hard_at(other, story.run, other.steps["done"], spot, NOON) is None


@pytest.mark.parametrize("before", [True, False])
def test_beyond_the_calendar_is_its_end(before: bool) -> None:
    if before:
        edge = msgspec.structs.replace(deadline(0), conservative_at=FIRST)
        assert falls_due(at_ask(f"before: report, {HARD}", edge), "limit") == FIRST
    else:
        assert falls_due(at_ask(f"from: found, {HARD}", found(since=LAST)), "limit") == LAST
