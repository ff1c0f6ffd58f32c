"""A share of requests that must not rise: what rates, missing values and quantiles have in common.

Evidence is the likelihood ratio of a window's counts against the share that is tolerated, so that
nothing but independence of the requests within a window is taken for granted. A share that must not
fall is judged by its complement, which must not rise.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import lru_cache

import msgspec

from tocsin.detection.declared.declaration import (
    BASELINE_ERROR,
    CONFIDENCE,
    Basis,
    Direction,
)
from tocsin.detection.kinds import About, Claim, Over, usual_weight
from tocsin.detection.statistics.evidence import change_region, log_e_values, log_ratio
from tocsin.detection.statistics.shares import decimal, interval, upper
from tocsin.detection.windows.track import Alarm, Learned, Mark, Part

CALM = math.log(1000)
"""Against the claim that it still fails: a wrong `subsided` once in a thousand windows at most."""


class Bound(msgspec.Struct, frozen=True, kw_only=True):
    """The share of bad requests before, and up to where the detector is silent."""

    before: float
    tolerated: float


class Proportion(ABC):
    """The part of a kind that judges a share. Who inherits says how a slice is counted and bound.

    Args:
        alone: nothing is told apart, so that all requests have the whole budget.
    """

    def __init__(self, about: About, *, direction: Direction, alone: bool) -> None:
        self.about = about
        self.up = direction is Direction.UP
        self._alone = alone

    def counted(self, slice: str, parts: Sequence[Part]) -> tuple[int, int]:
        """Requests and bad of a slice in a window."""
        n = k = 0
        for part in parts:
            if part.name == slice:
                n, k = n + part.requests, k + part.bad
        return n, k

    @abstractmethod
    def bound(self, learned: Learned, slice: str) -> Bound | None:
        """What a slice is judged by; None where the baseline says nothing of it."""

    @abstractmethod
    def before(self, learned: Learned, slice: str) -> tuple[int, int]:
        """Requests and bad of the baseline of a slice."""

    def healthy(self, tolerated: float) -> str:
        """What is healthy, in words that follow "while"."""
        side = "at most" if self.up else "at least"
        return f"the share is {side} {decimal(tolerated)}"

    def weight(self, slice: str, place: int) -> float:
        return usual_weight(slice, place, alone=self._alone)

    def log_e(self, learned: Learned, slice: str, parts: Sequence[Part]) -> tuple[float, ...]:
        n, k = self.counted(slice, parts)
        return log_e_values(k, n, self._bound(learned, slice).tolerated)

    def deviation(self, learned: Learned, slice: str, parts: Sequence[Part]) -> float:
        n, k = self.counted(slice, parts)
        share = self._bound(learned, slice).tolerated
        return (k - n * share) / math.sqrt(n * share * (1 - share))

    def claim(self, learned: Learned, slice: str, marks: Sequence[Mark]) -> Claim | None:
        bound = self.bound(learned, slice)
        if bound is None:
            return None
        own = [self.counted(slice, mark.parts) for mark in marks]
        place, first, last = change_region(own, self.before(learned, slice))
        n, k = sum(one[0] for one in own[place:]), sum(one[1] for one in own[place:])
        if n < self.about.minimum or not k:
            return None
        kind, _, name = slice.partition("=")
        return self.claimed(
            (n, k), bound, (place, first, last),
            version=name if kind == "version" else None,
            segment=name if kind == "segment" else None,
        )  # fmt: skip

    def claimed(
        self, counts: tuple[int, int], bound: Bound, places: tuple[int, int, int], *,
        version: str | None, segment: str | None,
    ) -> Claim:  # fmt: skip
        """The claim of so many requests and bad since the first of these places."""
        n, k = counts
        observed, low, high = self._seen(n, k)
        tolerated = self.said(bound.tolerated)
        return Claim(
            since=places[0],
            region=(places[1], places[2]),
            baseline=self.said(bound.before),
            observed=observed,
            low=low,
            high=high,
            tolerated=tolerated,
            requests=n,
            bad=k,
            healthy=self.healthy(tolerated),
            provided="requests within a window are independent and the baseline's share lies within"
            f" its bound ({decimal(100 * (1 - BASELINE_ERROR))} % sure)",
            interval=f"The interval is Clopper-Pearson at {decimal(100 * CONFIDENCE)} %, for the "
            "estimated beginning as it is.",
            version=version,
            segment=segment,
        )

    def calmed(self, learned: Learned, alarm: Alarm, mark: Mark) -> tuple[Alarm, Over | None]:
        alarm = self.summed(alarm, mark)
        n, k = self.still(alarm, mark)
        bound = self.bound(learned, alarm.slice)
        if not n or bound is None:
            return alarm, None
        observed = alarm.found.bad / alarm.found.requests
        failing = math.sqrt(bound.tolerated * max(observed, bound.tolerated))
        healthy = max(bound.before, bound.tolerated / 10)
        failing = min(failing, (1 + bound.tolerated) / 2)
        calm = math.log1p(math.exp(min(alarm.calm, 700.0))) + log_ratio(k, n, healthy, failing)
        if calm < CALM or k > n * bound.tolerated:
            return msgspec.structs.replace(alarm, calm=calm), None
        return alarm, Over(observed=self.said(k / n), requests=n)

    def summed(self, alarm: Alarm, mark: Mark) -> Alarm:
        """The alarm with a window's requests, where its finding is, in its sums."""
        n, k = self.counted(alarm.slice, mark.parts)
        return msgspec.structs.replace(alarm, requests=alarm.requests + n, bad=alarm.bad + k)

    def still(self, alarm: Alarm, mark: Mark) -> tuple[int, int]:
        """The requests of a window, and the bad, by which it is told whether an alarm is over."""
        return self.counted(alarm.slice, mark.parts)

    def stands(self, alarm: Alarm, marks: Sequence[Mark]) -> tuple[float, float, float]:
        return self._seen(alarm.requests, alarm.bad)

    def said(self, bad: float) -> float:
        """The share as it was declared, of a share of bad requests; and the other way round."""
        return bad if self.up else 1 - bad

    def _seen(self, n: int, k: int) -> tuple[float, float, float]:
        ends = [self.said(end) for end in interval(k, n, 1 - CONFIDENCE)]
        return self.said(k / n), min(ends), max(ends)

    def _bound(self, learned: Learned, slice: str) -> Bound:
        bound = self.bound(learned, slice)
        if bound is None:
            raise LookupError(f"nothing is known of {slice}")
        return bound


@lru_cache(maxsize=4096)
def bound_of(
    direction: Direction, basis: Basis, tolerance: float, requests: int, bad: int
) -> Bound | None:
    """What is tolerated of a share, after so many bad among so many requests.

    None where nothing is known, or nothing could be too much.
    """
    if not requests:
        return None
    most = upper(bad, requests, BASELINE_ERROR)
    tolerated = most + tolerance
    if basis is Basis.RELATIVE and direction is Direction.UP:
        tolerated = most * (1 + tolerance)
    elif basis is Basis.RELATIVE:
        tolerated = 1 - (1 - most) * (1 - tolerance)
    if not 0 < tolerated < 1:
        return None
    return Bound(before=bad / requests, tolerated=tolerated)
