"""Durable steps of a run against two bare durable commits each; and a thousand waiting runs."""

from __future__ import annotations

import resource
import threading
from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter

from sqlalchemy import create_engine, text

from bench.postgres_cluster import database, server
from bench.records import AUTHOR, CLOCK, IDS, drafts, folder, store_at
from bench.table import Table
from tocsin.desk import Worker, Writer, run_until_idle
from tocsin.desk.runs import By, start_run
from tocsin.facts.runs import Attempted, Outcome, Receipted, Repeatable
from tocsin.journal.store import Store
from tocsin.vault import FolderVault
from tocsin.world import Connector, Order, Receipt, World

STEPS, RUNS, ROUNDS, LIMIT = 20, 5, 7, 0.5
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
    rows, met = [], True
    for name, place in (("SQLite", None), ("PostgreSQL", server())):
        if name == "PostgreSQL" and place is None:
            rows.append([name, "not measured", "no PostgreSQL on this machine", ""])
            continue
        rounds = [_round(place) for _ in range(ROUNDS)]
        ours, raw, part = (median(one[n] for one in rounds) for n in range(3))
        total = STEPS * RUNS
        met = met and part >= LIMIT
        rows.append([name, f"{total / raw:,.0f}", f"{total / ours:,.0f}", f"{part:.2f}"])
    threads, megabytes = _waiting()
    met = met and threads <= 3 and megabytes < WAITING_MB
    rows.append([f"{WAITING} waiting runs", f"{threads} threads", f"{megabytes:.0f} MB", ""])
    return Table(
        title="Durable steps a second, one worker",
        columns=["engine", "two bare commits", "a step", "step/bare"],
        rows=rows,
        note="A step: intent with lease, act, receipt with what follows. Bare: the same entries, "
        "byte for byte, inserted by the same two commits into the same table with its indices, "
        "same driver and durability; without words beside them, leases, pieces of work, tree and "
        f"checkpoint. Limit: {LIMIT}. Medians of {ROUNDS} interleaved rounds. Waiting: what they "
        "add to the process's peak memory, and all its threads.",
        met=met,
    )


def _round(place: str | None) -> tuple[float, float, float]:
    ours, commits = _steps(place)
    raw = _bare(place, commits)
    return ours, raw, raw / ours


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


def _steps(server: str | None) -> tuple[float, list[list[bytes]]]:
    """Seconds for all steps, and the bodies of the entries of each of their commits."""
    with folder(in_memory=False) as home:
        store = store_at(database(server) if server else home)
        world = _world(store, home)
        desk = Writer(world)
        logs = [f"incident/{n}" for n in range(RUNS)]
        for log in logs:
            desk.decide(log, lambda _: drafts(1), AUTHOR)
            start_run(desk, log, _plan(STEPS), By(author=AUTHOR))
        worker = Worker(world, desk=desk)
        begun = perf_counter()
        run_until_idle(world, worker=worker)
        spent = perf_counter() - begun
        assert all(not desk.run(log, "run-1").is_open for log in logs)
        commits = [commit for log in logs for commit in _commits(store, log)]
        assert len(commits) == 2 * STEPS * RUNS
        store.close()
        return spent, commits


def _commits(store: Store, log: str) -> list[list[bytes]]:
    """What the worker's commits wrote: each intent alone, each receipt with what follows it."""
    bodies = [one.body for one in store.stored(log)]
    found: list[list[bytes]] = []
    for entry, body in zip(store.read(log), bodies, strict=True):
        if isinstance(entry.fact, Attempted | Receipted):
            found.append([])
        if found:
            found[-1].append(body)
    return found


def _bare(server: str | None, commits: list[list[bytes]]) -> float:
    with folder(in_memory=False) as home:
        url = database(server) if server else ""
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
            numbers = count(1)
            rows = [
                [{"id": n, "log": "incident/0", "seq": n, "body": body}
                 for body in commit for n in (next(numbers),)]
                for commit in commits
            ]  # fmt: skip
            begun = perf_counter()
            for of_commit in rows:
                connection.execute(_INSERT, of_commit)
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
