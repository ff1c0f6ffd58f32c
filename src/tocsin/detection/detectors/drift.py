"""Notices that a column is distributed otherwise than in the baseline.

A window that is not over yet is not judged. Slices weigh as those of a rate do; a version is
compared with the baseline of all requests, a segment with its own. The share of what is missing, or
was never seen before, is judged as a rate is.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tocsin.detection.declared.declaration import (
    BASELINE_ERROR,
    Basis,
    Decision,
    Direction,
    Drift,
    Measure,
)
from tocsin.detection.kinds import QUIET_WINDOWS, About, Claim, Over, usual_weight
from tocsin.detection.statistics.divergence import yardstick
from tocsin.detection.statistics.evidence import strongest_region
from tocsin.detection.statistics.proportion import Bound, Proportion, bound_of
from tocsin.detection.statistics.shares import decimal
from tocsin.detection.statistics.yardsticks import Yardstick
from tocsin.detection.windows.columns import (
    ABSENT,
    MISSING,
    NAN,
    OTHER,
    UNSEEN,
    Column,
    known_of,
    learned_with,
    sliced,
)
from tocsin.detection.windows.track import ALL, Alarm, Learned, Mark, Part, part_of, parts_of
from tocsin.facts.findings import Sign
from tocsin.facts.summaries import WindowSummary

_NO_NUMBER = (NAN, ABSENT, MISSING)


def about_drift(detector: Drift, run_length: int, measure: str) -> About:
    """What the engine must know of a detector of drift."""
    return About(
        id=detector.id, sign=Sign.DRIFT, metric=detector.column, measure=measure,
        window_seconds=detector.window_seconds, minimum=detector.minimum,
        run_length=run_length, baseline=detector.baseline, decision=detector.decision,
        apart=detector.slices,
    )  # fmt: skip


class Drifts:
    """A detector of drift by a distance.

    Args:
        run_length: the one it keeps, with its share of the family's.
    """

    def __init__(self, detector: Drift, run_length: int) -> None:
        self._drift = detector
        named = detector.measure.value if detector.measure is not None else ""
        self.about = about_drift(detector, run_length, named)
        self._prepared: dict[str, tuple[object, Yardstick]] = {}

    def obstacle(self, learned: Learned) -> str | None:
        return None

    def taught(self, learned: Learned, window: WindowSummary) -> Learned:
        return learned_with(learned, window, self._drift.column, self._drift.slices)

    def parts(self, learned: Learned, window: WindowSummary) -> tuple[Part, ...]:
        found = []
        for slice, column in sliced(window, self._drift.column, self._drift.slices):
            judged = learned.complete and known_of(learned, slice).rows
            if not column.rows:
                continue
            part = part_of(slice, column.rows)
            if judged:
                stick = self._stick(learned, slice)
                far, blur = stick.far(column)
                log_e = stick.log_e(column)
                part = msgspec.structs.replace(part, off=far, blur=blur, log_e=log_e)
            found.append(part)
        return tuple(found)

    def slices(self, learned: Learned, parts: Sequence[Part]) -> Sequence[str]:
        return [part.name for part in parts if known_of(learned, part.name).rows]

    def weight(self, slice: str, place: int) -> float:
        return usual_weight(slice, place, alone=not self._drift.slices)

    def log_e(self, learned: Learned, slice: str, parts: Sequence[Part]) -> tuple[float, ...]:
        return (_named(slice, parts).log_e,)

    def deviation(self, learned: Learned, slice: str, parts: Sequence[Part]) -> float:
        part = _named(slice, parts)
        if self.about.decision is Decision.THRESHOLD:
            return part.off - self._drift.tolerance
        mean, spread = self._stick(learned, slice).usual(part.requests)
        return (part.off - mean) / spread if spread else 0.0

    def claim(self, learned: Learned, slice: str, marks: Sequence[Mark]) -> Claim | None:
        own = [_named(slice, mark.parts) for mark in marks]
        place, first, last = strongest_region([part.log_e for part in own])
        while not own[place].requests:
            place += 1
        shown = [part for part in own[place:] if part.requests]
        rows = sum(part.requests for part in shown)
        if rows < self.about.minimum:
            return None
        stick = self._stick(learned, slice)
        off = sum(part.off * part.requests for part in shown)
        low, high = stick.interval(off / rows, shown)
        kind, _, name = slice.partition("=")
        exact = self.about.decision is Decision.E_SR
        known = f"the baseline lies within its bound ({decimal(100 * (1 - BASELINE_ERROR))} % sure)"
        return Claim(
            since=place,
            region=(min(first, place), max(last, place)),
            baseline=0.0,
            observed=off / rows,
            low=low,
            high=high,
            tolerated=self._drift.tolerance,
            requests=rows,
            bad=0,
            off=off,
            healthy=f"the distance ({stick.name}) from the baseline is at most "
            f"{decimal(self._drift.tolerance)}",
            provided=f"requests within a window are independent and {known}. {stick.words[0]}"
            if exact
            else "distances are about normal, which is only roughly so",
            interval=stick.words[1],
            version=name if kind == "version" else None,
            segment=name if kind == "segment" else None,
            measure=stick.name,
        )

    def calmed(self, learned: Learned, alarm: Alarm, mark: Mark) -> tuple[Alarm, Over | None]:
        part = _named(alarm.slice, mark.parts)
        rows = part.requests
        if not rows or not known_of(learned, alarm.slice).rows:
            return alarm, None
        usual, spread = self._stick(learned, alarm.slice).usual(rows)
        quiet = part.off <= usual + 3 * spread and part.off < float(alarm.found.observed)
        alarm = msgspec.structs.replace(
            alarm,
            calm=max(alarm.calm, 0.0) + 1 if quiet else 0.0,
            requests=alarm.requests + rows,
            off=alarm.off + part.off * rows,
        )
        if alarm.calm < QUIET_WINDOWS:
            return alarm, None
        return alarm, Over(observed=part.off, requests=rows)

    def stands(self, alarm: Alarm, marks: Sequence[Mark]) -> tuple[float, float, float]:
        far = alarm.off / alarm.requests
        stick = self._stick(marks[-1].learned, alarm.slice)
        return far, *stick.interval(far, parts_of(alarm.slice, marks))

    def _stick(self, learned: Learned, slice: str) -> Yardstick:
        """The yardstick of a slice, made once for each baseline."""
        before = known_of(learned, slice)
        made = self._prepared.get(slice)
        if made is None or made[0] is not before.values:
            stick = yardstick(self._drift.measure, self._drift.tolerance, before)
            made = self._prepared[slice] = (before.values, stick)
        return made[1]


class Odd(Proportion):
    """A detector of the share of values that are missing, or that the baseline does not have."""

    def __init__(self, detector: Drift, run_length: int) -> None:
        self._drift = detector
        self._unseen = detector.measure is Measure.UNSEEN
        measure = (detector.measure or Measure.MISSING).value
        super().__init__(
            about_drift(detector, run_length, measure),
            direction=Direction.UP, alone=not detector.slices,
        )  # fmt: skip

    def obstacle(self, learned: Learned) -> str | None:
        if self.bound(learned, ALL) is not None:
            return None
        return "with its baseline and its tolerance no share would be too much"

    def taught(self, learned: Learned, window: WindowSummary) -> Learned:
        return learned_with(learned, window, self._drift.column, self._drift.slices)

    def parts(self, learned: Learned, window: WindowSummary) -> tuple[Part, ...]:
        found = []
        for slice, column in sliced(window, self._drift.column, self._drift.slices):
            if column.rows:
                odd = self._odd(known_of(learned, slice), column)
                found.append(part_of(slice, column.rows, odd))
        return tuple(found)

    def slices(self, learned: Learned, parts: Sequence[Part]) -> Sequence[str]:
        return [part.name for part in parts if self.bound(learned, part.name) is not None]

    def bound(self, learned: Learned, slice: str) -> Bound | None:
        n, k = self.before(learned, slice)
        return bound_of(Direction.UP, Basis.POINTS, self._drift.tolerance, n, k)

    def before(self, learned: Learned, slice: str) -> tuple[int, int]:
        """Of the unseen: how likely the next value is a new one, as Good and Turing estimate it.

        That is the share of values that came once; rare ones that were counted together, of which
        nobody knows, count as if all were such.
        """
        known = known_of(learned, slice)
        if not self._unseen:
            return known.rows, _missing(known)
        once = sum(n == 1 for value, n in known.values.items() if value not in _NO_NUMBER)
        return known.rows, min(once + known.values.get(OTHER, 0), known.rows)

    def healthy(self, tolerated: float) -> str:
        what = "that the baseline does not have" if self._unseen else "that are missing"
        return f"the share of values {what} is at most {decimal(tolerated)}"

    def _odd(self, known: Column, column: Column) -> int:
        if not self._unseen:
            return _missing(column)
        odd = (*_NO_NUMBER, OTHER, UNSEEN)
        return sum(n for v, n in column.values.items() if v not in known.values and v not in odd)


def _missing(column: Column) -> int:
    return sum(column.values.get(value, 0) for value in _NO_NUMBER)


def _named(slice: str, parts: Sequence[Part]) -> Part:
    """The part of a slice; an empty one where the window holds none."""
    return next((part for part in parts if part.name == slice), part_of(slice, 0))
