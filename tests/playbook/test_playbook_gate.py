"""A recovery gate: every check looks, in any order, and only all of them together open it."""

from __future__ import annotations

from itertools import product

import pytest

from playbook_story import Story
from tocsin.facts import Refused
from tocsin.facts.runs import Verdict
from tocsin.playbook import plan_of, sight_of
from tocsin.playbook.steps import Criterion, Gate

PLAN = """
plan: p
version: 1
title: T
steps:
  find: {probe: target, target: m, wanted: verified, next: ready, on_not_shown: bad}
  ready:
    gate:
      - {probe: eye, target: "m@{find.value}", wanted: good, criterion: performance}
      - {probe: eye, target: m, wanted: fair, criterion: fairness}
      - {probe: other, target: m, wanted: safe, criterion: safety}
    next: over
    on_not_shown: again
    on_undetermined: bad
  again: {wait: 1h, rounds_max: 2, next: ready, on_rounds_max: bad}
  over: {end: completed}
  bad: {end: failed}
"""
SHOWN, NOT, UNSURE = Verdict.SHOWN, Verdict.NOT_SHOWN, Verdict.UNDETERMINED


def at_gate() -> Story:
    story = Story(PLAN)
    story.probe("find", SHOWN, "7")
    return story


@pytest.mark.parametrize("verdicts", list(product((SHOWN, NOT, UNSURE), repeat=3)))
@pytest.mark.parametrize("order", [(1, 2, 3), (3, 1, 2)])
def test_it_opens_only_where_every_check_shows_it(
    verdicts: tuple[Verdict, ...], order: tuple[int, ...]
) -> None:
    story = at_gate()
    for number in order:
        assert story.run.results.get("ready") is None, "all checks look, whatever one shows"
        assert number in [piece.turn for piece, _ in story.due("probe")]
        story.probe("ready", verdicts[number - 1], check=number)
    result = NOT if NOT in verdicts else UNSURE if UNSURE in verdicts else SHOWN
    assert story.run.results["ready"] == result.value
    to = {SHOWN: "over", NOT: "again", UNSURE: "bad"}[result]
    assert story.run.moves[1].next == to


def test_each_check_is_due_once_and_known_by_its_place() -> None:
    story = at_gate()
    assert [piece.turn for piece, _ in story.due("probe")] == [1, 2, 3]
    assert len({piece.key for piece, _ in story.due("probe")}) == 3
    story.probe("ready", SHOWN, check=2)
    assert [piece.turn for piece, _ in story.due("probe")] == [1, 3]
    assert "ready[2]" in story.run.shown


def test_a_second_round_looks_at_everything_again() -> None:
    story = at_gate()
    for number in (1, 2, 3):
        story.probe("ready", NOT if number == 2 else SHOWN, check=number)
    story.pass_by(*story.due("wait")[0])
    assert [piece.turn for piece, _ in story.due("probe")] == [1, 2, 3]
    for number in (1, 2, 3):
        story.probe("ready", SHOWN, check=number)
    assert story.path()[-1] == "ready shown"


def test_a_check_looks_at_what_was_found_before() -> None:
    story = at_gate()
    step = story.plan.steps["ready"]
    assert isinstance(step, Gate)
    sight = sight_of(step, 1, story.run)
    assert (sight.name, sight.target, sight.criterion) == ("ready[1]", "m@7", Criterion.PERFORMANCE)


def test_what_was_found_and_cannot_stand_in_a_check_leaves_it_undetermined() -> None:
    story = Story(PLAN)
    story.probe("find", SHOWN, "not a word")
    assert story.path() == ["find shown", "ready undetermined"]


def test_a_check_asks_only_for_what_a_probe_has_surely_found() -> None:
    other_way = PLAN.replace("on_not_shown: bad}", "on_not_shown: ready}", 1)
    with pytest.raises(Refused, match="a way leads here on which find has found nothing"):
        plan_of(other_way.encode())
    with pytest.raises(Refused, match=r"gate\[0\].target: no probe step is called fnd"):
        plan_of(PLAN.replace("{find.value}", "{fnd.value}").encode())
