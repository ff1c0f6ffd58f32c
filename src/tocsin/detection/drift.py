"""Notices that a column is distributed otherwise than in the baseline.

Numbers are compared by the largest difference of their cumulative counts (Kolmogorov-Smirnov).
On a grid the distance comes out a little too small, never too large. Categories are compared by
total variation on the commonest ones, all others, those never seen before, and missing. A window
that is not over yet is not judged. Slices weigh as those of a rate do.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tocsin.detection.columns import Column, known_of, learned_with, sliced
from tocsin.detection.declaration import BASELINE_ERROR, CONFIDENCE, Drift
from tocsin.detection.distances import distance, sets_of, uncertainty
from tocsin.detection.evidence import log_e_of_p, strongest_region
from tocsin.detection.kinds import QUIET_WINDOWS, About, CannotJudge, Claim, Over, usual_weight
from tocsin.detection.shares import decimal
from tocsin.detection.track import Alarm, Learned, Mark, Part
from tocsin.facts.findings import Sign
from tocsin.facts.summaries import WindowSummary


class Drifts:
    """A detector of drift.

    Args:
        run_length: the one it keeps, with its share of the family's.
    """

    def __init__(self, detector: Drift, run_length: int) -> None:
        self._drift = detector
        self.about = About(
            id=detector.id, sign=Sign.DRIFT, metric=detector.column, measure="",
            window_seconds=detector.window_seconds, minimum=detector.minimum,
            run_length=run_length, baseline=detector.baseline, decision=detector.decision,
        )  # fmt: skip

    def obstacle(self, learned: Learned) -> str | None:
        return None

    def taught(self, learned: Learned, window: WindowSummary) -> Learned:
        return learned_with(learned, window, self._drift.column, self._drift.slices)

    def parts(self, learned: Learned, window: WindowSummary) -> tuple[Part, ...]:
        found = []
        for slice, column in sliced(window, self._drift.column, self._drift.slices):
            before = known_of(learned, slice)
            if column.rows:
                far, log_e = 0.0, 0.0
                if learned.complete and before.rows:
                    far, log_e = self._worth(before, column)
                found.append(_part(slice, column.rows, far, log_e))
        return tuple(found)

    def slices(self, learned: Learned, parts: Sequence[Part]) -> Sequence[str]:
        return [part.name for part in parts if known_of(learned, part.name).rows]

    def weight(self, slice: str, place: int) -> float:
        return usual_weight(slice, place, alone=not self._drift.slices)

    def log_e(self, learned: Learned, slice: str, parts: Sequence[Part]) -> tuple[float, ...]:
        return (_named(slice, parts).log_e,)

    def deviation(self, learned: Learned, slice: str, parts: Sequence[Part]) -> float:
        raise CannotJudge("a drift is decided by e-sr alone")

    def claim(self, learned: Learned, slice: str, marks: Sequence[Mark]) -> Claim | None:
        own = [_summed(slice, mark.parts) for mark in marks]
        place, first, last = strongest_region([part.log_e for part in own])
        shown = [part for part in own[place:] if part.requests]
        rows = sum(part.requests for part in shown)
        if rows < self.about.minimum:
            return None
        while not own[place].requests:
            place += 1
        off = sum(part.off * part.requests for part in shown)
        low, high = self._interval(known_of(learned, slice), off / rows, shown)
        kind, _, name = slice.partition("=")
        return Claim(
            since=place,
            region=(first, max(last, place)),
            baseline=0.0,
            observed=off / rows,
            low=low,
            high=high,
            tolerated=self._drift.tolerance,
            requests=rows,
            bad=0,
            off=off,
            healthy=f"the distance from the baseline is at most {decimal(self._drift.tolerance)}",
            provided="requests within a window are independent and the baseline lies within its "
            f"bound ({decimal(100 * (1 - BASELINE_ERROR))} % sure)",
            interval="The interval is the mean over the windows since, by "
            "Dvoretzky-Kiefer-Wolfowitz for all of them together at "
            f"{decimal(100 * CONFIDENCE)} %.",
            version=name if kind == "version" else None,
            segment=name if kind == "segment" else None,
        )

    def calmed(self, learned: Learned, alarm: Alarm, mark: Mark) -> tuple[Alarm, Over | None]:
        part, before = _summed(alarm.slice, mark.parts), known_of(learned, alarm.slice)
        rows, values = part.requests, before.values
        if not rows or not before.rows:
            return alarm, None
        silent = self._drift.tolerance + uncertainty(values, values, before.rows, BASELINE_ERROR)
        noise = uncertainty(values, values, rows, 0.5)
        quiet = part.off <= silent + noise and part.off < float(alarm.found.observed)
        alarm = msgspec.structs.replace(
            alarm,
            calm=max(alarm.calm, 0.0) + 1 if quiet else 0.0,
            requests=alarm.requests + rows,
            off=alarm.off + part.off * rows,
        )
        if alarm.calm < QUIET_WINDOWS:
            return alarm, None
        return alarm, Over(observed=part.off, requests=rows)

    def stands(self, alarm: Alarm) -> tuple[float, float, float]:
        found = alarm.found
        return float(found.observed), float(found.low), float(found.high)

    def _worth(self, before: Column, now: Column) -> tuple[float, float]:
        """How far a window lies off, and what that is worth as the logarithm of an e-value."""
        far = distance(before.values, now.values)
        silent = self._drift.tolerance + uncertainty(
            before.values, now.values, before.rows, BASELINE_ERROR
        )
        sets = sets_of(before.values, now.values)
        return far, log_e_of_p(min(0.0, sets - 2 * now.rows * max(far - silent, 0.0) ** 2))

    def _interval(self, before: Column, far: float, shown: Sequence[Part]) -> tuple[float, float]:
        rows = sum(part.requests for part in shown)
        each = (1 - CONFIDENCE) / (len(shown) + 1)
        values = before.values
        slack = uncertainty(values, values, before.rows, each)
        slack += sum(
            uncertainty(values, values, part.requests, each) * part.requests for part in shown
        ) / rows  # fmt: skip
        return max(far - slack, 0.0), min(far + slack, 1.0)


def _part(slice: str, rows: int, far: float, log_e: float) -> Part:
    kind, _, name = slice.partition("=")
    return Part(
        version=name if kind == "version" else None,
        segment=name if kind == "segment" else None,
        requests=rows, bad=0, name=slice, off=far, log_e=log_e,
    )  # fmt: skip


def _named(slice: str, parts: Sequence[Part]) -> Part:
    return next(part for part in parts if part.name == slice)


def _summed(slice: str, parts: Sequence[Part]) -> Part:
    """The part of a slice; an empty one where the window holds none."""
    return next((part for part in parts if part.name == slice), _part(slice, 0, 0.0, 0.0))
