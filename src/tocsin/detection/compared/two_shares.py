"""Whether the share of one group is lower than that of another by more than is tolerated.

Healthy means: the group's share is at least `slope` times the other's plus `shift`. The evidence is
the mean of several e-values, each at most 1 on average in every healthy window, whatever the two
shares are and whatever came before; none needs a baseline.

`alone` looks at the window only: how likely its counts are on average over all pairs of shares,
against the likeliest healthy pair. `expected` bets on one pair that was fixed before the window,
against the healthy pair that lies nearest to it; nothing is fitted to the window, so that many
small windows add up to something. It needs the mean share of a group only: people within a group
may differ, for the mean of a concave function is at most the function of the mean.

Source: `alone` is universal inference (Wasserman, Ramdas, Balakrishnan, PNAS 117, 2020) with
Jeffreys' prior. `expected`: Turner and Gruenwald, Statistics and Probability Letters 198 (2023): in
a convex set, 1 + (a - a0) d <= exp((a - a0) d) and the nearest pair makes the weighted sum of all
(a - a0) d at most 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from tocsin.detection.declared.declaration import Basis
from tocsin.detection.statistics.shares import interval

DEPTHS = (0.1, 0.2, 0.35, 0.6)
"""By how much a share may lie below what is tolerated; the evidence is spread over these."""

PARTS = len(DEPTHS) + 2
"""How many e-values a window has: alone, as seen before, and one for each depth."""

_STEPS = 100
_NEAR, _EXACT, _TINY = 1e-12, 1e-13, 1e-300
_SAME = 1e-9
_JEFFREYS = 2 * math.lgamma(0.5) - math.lgamma(1.0)


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """How many people of a group were judged, and how many of them count."""

    judged: float = 0
    counted: float = 0

    @property
    def share(self) -> float:
        """Drawn to one half by one person, so that it is never 0 or 1."""
        return (self.counted + 0.5) / (self.judged + 1)

    def plus(self, other: Seen) -> Seen:
        return Seen(judged=self.judged + other.judged, counted=self.counted + other.counted)


class Tolerated(msgspec.Struct, frozen=True, kw_only=True):
    """Healthy pairs: the group's share is at least slope x the other's + shift."""

    slope: float
    shift: float

    def of(self, other: float) -> float:
        """What is tolerated where the other's share is this."""
        return self.slope * other + self.shift


def tolerated(basis: Basis, tolerance: float) -> Tolerated:
    """What a tolerance means: 0.2 relative is the rule of four fifths."""
    if basis is Basis.RELATIVE:
        return Tolerated(slope=1 - tolerance, shift=0.0)
    return Tolerated(slope=1.0, shift=-tolerance)


def log_e_values(
    group: Seen, other: Seen, limit: Tolerated, before: tuple[Seen, Seen]
) -> tuple[float, ...]:
    """The logarithms of a window's e-values, PARTS of them.

    Args:
        before: what was seen of the group and of the other before this window.
    """
    if not group.judged or not other.judged:
        return (0.0,) * PARTS
    own, others = before
    if not own.judged or not others.judged:  # nothing to bet on: the window itself has it all
        return (alone(group, other, limit),) * PARTS
    found = [alone(group, other, limit)]
    found.append(expected(group, other, limit, own.share, others.share))
    level = limit.of(others.share)
    found += [expected(group, other, limit, level * (1 - depth), others.share)
              for depth in DEPTHS]  # fmt: skip
    return tuple(found)


def alone(group: Seen, other: Seen, limit: Tolerated) -> float:
    """How much these counts speak for a share that is too low, by themselves; a logarithm."""
    best_group, best_other = healthiest(group, other, limit)
    return (
        _averaged(group)
        + _averaged(other)
        - _log_likelihood(group, best_group)
        - _log_likelihood(other, best_other)
    )


def once(group: Seen, other: Seen, limit: Tolerated) -> float:
    """How rarely healthy shares give counts as far off as these, the logarithm of 1 over it.

    For one look alone, for it does not add up. By the large-sample form of the likelihood ratio
    against the likeliest healthy pair (Wilks), one-sided.
    """
    from scipy.special import log_ndtr  # type: ignore[import-untyped]  # loaded when first asked

    if not group.judged or not other.judged:
        return 0.0
    best_group, best_other = healthiest(group, other, limit)
    off = (
        _log_likelihood(group, group.counted / group.judged)
        + _log_likelihood(other, other.counted / other.judged)
        - _log_likelihood(group, best_group)
        - _log_likelihood(other, best_other)
    )
    return -float(log_ndtr(-math.sqrt(max(2 * off, 0.0))))


def expected(group: Seen, other: Seen, limit: Tolerated, own: float, others: float) -> float:
    """How much these counts speak for a pair of shares that was fixed beforehand."""
    if not 0 < own < limit.of(others) or not others < 1:
        return 0.0
    supposed = (
        Seen(judged=group.judged, counted=group.judged * own),
        Seen(judged=other.judged, counted=other.judged * others),
    )
    near, nearest_other = healthiest(*supposed, limit)
    return (
        _log_likelihood(group, own)
        + _log_likelihood(other, others)
        - _log_likelihood(group, near)
        - _log_likelihood(other, nearest_other)
    )


def healthiest(group: Seen, other: Seen, limit: Tolerated) -> tuple[float, float]:
    """The likeliest pair of shares among the healthy ones.

    Where the counts themselves are not healthy, it lies where the group's share is just tolerated;
    along that line the likelihood has one summit.
    """
    own, others = group.counted / group.judged, other.counted / other.judged
    if own >= limit.of(others):
        return own, others
    best = _summit(group, other, limit)
    return limit.of(best), best


