"""What a window is judged by: what was learned once and stands, or what came just before.

A baseline that stands is complete before the first window that it judges; that is what a promise
rests on. One that moves is made again for each window from those before it, which voids the
promise: a slow change becomes the baseline.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from tocsin.detection.declared.declaration import (
    Baseline,
    Counts,
    First,
    Reference,
    Rolling,
    SameHour,
    Span,
)
from tocsin.detection.kinds import Kind
from tocsin.detection.windows.track import Learned
from tocsin.facts.summaries import WindowSummary

HOUR = 3600
WEEK = timedelta(days=7)


def moves(baseline: Baseline | None) -> bool:
    """Whether a baseline is made again for each window."""
    return isinstance(baseline, Rolling | SameHour)


def reach_seconds(kind: Kind) -> int:
    """How far before a window those begin that its baseline is made of."""
    baseline, seconds = kind.about.baseline, kind.about.window_seconds
    if isinstance(baseline, Rolling):
        return baseline.windows * seconds
    if isinstance(baseline, SameHour):
        return int(baseline.weeks * WEEK.total_seconds()) + max(HOUR, seconds)
    return 0


def begun_with(kind: Kind, reference: Sequence[WindowSummary]) -> Learned:
    """What is known before the first window.

    Args:
        reference: the windows of the log that a baseline may be taken from.
    """
    baseline = kind.about.baseline
    if baseline is None:
        return Learned(complete=True)
    if isinstance(baseline, Counts):
        return _complete(kind.about.known)
    if isinstance(baseline, Reference):
        own = [w for w in reference if w.seconds == kind.about.window_seconds]
        return _complete(_taught(kind, own))
    return Learned()


def closed(baseline: Baseline | None, learned: Learned, at: datetime) -> Learned:
    """The baseline before a window, complete when the window comes after it."""
    if learned.complete:
        return learned
    over = True
    if isinstance(baseline, First):
        over = learned.requests >= baseline.requests
    elif isinstance(baseline, Span):
        over = at >= baseline.until
    return _complete(learned) if over else learned


def teaches(baseline: Baseline | None, window: WindowSummary) -> bool:
    """Whether a window belongs to a baseline that is not complete yet."""
    if not isinstance(baseline, Span):
        return True
    return window.at >= baseline.since and window.until <= baseline.until


class Before:
    """The windows that a moving baseline is made of, out of all that were handed in."""

    def __init__(self, kind: Kind, windows: Sequence[WindowSummary]) -> None:
        self._kind = kind
        self._own = sorted(
            (w for w in windows if w.seconds == kind.about.window_seconds), key=lambda w: w.at
        )
        self._begins = [w.at for w in self._own]

    def learned(self, window: WindowSummary) -> Learned:
        """What the windows before this one teach; incomplete while they hold too few requests."""
        baseline = self._kind.about.baseline
        chosen: list[WindowSummary] = []
        if isinstance(baseline, Rolling):
            length = timedelta(seconds=baseline.windows * window.seconds)
            chosen = self._between(window.at - length, window.at)
        elif isinstance(baseline, SameHour):
            wide = timedelta(seconds=max(HOUR, window.seconds))
            hour = window.at
            if window.seconds < HOUR:
                hour = window.at.replace(minute=0, second=0, microsecond=0)
            for weeks in range(baseline.weeks, 0, -1):
                begin = hour - weeks * WEEK
                chosen += self._between(begin, begin + wide)
        learned = _taught(self._kind, chosen)
        return _complete(learned) if learned.requests >= self._kind.about.minimum else learned

    def _between(self, since: datetime, until: datetime) -> list[WindowSummary]:
        own = self._own[bisect_left(self._begins, since) : bisect_left(self._begins, until)]
        return [w for w in own if w.until <= until]


def _taught(kind: Kind, windows: Sequence[WindowSummary]) -> Learned:
    learned = Learned()
    for window in windows:
        learned = kind.taught(learned, window)
    return learned


def _complete(learned: Learned) -> Learned:
    return msgspec.structs.replace(learned, complete=True)
