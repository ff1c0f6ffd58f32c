"""Worker processes to be killed: `kill_worker.py PLACE FOLDER`, then a name a line; tells pids.

The far side is a folder on which every call leaves a line before anything else happens. It drops
repeats that carry a key it has seen ("keyed"), sets a state ("same"), or counts each call ("once");
"tickets" has no key, loses answers, and shows what it took only later.
"""

from __future__ import annotations

import base64
import faulthandler
import fcntl
import json
import os
import random
import signal
import sys
import threading
import time
import traceback
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from tocsin.desk import work
from tocsin.facts import ConnectorError
from tocsin.facts.runs import Outcome, Repeatable, Verdict
from tocsin.journal.store import Store, open_store
from tocsin.vault import FolderVault
from tocsin.world import Order, RandomIds, Reading, RealClock, Receipt, World

ORIGIN = "kill.invalid"
LEASE = timedelta(seconds=2)


class FarSide:
    """The outside: calls.jsonl holds every call, effects.jsonl every effect, both synced."""

    def __init__(self, folder: Path, name: str, repeatable: Repeatable) -> None:
        self._folder, self._name, self._repeatable = folder, name, repeatable

    @property
    def repeatable(self) -> Repeatable:
        return self._repeatable

    def look(self, target: str) -> str:
        return "unknown"

    def act(self, order: Order) -> Receipt:
        self._write("calls", order.key)
        # Longer where a kill leaves an outcome that nobody can tell: else too few fall into it.
        pause = 0.06 if self._repeatable is Repeatable.NEITHER else 0.004
        time.sleep(random.random() * pause)
        with self._locked():
            if self._repeatable is Repeatable.NEITHER or not self._has(order.key):
                self._write("effects", order.key)
        time.sleep(random.random() * pause)
        return Receipt(key=order.key, outcome=Outcome.DONE, before="on", after=order.wanted)

    def find(self, order: Order) -> Receipt | None:
        with self._locked():
            if not self._has(order.key):
                if self._repeatable is Repeatable.NEITHER:
                    # A call that is still on its way cannot be told from one that never was.
                    raise ConnectorError(
                        "no trace of it, which proves nothing", may_have_acted=True
                    )
                return None
        return Receipt(key=order.key, outcome=Outcome.DONE, before="on", after=order.wanted)

    def _has(self, key: str) -> bool:
        return has_effect(self._folder, key)

    def _locked(self):
        return Locked(self._folder / "lock")

    def _write(self, kind: str, key: str) -> None:
        told = {"hand": self._name, "key": key, "pid": os.getpid(), "at": str(time.time())}
        line = json.dumps(told) + "\n"
        file = os.open(
            self._folder / f"{kind}.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600
        )
        try:
            os.write(file, line.encode())
        finally:
            os.close(file)


class Tickets(FarSide):
    """No key, a look-up that shows things late, answers that get lost, and now and then a 429."""

    only_tells = True
    lag_seconds = 0.5

    def act(self, order: Order) -> Receipt:
        if random.random() < 0.1:
            self._write("calls", order.key)
            raise ConnectorError("429", may_have_acted=False, retry_after_seconds=0.2)
        receipt = super().act(order)
        if random.random() < 0.15:
            raise ConnectorError("the answer was lost", may_have_acted=True)
        return receipt

    def find(self, order: Order) -> Receipt | None:
        made = [line for line in lines(self._folder / "effects.jsonl") if line["key"] == order.key]
        if not made or time.time() - float(made[0]["at"]) < self.lag_seconds:
            return None
        return Receipt(key=order.key, outcome=Outcome.DONE, before="", after=order.wanted)


class Locked:
    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        os.close(self._file)


class Sees:
    def sample(self, target: str, wanted: str, since: datetime) -> Reading:
        return Reading(hypothesis=target, sample=1, error="0", verdict=Verdict.SHOWN, seen=wanted)


def lines(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines()]


def has_effect(folder: Path, key: str) -> bool:
    """Whether this order took effect. The file grows long, and this is asked very often."""
    path = folder / "effects.jsonl"
    return path.exists() and f'"key": {json.dumps(key)}'.encode() in path.read_bytes()


def store_at(place: str) -> Store:
    return open_store(
        place if "://" in place else Path(place),
        home=Path(place) if "://" not in place else None,
        origin=ORIGIN,
        clock=RealClock(),
        ids=RandomIds(),
        sign_checkpoint=lambda size, root: (
            f"{ORIGIN}\n{size}\n{base64.b64encode(root).decode()}\n".encode()
        ),
        on_warning=lambda text: print(text, file=sys.stderr),
    )


def world_at(store: Store, folder: Path) -> World:
    kinds = {
        "same": Repeatable.IDEMPOTENT,
        "keyed": Repeatable.KEYED,
        "once": Repeatable.NEITHER,
    }
    return World(
        clock=RealClock(),
        ids=RandomIds(),
        journal=store,
        vault=FolderVault(folder / "vault"),
        connectors={
            **{name: FarSide(folder, name, kind) for name, kind in kinds.items()},
            "tickets": Tickets(folder, "tickets", Repeatable.NEITHER),
        },
        probes={"eye": Sees()},
        home=folder,
    )


def live(place: str, folder: Path, name: str) -> None:
    """Work until killed."""
    journal = store_at(place)
    os.write(1, f"{os.getpid()}\n".encode())
    work(world_at(journal, folder), threading.Event(), name=name, lease=LEASE, poll_seconds=0.02)


def bury(*_: object) -> None:
    """Whoever was not killed by the test is told of: nobody may die by itself."""
    with suppress(ChildProcessError):
        while (found := os.waitpid(-1, os.WNOHANG))[0]:
            if os.waitstatus_to_exitcode(found[1]) != -signal.SIGKILL:
                print(f"{found[0]} ended with status {found[1]}", file=sys.stderr, flush=True)


def nursery(place: str, folder: Path) -> None:
    """For each name on standard input a new process; a fork is born faster than a start."""
    faulthandler.enable()  # who dies of a fault of the machine's code says where
    signal.signal(signal.SIGCHLD, bury)
    for name in sys.stdin:
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            random.seed()
            try:
                live(place, folder, name.strip())
            except BaseException:  # noqa: BLE001 - it is told, and this process ends
                print(f"{name.strip()} ({os.getpid()}) died by itself", file=sys.stderr)
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(1)


if __name__ == "__main__":
    nursery(sys.argv[1], Path(sys.argv[2]))
