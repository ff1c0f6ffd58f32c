"""Evidence that can be watched for ever: e-values of windows, and the detector made of them.

An e-value is at most 1 on average while all is well, whatever came before. The Shiryaev-Roberts sum
M <- (M + 1) e then grows by at most 1 a window on average, so that crossing a threshold A takes a
healthy stream at least A windows on average, and nothing has to be independent across windows. One
window whose own e-value reaches A crosses at once: that is the immediate alarm.

Source: Shin, Ramdas, Rinaldo, "E-detectors" (arXiv 2203.03532), sections 2 and 3; for the
calibrator Vovk and Wang, Annals of Statistics 49 (2021). All sums are logarithms: the evidence of
one bad hour has no room in a double.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate

LIFTS = (0.1, 0.2, 0.35, 0.6, 1.0, 2.0)
"""By how much a share may have risen above what is tolerated; the evidence is spread over these."""

NONE: tuple[float, ...] = (-math.inf,) * len(LIFTS)
"""The evidence before the first window."""

REGION_DROP = 2.0
"""By how much less likely, as a logarithm, a place may be and still be told as the beginning."""

_SMALL = 1e-3
_SAME = 1e-9


def log_e_values(counted: int, requests: int, tolerated: float) -> tuple[float, ...]:
    """For each lift the log-likelihood ratio of a window against a share of `tolerated`.

    Its exponential is at most 1 on average for every true share up to `tolerated`.
    """
    well = requests - counted
    return tuple([counted * bad + well * good for bad, good in _worth(tolerated)])


@lru_cache(maxsize=4096)
def _worth(tolerated: float) -> tuple[tuple[float, float], ...]:
    """For each lift what one bad request is worth, and one good."""
    risen = [min(tolerated * (1 + lift), (1 + tolerated) / 2) for lift in LIFTS]
    return tuple((math.log(p / tolerated), math.log((1 - p) / (1 - tolerated))) for p in risen)


def log_ratio(counted: int, requests: int, one: float, other: float) -> float:
    """How much likelier these counts are under one share than under another, as a logarithm."""
    return counted * math.log(one / other) + (requests - counted) * math.log(
        (1 - one) / (1 - other)
    )


def added(before: Sequence[float], window: Sequence[float]) -> tuple[float, ...]:
    """The evidence after one more window: log((M + 1) e) for each lift."""
    return tuple([log_plus_one(m) + e for m, e in zip(before, window, strict=True)])


def log_plus_one(m: float) -> float:
    """log(exp(m) + 1)."""
    return m + math.log1p(math.exp(-m)) if m > 0 else math.log1p(math.exp(m))


def together(evidence: Sequence[float]) -> float:
    """The logarithm of the mean over all lifts."""
    most = max(evidence)
    if most == -math.inf:
        return most
    return most + math.log(sum(math.exp(m - most) for m in evidence) / len(evidence))


def log_e_of_p(log_p: float) -> float:
    """The logarithm of the e-value that a p-value is worth: (1 - p + p ln p) / (p ln^2 p)."""
    depth = -log_p
    if depth < _SMALL:
        return -math.log(2)
    return math.log1p(-math.exp(-depth) * (1 + depth)) + depth - 2 * math.log(depth)


def change_point(windows: Sequence[tuple[int, int]], before: tuple[int, int]) -> int:
    """The place of the window with which the share most likely rose.

    Args:
        windows: requests and counted of each, in order.
        before: requests and counted of the baseline, which come before them all.
    """
    return change_region(windows, before)[0]


def change_region(
    windows: Sequence[tuple[int, int]], before: tuple[int, int]
) -> tuple[int, int, int]:
    """The place where the share most likely rose, and the likelihood region around it.

    Returns:
        the place, and the first and the last place whose likelihood is within REGION_DROP of it.
    """
    all_requests = before[0] + sum(n for n, _ in windows)
    all_counted = before[1] + sum(k for _, k in windows)
    n, k = before
    likely = []
    for requests, counted in windows:
        after = all_requests - n, all_counted - k
        higher = after[0] and after[1] * max(n, 1) > k * after[0]  # the share afterwards
        likely.append(_log_likelihood(n, k) + _log_likelihood(*after) if higher else -math.inf)
        n, k = n + requests, k + counted
    best, place = -math.inf, len(windows) - 1
    for index, found in enumerate(likely):
        if found > best - _SAME and found > -math.inf:  # empty windows change nothing: after them
            best, place = found, index
    near = [i for i, found in enumerate(likely) if found >= best - REGION_DROP and best > -math.inf]
    return place, min(near, default=place), max(near, default=place)


def strongest_region(log_e: Sequence[float]) -> tuple[int, int, int]:
    """The place from which on the product of e-values is largest, and those where it is near it.

    Returns:
        the place, and the first and the last place within REGION_DROP of it.
    """
    totals = list(accumulate(reversed(log_e)))[::-1]
    if not totals:
        return -1, -1, -1
    place = max(range(len(totals)), key=lambda i: (totals[i], i))
    near = [i for i, total in enumerate(totals) if total >= totals[place] - REGION_DROP]
    return place, near[0], near[-1]


def _log_likelihood(requests: int, counted: int) -> float:
    """At the share that fits best."""
    if counted in (0, requests):
        return 0.0
    share = counted / requests
    return counted * math.log(share) + (requests - counted) * math.log1p(-share)
