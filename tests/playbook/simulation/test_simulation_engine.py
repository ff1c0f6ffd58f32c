"""The event loop and SimPy give the same answers to the same draws, to the millisecond."""

from __future__ import annotations

import pytest
from networks import Growing
from simpy_oracle import run

from tocsin.playbook.simulation.calendar import HOUR_MS
from tocsin.playbook.simulation.draws import Spread
from tocsin.playbook.simulation.engine import Engine
from tocsin.playbook.simulation.network import LOST, Activity, Kind, Network, Way, Worker


@pytest.mark.parametrize("hundred", range(4))
def test_both_writings_of_the_model_agree_on_everything(hundred: int) -> None:
    for seed in range(hundred * 100, hundred * 100 + 100):
        network = Growing(seed).network()
        engine = Engine(network, seed)
        for replication in range(4):
            before = sum(one.queue for one in engine.waiting), sum(o.work for o in engine.waiting)
            hour = (seed * 37 + replication * 41) % 168 * HOUR_MS
            mine = engine.run(replication, hour)
            theirs = run(network, seed, replication, hour)
            where = f"network {seed}, run {replication}"
            assert mine.moments == theirs["moments"], where
            assert (mine.ended, mine.last) == (theirs["ended"], theirs["last"]), where
            assert sum(one.queue for one in engine.waiting) - before[0] == theirs["queued"], where
            assert sum(one.work for one in engine.waiting) - before[1] == theirs["worked"], where


def test_the_random_networks_hold_every_kind_of_thing() -> None:
    networks = [Growing(seed).network() for seed in range(100)]
    activities = [one for network in networks for one in network.activities]
    assert {one.kind for one in activities} == set(Kind)
    assert any(one.people == 2 for one in activities)
    assert any(one.depends for one in activities)
    assert any(one.rounds_max for one in activities)
    assert any(one.limit_ms and one.limit_from > 0 for one in activities)
    assert any(one.within >= 0 and one.kind is Kind.FORK for one in activities)
    assert any(worker.spans is None for network in networks for worker in network.workers)


@pytest.mark.parametrize(("notice", "result"), [(14, "answered"), (15, "answered"), (16, "late")])
def test_an_answer_at_the_instant_of_giving_up_still_counts(notice: int, result: str) -> None:
    minute = 60_000
    call = Activity(
        id="call",
        kind=Kind.PAGE,
        ways=(Way(result="answered", share=0, to=1), Way(result="unanswered", share=0, to=2)),
        notices=Spread(median_ms=notice * minute, p90_ms=notice * minute),
        workers=(0,),
        role=0,
        limit_ms=5 * minute,  # rung three times, given up after fifteen minutes
        draws_at=1,
    )
    ends = [
        Activity(id=name, kind=Kind.END, ways=(Way(result="completed", share=0, to=LOST),))
        for name in ("answered", "late")
    ]
    network = Network(activities=(call, *ends), start=0, workers=(Worker(id="w"),), roles=("r",),
                      limits=(), moments=1, places=1 + call.draws)  # fmt: skip
    mine, theirs = Engine(network, 1).run(0, 0), run(network, 1, 0, 0)
    assert network.activities[mine.last].id == result
    assert (mine.ended, mine.last) == (theirs["ended"], theirs["last"])
