"""Quantities: a quantile or a mean that left its baseline, in its own unit; never a false one."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from datetime import timedelta

import msgspec
import numpy as np
import pytest
from gridded import gridded, histogram
from scipy.stats import binom, multinomial
from stream import SECONDS, START, YAML, declared, judged, window

from tocsin.detection import Declaration
from tocsin.detection.declared.declaration import (
    Basis,
    Decision,
    Direction,
    First,
    Quantity,
    Statistic,
)
from tocsin.detection.detectors.means import Means
from tocsin.detection.detectors.quantity import Quantiles, order_statistics
from tocsin.detection.engine.scan import without_baseline
from tocsin.detection.windows.columns import Column
from tocsin.detection.windows.track import ALL, Learned
from tocsin.facts.findings import Sign
from tocsin.facts.grids import DIGIT, SAME
from tocsin.facts.summaries import Categories, Histogram, WindowSummary

ROWS, WINDOW = 2000, timedelta(seconds=SECONDS)


def quantity(statistic: Statistic = Statistic.P95, **changed: object) -> Quantity:
    known: dict[str, object] = {
        "tolerance": 0.1,
        "basis": Basis.RELATIVE,
        "direction": Direction.UP,
        "baseline": First(20 * ROWS),
    }
    return Quantity(id="slow", column="latency_ms", statistic=statistic, window_seconds=SECONDS,
                    minimum=100, run_length=10_000, **(known | changed))  # type: ignore[arg-type] # fmt: skip


def of(detector: Quantity) -> Declaration:
    return msgspec.structs.replace(declared(YAML), detectors=(detector,))


def latencies(
    seed: int, factors: Sequence[float], rows: int = ROWS, **odd: int
) -> list[WindowSummary]:
    """Windows of a heavy-tailed latency, each slower by a factor."""
    draw = np.random.default_rng(seed)
    return [
        window(i, numbers={"latency_ms": histogram(draw.lognormal(5, 0.8, rows) * f, **odd)})
        for i, f in enumerate(factors)
    ]


P95 = math.exp(5 + 0.8 * 1.6449)
USUAL_MEAN = math.exp(5 + 0.8**2 / 2)


@pytest.mark.parametrize("statistic", list(Statistic))
@pytest.mark.parametrize("seed", range(3))
def test_what_stays_within_what_is_tolerated_is_not_told(statistic: Statistic, seed: int) -> None:
    draw = np.random.default_rng(seed)
    shown = latencies(seed, [1.0] * 20 + list(draw.uniform(0.95, 1.05, 150)))
    assert judged(shown, of(quantity(statistic)))[0] == []


@pytest.mark.parametrize("statistic", list(Statistic))
def test_twice_as_slow_is_told_at_once_in_the_columns_unit(statistic: Statistic) -> None:
    [found] = judged(latencies(1, [1.0] * 30 + [2.0] * 2), of(quantity(statistic)))[0]
    assert (found.sign, found.metric) == (Sign.QUANTITY, "latency_ms")
    assert found.measure == statistic.value and found.requests <= 2 * ROWS
    assert found.since == START + 30 * WINDOW and found.seen_until <= START + 32 * WINDOW
    assert float(found.low) <= float(found.observed) <= float(found.high)
    assert float(found.observed) == pytest.approx(2 * float(found.baseline), rel=0.15)
    assert float(found.baseline) * 1.1 <= float(found.tolerated) < 1.3 * float(found.baseline)
    if statistic is Statistic.P95:
        assert float(found.baseline) == pytest.approx(P95, rel=0.03)
        assert found.bad > 0.1 * found.requests
    if statistic is Statistic.MEAN:
        assert float(found.baseline) == pytest.approx(USUAL_MEAN, rel=0.03)
    assert "own unit" in found.promise


@pytest.mark.parametrize("statistic", [Statistic.P95, Statistic.MEAN])
def test_what_must_not_fall_is_judged_the_other_way_round(statistic: Statistic) -> None:
    declaration = of(quantity(statistic, direction=Direction.DOWN))
    [found] = judged(latencies(1, [1.0] * 30 + [0.5] * 2), declaration)[0]
    assert float(found.observed) < float(found.tolerated) < float(found.baseline)
    assert judged(latencies(1, [1.0] * 30 + [2.0] * 9), declaration)[0] == []


def test_points_are_in_the_columns_unit() -> None:
    declaration = of(quantity(basis=Basis.POINTS, tolerance=P95))
    assert judged(latencies(1, [1.0] * 30 + [1.8] * 9), declaration)[0] == []
    [found] = judged(latencies(1, [1.0] * 30 + [2.5] * 2), declaration)[0]
    assert float(found.tolerated) == pytest.approx(2 * P95, rel=0.05)


def test_a_negative_quantity_may_go_by_its_size() -> None:
    shown = [
        window(i, numbers={"latency_ms": histogram(np.random.default_rng(i).normal(m, 1, ROWS))})
        for i, m in enumerate([-100.0] * 30 + [-80.0] * 2)
    ]
    [found] = judged(shown, of(quantity(Statistic.P50)))[0]
    assert float(found.tolerated) == pytest.approx(-90, abs=0.5)
    assert float(found.baseline) == pytest.approx(-100, abs=0.5)


@pytest.mark.parametrize("statistic", [Statistic.P50, Statistic.MEAN])
def test_missing_rows_are_not_judged_and_infinite_ones_are(statistic: Statistic) -> None:
    usual = latencies(1, [1.0] * 40)
    gone = [*usual[:30], *latencies(2, [1.0] * 40, absent=ROWS, nan=ROWS)[30:]]
    assert judged(gone, of(quantity(statistic)))[0] == []
    endless = [*usual[:30], *latencies(2, [1.0] * 40, above=2 * ROWS)[30:]]
    [found] = judged(endless, of(quantity(statistic)))[0]
    assert found.since == START + 30 * WINDOW


def test_it_is_over_when_it_is_fast_again() -> None:
    for statistic in (Statistic.P95, Statistic.MEAN):
        shown = latencies(1, [1.0] * 30 + [2.0] * 5 + [1.0] * 12)
        found, over, _ = judged(shown, of(quantity(statistic)))
        assert len(found) == 1 and [o.finding for o in over] == [found[0].finding]
        assert 35 * WINDOW < over[0].seen_until - START <= 40 * WINDOW
        assert float(over[0].observed) == pytest.approx(float(found[0].baseline), rel=0.2)


@pytest.mark.parametrize("decision", [Decision.CUSUM, Decision.THRESHOLD])
@pytest.mark.parametrize("statistic", [Statistic.P95, Statistic.MEAN])
def test_other_decisions_find_it_too(decision: Decision, statistic: Statistic) -> None:
    shown = latencies(1, [1.0] * 30 + [2.0] * 2)
    [found] = judged(shown, of(quantity(statistic, decision=decision)))[0]
    assert found.since == START + 30 * WINDOW and "no run length" in found.promise


def test_what_keeps_a_quantity_from_being_judged_is_told() -> None:
    names = [window(i, categories={"latency_ms": Categories(counts={"fast": 5000})})
             for i in range(12)]  # fmt: skip
    for statistic in (Statistic.P95, Statistic.MEAN):
        declaration = of(quantity(statistic))
        [told] = without_baseline(declaration, judged(names, declaration)[2])
        assert told.startswith("slow cannot judge the window of 2026-01-01 00:11: the column holds")
    few = latencies(1, [1.0] * 3, rows=200)
    declaration = of(quantity(Statistic.P99, baseline=First(300)))
    [told] = without_baseline(declaration, judged(few, declaration)[2])
    assert told.endswith("400 rows of a baseline say too little of its p99")
    declaration = of(quantity(Statistic.MEAN, tolerance=30.0))
    [told] = without_baseline(declaration, judged(latencies(1, [1.0] * 22), declaration)[2])
    assert told.endswith("is all that is usual, so that nothing would be too much")


def test_a_bucket_in_which_the_limit_lies_makes_no_false_alarm() -> None:
    """All rows of a window in that bucket: they may be below the limit or above, nobody knows."""
    bucket = 5 * DIGIT**2
    for own, alarms in ((bucket, 0), (bucket + SAME * DIGIT, 1)):
        before = Histogram(buckets=(bucket - DIGIT**2,), counts=(30_000,), totals=(30_000.0 * 100,))
        now = Histogram(buckets=(own,), counts=(30_000,), totals=(30_000.0 * 111,))
        shown = [window(i, numbers={"latency_ms": h}) for i, h in enumerate([before, before, now])]
        assert len(judged(shown, of(quantity(baseline=First(60_000))))[0]) == alarms


@pytest.mark.parametrize(("rows", "level"), [(100, 0.5), (2000, 0.95), (2000, 0.99)])
def test_ranks_hold_the_quantile_with_the_chance_they_say(rows: int, level: float) -> None:
    low, high = order_statistics(rows, level, 0.01)
    # the value of rank k is too low when at least k rows lie below the quantile, and so on
    assert binom.sf(high - 1, rows, level) <= 0.01 < binom.sf(high - 2, rows, level)
    assert binom.cdf(low - 1, rows, level) <= 0.01 < binom.cdf(low, rows, level)
    assert order_statistics(20, 0.99, 0.01)[1] == 21


@pytest.mark.parametrize("direction", list(Direction))
@pytest.mark.parametrize("true", [(0.5, 0.3, 0.2), (0.2, 0.3, 0.5), (0.9, 0.0, 0.1)])
def test_a_bet_on_a_healthy_mean_loses_on_average(
    direction: Direction, true: tuple[float, float, float]
) -> None:
    """Over every window of 12 rows of three values, exactly, at just what is tolerated."""
    values = (0.0, 1.0, 2.0)
    known = Column(dict(enumerate((400_000, 400_000, 200_000))),
                   {0: 0.0, 1: 400_000.0, 2: 400_000.0})  # fmt: skip
    learned = Learned(complete=True, requests=10**6, values={ALL: known.values},
                      sums={ALL: known.sums})  # fmt: skip
    mean = sum(v * p for v, p in zip(values, true, strict=True))
    apart = mean - 0.8 if direction is Direction.UP else 0.8 - mean
    kind = Means(quantity(Statistic.MEAN, tolerance=apart, basis=Basis.POINTS,
                          direction=direction), 10_000)  # fmt: skip
    worth = np.zeros(6)
    for a, b in itertools.product(range(13), repeat=2):
        if a + b <= 12:
            counts = (a, b, 12 - a - b)
            held = {i: n for i, n in enumerate(counts) if n}
            one = Histogram(buckets=tuple(held), counts=tuple(held.values()),
                            totals=tuple(values[i] * n for i, n in held.items()))  # fmt: skip
            [part] = kind.parts(learned, window(0, numbers={"latency_ms": one}))
            worth += multinomial.pmf(counts, 12, true) * np.exp(part.worth)
    assert np.all(worth <= 1 + 1e-9) and np.all(worth > 0.5)


def test_the_baselines_mean_enters_at_its_bound_and_bets_are_as_large_as_they_may_be() -> None:
    known = Column({0: 500, 1: 500}, {0: 0.0, 1: 500.0})
    learned = Learned(complete=True, requests=1000, values={ALL: known.values},
                      sums={ALL: known.sums})  # fmt: skip
    kind = Means(quantity(Statistic.MEAN, tolerance=0.0, basis=Basis.POINTS), 10_000)
    one = Histogram(buckets=(1,), counts=(10,), totals=(10.0,))
    [part] = kind.parts(learned, window(0, numbers={"latency_ms": one}))
    sure = math.log(2 / 0.001)
    m = 0.5 + math.sqrt(2 * sure / 1000) * 0.5 + 7 * sure / (3 * 999)
    assert part.worth[-1] == pytest.approx(10 * math.log1p(0.7 / m * (1 - m)))


def test_the_grid_moves_a_quantile_by_less_than_a_bucket() -> None:
    x = np.random.default_rng(3).lognormal(5, 0.8, 20_000)
    kind = Quantiles(quantity(), 10_000)
    column = gridded(x)
    learned = Learned(complete=True, requests=20_000, values={ALL: column.values},
                      sums={ALL: column.sums})  # fmt: skip
    one = window(0, numbers={"latency_ms": histogram(x)})
    [part] = kind.parts(learned, one)
    assert part.off == pytest.approx(np.quantile(x, 0.95), rel=0.01)
    assert part.low < part.off < part.high
