"""What tamper evidence costs: appending bodies, against inserting the same bytes in one table."""

from __future__ import annotations

from time import process_time

from bench.records import AUTHOR, bodies, change, drafts, folder, store_at
from bench.table import Table, paired

ENTRIES, ROUNDS, LIMIT = 10_000, 7, 1.5


def run() -> Table:
    """CPU seconds on a disk in memory, so that only the work itself is compared."""
    rows, met = [], True
    for batch in (1, 10, 100, 1000):
        count = ENTRIES if batch > 1 else ENTRIES // 10
        ours, raw, ratio = paired(lambda b=batch, n=count: _ours(b, n),  # type: ignore[misc]
                                  lambda b=batch, n=count: _raw(b, n), ROUNDS)  # type: ignore[misc]  # fmt: skip
        typed, _, typed_ratio = paired(lambda b=batch, n=count: _typed(b, n),  # type: ignore[misc]
                                       lambda b=batch, n=count: _raw(b, n), 3)  # type: ignore[misc]  # fmt: skip
        if batch == 100:
            met = ratio <= LIMIT
        micro = [f"{s / count * 1e6:.1f}" for s in (raw, ours, typed)]
        rows.append([str(batch), *micro, f"{ratio:.2f}", f"{typed_ratio:.2f}"])
    return Table(
        title="Append: CPU against a bare insert, SQLite",
        columns=["batch", "bare us", "append us", "from facts us", "append/bare", "facts/bare"],
        rows=rows,
        note="Both sides: the same engine, connection, table `entry` with its indices, "
        "synchronous=FULL, 659-byte bodies made beforehand. Append adds leaf hashes, tree, leaf "
        "table, checkpoint and Ed25519 signature. From facts: checks, canonical JSON, salted "
        f"disclosures and their table as well. Limit: {LIMIT} at batch 100. Medians of {ROUNDS}.",
        met=met,
    )


def _ours(batch: int, count: int) -> float:
    encoded = [bodies("log", n, batch) for n in range(0, count, batch)]
    with folder(in_memory=True) as home:
        store = store_at(home)
        begun = process_time()
        for n, group in enumerate(encoded):
            store.append_prepared(change("log", n * batch, group))
        spent = process_time() - begun
        store.close()
    return spent


def _raw(batch: int, count: int) -> float:
    encoded = [bodies("log", n, batch) for n in range(0, count, batch)]
    with folder(in_memory=True) as home:
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


def _typed(batch: int, count: int) -> float:
    groups = [drafts(batch) for _ in range(0, count, batch)]
    with folder(in_memory=True) as home:
        store = store_at(home)
        begun = process_time()
        for n, group in enumerate(groups):
            store.append("log", n * batch, group, AUTHOR)
        spent = process_time() - begun
        store.close()
    return spent
