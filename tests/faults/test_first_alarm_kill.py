"""Any process of the first alarm is killed at any stage and started again: the end is the same.

`tocsin watch`, `tocsin work`, `tocsin switch serve` and `tocsin web` run as processes and are
killed by kill -9, one after another, from before the release goes bad until it is good again.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from first_alarm import Scene, Stand, copied_home, stand
from first_alarm_clock import WoundClock
from tocsin.facts.gates import EvidenceSealed

SRC = Path(__file__).parents[2] / "src"
AGO = timedelta(seconds=150)
STAGES = 8
PATIENCE_SECONDS = 400.0  # nobody waits so long but on a machine that is very busy


class Processes:
    """Tocsin's processes in one home, each killed and started again at a random moment."""

    def __init__(self, played: Scene, seed: int) -> None:
        self._played, self._chance = played, random.Random(seed)
        self.web = played.free_port()
        self._words = {
            "watch": ("watch", "--every-seconds", "0.5"),
            "work": ("work", "--parallel", "4", "--lease-seconds", "2"),
            "switch": ("switch", "serve"),
            "web": ("web", "--listen", f"127.0.0.1:{self.web}"),
        }
        self.kills: list[str] = []
        self._running = {name: self._started(name) for name in self._words}
        names = sorted(self._words)
        self._order = [*self._chance.sample(names, 4), *self._chance.sample(names, 4)]

    def kill_next(self) -> None:
        """Kill one, at a moment of its own within this stage, and start it again at once."""
        time.sleep(self._chance.uniform(0.0, 1.5))
        name = self._order[len(self.kills)]
        assert self._running[name].poll() is None, f"{name} had ended by itself"
        self._running[name].send_signal(signal.SIGKILL)
        self._running[name].wait()
        self.kills.append(name)
        self._running[name] = self._started(name)

    def end(self) -> None:
        """End all of them."""
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _started(self, name: str) -> subprocess.Popen[bytes]:
        words = [sys.executable, "-m", "tocsin", "--home", str(self._played.home)]
        with (self._played.folder / f"{name}.out").open("ab") as out:
            return subprocess.Popen(
                [*words, *self._words[name]], stdout=out, stderr=out,
                env={**os.environ, "PYTHONPATH": str(SRC)},
            )  # fmt: skip


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with stand(tmp_path_factory.mktemp("stand"), AGO) as made:
        yield made


@pytest.fixture
def played(standing: Stand, tmp_path: Path) -> Iterator[Scene]:
    """The home, its log healthy up to now, on the machine's own clock."""
    copied_home(standing, tmp_path)
    with ExitStack() as stack:
        made = Scene(standing, tmp_path, stack, WoundClock(), a_second=100.0)
        made.clock.real = True
        made.assistant.switched_on = True  # nobody serves the switches yet
        made.assistant.served_to = standing.left_at
        made.assistant.serve()
        made.assistant.flush()
        made.assistant.switched_on = None
        made.opened = made.open()
        yield made


@pytest.mark.proof
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_killed_at_any_stage_the_end_is_the_same(played: Scene, seed: int) -> None:
    running = Processes(played, seed)
    customers = threading.Event()
    try:
        until(lambda: answers(f"http://127.0.0.1:{played.ports['switch']}/health"))
        played.obey()
        played.assistant.served_to = datetime.now(UTC)
        threading.Thread(target=played.assistant.live, args=(customers,), daemon=True).start()
        until(played.assistant.is_on)
        running.kill_next()
        until(played.assistant.is_on)
        assert not played.incidents
        played.registry.alias = 2
        running.kill_next()
        until(lambda: bool(played.incidents))
        running.kill_next()
        running.kill_next()
        until(lambda: played.shown("stop-seen"), played)
        played.tocsin.done("ack", played.incident, *played.by("ana"))
        until(played.rollback_waits, played)
        running.kill_next()
        played.approve("ben", "cleo")
        running.kill_next()
        until(lambda: played.waits_for("lift"), played)
        played.approve("ben")
        running.kill_next()
        running.kill_next()
        until(lambda: played.ending() is not None, played)
        until(lambda: answers(f"http://127.0.0.1:{running.web}/"))
    finally:
        running.end()
        customers.set()
    assert len(running.kills) == STAGES and len(set(running.kills)) == 4, running.kills
    # A mail whose sender died before it noted the answer goes out again under its old number.
    played.lost_answers = running.kills.count("work") * 4
    played.check()
    assert played.ending() == "completed" and played.registry.alias == 1, played.steps()
    assert played.shown("version-seen") and played.shown("healthy")
    assert {f.item for f in played.facts(EvidenceSealed) if f.sufficient} >= {"model", "requests"}


def until(holds: Callable[[], bool], played: Scene | None = None) -> None:
    ends = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < ends, played and (played.steps(), played.actions())
        time.sleep(0.2)


def answers(address: str) -> bool:
    try:
        urllib.request.urlopen(address, timeout=2).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True
