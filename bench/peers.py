"""What a drift report of 1M + 1M rows costs, against the peers, each as its users run it.

Ours is the whole command, start and imports included; of the peers, which need seconds to be
imported, only the work is counted. The figure to hold: ahead of every peer in time and in CPU,
within 400 MB.

The peers stand in virtual environments of their own below TOCSIN_PEERS, where `make bench` puts
them. One that is not there is named in the table.
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

from bench.drifting import written
from bench.table import Table

ROWS = int(os.environ.get("TOCSIN_BENCH_ROWS", "1000000"))
ROUNDS, LIMIT_MB, PATIENCE_SECONDS = 3, 400.0, 900
PEERS = {
    "evidently": ("psi", "ks", "default"),
    "nannyml": ("ks", "js", "wasserstein"),
    "frouros": ("ks", "psi"),
}
_AGAINST = Path(__file__).parent / "against"
_Cost = tuple[float, float, float]  # seconds, seconds of CPU, megabytes


def run() -> Table:
    """Each tool on the same two files, in one run."""
    rows: list[tuple[str, ...]] = []
    met = True
    with tempfile.TemporaryDirectory() as folder:
        reference, current = written(Path(folder), ROWS)
        ours = _median([_ours(reference, current, Path(folder)) for _ in range(ROUNDS)])
        rows.append(("tocsin detect: everything, start included", *_cells(ours), "", ""))
        met = ours[2] <= LIMIT_MB
        for peer, methods in PEERS.items():
            for method in methods:
                name = f"{peer} {method}"
                cost = _theirs(peer, method, reference, current)
                if isinstance(cost, str):
                    rows.append((name, cost, "", "", "", ""))
                    continue
                times = cost[0] / ours[0], cost[1] / ours[1]
                met = met and min(times) > 1
                rows.append((name, *_cells(cost), f"{times[0]:.1f}", f"{times[1]:.1f}"))
    return Table(
        title=f"Drift of 25 columns, {ROWS:,} + {ROWS:,} rows, against the peers",
        columns=("tool", "s", "s of CPU", "MB at most", "time / ours", "CPU / ours"),
        rows=rows,
        note=f"Ours: the median of {ROUNDS} runs, a new process each, nothing kept. Peers: one "
        f"run, imports not counted, {PATIENCE_SECONDS} s at most. Limit: ahead of every peer, and "
        f"{LIMIT_MB:.0f} MB.",
        met=met,
    )


def _ours(reference: Path, current: Path, folder: Path) -> _Cost:
    command = [sys.executable, "-m", "tocsin", "--home", str(folder / "home"), "detect",
               str(current), "--reference", str(reference), "--json"]  # fmt: skip
    return _spent(command)[0]


def _theirs(peer: str, method: str, reference: Path, current: Path) -> _Cost | str:
    python = Path(os.environ.get("TOCSIN_PEERS", ".venv-peers")) / peer / "bin" / "python"
    if not python.exists():
        return "is not installed"
    command = [
        str(python),
        str(_AGAINST / f"{peer}_drift.py"),
        method,
        str(reference),
        str(current),
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False,
                              timeout=PATIENCE_SECONDS)  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"not done after {PATIENCE_SECONDS} s"
    if done.returncode:
        return "failed: " + (done.stderr.strip().splitlines() or ["no words"])[-1][:60]
    said = json.loads(done.stdout.splitlines()[-1])
    return said["wall"], said["cpu"], said["megabytes"]


def _spent(command: list[str]) -> tuple[_Cost, str]:
    """What one process and its children took."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stderr is not None
    said = process.stdout.read()
    told = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise RuntimeError(told)
    cost = time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
    return cost, said


def _median(costs: list[_Cost]) -> _Cost:
    wall, cpu, most = (statistics.median(each) for each in zip(*costs, strict=True))
    return wall, cpu, most


def _cells(cost: _Cost) -> tuple[str, str, str]:
    return f"{cost[0]:.2f}", f"{cost[1]:.2f}", f"{cost[2]:.0f}"
