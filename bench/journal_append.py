"""What tamper evidence costs: appending bodies, against inserting the same bytes in one table."""

from __future__ import annotations

import sqlite3
from time import process_time

from bench.records import AUTHOR, bodies, change, drafts, folder, store_at
from bench.table import Table, paired

ENTRIES, ROUNDS, LIMIT = 10_000, 9, 1.5
_INSERT = "INSERT INTO entry (id, log, seq, body) VALUES (?, ?, ?, ?)"


def run() -> Table:
    """CPU seconds, user and system, of this process; on a real disk and on one in memory."""
    rows, met = [], True
    for in_memory in (False, True):
        for batch in (1, 10, 100, 1000):
            if in_memory and batch not in (1, 100):
                continue
            row, ratio = _measured(batch, in_memory)
            rows.append(row)
            if batch == 100 and not in_memory:
                met = ratio <= LIMIT
    return Table(
        title="Append: CPU against a bare insert, SQLite",
        columns=["disk", "batch", "bare us", "append us", "from facts us", "append/bare",
                 "append/driver", "facts/bare"],
        rows=rows,
        note="Microseconds an entry. Bare: the same layer, connection, table `entry` with its "
        "indices, transaction, journal mode and synchronous=FULL; 659-byte bodies made "
        "beforehand. Append adds leaf hashes, tree, checkpoint and Ed25519 signature. Driver: the "
        "same inserts by the DBAPI alone, without our layer. From facts: checks, canonical JSON, "
        "salted disclosures and their table as well. In memory nothing is synced, so there the "
        "durability that both sides pay for is missing, and hashing weighs more: 100 leaf hashes, "
        "100 inner hashes and one signature take some 115 us a batch, 0.38 of the bare insert, "
        "before anything is written. "
        f"Limit: {LIMIT} at batch 100 on disk, where a record lies. Medians of {ROUNDS}.",
        met=met,
    )  # fmt: skip


def _measured(batch: int, in_memory: bool) -> tuple[list[str], float]:
    count = ENTRIES if batch > 1 else ENTRIES // 10

    def ours() -> float:
        return _ours(batch, count, in_memory)

    append, raw, ratio = paired(ours, lambda: _raw(batch, count, in_memory), ROUNDS)
    _, _, driver = paired(ours, lambda: _driver(batch, count, in_memory), 5)
    typed, _, facts = paired(
        lambda: _typed(batch, count, in_memory), lambda: _raw(batch, count, in_memory), 5
    )
    micro = [f"{seconds / count * 1e6:.1f}" for seconds in (raw, append, typed)]
    ratios = [f"{found:.2f}" for found in (ratio, driver, facts)]
    return ["memory" if in_memory else "disk", str(batch), *micro, *ratios], ratio


def _ours(batch: int, count: int, in_memory: bool) -> float:
    encoded = [bodies("log", n, batch) for n in range(0, count, batch)]
    with folder(in_memory=in_memory) as home:
        store = store_at(home)
        begun = process_time()
        for n, group in enumerate(encoded):
            store.append_prepared(change("log", n * batch, group))
        spent = process_time() - begun
        store.close()
    return spent


def _raw(batch: int, count: int, in_memory: bool) -> float:
    encoded = [bodies("log", n, batch) for n in range(0, count, batch)]
    with folder(in_memory=in_memory) as home:
        store = store_at(home)
        database = store.database
        begun = process_time()
        for n, group in enumerate(encoded):
            first = n * batch + 1
            with database.writing() as connection:
                database.insert_entries(
                    connection,
                    [(first + k, "log", first + k, body) for k, body in enumerate(group)],
                )
        spent = process_time() - begun
        store.close()
    return spent


def _driver(batch: int, count: int, in_memory: bool) -> float:
    encoded = [bodies("log", n, batch) for n in range(0, count, batch)]
    with folder(in_memory=in_memory) as home:
        store = store_at(home)
        with store.database.writer.connect() as connection:
            raw = connection.connection.driver_connection
            assert isinstance(raw, sqlite3.Connection)
            begun = process_time()
            for n, group in enumerate(encoded):
                first = n * batch + 1
                raw.execute("BEGIN IMMEDIATE")
                raw.executemany(
                    _INSERT, [(first + k, "log", first + k, body) for k, body in enumerate(group)]
                )
                raw.execute("COMMIT")
            spent = process_time() - begun
        store.close()
    return spent


def _typed(batch: int, count: int, in_memory: bool) -> float:
    groups = [drafts(batch) for _ in range(0, count, batch)]
    with folder(in_memory=in_memory) as home:
        store = store_at(home)
        begun = process_time()
        for n, group in enumerate(groups):
            store.append("log", n * batch, group, AUTHOR)
        spent = process_time() - begun
        store.close()
    return spent
