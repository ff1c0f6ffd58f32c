"""Moving a column to another grid: nothing is lost, and nothing moves farther than a bucket."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from stream import window

from tocsin.detection.windows.regrid import moved, unlike
from tocsin.facts.grids import Grid, bucket_of, edges
from tocsin.facts.summaries import Histogram

OWN, OTHER = Grid(centre=0.0, scale=1.0), Grid(centre=0.5, scale=2.0)


def counted(values: list[float], grid: Grid) -> Histogram:
    buckets: dict[int, list[float]] = {}
    for value in values:
        buckets.setdefault(bucket_of(grid, value), []).append(value)
    order = sorted(buckets)
    return Histogram(
        buckets=tuple(order), counts=tuple(len(buckets[b]) for b in order),
        totals=tuple(sum(buckets[b]) for b in order), absent=3,
    )  # fmt: skip


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50))
def test_every_value_is_kept_within_a_bucket_of_where_it_was(values: list[float]) -> None:
    own = window(0, numbers={"x": counted(values, OWN), "y": counted(values, OWN)})
    [found] = moved([own], {"x": OWN, "y": OWN}, {"x": OTHER, "y": OWN})
    assert found.numbers["y"] == own.numbers["y"]
    now = found.numbers["x"]
    assert now.rows == own.numbers["x"].rows and list(now.buckets) == sorted(now.buckets)
    for bucket, count, total in zip(now.buckets, now.counts, now.totals, strict=True):
        low, high = edges(OTHER, bucket)
        slack = 1e-9 * max(1.0, abs(total / count))
        assert low - slack <= total / count <= high + slack


def test_distances_on_the_moved_grid_are_close_to_the_exact_ones() -> None:
    draw = np.random.default_rng(1)
    after = draw.normal(0.3, 1, 20_000)
    own = window(0, numbers={"x": counted(after.tolist(), OWN)})
    [found] = moved([own], {"x": OWN}, {"x": OTHER})
    exact = counted(after.tolist(), OTHER)
    edge = {b: 0 for b in {*exact.buckets, *found.numbers["x"].buckets}}
    shares = []
    for histogram in (exact, found.numbers["x"]):
        counts = edge | dict(zip(histogram.buckets, histogram.counts, strict=True))
        shares.append(np.cumsum([counts[b] for b in sorted(counts)]) / 20_000)
    assert np.abs(shares[0] - shares[1]).max() < 0.005


def test_only_columns_that_both_have_on_unlike_grids_are_moved() -> None:
    assert unlike({"a": OWN, "b": OWN, "c": OWN}, {"a": OTHER, "b": OWN}) == ("a",)
