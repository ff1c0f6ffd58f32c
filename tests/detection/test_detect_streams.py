"""Streams keep the promise that a finding makes: few alarms while healthy, soon when not.

The small runs are part of `make test`; the large ones, of a thousand streams of five hundred
windows, of `make proof`. Healthy means that the share is at most baseline x (1 + tolerance) in
every window. No seed was used to choose anything.
"""

from __future__ import annotations

import statistics

import msgspec
import numpy as np
import pytest
from stream import SECONDS, START, YAML, cell, declared, judged, stream, window

from tocsin.detection import Declaration
from tocsin.detection.declared.declaration import Counts, Decision, Rate
from tocsin.detection.statistics.proportion import bound_of
from tocsin.facts.findings import Found
from tocsin.facts.summaries import WindowSummary

BASE, TOLERANCE, REQUESTS = 0.05, 0.1, 1000
KNOWN = Counts(100_000, 5000)
RUN_LENGTH = 10_000


def declaration(decision: Decision = Decision.E_SR, tolerance: float = TOLERANCE) -> Declaration:
    plain = declared(YAML)
    [one] = plain.detectors
    assert isinstance(one, Rate)
    one = msgspec.structs.replace(one, slices=(), baseline=KNOWN, tolerance=tolerance,
                                  decision=decision, run_length=RUN_LENGTH)  # fmt: skip
    return msgspec.structs.replace(plain, detectors=(one,))


def healthy(seed: int, windows: int, kind: str) -> list[WindowSummary]:
    """Of one share; or with a daily cycle and noise from hour to hour, within what is tolerated."""
    draw = np.random.default_rng([71, seed])
    hours = np.arange(windows)
    shares = np.full(windows, BASE)
    if kind == "varied":
        shares = BASE * (1 + 0.08 * np.sin(2 * np.pi * hours / 24)) * draw.normal(1, 0.05, windows)
        shares = np.clip(shares, 0, BASE * (1 + TOLERANCE))
    elif kind == "at the limit":
        shares = np.full(windows, BASE * (1 + TOLERANCE))
    bad = draw.binomial(REQUESTS, shares)
    return [window(i, [cell(REQUESTS, int(k))]) for i, k in enumerate(bad)]


def alarms(streams: int, windows: int, kind: str, of: Declaration) -> int:
    return sum(len(judged(healthy(seed, windows, kind), of)[0]) for seed in range(streams))


def first_alarms(streams: int, factor: float, windows: int, of: Declaration) -> list[Found | None]:
    """The first alarm of each stream that fails from window 50 on."""
    shares = [BASE] * 50 + [factor * BASE] * windows
    found = (judged(stream(80_000 + seed, shares, REQUESTS), of)[0] for seed in range(streams))
    return [each[0] if each else None for each in found]


def delay(found: Found | None) -> float:
    late = float("inf")
    return late if found is None else (found.seen_until - START).total_seconds() / SECONDS - 50


@pytest.mark.parametrize("kind", ["alike", "varied", "at the limit"])
def test_some_healthy_streams_keep_quiet(kind: str) -> None:
    """20,000 windows at a run length of 10,000: two alarms are allowed, and none comes."""
    assert alarms(40, 500, kind, declaration()) == 0


def test_a_failing_stream_is_found_soon() -> None:
    for factor, windows in ((2.0, 1), (1.3, 20)):
        late = [delay(one) for one in first_alarms(40, factor, 100, declaration())]
        assert min(late) > 0 and statistics.median(late) <= windows


@pytest.mark.proof
@pytest.mark.parametrize("kind", ["alike", "varied", "at the limit"])
def test_a_thousand_healthy_streams_keep_the_budget(kind: str) -> None:
    """500,000 windows at a run length of 10,000: at most 50 on average; far fewer in truth."""
    assert alarms(1000, 500, kind, declaration()) <= 50


@pytest.mark.proof
def test_with_no_tolerance_the_budget_holds_for_windows_that_are_alike() -> None:
    assert alarms(1000, 500, "alike", declaration(tolerance=0.0)) <= 50


@pytest.mark.proof
@pytest.mark.parametrize(("factor", "windows"), [(2.0, 1), (1.3, 20)])
def test_of_a_thousand_failing_streams_half_are_found_in_time(factor: float, windows: int) -> None:
    late = [delay(one) for one in first_alarms(1000, factor, 150, declaration())]
    assert min(late) > 0 and statistics.median(late) <= windows
    assert max(late) < float("inf")


@pytest.mark.proof
def test_cusum_has_about_its_run_length_where_all_windows_are_alike_at_its_limit() -> None:
    """Siegmund's approximation, for counts that are skewed: within a factor of 3 either way."""
    bound = bound_of(declared(YAML).detectors[0].direction, declared(YAML).detectors[0].basis,
                     TOLERANCE, KNOWN.requests, KNOWN.counted)  # type: ignore[union-attr] # fmt: skip
    assert bound is not None
    shares = [bound.tolerated] * 500
    found = sum(
        len(judged(stream(90_000 + seed, shares, REQUESTS), declaration(Decision.CUSUM))[0])
        for seed in range(1000)
    )
    assert 50 / 3 <= found <= 50 * 3


@pytest.mark.proof
@pytest.mark.parametrize(("factor", "least"), [(2.0, 0.85), (1.3, 0.85)])
def test_how_often_the_region_holds_the_beginning(factor: float, least: float) -> None:
    """The region is called one of likelihood: this is what it held in these streams."""
    beginning = START + 50 * (window(1).at - START)
    found = [one for one in first_alarms(1000, factor, 150, declaration()) if one is not None]
    held = [
        one.since_from <= beginning <= one.since_until
        for one in found
        if one.since_from is not None and one.since_until is not None
    ]
    assert len(held) == len(found) and sum(held) / len(held) >= least
