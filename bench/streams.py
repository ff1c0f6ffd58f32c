"""How often each way of deciding alarms on healthy streams, and how soon it finds failing ones.

The limits to hold, for the e-detector: alarms within the stated run length on a thousand healthy
streams of five hundred windows, twice the share found in one window, 30 % more in 20. Beside it the
rules that peers use, each as its rule says, on the same counts.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np
from scipy.special import ndtri

from bench.table import Table
from tocsin.detection import State, declaration_of, scan
from tocsin.detection.declared.declaration import Counts, Decision, Declaration, Rate
from tocsin.facts.summaries import Cell, WindowSummary

STREAMS, WINDOWS, REQUESTS, BASE = 1000, 500, 1000, 0.05
FAILING, LONGEST, RUN_LENGTH, TOLERANCE = 300, 200, 10_000, 0.1
KNOWN = Counts(100_000, 5000)
FACTORS = (1.15, 1.3, 2.0)
START, MINUTE = datetime(2026, 1, 1, tzinfo=UTC), timedelta(minutes=1)
LATE = START + timedelta(days=400)
YAML = b"""\
system: bench
window: 60s
detectors:
  rate: {rate: fallback, direction: up, tolerance: 10%, basis: relative,
    baseline: {requests: 100000, counted: 5000}, run_length: 10000}
"""
OURS = "e-sr, tolerance 10 %"
Judge = Callable[[np.ndarray], list[int]]
"""The windows in which alarms begin, of the counts of one stream."""


def tocsin(decision: Decision, tolerance: float = TOLERANCE) -> Judge:
    """The engine itself."""
    plain = declaration_of(YAML)
    [one] = plain.detectors
    assert isinstance(one, Rate)
    one = msgspec.structs.replace(one, decision=decision, tolerance=tolerance, baseline=KNOWN)
    declared = msgspec.structs.replace(plain, detectors=(one,))
    return lambda bad: _alarms(declared, bad)


def _alarms(declared: Declaration, bad: np.ndarray) -> list[int]:
    found, _, _ = scan(declared, [_window(i, int(k)) for i, k in enumerate(bad)], State(), LATE)
    return [(one.seen_until - START) // MINUTE - 1 for one in found]


def _window(place: int, bad: int) -> WindowSummary:
    at = START + place * MINUTE
    cell = Cell(version="1", segment=None, requests=REQUESTS, by_fallback=0,
                judged={"fallback": REQUESTS}, counted={"fallback": bad})  # fmt: skip
    return WindowSummary(at=at, seconds=60, last=at, cells=(cell,))


def _beyond(limit: float) -> Judge:
    return lambda bad: [int(i) for i in np.flatnonzero(bad / REQUESTS > limit)]


def _beyond_chunks(bad: np.ndarray) -> list[int]:
    """Ten chunks before each stream, of the length of a window, are its mean and deviation."""
    before = np.random.default_rng(int(bad.sum())).binomial(REQUESTS, BASE, 10) / REQUESTS
    return _beyond(float(before.mean() + 3 * before.std(ddof=1)))(bad)


def rules() -> dict[str, Judge]:
    """Each way of deciding, ours first."""
    share = KNOWN.counted / KNOWN.requests
    error = np.sqrt(share * (1 - share) * (1 / REQUESTS + 1 / KNOWN.requests))
    return {
        OURS: tocsin(Decision.E_SR),
        "e-sr, no tolerance (then only alike is healthy)": tocsin(Decision.E_SR, 0.0),
        "cusum, tolerance 10 %": tocsin(Decision.CUSUM),
        "threshold, tolerance 10 %": tocsin(Decision.THRESHOLD),
        "p < 0.05 in a window (z-test)": _beyond(share - float(ndtri(0.025)) * error),
        "share above baseline + 15 %": _beyond(1.15 * share),
        "above mean + 3 sd of 10 chunks": _beyond_chunks,
    }


def healthy(kind: str, seed: int) -> np.ndarray:
    """Counts of a healthy stream: of one share, or with a cycle and noise within 10 %."""
    draw = np.random.default_rng([7, seed])
    shares = np.full(WINDOWS, BASE)
    if kind == "varied":
        shares *= 1 + 0.08 * np.sin(2 * np.pi * np.arange(WINDOWS) / 24)
        shares = np.clip(shares * draw.normal(1, 0.05, WINDOWS), 0, BASE * (1 + TOLERANCE))
    return draw.binomial(REQUESTS, shares)


def delays(judge: Judge, factor: float) -> list[float]:
    """How many windows after the failure the first alarm came; infinite where none did."""
    late = []
    for seed in range(FAILING):
        draw = np.random.default_rng([9, seed])
        alarms = judge(draw.binomial(REQUESTS, factor * BASE, LONGEST))
        late.append(alarms[0] + 1 if alarms else float("inf"))
    return late


def run() -> Table:
    """All of them, on the same counts; less is better everywhere."""
    rows, met = [], True
    for name, judge in rules().items():
        shown = [name]
        for kind in ("alike", "varied"):
            alarms = [len(judge(healthy(kind, seed))) for seed in range(STREAMS)]
            shown.append(f"{sum(alarms):,} ({100 * sum(a > 0 for a in alarms) / STREAMS:.1f} %)")
            met &= name != OURS or sum(alarms) <= STREAMS * WINDOWS / RUN_LENGTH
        for factor in FACTORS:
            late = delays(judge, factor)
            median = statistics.median(late)
            missed = sum(one == float("inf") for one in late) / len(late)
            told = f"{median:.0f}" + (f" ({100 * missed:.0f} % never)" if missed else "")
            shown.append(f"never ({100 * missed:.0f} %)" if median == float("inf") else told)
            limit = {1.3: 20, 2.0: 1}.get(factor, float("inf"))
            met &= name != OURS or median <= limit
        rows.append(shown)
    return Table(
        title="Alarms on healthy streams, and windows until a failing one is found",
        columns=("decision", "alarms, all alike (streams with any)", "alarms, varied within 10 %",
                 "+15 %", "+30 %", "+100 %"),
        rows=rows,
        note=f"{STREAMS:,} healthy streams of {WINDOWS} windows of {REQUESTS:,} requests at "
        f"{100 * BASE:.0f} %, baseline of {KNOWN.requests:,}; allowed: "
        f"{STREAMS * WINDOWS // RUN_LENGTH}. Delays are medians of {FAILING} streams that fail "
        f"from the first window on, followed for {LONGEST} windows. The last three are the rules "
        "that peers use, not runs of the peers; an alarm of theirs is every window that breaks "
        "the rule.",
        met=met,
    )  # fmt: skip
