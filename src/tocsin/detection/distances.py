"""How far two distributions lie apart, and how far an empirical distance may lie off by chance."""

from __future__ import annotations

import math
from collections.abc import Mapping

from tocsin.detection.columns import MISSING, OTHER, UNSEEN, are_categories
from tocsin.detection.track import Values

COMMON = 16
"""So many categories are compared one by one."""


def distance(before: Values, now: Values) -> float:
    """How far two distributions lie apart, from 0 to 1."""
    n, m = sum(before.values()), sum(now.values())
    if are_categories(before, now):
        one, other = grouped(before, before), grouped(before, now)
        apart = (abs(one.get(k, 0) / n - other.get(k, 0) / m) for k in {*one, *other})
        return sum(apart) / 2
    gap = most = 0.0
    for bucket in sorted({*before, *now}, key=int):
        gap += before.get(bucket, 0) / n - now.get(bucket, 0) / m
        most = max(most, abs(gap))
    return most


def sets_of(before: Values, now: Values) -> float:
    """The logarithm of how many sets of values the chance of a distance is spread over."""
    if are_categories(before, now):
        return math.log(2) * len({*grouped(before, before), OTHER, UNSEEN, MISSING})
    return math.log(2)


def uncertainty(before: Values, now: Values, requests: int, error: float) -> float:
    """How far an empirical distance may lie off by chance.

    Source: Dvoretzky-Kiefer-Wolfowitz with Massart's constant; for categories the union over all
    sets of them.
    """
    return math.sqrt((sets_of(before, now) - math.log(error)) / (2 * requests))


def grouped(before: Values, now: Values) -> Mapping[int | str, int]:
    """The values of a window as the baseline groups them."""
    named = [v for v in before if v not in (OTHER, MISSING)]
    common = set(sorted(named, key=lambda v: (-before[v], str(v)))[:COMMON])
    found: dict[int | str, int] = {}
    for value, count in now.items():
        group: int | str = value
        if value not in common and value not in (OTHER, MISSING):
            group = OTHER if value in before else UNSEEN
        found[group] = found.get(group, 0) + count
    return found
