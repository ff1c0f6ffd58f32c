"""Durable steps of a run against two bare durable commits each; and a thousand waiting runs."""

from __future__ import annotations

import os
import resource
import threading
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter

from sqlalchemy import create_engine, text

from bench.journal_postgres import URL_VARIABLE, _database
from bench.records import AUTHOR, CLOCK, IDS, bodies, drafts, folder, store_at
from bench.table import Table, paired
from tocsin.desk import Worker, Writer, run_until_idle
from tocsin.desk.runs import By, start_run
from tocsin.facts.runs import Outcome, Repeatable
from tocsin.journal.store import Store
from tocsin.vault import FolderVault
from tocsin.world import Connector, Order, Receipt, World

STEPS, RUNS, ROUNDS, LIMIT = 20, 5, 3, 0.5
WAITING, WAITING_MB = 1000, 100
_INSERT = text("INSERT INTO entry (id, log, seq, body) VALUES (:id, :log, :seq, :body)")


class _Nothing:
    """A hand whose act takes no time, so that only the record's cost is measured."""

    repeatable = Repeatable.IDEMPOTENT

    def look(self, target: str) -> str:
        return "on"

    def act(self, order: Order) -> Receipt:
        return Receipt(key=order.key, outcome=Outcome.DONE, before="on", after=order.wanted)

    def find(self, order: Order) -> Receipt | None:
        return None


def run() -> Table:
    """Wall-clock seconds: each step is an intent and a receipt, both durable."""
    places: Mapping[str, str | None] = {"SQLite": "", "PostgreSQL": os.environ.get(URL_VARIABLE)}
    rows, met = [], True
    for name, server in places.items():
        if server is None:
            rows.append([name, "not measured", f"{URL_VARIABLE} is not set", ""])
            continue
        ours, raw, ratio = paired(
            lambda s=server: _steps(s),  # type: ignore[misc]
            lambda s=server: _bare(s),  # type: ignore[misc]
            ROUNDS,
        )
        total = STEPS * RUNS
        met = met and 1 / ratio >= LIMIT
        rows.append([name, f"{total / raw:,.0f}", f"{total / ours:,.0f}", f"{1 / ratio:.2f}"])
    threads, megabytes = _waiting()
    met = met and threads <= 3 and megabytes < WAITING_MB
    rows.append([f"{WAITING} waiting runs", f"{threads} threads", f"{megabytes:.0f} MB", ""])
    return Table(
        title="Durable steps a second, one worker",
        columns=["engine", "two bare commits", "a step", "step/bare"],
        rows=rows,
        note=f"A step: intent with lease, act, receipt with what follows. Bare: two INSERTs of "
        f"659 bytes into the same table, each committed, same driver and durability. Limit: "
        f"{LIMIT}. Medians of {ROUNDS}. Waiting: what they add to the process's peak memory, and "
        "all its threads: the main one and the record's appender.",
        met=met,
    )


def _world(store: Store, home: Path) -> World:
    hand: Connector = _Nothing()
    return World(clock=CLOCK, ids=IDS, journal=store, vault=FolderVault(home / "vault"),
                 connectors={"hand": hand}, probes={}, home=home)  # fmt: skip


def _plan(steps: int) -> bytes:
    lines = ["plan: bench", "version: 1", "title: Steps", "steps:"]
    for n in range(steps):
        following = f"s{n + 1}" if n + 1 < steps else "done"
        lines.append(f"  s{n}: {{act: hand, target: t{n}, wanted: off, next: {following}}}")
    return "\n".join([*lines, "  done: {end: completed}", ""]).encode()


def _steps(server: str) -> float:
    with folder(in_memory=False) as home:
        store = store_at(_database(server) if server else home)
        world = _world(store, home)
        desk = Writer(world)
        for n in range(RUNS):
            desk.decide(f"incident/{n}", lambda _: drafts(1), AUTHOR)
            start_run(desk, f"incident/{n}", _plan(STEPS), By(author=AUTHOR))
        worker = Worker(world, desk=desk)
        begun = perf_counter()
        run_until_idle(world, worker=worker)
        spent = perf_counter() - begun
        assert all(not desk.run(f"incident/{n}", "run-1").is_open for n in range(RUNS))
        store.close()
        return spent


def _bare(server: str) -> float:
    commits = STEPS * RUNS * 2
    encoded = bodies("incident/0", 0, commits)
    with folder(in_memory=False) as home:
        url = _database(server) if server else ""
        store = store_at(url or home)
        mode = "" if url else store.journal_mode
        store.close()
        place = url.replace("postgresql://", "postgresql+psycopg://")
        engine = create_engine(place or f"sqlite:///{home / 'journal.db'}")
        with engine.connect() as connection:
            if mode:
                connection.exec_driver_sql(f"PRAGMA journal_mode={mode}")
                connection.exec_driver_sql("PRAGMA synchronous=FULL")
                connection.commit()
            begun = perf_counter()
            for n, body in enumerate(encoded, start=1):
                row = {"id": n, "log": "incident/0", "seq": n, "body": body}
                connection.execute(_INSERT, row)
                connection.commit()
            spent = perf_counter() - begun
        engine.dispose()
        return spent


def _waiting() -> tuple[int, float]:
    before = _peak_megabytes()
    plan = b"plan: w\nversion: 1\ntitle: W\nsteps:\n  w: {wait: 72h, next: d}\n  d: {end: failed}\n"
    with folder(in_memory=True) as home:
        store = store_at(home)
        world = _world(store, home)
        desk = Writer(world)
        for n in range(WAITING):
            desk.decide(f"incident/{n}", lambda _: drafts(1), AUTHOR)
            start_run(desk, f"incident/{n}", plan, By(author=AUTHOR))
        run_until_idle(world, worker=Worker(world, desk=desk), until=CLOCK.now())
        threads = threading.active_count()
        store.close()
    return threads, _peak_megabytes() - before


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
