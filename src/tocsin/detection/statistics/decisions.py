"""How windows add up until it is too much, by each way of deciding.

The e-detector keeps its run length whatever healthy windows are like. CUSUM adds standard
deviations above one half and is quicker; its run length is that of independent normal deviations. A
threshold looks at each window alone.

Source: for the e-detector see `evidence`; Page, Biometrika 41 (1954); Siegmund, Sequential Analysis
(1985), 2.6, for the run length of CUSUM with its correction for overshoot.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

from tocsin.detection.declared.declaration import Decision
from tocsin.detection.kinds import Kind
from tocsin.detection.statistics.evidence import added, together
from tocsin.detection.windows.track import Learned, Part

SLACK = 0.5
"""Standard deviations that CUSUM forgives in each window."""

_OVERSHOOT = 1.166


def gathered(
    kind: Kind, before: Sequence[float], learned: Learned, slice: str, parts: Sequence[Part]
) -> tuple[float, ...]:
    """What is held against a slice after one more window; `before` is empty at the beginning."""
    match kind.about.decision:
        case Decision.E_SR:
            window = kind.log_e(learned, slice, parts)
            return added(before or (-math.inf,) * len(window), window)
        case Decision.CUSUM:
            sum_before = before[0] if before else 0.0
            return (max(0.0, sum_before + kind.deviation(learned, slice, parts) - SLACK),)
        case Decision.THRESHOLD:
            return (kind.deviation(learned, slice, parts),)


def beyond(decision: Decision, held: Sequence[float], weight: float, run_length: int) -> float:
    """How far what is held against a slice goes beyond what raises an alarm, from 0."""
    match decision:
        case Decision.E_SR:
            least = math.log(weight / run_length)
            most = max(held) + least  # the mean is no larger: most windows need no more than this
            return most if most < 0 else together(held) + least
        case Decision.CUSUM:
            return held[0] - cusum_limit(run_length / weight)
        case Decision.THRESHOLD:
            return held[0] if held[0] > 0 else -math.inf


@lru_cache(maxsize=1024)
def cusum_limit(run_length: float) -> float:
    """The sum that healthy windows, normal and independent, reach once in `run_length` windows."""
    low, high = 0.0, 2 * math.log(run_length + 2) / SLACK
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _run_length(middle) < run_length else (low, middle)
    return high


def _run_length(limit: float) -> float:
    x = 2 * SLACK * (limit + _OVERSHOOT)
    return (math.exp(x) - x - 1) / (2 * SLACK**2)
