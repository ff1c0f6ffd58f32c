"""Prints where river's detectors see a change in streams. Runs in river's Python.

Input on standard input: {"streams": ["0010...", ...]}; output: of each stream and detector the
places, counted from 0, at which it calls a drift. ADWIN is as river sets it up; Page-Hinkley is
told, as its user must, how small a change does not matter and how much is enough.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from river import drift  # type: ignore[import-untyped, import-not-found, unused-ignore]


def seen(detector: Any, stream: str) -> list[int]:
    """Where it calls a drift."""
    found = []
    for place, value in enumerate(stream):
        detector.update(int(value))
        if detector.drift_detected:
            found.append(place)
    return found


def main() -> None:
    said = [
        {
            "adwin": seen(drift.ADWIN(), stream),
            "page-hinkley": seen(
                drift.PageHinkley(
                    min_instances=1000, delta=0.01, threshold=30, alpha=1.0, mode="up"
                ),
                stream,
            ),
        }
        for stream in json.load(sys.stdin)["streams"]
    ]
    print(json.dumps(said))


main()
