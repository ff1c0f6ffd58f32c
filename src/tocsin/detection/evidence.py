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

LIFTS = (0.1, 0.2, 0.35, 0.6, 1.0, 2.0)
"""By how much a share may have risen above what is tolerated; the evidence is spread over these."""

NONE: tuple[float, ...] = (-math.inf,) * len(LIFTS)
"""The evidence before the first window."""

_SMALL = 1e-3


def log_e_values(counted: int, requests: int, tolerated: float) -> tuple[float, ...]:
    """For each lift the log-likelihood ratio of a window against a share of `tolerated`.

    Its exponential is at most 1 on average for every true share up to `tolerated`.
    """
    found = []
    for lift in LIFTS:
        risen = min(tolerated * (1 + lift), (1 + tolerated) / 2)
        found.append(log_ratio(counted, requests, risen, tolerated))
    return tuple(found)


def log_ratio(counted: int, requests: int, one: float, other: float) -> float:
    """How much likelier these counts are under one share than under another, as a logarithm."""
    return counted * math.log(one / other) + (requests - counted) * math.log(
        (1 - one) / (1 - other)
    )


def added(before: Sequence[float], window: Sequence[float]) -> tuple[float, ...]:
    """The evidence after one more window: log((M + 1) e) for each lift."""
    return tuple(log_plus_one(m) + e for m, e in zip(before, window, strict=True))


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
    all_requests = before[0] + sum(n for n, _ in windows)
    all_counted = before[1] + sum(k for _, k in windows)
    (n, k), best, place = before, -math.inf, len(windows) - 1
    for index, (requests, counted) in enumerate(windows):
        after = all_requests - n, all_counted - k
        if after[0] and after[1] * max(n, 1) > k * after[0]:  # the share is higher afterwards
            found = _log_likelihood(n, k) + _log_likelihood(*after)
            if found > best - 1e-9:  # empty windows change nothing: it began after them
                best, place = found, index
        n, k = n + requests, k + counted
    return place


def strongest_end(log_e: Sequence[float]) -> int:
    """The place from which on the product of e-values is largest."""
    best, place, total = -math.inf, len(log_e) - 1, 0.0
    for index in range(len(log_e) - 1, -1, -1):
        total += log_e[index]
        if total > best:
            best, place = total, index
    return place


def _log_likelihood(requests: int, counted: int) -> float:
    """At the share that fits best."""
    if counted in (0, requests):
        return 0.0
    share = counted / requests
    return counted * math.log(share) + (requests - counted) * math.log1p(-share)
