"""What a profile costs beside a bare scan, and how small and quick to compare it is.

The figures to hold, for two tables of 1,000,000 rows and 25 columns, as multiples of the CPU that
DuckDB itself needs to sum the 20 columns of numbers and the lengths of the 5 of text: 3 for the
profile of distributions, 4 with everything, 6 over 168 windows; 400 MB at most; a profile of 0.3 %
of the Parquet; 10 ms to compare a window with another, 20 columns, from profiles.

`python -m bench.scan rows 20000000` measures a larger table alone: 600 MB at most.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import duckdb
import msgspec

from bench.table import Table
from tocsin.facts.logs import Decisions, LogMapping, Share, Texts, holds
from tocsin.sources.log import LogSource
from tocsin.world import RealClock

ROWS, ROUNDS = 1_000_000, 3
NUMBERS = tuple(f"x{i}" for i in range(20))
CARDINALITIES = (3, 8, 20, 100, 1000)
CATEGORIES = tuple(f"c{n}" for n in CARDINALITIES)
WEEK, HOUR = 7 * 86_400, 3600
LIMITS = {"drift": 3.0, "everything": 4.0, "hours": 6.0}
LIMIT_MB, LIMIT_MB_LARGE, LIMIT_SHARE, LIMIT_MS = 400.0, 600.0, 0.003, 10.0
_FLOOR = ", ".join([f"sum({x})" for x in NUMBERS] + [f"sum(strlen({c}))" for c in CATEGORIES])
_DRIFT = LogMapping(
    at="at", version=None, segment=None, fallback=None, rates={}, numbers=NUMBERS,
    categories=CATEGORIES, window_seconds=WEEK, profile_seconds=WEEK,
)  # fmt: skip
_EVERYTHING = LogMapping(
    at="at", numbers=(*NUMBERS, "latency_ms"), categories=CATEGORIES, fallback=holds("fallback"),
    rates={name: Share(counts=holds(name)) for name in ("error", "refused")},
    decisions=Decisions(decided=holds("decided"), truth=holds("label"), score="score",
                        groups=("sex", "race")),
    texts=Texts(), window_seconds=WEEK, profile_seconds=WEEK,
)  # fmt: skip
MAPPINGS = {
    "drift": _DRIFT,
    "everything": _EVERYTHING,
    "hours": msgspec.structs.replace(_DRIFT, window_seconds=HOUR, profile_seconds=HOUR),
}
_TOLD = {
    "drift": "profile of distributions, one window",
    "everything": "with rates, groups, scores, latency",
    "hours": "168 windows of an hour",
}


def written(into: Path, rows: int, seed: int) -> None:
    """A table of a week: normal, lognormal and uniform columns, two with 1 % NaN."""

    def draw(k: int) -> str:
        return f"((hash(i, {seed}, {k}) % 1000003) + 0.5) / 1000003"

    numbers = []
    for i, name in enumerate(NUMBERS):
        normal = f"sqrt(-2 * ln({draw(2 * i)})) * cos(6.283185307179586 * {draw(2 * i + 1)})"
        value = (normal, f"exp({normal})", draw(2 * i), f"300 + 5 * {normal}")[i % 4]
        if i in (4, 9):
            value = f"CASE WHEN {draw(100 + i)} < 0.01 THEN 'nan'::DOUBLE ELSE {value} END"
        numbers.append(f"{value} AS {name}")
    texts = [f"'v{n}_' || (hash(i, {seed}, {n}) % {n}) AS c{n}" for n in CARDINALITIES]
    flags = (
        f"{draw(200)} < 0.05 AS fallback, {draw(201)} < 0.01 AS error, {draw(202)} < 0.02 AS "
        f"refused, {draw(203)} < 0.4 AS decided, {draw(204)} < 0.5 AS label, {draw(205)} AS score, "
        f"['f', 'm'][1 + (hash(i, {seed}, 206) % 2)::INTEGER] AS sex, "
        f"'r' || (hash(i, {seed}, 207) % 5) AS race, exp({draw(208)} * 6) AS latency_ms, "
        f"CASE WHEN i > {rows} // 2 THEN '2' ELSE '1' END AS version, "
        f"['en', 'de', 'es'][1 + (hash(i, {seed}, 209) % 3)::INTEGER] AS segment"
    )
    at = f"TIMESTAMP '2026-11-05' + to_microseconds(i * ({WEEK}000000 // {rows})) AS at"
    con = duckdb.connect()
    con.execute("SET memory_limit = '1GB'")
    con.execute(
        f"COPY (SELECT {', '.join([at, *numbers, *texts, flags])} FROM range({rows}) t(i)) "
        f"TO '{into}' (FORMAT parquet, COMPRESSION zstd)"
    )


def floor(folder: Path) -> None:
    """Sum the columns of both tables."""
    con = duckdb.connect()
    con.execute("SET threads = 2")
    for table in sorted((folder / "log").glob("*.parquet")):
        con.execute(f"SELECT {_FLOOR} FROM read_parquet('{table}')").fetchone()


def source(folder: Path, what: str, home: Path) -> LogSource:
    """The two tables as a log, with its summaries in a home."""
    return LogSource("bench", str(folder / "log"), home, MAPPINGS[what], RealClock(),
                     grace_seconds=0)  # fmt: skip


def profiled(folder: Path, what: str) -> dict[str, float]:
    """Profile both tables into a home of its own; says how many bytes that is."""
    with tempfile.TemporaryDirectory() as name:
        log = source(folder, what, Path(name))
        told = log.refresh()
        assert not told.rejected, told.rejected
        kept = sum(p.stat().st_size for p in Path(name).glob("summaries/bench/*/parts/*.parquet"))
        log.close()
    return {"bytes": kept}


def compared(folder: Path) -> float:
    """Milliseconds to compare one window with another, all 20 columns, from their profiles."""
    from tocsin.detection.statistics.distances import ks
    from tocsin.detection.windows.columns import column_of

    with tempfile.TemporaryDirectory() as name:
        log = source(folder, "hours", Path(name))
        log.refresh()
        windows = [w for w in log.windows() if w.numbers]
        log.close()
    took = []
    for before, now in zip(windows, windows[84:], strict=False):
        columns = [(column_of(before, x).values, column_of(now, x).values) for x in NUMBERS]
        began = time.perf_counter()
        for one, other in columns:
            ks(one, other)
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


def run() -> Table:
    """Each in a process of its own, floor and profile by turns; smaller is better."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "log").mkdir()
        raw = 0
        for seed, table in enumerate(("before", "now")):
            path = folder / f"log/{table}.parquet"
            written(path, ROWS, seed)
            raw += path.stat().st_size
        rounds = [_round(name) for _ in range(ROUNDS)]
        milliseconds = compared(folder)
    rows, met = [("DuckDB sums the columns", *_row([r["floor"] for r in rounds], rounds))], True
    for what, limit in LIMITS.items():
        own = [r[what] for r in rounds]
        rows.append((_TOLD[what], *_row(own, rounds)))
        met &= float(rows[-1][2]) <= limit
    mb = max(r["drift"]["mb"] for r in rounds)
    share = rounds[0]["drift"]["bytes"] / raw
    met &= mb <= LIMIT_MB and share <= LIMIT_SHARE and milliseconds <= LIMIT_MS
    limits = ", ".join(f"{limit:.0f}" for limit in LIMITS.values())
    return Table(
        title="Two tables of 1,000,000 rows and 25 columns beside a bare scan of them",
        columns=("", "s of CPU", "of the scan's", "MB at most", "profile, MB"),
        rows=rows,
        note=f"Medians of {ROUNDS} rounds, each measure in a process of its own, without imports; "
        "the grids are fitted in it. Limits: "
        f"{limits} times the scan, {LIMIT_MB:.0f} MB, a profile of {LIMIT_SHARE:.1%} of the "
        f"Parquet (is {share:.2%} of {raw / 1e6:.0f} MB for one window each), {LIMIT_MS:.0f} ms to "
        f"compare an hour with another in 20 columns from profiles (is {milliseconds:.1f} ms). "
        "Within the profile are the digest of the files and the fitting of the grids; most of the "
        "rest is to group by bucket, which costs about as much as to decode (decision 0029).",
        met=met,
    )


