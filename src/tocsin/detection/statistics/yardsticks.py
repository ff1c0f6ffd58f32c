"""What a distance is worth as evidence, how it may lie off by chance, and what it does when well.

Only Kolmogorov-Smirnov, total variation and the Wasserstein distance of what is usual have a bound
of their own: whatever the distribution, an empirical one lies within it (Dvoretzky, Kiefer,
Wolfowitz with Massart's constant; Weissman and others for groups). For PSI, Jensen-Shannon and
Cramer's V see `divergence`. No pretended p-value is used.

Source: Massart, Annals of Probability 18 (1990); Weissman, Ordentlich, Seroussi, Verdu, Weinberger,
"Inequalities for the L1 deviation of the empirical distribution" (2003).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Protocol

from tocsin.detection.declared.declaration import BASELINE_ERROR, CONFIDENCE
from tocsin.detection.statistics.distances import (
    USUAL,
    clipped,
    deviation,
    groups_of,
    ks,
    points,
    quantile,
    scale_of,
    shares,
    tv,
    w1,
)
from tocsin.detection.statistics.evidence import log_e_of_p
from tocsin.detection.statistics.shares import decimal
from tocsin.detection.windows.columns import Column
from tocsin.detection.windows.track import Part

_KOLMOGOROV = (0.8687, 0.2603)
"""Mean and standard deviation of the limit of sqrt(n) KS."""

_HALF_NORMAL = math.sqrt(2 / math.pi)


class Yardstick(Protocol):
    """A baseline of a column, prepared for one measure."""

    @property
    def name(self) -> str:
        """Of the measure."""

    @property
    def words(self) -> tuple[str, str]:
        """How the evidence was made, and how the interval was, a sentence each."""

    def far(self, now: Column) -> tuple[float, float]:
        """The distance of a window, and how far the true one may differ for other reasons than
        the baseline: what a grid hides, or a standard deviation."""

    def log_e(self, now: Column) -> float:
        """The logarithm of an e-value against the claim that the distance is tolerated."""

    def interval(self, far: float, shown: Sequence[Part]) -> tuple[float, float]:
        """Of the mean distance of these windows."""

    def usual(self, rows: int) -> tuple[float, float]:
        """About how large the distance and its standard deviation are at what is tolerated."""


def mean_deviation(shown: Sequence[Part], before: int, sets: float) -> float:
    """Of the mean over these windows, all of them together at CONFIDENCE."""
    each = (1 - CONFIDENCE) / (len(shown) + 1)
    rows = sum(part.requests for part in shown)
    off = sum(deviation(part.requests, each, sets) * part.requests for part in shown)
    return deviation(before, each, sets) + off / rows


def _by(bound: str) -> str:
    return (
        f"The interval is the mean over the windows since, by {bound} for all of them together at "
        f"{decimal(100 * CONFIDENCE)} %."
    )


class Cumulative:
    """Kolmogorov-Smirnov."""

    name = "ks"
    words = (
        "Its evidence is the Dvoretzky-Kiefer-Wolfowitz bound",
        _by("Dvoretzky-Kiefer-Wolfowitz") + " Its upper end holds whatever the grid hides.",
    )

    def __init__(self, before: Column, tolerance: float) -> None:
        self._before, self._rows = before.values, before.rows
        self._tolerance = tolerance
        self._seen: tuple[Column, float, float] | None = None

    def far(self, now: Column) -> tuple[float, float]:
        if self._seen is None or self._seen[0] is not now:  # it is asked for twice
            low, high = ks(self._before, now.values)
            self._seen = now, low, high - low
        return self._seen[1:]

    def log_e(self, now: Column) -> float:
        far = self.far(now)[0] - self._tolerance - deviation(self._rows, BASELINE_ERROR)
        return log_e_of_p(min(0.0, math.log(2) - 2 * now.rows * max(far, 0.0) ** 2))

    def interval(self, far: float, shown: Sequence[Part]) -> tuple[float, float]:
        slack = mean_deviation(shown, self._rows, math.log(2))
        hidden = sum(p.blur * p.requests for p in shown) / sum(p.requests for p in shown)
        return max(far - slack, 0.0), min(far + hidden + slack, 1.0)

    def usual(self, rows: int) -> tuple[float, float]:
        root = math.sqrt(1 / rows + 1 / self._rows)
        return self._tolerance + _KOLMOGOROV[0] * root, _KOLMOGOROV[1] * root


class Variation:
    """Total variation on common categories, or on tenths of numbers."""

    name = "tv"
    words = (
        "Its evidence is the bound of Weissman and others on total variation",
        _by("the bound of Weissman and others"),
    )

    def __init__(self, before: Column, tolerance: float) -> None:
        self._groups = groups_of(before.values)
        self._p, self._rows = shares(self._groups.counts(before.values)), before.rows
        self._sets = math.log(2) * self._groups.count
        self._tolerance = tolerance

    def far(self, now: Column) -> tuple[float, float]:
        return tv(self._p, shares(self._groups.counts(now.values))), 0.0

    def log_e(self, now: Column) -> float:
        silent = self._tolerance + deviation(self._rows, BASELINE_ERROR, self._sets)
        far = max(self.far(now)[0] - silent, 0.0)
        return log_e_of_p(min(0.0, self._sets - 2 * now.rows * far**2))

    def interval(self, far: float, shown: Sequence[Part]) -> tuple[float, float]:
        slack = mean_deviation(shown, self._rows, self._sets)
        return max(far - slack, 0.0), min(far + slack, 1.0)

    def usual(self, rows: int) -> tuple[float, float]:
        variances = [p * (1 - p) * (1 / rows + 1 / self._rows) for p in self._p]
        mean = sum(_HALF_NORMAL * math.sqrt(v) for v in variances) / 2
        return self._tolerance + mean, math.sqrt(sum(variances) * (1 - 2 / math.pi)) / 2


class Transport:
    """The Wasserstein distance, in scales of the baseline."""

    name = "w1"
    words = (
        "Its evidence is the Dvoretzky-Kiefer-Wolfowitz bound on the distance of what is usual "
        f"({decimal(100 * USUAL[0])} % to {decimal(100 * USUAL[1])} % of the baseline), which is "
        "never the larger",
        _by("Dvoretzky-Kiefer-Wolfowitz")
        + " What lies outside the usual range is taken as it was seen.",
    )

    def __init__(self, before: Column, tolerance: float) -> None:
        self._usual = quantile(before, USUAL[0]), quantile(before, USUAL[1])
        self._points, self._rows = points(before, self._usual), before.rows
        self._within = clipped(self._points, self._usual)
        self._seen: tuple[Column, float] | None = None
        self._scale = scale_of(before)
        self._range = (self._usual[1] - self._usual[0]) / self._scale
        self._tolerance = tolerance

    def far(self, now: Column) -> tuple[float, float]:
        found = w1(self._points, points(now, self._usual)) / self._scale
        return found, found - self._inner(now)

    def log_e(self, now: Column) -> float:
        silent = self._tolerance + self._range * deviation(self._rows, BASELINE_ERROR)
        far = max(self._inner(now) - silent, 0.0)
        within = far / self._range if far else 0.0
        return log_e_of_p(min(0.0, math.log(2) - 2 * now.rows * within**2))

    def interval(self, far: float, shown: Sequence[Part]) -> tuple[float, float]:
        slack = self._range * mean_deviation(shown, self._rows, math.log(2))
        outside = sum(p.blur * p.requests for p in shown) / sum(p.requests for p in shown)
        return max(far - outside - slack, 0.0), far + slack

    def usual(self, rows: int) -> tuple[float, float]:
        """The mean of |F - G| summed over what is usual; about half of it is its deviation."""
        inner = sorted(clipped(self._points, self._usual))
        seen = total = 0.0
        for (x, share), (following, _) in itertools.pairwise(inner):
            seen += share
            total += math.sqrt(max(seen * (1 - seen), 0.0)) * (following - x)
        root = math.sqrt(1 / rows + 1 / self._rows)
        mean = _HALF_NORMAL * total * root / self._scale
        return self._tolerance + mean, mean / 2

    def _inner(self, now: Column) -> float:
        if self._seen is None or self._seen[0] is not now:  # it is asked for twice
            other = clipped(points(now, self._usual), self._usual)
            self._seen = now, w1(self._within, other) / self._scale
        return self._seen[1]
