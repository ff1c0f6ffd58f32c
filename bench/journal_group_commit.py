"""Thirty-two writers that each wait until their own entry is durable, on a real disk."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import perf_counter

from bench.records import bodies, change, folder, store_on
from bench.table import Table, paired
from tocsin.journal.sqlite import Sqlite

EACH, ROUNDS, LIMIT = 20, 5, 2.0


def run() -> Table:
    """Wall-clock seconds; WAL and TRUNCATE are both measured, whichever this SQLite should use."""
    rows, met = [], True
    for mode in ("TRUNCATE", "WAL"):
        for writers in (1, 8, 32):
            ours, raw, ratio = paired(
                lambda m=mode, w=writers: _ours(m, w),  # type: ignore[misc]
                lambda m=mode, w=writers: _raw(m, w),  # type: ignore[misc]
                ROUNDS,
            )
            if writers == 32:
                met = met and 1 / ratio >= LIMIT
            total = writers * EACH
            rows.append([mode, str(writers), f"{total / raw:,.0f}", f"{total / ours:,.0f}",
                         f"{1 / ratio:.1f}"])  # fmt: skip
    return Table(
        title="Group commit: entries durable a second, SQLite on disk",
        columns=["journal mode", "writers", "one transaction an entry", "append", "times"],
        rows=rows,
        note="Both sides: synchronous=FULL, 659-byte bodies, each writer waits for its own entry "
        "before the next. One side inserts into `entry` alone, one transaction each, in turn; the "
        f"other appends with tree and signature. Limit: {LIMIT:.0f} times at 32 writers. "
        f"Medians of {ROUNDS}.",
        met=met,
    )


def together(writers: int, write: Callable[[int, int], None], each: int = EACH) -> float:
    """Seconds until each of `writers` threads has written `each` entries, one after another."""

    def one(number: int) -> None:
        for n in range(each):
            write(number, n)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(writers)]
    begun = perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return perf_counter() - begun


def encoded_for(writers: int, each: int = EACH) -> list[list[bytes]]:
    """`each` bodies for each writer's own log."""
    return [bodies(f"log/{number}", 0, each) for number in range(writers)]


def _ours(mode: str, writers: int) -> float:
    encoded = encoded_for(writers)
    with folder(in_memory=False) as home:
        store = store_on(Sqlite(home / "journal.db", lambda _: None, journal_mode=mode))

        def write(number: int, n: int) -> None:
            store.append_prepared(change(f"log/{number}", n, [encoded[number][n]]))

        spent = together(writers, write)
        store.close()
    return spent


def _raw(mode: str, writers: int) -> float:
    encoded = encoded_for(writers)
    with folder(in_memory=False) as home:
        store = store_on(Sqlite(home / "journal.db", lambda _: None, journal_mode=mode))
        database, turn = store.database, threading.Lock()

        def write(number: int, n: int) -> None:
            row = (number * EACH + n + 1, f"log/{number}", n + 1, encoded[number][n])
            with turn, database.writing() as connection:
                database.insert_entries(connection, [row])

        spent = together(writers, write)
        store.close()
    return spent
