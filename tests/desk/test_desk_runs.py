"""Runs from start to end on the wound clock: branches, joins, timers, questions, limits, halts."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from run_plans import LONG, LOOP, STOP

from desk_world import (
    ANA,
    BY_ANA,
    LOG,
    NOON,
    Eye,
    Hand,
    check_intents,
    ending,
    facts,
    kinds,
    opened,
    path,
    started,
    world_of,
)
from tocsin.desk import Worker, Writer, run_until_idle
from tocsin.desk.plans.runs import answer, cancel, pause, resume, start_run
from tocsin.exercise.clock import VirtualClock
from tocsin.facts import Asserter, Author, Proof, Refused
from tocsin.facts.incidents import Assigned, Noted
from tocsin.facts.runs import (
    Attempted,
    Ordered,
    Probed,
    Receipted,
    RunTakenOver,
    StepFailed,
    Verdict,
)
from tocsin.world import Work


def test_a_step_is_two_commits() -> None:
    hand = Hand()
    world = world_of({"switch": hand})
    started(world, STOP)
    commits = []
    append = world.journal.append
    world.journal.append = lambda *a, **k: commits.append(a[2]) or append(*a, **k)  # type: ignore[method-assign]
    run_until_idle(world)
    assert [[type(d.fact).__name__ for d in drafts] for drafts in commits] == [
        ["Attempted"],
        ["Receipted", "StepEnded", "RunEnded"],
    ]
    assert hand.state == {"assistant": "off"}


def test_what_follows_is_recorded_without_any_worker() -> None:
    world = world_of({"switch": Hand()})
    started(world, STOP)
    assert kinds(world) == ["Opened", "RunStarted", "Ordered"]
    authors = [entry.author.kind for entry in world.journal.read(LOG)]
    assert authors == [Asserter.PERSON, Asserter.PERSON, Asserter.HOME]


def test_branches_join_and_seventy_two_hours_pass_at_once() -> None:
    hands = {"switch": Hand(), "page": Hand()}
    world = world_of(hands, {"eye": Eye(hands["switch"])})
    started(world, LONG)
    run_until_idle(world)
    assert path(world) == [
        ("off", "done"), ("watch", "done"), ("tell", "done"), ("both", "done"),
        ("check", "shown"), ("ask", "yes"),
    ]  # fmt: skip
    assert ending(world) == "completed"
    assert world.clock.now() == NOON + timedelta(hours=72 + 24)
    check_intents(world, hands)


def test_an_answer_ends_the_question_and_the_limit_is_gone() -> None:
    hands = {"switch": Hand(), "page": Hand()}
    world = world_of(hands, {"eye": Eye(hands["switch"])})
    desk = started(world, LONG)
    run_until_idle(world, until=NOON + timedelta(hours=80))
    with pytest.raises(Refused, match="commander"):
        answer(desk, LOG, "run-1", "ask", "no", "", BY_ANA)

    desk.record(LOG, lambda _: [Assigned(role="commander", person="ana")], ANA)
    with pytest.raises(Refused, match="did you mean"):
        answer(desk, LOG, "run-1", "ask", "noo", "", BY_ANA)
    answer(desk, LOG, "run-1", "ask", "no", "still wrong", BY_ANA)
    assert ending(world) == "failed"
    assert world.journal.next_due() is None
    with pytest.raises(Refused, match="ended"):
        answer(desk, LOG, "run-1", "ask", "yes", "", BY_ANA)


def test_a_loop_counts_its_rounds_and_each_order_has_its_own_key() -> None:
    hand = Hand()
    world = world_of({"switch": hand}, {"eye": Eye(hand, Verdict.NOT_SHOWN)})
    started(world, LOOP)
    run_until_idle(world)
    assert ending(world) == "failed"
    assert len(hand.calls) == 3 and len(set(hand.calls)) == 3
    assert world.clock.now() == NOON + timedelta(minutes=10)


def test_a_lost_branch_is_joined_and_told() -> None:
    hands = {"switch": Hand(trouble={1: "never"}), "page": Hand()}
    world = world_of(hands, {"eye": Eye(hands["switch"])})
    started(world, LONG)
    run_until_idle(world)
    assert path(world)[-1] == ("both", "failed")
    assert ending(world) == "failed"
    assert hands["page"].calls, "the other branch went on to its end"


def test_a_paused_run_begins_no_act_and_a_resumed_one_goes_on() -> None:
    hand = Hand()
    world = world_of({"switch": hand})
    desk = started(world, STOP)
    pause(desk, LOG, "run-1", "wait for counsel", BY_ANA)
    run_until_idle(world)
    assert not hand.calls
    with pytest.raises(Refused, match="paused"):
        pause(desk, LOG, "run-1", "again", BY_ANA)
    resume(desk, LOG, "run-1", "go", BY_ANA)
    run_until_idle(world)
    assert ending(world) == "completed"


@pytest.mark.parametrize("halt", [pause, cancel])
def test_the_receipt_of_an_act_already_begun_is_recorded_although_the_run_was_halted(halt) -> None:
    hand = Hand()
    world = world_of({"switch": hand})
    desk = started(world, STOP)
    hand.on_act = lambda: halt(desk, LOG, "run-1", "stop", BY_ANA)
    run_until_idle(world)
    assert len(facts(world, Receipted)) == 1
    if halt is pause:
        assert ending(world) is None
        resume(desk, LOG, "run-1", "go", BY_ANA)
        assert ending(world) == "completed"
    else:
        assert ending(world) == "cancelled"


def test_a_cancelled_run_ends_at_once_when_nothing_is_open() -> None:
    hand = Hand()
    world = world_of({"switch": hand})
    desk = started(world, STOP)
    cancel(desk, LOG, "run-1", "false alarm", BY_ANA)
    assert ending(world) == "cancelled"
    run_until_idle(world)
    assert not hand.calls


def test_a_probe_that_fails_is_undetermined_and_the_plan_goes_on() -> None:
    class Blind:
        def sample(self, target: str, wanted: str, since: datetime):
            raise KeyError("bug")

    world = world_of({"switch": Hand()}, {"eye": Blind()})
    started(world, LOOP)
    run_until_idle(world)
    assert {f.verdict for f in facts(world, Probed)} == {Verdict.UNDETERMINED}
    assert ending(world) == "failed"


def test_a_plan_that_vanished_stops_nobody_else_and_comes_back() -> None:
    hand = Hand()
    world = world_of({"switch": hand})
    desk = started(world, STOP)
    kept = dict(world.vault.contents)  # type: ignore[attr-defined]
    world.vault.contents.clear()  # type: ignore[attr-defined]
    fresh = Writer(world)
    fresh.record(LOG, lambda _: [Noted(text="the record goes on")], ANA)
    run_until_idle(world)
    assert facts(world, StepFailed) and not hand.calls
    assert len(facts(world, StepFailed)) <= 3
    world.vault.contents.update(kept)  # type: ignore[attr-defined]
    desk.refresh(LOG)
    run_until_idle(world)
    assert ending(world) == "completed"


def test_a_run_keeps_its_plan_when_the_file_changes() -> None:
    world = world_of({"switch": Hand()})
    started(world, STOP)
    started_again = Writer(world)
    start_run(started_again, LOG, STOP.replace("wanted: off", "wanted: safe").encode(), BY_ANA)
    run_until_idle(world)
    wanted = [f.wanted for f in facts(world, Ordered)]
    assert wanted == ["off", "safe"]


def test_a_plan_that_needs_a_hand_that_is_not_there_is_refused() -> None:
    world = world_of({"swich": Hand()})
    desk = opened(world)
    with pytest.raises(Refused, match='did you mean "swich"'):
        start_run(desk, LOG, STOP.encode(), BY_ANA)
    with pytest.raises(Refused, match="open the incident first"):
        start_run(Writer(world_of({"switch": Hand()})), LOG, STOP.encode(), BY_ANA)


def test_a_late_worker_is_refused_and_the_one_that_took_over_records() -> None:
    hand = Hand()
    world = world_of({"switch": hand})
    started(world, STOP)
    first, second = Worker(world, name="w1"), Worker(world, name="w2")

    def fall_asleep() -> None:
        hand.on_act = lambda: None
        assert isinstance(world.clock, VirtualClock)
        world.clock.wind(timedelta(seconds=31))
        second.serve()

    hand.on_act = fall_asleep
    first.serve()
    assert [f.worker for f in facts(world, Attempted)] == ["w1", "w2"]
    assert [f.fence for f in facts(world, Attempted)] == [1, 2]
    over = facts(world, RunTakenOver)
    assert [(f.from_worker, f.to_worker) for f in over] == [("w1", "w2")]
    receipts = [e for e in world.journal.read(LOG) if isinstance(e.fact, Receipted)]
    assert [e.author.who for e in receipts] == ["w2"]
    assert ending(world) == "completed" and len(set(hand.calls)) == 1


def test_nobody_takes_work_whose_lease_still_runs() -> None:
    hand = Hand()
    world = world_of({"switch": hand})
    started(world, STOP)
    first, second = Worker(world, name="w1"), Worker(world, name="w2")
    served: list[int] = []
    hand.on_act = lambda: served.append(second.serve())
    first.serve()
    assert served == [0] and len(hand.calls) == 1


def test_a_row_without_work_behind_it_is_swept() -> None:
    world = world_of({"switch": Hand()})
    opened(world)
    head = world.journal.head(LOG)
    world.journal.append(LOG, head, [], ANA, work=Work(due={"order/9/0//run-9": NOON}))
    run_until_idle(world)
    assert world.journal.next_due() is None


def test_a_machine_may_report_and_the_runs_stay_as_they_are() -> None:
    world = world_of({"switch": Hand()})
    desk = started(world, STOP)
    before = world.journal.due(NOON, 9)
    bot = Author(who="monitor", kind=Asserter.MACHINE, proof=Proof.TOKEN, key="t1")
    desk.record(LOG, lambda _: [Noted(text="errors at 9 %")], bot)
    assert world.journal.due(NOON, 9) == before
