"""Verifying a whole record: a million entries, one core, little memory."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path
from time import process_time

from bench.records import bodies, change, folder, store_at
from bench.table import Table
from tocsin.journal.walk import verify_store

ENTRIES, SECONDS_MAX, MEGABYTES_MAX = 1_000_000, 10.0, 200


def run() -> Table:
    """In a process of its own, so that its memory is its own."""
    with folder(in_memory=False) as home:
        _fill(home)
        done = subprocess.run(
            [sys.executable, "-m", "bench.journal_verify", str(home)],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
    seconds, megabytes = map(float, done.stdout.split())
    return Table(
        title=f"Verify {ENTRIES:,} entries",
        columns=["CPU seconds", "entries a second", "peak memory MB"],
        rows=[[f"{seconds:.1f}", f"{ENTRIES / seconds:,.0f}", f"{megabytes:.0f}"]],
        note="Every leaf hash from the entry's bytes, the whole tree, every stored node, places "
        "and sequence numbers, checkpoints on the way. One record with a hundred logs, 659-byte "
        f"bodies. Limits: {SECONDS_MAX:.0f} s, {MEGABYTES_MAX} MB.",
        met=seconds <= SECONDS_MAX and megabytes <= MEGABYTES_MAX,
    )


def _fill(home: Path) -> None:
    store = store_at(home)
    logs, batch = 100, 2_000
    for n in range(ENTRIES // batch):
        log, after = f"log/{n % logs}", n // logs * batch
        store.append_prepared(change(log, after, bodies(log, after, batch)))
    store.close()


def _verify(home: Path) -> None:
    store = store_at(home)
    begun = process_time()
    walked = verify_store(store)
    seconds = process_time() - begun
    assert walked.size == ENTRIES and walked.first_broken is None, walked
    store.close()
    print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


if __name__ == "__main__":
    _verify(Path(sys.argv[1]))
