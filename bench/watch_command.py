"""How long the command `tocsin watch --once` takes over 1,000,000 new rows that hold a failure.

The figures to hold: less than 10 s and 500 MB for the whole process, from its start until the
finding is an incident on record. The floor, DuckDB summing the same columns, is `watch`'s.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from bench.table import Table
from bench.watch import DETECTORS, LIMIT_MB, LIMIT_SECONDS, ROWS, written

REPEATS = 3
REGISTER = """
[systems.bench]
name = "Assistant"
owner = "ana"
deputy = "ben"
tier = 1
roles = ["deployer"]
jurisdictions = ["DE"]
recovery_target = "4h"
log = "log"
[people.ana]
name = "Ana"
email = "ana@bench.invalid"
roles = ["on-call"]
[people.ben]
name = "Ben"
email = "ben@bench.invalid"
roles = ["commander"]
"""


class Used(msgspec.Struct, frozen=True, kw_only=True):
    """What a process took, and what it said."""

    seconds: float
    cpu_seconds: float
    mb: float
    out: str


def used(words: list[str]) -> Used:
    """Run a program to its end. Raises CalledProcessError when it fails."""
    began = time.perf_counter()
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        out = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    took = time.perf_counter() - began
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, words, out)
    return Used(seconds=took, cpu_seconds=usage.ru_utime + usage.ru_stime,
                mb=usage.ru_maxrss / 1024, out=out)  # fmt: skip


def tocsin(home: Path, *words: str) -> Used:
    """The command in a process of its own."""
    return used([sys.executable, "-m", "tocsin", "--home", str(home), *words, "--json"])


def watched(folder: Path, log: Path) -> Used:
    """The watch of a home that has seen nothing yet."""
    tocsin(folder, "init", "--origin", "bench.invalid/watch")
    for starter in (folder / "register").glob("*.toml"):
        starter.unlink()
    (folder / "register" / "bench.toml").write_text(REGISTER)
    (folder / "detectors").mkdir()
    (folder / "detectors" / "bench.yaml").write_bytes(DETECTORS)
    tocsin(folder, "register", "adopt")
    (folder / "log").symlink_to(log, target_is_directory=True)
    watch = tocsin(folder, "watch", "--once")
    said = json.loads(watch.out)
    assert said["whole"] and len(said["incidents"]) == 1, said
    assert [one["rows"] for one in said["systems"]] == [ROWS], said
    return watch


def run() -> Table:
    """The figures, and whether the limits held; smaller is better."""
    found = []
    with tempfile.TemporaryDirectory() as name:
        written(Path(name))
        for number in range(REPEATS):
            found.append(watched(Path(name) / f"home-{number}", Path(name) / "log"))
    seconds = statistics.median(one.seconds for one in found)
    cpu = statistics.median(one.cpu_seconds for one in found)
    most = max(one.mb for one in found)
    return Table(
        title=f"tocsin watch --once over {ROWS:,} new rows",
        columns=("s, median", "s of CPU, median", "MB at most"),
        rows=[(f"{seconds:.1f}", f"{cpu:.1f}", f"{most:.0f}")],
        note=f"{REPEATS} new homes. Limits: {LIMIT_SECONDS:.0f} s and {LIMIT_MB:.0f} MB.",
        met=seconds < LIMIT_SECONDS and most < LIMIT_MB,
    )
