"""Drift: the distance that is there, no alarm without one, missing values are values too."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import numpy as np
import pytest
from stream import LATE, SECONDS, START, declared, judged, window

from tocsin.detection import State, scan
from tocsin.detection.distances import distance
from tocsin.facts.findings import Sign
from tocsin.facts.summaries import Categories, Histogram, WindowSummary

TEXT = """\
system: assistant
window: 60s
drift_window: 60s
log: {numbers: [score], categories: [intent]}
detectors:
  score: {drift: score, tolerance: 0.02, baseline: {first: 20000}}
  intent: {drift: intent, tolerance: 0.03, baseline: {first: 20000}}
"""
INTENTS = [f"i{i}" for i in range(40)]


def drawn(
    place: int, draw: np.random.Generator, *, shift: float = 0.0, missing: float = 0.0,
    weights: list[float] | None = None, rows: int = 5000,
) -> WindowSummary:  # fmt: skip
    buckets = np.floor(128 * np.arcsinh(draw.normal(shift, 1, rows)))
    found = Counter(int(b) for b in buckets[draw.random(rows) >= missing])
    absent = rows - found.total()
    chosen = draw.choice(INTENTS, rows, p=weights or [1 / len(INTENTS)] * len(INTENTS))
    order = sorted(found)
    numbers = Histogram(
        buckets=tuple(order), counts=tuple(found[b] for b in order),
        totals=(0.0,) * len(order), absent=absent,
    )  # fmt: skip
    intents = Categories(counts=dict(Counter(map(str, chosen))))
    return window(place, numbers={"score": numbers}, categories={"intent": intents})


def windows(seed: int, count: int, changed: int = 0, **change: object) -> list[WindowSummary]:
    draw = np.random.default_rng(seed)
    first = [drawn(i, draw) for i in range(count)]
    return [*first, *(drawn(count + i, draw, **change) for i in range(changed))]  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(5))
def test_the_same_distribution_raises_no_alarm(seed: int) -> None:
    assert judged(windows(seed, 100), declared(TEXT))[0] == []


@pytest.mark.parametrize("shift", [0.3, 1.0, 30.0])
def test_a_shift_is_told_at_once_with_its_distance(shift: float) -> None:
    [found] = judged(windows(1, 20, 3, shift=shift), declared(TEXT))[0]
    assert (found.detector, found.sign, found.metric) == ("score", Sign.DRIFT, "score")
    assert found.since == START + timedelta(seconds=20 * SECONDS)
    assert found.seen_until == START + timedelta(seconds=21 * SECONDS)
    exact = {0.3: 0.119, 1.0: 0.383, 30.0: 1.0}[shift]
    assert float(found.low) <= exact <= float(found.high)
    assert abs(float(found.observed) - exact) < 0.02 and found.requests == 5000


def test_a_shift_within_what_is_tolerated_is_not_told() -> None:
    assert judged(windows(1, 20, 60, shift=0.03), declared(TEXT))[0] == []


def test_a_column_that_goes_missing_drifts() -> None:
    [found] = judged(windows(1, 20, 2, missing=0.5), declared(TEXT))[0]
    assert found.detector == "score" and 0.45 < float(found.observed) < 0.55


def test_other_intents_are_told() -> None:
    skewed = [0.2] + [0.8 / 39] * 39
    [found] = judged(windows(1, 20, 3, weights=skewed), declared(TEXT))[0]
    assert found.detector == "intent" and 0.1 < float(found.observed) < 0.25


def test_intents_nobody_saw_before_are_told() -> None:
    first = windows(1, 20)
    new = [window(20 + i, categories={"intent": Categories(counts={"i0": 4000, "new": 1000})})
           for i in range(2)]  # fmt: skip
    [found] = judged([*first, *new], declared(TEXT))[0]
    assert found.detector == "intent"


def test_it_is_over_after_three_quiet_windows() -> None:
    draw = np.random.default_rng(3)
    shown = [drawn(i, draw, shift=0.5 if 20 <= i < 25 else 0.0) for i in range(40)]
    found, over, _ = judged(shown, declared(TEXT))
    assert len(found) == 1 and [o.finding for o in over] == [found[0].finding]
    assert over[0].seen_until == START + timedelta(seconds=28 * SECONDS)


def test_a_window_that_is_not_over_is_not_judged() -> None:
    shown = windows(1, 20, 1, shift=1.0)
    now = shown[-1].until - timedelta(seconds=1)
    found, _, state = scan(declared(TEXT), shown, State(), now)
    assert found == []
    seen = [w for w in shown if w.until > (state.since or START)]
    assert len(scan(declared(TEXT), seen, state, LATE)[0]) == 1


def test_distances_are_those_of_the_books() -> None:
    assert distance({1: 1, 2: 1}, {2: 1, 3: 1}) == 0.5
    assert distance({"a": 1, "b": 1}, {"a": 3, "b": 1}) == 0.25
    assert distance({1: 5}, {1: 9}) == 0
