"""Rates: healthy streams keep quiet, failing ones are told at once, with where and since when."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from stream import LATE, SECONDS, START, YAML, declared, judged, stream, together, window

from tocsin.detection import Declaration, standing
from tocsin.detection.engine.scan import without_baseline
from tocsin.facts.findings import Sign
from tocsin.facts.summaries import WindowSummary

BASE = 0.05
LEARN = [BASE] * 20
KNOWN = YAML.replace("{first: 20000}", "{requests: 100000, counted: 5000}").replace(
    "slices: [version, segment]", "slices: []"
)


def after(windows: list[WindowSummary], place: int, declaration: Declaration | None = None) -> int:
    """How many windows after the change at `place` the first alarm came."""
    found, _, _ = judged(windows, declaration)
    assert found, "no alarm"
    late = (found[0].seen_until - START) // timedelta(seconds=SECONDS) - place
    assert late > 0, "an alarm before the change"
    return late


@pytest.mark.parametrize("seed", range(20))
def test_a_healthy_stream_raises_no_alarm(seed: int) -> None:
    assert judged(stream(seed, LEARN + [BASE] * 500))[0] == []


@pytest.mark.parametrize("seed", range(20))
def test_harmless_variation_raises_no_alarm(seed: int) -> None:
    """A daily cycle of 8 % and 5 % of noise from hour to hour stay within what is tolerated."""
    draw = np.random.default_rng(1000 + seed)
    hours = np.arange(520)
    shares = BASE * (1 + 0.08 * np.sin(2 * np.pi * hours / 24)) * draw.normal(1, 0.05, 520)
    assert judged(stream(seed, list(shares)))[0] == []


def test_twice_the_share_is_told_in_one_window_or_two() -> None:
    late = [
        after(stream(seed, [BASE] * 100 + [2 * BASE] * 10), 100, declared(KNOWN))
        for seed in range(20)
    ]
    assert sorted(late)[10] == 1 and sorted(late)[18] <= 2


def test_a_third_more_is_told_too() -> None:
    late = [
        after(stream(seed, [BASE] * 50 + [1.3 * BASE] * 200), 50, declared(KNOWN))
        for seed in range(8)
    ]
    assert sorted(late)[4] <= 80


def test_what_is_tolerated_is_not_told() -> None:
    assert judged(stream(3, LEARN + [1.1 * BASE] * 400))[0] == []


def test_a_finding_says_what_since_when_how_sure_and_what_it_promises() -> None:
    found, over, _ = judged(stream(1, LEARN + [BASE] * 50 + [0.2] * 5))
    [one] = found
    assert (one.sign, one.metric, one.detector, one.system) == (
        Sign.RATE, "fallback", "rate", "assistant",
    )  # fmt: skip
    assert one.since == START + timedelta(seconds=70 * SECONDS)
    assert one.seen_until == START + timedelta(seconds=71 * SECONDS)
    assert one.requests == 1000 and 150 < one.bad < 250
    assert float(one.low) < 0.2 < float(one.high) and one.confidence == "0.95"
    assert 0.045 < float(one.baseline) < 0.055
    # the bound of the baseline (20,000 requests, 99.9 %), and 15 % of it
    assert 0.0575 < float(one.tolerated) < 0.066
    assert "10000 windows of 60 s (6 days)" in one.promise and "Clopper-Pearson" in one.promise
    assert one.summaries == () and one.caused_by is None and over == []


def test_the_version_that_brought_it_is_named() -> None:
    old, new = stream(1, LEARN + [BASE] * 30), stream(2, [0.3] * 3, first=50, version="2")
    [one] = judged([*old, *new])[0]
    assert (one.version, one.segment) == ("2", None)


def test_a_canary_is_named_though_most_requests_are_well() -> None:
    old = stream(1, LEARN + [BASE] * 80)
    new = stream(2, [0.3] * 50, 50, first=50, version="2")
    [one] = judged(together(old, new))[0]
    assert one.version == "2" and one.since >= START + timedelta(seconds=50 * SECONDS)
    assert float(one.low) > 0.15


def test_no_version_is_named_when_it_served_well_before() -> None:
    [one] = judged(stream(1, LEARN + [BASE] * 30 + [0.3] * 3))[0]
    assert (one.version, one.segment) == (None, None)


def test_no_version_is_named_when_all_fail_alike() -> None:
    one, other = stream(1, LEARN + [0.3] * 5), stream(2, LEARN + [0.3] * 5, version="2")
    [found] = judged(together(one, other))[0]
    assert (found.version, found.segment) == (None, None)


def test_the_segment_that_fails_is_named_and_judged_by_its_own_baseline() -> None:
    en, de = stream(1, [0.02] * 80), stream(2, [0.12] * 40 + [0.3] * 40, segment="de")
    [one] = judged(together(en, de))[0]
    assert (one.version, one.segment) == (None, "de")
    assert 0.11 < float(one.baseline) < 0.13


def test_a_segment_that_was_always_worse_is_no_alarm() -> None:
    en, de = stream(1, [0.02] * 200), stream(2, [0.12] * 200, segment="de")
    assert judged(together(en, de))[0] == []


def test_a_small_segment_fails_unseen_by_the_whole_but_not_by_itself() -> None:
    en = stream(1, [0.05] * 300)
    es = stream(2, [0.05] * 200 + [0.4] * 100, 30, segment="es")
    [one] = judged(together(en, es))[0]
    assert one.segment == "es" and one.requests < 3000


def test_a_segment_that_appears_later_has_nothing_to_be_judged_by() -> None:
    text = YAML.replace("slices: [version, segment]", "slices: [segment]")
    en, it = stream(1, [0.05] * 60), stream(2, [0.6] * 20, 5, first=40, segment="it")
    assert judged(together(en, it), declared(text))[0] == []


def test_a_share_that_must_not_fall_is_judged_the_other_way_round() -> None:
    text = YAML.replace("direction: up", "direction: down").replace("15%", "5%")
    [one] = judged(stream(1, [0.9] * 60 + [0.7] * 3), declared(text))[0]
    assert float(one.observed) < 0.75 < float(one.tolerated) < float(one.baseline)
    assert float(one.low) < 0.7 < float(one.high) and 250 < one.bad < 350
    assert judged(stream(1, [0.9] * 60 + [0.95] * 20), declared(text))[0] == []


def test_points_are_not_percent_of_the_baseline() -> None:
    text = YAML.replace("relative", "points")
    assert judged(stream(1, LEARN + [0.15] * 50), declared(text))[0] == []
    assert judged(stream(1, LEARN + [0.3] * 5), declared(text))[0] != []


def test_numbers_known_from_elsewhere_may_be_the_baseline() -> None:
    text = YAML.replace("{first: 20000}", "{requests: 20000, counted: 1000}")
    [one] = judged(stream(1, [0.2] * 2), declared(text))[0]
    assert one.baseline == "0.05" and one.since == START


def test_a_named_span_may_be_the_baseline() -> None:
    text = YAML.replace("{first: 20000}", "{since: 2026-01-01T00:10Z, until: 2026-01-01T01:00Z}")
    windows = stream(1, [0.5] * 10 + [BASE] * 80 + [0.2] * 3)
    [one] = judged(windows, declared(text))[0]
    assert 0.045 < float(one.baseline) < 0.055
    assert one.since == START + timedelta(seconds=90 * SECONDS)


def test_too_few_requests_make_no_finding() -> None:
    text = YAML.replace("run_length", "minimum: 500\n    run_length")
    windows = [*stream(1, LEARN), *stream(2, [1.0] * 60, 10, first=20)]
    [one] = judged(windows, declared(text))[0]
    assert one.requests == 500


def test_one_failure_is_one_finding_until_it_is_over() -> None:
    shares = LEARN + [BASE] * 10 + [0.3] * 20 + [BASE] * 40 + [0.3] * 3
    found, over, _ = judged(stream(1, shares))
    assert len(found) == 2 and len(over) == 1
    assert over[0].finding == found[0].finding != found[1].finding
    assert float(over[0].observed) < 0.07
    assert over[0].seen_until <= START + timedelta(seconds=53 * SECONDS)
    assert found[1].since == START + timedelta(seconds=90 * SECONDS)


def test_it_is_over_when_the_bad_version_serves_no_more_and_the_rest_is_well() -> None:
    bad = stream(2, [0.3] * 5, first=40, version="2")
    back = stream(3, [BASE] * 10, first=45)
    found, over, _ = judged([*stream(1, LEARN + [BASE] * 20), *bad, *back])
    assert [f.version for f in found] == ["2"] and len(over) == 1


def test_nobody_serving_is_not_being_well_again() -> None:
    empty = [window(45 + i) for i in range(20)]
    _, over, state = judged([*stream(1, LEARN + [BASE] * 20 + [0.3] * 5), *empty])
    assert over == []
    [now] = standing(declared(), state)
    assert now.requests == 5000 and 1300 < now.bad < 1700
    assert now.seen_until == START + timedelta(seconds=65 * SECONDS)


def test_a_detector_without_its_baseline_says_so() -> None:
    windows = stream(1, [0.9] * 10)
    found, _, state = judged(windows)
    assert found == []
    assert without_baseline(declared(), state) == [
        "rate does not judge yet: its baseline has 10000 of 20000 requests"
    ]
    assert windows[-1].until < LATE
