"""Runs from start to end on the wound clock: branches, joins, timers, questions, limits, halts."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import pytest
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
from tocsin.desk.record import draft
from tocsin.desk.repeating import wish
from tocsin.desk.runs import By, answer, cancel, judge_outcome, pause, resume, start_run
from tocsin.exercise.clock import VirtualClock
from tocsin.facts import Asserter, Author, Conflict, Draft, LeaseLost, Proof, Refused
from tocsin.facts.incidents import Assigned, Noted
from tocsin.facts.runs import (
    Attempted,
    AttemptFailed,
    Ordered,
    Outcome,
    OutcomeUnknown,
    Probed,
    Receipted,
    Repeatable,
    RunEnded,
    RunStarted,
    RunTakenOver,
    StepFailed,
    Verdict,
)
from tocsin.playbook import OrderStanding
from tocsin.world import Work

STOP = """
plan: stop
version: 1
title: Stop it
steps:
  off: {act: switch, target: assistant, wanted: off, undo: on, attempts_max: 3,
        on_failure: lost, next: done}
  done: {end: completed}
  lost: {end: failed}
"""
LONG = """
plan: long
version: 1
title: All that can happen
steps:
  both: {parallel: [off, watch], next: check, on_failure: lost}
  off: {act: switch, target: assistant, wanted: off, next: join}
  watch: {wait: 72h, next: tell}
  tell: {act: page, target: duty, wanted: told, next: join}
  check: {probe: eye, target: assistant, wanted: off, next: ask, on_not_shown: lost}
  ask: {ask: Is it over, role: commander, choices: {yes: done, no: lost}, limit: 1d, on_limit: yes}
  done: {end: completed}
  lost: {end: failed}
"""
LOOP = """
plan: loop
version: 1
title: Try again and again
steps:
  off: {act: switch, target: assistant, wanted: off, next: check}
  check: {probe: eye, target: assistant, wanted: off, next: done, on_not_shown: rest}
  rest: {wait: 5m, next: off, rounds_max: 2, on_rounds_max: lost}
  done: {end: completed}
  lost: {end: failed}
