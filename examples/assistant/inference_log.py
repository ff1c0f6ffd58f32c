"""The assistant's log of what it answered: Parquet files that are whole or not there.

Rows gather in memory and go to disk every second, or sooner when there are many: written beside,
synced, then renamed to `date=YYYY-MM-DD/part-*.parquet`. Whoever reads sees no half file; whoever
pulls the plug loses the rows of the unflushed second and nothing else.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TypedDict

import pyarrow
import pyarrow.parquet

FLUSH_SECONDS, FLUSH_ROWS, HELD_ROWS_MAX = 1.0, 2_000, 200_000
UNFINISHED = ".unfinished"

SCHEMA = pyarrow.schema(
    [
        ("at", pyarrow.timestamp("us", tz="UTC")),
        ("request_id", pyarrow.string()),
        ("session", pyarrow.string()),
        ("version", pyarrow.string()),
        ("segment", pyarrow.string()),
        ("question", pyarrow.string()),
        ("answer", pyarrow.string()),
        ("intent", pyarrow.string()),  # null when it did not know
        ("confidence", pyarrow.float64()),
        ("fallback", pyarrow.bool_()),  # it said "I don't know"
        ("error", pyarrow.bool_()),
        ("latency_ms", pyarrow.float64()),
        ("sources", pyarrow.list_(pyarrow.string())),
        ("context", pyarrow.string()),  # what was retrieved; null when nothing was
        ("index", pyarrow.string()),  # the hash of the vendor's index it came from
        ("expected", pyarrow.string()),  # of known questions: the intent they should be taken for
        ("served_by", pyarrow.string()),  # "assistant" or "people"
        ("flags", pyarrow.string()),  # JSON: each switch and what it said
    ]
)


class Row(TypedDict):
    """One request and its answer."""

    at: datetime
    request_id: str
    session: str
    version: str | None
    segment: str
    question: str
    answer: str
    intent: str | None
    confidence: float | None
    fallback: bool
    error: bool
    latency_ms: float
    sources: list[str]
    context: str | None
    index: str | None
    expected: str | None
    served_by: str
    flags: str


class InferenceLog:
    """Appends rows to a folder that it has to itself. Threads may share it.

    Raises: BlockingIOError, when another process writes to the folder.
    """

    def __init__(
        self,
        folder: Path,
        flush_seconds: float = FLUSH_SECONDS,
        flush_rows: int = FLUSH_ROWS,
        held_rows_max: int = HELD_ROWS_MAX,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._lock_file = (folder / ".writer").open("w")
        fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for left in folder.glob(f"date=*/.*{UNFINISHED}"):
            left.unlink()
        self.folder, self._seconds = folder, flush_seconds
        self._rows_max, self._held_max = flush_rows, held_rows_max
        self._rows: list[Row] = []
        self._lock, self._writing, self._due = threading.Lock(), threading.Lock(), threading.Event()
        self._closing = False
        self.written, self.lost, self.trouble = 0, 0, ""
        self._thread = threading.Thread(target=self._flush_on_time, name="log", daemon=True)
        self._thread.start()

    def append(self, row: Row) -> None:
        """Takes a row; it is on disk when the next flush is done."""
        with self._lock:
            self._rows.append(row)
            due = len(self._rows) >= self._rows_max
        if due:
            self._due.set()

    def flush(self) -> None:
        """Puts on disk what was taken; what the disk refuses is held, the newest rows first."""
        with self._writing:
            with self._lock:
                rows, self._rows = self._rows, []
            days: dict[str, list[Row]] = {}
            for row in rows:
                days.setdefault(row["at"].astimezone(UTC).date().isoformat(), []).append(row)
            for day, of_that_day in days.items():
                try:
                    self._write(self.folder / f"date={day}", of_that_day)
                except OSError as refused:
                    self._hold(of_that_day, f"{type(refused).__name__}: {refused}")
                else:
                    self.written, self.trouble = self.written + len(of_that_day), ""

    def close(self) -> None:
        """Flushes and lets go of the folder."""
        self._closing = True
        self._due.set()
        self._thread.join()
        self.flush()
        self._lock_file.close()

    def _flush_on_time(self) -> None:
        while not self._closing:
            self._due.wait(self._seconds)
            self._due.clear()
            self.flush()

    def _write(self, folder: Path, rows: list[Row]) -> None:
        folder.mkdir(exist_ok=True)
        name = f"part-{time.time_ns():020d}-{os.getpid()}.parquet"
        unfinished = folder / f".{name}{UNFINISHED}"
        table = pyarrow.Table.from_pylist(list(rows), schema=SCHEMA)
        with unfinished.open("wb") as file:
            pyarrow.parquet.write_table(table, file, compression="zstd")
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(folder / name)
        sync_folder(folder)

    def _hold(self, rows: list[Row], trouble: str) -> None:
        with self._lock:
            held = rows + self._rows
            self.lost += max(0, len(held) - self._held_max)
            self._rows = held[-self._held_max :]
        self.trouble = trouble


def sync_folder(folder: Path) -> None:
    """Makes a rename in the folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
