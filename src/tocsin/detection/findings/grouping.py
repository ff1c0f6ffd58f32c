"""Puts findings in order and together: what fails worst first, what belongs together as one.

Findings belong together that are of one version, one segment and one failure mode: whoever is woken
has one thing to look at, not one for each detector.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tocsin.detection.declared.declaration import Basis, Detector, Fairness, Harm
from tocsin.detection.engine.replay import Judged
from tocsin.facts.failure_modes import FailureMode
from tocsin.facts.findings import Found, Sign

_HARM = {Harm.LOW: 0, Harm.SERIOUS: 1, Harm.CRITICAL: 2}
_SIGNS = (Sign.UNFAIR, Sign.RATE, Sign.NO_DATA, Sign.QUANTITY, Sign.CALIBRATION, Sign.DRIFT)
"""What hurts people comes before what slows them down, and an effect before a possible cause."""

_USUAL = {
    Sign.UNFAIR: FailureMode.UNFAIR_OUTCOME,
    Sign.DRIFT: FailureMode.DRIFT,
}


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Findings of one version, segment and failure mode, the worst first."""

    version: str | None
    segment: str | None
    mode: FailureMode
    judged: tuple[Judged, ...]


def mode_of(found: Found, detector: Detector) -> FailureMode:
    """The failure mode that a finding points to: as declared, or what its sign is usually of."""
    declared = detector.failure_modes
    return declared[0] if declared else _USUAL.get(found.sign, FailureMode.DEGRADATION)


def effect(found: Found, detector: Detector) -> float:
    """The size of what was found: a difference of shares or quantities, a distance, a ratio."""
    observed, baseline = float(found.observed), float(found.baseline)
    if isinstance(detector, Fairness) and detector.basis is Basis.RELATIVE and baseline:
        return round(observed / baseline, 6)
    if found.sign in (Sign.RATE, Sign.QUANTITY, Sign.UNFAIR):
        return round(observed - baseline, 6)
    return observed


def excess(found: Found) -> float:
    """How many times what is tolerated it is; 1 is the edge of it."""
    allowed = float(found.tolerated) - float(found.baseline)
    off = float(found.observed) - float(found.baseline)
    return off / allowed if abs(allowed) > 1e-9 else abs(off) * 1e9


def ranked(judged: Sequence[Judged]) -> list[Judged]:
    """The worst first: by whether it lasts, harm, what kind of thing, how far beyond."""
    return sorted(judged, key=_place)


def grouped(judged: Sequence[Judged]) -> list[Group]:
    """The findings by what belongs together, the group with the worst first."""
    found: dict[tuple[str | None, str | None, FailureMode], list[Judged]] = {}
    for one in ranked(judged):
        key = (one.found.version, one.found.segment, mode_of(one.found, one.detector))
        found.setdefault(key, []).append(one)
    return [
        Group(version=version, segment=segment, mode=mode, judged=tuple(own))
        for (version, segment, mode), own in found.items()
    ]


def _place(one: Judged) -> tuple[bool, int, int, int, float, str]:
    found = one.found
    sign = _SIGNS.index(found.sign)
    columns = (found.group or "").count(",")  # all of a kind of people before the few among them
    last = (-excess(found), found.finding)
    return (one.over is not None, -_HARM[one.detector.harm], sign, columns, *last)
