"""What still runs counts as "at least so long": against scipy, and one curve by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from tocsin.dossier.exact import median
from tocsin.dossier.survival import Spell, curve, lasting


def spells(text: str) -> list[Spell]:
    """Lengths in words; a + behind one says that it still runs."""
    return [Spell(length=float(one.strip("+")), over="+" not in one) for one in text.split()]


MAINTAINED = spells("9 13 13+ 18 23 28+ 31 34 45+ 48 161+")
"""Weeks until relapse of 11 patients whose chemotherapy went on (Miller 1997), a known example."""


def test_a_curve_by_hand() -> None:
    shares = [(level.length, round(level.longer, 3)) for level in curve(MAINTAINED)]
    assert shares == [
        (9, 0.909), (13, 0.818), (18, 0.716), (23, 0.614), (31, 0.491), (34, 0.368), (48, 0.184),
    ]  # fmt: skip
    assert lasting(MAINTAINED).median == 31


def test_while_fewer_than_half_are_over_nobody_can_say_how_long_half_take() -> None:
    found = lasting(spells("3 5+ 6+ 7+ 9+"))
    assert found.median is None and found.between.high is None
    assert lasting([]).median is None and curve([]) == []


def test_leaving_out_what_still_runs_would_look_faster() -> None:
    with_all = spells("1 2 3 20+ 30+ 40+ 4 50")
    assert median([one.length for one in with_all if one.over]) == 3
    found = lasting(with_all)
    assert found.median is not None and found.median > 3


_LENGTHS = st.lists(
    st.tuples(st.integers(1, 30), st.booleans()), min_size=2, max_size=40
)  # fmt: skip


@given(_LENGTHS, st.sampled_from([0.9, 0.95]))
@pytest.mark.filterwarnings("ignore")
def test_the_curve_and_its_bounds_are_those_of_scipy(
    data: list[tuple[int, bool]], confidence: float
) -> None:
    assume(any(over for _, over in data))
    over = [length for length, ended in data if ended]
    censored = [length for length, ended in data if not ended]
    theirs = stats.ecdf(stats.CensoredData(uncensored=over, right=censored)).sf
    bounds = theirs.confidence_interval(confidence, method="log-log")
    ours = curve([Spell(length=length, over=ended) for length, ended in data], confidence)
    for level in ours:
        at = int(np.searchsorted(theirs.quantiles, level.length))
        assert theirs.probabilities[at] == pytest.approx(level.longer, abs=1e-12)
        low, high = bounds.low.probabilities[at], bounds.high.probabilities[at]
        if 0 < level.longer < 1:
            assert (low, high) == pytest.approx((level.low, level.high))
    half = lasting([Spell(length=length, over=ended) for length, ended in data], confidence)
    if half.median is not None:
        assert half.between.low is None or half.between.low <= half.median
        assert half.between.high is None or half.between.high >= half.median


@given(st.lists(st.integers(1, 50), min_size=1, max_size=30))
def test_where_all_is_over_the_curve_is_the_share_that_took_longer(lengths: list[int]) -> None:
    found = curve([Spell(length=one, over=True) for one in lengths])
    for level in found:
        longer = sum(one > level.length for one in lengths) / len(lengths)
        assert level.longer == pytest.approx(longer)
    assert found[-1].longer == pytest.approx(0)
    assert (found[-1].low, found[-1].high) == (0.0, 1.0) or found[-1].longer > 0
