"""Whether a home can do its work now: what `/healthz` looks at."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta

from tocsin import wiring
from tocsin.cli.health.alive import ages
from tocsin.cli.health.clock import TIME_ERROR, kernel_says
from tocsin.facts import HOME_LOG, BrokenLog, Refused, Unreachable
from tocsin.web.health import Check

DISK_FREE_MIN = 128 * 1024 * 1024
OVERDUE = timedelta(minutes=2)
SILENT_SECONDS_MAX = 60.0


def checks(opened: wiring.Opened) -> list[Check]:
    """What is seen now."""
    return [*_record(opened), _disk(opened), _clock(), *_processes(opened)]


def _record(opened: wiring.Opened) -> Iterator[Check]:
    try:
        there = opened.store.head(HOME_LOG) > 0
        due = opened.store.due(opened.world.clock.now(), 1)
    except (Unreachable, BrokenLog, Refused):
        yield Check(name="record", ok=False, seen="cannot be read")
        return
    yield Check(name="record", ok=there, seen="read" if there else "is empty")
    late = bool(due) and opened.world.clock.now() - due[0].at > OVERDUE
    seen = "work that fell due is done by nobody; run: tocsin work" if late else "done in time"
    yield Check(name="work", ok=not late, seen=seen)


def _disk(opened: wiring.Opened) -> Check:
    try:
        free = shutil.disk_usage(opened.home).free
    except OSError:
        return Check(name="disk", ok=False, seen="cannot be looked at")
    enough = free >= DISK_FREE_MIN
    return Check(name="disk", ok=enough, seen="room enough" if enough else "nearly full")


def _clock() -> Check:
    """A clock that nothing keeps in step is told by the doctor; it is no reason not to serve."""
    answer = kernel_says()
    return Check(name="clock", ok=True, seen="alone" if answer == TIME_ERROR else "in step")


def _processes(opened: wiring.Opened) -> Iterator[Check]:
    """Processes that said they live, and say so no more."""
    for name, seconds in ages(opened.home, opened.world.clock.now()).items():
        ok = seconds <= SILENT_SECONDS_MAX
        yield Check(name=f"process {name}", ok=ok, seen=f"silent for {seconds:.0f} s")
