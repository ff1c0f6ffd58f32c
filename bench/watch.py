"""How long it takes to read 1,000,000 new rows of a log and judge them, and in how much memory.

The figures to hold: less than 10 s and 500 MB. The floor is DuckDB itself summing the same columns
of the same files in a process of its own, in the same run.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from bench.table import Table
from tocsin.detection import State, declaration_of, scan
from tocsin.sources.log import LogSource
from tocsin.world import RealClock

ROWS, FILES = 1_000_000, 25
LIMIT_SECONDS, LIMIT_MB = 10.0, 500.0
DETECTORS = b"""\
system: bench
window: 1m
drift_window: 1h
log: {numbers: [confidence, latency_ms], categories: [intent]}
detectors:
  rate: {status: live, rate: fallback, tolerance: 15%, basis: relative,
         baseline: {first: 100000}, slices: [version, segment]}
  errors: {rate: error, tolerance: 50%, basis: relative, baseline: {first: 100000}}
  intents: {drift: intent, tolerance: 5%, baseline: {first: 200000}}
  confidence: {drift: confidence, tolerance: 5%, baseline: {first: 200000}}
"""
_ROWS = """\
SELECT TIMESTAMPTZ '2026-11-01 00:00:00+00' + to_microseconds(i * 86400) AS at,
  'r' || i AS request_id, 's' || (i // 7) AS session,
  CASE WHEN i > 900000 THEN '2' ELSE '1' END AS version,
  ['en', 'de', 'es'][1 + (hash(i, 1) % 3)::INTEGER] AS segment,
  'where is my parcel number ' || i AS question, 'it is on its way, ' || (i % 977) AS answer,
  CASE WHEN hash(i, 2) % 1000 < (CASE WHEN i > 900000 THEN 200 ELSE 50 END) THEN NULL
    ELSE 'intent' || (hash(i, 3) % 150) END AS intent,
  (hash(i, 4) % 1000000) / 1e6 AS confidence, intent IS NULL AS fallback,
  hash(i, 5) % 1000 < 3 AS error, exp((hash(i, 6) % 1000) / 150.0) AS latency_ms,
  'assistant' AS served_by FROM range({begin}, {end}) t(i)
"""
_FLOOR = (
    'SELECT sum(epoch_us("at") % 7), sum(strlen(version)), sum(strlen(segment)), '
    "sum(strlen(intent)), sum(confidence), sum(latency_ms), count_if(fallback), count_if(error), "
    "sum(strlen(served_by)) FROM read_parquet('{folder}/log/*.parquet')"
)


def written(folder: Path) -> None:
    """A log of a day in files of an hour or so, as an assistant writes it."""
    (folder / "log").mkdir()
    con = duckdb.connect()
    each = ROWS // FILES
    for number in range(FILES):
        rows = _ROWS.format(begin=number * each, end=(number + 1) * each)
        into = folder / "log" / f"part-{number:02}.parquet"
        con.execute(f"COPY ({rows}) TO '{into}' (FORMAT parquet, COMPRESSION zstd)")


def watched(folder: Path) -> str:
    """Read all of it and judge it; says what was found."""
    declared = declaration_of(DETECTORS)
    clock = RealClock()
    source = LogSource("bench", "log", folder, declared.log, clock, grace_seconds=0)
    state = State().back_to(source.refresh().earliest)
    found, _, _ = scan(declared, source.windows(state.since), state, clock.now())
    return ", ".join(f"{one.detector} (version {one.version})" for one in found)


def floor(folder: Path) -> str:
    """Sum the same columns."""
    con = duckdb.connect()
    con.execute("SET threads = 2")
    return str(con.execute(_FLOOR.format(folder=folder)).fetchone())


def run() -> Table:
    """Both in processes of their own, one after the other; smaller is better."""
    with tempfile.TemporaryDirectory() as name:
        written(Path(name))
        low, high = _measured("floor", name), _measured("watched", name)
    rows = [
        (what, f"{m['wall']:.2f}", f"{m['cpu']:.2f}", f"{m['mb']:.0f}")
        for what, m in (("DuckDB sums the columns", low), ("read and judged", high))
    ]
    ratios = (f"{high[k] / low[k]:.1f}" for k in ("wall", "cpu", "mb"))
    rows.append(("ratio", *ratios))
    return Table(
        title="1,000,000 new rows of a log: read, summarised by minute, version, segment; judged",
        columns=("", "s", "s of CPU", "MB at most"),
        rows=rows,
        note=f"{FILES} Parquet files, {ROWS:,} rows, 13 columns, of which 9 are read; the process "
        f"with its imports. Limits: {LIMIT_SECONDS:.0f} s and {LIMIT_MB:.0f} MB. "
        f"Found: {high['said']}.",
        met=high["wall"] < LIMIT_SECONDS and high["mb"] < LIMIT_MB,
    )


def _measured(what: str, folder: str) -> dict[str, float]:
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "bench.watch", what, folder],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    told: dict[str, float] = json.loads(done.stdout)
    return {**told, "wall": time.perf_counter() - began}


if __name__ == "__main__":
    said = {"floor": floor, "watched": watched}[sys.argv[1]](Path(sys.argv[2]))
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu, mb = used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
    print(json.dumps({"cpu": cpu, "mb": mb, "said": said}))
