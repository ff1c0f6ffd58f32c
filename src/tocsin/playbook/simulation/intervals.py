"""How sure a figure is: intervals that hold the true value in at least 95 of 100 simulations.

Source: Wilson (1927) for shares; order statistics of the binomial for quantiles; the normal
interval for means of pairs, of which there are always hundreds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil, floor, fsum, sqrt

import msgspec

Z = 1.959963984540054


class Estimate(msgspec.Struct, frozen=True):
    """A figure with its interval."""

    at: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """Half of the interval's width."""
        return (self.high - self.low) / 2

    def overlaps(self, other: Estimate) -> bool:
        """Whether both intervals hold a value in common; then neither figure ranks above."""
        return self.low <= other.high and other.low <= self.high


class Quantile(msgspec.Struct, frozen=True):
    """A quantile of times in milliseconds with its interval; None stands for never."""

    at: int | None
    low: int | None
    high: int | None


def share(hits: int, of: int) -> Estimate:
    """The share of hits."""
    if not of:
        return Estimate(0.0, 0.0, 1.0)
    p, zz = hits / of, Z * Z / of
    middle, half = (p + zz / 2) / (1 + zz), Z / (1 + zz) * sqrt(p * (1 - p) / of + zz / (4 * of))
    low = 0.0 if hits == 0 else max(0.0, middle - half)
    high = 1.0 if hits == of else min(1.0, middle + half)
    return Estimate(p, low, high)


def quantile(ordered: Sequence[int], never: int, p: float) -> Quantile:
    """A quantile of these times and of so many that never came, from the shortest on."""
    count = len(ordered) + never
    spread = Z * sqrt(count * p * (1 - p))
    places = (ceil(count * p) - 1, floor(count * p - spread) - 1, ceil(count * p + spread))
    found = [ordered[max(0, at)] if max(0, at) < len(ordered) else None for at in places]
    return Quantile(*found)


def mean(values: Iterable[float]) -> Estimate:
    """The mean, of differences of pairs for instance."""
    known = list(values)
    middle = fsum(known) / len(known)
    squares = fsum((one - middle) ** 2 for one in known)
    half = Z * sqrt(squares / max(1, len(known) - 1) / len(known))
    return Estimate(middle, middle - half, middle + half)


def ranks(figures: Sequence[Estimate]) -> list[int]:
    """The rank of each figure, the lowest first; those whose intervals overlap share one.

    A figure ranks behind another only where its whole interval lies behind the other's.
    """
    return [1 + sum(other.high < one.low for other in figures) for one in figures]
