"""Following a log that grows, is corrected, comes late and twice, and whose reader is killed."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tocsin.detection import State, declaration_of, scan, standing
from tocsin.facts.findings import Found, Subsided
from tocsin.sources.log import LogSource
from tocsin.world import RealClock

START = datetime(2026, 11, 2, 8, tzinfo=UTC)
EXAMPLE = Path(__file__).parents[2] / "examples" / "first-alarm" / "detectors.yaml"
SECONDS, PER_SECOND, CHANGE = 90, 20, 70
INTENTS = [f"intent{i}" for i in range(20)]
Written = list[list[dict[str, object]]]


def written(seed: int = 1) -> Written:
    """A second of the log at a time; release 2 falls back six times as often."""
    draw, seconds = random.Random(seed), Written()
    for second in range(SECONDS):
        new = second >= CHANGE
        seconds.append([])
        for place in range(PER_SECOND):
            falls = draw.random() < (0.3 if new else 0.05)
            seconds[-1].append({
                "at": START + timedelta(seconds=second + place / PER_SECOND),
                "version": "2" if new else "1", "segment": draw.choice(["en", "de"]),
                "fallback": falls, "error": False, "confidence": draw.random(),
                "latency_ms": 10.0, "intent": None if falls else draw.choice(INTENTS),
                "served_by": "assistant",
            })  # fmt: skip
    return seconds


def put(home: Path, name: str, rows: list[dict[str, object]]) -> Path:
    path = home / "log" / "date=2026-11-02" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    hidden = path.with_name(f".{name}")
    pq.write_table(pa.Table.from_pylist(rows), hidden)
    os.replace(hidden, path)
    return path


class Follower:
    """What whoever watches does, without a desk."""

    def __init__(self, home: Path) -> None:
        self.declared = declaration_of(EXAMPLE.read_bytes())
        self.source = LogSource("assistant", "log", home, self.declared.log, RealClock())
        self.state, self.found, self.over = State(), list[Found](), list[Subsided]()

    def look(self, second: float) -> None:
        refreshed = self.source.refresh()
        self.state = self.state.back_to(refreshed.earliest)
        now = START + timedelta(seconds=second)
        more, less, self.state = scan(
            self.declared, self.source.windows(self.state.since), self.state, now
        )
        self.found, self.over = self.found + more, self.over + less


def rates(found: list[Found]) -> list[Found]:
    return [one for one in found if one.detector == "assistant-fallback-rate"]


def test_one_failure_is_one_finding_soon_though_files_come_late_twice_and_broken(
    tmp_path: Path,
) -> None:
    seconds, watching = written(), Follower(tmp_path)
    held_back: list[dict[str, object]] = []
    for second, rows in enumerate(seconds):
        if second == 40:
            held_back, rows = rows[:10], rows[10:]
        path = put(tmp_path, f"part-{second:04}.parquet", rows)
        if second == 30:
            shutil.copy(path, path.with_name("part-0030-again.parquet"))
        if second == 50:
            whole = path.read_bytes()
            path.write_bytes(whole[:300])
        if second == 55:
            path.with_name("part-0050.parquet").write_bytes(whole)
        if second == 60:
            put(tmp_path, "part-late.parquet", held_back)
        if second % 3 == 0 or rates(watching.found):
            watching.look(second + 1)
        if rates(watching.found):
            break
    [found] = rates(watching.found)
    assert second - CHANGE <= 6
    assert (found.version, found.segment) == ("2", None)
    assert found.since == START + timedelta(seconds=CHANGE)
    told = [c for w in watching.source.windows() if w.seconds == 5 for c in w.cells]
    assert sum(cell.requests for cell in told) == (second + 1) * PER_SECOND
    anew = Follower(tmp_path)  # another process, with nothing but what was read
    anew.look(second + 1)
    assert rates(anew.found) == rates(watching.found)
    assert standing(anew.declared, anew.state) == standing(watching.declared, watching.state)


READ = """
import sys
from pathlib import Path
from tocsin.detection import declaration_of
from tocsin.sources.log import LogSource
from tocsin.world import RealClock
home, detectors = map(Path, sys.argv[1:])
declared = declaration_of(detectors.read_bytes())
print("begin", flush=True)
LogSource("assistant", "log", home, declared.log, RealClock(), grace_seconds=0).refresh()
print("end", flush=True)
"""


def test_a_reader_killed_at_any_moment_leaves_nothing_half_counted(tmp_path: Path) -> None:
    for second, rows in enumerate(written()):
        put(tmp_path, f"part-{second:04}.parquet", rows)
    draw, killed = random.Random(5), 0
    for attempt in range(6):
        reader = subprocess.Popen(
            [sys.executable, "-c", READ, str(tmp_path), str(EXAMPLE)], stdout=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        assert reader.stdout is not None and reader.stdout.readline() == "begin\n"
        time.sleep(draw.uniform(0, 0.4) * attempt)
        reader.send_signal(signal.SIGKILL)
        killed += reader.wait() == -signal.SIGKILL
        reader.stdout.close()
    assert killed
    after = Follower(tmp_path)
    after.look(SECONDS)
    cells = [c for w in after.source.windows() if w.seconds == 5 for c in w.cells]
    assert sum(cell.requests for cell in cells) == SECONDS * PER_SECOND
    assert len(rates(after.found)) == 1
