"""Notices that the mean of what is usual of a column rose or fell by more than is tolerated.

A mean without bounds cannot be tested honestly: one row may hold anything. So values are taken into
the baseline's usual range, and to the mean that the baseline has in their bucket (in a bucket it
does not have, to the nearest towards being healthy); of these bounded numbers the mean is judged by
bets on each row, which lose on average while it is within what is tolerated. Rows without a value
are not judged; infinite ones stand at the ends.

Source: Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting",
J. R. Statist. Soc. B 86 (2024); for the baseline's bound Maurer and Pontil, "Empirical Bernstein
bounds and sample variance penalization" (2009).
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

import msgspec

from tocsin.detection.declared.declaration import (
    BASELINE_ERROR,
    CONFIDENCE,
    Decision,
    Direction,
    Quantity,
)
from tocsin.detection.detectors.quantity import (
    about_quantity,
    beyond,
    mean_and_ends,
    mean_of,
    with_rows,
    with_values,
)
from tocsin.detection.kinds import QUIET_WINDOWS, CannotJudge, Claim, Over, usual_weight
from tocsin.detection.statistics.distances import USUAL, quantile
from tocsin.detection.statistics.evidence import strongest_region, together
from tocsin.detection.statistics.shares import decimal
from tocsin.detection.windows.columns import ABOVE, BELOW, Column, known_of, learned_with
from tocsin.detection.windows.track import ALL, Alarm, Learned, Mark, Part, part_of, parts_of
from tocsin.facts.summaries import WindowSummary

STAKES = (0.01, 0.03, 0.1, 0.2, 0.4, 0.7)
"""What part of all that may be staked is staked on each row; the evidence is spread over these."""

_TWO_SIDES = 1.959964


class Range(msgspec.Struct, frozen=True, kw_only=True):
    """What is usual in the baseline.

    Args:
        buckets, means: of the buckets it has, in order, the means within what is usual.
        low, high: the ends of what is usual.
        mean, spread: of these, over all rows.
        tolerated: up to where, or down to where, the mean may go.
    """

    buckets: tuple[int, ...]
    means: tuple[float, ...]
    low: float
    high: float
    mean: float
    spread: float
    tolerated: float


class Means:
    """A detector of the mean of a column.

    Args:
        run_length: the one it keeps, with its share of the family's.
    """

    def __init__(self, detector: Quantity, run_length: int) -> None:
        self._quantity = detector
        self._is_up = detector.direction is Direction.UP
        self.about = about_quantity(detector, run_length)
        self._ranges: dict[str, tuple[object, Range]] = {}

    def obstacle(self, learned: Learned) -> str | None:
        usual = self._range(learned, ALL)
        if usual.low < usual.tolerated < usual.high:
            return None
        return (
            f"a mean of {decimal(usual.tolerated)} is tolerated, and {decimal(usual.low)} to "
            f"{decimal(usual.high)} is all that is usual, so that nothing would be too much"
        )

    def taught(self, learned: Learned, window: WindowSummary) -> Learned:
        return learned_with(learned, window, self._quantity.column, self._quantity.slices)

    def parts(self, learned: Learned, window: WindowSummary) -> tuple[Part, ...]:
        found = []
        for slice, column in with_rows(self._quantity, window):
            part = part_of(slice, column.rows)
            if learned.complete and known_of(learned, slice).rows:
                part = self._judged(part, column, self._range(learned, slice))
            found.append(part)
        return tuple(found)

    def slices(self, learned: Learned, parts: Sequence[Part]) -> Sequence[str]:
        return [part.name for part in parts if part.worth]

    def weight(self, slice: str, place: int) -> float:
        return usual_weight(slice, place, alone=not self._quantity.slices)

    def log_e(self, learned: Learned, slice: str, parts: Sequence[Part]) -> tuple[float, ...]:
        return _named(slice, parts).worth

    def deviation(self, learned: Learned, slice: str, parts: Sequence[Part]) -> float:
        part, usual = _named(slice, parts), self._range(learned, slice)
        off = part.off - usual.tolerated if self._is_up else usual.tolerated - part.off
        if self.about.decision is Decision.THRESHOLD or not usual.spread:
            return off
        return off / (usual.spread / math.sqrt(part.requests))

    def claim(self, learned: Learned, slice: str, marks: Sequence[Mark]) -> Claim | None:
        own = [_named(slice, mark.parts) for mark in marks]
        place, first, last = strongest_region(
            [together(part.worth) if part.worth else 0.0 for part in own]
        )
        while not own[place].requests:
            place += 1
        shown = [part for part in own[place:] if part.requests]
        rows, usual = sum(part.requests for part in shown), self._range(learned, slice)
        if rows < self.about.minimum:
            return None
        kind, _, name = slice.partition("=")
        side = "at most" if self._is_up else "at least"
        return Claim(
            since=place,
            region=(min(first, place), max(last, place)),
            baseline=usual.mean,
            observed=mean_of(shown, [part.off for part in shown]),
            low=mean_of(shown, [part.low for part in shown]),
            high=mean_of(shown, [part.high for part in shown]),
            tolerated=usual.tolerated,
            requests=rows,
            bad=0,
            off=sum(part.off * part.requests for part in shown),
            healthy=f"the mean of {self._quantity.column}, of what is usual "
            f"({decimal(usual.low)} to {decimal(usual.high)}, in the column's own unit), is {side} "
            f"{decimal(usual.tolerated)}",
            provided="rows within a window are independent and the baseline's mean lies within its "
            f"bound (empirical Bernstein, {decimal(100 * (1 - BASELINE_ERROR))} % sure)",
            interval="Observed and interval are the means over the windows since of each window's "
            f"own, about {decimal(100 * CONFIDENCE)} % (as if normal).",
            version=name if kind == "version" else None,
            segment=name if kind == "segment" else None,
        )

    def calmed(self, learned: Learned, alarm: Alarm, mark: Mark) -> tuple[Alarm, Over | None]:
        part = _named(alarm.slice, mark.parts)
        if not part.worth:
            return alarm, None
        tolerated = self._range(learned, alarm.slice).tolerated
        quiet = part.low <= tolerated if self._is_up else part.high >= tolerated
        alarm = msgspec.structs.replace(
            alarm,
            calm=max(alarm.calm, 0.0) + 1 if quiet else 0.0,
            requests=alarm.requests + part.requests,
            off=alarm.off + part.off * part.requests,
        )
        over = Over(observed=part.off, requests=part.requests)
        return alarm, over if alarm.calm >= QUIET_WINDOWS else None

    def stands(self, alarm: Alarm, marks: Sequence[Mark]) -> tuple[float, float, float]:
        return mean_and_ends(parts_of(alarm.slice, marks))

    def _judged(self, part: Part, column: Column, usual: Range) -> Part:
        placed = [(self._placed(usual, b), n) for b, n in column.values.items()]
        mean, spread = _mean_and_spread(placed)
        off = _TWO_SIDES * spread / math.sqrt(column.rows)
        wide = usual.high - usual.low
        if not usual.low < usual.tolerated < usual.high:
            return part
        m = (usual.tolerated - usual.low) / wide
        ups = [((x - usual.low) / wide, n) for x, n in placed]
        if not self._is_up:
            m, ups = 1 - m, [(1 - y, n) for y, n in ups]
        worth = tuple(sum(n * math.log1p(stake / m * (y - m)) for y, n in ups) for stake in STAKES)
        return msgspec.structs.replace(
            part, off=mean, low=mean - off, high=mean + off, worth=worth
        )  # fmt: skip

    def _placed(self, usual: Range, bucket: int | str) -> float:
        """The number that stands for a bucket, the same in every window."""
        if bucket in (BELOW, ABOVE):
            return usual.low if bucket == BELOW else usual.high
        at = bisect_left(usual.buckets, int(bucket))
        if at < len(usual.buckets) and usual.buckets[at] == bucket:
            return usual.means[at]
        if self._is_up:
            at = bisect_right(usual.buckets, int(bucket)) - 1
            return usual.means[at] if at >= 0 else usual.low
        return usual.means[at] if at < len(usual.means) else usual.high

    def _range(self, learned: Learned, slice: str) -> Range:
        """What is usual of a slice, found once for each baseline."""
        known = known_of(learned, slice)
        made = self._ranges.get(slice)
        if made is None or made[0] is not known.values:
            made = self._ranges[slice] = (known.values, self._found(with_values(known)))
        return made[1]

    def _found(self, known: Column) -> Range:
        finite = sorted(int(b) for b in known.sums if known.values.get(b))
        if not finite:
            raise CannotJudge("the baseline holds no number")
        low, high = quantile(known, USUAL[0]), quantile(known, USUAL[1])
        means = [min(max(known.sums[b] / known.values[b], low), high) for b in finite]
        mean, spread = _mean_and_spread(
            [(x, known.values[b]) for x, b in zip(means, finite, strict=True)]
        )
        sure = math.log(2 / BASELINE_ERROR)
        slack = math.sqrt(2 * sure / known.rows) * spread
        slack += 7 * (high - low) * sure / (3 * max(known.rows - 1, 1))
        return Range(
            buckets=tuple(finite), means=tuple(means), low=low, high=high, mean=mean,
            spread=spread,
            tolerated=beyond(self._quantity, mean + slack if self._is_up else mean - slack),
        )  # fmt: skip


def _mean_and_spread(weighed: Sequence[tuple[float, int]]) -> tuple[float, float]:
    rows = sum(n for _, n in weighed)
    mean = sum(x * n for x, n in weighed) / rows
    return mean, math.sqrt(sum(n * (x - mean) ** 2 for x, n in weighed) / rows)


def _named(slice: str, parts: Sequence[Part]) -> Part:
    """The part of a slice; an empty one where the window holds none."""
    return next((part for part in parts if part.name == slice), part_of(slice, 0))
