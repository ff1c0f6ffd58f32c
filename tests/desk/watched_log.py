"""An inference log that grows when a test says so, and a home whose watch follows it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from desk_register import OTHER, REGISTER, adopted, assistant_eye
from desk_world import NOON, Hand, world_of
from tocsin.desk import Writer
from tocsin.facts.summaries import Cell, Refreshed, Served, Unread, WindowSummary

DETECTORS = """
system: SYSTEM
window: 60s
detectors:
  fallback-rate:
    status: live
    rate: fallback
    direction: up
    tolerance: 15%
    basis: relative
    baseline: {first: 5000}
    run_length: 10000
  silent: {no-data: 45m, status: live}
"""
PLAN = """
plan: fallback
version: "1"
title: Stop it
triggers: [fallback-rate]
steps:
  stop: {act: kill-switch, target: assistant.model, wanted: off, effect: stop, next: done}
  done: {end: completed}
"""
BEGIN = NOON - timedelta(minutes=30)


def window(place: int, bad: int, requests: int = 1000, version: str = "1") -> WindowSummary:
    at = BEGIN + timedelta(minutes=place)
    cell = Cell(
        version=version, segment="en", requests=requests, by_fallback=0,
        judged={"fallback": requests}, counted={"fallback": bad},
    )  # fmt: skip
    return WindowSummary(at=at, seconds=60, last=at + timedelta(seconds=59), cells=(cell,))


class Log:
    """An inference log that grows when a test says so, and fails when it is told to."""

    def __init__(self) -> None:
        self.seen: list[WindowSummary] = []
        self.next = Refreshed()
        self.error: Exception | None = None
        self.bad: list[Unread] = []

    def grow(self, *windows: WindowSummary) -> None:
        self.seen += windows
        self.next = Refreshed(rows=1000 * len(windows), earliest=windows[0].at)

    def healthy(self, count: int) -> None:
        first = len(self.seen)
        self.grow(*(window(first + n, 50) for n in range(count)))

    def failing(self, count: int) -> None:
        first = len(self.seen)
        self.grow(*(window(first + n, 400, version="2") for n in range(count)))

    def refresh(self) -> Refreshed:
        if self.error is not None:
            raise self.error
        found, self.next = self.next, Refreshed()
        return found

    def unread(self) -> Sequence[Unread]:
        return self.bad

    def windows(self, since: datetime | None = None) -> Sequence[WindowSummary]:
        return [w for w in self.seen if since is None or w.until > since]

    def evidence(self, since: datetime, until: datetime) -> bytes:
        return b"summaries of " + repr(len(self.seen)).encode()

    def served(self, rate: str, since: datetime) -> Served:
        raise AssertionError("a watcher asks for no rates")


def home_of(tmp_path: Path, *systems: str) -> Path:
    for folder in ("detectors", "playbooks"):
        (tmp_path / folder).mkdir()
    for system in systems:
        (tmp_path / "detectors" / f"{system}.yaml").write_text(DETECTORS.replace("SYSTEM", system))
    (tmp_path / "playbooks" / "fallback.yaml").write_text(PLAN)
    return tmp_path


def desk_of(home: Path, **logs: Log) -> Writer:
    hand = Hand()
    world = world_of({"kill-switch": hand}, {"seen": assistant_eye(hand)})
    world = msgspec.structs.replace(world, home=home, sources=logs)
    both = {**REGISTER.systems, "other": msgspec.structs.replace(OTHER, log="logs/other")}
    return adopted(Writer(world), msgspec.structs.replace(REGISTER, systems=both))
