"""Several workers and real time: acts at once, leases kept alive or lost, the same piece twice."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest

from desk_world import (
    ANA,
    BY_ANA,
    LOG,
    Hand,
    check_intents,
    ending,
    facts,
    started,
    world_of,
)
from tocsin.desk import Worker, Writer, run_until_idle, work
from tocsin.desk.acting.heartbeat import Heartbeat
from tocsin.desk.plans.runs import start_run
from tocsin.desk.record import draft
from tocsin.exercise.memory import MemoryJournal
from tocsin.facts import LeaseLost, Unreachable
from tocsin.facts.incidents import Noted
from tocsin.facts.runs import Attempted, Receipted, Repeatable, RunTakenOver
from tocsin.journal.store import Store
from tocsin.world import Lease, RandomIds, RealClock, World

PATIENCE = 20  # seconds; only a test that fails waits so long
ACT = """
plan: act
version: 1
title: One act
steps:
  off: {act: switch, target: assistant, wanted: off, attempts_max: 3, on_failure: lost, next: done}
  done: {end: completed}
  lost: {end: failed}
"""
THREE = """
plan: three
version: 1
title: Three acts at once
steps:
  all: {parallel: [a, b, c], next: done, on_failure: done}
  a: {act: switch, target: a, wanted: off, next: join}
  b: {act: switch, target: b, wanted: off, next: join}
  c: {act: switch, target: c, wanted: off, next: join}
  done: {end: completed}
"""


def in_real_time(hand: Hand) -> World:
    """The small world, but its time is the machine's."""
    clock, ids = RealClock(), RandomIds()
    paper = world_of({"switch": hand})
    return msgspec.structs.replace(paper, clock=clock, ids=ids, journal=MemoryJournal(clock, ids))


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.005)


class Threads:
    """Runs `work` until the end of the `with`, and tells what it raised."""

    def __init__(self, world: World, parallel: int) -> None:
        self.stop = threading.Event()
        self.thread = threading.Thread(
            target=work,
            args=(world, self.stop),
            kwargs={"name": "w", "parallel": parallel, "poll_seconds": 0.02},
        )

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()


def test_three_acts_go_on_at_once_and_all_threads_end() -> None:
    together = threading.Barrier(3, timeout=PATIENCE)
    hand = Hand()
    hand.on_act = lambda: together.wait() and None
    world = in_real_time(hand)
    before = threading.active_count()
    started(world, THREE)
    with Threads(world, parallel=3):
        until(lambda: ending(world) is not None)
    assert ending(world) == "completed" and not together.broken
    assert {a.worker for a in facts(world, Attempted)} == {"w", "w.2", "w.3"}
    check_intents(world, {"switch": hand})
    assert threading.active_count() == before


def test_one_worker_acts_once_at_a_time() -> None:
    hand, at_once, most = Hand(), [0], [0]

    def act() -> None:
        at_once[0] += 1
        most[0] = max(most[0], at_once[0])
        time.sleep(0.02)
        at_once[0] -= 1

    hand.on_act = act
    world = in_real_time(hand)
    started(world, THREE)
    with Threads(world, parallel=1):
        until(lambda: ending(world) is not None)
    assert most == [1] and len(hand.calls) == 3


def test_workers_wait_out_a_record_that_is_away() -> None:
    hand = Hand()
    world = in_real_time(hand)
    started(world, ACT)
    due, asked = world.journal.due, []

    def away(*args):
        asked.append(1)
        if len(asked) == 1:
            raise Unreachable("the server is gone")
        return due(*args)

    world.journal.due = away  # type: ignore[method-assign]
    with Threads(world, parallel=1):
        until(lambda: ending(world) is not None)
    assert ending(world) == "completed" and len(asked) > 1


def test_an_act_longer_than_its_lease_is_nobody_elses_while_the_heart_beats() -> None:
    lease = timedelta(seconds=0.3)
    hand = Hand()
    world = in_real_time(hand)
    started(world, ACT)
    heartbeat = Heartbeat(world, lease)
    slow = Worker(world, name="slow", lease=lease, heartbeat=heartbeat)
    other = Worker(world, name="other", lease=lease)

    def long_act() -> None:
        end = time.monotonic() + 4 * lease.total_seconds()
        while time.monotonic() < end:
            assert other.serve() == 0, "the other worker saw work that is held"
            time.sleep(0.01)

    hand.on_act = long_act
    slow.serve()
    heartbeat.stop()
    assert len(hand.calls) == 1 and ending(world) == "completed"
    assert not facts(world, RunTakenOver)


def test_a_worker_whose_heart_stopped_loses_its_work_and_records_nothing() -> None:
    lease = timedelta(seconds=0.2)
    hand = Hand()
    world = in_real_time(hand)
    started(world, ACT)
    heartbeat = Heartbeat(world, lease)
    slow = Worker(world, name="slow", lease=lease, heartbeat=heartbeat)
    other = Worker(world, name="other", lease=lease)

    def fall_silent() -> None:
        hand.on_act = lambda: None
        heartbeat.stop()
        until(lambda: other.serve() > 0)

    hand.on_act = fall_silent
    slow.serve()
    receipts = [e for e in world.journal.read(LOG) if isinstance(e.fact, Receipted)]
    assert [e.author.who for e in receipts] == ["other"]
    assert [(a.worker, a.fence) for a in facts(world, Attempted)] == [("slow", 1), ("other", 2)]
    assert len(set(hand.calls)) == 1 and ending(world) == "completed"


