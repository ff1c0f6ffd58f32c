"""What a finding promises, in words that can stand in a file, and the name it is known by."""

from __future__ import annotations

from datetime import datetime

from tocsin.detection.declaration import BASELINE_ERROR, CONFIDENCE, Declaration, Drift, Rate
from tocsin.detection.shares import decimal
from tocsin.facts.canonical import sha256_hex

_SPANS = ((86400, "days"), (3600, "hours"), (60, "minutes"))


def finding_id(system: str, detector: str, at: datetime) -> str:
    """The name of a finding: of one detector, raised in the window that begins then."""
    return sha256_hex(f"{system} {detector} {at.isoformat()}".encode())[:10]


def promise_of_rate(detector: Rate, declared: Declaration, tolerated: float) -> str:
    """What an alarm of a rate guarantees, and under which conditions."""
    side = "at most" if detector.direction.value == "up" else "at least"
    return (
        f"While the share is {side} {decimal(tolerated)} in every window, {_run_length(detector)}, "
        "over all its slices together. This holds however long it watches, if requests within a "
        f"window are independent and the baseline's share lies within its bound ("
        f"{decimal(100 * (1 - BASELINE_ERROR))} % sure). {_others(declared)}The interval is "
        f"Clopper-Pearson at {decimal(100 * CONFIDENCE)} %, for the estimated beginning as it is."
    )


def promise_of_drift(detector: Drift, declared: Declaration) -> str:
    """What an alarm of a drift guarantees, and under which conditions."""
    return (
        f"While the distance from the baseline is at most {decimal(detector.tolerance)} in every "
        f"window, {_run_length(detector)}. This holds however long it watches, if requests within "
        "a window are independent and the baseline lies within its bound ("
        f"{decimal(100 * (1 - BASELINE_ERROR))} % sure). {_others(declared)}The interval is the "
        f"mean over the windows since, by Dvoretzky-Kiefer-Wolfowitz for all of them together at "
        f"{decimal(100 * CONFIDENCE)} %."
    )


def promise_of_silence(after_seconds: int) -> str:
    """What an alarm of silence says."""
    return (
        f"The last request that could be read is older than {after_seconds} seconds. Whether the "
        "system, its log or the way to it is silent, this does not say."
    )


def _run_length(detector: Rate | Drift) -> str:
    seconds = detector.run_length * detector.window_seconds
    length, name = next(((s, n) for s, n in _SPANS if seconds >= 2 * s), (1, "seconds"))
    return (
        f"this detector raises a false alarm once in {detector.run_length} windows of "
        f"{detector.window_seconds} s ({seconds // length} {name}) at most, on average"
    )


def _others(declared: Declaration) -> str:
    count = len(declared.detectors)
    return (
        f"{count} detectors watch this system, each with a run length of its own. "
        if count > 1
        else ""
    )
