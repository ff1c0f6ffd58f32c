"""Intervals and a test for few counts and few times, exact where they can be: no normal curve.

An interval at 95 % covers what it is for in at least 95 of 100 such data sets, whatever the true
value is. Each holds by itself: of twenty of them one is expected to miss.

Source: Garwood 1936 (counts); Clopper and Pearson 1934 (shares); the binomial law of order
statistics (medians); Przyborowski and Wilenski 1940 (two counts, given their sum).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

CONFIDENCE = 0.95


class Interval(msgspec.Struct, frozen=True, kw_only=True):
    """From `low` to `high`, both included; None where nothing bounds it on that side."""

    low: float | None
    high: float | None


class Middle(msgspec.Struct, frozen=True, kw_only=True):
    """A median and an interval between two of the values themselves.

    Args:
        coverage: at least so often an interval so made covers the median.
    """

    median: float
    low: float
    high: float
    coverage: float


class Ratio(msgspec.Struct, frozen=True, kw_only=True):
    """The ratio of two rates, later to earlier, and how likely such a difference is by chance."""

    ratio: float | None
    low: float
    high: float | None
    chance: float


def count_interval(count: int, confidence: float = CONFIDENCE) -> Interval:
    """Between which expected counts this count is no surprise."""
    from scipy.special import gammaincinv  # type: ignore[import-untyped]  # when first asked

    tail = (1 - confidence) / 2
    low = float(gammaincinv(count, tail)) if count else 0.0
    return Interval(low=low, high=float(gammaincinv(count + 1, 1 - tail)))


def share_interval(some: int, of: int, confidence: float = CONFIDENCE) -> Interval:
    """Between which shares this many of so many is no surprise; all of 0 to 1 for none of none."""
    from scipy.special import betaincinv

    if not of:
        return Interval(low=0.0, high=1.0)
    tail = (1 - confidence) / 2
    low = float(betaincinv(some, of - some + 1, tail)) if some else 0.0
    high = float(betaincinv(some + 1, of - some, 1 - tail)) if some < of else 1.0
    return Interval(low=low, high=high)


def median(values: Sequence[float]) -> float:
    """The middle value, or half way between the two in the middle. Raises ValueError for none."""
    if not values:
        raise ValueError("no value has no median")
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def middle(values: Sequence[float], confidence: float = CONFIDENCE) -> Middle | None:
    """The median and the narrowest such interval; None where the values are too few for any.

    The k-th lowest and the k-th highest of n values hold the median between them but for the
    chance that fewer than k of n fair coins fall on one side.
    """
    ordered, n = sorted(values), len(values)
    taken = None
    below = 0.0
    for k in range(1, n // 2 + 1):
        below += math.comb(n, k - 1) / 2**n
        if 1 - 2 * below < confidence:
            break
        taken = Middle(
            median=median(ordered), low=ordered[k - 1], high=ordered[n - k], coverage=1 - 2 * below
        )
    return taken


def fewest_for_a_median(confidence: float = CONFIDENCE) -> int:
    """Of how many values on a median has such an interval: 6 at 95 %."""
    n = 1
    while 1 - 2 / 2**n < confidence:
        n += 1
    return n


def rates_compared(
    earlier: int, before: float, later: int, after: float, confidence: float = CONFIDENCE
) -> Ratio:
    """How two rates compare: so many in a span `before`, so many in a span `after`.

    Given how many there were in all, where each fell is a coin with the shares of the spans; the
    chance is twice the smaller tail. Both spans are above zero.
    """
    n, share = earlier + later, after / (before + after)
    at_least = sum(_fell(n, k, share) for k in range(later, n + 1))
    at_most = sum(_fell(n, k, share) for k in range(later + 1))
    of = share_interval(later, n, confidence)
    return Ratio(
        ratio=(later / after) / (earlier / before) if earlier else None,
        low=_odds(of.low) * before / after,
        high=None if of.high == 1.0 else _odds(of.high) * before / after,
        chance=min(1.0, 2 * min(at_least, at_most)),
    )


def _fell(n: int, k: int, share: float) -> float:
    return math.comb(n, k) * share**k * (1 - share) ** (n - k)


def _odds(share: float | None) -> float:
    return (share or 0.0) / (1 - (share or 0.0))
