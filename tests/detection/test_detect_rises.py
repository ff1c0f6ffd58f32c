"""One value among many that became commoner is found, and named; what is usual is not."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom
from stream import declared, judged, window

from tocsin.detection.detectors.rises import Shares, log_tail, unseen_bound
from tocsin.detection.engine.scan import without_baseline
from tocsin.detection.windows.columns import Column
from tocsin.facts.summaries import Categories, Histogram, WindowSummary

YAML = """\
system: assistant
window: 60s
drift_window: 60s
log: {categories: [words]}
detectors:
  words: {drift: words, measure: rise, tolerance: 0.1%, baseline: {first: 20000}}
"""
VOCABULARY, ROWS = 3000, 10_000


def words(seed: int, rows: int, trigger: float = 0.0) -> Categories:
    """Words as a language has them: the second half as often as the first, and so on."""
    draw = np.random.default_rng(seed)
    shares = 1 / np.arange(1, VOCABULARY + 1)
    drawn = draw.choice(VOCABULARY, rows, p=shares / shares.sum())
    names, counts = np.unique(drawn, return_counts=True)
    found = {f"w{name}": int(n) for name, n in zip(names, counts, strict=True)}
    hit = int(draw.binomial(rows, trigger))
    return Categories(counts=found | ({"xylophone": hit} if hit else {}))


def log(seed: int, count: int, trigger: float = 0.0, begin: int = 4) -> list[WindowSummary]:
    return [
        window(i, categories={"words": words(seed * 1000 + i, ROWS, trigger if i >= begin else 0)})
        for i in range(count)
    ]


def test_an_unknown_trigger_is_found_and_named() -> None:
    [found], _, _ = judged(log(1, 8, trigger=0.006), declared(YAML))
    assert found.measure == "share of 'xylophone'" and found.metric == "words"
    assert float(found.baseline) == 0
    assert float(found.low) < 0.006 < float(found.high) and float(found.tolerated) < 0.003
    assert found.bad > 0 and "Chernoff" in found.promise


@pytest.mark.parametrize("seed", range(2))
def test_new_and_rare_words_of_a_language_raise_nothing(seed: int) -> None:
    assert judged(log(seed + 10, 20), declared(YAML))[0] == []


def test_a_source_among_many_that_grows_is_named() -> None:
    even = {f"source{i}": 50 for i in range(40)}
    grown = even | {"source7": 110}
    well = [window(i, categories={"words": Categories(counts=even)}) for i in range(12)]
    ill = [window(12 + i, categories={"words": Categories(counts=grown)}) for i in range(4)]
    [found], _, _ = judged(well + ill, declared(YAML))
    assert found.measure == "share of 'source7'" and float(found.baseline) == 0.025


def test_a_column_of_numbers_has_no_value_that_rises() -> None:
    numbers = {"words": Histogram(buckets=(1, 2), counts=(900, 1100), totals=(900.0, 2200.0))}
    told = judged([window(i, numbers=numbers) for i in range(14)], declared(YAML))
    assert told[0] == []
    [why] = without_baseline(declared(YAML), told[2])
    assert "rise compares categories" in why


def test_it_is_over_when_the_value_is_gone() -> None:
    stopped = log(1, 8, trigger=0.006) + [
        window(8 + i, categories={"words": words(900 + i, ROWS)}) for i in range(6)
    ]
    [found], [over], _ = judged(stopped, declared(YAML))
    assert over.finding == found.finding


@given(st.integers(0, 300), st.integers(1, 300), st.floats(0.001, 0.999))
def test_the_tail_is_bounded_from_above(count: int, rows: int, share: float) -> None:
    count = min(count, rows)
    assert math.exp(log_tail(count, rows, share)) >= binom.sf(count - 1, rows, share) * (1 - 1e-9)


@given(st.integers(0, 5), st.integers(50, 100_000))
def test_what_was_not_seen_is_rare_for_all_values_at_once(hidden: int, rows: int) -> None:
    bound = unseen_bound(hidden, rows, 0.001)
    # 1/bound values of just that share: that even one is seen so seldom has a chance of 0.1 %
    assert binom.cdf(hidden, rows, min(bound, 1.0)) / bound <= 0.001 * (1 + 1e-6)
    assert bound < 60 / rows or rows < 200


def test_values_that_were_counted_together_are_held_to_the_rarest_that_was_not() -> None:
    alone = Shares(Column({"a": 9_000, "b": 1_000}), 0.001)
    beside = Shares(Column({"a": 9_000, "b": 900, "\0other": 100}), 0.001)
    assert alone.tolerated("new") < 0.003
    assert beside.tolerated("new") > 0.09