def _summit(group: Seen, other: Seen, limit: Tolerated) -> float:
    """Where along the line of what is just tolerated the likelihood is highest: the other's share.

    The slope of the logarithm falls all along it. Of a ratio it is 0 at the smaller root of a
    quadratic; else Newton's steps, halving where one leads out.
    """
    a, b = limit.slope, limit.shift
    k, f = group.counted, group.judged - group.counted
    j, g = other.counted, other.judged - other.counted
    if not b:
        middle = (k + j) * (1 + a) + a * f + g
        root = math.sqrt(max(middle * middle - 4 * a * (k + f + j + g) * (k + j), 0.0))
        return min(2 * (k + j) / (middle + root), 1.0, 1 / a)
    low, high = max(0.0, -b / a), min(1.0, (1 - b) / a)
    x = min(max((k + j) / (k + f + j + g), low + _NEAR), high - _NEAR)
    for _ in range(_STEPS):
        own, miss, stay = (max(y, _TINY) for y in (a * x + b, 1 - a * x - b, 1 - x))
        slope = a * (k / own - f / miss) + j / x - g / stay
        bend = a * a * (k / own / own + f / miss / miss) + j / x / x + g / stay / stay
        low, high = (x, high) if slope > 0 else (low, x)
        step = x + slope / bend if bend else x
        x, before = step if low < step < high else (low + high) / 2, x
        if abs(x - before) <= _EXACT * x:
            break
    return x


def ratio_interval(group: Seen, other: Seen, error: float) -> tuple[float, float]:
    """An interval of the group's share over the other's, that holds at least so often.

    Clopper-Pearson of both shares, each at half the error: wider than needed, never narrower.
    """
    (low, high), (least, most) = _both(group, other, error)
    return low / most if most else 0.0, high / least if least else math.inf


def difference_interval(group: Seen, other: Seen, error: float) -> tuple[float, float]:
    """The same of the group's share less the other's."""
    (low, high), (least, most) = _both(group, other, error)
    return low - most, high - least


def scaled_interval(group: Seen, other: Seen, basis: Basis, error: float) -> tuple[float, float]:
    """An interval of the group's share beside the other's as it was seen: that of their ratio times
    the other's share, or that of their difference added to it."""
    beside = other.counted / other.judged
    if basis is Basis.POINTS:
        low, high = difference_interval(group, other, error)
        return max(beside + low, 0.0), min(beside + high, 1.0)
    if not beside:  # there is no ratio
        return interval(int(group.counted), int(group.judged), error)
    low, high = ratio_interval(group, other, error)
    return beside * low, min(beside * high, 1.0)


def likeliest_begin(
    windows: Sequence[tuple[Seen, Seen]], limit: Tolerated, drop: float
) -> tuple[int, int, int]:
    """The window with which a share most likely became too low, and the likelihood region.

    Before it the likeliest healthy pair, from it on the likeliest pair of all.

    Args:
        windows: of each, the group that may be too low and the other.
        drop: the region holds all whose log-likelihood is within so much of the best.
    """
    after = [(Seen(), Seen())]
    for own, others in reversed(windows):
        after.append((after[-1][0].plus(own), after[-1][1].plus(others)))
    before, likely = (Seen(), Seen()), list[float]()
    for pair, since in zip(windows, reversed(after[1:]), strict=True):
        likely.append(_healthy(*before, limit) + _unhealthy(*since, limit))
        before = before[0].plus(pair[0]), before[1].plus(pair[1])
    best, place = -math.inf, len(windows) - 1
    for index, found in enumerate(likely):
        if found > best - _SAME and found > -math.inf:  # empty windows change nothing
            best, place = max(found, best), index
    near = [i for i, found in enumerate(likely) if found >= best - drop and best > -math.inf]
    return place, min(near, default=place), max(near, default=place)


def _healthy(own: Seen, others: Seen, limit: Tolerated) -> float:
    if not own.judged or not others.judged:
        return sum(_log_likelihood(one, one.counted / one.judged)
                   for one in (own, others) if one.judged)  # fmt: skip
    shares = healthiest(own, others, limit)
    return _log_likelihood(own, shares[0]) + _log_likelihood(others, shares[1])


def _unhealthy(own: Seen, others: Seen, limit: Tolerated) -> float:
    if not own.judged or not others.judged:
        return -math.inf
    one, other = own.counted / own.judged, others.counted / others.judged
    if one >= limit.of(other):
        return -math.inf
    return _log_likelihood(own, one) + _log_likelihood(others, other)


def _both(group: Seen, other: Seen, error: float) -> tuple[tuple[float, float], ...]:
    return tuple(interval(int(one.counted), int(one.judged), error / 2) for one in (group, other))


def _averaged(seen: Seen) -> float:
    """The logarithm of the mean likelihood over all shares, as Jeffreys weighs them."""
    k, n = seen.counted, seen.judged
    return (
        math.lgamma(k + 0.5) + math.lgamma(n - k + 0.5) - math.lgamma(n + 1) - _JEFFREYS
    )  # fmt: skip


def _log_likelihood(seen: Seen, share: float) -> float:
    hits, misses = seen.counted, seen.judged - seen.counted
    if (hits and share <= 0) or (misses and share >= 1):
        return -math.inf
    return (hits * math.log(share) if hits else 0.0) + (
        misses * math.log1p(-share) if misses else 0.0
    )
