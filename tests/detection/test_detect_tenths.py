"""Calibration: no window is worth more than 1 on average while predicted chances come true."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from tocsin.detection.statistics.tenths import (
    NOBODY,
    STAKES,
    Tenth,
    error,
    error_interval,
    log_e_values,
    log_well,
    no_chances,
    people,
    tenths,
    together,
)
from tocsin.facts.summaries import NO_CHANCE, ScoreCell

PARTS = st.integers(0, 100).map(lambda part: part / 100)
SIZED = st.tuples(st.integers(1, 5), PARTS, st.sampled_from([-1, 1]), PARTS)


@settings(max_examples=80, deadline=None)
@given(st.lists(SIZED, min_size=1, max_size=3), st.integers(0, 6).map(lambda t: t / 20))
def test_no_healthy_window_is_worth_more_than_one_on_average(
    found: list[tuple[int, float, int, float]], tolerated: float
) -> None:
    """Truths lie off their scores by all that is tolerated, in any way among the tenths."""
    count = sum(n for n, *_ in found)
    wish = sum(n * weight for n, _, _, weight in found) or 1.0
    truths = [
        min(max(score + sign * weight * min(tolerated * count / wish, 1 / max(weight, 1e-9)), 0), 1)
        for _, score, sign, weight in found
    ]
    worth = np.zeros(len(STAKES))
    for counts in itertools.product(*(range(n + 1) for n, *_ in found)):
        chance = math.prod(
            float(binom.pmf(k, n, truth))
            for k, (n, *_), truth in zip(counts, found, truths, strict=True)
        )
        seen = [Tenth(labelled=n, true=k, expected=n * score)
                for k, (n, score, *_) in zip(counts, found, strict=True)]  # fmt: skip
        worth += chance * np.exp(log_e_values(seen, tolerated))
    assert np.all(worth <= 1 + 1e-9)


@settings(max_examples=40, deadline=None)
@given(st.lists(PARTS, min_size=1, max_size=7), st.lists(PARTS, min_size=7, max_size=7))
def test_people_of_a_tenth_need_not_be_alike(truths: list[float], scores: list[float]) -> None:
    scores = scores[: len(truths)]
    expected = sum(scores)
    off = abs(sum(truths) - expected) / len(truths)
    counts = np.array([1.0])
    for truth in truths:
        counts = np.convolve(counts, [1 - truth, truth])
    worth = np.zeros(len(STAKES))
    for k, chance in enumerate(counts):
        one = Tenth(labelled=len(truths), true=k, expected=expected)
        worth += chance * np.exp(log_e_values([one], off))
    assert np.all(worth <= 1 + 1e-9)


def test_what_is_off_is_found_and_what_is_tolerated_is_not() -> None:
    draw = np.random.default_rng(3)
    scores = draw.uniform(0, 1, 20_000)
    for lift, says in ((0.0, False), (0.03, False), (0.12, True)):
        truth = draw.uniform(0, 1, scores.size) < np.clip(scores + lift, 0, 1)
        found = _binned(scores, truth)
        assert (max(log_e_values(found, 0.05)) > math.log(10_000)) is says, lift


def test_rare_truths_are_judged_by_their_own_variance() -> None:
    """One in a hundred was foretold, three in a hundred came: 5,000 people are enough."""
    one = [Tenth(labelled=5000, true=150, expected=50.0)]
    assert max(log_e_values(one, 0.005)) > math.log(10_000)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 40), PARTS, PARTS)
def test_the_interval_holds_as_often_as_it_says(n: int, score: float, truth: float) -> None:
    missed = 0.0
    for k in range(n + 1):
        low, high = error_interval([Tenth(labelled=n, true=k, expected=n * score)], 0.05)
        inside = low - 1e-9 <= abs(truth - score) <= high + 1e-9
        missed += (not inside) * float(binom.pmf(k, n, truth))
    assert missed <= 0.05


def test_scores_that_are_no_chance_are_counted_and_in_no_tenth() -> None:
    cells = [ScoreCell(version=v, group=(), tenth=t, labelled=4, true=1, expected=1.0)
             for v, t in (("1", 0), ("2", 0), ("1", 9), ("1", NO_CHANCE))]  # fmt: skip
    found = tenths(cells)
    assert people(found) == 12 and no_chances(cells) == 4
    assert found[0] == Tenth(labelled=8, true=2, expected=2.0)
    assert people(together(found, found)) == 24
    assert error(NOBODY) == 0.0 and error_interval(NOBODY, 0.05) == (0.0, 1.0)
    assert log_e_values(NOBODY, 0.1) == (0.0,) * len(STAKES)


def test_the_error_is_the_mean_distance_over_people() -> None:
    found = [Tenth(labelled=10, true=5, expected=2.0), Tenth(labelled=30, true=9, expected=12.0)]
    assert error(found) == pytest.approx((3 + 3) / 40)


def test_truths_that_come_again_speak_for_being_well_and_only_they() -> None:
    failing = [Tenth(labelled=100, true=60, expected=45.0), Tenth(), Tenth(labelled=9, true=2,
               expected=4.0)]  # fmt: skip
    well = [Tenth(labelled=400, true=180, expected=180.0), Tenth(labelled=3), Tenth()]
    assert log_well(well, failing, 0.1) > 5 > -5 > log_well([failing[0].plus(failing[0]).plus(
        failing[0]).plus(failing[0]), Tenth(), Tenth()], failing, 0.1)  # fmt: skip
    assert log_well(well, NOBODY[:3], 0.1) == 0.0


def _binned(scores: np.ndarray, truth: np.ndarray) -> list[Tenth]:
    at = np.minimum((scores * 10).astype(int), 9)
    return [
        Tenth(
            labelled=int((at == t).sum()),
            true=int(truth[at == t].sum()),
            expected=float(scores[at == t].sum()),
        )
        for t in range(10)
    ]