_Measured = Mapping[str, float]


def _round(folder: str) -> dict[str, _Measured]:
    return {what: _measured(what, folder) for what in ("floor", *LIMITS)}


def _row(own: list[_Measured], rounds: list[dict[str, _Measured]]) -> tuple[str, ...]:
    ratio = statistics.median(
        o["cpu"] / r["floor"]["cpu"] for o, r in zip(own, rounds, strict=True)
    )
    size = own[0].get("bytes")
    return (
        f"{statistics.median(o['cpu'] for o in own):.2f}",
        f"{ratio:.2f}",
        f"{max(o['mb'] for o in own):.0f}",
        "-" if size is None else f"{size / 1e6:.2f}",
    )


def _measured(what: str, folder: str) -> _Measured:
    done = subprocess.run(
        [sys.executable, "-m", "bench.scan", what, folder], capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    told: dict[str, float] = json.loads(done.stdout)
    return told


def _large(rows: int) -> str:
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "log").mkdir()
        written(Path(name) / "log/large.parquet", rows, 0)
        low, high = _measured("floor", name), _measured("drift", name)
    verdict = "held" if high["mb"] <= LIMIT_MB_LARGE else "NOT HELD"
    return (
        f"{rows:,} rows: {high['cpu']:.1f} s of CPU, {high['cpu'] / low['cpu']:.2f} times the scan,"
        f" {high['mb']:.0f} MB at most (limit {LIMIT_MB_LARGE:.0f} MB {verdict})"
    )


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    if sys.argv[1] == "rows":
        print(_large(int(sys.argv[2])))
    else:
        begun, place = _cpu(), Path(sys.argv[2])
        more = {} if sys.argv[1] == "floor" else profiled(place, sys.argv[1])
        if not more:
            floor(place)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"cpu": _cpu() - begun, "mb": peak, **more}))
