"""One run length for all detectors together, by weights that are fixed before any data.

Each detector with evidence has the same share of the false alarms; a detector of long windows has
few of them, and its run length in windows is shorter by as much. The weighted sum of all their
evidence then grows by at most 1 a window of the shortest length, so that its run length is the
family's, however the detectors depend on each other. No false discovery rate is claimed: with a
finite run length none can be held in the worst case.

Source: Dandapanthula and Ramdas, "Multiple testing in multi-stream sequential change detection"
(arXiv 2501.04130): e-d-Bonferroni. Their e-d-BH would alarm sooner when many detectors fail at
once; it makes what one finds depend on the windows of all others, which come at other times.
"""

from __future__ import annotations

import math

from tocsin.detection.declared.declaration import (
    Calibration,
    Decision,
    Declaration,
    Detector,
    Drift,
    Fairness,
    Quantity,
    Rate,
    Rolling,
    SameHour,
    Silence,
)

Judging = Rate | Drift | Quantity | Fairness | Calibration


def members(declared: Declaration) -> list[Judging]:
    """The detectors that hold the family's run length: those that watch on, with evidence that
    keeps a promise."""
    return [d for d in declared.detectors if not isinstance(d, Silence) and _promises(d)]


def run_length(declared: Declaration, detector: Judging) -> int:
    """The run length that a detector keeps, in its own windows: its own, or longer for all."""
    family, own = declared.family_run_length, members(declared)
    if family is None or detector not in own:
        return detector.run_length
    shortest = min(one.window_seconds for one in own)
    share = family * len(own) * shortest / detector.window_seconds
    return max(detector.run_length, math.ceil(share))


def promise_of_family(declared: Declaration) -> str:
    """What all detectors together promise, in words; empty where there is nothing to say."""
    own = members(declared)
    if declared.family_run_length is None:
        count = len(declared.detectors)
        told = f"{count} detectors watch this system, each with a run length of its own. "
        return told if count > 1 else ""
    left_out = [one.id for one in declared.detectors if one not in own]
    seconds = min((one.window_seconds for one in own), default=0)
    length = f"{seconds} rows" if declared.log.at is None else f"{seconds} s"
    told = (
        f"All {len(own)} detectors together raise a false alarm once in "
        f"{declared.family_run_length} windows of {length} at most, on average, while all is "
        "well: each has the same share of that, fixed beforehand. No false discovery rate is "
        "claimed. "
    )
    return told + (f"Not counted: {', '.join(left_out)}. " if left_out else "")


def _promises(detector: Detector) -> bool:
    decision = getattr(detector, "decision", Decision.E_SR)
    moving = isinstance(getattr(detector, "baseline", None), Rolling | SameHour)
    return decision is Decision.E_SR and not moving and not getattr(detector, "once", False)
