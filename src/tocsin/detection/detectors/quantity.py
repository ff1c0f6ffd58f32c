"""Notices that a quantile of a column rose or fell by more than is tolerated: latency, cost.

That the p95 is at most so much is the same as that at most one row of twenty lies above it: so a
quantile is judged as a rate is, by the share of rows beyond what is tolerated. Nothing is taken for
granted of the distribution. The baseline's quantile enters at its bound from order statistics. Rows
without a value are not judged; infinite ones are. Where a bucket holds several values, the one in
which the limit lies is left out, so that the grid makes no false alarm.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import msgspec

from tocsin.detection.declared.declaration import (
    BASELINE_ERROR,
    CONFIDENCE,
    Basis,
    Direction,
    Quantity,
    Statistic,
)
from tocsin.detection.kinds import About, CannotJudge, Claim, Over
from tocsin.detection.statistics.proportion import Bound, Proportion
from tocsin.detection.statistics.shares import decimal, lower, upper
from tocsin.detection.windows.columns import (
    ABOVE,
    BELOW,
    NO_VALUE,
    Column,
    are_categories,
    known_of,
    learned_with,
    sliced,
)
from tocsin.detection.windows.track import Alarm, Learned, Mark, Part, part_of, parts_of
from tocsin.facts.findings import Sign
from tocsin.facts.grids import is_one_value
from tocsin.facts.summaries import WindowSummary

LEVELS = {Statistic.P50: 0.5, Statistic.P95: 0.95, Statistic.P99: 0.99}


def about_quantity(detector: Quantity, run_length: int) -> About:
    """What the engine must know of a detector of a quantity."""
    return About(
        id=detector.id, sign=Sign.QUANTITY, metric=detector.column,
        measure=detector.statistic.value, window_seconds=detector.window_seconds,
        minimum=detector.minimum, run_length=run_length, baseline=detector.baseline,
        decision=detector.decision, apart=detector.slices,
    )  # fmt: skip


def beyond(detector: Quantity, known: float) -> float:
    """What is tolerated, of what is known; further up or down, by the sign of what is known."""
    more = detector.tolerance * (abs(known) if detector.basis is Basis.RELATIVE else 1.0)
    return known + more if detector.direction is Direction.UP else known - more


def with_values(column: Column) -> Column:
    """The rows that have a value. Raises CannotJudge: they are names, not numbers."""
    if are_categories(column.values):
        raise CannotJudge("the column holds categories, not numbers")
    kept = {value: n for value, n in column.values.items() if value not in NO_VALUE}
    return Column(kept, column.sums)


def with_rows(detector: Quantity, window: WindowSummary) -> Iterator[tuple[str, Column]]:
    """Each slice in which the detector's column has a value, with those that it has."""
    for slice, whole in sliced(window, detector.column, detector.slices):
        column = with_values(whole)
        if column.rows:
            yield slice, column


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """The baseline's quantile, up to where it may go, and its rows, all and those beyond that."""

    before: float
    tolerated: float
    requests: int
    bad: int


