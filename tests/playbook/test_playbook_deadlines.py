"""Deadlines come in as facts: what a plan knows of them, before, after, and when they move."""

from __future__ import annotations

from datetime import timedelta

import pytest

from playbook_story import NOON, RULES, Story, person
from tocsin.facts.duties import DeadlineSet

PLAN = """
plan: p
version: 1
title: T
deadlines: {early-report: "Tell the authority"}
steps:
  when:
    decide:
      - {when: minutes_to.early_report < 60, next: hurry}
    otherwise: calm
    undetermined: unknown
  hurry: {ask: "By {deadlines.early_report}, {minutes_to.early_report} min?", role: r,
          choices: {ok: done}}
  calm: {wait: 1h, rounds_max: 3, next: when, on_rounds_max: done}
  unknown: {wait: 1h, rounds_max: 3, next: when, on_rounds_max: done}
  done: {end: completed}
"""


def deadline(minutes: float, name: str = "early-report") -> DeadlineSet:
    by = NOON + timedelta(minutes=minutes)
    return DeadlineSet(deadline=name, conservative_at=by, latest_at=by + timedelta(days=1),
                       basis="b", source="")  # fmt: skip


def test_without_a_fact_nobody_knows() -> None:
    story = Story(PLAN)
    assert story.path() == ["when undetermined"]
    story = Story(PLAN, RULES, deadline(1, "another"))
    assert story.path() == ["when undetermined"]


@pytest.mark.parametrize(
    ("minutes", "path"),
    [(61, "when otherwise"), (60, "when otherwise"), (59.99, "when 1"), (0, "when 1"),
     (-5, "when 1")],
)  # fmt: skip
def test_it_counts_to_the_conservative_instant_in_whole_minutes_that_are_left(
    minutes: float, path: str
) -> None:
    story = Story(PLAN, RULES, deadline(minutes))
    assert story.path() == [path]


def test_a_later_fact_takes_the_place_of_the_one_before() -> None:
    story = Story(PLAN)
    story.add(deadline(500), by=person("ana"))
    story.add(deadline(90), by=person("ana"))
    story.pass_by(*story.due("wait")[0])
    assert story.path()[-1] == "when 1"
    (question,) = story.run.questions.values()
    assert question.fact.question == "By 2026-11-26 13:30 UTC, 30 min?"
