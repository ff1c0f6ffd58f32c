"""Intervals and tests for few numbers, against scipy, by hand, and by counting every case."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tocsin.dossier.exact import (
    count_interval,
    fewest_for_a_median,
    median,
    middle,
    rates_compared,
    share_interval,
)


@pytest.mark.parametrize(
    ("count", "low", "high"),
    [(0, 0.0, 3.689), (1, 0.0253, 5.572), (3, 0.6187, 8.767), (10, 4.795, 18.39)],
)
def test_a_count_has_the_interval_of_the_tables(count: int, low: float, high: float) -> None:
    found = count_interval(count)
    assert found.low == pytest.approx(low, rel=1e-3, abs=1e-9)
    assert found.high == pytest.approx(high, rel=1e-3)


@given(st.integers(0, 60), st.sampled_from([0.9, 0.95, 0.99]))
def test_a_counts_interval_is_where_its_tails_are_as_large_as_allowed(
    count: int, confidence: float
) -> None:
    found, tail = count_interval(count, confidence), (1 - confidence) / 2
    assert found.low is not None and found.high is not None
    assert stats.poisson.cdf(count, found.high) == pytest.approx(tail)
    if count:
        assert stats.poisson.sf(count - 1, found.low) == pytest.approx(tail)


@given(st.integers(0, 40).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_share_has_the_interval_of_scipy(data: tuple[int, int]) -> None:
    some, of = data
    found = share_interval(some, of)
    if not of:
        assert (found.low, found.high) == (0.0, 1.0)
        return
    told = stats.binomtest(some, of).proportion_ci(0.95, method="exact")
    assert found.low == pytest.approx(told.low, abs=1e-9)
    assert found.high == pytest.approx(told.high, abs=1e-9)


def test_a_median_by_hand() -> None:
    assert median([3, 1, 2]) == 2 and median([4, 1, 2, 3]) == 2.5
    with pytest.raises(ValueError, match="no median"):
        median([])
    assert middle([1, 2, 3, 4, 5]) is None  # 1 - 2/32 is 93.75 %
    six = middle([6, 5, 4, 3, 2, 1])
    assert six is not None and (six.low, six.high, six.median) == (1, 6, 3.5)
    assert six.coverage == pytest.approx(0.96875)
    ten = middle(list(range(1, 11)))
    assert ten is not None and (ten.low, ten.high) == (2, 9)
    assert ten.coverage == pytest.approx(1 - 22 / 1024)
    assert fewest_for_a_median() == 6 and fewest_for_a_median(0.99) == 8


@pytest.mark.parametrize("n", [6, 7, 9, 12])
def test_a_medians_interval_covers_as_often_as_it_says_by_counting_every_case(n: int) -> None:
    """Each value is above or below the true median, like a coin; all falls are counted."""
    found = middle(list(range(n)))
    assert found is not None
    k = int(found.low)
    covered = sum(k + 1 <= sum(below) <= n - k - 1 for below in itertools.product((0, 1), repeat=n))
    assert Fraction(covered, 2**n) == Fraction(found.coverage)
    assert found.coverage >= 0.95
    narrower = sum(
        k + 2 <= sum(below) <= n - k - 2 for below in itertools.product((0, 1), repeat=n)
    )
    assert narrower / 2**n < 0.95


@given(
    st.integers(0, 30), st.integers(0, 30), st.sampled_from([(1.0, 1.0), (2.0, 1.0), (1.0, 3.0)])
)
def test_two_rates_are_compared_as_the_binomial_law_says(
    earlier: int, later: int, spans: tuple[float, float]
) -> None:
    before, after = spans
    found, n = rates_compared(earlier, before, later, after), earlier + later
    share = after / (before + after)
    tails = stats.binom.cdf(later, n, share), stats.binom.sf(later - 1, n, share)
    assert found.chance == pytest.approx(min(1.0, 2 * min(tails)))
    if earlier and later:
        assert found.ratio == pytest.approx(later / after / (earlier / before))
        assert found.high is not None and found.ratio is not None
        assert found.low < found.ratio < found.high
    assert (found.ratio is None) == (earlier == 0)
    assert (found.high is None) == (earlier == 0)
    assert found.low >= 0 and math.isfinite(found.low)
