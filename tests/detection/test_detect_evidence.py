"""Evidence: no e-value is worth more than 1 on average while all is well."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, binom

from tocsin.detection.statistics.evidence import (
    NONE,
    added,
    change_point,
    change_region,
    log_e_of_p,
    log_e_values,
    log_plus_one,
    strongest_region,
    together,
)  # fmt: skip
from tocsin.detection.statistics.shares import decimal, interval


@given(st.integers(1, 60), st.floats(0.001, 0.95), st.just(0.0) | st.floats(1e-6, 1))
def test_no_window_is_worth_more_than_one_on_average(
    requests: int, tolerated: float, part: float
) -> None:
    share = tolerated * part
    counts = np.arange(requests + 1)
    chance = binom.pmf(counts, requests, share)
    for lift in range(len(NONE)):
        worth = [math.exp(log_e_values(int(k), requests, tolerated)[lift]) for k in counts]
        assert float(np.dot(chance, worth)) <= 1 + 1e-9


def test_no_p_value_is_worth_more_than_one_on_average() -> None:
    p = (np.arange(200_000) + 0.5) / 200_000
    assert np.mean([math.exp(log_e_of_p(math.log(x))) for x in p]) <= 1 + 1e-3


@given(st.floats(-1e5, 0), st.floats(-1e5, 0))
def test_a_smaller_p_value_is_worth_more(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert log_e_of_p(low) >= log_e_of_p(high) - 1e-9


@given(st.floats(-800, 800))
def test_adding_one_has_room_for_any_evidence(m: float) -> None:
    assert log_plus_one(m) >= max(m, 0) and math.isfinite(log_plus_one(m))


def test_evidence_of_a_terrible_window_has_room_too() -> None:
    assert math.isfinite(together(added(NONE, log_e_values(10**7, 10**7, 0.01))))
    assert together(NONE) == -math.inf


@given(st.integers(0, 200), st.integers(0, 200), st.sampled_from([0.05, 0.001]))
def test_the_interval_is_clopper_pearsons(counted: int, more: int, error: float) -> None:
    requests = counted + more or 1
    counted = min(counted, requests)
    low, high = interval(counted, requests, error)
    wanted = (0.0 if counted == 0 else beta.ppf(error / 2, counted, requests - counted + 1),
              1.0 if counted == requests else
              beta.ppf(1 - error / 2, counted + 1, requests - counted))  # fmt: skip
    assert (low, high) == pytest.approx(wanted, rel=1e-9)


@given(st.integers(0, 40), st.integers(1, 10))
def test_the_change_is_where_it_was_put(before: int, since: int) -> None:
    windows = [(1000, 50)] * before + [(1000, 200)] * since
    assert change_point(windows, (20_000, 1000)) == before


def test_empty_windows_before_a_change_do_not_move_it() -> None:
    assert change_point([(0, 0)] * 5 + [(50, 40)], (1000, 50)) == 5
    assert strongest_region([-1.0, -1.0, 4.0, -0.5, 3.0])[0] == 2


def test_numbers_stand_in_the_record_without_an_exponent() -> None:
    assert [decimal(x) for x in (0.05, 1.0, 0.0, 1e-9, 123.4567891)] == [
        "0.05", "1", "0", "0", "123.456789",
    ]  # fmt: skip


def test_the_region_holds_places_that_are_nearly_as_likely() -> None:
    windows = [(1000, 50), (1000, 54), (1000, 58), (1000, 70), (1000, 70)]
    assert change_region(windows, (100_000, 5000)) == (3, 1, 3)
