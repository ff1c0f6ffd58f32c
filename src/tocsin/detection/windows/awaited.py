"""Rows that still wait for their label, and windows that are not judged until it may have come.

What is judged of a window rests on the labels that are there. How many are not is told, so that
nobody takes a share of the first labels for the share of all.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from tocsin.detection.declared.declaration import (
    Calibration,
    Declaration,
    Detector,
    Fairness,
    Parity,
    Rate,
)
from tocsin.facts.confusion import ACCURACY, BASE_RATE, FALSE_POSITIVES, PRECISION, RECALL
from tocsin.facts.summaries import WindowSummary

_LABELLED = frozenset({ACCURACY, RECALL, FALSE_POSITIVES, PRECISION, BASE_RATE})

Labelled = Rate | Fairness | Calibration


class Awaited(msgspec.Struct, frozen=True, kw_only=True):
    """What a detector waits for.

    Args:
        rows, of: rows without a label, and all rows, of the windows that it judges by now.
        windows: those that it does not judge yet, for their labels may still come.
    """

    detector: str
    rows: int
    of: int
    windows: int

    def said(self) -> str:
        """In words that follow the detector's name; empty where nothing is awaited."""
        parts = []
        if self.rows:
            parts.append(
                f"judges by the labels that are there: {self.rows} of {self.of} rows have none yet"
            )
        if self.windows:
            plural = "" if self.windows == 1 else "s"
            parts.append(
                f"waits for the labels of {self.windows} window{plural}, as it was told to"
            )
        return "; ".join(parts)


def awaited(
    declared: Declaration, windows: Sequence[WindowSummary], now: datetime
) -> list[Awaited]:
    """What each detector that needs labels waits for, where it waits for anything."""
    found = []
    for detector in declared.detectors:
        labelled = _needing_labels(detector)
        if labelled is not None and declared.log.decisions.truth is not None:
            one = _awaited(labelled, windows, now)
            if one.rows or one.windows:
                found.append(one)
    return found


def _needing_labels(detector: Detector) -> Labelled | None:
    """The detector where it judges what turned out to be true, which comes later than the row."""
    match detector:
        case Calibration():
            return detector
        case Fairness(parity=parity) if parity is not Parity.DISPARATE_IMPACT:
            return detector
        case Rate(rate=rate) if rate in _LABELLED:
            return detector
        case _:
            return None


def _awaited(detector: Labelled, windows: Sequence[WindowSummary], now: datetime) -> Awaited:
    wait = timedelta(seconds=detector.complete_after_seconds)
    own = [w for w in windows if w.seconds == detector.window_seconds and w.until <= now]
    ripe = [window for window in own if window.until + wait <= now]
    rows = sum(cell.requests for window in ripe for cell in window.cells)
    labelled = sum(cell.judged.get(BASE_RATE, 0) for window in ripe for cell in window.cells)
    return Awaited(detector=detector.id, rows=rows - labelled, of=rows,
                   windows=len(own) - len(ripe))  # fmt: skip
