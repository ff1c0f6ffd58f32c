"""Durable steps of a run against two bare durable commits each; and a thousand waiting runs."""

from __future__ import annotations

import resource
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter

from sqlalchemy import create_engine, text

from bench.postgres_cluster import database, server
from bench.records import AUTHOR, CLOCK, IDS, drafts, folder, store_at
from bench.table import Table
from tocsin.desk import Worker, Writer, run_until_idle
from tocsin.desk.plans.runs import By, start_run
from tocsin.facts.runs import Attempted, Outcome, Receipted, Repeatable
from tocsin.journal.store import Store
from tocsin.vault import FolderVault
from tocsin.world import Connector, Order, Receipt, World

STEPS, RUNS, ROUNDS, LIMIT = 20, 5, 7, 0.5
WAITING, WAITING_MB = 1000, 100
Row = tuple[int, str, int, bytes]
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
            rows.append([name, "not measured", "no PostgreSQL on this machine", "", "", ""])
            continue
        rounds = [_round(place) for _ in range(ROUNDS)]
        ours, raw, lean = (median(one[n] for one in rounds) for n in range(3))
        part = median(one[1] / one[0] for one in rounds)
        of_lean = median(one[2] / one[0] for one in rounds)
        met = met and part >= LIMIT
        a_second = [f"{STEPS * RUNS / seconds:,.0f}" for seconds in (raw, lean, ours)]
        rows.append([name, *a_second, f"{part:.2f}", f"{of_lean:.2f}"])
    threads, megabytes = _waiting()
    met = met and threads <= 3 and megabytes < WAITING_MB
    rows.append(
        [f"{WAITING} waiting runs", f"{threads} threads", f"{megabytes:.0f} MB", "", "", ""]
    )
    return Table(
        title="Durable steps a second, one worker",
        columns=[
            "engine",
            "two bare commits",
            "two leanest",
            "a step",
            "step/bare",
            "step/leanest",
        ],
        rows=rows,
        note="A step: intent with lease, act, receipt with what follows. Bare: the same entries, "
        "byte for byte, inserted by the same two commits into the same table with its indices, "
        "same driver and durability, through SQLAlchemy as any program would (begin, insert, "
        "commit); without words beside them, leases, pieces of work, tree and checkpoint. "
        "Leanest: the same by the driver alone, on the server one INSERT that commits by itself. "
        f"Limit: {LIMIT} of bare; leanest stands beside it, to show how much the layer flatters. "
        f"Medians of {ROUNDS} interleaved rounds, ratios taken within a round. Waiting: what they "
        "add to the process's peak memory, and all its threads.",
        met=met,
    )


def _round(place: str | None) -> tuple[float, float, float]:
    ours, commits = _steps(place)
    return ours, _bare(place, commits), _leanest(place, commits)


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
    with _tables(server) as (place, mode):
        engine = create_engine(place.replace("postgresql://", "postgresql+psycopg://"))
        with engine.connect() as connection:
            if mode:
                connection.exec_driver_sql(f"PRAGMA journal_mode={mode}")
                connection.exec_driver_sql("PRAGMA synchronous=FULL")
                connection.commit()
            numbered = [
                [dict(zip(("id", "log", "seq", "body"), row, strict=True)) for row in rows]
                for rows in _rows(commits)
            ]
            begun = perf_counter()
            for of_commit in numbered:
                connection.execute(_INSERT, of_commit)
                connection.commit()
            spent = perf_counter() - begun
        engine.dispose()
        return spent


def _leanest(server: str | None, commits: list[list[bytes]]) -> float:
    with _tables(server) as (place, mode):
        write, close = _lean_file(place, mode) if mode else _lean_server(place)
        numbered = _rows(commits)
        begun = perf_counter()
        for of_commit in numbered:
            write(of_commit)
        spent = perf_counter() - begun
        close()
        return spent


def _lean_file(place: str, mode: str) -> tuple[Callable[[list[Row]], None], Callable[[], None]]:
    raw = sqlite3.connect(place.removeprefix("sqlite:///"), isolation_level=None)
    raw.execute(f"PRAGMA journal_mode={mode}")
    raw.execute("PRAGMA synchronous=FULL")

    def write(rows: list[Row]) -> None:
        raw.execute("BEGIN IMMEDIATE")
        raw.executemany("INSERT INTO entry (id, log, seq, body) VALUES (?, ?, ?, ?)", rows)
        raw.execute("COMMIT")

    return write, raw.close


def _lean_server(place: str) -> tuple[Callable[[list[Row]], None], Callable[[], None]]:
    import psycopg

    line = psycopg.connect(place, autocommit=True)

    def write(rows: list[Row]) -> None:
        places = ",".join(["(%s, %s, %s, %b)"] * len(rows))
        statement = f"INSERT INTO entry (id, log, seq, body) VALUES {places}"
        line.execute(statement.encode(), [value for row in rows for value in row])

    return write, line.close


def _rows(commits: list[list[bytes]]) -> list[list[Row]]:
    numbers = count(1)
    return [
        [(n, "incident/0", n, body) for body in commit for n in (next(numbers),)]
        for commit in commits
    ]


@contextmanager
def _tables(server: str | None) -> Iterator[tuple[str, str]]:
    """The address of a new and empty record that nobody has open, and its journal mode if any."""
    with folder(in_memory=False) as home:
        url = database(server) if server else ""
        store = store_at(url or home)
        mode = "" if url else store.journal_mode
        store.close()
        yield url or f"sqlite:///{home / 'journal.db'}", mode


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
