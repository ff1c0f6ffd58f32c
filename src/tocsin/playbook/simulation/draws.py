"""Chance that can be repeated: every draw is known by seed, replication, visit and place.

Nothing is drawn "next". Change a plan in one place, and all other places still draw what they drew
before, so that two variants differ by the change and by nothing else. Equal on every machine: the
bits come from SHAKE-128, the durations are whole milliseconds.
"""

from __future__ import annotations

import struct
from functools import cache
from hashlib import shake_128
from math import exp, log
from statistics import NormalDist

import msgspec

DRAW_MAX = 0x10000
"""A draw is a whole number from 0 to below this."""

LEVELS = 4096
"""Into how many equally likely values the durations of one kind are divided."""

P90 = NormalDist().inv_cdf(0.9)


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """How long something takes: log-normal by its median and its 90th percentile, or always equal.

    Args:
        median_ms, p90_ms: equal means that it always takes this long.
    """

    median_ms: int
    p90_ms: int


class Draws:
    """The draws of one seed. One block of them belongs to a replication and a visit."""

    def __init__(self, seed: int, places: int) -> None:
        self._seed = f"tocsin {seed} ".encode()
        self._places = struct.Struct(f"<{places}H")

    def block(self, replication: int, visit: int) -> tuple[int, ...]:
        """The draws of all places, when a step is come to for the `visit`-th time, from 0."""
        name = self._seed + b"%d %d" % (replication, visit)
        return self._places.unpack(shake_128(name).digest(self._places.size))


@cache
def durations(spread: Spread) -> tuple[int, ...]:
    """The durations in milliseconds of `LEVELS` equally likely levels; none is shorter than 1."""
    median = spread.median_ms
    sigma = log(spread.p90_ms / median) / P90
    return tuple(max(1, round(median * exp(sigma * z))) for z in _normal())


def duration(spread: Spread, draw: int) -> int:
    """How many milliseconds it takes with this draw."""
    return durations(spread)[draw * LEVELS // DRAW_MAX]


@cache
def _normal() -> tuple[float, ...]:
    inverse = NormalDist().inv_cdf
    return tuple(inverse((level + 0.5) / LEVELS) for level in range(LEVELS))
