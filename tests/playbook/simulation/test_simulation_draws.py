"""Draws are known by their names, equal everywhere, and spread as they are said to be."""

from __future__ import annotations

from statistics import median, quantiles

import pytest

from tocsin.playbook.simulation.draws import DRAW_MAX, LEVELS, Draws, Spread, duration, durations


def test_the_same_name_gives_the_same_draws_on_every_machine() -> None:
    assert Draws(1, 5).block(0, 0) == GOLDEN
    assert Draws(1, 3).block(0, 0) == GOLDEN[:3], "more places change nothing before them"
    others = {Draws(2, 5).block(0, 0), Draws(1, 5).block(1, 0), Draws(1, 5).block(0, 1)}
    assert len(others | {GOLDEN}) == 4


def test_draws_fill_their_range_evenly() -> None:
    found = [draw for number in range(2000) for draw in Draws(7, 50).block(number, 0)]
    tenths = [sum(draw * 10 // DRAW_MAX == part for draw in found) for part in range(10)]
    # 10,000 expected in each; a tenth strays by more than 4 standard deviations once in 16,000.
    assert all(abs(one - 10_000) < 4 * 95 for one in tenths), tenths


@pytest.mark.parametrize(("median_ms", "p90_ms"), [(60_000, 240_000), (1000, 1001), (5, 500)])
def test_a_spread_has_its_median_and_its_ninetieth_percentile(median_ms: int, p90_ms: int) -> None:
    levels = durations(Spread(median_ms=median_ms, p90_ms=p90_ms))
    assert len(levels) == LEVELS and list(levels) == sorted(levels) and levels[0] >= 1
    assert median(levels) == pytest.approx(median_ms, rel=0.01, abs=1)
    assert quantiles(levels, n=10)[8] == pytest.approx(p90_ms, rel=0.01, abs=1)


def test_what_never_varies_takes_the_same_with_every_draw() -> None:
    fixed = Spread(median_ms=3000, p90_ms=3000)
    assert {duration(fixed, draw) for draw in (0, 1, 777, DRAW_MAX - 1)} == {3000}


GOLDEN = (65193, 61320, 59070, 52106, 26962)
