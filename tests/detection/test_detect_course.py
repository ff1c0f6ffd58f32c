"""The engine: what a window is judged by, how it is decided, and that no failure spreads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stream import LATE, SECONDS, START, YAML, cell, declared, judged, stream, window

from tocsin.detection import Declaration, State, scan
from tocsin.detection.declared.declaration import (
    Baseline,
    Counts,
    Decision,
    Detector,
    Rate,
    Reference,
    Rolling,
    SameHour,
    Slice,
)
from tocsin.detection.detectors.rates import Rates
from tocsin.detection.engine.baselines import WEEK, Before
from tocsin.detection.engine.scan import without_baseline
from tocsin.detection.statistics.decisions import beyond, cusum_limit
from tocsin.detection.statistics.family import run_length
from tocsin.facts.findings import Found, Subsided
from tocsin.facts.summaries import WindowSummary

BASE = 0.05


def rate(**changed: object) -> Rate:
    """The detector of `YAML`, alone and otherwise."""
    [one] = declared(YAML).detectors
    assert isinstance(one, Rate)
    return msgspec.structs.replace(one, **{"slices": (), **changed})


def of(*detectors: Detector, family: int | None = None) -> Declaration:
    plain = declared(YAML)
    return msgspec.structs.replace(plain, detectors=detectors, family_run_length=family)


def cut(
    windows: Sequence[WindowSummary], cuts: Sequence[int], declaration: Declaration
) -> tuple[list[Found], list[Subsided], State]:
    """The windows as they came, some at a time."""
    found, over, state = list[Found](), list[Subsided](), State()
    for end in [*sorted(cuts), len(windows)]:
        state = state.back_to(None)
        seen = [w for w in windows[:end] if state.since is None or w.until > state.since]
        more, less, state = scan(declaration, seen, state, LATE)
        found, over = found + more, over + less
    return found, over, state


def test_a_reference_log_is_a_baseline_from_the_first_window_on() -> None:
    declaration = of(rate(baseline=Reference()))
    found, _, _ = scan(declaration, stream(1, [0.3] * 2), State(), LATE, stream(2, [BASE] * 20))
    assert [f.since for f in found] == [START] and 0.045 < float(found[0].baseline) < 0.055


def test_without_its_reference_log_a_detector_says_that_it_cannot_judge() -> None:
    declaration = of(rate(baseline=Reference()))
    found, _, state = scan(declaration, stream(1, [0.3] * 2), State(), LATE)
    assert found == []
    assert without_baseline(declaration, state) == [
        "rate cannot judge: its baseline holds no requests"
    ]


def test_a_baseline_that_leaves_nothing_too_much_is_told() -> None:
    declaration = of(rate(tolerance=9.0))
    _, _, state = judged(stream(1, [0.2] * 40), declaration)
    assert without_baseline(declaration, state) == [
        "rate cannot judge: with its baseline and its tolerance no share would be too much"
    ]


@pytest.mark.parametrize("baseline", [Rolling(24), SameHour(1)])
def test_a_moving_baseline_says_that_it_voids_the_promise(baseline: Baseline) -> None:
    shown = stream(1, [BASE] * 90)
    week = WEEK // timedelta(seconds=SECONDS)
    shown += stream(2, [BASE] * 30 + [0.3] * 2, first=week if baseline == SameHour(1) else 90)
    [found] = judged(shown, of(rate(baseline=baseline)))[0]
    assert "VOIDS" in found.promise and found.since == shown[-2].at
    assert float(found.baseline) == pytest.approx(BASE, abs=0.01)


def test_what_rises_slowly_becomes_a_rolling_baseline() -> None:
    shares = [BASE * 1.01**i for i in range(120)]
    slow = stream(3, shares)
    assert judged(slow, of(rate(baseline=Rolling(6))))[0] == []
    assert judged(slow, of(rate()))[0] != []


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 80), max_size=6), st.sampled_from([Rolling(12), SameHour(1)]))
def test_cutting_makes_no_difference_to_a_moving_baseline(
    cuts: list[int], baseline: Baseline
) -> None:
    week = WEEK // timedelta(seconds=SECONDS)
    shown = stream(1, [BASE] * 40 + [0.2] * 3, 400)
    shown += stream(2, [BASE] * 30 + [0.3] * 5 + [BASE] * 10, 400, first=week)
    declaration = of(rate(baseline=baseline))
    found, over, state = cut(shown, cuts, declaration)
    assert (found, over, state.tracks) == (
        judged(shown, declaration)[0], judged(shown, declaration)[1],
        judged(shown, declaration)[2].tracks,
    )  # fmt: skip


def test_a_window_is_judged_when_its_labels_have_come() -> None:
    declaration = of(rate(complete_after_seconds=3600))
    shown = stream(1, [BASE] * 20 + [0.3])
    late = shown[-1].until + timedelta(seconds=3600)
    found, _, state = scan(declaration, shown, State(), late - timedelta(seconds=1))
    assert found == []
    state = state.back_to(None)
    seen = [w for w in shown if state.since is not None and w.until > state.since]
    assert len(scan(declaration, seen, state, late)[0]) == 1


@pytest.mark.parametrize(
    ("decision", "said"), [(Decision.CUSUM, "only if windows"), (Decision.THRESHOLD, "no run le")]
)
def test_other_decisions_alarm_too_and_say_what_they_do_not_promise(
    decision: Decision, said: str
) -> None:
    [found] = judged(stream(1, [BASE] * 40 + [0.2]), of(rate(decision=decision)))[0]
    assert said in found.promise and "however long" not in found.promise
    assert found.evidence == "" and found.since == START + timedelta(seconds=40 * SECONDS)


@pytest.mark.parametrize("run", [100, 10_000, 1e6])
def test_the_limit_of_cusum_is_siegmunds(run: float) -> None:
    """2.6 of his book: (exp(2 k b) - 2 k b - 1) / 2 k^2 windows, b = limit + 1.166."""
    b = cusum_limit(run) + 1.166
    assert (2.718281828459045**b - b - 1) * 2 == pytest.approx(run, rel=1e-6)


def test_a_slice_with_half_the_budget_needs_more_to_alarm() -> None:
    assert beyond(Decision.CUSUM, (9.0,), 0.5, 1000) < beyond(Decision.CUSUM, (9.0,), 1.0, 1000)
    assert beyond(Decision.E_SR, (9.0,), 0.5, 1000) < beyond(Decision.E_SR, (9.0,), 1.0, 1000)


def test_cusum_forgives_what_healthy_windows_do() -> None:
    """At the very limit half a deviation a window comes by chance; without slack it adds up."""
    declaration = of(rate(decision=Decision.CUSUM, baseline=Counts(10**9, 5 * 10**7)))
    assert judged(stream(1, [BASE * 1.15] * 300), declaration)[0] == []
    assert judged(stream(1, [BASE * 1.4] * 20), declaration)[0] != []


def test_a_moving_baseline_waits_for_enough_requests_and_takes_every_week() -> None:
    declaration = of(rate(baseline=Rolling(3), minimum=500))
    _, _, state = judged(stream(1, [BASE] * 4, 100), declaration)
    assert without_baseline(declaration, state) == [
        "rate does not judge yet: the windows before hold 300 requests"
    ]
    week = WEEK // timedelta(seconds=SECONDS)
    shown = stream(1, [0.04] * 60) + stream(2, [0.06] * 60, first=week)
    shown += stream(3, [0.4] * 2, first=2 * week)
    learned = Before(Rates(rate(baseline=SameHour(2)), 10_000), shown).learned(shown[-1])
    assert learned.complete and learned.requests == 120_000
    assert learned.bad / learned.requests == pytest.approx(0.05, abs=0.003)


def test_a_finding_has_its_measure_its_evidence_and_a_region_of_its_beginning() -> None:
    [found] = judged(stream(1, [BASE] * 60 + [0.08] * 30), of(rate()))[0]
    assert found.measure == "share" and 4 <= float(found.evidence) < 8
    assert found.since_from is not None and found.since_until is not None
    assert found.since_from <= found.since <= found.since_until
    assert found.since_from <= START + timedelta(seconds=60 * SECONDS) <= found.since_until
    assert "likelihood region" in found.promise


def test_a_detector_that_fails_on_a_window_loses_no_other_and_says_so() -> None:
    bad = stream(1, [BASE] * 20 + [0.3] * 2)
    broken = window(20, [cell(1000, 2000)])  # more that count than were judged
    declaration = of(rate(), rate(id="other", rate="error"))
    errors = [cell(1000, 400 if i >= 20 else 50, metric="error") for i in range(22)]
    shown = [
        window(i, [*(broken.cells if i == 20 else one.cells), errors[i]])
        for i, one in enumerate(bad)
    ]
    found, _, state = judged(shown[:21], declaration)
    assert [f.detector for f in found] == ["other"]
    [told] = without_baseline(declaration, state)
    assert told.startswith("rate cannot judge the window of 2026-01-01 00:20: ")
    found, _, state = judged(shown, declaration)
    assert sorted(f.detector for f in found) == ["other", "rate"]


def test_a_segment_that_appears_later_is_named_as_not_judged() -> None:
    declaration = of(rate(slices=(Slice.SEGMENT,)))
    late = [cell(5, 3, segment="it")]
    shown = [window(i, [*w.cells, *(late if i > 30 else [])])
             for i, w in enumerate(stream(1, [BASE] * 40))]  # fmt: skip
    assert without_baseline(declaration, judged(shown[:30], declaration)[2]) == []
    [told] = without_baseline(declaration, judged(shown, declaration)[2])
    assert told == "rate cannot judge segment=it: the baseline holds no request of it"


def test_a_detector_with_nothing_to_judge_any_more_says_so() -> None:
    """Requests come, and their labels do not."""
    declaration = of(rate())
    shown = [*stream(1, [BASE] * 30), *(window(30 + i, [cell(0, 0)]) for i in range(24))]
    assert without_baseline(declaration, judged(shown[:-1], declaration)[2]) == []
    [told] = without_baseline(declaration, judged(shown, declaration)[2])
    assert told == (
        "rate cannot judge: none of the last 24 windows holds a request that it could judge"
    )


def test_all_detectors_together_hold_one_run_length() -> None:
    hourly = rate(id="hourly", window_seconds=3600)
    simple = rate(id="simple", decision=Decision.THRESHOLD)
    declaration = of(rate(), hourly, simple, family=60_000)
    lengths = [run_length(declaration, d) for d in (rate(), hourly, simple)]
    assert lengths == [120_000, 10_000, 10_000]  # an hour of 2,000 would do; its own is longer
    [found, *_] = judged(stream(1, [BASE] * 20 + [0.3] * 2), declaration)[0]
    assert "All 2 detectors together" in found.promise and "60000 windows" in found.promise
    assert "No false discovery rate" in found.promise and "Not counted: simple" in found.promise
