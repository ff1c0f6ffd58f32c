"""What detectors would have done in a history that is known to be healthy, and what suits it.

The history is split in time. A tolerance is proposed by the first half alone: it is the smallest of
a few round ones with which its later part, judged by its earlier, raises nothing. What is promised
for it, the alarms and the smallest change that would be found, is told of the other half, which
had no say in it. What is fair is a rule and no property of a history: its tolerance is kept.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from tocsin.detection.declared.declaration import (
    Basis,
    Calibration,
    Counts,
    Declaration,
    Detector,
    Drift,
    Fairness,
    First,
    Measure,
    Quantity,
    Rate,
    Reference,
    Silence,
    Span,
)
from tocsin.detection.engine.planted import planted, sizes_of
from tocsin.detection.engine.replay import Judged, Replay, hindered, replayed
from tocsin.detection.moments import rows_in
from tocsin.detection.statistics.family import run_length
from tocsin.facts.summaries import WindowSummary

Windows = Sequence[WindowSummary]
Told = Callable[[int, int], None]

SHARES = (0.005, 0.01, 0.02, 0.03, 0.05, 0.08, 0.12, 0.2, 0.3, 0.5, 0.75)
RELATIVE = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75)
DISTANCES = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0, 2.0)
HORIZON = 20
WINDOWS_LEAST = 8
"""A history with fewer is too short: halves of halves say nothing."""


class Half(msgspec.Struct, frozen=True, kw_only=True):
    """One part of the history."""

    windows: Windows
    since: datetime
    until: datetime
    rows: int
    count: int


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """What suits one detector.

    Args:
        judged: the alarms that it would have raised in the half that was not seen, as declared.
        proposed: the tolerance; None where none can be told.
        left: how many alarms it would have raised there with that.
        found: the smallest change that is found within the horizon; `of` what it is a share.
        why: what keeps any of this from being told.
    """

    detector: Detector
    judged: tuple[Judged, ...] = ()
    proposed: float | None = None
    left: int = 0
    found: float | None = None
    of: str = ""
    why: str = ""


class Calibrated(msgspec.Struct, frozen=True, kw_only=True):
    """What suits all of them. `horizon` is in windows."""

    learned: Half
    judged: Half
    horizon: int
    enough: bool
    proposals: tuple[Proposal, ...]


def calibrated(declared: Declaration, windows: Windows, now: datetime, tell: Told) -> Calibrated:
    """What the detectors would have done, and what suits them.

    Args:
        tell: called with how many detectors are done, and of how many.
    """
    first, second = halves(windows, declared.log.profile_seconds)
    horizon = min(HORIZON, second.count)
    enough = first.count + second.count >= WINDOWS_LEAST
    proposals = []
    asked = [one for one in declared.detectors if not isinstance(one, Silence)]
    for number, detector in enumerate(asked):
        tell(number, len(asked))
        alone = _alone(declared, detector)
        proposals.append(_proposal(alone, first, second, horizon, now, enough=enough))
    tell(len(asked), len(asked))
    return Calibrated(learned=first, judged=second, horizon=horizon, enough=enough,
                      proposals=tuple(proposals))  # fmt: skip


def halves(windows: Windows, seconds: int) -> tuple[Half, Half]:
    """The windows of the first and of the second half, parted where a long window begins."""
    begins = sorted({window.at for window in windows if window.seconds == seconds})
    cut = begins[len(begins) // 2]
    return (
        _half([w for w in windows if w.until <= cut], seconds, begins[0], cut),
        _half([w for w in windows if w.at >= cut], seconds, cut,
              max(window.until for window in windows)),
    )  # fmt: skip


def _half(windows: Windows, seconds: int, since: datetime, until: datetime) -> Half:
    own = [window for window in windows if window.seconds == seconds]
    return Half(windows=windows, since=since, until=until, count=len(own),
                rows=sum(rows_in(window) for window in own))  # fmt: skip


def _alone(declared: Declaration, detector: Detector) -> Declaration:
    """One detector with its share of the family's run length; a baseline that stands is given."""
    if isinstance(detector, Silence):
        return declared
    own = msgspec.structs.replace(detector, run_length=run_length(declared, detector))
    if isinstance(getattr(own, "baseline", None), First | Span | Counts | Reference):
        own = msgspec.structs.replace(own, baseline=Reference())
    return msgspec.structs.replace(declared, detectors=(own,), family_run_length=None)


