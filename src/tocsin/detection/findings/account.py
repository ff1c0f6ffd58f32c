"""How a finding came about, window by window: what was measured, and what was held against it.

The account is drawn from what the detector remembers; it computes no evidence anew, so that it can
tell nothing other than what raised the alarm.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime

import msgspec

from tocsin.detection.declared.declaration import (
    Basis,
    Calibration,
    Decision,
    Declaration,
    Detector,
    Direction,
    Drift,
    Fairness,
    Measure,
    Parity,
    Quantity,
    Rate,
    Silence,
)
from tocsin.detection.engine.replay import Judged
from tocsin.detection.engine.scan import State, kind_apart, kind_of
from tocsin.detection.kinds import Kind
from tocsin.detection.statistics.decisions import beyond, cusum_limit
from tocsin.detection.statistics.evidence import together
from tocsin.detection.windows.track import ALL, Alarm, Mark, Part
from tocsin.facts.findings import Found

BEFORE_SHOWN = 24
"""So many windows before the change are told; what lies before them says nothing of it."""

_COUNTED = (Measure.MISSING, Measure.UNSEEN, Measure.RISE)


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One window on the way to an alarm.

    Args:
        value: what was measured; None where the window says nothing.
        held: what was held against it after this window; None after the alarm, when nothing is
            gathered, and where nothing was judged.
        raised: this window raised the alarm.
    """

    at: datetime
    until: datetime
    rows: int
    counted: int
    value: float | None
    held: float | None
    raised: bool = False


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """How a finding came about.

    Args:
        needed: what must be held against it to raise an alarm, in `unit`.
        before_rows: how many requests the baseline rests on; 0 where there is none.
        tolerance: in words.
    """

    slice: str
    needed: float | None
    unit: str
    before_rows: int
    tolerance: str
    steps: tuple[Step, ...]


def account(one: Judged, declared: Declaration, state: State) -> Account | None:
    """How a finding came about; None where nothing that led to it is remembered."""
    track = state.tracks.get(one.found.detector)
    marks = track.marks if track is not None else ()
    place, alarm = _alarmed(marks, one.found)
    kind = kind_of(one.detector, declared) or kind_apart(one.detector, declared)
    if alarm is None or kind is None:
        return None
    since = next((i for i, mark in enumerate(marks) if mark.at >= one.found.since), place)
    until = one.over.seen_until if one.over is not None else marks[-1].until
    shown = [mark for mark in marks[max(0, since - BEFORE_SHOWN):] if mark.at < until]  # fmt: skip
    return Account(
        slice=alarm.slice,
        needed=_needed(kind, marks[place], alarm.slice),
        unit=_unit(kind.about.decision),
        before_rows=marks[place].learned.requests,
        tolerance=tolerance(one.detector),
        steps=tuple(_step(one, mark, alarm.slice, raised=mark is marks[place]) for mark in shown),
    )


def tolerance(detector: Detector) -> str:
    """What is tolerated, of what, as the declaration says it."""
    if isinstance(detector, Silence):
        return f"{detector.after_seconds} seconds"
    share = f"{100 * detector.tolerance:.4g} %"
    match detector:
        case Rate() | Quantity():
            way = "above" if detector.direction is Direction.UP else "below"
            if detector.basis is Basis.RELATIVE:
                return f"{share} of the baseline {way} it"
            plain = f"{detector.tolerance:.4g}" if isinstance(detector, Quantity) else share
            return f"{plain} (in points) {way} the baseline"
        case Fairness():
            of = "of the other group's" if detector.basis is Basis.RELATIVE else "(in points)"
            return f"{share} {of}"
        case Drift(measure=Measure.PSI | Measure.W1 | Measure.JS | Measure.CHI2):
            return f"{detector.tolerance:.4g}"
        case _:
            return share


def _alarmed(marks: Sequence[Mark], found: Found) -> tuple[int, Alarm | None]:
    """The window that raised the alarm, and the alarm."""
    for place, mark in enumerate(marks):
        for alarm in _alarms(mark):
            if alarm.found.finding == found.finding or _place(alarm.found) == _place(found):
                return place, alarm
    return 0, None


def _place(found: Found) -> tuple[object, ...]:
    """What two alarms of one detector that tell of the same have in common."""
    return found.since, found.group, found.compared_with, found.metric, found.version, found.segment


def _alarms(mark: Mark) -> list[Alarm]:
    return ([mark.alarm] if mark.alarm is not None else []) + list(mark.alarms.values())


def _step(one: Judged, mark: Mark, slice: str, *, raised: bool) -> Step:
    rows, counted, value = _measured(one, mark.parts, slice)
    held = mark.evidence.get(slice)
    gathered = held is not None and (raised or not _alarms(mark)) and not mark.failed
    return Step(
        at=mark.at,
        until=mark.until,
        rows=rows,
        counted=counted,
        value=value,
        held=_held(one, held) if gathered and held is not None else None,
        raised=raised,
    )


def _measured(one: Judged, parts: Sequence[Part], slice: str) -> tuple[int, int, float | None]:
    """The rows that were judged, those of them that count, and what was measured."""
    detector, found = one.detector, one.found
    if _is_of_chances(detector):
        return _chances([p for p in parts if p.name.partition(" ")[2] == slice])
    if isinstance(detector, Rate):
        own = [p for p in parts if found.version in (None, p.version)
               and found.segment in (None, p.segment)]  # fmt: skip
    elif isinstance(detector, Fairness):
        own = [p for p in parts if p.name == slice.partition(" ")[2]]
    else:
        own = [p for p in parts if p.name == slice]
    rows, bad = sum(p.requests for p in own), sum(p.bad for p in own)
    if not rows:
        return 0, 0, None
    if isinstance(detector, Rate):
        bad = bad if detector.direction is Direction.UP else rows - bad
        return rows, bad, bad / rows
    counted = isinstance(detector, Drift) and detector.measure in _COUNTED
    if counted or isinstance(detector, Fairness):
        return rows, bad, bad / rows
    return rows, bad, own[0].off


def _is_of_chances(detector: Detector) -> bool:
    parity = detector.parity if isinstance(detector, Fairness) else None
    return parity is Parity.CALIBRATION or isinstance(detector, Calibration)


def _chances(tenths: Sequence[Part]) -> tuple[int, int, float | None]:
    """How far the chances of one group are off, over the tenths of the scale."""
    rows, true = sum(p.requests for p in tenths), sum(p.bad for p in tenths)
    off = sum(abs(p.bad - p.off) for p in tenths)
    return (rows, true, off / rows) if rows else (0, 0, None)


def _held(one: Judged, held: Sequence[float]) -> float | None:
    decision = getattr(one.detector, "decision", Decision.E_SR)
    value = together(held) / math.log(10) if decision is Decision.E_SR else held[0]
    return value if math.isfinite(value) else None


def _needed(kind: Kind, mark: Mark, slice: str) -> float | None:
    """What the slice must reach: the place at which it appeared decides its weight."""
    decision, length = kind.about.decision, kind.about.run_length
    names = list(mark.evidence)
    place = names[: names.index(slice) + 1] if slice in names else [slice]
    weight = kind.weight(slice, sum(name != ALL for name in place))
    match decision:
        case Decision.E_SR:
            return -beyond(decision, (0.0,), weight, length) / math.log(10)
        case Decision.CUSUM:
            return cusum_limit(length / weight)
        case Decision.THRESHOLD:
            return 0.0


def _unit(decision: Decision) -> str:
    return "powers of ten" if decision is Decision.E_SR else "standard deviations"
