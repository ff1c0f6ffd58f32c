"""The event loop and SimPy give the same answers to the same draws, to the millisecond."""

from __future__ import annotations

import pytest
from networks import Growing
from simpy_oracle import run

from tocsin.playbook.simulation.calendar import HOUR_MS
from tocsin.playbook.simulation.engine import Engine
from tocsin.playbook.simulation.network import Kind


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
