"""Calibrating: proposed by one half of a history, judged on the other; honest when too short."""

from __future__ import annotations

import numpy as np
import pytest
from stream import LATE, declared, stream, window

from tocsin.detection.engine.calibrating import RELATIVE, calibrated, halves
from tocsin.detection.engine.planted import planted, sizes_of
from tocsin.facts.summaries import Categories, Histogram

DRIFT = """\
system: assistant
window: 60s
drift_window: 60s
detectors:
  n: {drift: x, measure: ks, tolerance: 2%, baseline: {first: 100}}
  m: {drift: x, measure: missing, tolerance: 2%, baseline: {first: 100}}
  c: {drift: k, measure: tv, tolerance: 3%, baseline: {first: 100}}
  q: {quantity: x, statistic: mean, direction: up, tolerance: 20%, basis: relative,
      baseline: {first: 100}}
"""


def silent(done: int, total: int) -> None:
    assert 0 <= done <= total


def test_a_healthy_history_raises_nothing_and_gets_the_smallest_tolerance() -> None:
    found = calibrated(declared(), stream(1, [0.05] * 40), LATE, silent)
    [one] = found.proposals
    assert found.enough and (found.learned.count, found.judged.count) == (20, 20)
    assert (one.judged, one.left, one.proposed) == ((), 0, RELATIVE[0])
    assert one.found is not None and 0.05 <= one.found <= 0.5 and one.of == "more than before"


def test_a_history_that_sways_gets_a_wider_tolerance_and_finds_less() -> None:
    sway = [0.05 * (1.3 if n % 4 == 3 else 0.9) for n in range(80)]
    calm = calibrated(declared(), stream(1, [0.05] * 80, 8000), LATE, silent).proposals[0]
    found = calibrated(declared(), stream(1, sway, 8000), LATE, silent).proposals[0]
    assert found.proposed is not None and calm.proposed is not None
    assert found.proposed > calm.proposed and found.left == 0


def test_what_goes_wrong_in_the_second_half_is_told_with_its_beginning() -> None:
    windows = stream(1, [0.05] * 30 + [0.15] * 10)
    [one] = calibrated(declared(), windows, LATE, silent).proposals
    [alarm] = one.judged
    assert alarm.found.since == windows[30].at


def test_a_short_history_proposes_nothing() -> None:
    found = calibrated(declared(), stream(1, [0.05] * 6), LATE, silent)
    assert not found.enough and found.proposals[0].proposed is None


def test_the_half_that_is_judged_has_no_say_in_what_is_proposed() -> None:
    calm, wild = stream(1, [0.05] * 40), stream(1, [0.05] * 20 + [0.3] * 20)
    one, other = (calibrated(declared(), w, LATE, silent).proposals[0] for w in (calm, wild))
    assert one.proposed == other.proposed and other.left


@pytest.mark.parametrize("size", [0.2, 0.5])
def test_what_is_planted_is_of_the_size_that_is_said(size: float) -> None:
    draw = np.random.default_rng(1)
    buckets = tuple(range(10))
    counts = tuple(int(n) for n in draw.multinomial(1000, [0.1] * 10))
    totals = tuple(float(b * n) for b, n in zip(buckets, counts, strict=True))
    numbers = {"x": Histogram(buckets=buckets, counts=counts, totals=totals)}
    own = window(0, numbers=numbers, categories={"k": Categories(counts={"a": 600, "b": 400})})
    detectors = {one.id: one for one in declared(DRIFT).detectors}
    for name, detector in detectors.items():
        [found] = planted([own], detector, size)
        now, before = found.numbers["x"], own.numbers["x"]
        assert now.rows == before.rows and found.categories["k"].rows == 1000
        if name == "m":
            assert abs(now.absent / now.rows - size) < 0.01
        elif name == "c":
            moved = 1000 - sum(found.categories["k"].counts[v] for v in ("a", "b"))
            assert abs(moved / 1000 - size) < 0.01
        elif name == "q":
            assert abs(sum(now.totals) / sum(before.totals) - 1 - size) < 1e-9
        else:
            assert abs(1 - sum(now.counts[:-1]) / sum(before.counts[:-1]) - size) < 0.01
        assert sizes_of(detector)[0]


def test_every_window_is_in_one_half_and_no_half_is_empty() -> None:
    for count in (2, 3, 9):
        windows = stream(1, [0.05] * count)
        one, other = halves(windows, 60)
        assert [*one.windows, *other.windows] == windows and one.count and other.count
        assert one.until == other.since