def _proposal(
    alone: Declaration, first: Half, second: Half, horizon: int, now: datetime, *, enough: bool
) -> Proposal:
    [detector] = alone.detectors
    seen = _judged(alone, first.windows, second.windows, now)
    why = next((one.why for one in hindered(alone, seen.state)), "")
    if why:
        return Proposal(detector=detector, why=why)
    alarms = _raised(seen, second.since)
    if not enough:
        return Proposal(detector=detector, judged=alarms)
    proposed = detector.tolerance if isinstance(detector, Fairness) else None
    proposed = _tolerance(alone, first, now) if proposed is None else proposed
    if proposed is None:
        why = "no tolerance that is tried keeps the first half quiet: it was not healthy, or moves"
        return Proposal(detector=detector, judged=alarms, why=why)
    fitted = with_tolerance(alone, proposed)
    left = len(_raised(_judged(fitted, first.windows, second.windows, now), second.since))
    found, of = _power(fitted, first, second, horizon, now) if not left else (None, "")
    return Proposal(detector=detector, judged=alarms, proposed=proposed, left=left, found=found,
                    of=of)  # fmt: skip


def _judged(alone: Declaration, learn: Windows, judge: Windows, now: datetime) -> Replay:
    """A baseline that moves goes through all of it; one that stands is learned before."""
    [detector] = alone.detectors
    stands = isinstance(getattr(detector, "baseline", Reference()), Reference)
    return replayed(alone, judge if stands else [*learn, *judge], learn, now)


def _raised(replay: Replay, since: datetime) -> tuple[Judged, ...]:
    return tuple(one for one in replay.judged if one.found.since >= since)


def _tolerance(alone: Declaration, first: Half, now: datetime) -> float | None:
    """The smallest with which the later part of the first half is quiet, judged by the earlier."""
    [detector] = alone.detectors
    early, late = halves(first.windows, alone.log.profile_seconds)
    tried = _tried(detector)

    def quiet(tolerance: float) -> bool:
        replay = _judged(with_tolerance(alone, tolerance), early.windows, late.windows, now)
        return not _raised(replay, late.since)

    place = bisect_left(tried, True, key=quiet)
    return tried[place] if place < len(tried) else None


def _tried(detector: Detector) -> Sequence[float]:
    match detector:
        case Drift(measure=Measure.PSI | Measure.W1 | Measure.JS | Measure.CHI2):
            return [t for t in DISTANCES if t <= 1 or detector.measure in (Measure.PSI, Measure.W1)]
        case Quantity(basis=Basis.POINTS):
            unit = detector.tolerance or 1.0
            return [unit * times for times in (0.1, 0.25, 0.5, 1, 1.5, 2, 3, 5, 10)]
        case Rate(basis=Basis.RELATIVE) | Quantity():
            return RELATIVE
        case _:
            return SHARES


def with_tolerance(declared: Declaration, tolerance: float) -> Declaration:
    """The same detectors with another tolerance."""
    found = tuple(
        msgspec.structs.replace(one, tolerance=tolerance)
        if isinstance(one, Rate | Drift | Quantity | Fairness | Calibration) else one
        for one in declared.detectors
    )  # fmt: skip
    return msgspec.structs.replace(declared, detectors=found)


def _power(
    alone: Declaration, first: Half, second: Half, horizon: int, now: datetime
) -> tuple[float | None, str]:
    """The smallest change that is found within so many windows of the second half."""
    [detector] = alone.detectors
    sizes, of = sizes_of(detector)
    seconds = alone.log.profile_seconds
    begins = sorted({w.at for w in second.windows if w.seconds == seconds})[:horizon]
    ends = max((w.until for w in second.windows if w.at in set(begins)), default=second.until)
    shown = [w for w in second.windows if w.until <= ends]
    group = _second_largest(shown, detector)

    def finds(size: float) -> bool:
        changed = planted(shown, detector, size, group)
        return bool(_raised(_judged(alone, first.windows, changed, now), second.since))

    place = bisect_left(sizes, True, key=finds)
    return (sizes[place] if place < len(sizes) else None), of


def _second_largest(windows: Windows, detector: Detector) -> str | None:
    """Of the first column of groups the value that is compared with the largest."""
    if not isinstance(detector, Fairness):
        return None
    sizes = Counter[str]()
    for window in windows:
        for cell in window.groups:
            if cell.group and cell.group[0] is not None:
                sizes[cell.group[0]] += max(cell.judged.values(), default=0)
    order = [value for value, _ in sizes.most_common(2)]
    return order[1] if len(order) > 1 else None
