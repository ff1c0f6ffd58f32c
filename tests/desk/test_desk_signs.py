"""Signs of life: each process its own, none while a loop stands still, trouble told by name."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest

from desk_world import NOON, Hand, world_of
from tocsin.desk import work
from tocsin.desk.acting.signs import STILL_AFTER, WATCH, WEB, WORK, Signs, beat_of, waited_for
from tocsin.exercise.clock import VirtualClock
from tocsin.facts import ConnectorError


class Sign:
    def __init__(self, of: str, *, heard: bool = True) -> None:
        self.of, self.heard, self.given = of, heard, 0

    def __call__(self) -> None:
        self.given += 1
        if not self.heard:
            raise ConnectorError("no answer", may_have_acted=False)


def test_each_process_gives_its_own_sign_and_no_other() -> None:
    signs = {"a": Sign(WATCH), "b": Sign(WORK), "c": Sign(WORK), "d": lambda: None}
    beat_of(signs, WORK)()
    assert [one.given for one in signs.values() if isinstance(one, Sign)] == [0, 1, 1]
    assert waited_for(signs) == {WATCH: ["a", "d"], WORK: ["b", "c"], WEB: []}


def test_all_who_wait_are_told_though_one_does_not_hear() -> None:
    deaf, other = Sign(WORK, heard=False), Sign(WORK)
    with pytest.raises(ConnectorError, match="deaf: no answer"):
        beat_of({"deaf": deaf, "other": other}, WORK)()
    assert other.given == 1


def test_no_sign_is_given_while_one_loop_stands_still() -> None:
    clock, sign = VirtualClock(NOON), Sign(WORK)
    signs = Signs(clock, sign)
    signs.turned("calls")
    signs.turned("acts")
    assert signs.give() and sign.given == 1
    clock.sleep(STILL_AFTER.total_seconds())
    signs.turned("acts")
    assert signs.give()
    clock.sleep(1)
    assert not signs.give() and sign.given == 2
    signs.turned("calls")
    assert signs.give() and timedelta(minutes=5) < STILL_AFTER


def test_whoever_works_gives_the_sign() -> None:
    sign, stop = Sign(WORK), threading.Event()
    world = world_of({"switch": Hand()})
    thread = threading.Thread(
        target=work, args=(world, stop), kwargs={"beat": sign, "poll_seconds": 0.02}
    )
    thread.start()
    end = time.monotonic() + 20
    while not sign.given and time.monotonic() < end:
        time.sleep(0.01)
    stop.set()
    thread.join(20)
    assert sign.given and not thread.is_alive()
