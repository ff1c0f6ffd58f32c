"""What a kind of detector must say of itself, so that one engine goes through windows for all.

A kind knows what a window holds, what a baseline teaches, how much a window speaks against being
healthy, and what may be claimed of the windows since a change. It knows nothing of alarms that
stand, of names of findings, of where a log was cut: that is the engine's (`course`).

To add a kind: write a class with the members of `Kind` beside `rates.py`, and give it in
`kind_of` of `scan.py`. Its e-values are a promise: for every slice and every lift, the mean of
exp(log e) is at most 1 while the slice is healthy, whatever came before; a test must show it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from tocsin.detection.declared.declaration import Baseline, Decision, Slice
from tocsin.detection.windows.track import ALL, Alarm, Learned, Mark, Part
from tocsin.facts.findings import Sign
from tocsin.facts.summaries import WindowSummary

QUIET_WINDOWS = 3
"""So many windows in a row within what is tolerated end an alarm, where nothing better is known."""


class CannotJudge(Exception):
    """A window cannot be judged by this detector; says why, for people."""


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What the engine must know of a detector of any kind.

    Args:
        metric, measure: what is watched, and what baseline and observed are values of.
        run_length: in windows; that which it keeps, with its share of the family's.
        baseline: None where windows are compared with nothing that came before.
        known: what a baseline of bare numbers comes to.
        apart: what is judged by slices beside all requests together.
        complete_after_seconds: a window is judged so long after its end; None judges it while it
            still grows.
    """

    id: str
    sign: Sign
    metric: str
    measure: str
    window_seconds: int
    minimum: int
    run_length: int
    baseline: Baseline | None
    known: Learned = Learned()
    apart: tuple[Slice, ...] = ()
    decision: Decision = Decision.E_SR
    complete_after_seconds: int | None = 0


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """What a kind says of the windows since a change.

    Args:
        since: the place of the first of them among the windows it was given; `region` is the
            first and the last place where the change may have begun, or None.
        baseline, observed, low, high, tolerated: as the finding will say them.
        requests, bad: since the change.
        off: the `off` of the parts since, each times its requests.
        measure: where it is known only by the baseline; else that of `About`.
        healthy: what is promised to raise few alarms, as in "while ... in every window".
        provided: what the promise takes for granted, as in "if ...".
        interval: how the interval was made, a sentence.
        metric: what is watched, where a detector watches more than one thing.
        compared_with: the group of people beside which `group` fares otherwise.
        sums: of the alarm, as its kind counts them.
    """

    since: int
    region: tuple[int, int] | None
    baseline: float
    observed: float
    low: float
    high: float
    tolerated: float
    requests: int
    bad: int
    healthy: str
    provided: str
    interval: str
    off: float = 0.0
    measure: str = ""
    version: str | None = None
    segment: str | None = None
    group: str | None = None
    metric: str | None = None
    compared_with: str | None = None
    sums: tuple[float, ...] = ()


class Over(msgspec.Struct, frozen=True, kw_only=True):
    """That an alarm is over: what was observed of how many requests."""

    observed: float
    requests: int


class Kind(Protocol):
    """One detector, as the engine needs it. All is pure; what is not said is None or empty."""

    @property
    def about(self) -> About:
        """What it is."""

    def obstacle(self, learned: Learned) -> str | None:
        """What keeps it from judging anything though its baseline is complete, for people."""

    def taught(self, learned: Learned, window: WindowSummary) -> Learned:
        """The baseline with one more window in it. Asked only where there is a baseline."""

    def parts(self, learned: Learned, window: WindowSummary) -> tuple[Part, ...]:
        """What a window holds. It is remembered for hundreds of windows: keep it small."""

    def slices(self, learned: Learned, parts: Sequence[Part]) -> Sequence[str]:
        """The slices (or groups) that can be judged in a window, in a fixed order."""

    def weight(self, slice: str, place: int) -> float:
        """The share of the false alarms that a slice may raise; all sum to at most 1.

        Args:
            place: of the slice among those other than ALL, by when it appeared, from 1.
        """

    def log_e(self, learned: Learned, slice: str, parts: Sequence[Part]) -> tuple[float, ...]:
        """The logarithms of a window's e-values, always as many; their mean is the evidence."""

    def deviation(self, learned: Learned, slice: str, parts: Sequence[Part]) -> float:
        """By how many standard deviations a window lies beyond what is tolerated.

        For the decisions that promise less: above 0 a threshold is crossed.
        """

    def claim(self, learned: Learned, slice: str, marks: Sequence[Mark]) -> Claim | None:
        """What is claimed of a slice; None while too few requests speak for it.

        Args:
            marks: the windows since judging began, the last is the one that alarms.
        """

    def calmed(self, learned: Learned, alarm: Alarm, mark: Mark) -> tuple[Alarm, Over | None]:
        """The alarm with one more window in its sums and its calm, and that it is over if so."""

    def stands(self, alarm: Alarm, marks: Sequence[Mark]) -> tuple[float, float, float]:
        """Observed, low and high of all that happened since the change, in these windows."""


def usual_weight(slice: str, place: int, *, alone: bool) -> float:
    """One half for all requests (1 where nothing is told apart), the j-th other 1 / (2 j (j + 1)).

    Known before the data, and summing to at most 1 however many slices appear.
    """
    if alone:
        return 1.0
    return 0.5 if slice == ALL else 0.5 / place / (place + 1)
