"""Distances: those of the books; what they are worth holds whatever the distribution is."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from gridded import gridded
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from scipy.stats import chi2_contingency, ks_2samp, multinomial, wasserstein_distance

from tocsin.detection.declared.declaration import Measure
from tocsin.detection.kinds import CannotJudge
from tocsin.detection.statistics.distances import (
    chi2,
    groups_of,
    js,
    ks,
    psi,
    quantile,
    scale_of,
    shares,
    tv,
)
from tocsin.detection.statistics.divergence import yardstick
from tocsin.detection.windows.columns import ABOVE, ABSENT, BELOW, MISSING, NAN, OTHER, Column
from tocsin.detection.windows.track import Part
from tocsin.facts.grids import DIGIT, SAME

COUNTS = st.lists(st.integers(1, 400), min_size=2, max_size=12)
BINNED = [Measure.PSI, Measure.JS, Measure.CHI2]
NUMBERS = [Measure.KS, Measure.TV, Measure.W1, *BINNED]


def drawn(seed: int, kind: str, rows: int = 20_000) -> np.ndarray:
    draw = np.random.default_rng(seed)
    match kind:
        case "lognormal":
            return draw.lognormal(0, 2, rows)
        case "cauchy":
            return draw.standard_cauchy(rows)
        case "poisson":
            return draw.poisson(3, rows).astype(float)
        case "zeros":
            return np.where(draw.random(rows) < 0.9, 0.0, draw.lognormal(0, 1, rows))
        case "modes":
            return np.where(draw.random(rows) < 0.5, draw.normal(-40, 1, rows),
                            draw.normal(40, 1, rows))  # fmt: skip
        case _:
            return draw.normal(0, 1, rows)


KINDS = ["normal", "lognormal", "cauchy", "poisson", "zeros", "modes"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("change", [1.0, 1.2, -1.0])
def test_ks_is_exact_to_within_what_it_says_the_grid_may_hide(kind: str, change: float) -> None:
    one, other = drawn(1, kind), drawn(2, kind) * change
    exact = ks_2samp(one, other).statistic
    low, high = ks(gridded(one).values, gridded(other).values)
    assert low <= exact + 1e-12 and exact <= high + 1e-12
    assert kind == "modes" or exact - low <= 0.004


def test_a_bucket_that_is_one_value_hides_nothing() -> None:
    wide, one = 5 * DIGIT**2, 5 * DIGIT**2 + SAME * DIGIT
    assert ks({wide: 1}, {wide: 1}) == (0, 1) and ks({one: 1}, {one: 1}) == (0, 0)
    assert ks({wide: 1, one: 9, ABSENT: 30}, {wide: 1, one: 9, ABSENT: 30}) == (0, 0.025)


@pytest.mark.parametrize("kind", KINDS)
def test_w1_is_wassersteins_in_scales(kind: str) -> None:
    one, other = drawn(1, kind), drawn(2, kind) * 1.2 + 0.1
    before = gridded(one)
    far, outside = yardstick(Measure.W1, 0.0, before).far(gridded(other))
    exact = wasserstein_distance(one, other) / scale_of(before)
    assert far == pytest.approx(exact, rel=0.01, abs=1e-3) and outside >= -1e-9


@given(COUNTS, st.data())
def test_js_and_cramers_v_are_those_of_scipy(one: list[int], data: st.DataObject) -> None:
    other = data.draw(st.permutations(one))
    p, q = shares(one), shares(other)
    assert math.sqrt(js(p, q)) == pytest.approx(jensenshannon(p, q, 2), abs=1e-7)
    # columns of as many rows, so that they weigh alike
    found = chi2_contingency(np.array([one, other]), correction=False).statistic
    assert chi2(p, q) == pytest.approx(found / (2 * sum(one)), abs=1e-9)


@given(COUNTS, st.data())
def test_every_measure_is_0_for_the_same_and_the_same_both_ways(
    one: list[int], data: st.DataObject
) -> None:
    other = data.draw(st.lists(st.integers(1, 400), min_size=len(one), max_size=len(one)))
    p, q = shares(one, 0.5), shares(other, 0.5)
    for measure in (tv, psi, js, chi2):
        assert measure(p, p) == pytest.approx(0, abs=1e-12)
        assert measure(p, q) == pytest.approx(measure(q, p)) and measure(p, q) >= 0
    assert js(p, q) <= tv(p, q) + 1e-12 and chi2(p, q) <= tv(p, q) + 1e-12


def test_psi_is_that_of_exact_tenths_and_an_empty_one_does_not_make_it_jump() -> None:
    one, other = drawn(1, "normal", 200_000), drawn(2, "normal", 200_000) + 0.3
    edges = np.quantile(one, np.arange(1, 10) / 10)
    p, q = (np.bincount(np.searchsorted(edges, x), minlength=10) / len(x) for x in (one, other))
    exact = float(np.sum((q - p) * np.log(q / p)))
    found = yardstick(Measure.PSI, 0.1, gridded(one)).far(gridded(other))[0]
    assert found == pytest.approx(exact, abs=0.002)
    few = gridded(np.delete(one, np.flatnonzero(one > edges[-1])))
    assert yardstick(Measure.PSI, 0.1, gridded(one)).far(few)[0] < 1.5


@pytest.mark.parametrize("measure", BINNED)
def test_groups_that_are_empty_on_both_sides_make_no_distance(measure: Measure) -> None:
    """A small window with the shares of a large baseline; nothing is missing, other or unseen."""
    stick = yardstick(measure, 0.1, Column({"a": 50_000, "b": 30_000, "c": 20_000}))
    far, spread = stick.far(Column({"a": 50, "b": 30, "c": 20}))
    assert far == pytest.approx(0, abs=0.01) and math.isfinite(spread)
    assert stick.usual(1000)[0] < 0.103


@pytest.mark.parametrize("measure", NUMBERS)
@pytest.mark.parametrize("odd", [NAN, ABSENT, ABOVE])
def test_what_has_no_value_drifts_by_every_measure(measure: Measure, odd: int) -> None:
    before, now = gridded(drawn(1, "normal")), gridded(drawn(2, "normal"))
    stick = yardstick(measure, 0.01, before)
    worse = Column({**now.values, odd: now.rows}, now.sums)  # every other value
    assert stick.far(worse)[0] > stick.far(now)[0] + 0.2
    assert stick.log_e(worse) > 40 and stick.log_e(now) < 1


def test_infinities_stand_at_their_ends() -> None:
    before = gridded(drawn(1, "normal"))
    low = Column({**before.values, BELOW: before.rows}, before.sums)
    assert ks(before.values, low.values)[0] == pytest.approx(0.5)


@pytest.mark.parametrize("measure", [Measure.TV, *BINNED])
@pytest.mark.parametrize("true", [(0.5, 0.3, 0.2), (0.4, 0.35, 0.25), (0.62, 0.2, 0.18)])
def test_a_window_within_what_is_tolerated_is_worth_at_most_one_on_average(
    measure: Measure, true: tuple[float, ...]
) -> None:
    """Over every window of 70 rows of three categories, exactly; at just what is tolerated."""
    before: dict[int | str, int] = {"a": 500_000, "b": 300_000, "c": 200_000}
    p = (0.5, 0.3, 0.2)
    of = {Measure.TV: tv, Measure.PSI: psi, Measure.JS: js, Measure.CHI2: chi2}[measure]
    allowed = of(p, true) if measure in (Measure.TV, Measure.PSI) else math.sqrt(of(p, true))
    stick = yardstick(measure, allowed, Column(before))
    rows, worth = 70, 0.0
    for a, b in itertools.product(range(rows + 1), repeat=2):
        if a + b <= rows:
            window: dict[int | str, int] = {"a": a, "b": b, "c": rows - a - b}
            chance = float(multinomial.pmf([a, b, rows - a - b], rows, true))
            worth += chance * math.exp(stick.log_e(Column(window)))
    assert worth <= 1


@pytest.mark.parametrize("measure", [Measure.KS, Measure.W1])
@pytest.mark.parametrize("tolerance", [0.0, 0.1])
def test_a_window_of_numbers_is_worth_at_most_one_on_average(
    measure: Measure, tolerance: float
) -> None:
    """Over every window of 14 rows of three values, exactly."""
    before = Column({0: 500_000, 1: 300_000, 2: 200_000}, {0: 0.0, 1: 300_000.0, 2: 400_000.0})
    stick = yardstick(measure, tolerance, before)
    rows, worth, deepest = 40, 0.0, 0.0
    for a, b in itertools.product(range(rows + 1), repeat=2):
        if a + b <= rows:
            c = rows - a - b
            window = Column({0: a, 1: b, 2: c}, {0: 0.0, 1: float(b), 2: 2.0 * c})
            window = Column({v: n for v, n in window.values.items() if n}, window.sums)
            chance = float(multinomial.pmf([a, b, c], rows, (0.5, 0.3, 0.2)))
            worth += chance * math.exp(stick.log_e(window))
            deepest = max(deepest, stick.log_e(window))
    assert worth <= 1 and deepest > 1


@pytest.mark.parametrize("measure", NUMBERS)
def test_a_blatant_change_has_evidence_in_one_window(measure: Measure) -> None:
    stick = yardstick(measure, 0.1, gridded(drawn(1, "normal")))
    assert stick.log_e(gridded(drawn(2, "normal", 5000) + 3)) > 90
    assert stick.log_e(gridded(drawn(2, "normal", 5000))) == pytest.approx(-math.log(2), abs=1e-3)


@pytest.mark.parametrize("measure", NUMBERS)
def test_a_small_baseline_is_less_sure_and_a_tolerance_is_taken_off(measure: Measure) -> None:
    x, now = drawn(1, "normal", 100_000), gridded(drawn(2, "normal", 5000) + 0.8)
    sure = yardstick(measure, 0.1, gridded(x)).log_e(now)
    assert yardstick(measure, 0.1, gridded(x[:4000])).log_e(now) < sure - 5
    assert yardstick(measure, 0.0, gridded(x)).log_e(now) > sure + 5


@pytest.mark.parametrize("measure", BINNED)
def test_six_tenths_of_a_deviation_are_evidence_enough_in_one_window(measure: Measure) -> None:
    """By the total variation alone it would never be."""
    stick = yardstick(measure, 0.1, gridded(drawn(1, "normal", 100_000)))
    assert stick.log_e(gridded(drawn(2, "normal", 5000) + 0.6)) > math.log(10_000)


@pytest.mark.parametrize("measure", NUMBERS)
def test_the_interval_holds_the_distance_of_much_data(measure: Measure) -> None:
    stick = yardstick(measure, 0.1, gridded(drawn(1, "normal", 100_000)))
    true = stick.far(gridded(drawn(9, "normal", 400_000) + 0.4))[0]
    now = gridded(drawn(2, "normal", 5000) + 0.4)
    far, blur = stick.far(now)
    low, high = stick.interval(far, [Part(None, None, 5000, 0, off=far, blur=blur)])
    assert low < true < high and low > 0 and high < 2.5 * true


@pytest.mark.parametrize("measure", NUMBERS)
def test_what_is_usual_of_a_healthy_window_is_about_what_is_seen(measure: Measure) -> None:
    stick = yardstick(measure, 0.0, gridded(drawn(1, "normal", 100_000)))
    seen = [stick.far(gridded(drawn(10 + i, "normal", 2000)))[0] for i in range(60)]
    mean, spread = stick.usual(2000)
    assert mean == pytest.approx(np.mean(seen), rel=0.25)
    assert spread == pytest.approx(np.std(seen), rel=0.5)


def test_groups_are_tenths_common_categories_and_what_has_no_value() -> None:
    groups = groups_of(gridded(drawn(1, "normal", 100_000)).values)
    assert groups.count == 11
    counts = groups.counts(gridded(drawn(1, "normal", 100_000)).values)
    assert counts[-1] == 0 and all(8500 < n < 11_500 for n in counts[:-1])
    assert groups_of({0: 90, 5: 10, ABSENT: 7}).counts({0: 1, 5: 2, 9: 3, NAN: 4}) == [1, 5, 4]
    names = groups_of({"a": 3, "b": 2, OTHER: 1})
    assert names.counts({"a": 1, "b": 2, "new": 3, OTHER: 4, MISSING: 5}) == [1, 2, 4, 3, 5]


def test_a_measure_of_numbers_says_that_it_cannot_judge_categories() -> None:
    with pytest.raises(CannotJudge, match="ks compares numbers"):
        yardstick(Measure.KS, 0.1, Column({"a": 1}))
    with pytest.raises(CannotJudge, match="holds no number"):
        yardstick(Measure.KS, 0.1, Column({ABSENT: 10}))


def test_quantiles_and_scales_are_those_of_the_column() -> None:
    column = gridded(drawn(1, "normal", 100_000))
    assert quantile(column, 0.5) == pytest.approx(0, abs=0.02)
    assert scale_of(column) == pytest.approx(1, abs=0.02)
    assert scale_of(Column({3: 10}, {3: 70.0})) == 7