class Quantiles(Proportion):
    """A detector of a quantile of a column.

    Args:
        run_length: the one it keeps, with its share of the family's.
    """

    def __init__(self, detector: Quantity, run_length: int) -> None:
        self._quantity = detector
        self._level = LEVELS[detector.statistic]
        self._is_up = detector.direction is Direction.UP
        self._limits: dict[str, tuple[object, Limit]] = {}
        super().__init__(
            about_quantity(detector, run_length), direction=Direction.UP, alone=not detector.slices
        )

    def obstacle(self, learned: Learned) -> str | None:
        return None

    def taught(self, learned: Learned, window: WindowSummary) -> Learned:
        return learned_with(learned, window, self._quantity.column, self._quantity.slices)

    def parts(self, learned: Learned, window: WindowSummary) -> tuple[Part, ...]:
        found = []
        for slice, column in with_rows(self._quantity, window):
            part = part_of(slice, column.rows)
            if learned.complete and known_of(learned, slice).rows:
                low, high = self._ends(column)
                part = msgspec.structs.replace(
                    part, bad=self._bad(column, self._limit(learned, slice).tolerated),
                    off=at_level(column, self._level), low=low, high=high,
                )  # fmt: skip
            found.append(part)
        return tuple(found)

    def slices(self, learned: Learned, parts: Sequence[Part]) -> Sequence[str]:
        return [part.name for part in parts if known_of(learned, part.name).rows]

    def bound(self, learned: Learned, slice: str) -> Bound | None:
        n, k = self.before(learned, slice)
        allowed = 1 - self._level if self._is_up else self._level
        return Bound(before=k / n, tolerated=allowed) if n else None

    def before(self, learned: Learned, slice: str) -> tuple[int, int]:
        if not known_of(learned, slice).rows:
            return 0, 0
        limit = self._limit(learned, slice)
        return limit.requests, limit.bad

    def claim(self, learned: Learned, slice: str, marks: Sequence[Mark]) -> Claim | None:
        found = super().claim(learned, slice, marks)
        if found is None:
            return None
        limit = self._limit(learned, slice)
        shown = [p for m in marks[found.since :] for p in m.parts if p.name == slice]
        side = "at most" if self._is_up else "at least"
        name = self._quantity.statistic.value
        return msgspec.structs.replace(
            found,
            baseline=limit.before,
            observed=mean_of(shown, [part.off for part in shown]),
            low=mean_of(shown, [part.low for part in shown]),
            high=mean_of(shown, [part.high for part in shown]),
            off=sum(part.off * part.requests for part in shown),
            tolerated=limit.tolerated,
            healthy=f"the {name} of {self._quantity.column}, in the column's own unit, is {side} "
            f"{decimal(limit.tolerated)}",
            provided="rows within a window are independent and the baseline's quantile lies within "
            f"its bound ({decimal(100 * (1 - BASELINE_ERROR))} % sure)",
            interval="Observed and interval are the means over the windows since of each window's "
            f"own, by order statistics at {decimal(100 * CONFIDENCE)} %.",
        )

    def calmed(self, learned: Learned, alarm: Alarm, mark: Mark) -> tuple[Alarm, Over | None]:
        alarm, over = super().calmed(learned, alarm, mark)
        seen = next((p.off for p in mark.parts if p.name == alarm.slice), 0.0)
        return alarm, None if over is None else Over(observed=seen, requests=over.requests)

    def stands(self, alarm: Alarm, marks: Sequence[Mark]) -> tuple[float, float, float]:
        return mean_and_ends(parts_of(alarm.slice, marks))

    def _limit(self, learned: Learned, slice: str) -> Limit:
        """What a slice is judged by, found once for each baseline."""
        known = known_of(learned, slice)
        made = self._limits.get(slice)
        if made is None or made[0] is not known.values:
            made = self._limits[slice] = (known.values, self._found(with_values(known)))
        return made[1]

    def _found(self, known: Column) -> Limit:
        if not any(known.values.get(bucket) for bucket in known.sums):
            raise CannotJudge("the baseline holds no number")
        ends = order_statistics(known.rows, self._level, BASELINE_ERROR)
        at = ends[1] if self._is_up else ends[0]
        if not 1 <= at <= known.rows:
            raise CannotJudge(f"{known.rows} rows of a baseline say too little of its "
                              f"{self._quantity.statistic.value}")  # fmt: skip
        tolerated = beyond(self._quantity, ranked(known, at))
        return Limit(
            before=at_level(known, self._level),
            tolerated=tolerated,
            requests=known.rows,
            bad=self._bad(known, tolerated),
        )

    def _ends(self, column: Column) -> tuple[float, float]:
        low, high = order_statistics(column.rows, self._level, (1 - CONFIDENCE) / 2)
        return ranked(column, max(low, 1)), ranked(column, min(high, column.rows))

    def _bad(self, column: Column, limit: float) -> int:
        """How many rows lie beyond the limit for certain."""
        where = [b for b in column.values if self._is_beyond(column, b, limit)]
        own = [int(b) for b in where if b not in (BELOW, ABOVE)]
        if own:
            nearest = min(own) if self._is_up else max(own)
            if not is_one_value(nearest):
                where.remove(nearest)
        return sum(column.values[b] for b in where)

    def _is_beyond(self, column: Column, bucket: int | str, limit: float) -> bool:
        if bucket in (BELOW, ABOVE):
            return (bucket == ABOVE) is self._is_up
        mean = column.sums[bucket] / column.values[bucket]
        return mean > limit if self._is_up else mean < limit


def order_statistics(rows: int, level: float, error: float) -> tuple[int, int]:
    """The ranks, from 1, between which a quantile lies; each is wrong with at most this chance.

    A rank of 0 or of more than `rows` says that there are too few rows to know.
    """
    low, high = 0, rows + 1
    while high - low > 1:  # the least rank whose share is surely not below the level
        middle = (low + high) // 2
        low, high = (low, middle) if lower(middle, rows, error) >= level else (middle, high)
    up = high
    low, high = 0, rows + 1
    while high - low > 1:  # the largest whose share is surely not above it
        middle = (low + high) // 2
        low, high = (middle, high) if upper(middle - 1, rows, error) <= level else (low, middle)
    return low, up


def ranked(column: Column, rank: int) -> float:
    """The value of this rank, from 1, as the mean of its bucket; at an end where it is infinite."""
    seen = 0
    ordered = sorted((b for b in column.values if column.values[b]), key=int)
    at = 0.0
    for bucket in ordered:
        if bucket in column.sums:
            at = column.sums[bucket] / column.values[bucket]
        seen += column.values[bucket]
        if seen >= rank and bucket in column.sums:
            return at
    return at


def at_level(column: Column, level: float) -> float:
    """The quantile of the rows that have a value."""
    return ranked(column, max(1, math.ceil(level * column.rows)))


def mean_of(parts: Sequence[Part], values: Sequence[float]) -> float:
    """The mean of these, each window weighing as it has rows."""
    rows = sum(part.requests for part in parts)
    return sum(v * p.requests for v, p in zip(values, parts, strict=True)) / rows


def mean_and_ends(parts: Sequence[Part]) -> tuple[float, float, float]:
    """The mean over these windows, and of the ends of their intervals."""
    each = ([p.off for p in parts], [p.low for p in parts], [p.high for p in parts])
    observed, low, high = (mean_of(parts, values) for values in each)
    return observed, low, high
