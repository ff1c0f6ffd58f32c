"""Grids: distances come out as they are on every kind of column, whatever order rows lie in."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ks_2samp

from tocsin.facts.grids import DIGIT, Grid, bucket_of, edges, is_one_value, value_of
from tocsin.facts.logs import LogMapping
from tocsin.facts.summaries import Histogram, WindowSummary
from tocsin.sources.engine import Engine
from tocsin.sources.grid import bucket, digit, grid_of
from tocsin.sources.log import LogSource
from tocsin.sources.profile import LONG
from written_log import START, Wound

N = 40_000
Floats = np.ndarray
HOURLY = LogMapping(window_seconds=3600, profile_seconds=3600)


def _with(values: Floats, share: float, instead: float) -> Floats:
    changed = values.copy()
    changed[: max(int(share * len(values)), 1)] = instead
    return changed


def nasty() -> dict[str, tuple[Floats, Floats]]:
    """Columns on which others report drift that is not there, or miss what is; before and now."""
    draw = np.random.default_rng(5)
    one, other = draw.normal(size=N), draw.normal(size=N)
    long, longer = draw.lognormal(0, 2, N), draw.lognormal(0, 2, N)
    wide, wider = draw.standard_cauchy(N), draw.standard_cauchy(N)
    side, other_side = draw.random(N) < 0.5, draw.random(N) < 0.55
    full, fuller = draw.random(N) < 0.1, draw.random(N) < 0.12
    fine, coarse = draw.random(N) < 0.5, draw.random(N) < 0.5
    places = np.linspace(0, 100_000, 40)
    return {
        "shift": (one, other + 0.1),
        "lognormal": (long, longer * 1.1),
        "outlier": (one, _with(other + 0.3, 0, 1e9)),
        "null_outlier": (one, _with(other, 0, 1e9)),
        "sentinel": (one, _with(other + 0.3, 0.001, -999999.0)),
        "kelvin": (300 + 5 * one, 301 + 5 * other),
        "cauchy": (wide, wider * 1.2),
        "poisson": (draw.poisson(3, N).astype(float), draw.poisson(3.2, N).astype(float)),
        "zeros": (np.where(full, long, 0), np.where(fuller, longer, 0)),
        "two_modes": (np.where(side, 0, 1000) + one, np.where(side, 0, 1000) + other + 0.3),
        "two_modes_weight": (
            np.where(side, 0, 1000) + one, np.where(other_side, 0, 1000) + other),
        "two_widths": (
            np.where(fine, one * 1e-6, 1000 + one), np.where(coarse, other * 1.3e-6, 1000 + other)),
        "many_modes": (
            draw.choice(places, N) + one * 0.01, draw.choice(places, N) + other * 0.01 + 0.003),
        "nested_modes": (
            draw.choice([0, 0.001, 1000], N) + one * 1e-7,
            draw.choice([0, 0.001, 1000], N) + other * 1e-7 + 0.5e-7),
        "mostly_one": (np.where(one > 2.5, long, 7.0), np.where(other > 2.3, longer, 7.0)),
        "nearly_one": (5 + one * 1e-12, 5 + other * 1e-12 + 2e-13),
        "constant": (np.full(N, 3.0), np.full(N, 3.0)),
        "whole": (draw.integers(0, 50, N).astype(float), draw.integers(0, 51, N).astype(float)),
    }  # fmt: skip


def written(path: Path, columns: dict[str, Floats], hour: int = 0) -> None:
    """A file of one hour."""
    path.parent.mkdir(parents=True, exist_ok=True)
    count = len(next(iter(columns.values())))
    begin = int(START.timestamp() * 1e6) + hour * 3_600_000_000
    at = begin + np.arange(count) * (3_600_000_000 // count)
    table = {"at": pa.array(at, pa.timestamp("us", tz="UTC")), **columns}
    pq.write_table(pa.table(table), path)


def read(home: Path) -> list[WindowSummary]:
    log = LogSource("grids", "log", home, HOURLY, Wound())
    assert log.refresh().rejected == ()
    found = list(log.windows())
    log.close()
    return found


def values(histogram: Histogram) -> dict[int | str, int]:
    return dict(zip(histogram.buckets, histogram.counts, strict=True))


def ks(before: dict[int | str, int], now: dict[int | str, int]) -> tuple[float, float]:
    """The largest difference of the cumulative shares, and what it may be at most."""
    n, m = sum(before.values()), sum(now.values())
    one = other = low = high = 0.0
    for place in sorted({*before, *now}, key=int):
        more, rise = before.get(place, 0) / n, now.get(place, 0) / m
        if more and rise and not is_one_value(int(place)):
            high = max(high, abs(one + more - other), abs(other + rise - one))
        one, other = one + more, other + rise
        low = max(low, abs(one - other))
    return low, max(low, high)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[WindowSummary, WindowSummary]:
    home = tmp_path_factory.mktemp("grids")
    pairs = nasty()
    written(home / "log/a.parquet", {name: before for name, (before, _) in pairs.items()})
    written(home / "log/b.parquet", {name: now for name, (_, now) in pairs.items()}, hour=1)
    before, now = read(home)
    return before, now


@pytest.mark.parametrize("name", nasty())
def test_the_largest_difference_is_nearly_exact(
    name: str, both: tuple[WindowSummary, WindowSummary]
) -> None:
    before, now = nasty()[name]
    exact = float(ks_2samp(before, now, method="asymp").statistic)
    low, high = ks(*(values(window.numbers[name]) for window in both))
    assert exact - 0.002 <= low <= exact + 1e-9
    assert exact <= high + 1e-9
    assert sum(both[0].numbers[name].totals) == pytest.approx(before.sum(), rel=1e-9)


GRIDS = st.recursive(
    st.builds(
        lambda quantiles: grid_of(sorted(quantiles)),
        st.lists(st.floats(-1e6, 1e6), min_size=7, max_size=7),
    ),
    lambda inner: st.builds(
        lambda outer, within: Grid(centre=outer.centre, scale=outer.scale, within=((0, within),)),
        inner, inner,
    ),
    max_leaves=2,
)  # fmt: skip


@given(GRIDS, st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2))
def test_buckets_rise_with_their_values_and_hold_them(grid: Grid, values: list[float]) -> None:
    values = sorted([*values, grid.centre, *(w.centre for _, w in grid.within)])
    buckets = [bucket_of(grid, value) for value in values]
    assert buckets == sorted(buckets)
    for value, found in zip(values, buckets, strict=True):
        low, high = edges(grid, found)
        slack = 1e-9 * max(abs(value), abs(grid.centre), grid.scale)
        assert low - slack <= value <= high + slack
        assert low <= value_of(grid, found) <= high


def test_a_bucket_of_one_value_says_so() -> None:
    grid = Grid(centre=0.0, scale=1.0, within=((0, Grid(centre=0.0, scale=0.0)),))
    zero, little = bucket_of(grid, 0.0), bucket_of(grid, 1e-9)
    assert is_one_value(zero) and edges(grid, zero) == (0.0, 0.0)
    assert is_one_value(2**62 + 1) and is_one_value(-(2**62))
    assert not is_one_value(little) and little > zero and not is_one_value(5 * DIGIT**2)


@settings(max_examples=25, deadline=None)
@given(GRIDS, st.lists(st.floats(), min_size=1, max_size=30))
def test_the_engine_counts_in_the_same_buckets(
    tmp_path_factory: pytest.TempPathFactory, grid: Grid, values: list[float]
) -> None:
    engine = Engine(tmp_path_factory.getbasetemp() / "spill")
    whole = [0.0, *(v for v in values if math.isfinite(v))]
    listed = ", ".join(f"({value!r}::DOUBLE)" for value in whole)
    drawn = f"(SELECT x, {digit('x', grid)} AS d FROM (VALUES {listed}) t(x))"
    rows = engine.rows(f"SELECT x, {bucket('d', 'x', grid)} FROM {drawn}")
    engine.close()
    assert [found for _, found in rows] == [bucket_of(grid, v) for v in whole]


def test_order_and_partitions_change_no_count(tmp_path: Path) -> None:
    pairs = nasty()
    columns = {name: np.concatenate(pair) for name, pair in pairs.items()}
    columns["sorted"] = np.sort(columns["lognormal"])
    mixed = np.random.default_rng(1).permutation(2 * N)
    written(tmp_path / "one/log/a.parquet", columns)
    whole = pq.read_table(tmp_path / "one/log/a.parquet")
    (tmp_path / "two/log").mkdir(parents=True)
    pq.write_table(whole.take(mixed), tmp_path / "two/log/a.parquet", row_group_size=9000)
    [one], [two] = read(tmp_path / "one"), read(tmp_path / "two")
    for name in columns:
        assert values(one.numbers[name]) == values(two.numbers[name]), name
        assert ks(values(one.numbers[name]), values(two.numbers[name]))[0] == 0


def test_a_long_file_is_fitted_on_stretches_all_over_it(tmp_path: Path) -> None:
    draw = np.random.default_rng(9)
    count = LONG + 20_000
    normal = draw.normal(size=count)
    columns = {"rising": np.linspace(0, 1, count), "normal": normal, "sorted": np.sort(normal)}
    written(tmp_path / "log/a.parquet", columns)
    log = LogSource("grids", "log", tmp_path, HOURLY, Wound())
    log.refresh()
    grids = log.grids()
    [window] = log.windows()
    log.close()
    assert grids["normal"].scale == 1.0
    assert 0.25 <= grids["sorted"].scale <= 1.0
    assert 0.0625 <= grids["rising"].scale <= 0.5
    for name, those in columns.items():
        assert window.numbers[name].rows == count
        assert ks(values(window.numbers[name]), values(window.numbers[name]))[1] < 0.02, name
        assert sum(window.numbers[name].totals) == pytest.approx(those.sum(), rel=1e-9, abs=1e-6)