"""


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


def test_attempts_are_capped_with_growing_pauses() -> None:
    hand = Hand(trouble={1: "refuse", 2: "refuse", 3: "refuse"})
    world = world_of({"switch": hand})
    started(world, STOP)
    run_until_idle(world)
    failed = facts(world, AttemptFailed)
    assert [f.attempt for f in failed] == [1, 2, 3]
    assert failed[2].retry_at is None
    first, second = failed[0].retry_at - NOON, failed[1].retry_at - failed[0].retry_at
    assert timedelta(seconds=0.5) <= first <= timedelta(seconds=1) <= second * 1.01
    assert path(world) == [("off", "failed")] and ending(world) == "failed"
    assert len(hand.calls) == 3


def test_a_lost_answer_of_a_keyed_act_is_asked_for_before_it_is_repeated() -> None:
    hand = Hand(trouble={1: "lose"})
    world = world_of({"switch": hand})
    started(world, STOP)
    run_until_idle(world)
    assert len(hand.calls) == 1 and len(facts(world, Receipted)) == 1
    assert ending(world) == "completed"


def test_a_dropped_call_is_repeated_under_the_same_key() -> None:
    hand = Hand(trouble={1: "drop"})
    world = world_of({"switch": hand})
    started(world, STOP)
    run_until_idle(world)
    assert len(hand.calls) == 2 and len(set(hand.calls)) == 1
    assert ending(world) == "completed"


def test_what_cannot_be_repeated_waits_for_a_person() -> None:
    hand = Hand(Repeatable.NEITHER, trouble={1: "lose"}, can_tell=False)
    world = world_of({"switch": hand})
    desk = started(world, STOP)
    run_until_idle(world)
    unknown = facts(world, OutcomeUnknown)
    assert len(unknown) == 1 and ending(world) is None
    assert len(hand.calls) == 1
    judge_outcome(desk, LOG, unknown[0].order, Outcome.DONE, "seen in their console", BY_ANA)
    assert ending(world) == "completed"
    with pytest.raises(Refused, match="nothing to judge"):
        judge_outcome(desk, LOG, unknown[0].order, Outcome.DONE, "again", BY_ANA)


def test_what_a_person_saw_not_to_have_happened_is_tried_again() -> None:
    hand = Hand(Repeatable.NEITHER, trouble={1: "drop"}, can_tell=False)
    world = world_of({"switch": hand})
    desk = started(world, STOP)
    run_until_idle(world)
    order = facts(world, OutcomeUnknown)[0].order
    judge_outcome(desk, LOG, order, Outcome.NOT_DONE, "it still serves", BY_ANA)
    run_until_idle(world)
    assert len(hand.calls) == 2 and hand.effects == [f"{LOG}/{order}"]
    assert ending(world) == "completed"


def test_a_far_side_that_can_tell_spares_the_person() -> None:
    hand = Hand(Repeatable.NEITHER, trouble={1: "lose"})
    world = world_of({"switch": hand})
    started(world, STOP)
    run_until_idle(world)
    assert len(hand.calls) == 1 and ending(world) == "completed"
    assert not facts(world, OutcomeUnknown)


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


def test_a_poison_step_ends_and_other_runs_are_served(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    bad = Hand(trouble={n: "crash" for n in range(1, 20)})
    good = Hand()
    world = world_of({"switch": bad, "page": good})
    desk = started(world, STOP)
    start_run(desk, LOG, STOP.replace("act: switch", "act: page").encode(), BY_ANA)
    run_until_idle(world)
    assert len(bad.calls) == 3 and facts(world, StepFailed)
    endings = {f.run: f.ending.value for f in facts(world, RunEnded)}
    assert endings == {"run-1": "failed", "run-2": "completed"}


def test_a_crash_in_an_act_that_cannot_be_repeated_asks_a_person() -> None:
    hand = Hand(Repeatable.NEITHER, trouble={1: "crash"})
    world = world_of({"switch": hand})
    started(world, STOP)
    run_until_idle(world)
    assert len(hand.calls) == 1 and facts(world, OutcomeUnknown)


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


def test_starting_twice_under_one_client_key_starts_once() -> None:

    world = world_of({"switch": Hand()})
    desk = opened(world)
    by = By(author=ANA, client_key="k1")
    assert start_run(desk, LOG, STOP.encode(), by) == start_run(desk, LOG, STOP.encode(), by)
    assert len(desk.runs(LOG)) == 1


def test_a_repetition_that_would_be_refused_gives_the_first_answer_to_the_same_wish() -> None:
    world = world_of({"switch": Hand()})
    desk = started(world, STOP)
    said: list[int] = []

    def once(entries: list) -> list[Draft]:
        if said:
            raise Refused("it is done already")
        said.append(1)
        return [draft(Noted(text="x"), NOON)]

    first = desk.decide(LOG, once, ANA, client_key="k")
    again = desk.decide(LOG, once, ANA, client_key="k", wish=wish(Noted, text="x"))
    assert again.repeated and again.last_seq == first.last_seq
    for other in (None, wish(Noted, text="y"), wish(RunStarted)):
        with pytest.raises(Refused, match="used for something else"):
            desk.decide(LOG, once, ANA, client_key="k", wish=other)
    with pytest.raises(Refused, match="done already"):
        desk.decide(LOG, once, ANA, client_key="other")


def test_a_decision_is_made_again_when_someone_wrote_first() -> None:
    world = world_of({})
    desk, other = opened(world), Writer(world)
    turns: list[int] = []

    def decide(entries: list) -> list[Draft]:
        turns.append(len(entries))
        if len(turns) < 3:
            other.record(LOG, lambda _: [Noted(text="first!")], ANA)
        return [draft(Noted(text="mine"), NOON)]

    assert desk.decide(LOG, decide, ANA).last_seq == 4
    assert turns == [1, 2, 3]

    def always_late(entries: list) -> list[Draft]:
        other.record(LOG, lambda _: [Noted(text="first!")], ANA)
        return [draft(Noted(text="mine"), NOON)]

    with pytest.raises(Refused, match="others wrote first"):
        desk.decide(LOG, always_late, ANA)


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


def test_words_from_outside_are_cut_and_made_whole() -> None:
    hand = Hand()
    hand.state["assistant"] = "x" * 100_000 + "\ud800"
    world = world_of({"switch": hand})
    started(world, STOP)
    run_until_idle(world)
    assert facts(world, Receipted)[0].before.endswith("[cut here]")
    assert ending(world) == "completed"


def test_an_unknown_order_standing_is_never_acted_upon_by_anyone() -> None:
    hand = Hand(Repeatable.NEITHER, trouble={1: "drop"}, can_tell=False)
    world = world_of({"switch": hand})
    desk = started(world, STOP)
    run_until_idle(world)
    for name in ("w2", "w3"):
        Worker(world, name=name).serve()
    order = desk.run(LOG, "run-1").orders[facts(world, OutcomeUnknown)[0].order]
    assert order.standing is OrderStanding.UNKNOWN and len(hand.calls) == 1
    assert issubclass(Conflict, Refused) and issubclass(LeaseLost, Refused)


def test_a_machine_may_report_and_the_runs_stay_as_they_are() -> None:
    world = world_of({"switch": Hand()})
    desk = started(world, STOP)
    before = world.journal.due(NOON, 9)
    bot = Author(who="monitor", kind=Asserter.MACHINE, proof=Proof.TOKEN, key="t1")
    desk.record(LOG, lambda _: [Noted(text="errors at 9 %")], bot)
    assert world.journal.due(NOON, 9) == before
