"""Two shares: no window is worth more than 1 on average while the group is well."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.special import xlogy
from scipy.stats import binom

from tocsin.detection.compared.two_shares import (
    PARTS,
    Seen,
    Tolerated,
    difference_interval,
    healthiest,
    log_e_values,
    once,
    ratio_interval,
    tolerated,
)
from tocsin.detection.declared.declaration import Basis

LIMITS = st.builds(tolerated, st.sampled_from(Basis), st.integers(0, 12).map(lambda t: t / 20))
SHARES = st.integers(0, 200).map(lambda share: share / 200)
SEEN = st.integers(0, 500).flatmap(
    lambda n: st.integers(0, n).map(lambda k: Seen(judged=n, counted=k))
)


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 14), st.integers(1, 14), SHARES, SHARES, LIMITS, SEEN, SEEN)
def test_no_healthy_window_is_worth_more_than_one_on_average(
    n: int, m: int, other: float, lift: float, limit: Tolerated, seen: Seen, seen_other: Seen
) -> None:
    low = max(limit.of(other), 0.0)
    own = low + lift * (1 - low)  # anywhere among the healthy, the border itself included
    chance = np.outer(binom.pmf(range(n + 1), n, own), binom.pmf(range(m + 1), m, other))
    worth = np.zeros((n + 1, m + 1, PARTS))
    for k in range(n + 1):
        for j in range(m + 1):
            group, others = Seen(judged=n, counted=k), Seen(judged=m, counted=j)
            worth[k, j] = np.exp(log_e_values(group, others, limit, (seen, seen_other)))
    assert np.all(np.tensordot(chance, worth, 2) <= 1 + 1e-7)


@settings(max_examples=60, deadline=None)
@given(st.lists(SHARES, min_size=1, max_size=6), st.integers(1, 8), SHARES, LIMITS, SEEN, SEEN)
def test_people_of_a_group_need_not_be_alike_for_what_was_fixed_beforehand(
    own: list[float], m: int, other: float, limit: Tolerated, seen: Seen, seen_other: Seen
) -> None:
    assume(float(np.mean(own)) >= limit.of(other))
    counts = np.array([1.0])
    for share in own:
        counts = np.convolve(counts, [1 - share, share])
    chance = np.outer(counts, binom.pmf(range(m + 1), m, other))
    total = np.zeros(PARTS)
    for k in range(len(own) + 1):
        for j in range(m + 1):
            group, others = Seen(judged=len(own), counted=k), Seen(judged=m, counted=j)
            worth = np.exp(log_e_values(group, others, limit, (seen, seen_other)))
            total += chance[k, j] * worth
    assert np.all(total[1:] <= 1 + 1e-7)


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 400), st.integers(1, 400), SHARES, SHARES, LIMITS)
def test_the_likeliest_healthy_pair_is_the_likeliest(
    n: int, m: int, part: float, other_part: float, limit: Tolerated
) -> None:
    group = Seen(judged=n, counted=round(n * part))
    other = Seen(judged=m, counted=round(m * other_part))
    own, others = healthiest(group, other, limit)
    assert own >= limit.of(others) - 1e-9
    if group.counted / n >= limit.of(other.counted / m):
        assert (own, others) == (group.counted / n, other.counted / m)
        return
    low = max(0.0, -limit.shift / limit.slope)
    best = minimize_scalar(
        lambda p: -_likelihood(group, other, limit.of(p), p),
        bounds=(low, 1.0), method="bounded", options={"xatol": 1e-12},
    )  # fmt: skip
    assert _likelihood(group, other, own, others) >= -best.fun - 1e-6


def _likelihood(group: Seen, other: Seen, own: float, others: float) -> float:
    return float(sum(
        xlogy(one.counted, share) + xlogy(one.judged - one.counted, 1 - share)
        for one, share in ((group, own), (other, others))
    ))  # fmt: skip


def test_many_small_windows_add_up_to_what_one_large_one_says() -> None:
    """Forty people a window, 0.3 against 0.6: the fitted evidence alone would never get there."""
    draw, limit = np.random.default_rng(1), tolerated(Basis.RELATIVE, 0.2)
    before, total = (Seen(), Seen()), np.zeros(PARTS)
    for _ in range(60):
        group = Seen(judged=20, counted=int(draw.binomial(20, 0.3)))
        other = Seen(judged=20, counted=int(draw.binomial(20, 0.6)))
        total += log_e_values(group, other, limit, before)
        before = before[0].plus(group), before[1].plus(other)
    assert total[1] > 2 * max(total[0], 0.0) and total[1] > math.log(10_000)


@pytest.mark.parametrize(("own", "says"), [(0.5, False), (0.81, False), (0.3, True)])
def test_the_rule_of_four_fifths_in_one_window(own: float, says: bool) -> None:
    group, other = Seen(judged=2000, counted=2000 * own), Seen(judged=2500, counted=1500)
    [log_e, *_] = log_e_values(group, other, tolerated(Basis.RELATIVE, 0.2), (Seen(), Seen()))
    assert (log_e > math.log(10_000)) is says


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.floats(0.02, 0.98), st.floats(0.02, 0.98))
def test_the_intervals_hold_as_often_as_they_say(n: int, m: int, own: float, other: float) -> None:
    chance = np.outer(binom.pmf(range(n + 1), n, own), binom.pmf(range(m + 1), m, other))
    missed = missed_difference = 0.0
    for k in range(n + 1):
        for j in range(m + 1):
            pair = Seen(judged=n, counted=k), Seen(judged=m, counted=j)
            low, high = ratio_interval(*pair, 0.05)
            missed += chance[k, j] * (not low <= own / other <= high)
            low, high = difference_interval(*pair, 0.05)
            missed_difference += chance[k, j] * (not low <= own - other <= high)
    assert missed <= 0.05 and missed_difference <= 0.05


def test_nobody_judged_is_no_evidence() -> None:
    limit = tolerated(Basis.POINTS, 0.1)
    some = Seen(judged=9, counted=3)
    assert log_e_values(Seen(), some, limit, (some, some)) == (0.0,) * PARTS
    assert log_e_values(some, Seen(), limit, (some, some)) == (0.0,) * PARTS


def test_a_summit_at_the_end_of_the_line_is_found_too() -> None:
    group, other = Seen(judged=100, counted=0), Seen(judged=10, counted=1)
    own, others = healthiest(group, other, tolerated(Basis.POINTS, 0.05))
    assert own == pytest.approx(0, abs=1e-12) and others == pytest.approx(0.05)
    own, others = healthiest(
        Seen(judged=100, counted=100), Seen(judged=9, counted=8), Tolerated(slope=2.0, shift=0.0)
    )
    assert own == pytest.approx(1) and others == pytest.approx(0.5)


@pytest.mark.parametrize(("people", "others", "share"), [(100, 100, 0.5), (150, 400, 0.3)])
@pytest.mark.parametrize("basis", Basis)
def test_one_look_errs_about_as_rarely_as_it_says(
    people: int, others: int, share: float, basis: Basis
) -> None:
    """Summed exactly at the border of what is tolerated, for all counts that can come out."""
    limit = tolerated(basis, 0.2)
    own = binom.pmf(range(people + 1), people, limit.of(share))
    other = binom.pmf(range(others + 1), others, share)
    for chance in (1e-2, 1e-3):
        err = sum(
            own[k] * other[j]
            for k in range(people + 1)
            for j in range(others + 1)
            if own[k] * other[j] > 1e-12
            and once(Seen(judged=people, counted=k), Seen(judged=others, counted=j), limit)
            >= -math.log(chance)
        )
        assert 0.2 * chance < err < 1.6 * chance


def test_one_look_says_nothing_of_what_is_tolerated() -> None:
    limit = tolerated(Basis.RELATIVE, 0.2)
    assert once(Seen(judged=100, counted=50), Seen(judged=100, counted=50), limit) < math.log(2.01)
    assert once(Seen(), Seen(judged=100, counted=50), limit) == 0.0
