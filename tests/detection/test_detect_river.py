"""Slow proof: river's detectors and ours see the same change, each in its own way of looking.

river looks at every request, we at windows of 500. ADWIN and Page-Hinkley promise no run length;
ours do, and tolerate 10 % by design, for which they pay some windows.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
from functools import cache
from pathlib import Path

import msgspec
import numpy as np
import pytest
from stream import SECONDS, START, YAML, cell, declared, judged, window

from tocsin.detection import Declaration
from tocsin.detection.declared.declaration import Counts, Decision, Rate

PROGRAM = Path(__file__).with_name("river_says.py")
ORACLES = os.environ.get("TOCSIN_ORACLES_PYTHON", "")
STREAMS, ROWS, CHANGED, WINDOW = 20, 40_000, 20_000, 500
BASE, WITHIN = 0.05, 0.055
pytestmark = [
    pytest.mark.proof,
    pytest.mark.skipif(
        not ORACLES, reason="NOT PROVEN: TOCSIN_ORACLES_PYTHON names no Python; run `make proof`"
    ),
]


def declaration(decision: Decision) -> Declaration:
    plain = declared(YAML)
    [one] = plain.detectors
    assert isinstance(one, Rate)
    one = msgspec.structs.replace(
        one, slices=(), baseline=Counts(100_000, 5000), tolerance=0.1, decision=decision
    )
    return msgspec.structs.replace(plain, detectors=(one,))


@cache
def streams(after: float) -> list[str]:
    """Requests of which 5 % fail, told as 1, and this share from CHANGED on."""
    shares = np.where(np.arange(ROWS) < CHANGED, BASE, after)
    return [
        "".join(map(str, (np.random.default_rng([61, seed]).random(ROWS) < shares).astype(int)))
        for seed in range(STREAMS)
    ]


@cache
def theirs() -> dict[float, list[dict[str, list[int]]]]:
    """What river says of all streams, asked once."""
    shares = (BASE, WITHIN, 0.10, 0.15)
    asked = json.dumps({"streams": [stream for share in shares for stream in streams(share)]})
    ran = subprocess.run(
        [ORACLES, str(PROGRAM)], input=asked, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout)
    return {
        share: said[place * STREAMS : (place + 1) * STREAMS] for place, share in enumerate(shares)
    }


def ours(decision: Decision, stream: str) -> list[int]:
    """After how many requests each alarm was raised."""
    windows = [
        window(place, [cell(WINDOW, stream[place * WINDOW : (place + 1) * WINDOW].count("1"))])
        for place in range(ROWS // WINDOW)
    ]
    found = judged(windows, declaration(decision))[0]
    return [round((one.seen_until - START).total_seconds() / SECONDS) * WINDOW for one in found]


def delays(found: list[list[int]]) -> list[int]:
    """From the change to the first call of each stream; none may come before."""
    assert all(places and places[0] >= CHANGED for places in found), found
    return [places[0] - CHANGED for places in found]


@pytest.mark.parametrize("decision", [Decision.E_SR, Decision.CUSUM])
@pytest.mark.parametrize(("after", "windows"), [(0.10, 2), (0.15, 1)])
def test_a_change_that_river_sees_we_see_a_window_or_two_later_at_most(
    decision: Decision, after: float, windows: int
) -> None:
    own = delays([ours(decision, stream) for stream in streams(after)])
    for name in ("adwin", "page-hinkley"):
        late = delays([said[name] for said in theirs()[after]])
        assert statistics.median(own) <= statistics.median(late) + windows * WINDOW
        assert max(own) <= max(late) + 2 * windows * WINDOW


@pytest.mark.parametrize("decision", [Decision.E_SR, Decision.CUSUM])
def test_where_nothing_changes_neither_calls(decision: Decision) -> None:
    """800,000 requests, 1,600 windows; ADWIN promises less, and has one to spare."""
    assert sum(len(said["page-hinkley"]) for said in theirs()[BASE]) == 0
    assert sum(len(said["adwin"]) for said in theirs()[BASE]) <= 1
    assert sum(len(ours(decision, stream)) for stream in streams(BASE)) == 0


def test_what_is_tolerated_may_be_a_change_to_river_and_is_none_to_us() -> None:
    """A tenth more for ever after, which we are told to tolerate."""
    assert sum(len(said["adwin"]) for said in theirs()[WITHIN]) >= 1
    assert sum(len(ours(Decision.E_SR, stream)) for stream in streams(WITHIN)) == 0
