"""Slow proof: a thousand streams of five hundred windows keep the promise that a finding makes."""

from __future__ import annotations

import statistics

import numpy as np
import pytest
from stream import SECONDS, START, YAML, declared, judged, stream

from tocsin.facts.summaries import WindowSummary

STREAMS, WINDOWS, BASE = 1000, 500, 0.05
LEARN = [BASE] * 20
pytestmark = pytest.mark.proof


def alarms(tolerance: str, share: float, *, varied: bool) -> int:
    declaration = declared(YAML.replace("15%", tolerance))
    found = 0
    for seed in range(STREAMS):
        draw = np.random.default_rng(50_000 + seed)
        shares = np.full(WINDOWS, share)
        if varied:
            shares *= 1 + 0.08 * np.sin(2 * np.pi * np.arange(WINDOWS) / 24)
            shares *= draw.normal(1, 0.05, WINDOWS)
        found += len(judged(stream(seed, [*LEARN, *np.clip(shares, 0, 1)]), declaration)[0])
    return found


@pytest.mark.parametrize(
    ("tolerance", "share", "varied"),
    [("0%", BASE, False), ("15%", BASE, True), ("15%", 1.1 * BASE, False)],
)
def test_healthy_streams_keep_the_budget(tolerance: str, share: float, varied: bool) -> None:
    """500,000 windows at a run length of 10,000: at most 50 on average; far fewer in truth."""
    assert alarms(tolerance, share, varied=varied) <= 50


@pytest.mark.parametrize(("factor", "windows"), [(2.0, 1), (1.5, 7)])
def test_a_failure_is_found_soon(factor: float, windows: int) -> None:
    known = "{requests: 100000, counted: 5000}"
    text = YAML.replace("{first: 20000}", known).replace("[version, segment]", "[]")
    late = [
        _late(stream(seed, [BASE] * 50 + [factor * BASE] * 100), text) for seed in range(STREAMS)
    ]
    assert statistics.median(late) <= windows


def _late(windows: list[WindowSummary], text: str) -> float:
    found = judged(windows, declared(text))[0]
    if not found:
        return float("inf")
    return (found[0].seen_until - START).total_seconds() / SECONDS - 50
