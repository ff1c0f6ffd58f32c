"""A recovery gate on the desk: its eyes are asked for beforehand, and each look is on record."""

from __future__ import annotations

import pytest

from desk_world import BY_ANA, LOG, Eye, Hand, ending, facts, opened, path, started, world_of
from tocsin.desk import run_until_idle
from tocsin.desk.plans.runs import start_run
from tocsin.dossier.account import account_of
from tocsin.dossier.report import Paper, as_html, as_markdown
from tocsin.facts import Access, Refused
from tocsin.facts.runs import Probed, Verdict
from tocsin.incident.timeline import words_of

PLAN = """
plan: gate
version: 1
title: Look before it comes back
steps:
  ready:
    gate:
      - {probe: eye, target: a, wanted: on, criterion: safety}
      - {probe: fair, target: b, wanted: on, criterion: fairness}
    next: done
    on_not_shown: no
    on_undetermined: unsure
  done: {end: completed}
  no: {end: failed}
  unsure: {end: failed}
"""


@pytest.mark.parametrize(
    ("verdict", "result", "end"),
    [
        (None, "shown", "completed"),
        (Verdict.NOT_SHOWN, "not-shown", "failed"),
        (Verdict.UNDETERMINED, "undetermined", "failed"),
    ],
)
def test_every_check_looks_and_is_on_record(verdict: Verdict | None, result: str, end: str) -> None:
    eyes = {"eye": Eye(Hand(), verdict), "fair": Eye(Hand())}
    world = world_of({}, eyes)
    started(world, PLAN)
    run_until_idle(world)
    assert path(world) == [("ready", result)] and ending(world) == end
    looks = facts(world, Probed)
    assert sorted(one.step for one in looks) == ["ready[1]", "ready[2]"]
    assert eyes["eye"].looks == eyes["fair"].looks == 1
    asked = {one.step: one.hypothesis for one in looks}
    assert asked["ready[2]"] == "fairness: b is on"


def test_a_plan_whose_check_has_no_eye_here_does_not_begin() -> None:
    world = world_of({}, {"eye": Eye(Hand())})
    desk = opened(world)
    with pytest.raises(Refused, match="look through fair"):
        start_run(desk, LOG, PLAN.encode(), BY_ANA)


def test_an_eye_that_was_taken_away_since_cannot_tell() -> None:
    world = world_of({}, {"eye": Eye(Hand()), "fair": Eye(Hand())})
    started(world, PLAN)
    del world.probes["fair"]  # type: ignore[attr-defined]
    run_until_idle(world)
    assert path(world) == [("ready", "undetermined")]


def test_the_report_and_the_timeline_tell_each_check() -> None:
    world = world_of({}, {"eye": Eye(Hand(), Verdict.NOT_SHOWN), "fair": Eye(Hand())})
    started(world, PLAN)
    run_until_idle(world)
    account = account_of(world.journal.read(LOG), frozenset(Access))
    assert len(account.checks) == 2 and not account.looks
    paper = Paper(name="7K3", made_at=world.clock.now(), origin="o", key="k", readers="all")
    for text in (as_html(account, paper, []), as_markdown(account, paper, [])):
        assert "Checks before it came back" in text and "fairness: b is on" in text
    (first,) = [one for one in facts(world, Probed) if one.step == "ready[1]"]
    assert words_of(first).startswith("Check ready[1] (safety: a is on): it is NOT so")
