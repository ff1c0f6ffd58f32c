"""Limits on the desk: late is told, a moved deadline moves what is due, the past binds at once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from desk_world import ANA, BY_ANA, LOG, NOON, ending, facts, path, started, world_of
from tocsin.desk import Worker, Writer, run_until_idle
from tocsin.desk.plans.runs import answer
from tocsin.dossier.account import account_of
from tocsin.dossier.gaps import gaps
from tocsin.dossier.now import now_of
from tocsin.facts import Access, Refused
from tocsin.facts.courses import LimitsSet, SoftLimitPassed
from tocsin.facts.duties import DeadlineSet
from tocsin.facts.incidents import Assigned
from tocsin.facts.runs import LimitPassed
from tocsin.incident.timeline import words_of
from tocsin.playbook import replay_runs

PLAN = """
plan: limits
version: 1
title: By the deadline
deadlines: {report: Tell the authority}
steps:
  ask: {ask: Told, role: commander, choices: {yes: done, no: lost}, before: report, soft: 2h,
        limit: 1h, on_limit: no}
  done: {end: completed}
  lost: {end: failed}
"""
HOUR = timedelta(hours=1)


def set_deadline(desk: Writer, hours: float) -> None:
    by = NOON + hours * HOUR
    fact = DeadlineSet(deadline="report", conservative_at=by, latest_at=None, basis="", source="")
    desk.record(LOG, lambda _: [fact], ANA)


def desk_of() -> Writer:
    desk = started(world_of({}), PLAN)
    desk.record(LOG, lambda _: [Assigned(role="commander", person="ana")], ANA)
    return desk


def due(desk: Writer) -> dict[str, float]:
    found = desk.world.journal.due(NOON + 1000 * HOUR, 10)
    return {one.key.partition("/")[0]: (one.at - NOON) / HOUR for one in found}


def test_the_rows_of_what_is_due_move_with_the_deadline() -> None:
    desk = desk_of()
    assert due(desk) == {"soft": 2, "limit": 1}  # nothing is known: counted from its beginning
    set_deadline(desk, 10)
    assert due(desk) == {"soft": 8, "limit": 9}
    set_deadline(desk, 5)
    assert due(desk) == {"soft": 3, "limit": 4}
    assert [one.counted for one in facts(desk.world, LimitsSet)] == [
        "from its beginning, because report is not set", "towards report", "towards report",
    ]  # fmt: skip


def test_late_is_told_and_the_limit_takes_its_choice() -> None:
    desk = desk_of()
    set_deadline(desk, 10)
    run_until_idle(desk.world, until=NOON + 8 * HOUR)
    (late,) = facts(desk.world, SoftLimitPassed)
    assert late.soft_at == NOON + 8 * HOUR
    entries = desk.world.journal.read(LOG)
    account = account_of(entries, frozenset(Access))
    now = now_of(account, replay_runs(entries), "7K3", desk.world.clock.now())
    assert now.clock[0] == "ask (run-1) is LATE: should be over since 23 Nov 20:00 UTC"
    assert any("step ask of run-1 was late" in gap for gap in gaps(account))
    assert "is LATE" in words_of(late)
    run_until_idle(desk.world)
    assert path(desk.world) == [("ask", "no")] and len(facts(desk.world, LimitPassed)) == 1
    assert ending(desk.world) == "failed" and desk.world.journal.next_due() is None


def test_an_answer_binds_by_the_limit_as_it_stands_now() -> None:
    desk = desk_of()
    desk.world.clock.sleep(3600)
    with pytest.raises(Refused, match="too late for question ask"):
        answer(desk, LOG, "run-1", "ask", "yes", "", BY_ANA)
    set_deadline(desk, 10)
    answer(desk, LOG, "run-1", "ask", "yes", "", BY_ANA)
    assert ending(desk.world) == "completed"


def test_a_deadline_that_is_over_ends_it_at_once() -> None:
    desk = desk_of()
    set_deadline(desk, -5)
    with pytest.raises(Refused, match="too late"):
        answer(desk, LOG, "run-1", "ask", "yes", "", BY_ANA)
    run_until_idle(desk.world)
    assert desk.world.clock.now() == NOON and path(desk.world) == [("ask", "no")]


def test_a_worker_that_comes_with_an_old_row_records_nothing_before_its_time() -> None:
    desk = desk_of()
    (old,) = [one for one in desk.world.journal.due(NOON + HOUR, 10) if "limit" in one.key]
    set_deadline(desk, 10)
    desk.world.clock.sleep(3600)
    worker = Worker(desk.world)
    worker._serving.serve(old)
    assert not facts(desk.world, LimitPassed) and path(desk.world) == []
