"""How soon each measure of drift finds a shift, and that it alarms on no healthy stream.

The limit to hold: no alarm on healthy streams, a shift of one standard deviation in one window by
every measure. Tolerances are what people usually write for each measure.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np

from bench.table import Table
from tocsin.detection import State, declaration_of, scan
from tocsin.detection.declared.declaration import Declaration, Drift, Measure, Reference
from tocsin.facts.grids import DIGIT, PER_SCALE
from tocsin.facts.summaries import Histogram, WindowSummary

ROWS, BEFORE, LONGEST, STREAMS = 5000, 20, 48, 12
HEALTHY, WINDOWS = 40, 100
SHIFTS = (0.1, 0.2, 0.3, 0.5, 1.0)
TOLERANCES = {Measure.KS: 0.02, Measure.TV: 0.05, Measure.PSI: 0.1, Measure.JS: 0.1,
              Measure.W1: 0.1, Measure.CHI2: 0.1}  # fmt: skip
START, HOUR = datetime(2026, 1, 1, tzinfo=UTC), timedelta(hours=1)
LATE = START + timedelta(days=400)
YAML = b"""\
system: bench
window: 1h
drift_window: 1h
log: {numbers: [score]}
detectors:
  score: {drift: score, tolerance: 0.02, baseline: {first: 20000}, run_length: 10000}
"""


def declared(measure: Measure, tolerance: float) -> Declaration:
    """One detector, which compares with a reference."""
    plain = declaration_of(YAML)
    [one] = plain.detectors
    assert isinstance(one, Drift)
    one = msgspec.structs.replace(
        one, measure=measure, tolerance=tolerance, baseline=Reference()
    )  # fmt: skip
    return msgspec.structs.replace(plain, detectors=(one,))


def window(place: int, draw: np.random.Generator, shift: float = 0.0) -> WindowSummary:
    """A window of a normal column, as a profile keeps it."""
    x = draw.normal(shift, 1, ROWS)
    found, inverse = np.unique(np.floor(PER_SCALE * np.arcsinh(x)), return_inverse=True)
    at = START + place * HOUR
    column = Histogram(
        buckets=tuple(int(b) * DIGIT**2 for b in found),
        counts=tuple(int(n) for n in np.bincount(inverse)),
        totals=tuple(float(t) for t in np.bincount(inverse, weights=x)),
    )
    return WindowSummary(at=at, seconds=3600, last=at, cells=(), numbers={"score": column})


def stream(seed: Sequence[int], count: int, shift: float = 0.0) -> list[WindowSummary]:
    """So many windows; those of the same seed are the same."""
    draw = np.random.default_rng(list(seed))
    return [window(i, draw, shift) for i in range(count)]


def delay(declaration: Declaration, shown: list[WindowSummary], seed: int) -> float:
    """After how many windows the shift is told."""
    found, _, _ = scan(declaration, shown, State(), LATE, stream((1, seed), BEFORE))
    return (found[0].seen_until - START) / HOUR if found else float("inf")


def run() -> Table:
    """All measures, on the same rows; less is better."""
    rows, met = [], True
    calm = [stream((2, seed), WINDOWS, 0.02 * (seed % 2)) for seed in range(HEALTHY)]
    late = {shift: [stream((3, seed), LONGEST, shift) for seed in range(STREAMS)]
            for shift in SHIFTS}  # fmt: skip
    for measure, tolerance in TOLERANCES.items():
        one = declared(measure, tolerance)
        alarms = sum(delay(one, shown, 100) < float("inf") for shown in calm)
        medians = [
            statistics.median(delay(one, shown, seed) for seed, shown in enumerate(late[shift]))
            for shift in SHIFTS
        ]
        met &= alarms == 0 and medians[-1] == 1
        told = ["never" if m == float("inf") else f"{m:.0f}" for m in medians]
        rows.append((measure.value, f"{tolerance}", str(alarms), *told))
    return Table(
        title="Drift: alarms on healthy streams, and windows until a shift is told",
        columns=("measure", "tolerance", "alarms", *(f"{shift} sd" for shift in SHIFTS)),
        rows=rows,
        note=f"A normal column, windows of {ROWS:,} rows, a reference of {BEFORE * ROWS:,}; run "
        f"length 10,000. Alarms of {HEALTHY} streams of {WINDOWS} windows, half of them shifted by "
        f"0.02 sd. Delays are medians of {STREAMS} streams, followed for {LONGEST} windows; a "
        "shift within what is tolerated is never told, by design.",
        met=met,
    )