def test_the_heart_lets_go_of_a_lease_that_is_lost_and_bears_a_record_that_is_away() -> None:
    answers: list[str] = []

    def renew(lease: Lease, until):
        answers.append(lease.key)
        if lease.key == "lost":
            return None
        if answers.count("kept") == 1:
            raise Unreachable("away")
        return msgspec.structs.replace(lease, until=until)

    world = in_real_time(Hand())
    world.journal.renew = renew  # type: ignore[method-assign]
    heartbeat = Heartbeat(world, timedelta(seconds=0.03))
    leases = [
        Lease(log=LOG, key=key, holder="w", fence=1, until=world.clock.now())
        for key in ("lost", "kept")
    ]
    with heartbeat.keeping(leases[0]), heartbeat.keeping(leases[1]):
        until(lambda: answers.count("kept") >= 3)
    heartbeat.stop()
    assert answers.count("lost") == 1
    beats = len(answers)
    time.sleep(0.05)
    assert len(answers) == beats


def race(world: World, hand: Hand, *, long: bool) -> list[str]:
    """Two workers who saw the same piece of work before either took it; who did not get it.

    A long act goes on until the other has given up; a short one may be over before it tries.
    """
    both = threading.Barrier(2, timeout=PATIENCE)
    due = world.journal.due
    first = threading.local()

    def together(*args):
        found = due(*args)
        if not getattr(first, "over", False):
            first.over = True
            both.wait()
        return found

    world.journal.due = together  # type: ignore[method-assign]
    lost: list[str] = []
    if long:
        hand.on_act = lambda: until(lambda: bool(lost))

    def serve(name: str) -> None:
        worker = Worker(world, name=name)
        served = worker._serving.serve

        def noted(one) -> None:
            try:
                served(one)
            except LeaseLost:
                lost.append(name)
                raise

        worker._serving.serve = noted  # type: ignore[method-assign]
        worker.serve()

    threads = [threading.Thread(target=serve, args=(name,)) for name in ("w1", "w2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    return lost


@pytest.mark.parametrize("long", [True, False, False, False])
def test_two_workers_at_the_same_piece_act_once(long: bool) -> None:
    hand = Hand(Repeatable.NEITHER)
    world = in_real_time(hand)
    started(world, ACT)
    lost = race(world, hand, long=long)
    assert len(lost) == 1 or not long
    assert len(hand.effects) == len(hand.calls) == 1
    assert len(facts(world, Attempted)) == 1 and ending(world) == "completed"


@pytest.mark.parametrize("long", [True, False])
def test_two_workers_at_the_same_piece_act_once_on_each_engine(store: Store, long: bool) -> None:
    hand = Hand(Repeatable.NEITHER)
    world = msgspec.structs.replace(
        world_of({"switch": hand}), journal=store, clock=store.clock, ids=RandomIds()
    )
    started(world, ACT)
    lost = race(world, hand, long=long)
    assert len(lost) == 1 or not long
    assert len(hand.effects) == len(hand.calls) == 1
    assert len(facts(world, Attempted)) == 1 and ending(world) == "completed"


def test_a_worker_reads_nothing_as_long_as_nobody_else_writes() -> None:
    world = world_of({"switch": Hand()})
    desk = started(world, THREE)
    read, reads = world.journal.read, []

    def counted(*args):
        reads.append(args)
        return read(*args)

    world.journal.read = counted  # type: ignore[method-assign]
    run_until_idle(world, worker=Worker(world, desk=desk))
    assert reads == []
    world.journal.read = read  # type: ignore[method-assign]
    assert ending(world) == "completed"


def test_what_others_wrote_meanwhile_is_read_before_anything_is_decided() -> None:
    """A worker that trusts what it knows is refused by the record, reads on, and goes on."""
    hand = Hand()
    world = world_of({"switch": hand})
    desk, other = started(world, THREE), Writer(world)
    worker = Worker(world, desk=desk)
    hand.on_act = lambda: other.record(LOG, lambda _: [Noted(text="seen")], ANA) and None
    run_until_idle(world, worker=worker)
    assert ending(world) == "completed" and len(facts(world, Noted)) == 3
    assert [e.seq for e in desk.known(LOG).entries] == list(range(1, world.journal.head(LOG) + 1))
    assert desk.known(LOG).runs == Writer(world).known(LOG).runs


def test_what_was_supposed_and_refused_is_taken_back() -> None:
    """After a conflict the same desk knows exactly what a desk that just began knows."""
    world = world_of({"switch": Hand()})
    desk, other = started(world, ACT), Writer(world)
    append, turns = world.journal.append, []

    def cut_in(*args, **kwargs):
        if not turns:
            turns.append(1)
            other.record(LOG, lambda _: [Noted(text="first")], ANA)
        return append(*args, **kwargs)

    world.journal.append = cut_in  # type: ignore[method-assign]
    Worker(world, desk=desk).serve()
    desk.decide(LOG, lambda _: [draft(Noted(text="mine"), world.clock.now())], ANA)
    fresh = Writer(world).known(LOG)
    known = desk.known(LOG)
    assert known.runs == fresh.runs and known.entries == fresh.entries
    assert known.systems == fresh.systems == ("assistant",)
    assert desk.pieces(known) == Writer(world).pieces(fresh)


def test_a_worker_of_one_run_serves_no_other_and_finds_its_own_behind_many() -> None:
    hand = Hand()
    world = world_of({"switch": hand})
    desk = started(world, ACT)
    for _ in range(40):
        start_run(desk, LOG, ACT.encode(), BY_ANA)
    own = start_run(desk, LOG, ACT.replace("assistant", "own").encode(), BY_ANA)
    run_until_idle(world, worker=Worker(world, desk=desk, only=(LOG, own)))
    assert hand.state == {"own": "off"} and not desk.run(LOG, own).is_open
    assert len({a.run for a in facts(world, Attempted)}) == 1
    run_until_idle(world)
    assert hand.state == {"own": "off", "assistant": "off"}
