"""Two versions on the same requests: the numbers by hand, and intervals that hold."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.detection.compared.paired import paired


@pytest.mark.parametrize(
    ("mended", "broken", "chance"),
    [(0, 0, 1.0), (5, 0, 2 / 32), (10, 0, 2 / 1024), (1, 1, 1.0), (8, 2, 2 * 56 / 1024)],
)
def test_the_chance_is_that_of_a_fair_coin(mended: int, broken: int, chance: float) -> None:
    assert math.isclose(paired(mended, broken, 100).chance, chance, rel_tol=1e-9)


def test_without_a_pair_nothing_is_known() -> None:
    one = paired(0, 0, 0)
    assert (one.difference, one.low, one.high, one.chance) == (0.0, -1.0, 1.0, 1.0)


@given(st.integers(0, 300), st.integers(0, 300), st.integers(0, 300))
def test_the_interval_holds_what_was_seen_and_turns_with_the_sides(
    mended: int, broken: int, alike: int
) -> None:
    pairs = mended + broken + alike
    one, turned = paired(mended, broken, pairs), paired(broken, mended, pairs)
    assert -1 <= one.low <= one.difference <= one.high <= 1
    assert math.isclose(one.low, -turned.high, abs_tol=1e-9)
    assert one.chance == turned.chance
    assert 0 < one.chance <= 1


def test_the_interval_is_right_often_enough() -> None:
    """Every outcome of 12 pairs, weighed by its probability: the truth lies within 95 % of them."""
    better, worse, n = 0.3, 0.1, 12
    missed = 0.0
    for mended in range(n + 1):
        for broken in range(n + 1 - mended):
            alike = n - mended - broken
            ways = math.factorial(n) / (
                math.factorial(mended) * math.factorial(broken) * math.factorial(alike)
            )
            likely = ways * better**mended * worse**broken * (1 - better - worse) ** alike
            one = paired(mended, broken, n)
            if not one.low <= better - worse <= one.high:
                missed += likely
    assert missed <= 0.05
