"""A flood that nothing proves keeps a proven alarm waiting for one batch, and loses nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from taking_in_house import House

from desk_world import facts
from tocsin.desk import Writer
from tocsin.desk.inbound import taking_in
from tocsin.desk.inbound.taking_in import TakingIn
from tocsin.desk.inbound.triage import taken_of
from tocsin.facts.deliveries import UNPROVEN, Arrival, Delivery
from tocsin.facts.entry import SIGNALS_LOG
from tocsin.facts.incidents import Opened
from tocsin.facts.runs import RunStarted
from tocsin.facts.signals import SignalsTaken, SignalTaken
from tocsin.signals.decide import Deciding

BATCH, AHEAD = 6, 3


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking_in, "BATCH_MAX", BATCH)
    monkeypatch.setattr(taking_in, "AHEAD_MAX", AHEAD)


class Watched(House):
    """A house that writes down in which order the places were decided, batch by batch."""

    def __init__(self, home: Path, patch: pytest.MonkeyPatch) -> None:
        super().__init__(home)
        self.came = 0
        self.order: list[Delivery] = []
        take = Deciding.take

        def watched(deciding: Deciding, delivery: Delivery, reading: object) -> None:
            self.order.append(delivery)
            take(deciding, delivery, reading)  # type: ignore[arg-type]

        patch.setattr(Deciding, "take", watched)

    def come(self, proven: Sequence[bool]) -> None:
        """So many different alarms come in, each from a proven source or from anybody."""
        arrivals = []
        for one in proven:
            self.came += 1
            payload = {"summary": f"drift {self.came}", "source": "assistant", "severity": "error"}
            event = {"event_action": "trigger", "dedup_key": f"k{self.came}", "payload": payload}
            arrivals.append(Arrival(
                format="pagerduty", source="prom" if one else UNPROVEN, proven=one, delivery="",
                said={}, body=json.dumps(event).encode(),
                received_at=self.desk.world.clock.now(),
            ))  # fmt: skip
        self.inbox.keep(arrivals)


def test_a_proven_alarm_behind_a_flood_is_served_with_the_next_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = Watched(tmp_path, monkeypatch)
    house.plan("by-rule", "default")
    house.come([False] * 50 + [True])
    house.taking.once(patient=False)
    (log,) = house.opened
    assert len(house.of(RunStarted, log)) == 1, "what it starts has begun too"
    assert len(house.order) == BATCH + 1, "the flood behind it waits on"
    (batch,) = house.of(SignalsTaken, SIGNALS_LOG)
    assert (batch.first, batch.upto, batch.last) == (1, BATCH, 51)
    assert house.taking.taken.has_decided(51, proven=True)
    assert not house.taking.taken.has_decided(50, proven=False)
    assert house.inbox.decided() == BATCH
    house.take()
    assert house.inbox.decided() == 51
    assert len(house.of(SignalTaken, SIGNALS_LOG)) == 51


_rounds = st.lists(st.lists(st.booleans(), max_size=12), min_size=1, max_size=6)


@settings(deadline=None, max_examples=40)
@given(_rounds, st.integers(0, 5))
def test_each_place_is_decided_once_and_in_order_among_its_own(
    rounds: list[list[bool]], dies_after: int
) -> None:
    """Deliveries come between rounds; once the process is another, which knows the record only."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        house = Watched(Path(folder), patch)
        others = 0  # unproven that were decided since a proven one waits
        for number, came in enumerate(rounds):
            house.come(came)
            before = len(house.order)
            waiting = [
                one for one in house.inbox.after(0, 1000, proven=True)
                if not taken_of(house.desk).has_decided(one.place, proven=True)
            ]  # fmt: skip
            house.taking.once(patient=False)
            new = house.order[before:]
            served = {one.place for one in new}
            assert all(one.place in served for one in waiting[:AHEAD]), "whatever came before it"
            others = max(others, sum(not one.proven for one in new))
            if number == dies_after:
                house.desk = Writer(house.desk.world)
                house.taking = TakingIn(house.desk, house.inbox)
        house.take()
        assert others <= BATCH
        for proven in (False, True):
            places = [one.place for one in house.order if one.proven is proven]
            every = [one.place for one in house.inbox.after(0, 1000) if one.proven is proven]
            assert places == every
        taken = house.taking.taken
        assert taken.cursor == house.inbox.last() == taken.deliveries
        assert len(house.of(SignalTaken, SIGNALS_LOG)) == house.inbox.last()
        assert sum(len(house.of(Opened, log)) for log in house.opened) == len(house.opened) <= 1


def test_proven_alarms_in_plenty_do_not_keep_the_rest_from_being_decided(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = Watched(tmp_path, monkeypatch)
    house.come([True] * 20 + [False])
    rounds = 0
    while not house.taking.taken.has_decided(21, proven=False):
        house.come([True] * AHEAD)
        house.taking.once(patient=False)
        rounds += 1
    assert rounds <= 21 // BATCH + 1


def test_two_who_take_in_a_flood_at_once_decide_each_place_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = Watched(tmp_path, monkeypatch)
    other = TakingIn(house.desk, house.inbox)
    for number in range(8):
        house.come([False] * 9 + [True])
        (house.taking if number % 2 else other).once(patient=False)
    for one in (house.taking, other, house.taking):
        while one.once(patient=False).deliveries:
            pass
    assert facts(house.desk.world, SignalsTaken, SIGNALS_LOG)
    batches = house.of(SignalsTaken, SIGNALS_LOG)
    assert sum(one.deliveries for one in batches) == 80 == house.inbox.decided()
    assert len(house.of(SignalTaken, SIGNALS_LOG)) == 80
