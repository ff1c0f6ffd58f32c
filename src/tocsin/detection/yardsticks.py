"""What a distance is worth as evidence, how it may lie off by chance, and what it does when well.

Only Kolmogorov-Smirnov, total variation and the Wasserstein distance of what is usual have a bound
of their own: whatever the distribution, an empirical one lies within it (Dvoretzky, Kiefer,
Wolfowitz with Massart's constant; Weissman and others for groups). PSI, Jensen-Shannon and Cramer's
V are convex in both distributions, so that a tangent lies below them: if they were within what is
tolerated, the shares would have to lie off by a known total variation, and that has its bound. No
pretended p-value of theirs is used.

Source: Massart, Annals of Probability 18 (1990); Weissman, Ordentlich, Seroussi, Verdu, Weinberger,
"Inequalities for the L1 deviation of the empirical distribution" (2003).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Protocol

from tocsin.detection.columns import Column, are_categories
from tocsin.detection.declaration import BASELINE_ERROR, CONFIDENCE, Measure
from tocsin.detection.distances import (
    USUAL,
    Groups,
    chi2,
    clipped,
    deviation,
    groups_of,
    js,
    ks,
    points,
    psi,
    quantile,
    scale_of,
    shares,
    tv,
    w1,
)
from tocsin.detection.kinds import CannotJudge
from tocsin.detection.shares import decimal
from tocsin.detection.track import Part

SMOOTHED = 0.5
"""Rows more in each group, so that an empty one does not make PSI jump."""

_KOLMOGOROV = (0.8687, 0.2603)
"""Mean and standard deviation of the limit of sqrt(n) KS."""

_TWO_SIDES = 1.959964
_HALF_NORMAL = math.sqrt(2 / math.pi)
_TANGENTS = tuple(
    (one, other) for one in (0, 0.02, 0.1, 0.3) for other in (0.1, 0.25, 0.5, 0.75, 0.95)
    if one < other
)  # fmt: skip
"""Parts of the way from the baseline to a window at which tangents are taken."""


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

    def log_p(self, now: Column) -> float:
        """The logarithm of a p-value against the claim that the distance is tolerated."""

    def interval(self, far: float, shown: Sequence[Part]) -> tuple[float, float]:
        """Of the mean distance of these windows."""

    def usual(self, rows: int) -> tuple[float, float]:
        """About how large the distance and its standard deviation are at what is tolerated."""


def yardstick(measure: Measure | None, tolerance: float, before: Column) -> Yardstick:
    """The measure's yardstick; Kolmogorov-Smirnov for numbers and total variation for categories
    where none is named. Raises CannotJudge: the measure is not for such a column."""
    names = are_categories(before.values)
    chosen = measure or (Measure.TV if names else Measure.KS)
    if names and chosen in (Measure.KS, Measure.W1):
        raise CannotJudge(f"{chosen.value} compares numbers, and the column holds categories")
    if not names and not before.sums:
        raise CannotJudge("the baseline holds no number")
    match chosen:
        case Measure.KS:
            return Cumulative(before, tolerance)
        case Measure.W1:
            return Transport(before, tolerance)
        case Measure.TV:
            return Variation(before, tolerance)
        case _:
            return Divergence(chosen, before, tolerance)


def _mean_deviation(shown: Sequence[Part], before: int, sets: float) -> float:
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

    def log_p(self, now: Column) -> float:
        far = self.far(now)[0] - self._tolerance - deviation(self._rows, BASELINE_ERROR)
        return min(0.0, math.log(2) - 2 * now.rows * max(far, 0.0) ** 2)

    def interval(self, far: float, shown: Sequence[Part]) -> tuple[float, float]:
        slack = _mean_deviation(shown, self._rows, math.log(2))
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

    def log_p(self, now: Column) -> float:
        silent = self._tolerance + deviation(self._rows, BASELINE_ERROR, self._sets)
        far = max(self.far(now)[0] - silent, 0.0)
        return min(0.0, self._sets - 2 * now.rows * far**2)

    def interval(self, far: float, shown: Sequence[Part]) -> tuple[float, float]:
        slack = _mean_deviation(shown, self._rows, self._sets)
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

    def log_p(self, now: Column) -> float:
        silent = self._tolerance + self._range * deviation(self._rows, BASELINE_ERROR)
        far = max(self._inner(now) - silent, 0.0)
        if not far:
            return 0.0
        return min(0.0, math.log(2) - 2 * now.rows * (far / self._range) ** 2)

    def interval(self, far: float, shown: Sequence[Part]) -> tuple[float, float]:
        slack = self._range * _mean_deviation(shown, self._rows, math.log(2))
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


class Divergence:
    """PSI, Jensen-Shannon or Cramer's V on tenths of numbers or on common categories."""

    words = (
        "Its evidence is the bound of Weissman and others on total variation, through tangents of "
        "the convex measure",
        f"The interval is about {decimal(100 * CONFIDENCE)} % (delta method, as if normal).",
    )

    def __init__(self, measure: Measure, before: Column, tolerance: float) -> None:
        self.name = measure.value
        self._groups: Groups = groups_of(before.values)
        self._rows = before.rows
        self._p = shares(self._groups.counts(before.values), SMOOTHED)
        self._sets = math.log(2) * self._groups.count
        self._of, self._slope, self._curve = _CONVEX[measure]
        self._is_root = measure is not Measure.PSI
        self._tolerance = tolerance
        self._allowed = tolerance**2 if self._is_root else tolerance

    def far(self, now: Column) -> tuple[float, float]:
        q = shares(self._groups.counts(now.values), SMOOTHED)
        found = self._of(self._p, q)
        spread = math.sqrt(
            _variance([self._slope(a, b) for a, b in zip(self._p, q, strict=True)], q) / now.rows
            + _variance([self._slope(b, a) for a, b in zip(self._p, q, strict=True)], self._p)
            / self._rows
        )
        if not self._is_root:
            return found, spread
        root = math.sqrt(found)
        return root, spread / (2 * root) if root else 0.0

    def log_p(self, now: Column) -> float:
        counts = self._groups.counts(now.values)
        if self._of(self._p, shares(counts, SMOOTHED)) <= self._allowed:
            return 0.0
        q = shares(counts)
        off = max(self._off(one, other, q) for one, other in _TANGENTS)
        return min(0.0, self._sets - 2 * now.rows * max(off, 0.0) ** 2)

    def interval(self, far: float, shown: Sequence[Part]) -> tuple[float, float]:
        rows = sum(part.requests for part in shown)
        off = math.sqrt(sum((part.blur * part.requests) ** 2 for part in shown)) / rows
        high = far + _TWO_SIDES * off
        return max(far - _TWO_SIDES * off, 0.0), min(high, 1.0) if self._is_root else high

    def usual(self, rows: int) -> tuple[float, float]:
        """Near each other both are about chi-square, with one degree less than there are groups."""
        free, each = self._groups.count - 1, self._curve * (1 / rows + 1 / self._rows)
        mean, spread = free * each, math.sqrt(2 * free) * each
        if not self._is_root:
            return self._tolerance + mean, spread
        root = math.sqrt(self._tolerance**2 + mean)
        return root, spread / (2 * root)

    def _off(self, one: float, other: float, q: Sequence[float]) -> float:
        """The total variation by which the shares of a window must lie off if all is tolerated.

        The tangent at two points on the way from the baseline to the window lies below the measure
        everywhere; which points are taken makes it better or worse, never wrong.
        """
        p = self._p
        near = [a + one * (b - a) for a, b in zip(p, q, strict=True)]
        far = [a + other * (b - a) for a, b in zip(p, q, strict=True)]
        slope = [self._slope(a, b) for a, b in zip(near, far, strict=True)]
        back = [self._slope(b, a) for a, b in zip(near, far, strict=True)]
        reached = (
            self._of(near, far)
            + sum(s * (b - x) for s, b, x in zip(slope, q, far, strict=True))
            + sum(s * (a - x) for s, a, x in zip(back, p, near, strict=True))
        )
        smoothed = SMOOTHED * len(p) / (self._rows + SMOOTHED * len(p))
        known = deviation(self._rows, BASELINE_ERROR, self._sets) + smoothed
        beyond = reached - self._allowed - known * (max(back) - min(back))
        steep = max(slope) - min(slope)
        return beyond / steep if steep > 0 else 0.0


def _variance(slopes: Sequence[float], weights: Sequence[float]) -> float:
    mean = sum(s * w for s, w in zip(slopes, weights, strict=True))
    return sum(w * (s - mean) ** 2 for s, w in zip(slopes, weights, strict=True))


def _psi_slope(p: float, q: float) -> float:
    return math.log(q / p) + 1 - p / q


def _js_slope(p: float, q: float) -> float:
    return math.log2(2 * q / (p + q)) / 2


def _chi2_slope(p: float, q: float) -> float:
    apart = (q - p) / (p + q)
    return (2 * apart - apart**2) / 2


_Convex = tuple[Callable[[Sequence[float], Sequence[float]], float],
                Callable[[float, float], float], float]  # fmt: skip
_CONVEX: dict[Measure, _Convex] = {
    Measure.PSI: (psi, _psi_slope, 1.0),
    Measure.JS: (js, _js_slope, 1 / (8 * math.log(2))),
    Measure.CHI2: (chi2, _chi2_slope, 0.25),
}
"""The measure, its slope in the second share, and how it bends where both are alike."""
