"""Verifying a whole record, the walk alone and by command: a million entries, one core."""

from __future__ import annotations

import contextlib
import io
import resource
import subprocess
import sys
from pathlib import Path
from time import process_time

from bench.records import AUTHOR, CLOCK, IDS, bodies, change, drafts, folder, store_at
from bench.table import Table
from tocsin import wiring
from tocsin.cli.main import main
from tocsin.facts.record import prepare
from tocsin.journal.batch import Change
from tocsin.journal.store import Store
from tocsin.journal.walk import verify_store

ENTRIES, SECONDS_MAX, MEGABYTES_MAX = 1_000_000, 10.0, 200
LOGS, BATCH = 100, 2_000
WALK, COMMAND = "the walk alone", "tocsin verify"


def run() -> Table:
    """Each in a process of its own, so that its memory is its own."""
    rows, met = [], True
    for what, logs in ((WALK, LOGS), (COMMAND, LOGS), (COMMAND, 1)):
        seconds, megabytes = _measured(what, logs)
        met = met and seconds <= SECONDS_MAX and megabytes <= MEGABYTES_MAX
        figures = [f"{seconds:.1f}", f"{ENTRIES / seconds:,.0f}", f"{megabytes:.0f}"]
        rows.append([what, str(logs), *figures])
    return Table(
        title=f"Verify {ENTRIES:,} entries",
        columns=["what", "logs", "CPU seconds", "entries a second", "peak memory MB"],
        rows=rows,
        note="Every leaf hash from the entry's bytes, the whole tree, every stored node, places "
        "and sequence numbers, checkpoints on the way. The walk alone: 659-byte bodies. The "
        "command: a home whose entries have some 300 bytes and as many of words beside them, "
        "which are checked against their digests; from the start of Python to its end, with "
        "signer and witnesses. No entry is signed by a person: to check one such signature costs "
        f"about as much as to walk over 20 entries. Limits: {SECONDS_MAX:.0f} s, "
        f"{MEGABYTES_MAX} MB.",
        met=met,
    )


def _measured(what: str, logs: int) -> tuple[float, float]:
    with folder(in_memory=False) as home:
        if what == WALK:
            _fill_record(home, logs)
        else:
            _fill_home(home, logs)
        done = subprocess.run(
            [sys.executable, "-m", "bench.journal_verify", what, str(home)],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
    seconds, megabytes = map(float, done.stdout.split())
    return seconds, megabytes


def _fill_record(home: Path, logs: int) -> None:
    store = store_at(home)
    for n in range(ENTRIES // BATCH):
        log, after = f"log/{n % logs}", n // logs * BATCH
        store.append_prepared(change(log, after, bodies(log, after, BATCH)))
    store.close()


def _fill_home(home: Path, logs: int) -> None:
    wiring.found(home, "bench.example/record", print)
    with wiring.open_home(home, warn=print) as opened:
        for n in range(ENTRIES // BATCH):
            log, after = f"incident/{n % logs}", n // logs * BATCH
            opened.store.append_prepared(_with_words(opened.store, log, after))


def _with_words(store: Store, log: str, after: int) -> Change:
    now = CLOCK.now()
    entries = prepare(log, after, drafts(BATCH), AUTHOR, now=now, salt=IDS.salt)
    return Change(log=log, expected_seq=after, entries=entries, client_key=None, work=None, now=now)


def _walk(home: Path) -> float:
    store = store_at(home)
    begun = process_time()
    walked = verify_store(store)
    seconds = process_time() - begun
    assert walked.size == ENTRIES and walked.first_broken is None, walked
    store.close()
    return seconds


def _command(home: Path) -> float:
    """From the start of this process, so that nothing which the command loads goes uncounted."""
    answer = io.StringIO()
    with contextlib.redirect_stdout(answer):
        status = main(["--home", str(home), "verify"])
    assert status == 0 and f"{ENTRIES + 1:,} entries" in answer.getvalue(), answer.getvalue()
    return process_time()


if __name__ == "__main__":
    taken = (_walk if sys.argv[1] == WALK else _command)(Path(sys.argv[2]))
    print(taken, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
