"""A log as an assistant writes it, for tests: rows, and the files they lie in."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tocsin.facts.logs import LogMapping
from tocsin.sources.log import LogSource

START = datetime(2026, 11, 26, 8, tzinfo=UTC)
MAPPING = LogMapping(window_seconds=10, profile_seconds=60)
Row = Mapping[str, object]


class Wound:
    """A clock wound by hand, an hour after everything the tests write."""

    def __init__(self) -> None:
        self.at = datetime.now(UTC) + timedelta(hours=1)

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def row(second: float, *, fallback: bool = False, version: str = "1", **more: object) -> Row:
    """One request, `second` seconds after the start."""
    return {
        "at": START + timedelta(seconds=second),
        "request_id": f"r{second}",
        "session": "s",
        "version": version,
        "segment": "en",
        "question": "where is my parcel?",
        "answer": "on its way",
        "intent": None if fallback else "parcel",
        "confidence": 0.25 if fallback else 0.75,
        "fallback": fallback,
        "error": False,
        "latency_ms": 12.5,
        "served_by": "assistant",
        **more,
    }


def rows(begin: int, count: int, every: int = 20, **more: object) -> list[Row]:
    """A request each second, of which each `every`th falls back."""
    return [row(begin + i, fallback=i % every == 0, **more) for i in range(count)]


def parquet(path: Path, written: Sequence[Row]) -> Path:
    """The rows in a file that is renamed into place whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    hidden = path.with_name(f".{path.name}")
    pq.write_table(pa.Table.from_pylist([dict(r) for r in written]), hidden)
    os.replace(hidden, path)
    return path


def source(
    home: Path, mapping: LogMapping = MAPPING, place: str = "log", **more: object
) -> LogSource:
    """The log of a home, looked at by a clock that runs an hour late."""
    clock = more.pop("clock", None) or Wound()
    return LogSource("assistant", place, home, mapping, clock, **more)  # type: ignore[arg-type]
