"""PSI, Jensen-Shannon and Cramer's V as evidence, and the yardstick that each measure has.

The three are convex in both distributions: wherever a tangent is taken it lies below them. So if
the measure were within what is tolerated, the slope of that tangent would have a bounded mean over
the rows of a window. Against every such distribution at once a window is worth its likelihood under
a mixture of all distributions, over the best likelihood that the bound leaves; or, by the same
tangent, the total variation by which its shares must lie off has the bound of Weissman and others.
Half of each is taken: the second is better where rows are few.

Source: for the mixture Krichevsky and Trofimov, IEEE Trans. Inf. Theory 27 (1981); for likelihood
over the best under the null Wasserman, Ramdas, Balakrishnan, "Universal inference", PNAS 117
(2020).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from tocsin.detection.declared.declaration import BASELINE_ERROR, CONFIDENCE, Measure
from tocsin.detection.kinds import CannotJudge
from tocsin.detection.statistics.distances import (
    Groups,
    chi2,
    deviation,
    groups_of,
    js,
    psi,
    shares,
)
from tocsin.detection.statistics.evidence import log_e_of_p, together
from tocsin.detection.statistics.shares import decimal
from tocsin.detection.statistics.yardsticks import Cumulative, Transport, Variation, Yardstick
from tocsin.detection.windows.columns import Column, are_categories
from tocsin.detection.windows.track import Part

SMOOTHED = 0.5
"""Rows more in each group, so that an empty one does not make PSI jump."""

STAKES = (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9)
"""Parts of all that may be staked at which the best likelihood under the null is bounded."""

_TWO_SIDES = 1.959964
_TANGENTS = tuple(
    (one, other) for one in (0, 0.02, 0.1, 0.3) for other in (0.1, 0.25, 0.5, 0.75, 0.95)
    if one < other
)  # fmt: skip
"""Parts of the way from the baseline to a window at which tangents are taken."""


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


class Divergence:
    """PSI, Jensen-Shannon or Cramer's V on tenths of numbers or on common categories."""

    words = (
        "Its evidence is half the likelihood over the best that is tolerated, half the bound of "
        "Weissman and others on total variation, both through tangents of the convex measure",
        f"The interval is about {decimal(100 * CONFIDENCE)} % (delta method, as if normal).",
    )

    def __init__(self, measure: Measure, before: Column, tolerance: float) -> None:
        self.name = measure.value
        self._groups: Groups = groups_of(before.values)
        self._rows, self._counts = before.rows, self._groups.counts(before.values)
        self._p = shares(self._counts, SMOOTHED)
        self._sets = math.log(2) * self._groups.count
        self._of, self._slope, self._curve = _CONVEX[measure]
        self._is_root = measure is not Measure.PSI
        self._tolerance = tolerance
        self._allowed = tolerance**2 if self._is_root else tolerance

    def far(self, now: Column) -> tuple[float, float]:
        p, q = self._occupied(self._groups.counts(now.values))
        found = self._of(p, q)
        spread = math.sqrt(
            _variance([self._slope(a, b) for a, b in zip(p, q, strict=True)], q) / now.rows
            + _variance([self._slope(b, a) for a, b in zip(p, q, strict=True)], p) / self._rows
        )
        if not self._is_root:
            return found, spread
        root = math.sqrt(found)
        return root, spread / (2 * root) if root else 0.0

    def log_e(self, now: Column) -> float:
        counts = self._groups.counts(now.values)
        if self._of(*self._occupied(counts)) <= self._allowed:
            return -math.log(2)
        q = shares(counts)
        found = [self._tangent(one, other, q) for one, other in _TANGENTS]
        off = max((reach / (max(slope) - min(slope)) for slope, reach in found), default=0.0)
        bound = log_e_of_p(min(0.0, self._sets - 2 * now.rows * max(off, 0.0) ** 2))
        won = max(_won(counts, q, slope, reach) for slope, reach in found)
        return together((bound, won - _regret(counts)))

    def interval(self, far: float, shown: Sequence[Part]) -> tuple[float, float]:
        rows = sum(part.requests for part in shown)
        off = math.sqrt(sum((part.blur * part.requests) ** 2 for part in shown)) / rows
        high = far + _TWO_SIDES * off
        return max(far - _TWO_SIDES * off, 0.0), min(high, 1.0) if self._is_root else high

    def usual(self, rows: int) -> tuple[float, float]:
        """Near each other both are about chi-square, with one degree less than there are groups."""
        free = max(1, sum(map(bool, self._counts)) - 1)
        each = self._curve * (1 / rows + 1 / self._rows)
        mean, spread = free * each, math.sqrt(2 * free) * each
        if not self._is_root:
            return self._tolerance + mean, spread
        root = math.sqrt(self._tolerance**2 + mean)
        return root, spread / (2 * root)

    def _occupied(self, counts: Sequence[int]) -> tuple[list[float], list[float]]:
        """The shares before and now in the groups that either has rows in.

        What is added to a group weighs more the fewer rows there are: in one that is empty on both
        sides it would make a distance out of nothing.
        """
        pairs = [pair for pair in zip(self._counts, counts, strict=True) if any(pair)]
        return shares([b for b, _ in pairs], SMOOTHED), shares([n for _, n in pairs], SMOOTHED)

    def _tangent(self, one: float, other: float, q: Sequence[float]) -> tuple[list[float], float]:
        """The slope of a tangent in the shares of a window, and how far the window goes beyond it.

        Taken at two points on the way from the baseline to the window: which they are makes it
        better or worse, never wrong. If all is tolerated, the mean of the slope over the true
        shares is at most its mean over `q`, less what is returned.
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
        return slope, reached - self._allowed - known * (max(back) - min(back))


def _won(counts: Sequence[int], q: Sequence[float], slope: Sequence[float], reach: float) -> float:
    """How much likelier a window is under its own shares than under any that is tolerated, at
    least, as a logarithm: for every stake the product over the rows is such a bound."""
    limit = sum(s * share for s, share in zip(slope, q, strict=True)) - reach
    deep = limit - min(slope)
    if reach <= 0 or deep <= 0:
        return 0.0
    gains = [(n, (s - limit) / deep) for n, s in zip(counts, slope, strict=True) if n]
    return max(sum(n * math.log1p(stake * gain) for n, gain in gains) for stake in STAKES)


def _regret(counts: Sequence[int]) -> float:
    """What the mixture of all shares loses to those of the window itself, as a logarithm."""
    rows, half = sum(counts), len(counts) / 2
    mixed = math.lgamma(half) - math.lgamma(rows + half)
    mixed += sum(math.lgamma(n + 0.5) - math.lgamma(0.5) for n in counts)
    return sum(n * math.log(n / rows) for n in counts if n) - mixed


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
