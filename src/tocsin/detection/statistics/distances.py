"""How far two distributions lie apart, by each measure that a detector may name.

All are computed from counts on a grid that both share. Missing values, not-a-number and infinities
are values like others: they stand at the ends of the grid, or in a group of their own. The
Kolmogorov-Smirnov distance comes out a little too small on a grid, never too large, and what the
grid may hide of it is known.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence

import msgspec

from tocsin.detection.windows.columns import (
    ABOVE,
    ABSENT,
    BELOW,
    MISSING,
    NAN,
    NO_VALUE,
    OTHER,
    UNSEEN,
    Column,
    are_categories,
)
from tocsin.detection.windows.track import Values
from tocsin.facts.grids import is_one_value

COMMON = 16
"""So many categories are compared one by one."""

TENTHS = 10
USUAL = (0.005, 0.995)
"""Between these quantiles of the baseline lies what is usual of a column of numbers."""

Shares = Sequence[float]
_ODD = frozenset((BELOW, ABOVE, NAN, ABSENT))


def ks(before: Values, now: Values) -> tuple[float, float]:
    """The largest difference of cumulative shares, and what it is at most, whatever the grid hides.

    Within a bucket that both have rows in, one may have come all the way before the other begins;
    not where all of it is one value.
    """
    import numpy as np

    places = [np.fromiter(map(int, column), np.int64, len(column)) for column in (before, now)]
    every = np.unique(np.concatenate(places))
    rises = np.zeros((2, len(every)))
    for row, place, column in zip(rises, places, (before, now), strict=True):
        row[np.searchsorted(every, place)] = np.fromiter(column.values(), float, len(column))
    rises /= rises.sum(axis=1, keepdims=True)
    one, other = np.cumsum(rises, axis=1)
    most = float(np.abs(one - other).max())
    hidden = np.maximum(np.abs(one - other + rises[1]), np.abs(other - one + rises[0]))
    for place in np.argsort(-hidden):  # only the few that hide more need to be looked at
        if hidden[place] <= most:
            break
        if not _is_one_value(int(every[place])):
            return most, min(float(hidden[place]), 1.0)
    return min(most, 1.0), min(most, 1.0)


def _is_one_value(bucket: int) -> bool:
    return bucket in _ODD or is_one_value(bucket)


def tv(p: Shares, q: Shares) -> float:
    """Total variation: half the sum of the differences."""
    return sum(abs(a - b) for a, b in zip(p, q, strict=True)) / 2


def psi(p: Shares, q: Shares) -> float:
    """The population stability index of shares that are all above 0."""
    return sum((b - a) * math.log(b / a) for a, b in zip(p, q, strict=True))


def js(p: Shares, q: Shares) -> float:
    """The Jensen-Shannon divergence in bits; its root is the distance."""
    found = 0.0
    for a, b in zip(p, q, strict=True):
        found += (a * math.log2(2 * a / (a + b)) if a else 0.0) / 2
        found += (b * math.log2(2 * b / (a + b)) if b else 0.0) / 2
    return max(found, 0.0)


def chi2(p: Shares, q: Shares) -> float:
    """The square of Cramer's V of two columns of counts that weigh alike.

    With columns as they are V would shrink with the larger of them, and no two windows compare.
    """
    return sum((a - b) ** 2 / (a + b) for a, b in zip(p, q, strict=True) if a + b) / 2


def w1(one: Sequence[tuple[float, float]], other: Sequence[tuple[float, float]]) -> float:
    """The Wasserstein distance of two sets of points, each with its share of all."""
    import numpy as np

    at, share = np.array([*one, *other], float).T
    share[len(one) :] *= -1
    order = np.argsort(at, kind="stable")
    return float(np.abs(np.cumsum(share[order])[:-1]) @ np.diff(at[order]))


def distance(before: Values, now: Values) -> float:
    """Kolmogorov-Smirnov of numbers, total variation of categories; from 0 to 1."""
    if not are_categories(before, now):
        return ks(before, now)[0]
    groups = groups_of(before)
    return tv(shares(groups.counts(before)), shares(groups.counts(now)))


def uncertainty(before: Values, now: Values, requests: int, error: float) -> float:
    """How far `distance` may lie off by chance, with so many requests."""
    if not are_categories(before, now):
        return deviation(requests, error)
    return deviation(requests, error, math.log(2) * groups_of(before).count)


def deviation(requests: float, error: float, sets: float = math.log(2)) -> float:
    """How far an empirical distance may lie off by chance.

    Args:
        sets: the logarithm of how many events the chance is spread over.
    """
    return math.sqrt((sets - math.log(error)) / (2 * requests))


class Groups(msgspec.Struct, frozen=True):
    """The few groups in which a column is compared: tenths of the baseline, or common categories.

    Args:
        ends: the last bucket of each tenth but the last; fewer where one bucket holds more.
        names: the categories that are compared one by one; None for numbers.
        known: all categories of the baseline.
    """

    ends: tuple[int, ...] = ()
    names: tuple[str, ...] | None = None
    known: frozenset[str] = frozenset()

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.ends) + 2 if self.names is None else len(self.names) + 3

    def counts(self, values: Values) -> list[int]:
        """How many rows are in each; the last is of what has no value."""
        found = [0] * self.count
        for value, count in values.items():
            found[self._place(value)] += count
        return found

    def _place(self, value: int | str) -> int:
        if self.names is None:
            odd = value in (BELOW, ABOVE) or value in NO_VALUE or isinstance(value, str)
            return self.count - 1 if odd else bisect_left(self.ends, int(value))
        if value == MISSING:
            return self.count - 1
        if value in self.names:
            return self.names.index(str(value))
        seen = value == OTHER or value in self.known
        return len(self.names) if seen else len(self.names) + 1


def groups_of(before: Values) -> Groups:
    """The groups that a baseline gives."""
    if are_categories(before):
        named = [str(v) for v in before if v not in (OTHER, MISSING, UNSEEN)]
        common = sorted(named, key=lambda v: (-before[v], v))[:COMMON]
        return Groups(names=tuple(common), known=frozenset(named))
    usual = sorted(int(v) for v in before if v not in NO_VALUE and v not in (BELOW, ABOVE))
    rows = sum(before[v] for v in usual)
    ends, seen = list[int](), 0
    for bucket in usual[:-1]:
        seen += before[bucket]
        if seen * TENTHS >= rows * (len(ends) + 1):
            ends.append(bucket)
            while seen * TENTHS >= rows * (len(ends) + 1) and len(ends) < TENTHS:
                ends.append(bucket)
    return Groups(ends=tuple(dict.fromkeys(ends)))


def shares(counts: Sequence[int], more: float = 0.0) -> list[float]:
    """The share of each, with so much more in each, so that none is empty."""
    rows = sum(counts) + more * len(counts)
    return [(count + more) / rows for count in counts]


def points(column: Column, usual: tuple[float, float]) -> list[tuple[float, float]]:
    """Where the rows of a column of numbers lie, each bucket at its mean, and their shares.

    Minus infinity lies at the lower end of what is usual; plus infinity and what has no value at
    the upper.
    """
    rows = column.rows
    found = []
    for bucket, count in column.values.items():
        at = usual[1]
        if bucket == BELOW:
            at = usual[0]
        elif bucket in column.sums:
            at = column.sums[bucket] / count
        found.append((at, count / rows))
    return found


def quantile(column: Column, level: float) -> float:
    """The mean of the bucket in which so large a share of the numbers has come. Needs a number."""
    usual = sorted((b for b in column.sums if column.values.get(b)), key=int)
    wanted = level * sum(column.values[b] for b in usual)
    seen = 0
    for bucket in usual:
        seen += column.values[bucket]
        if seen >= wanted:
            break
    return column.sums[bucket] / column.values[bucket]


def scale_of(column: Column) -> float:
    """One scale of a column: as wide as a standard deviation where it is normal; above 0."""
    for low, high, deviations in ((0.25, 0.75, 1.349), (0.05, 0.95, 3.29), (0.01, 0.99, 4.653)):
        span = quantile(column, high) - quantile(column, low)
        if span > 0:
            return span / deviations
    return abs(quantile(column, 0.5)) or 1.0


def clipped(
    found: Sequence[tuple[float, float]], usual: tuple[float, float]
) -> list[tuple[float, float]]:
    """The points, none outside what is usual."""
    return [(min(max(x, usual[0]), usual[1]), share) for x, share in found]
