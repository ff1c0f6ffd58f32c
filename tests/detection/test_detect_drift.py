"""Drift: the distance that is there, no alarm without one, missing values are values too."""

from __future__ import annotations

import math
from collections import Counter
from datetime import timedelta

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stream import LATE, SECONDS, START, declared, judged, window

from tocsin.detection import Declaration, State, scan
from tocsin.detection.declared.declaration import Decision, Drift, Measure, Slice
from tocsin.detection.engine.scan import without_baseline
from tocsin.facts.findings import Found, Sign, Subsided
from tocsin.facts.summaries import Categories, Distributions, Histogram, WindowSummary

TEXT = """\
system: assistant
window: 60s
drift_window: 60s
log: {numbers: [score], categories: [intent]}
detectors:
  score: {drift: score, tolerance: 0.02, baseline: {first: 20000}}
  intent: {drift: intent, tolerance: 0.03, baseline: {first: 20000}}
"""
INTENTS = [f"i{i}" for i in range(40)]


def drawn(
    place: int, draw: np.random.Generator, *, shift: float = 0.0, missing: float = 0.0,
    weights: list[float] | None = None, rows: int = 5000,
) -> WindowSummary:  # fmt: skip
    buckets = np.floor(128 * np.arcsinh(draw.normal(shift, 1, rows)))
    found = Counter(int(b) for b in buckets[draw.random(rows) >= missing])
    absent = rows - found.total()
    chosen = draw.choice(INTENTS, rows, p=weights or [1 / len(INTENTS)] * len(INTENTS))
    order = sorted(found)
    numbers = Histogram(
        buckets=tuple(order), counts=tuple(found[b] for b in order),
        totals=tuple(found[b] * math.sinh((b + 0.5) / 128) for b in order), absent=absent,
    )  # fmt: skip
    intents = Categories(counts=dict(Counter(map(str, chosen))))
    return window(place, numbers={"score": numbers}, categories={"intent": intents})


def measured(measure: Measure | None, tolerance: float, **changed: object) -> Declaration:
    plain = declared(TEXT)
    column = "intent" if measure is Measure.UNSEEN else "score"
    [one] = [d for d in plain.detectors if isinstance(d, Drift) and d.column == column]
    detector = msgspec.structs.replace(one, measure=measure, tolerance=tolerance, **changed)
    return msgspec.structs.replace(plain, detectors=(detector,))


def windows(seed: int, count: int, changed: int = 0, **change: object) -> list[WindowSummary]:
    draw = np.random.default_rng(seed)
    first = [drawn(i, draw) for i in range(count)]
    return [*first, *(drawn(count + i, draw, **change) for i in range(changed))]  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(5))
def test_the_same_distribution_raises_no_alarm(seed: int) -> None:
    assert judged(windows(seed, 100), declared(TEXT))[0] == []


@pytest.mark.parametrize("shift", [0.3, 1.0, 30.0])
def test_a_shift_is_told_at_once_with_its_distance(shift: float) -> None:
    [found] = judged(windows(1, 20, 3, shift=shift), declared(TEXT))[0]
    assert (found.detector, found.sign, found.metric) == ("score", Sign.DRIFT, "score")
    assert found.since == START + timedelta(seconds=20 * SECONDS)
    assert found.seen_until == START + timedelta(seconds=21 * SECONDS)
    exact = {0.3: 0.119, 1.0: 0.383, 30.0: 1.0}[shift]
    assert float(found.low) <= exact <= float(found.high)
    assert abs(float(found.observed) - exact) < 0.02 and found.requests == 5000


def test_a_shift_within_what_is_tolerated_is_not_told() -> None:
    assert judged(windows(1, 20, 60, shift=0.03), declared(TEXT))[0] == []


def test_a_column_that_goes_missing_drifts() -> None:
    [found] = judged(windows(1, 20, 2, missing=0.5), declared(TEXT))[0]
    assert found.detector == "score" and 0.45 < float(found.observed) < 0.55


def test_other_intents_are_told() -> None:
    skewed = [0.2] + [0.8 / 39] * 39
    [found] = judged(windows(1, 20, 3, weights=skewed), declared(TEXT))[0]
    assert found.detector == "intent" and 0.1 < float(found.observed) < 0.25


def test_intents_nobody_saw_before_are_told() -> None:
    first = windows(1, 20)
    new = [window(20 + i, categories={"intent": Categories(counts={"i0": 4000, "new": 1000})})
           for i in range(2)]  # fmt: skip
    [found] = judged([*first, *new], declared(TEXT))[0]
    assert found.detector == "intent"


def test_it_is_over_after_three_quiet_windows() -> None:
    draw = np.random.default_rng(3)
    shown = [drawn(i, draw, shift=0.5 if 20 <= i < 25 else 0.0) for i in range(40)]
    found, over, _ = judged(shown, declared(TEXT))
    assert len(found) == 1 and [o.finding for o in over] == [found[0].finding]
    assert over[0].seen_until == START + timedelta(seconds=28 * SECONDS)


def test_a_window_that_is_not_over_is_not_judged() -> None:
    shown = windows(1, 20, 1, shift=1.0)
    now = shown[-1].until - timedelta(seconds=1)
    found, _, state = scan(declared(TEXT), shown, State(), now)
    assert found == []
    seen = [w for w in shown if w.until > (state.since or START)]
    assert len(scan(declared(TEXT), seen, state, LATE)[0]) == 1


@pytest.mark.parametrize("measure", sorted({*Measure} - {Measure.UNSEEN, Measure.RISE}, key=str))
def test_every_measure_tells_a_blatant_change_at_once_and_names_itself(measure: Measure) -> None:
    change = {"missing": 0.3} if measure is Measure.MISSING else {"shift": 1.5}
    [found] = judged(windows(1, 40, 2, **change), measured(measure, 0.1))[0]
    assert (found.measure, found.sign) == (measure.value, Sign.DRIFT)
    assert found.since == START + timedelta(seconds=40 * SECONDS)
    assert found.seen_until == START + timedelta(seconds=41 * SECONDS)
    assert float(found.low) <= float(found.observed) <= float(found.high)
    assert float(found.evidence) >= 4 and "false alarm once in 10000" in found.promise


@pytest.mark.parametrize(
    ("measure", "said"),
    [(Measure.KS, "Wolfowitz"), (Measure.PSI, "tangents"), (Measure.W1, "never the larger")],
)
def test_a_finding_says_by_which_bound_it_was_found(measure: Measure, said: str) -> None:
    [found] = judged(windows(1, 20, 1, shift=2.0), measured(measure, 0.1))[0]
    assert said in found.promise


def test_a_value_nobody_saw_before_is_counted_and_a_rare_one_is_not_new() -> None:
    before = windows(1, 20)
    new = [window(20 + i, categories={"intent": Categories(
        counts={"i0": 4000, "new": 600}, other=300, absent=100)}) for i in range(2)]  # fmt: skip
    [found] = judged([*before, *new], measured(Measure.UNSEEN, 0.05))[0]
    assert (found.measure, found.bad, found.requests) == ("unseen", 600, 5000)
    assert found.observed == "0.12" and float(found.baseline) == 0
    assert judged([*before, *new], measured(Measure.UNSEEN, 0.15))[0] == []


def test_rare_values_of_the_baseline_that_nobody_kept_count_as_if_each_came_once() -> None:
    known = Categories(counts={"i0": 4500}, other=500)
    before = [window(i, categories={"intent": known}) for i in range(4)]
    for new, alarms in ((600, 0), (1500, 1)):
        seen = Categories(counts={"i0": 4000, "new": new})
        shown = [*before, window(4, categories={"intent": seen})]
        assert len(judged(shown, measured(Measure.UNSEEN, 0.05))[0]) == alarms


@pytest.mark.parametrize("decision", [Decision.CUSUM, Decision.THRESHOLD])
def test_other_decisions_say_what_they_do_not_promise_of_a_drift(decision: Decision) -> None:
    shown, declaration = windows(1, 30, 2, shift=1.0), measured(None, 0.05, decision=decision)
    [found] = judged(shown, declaration)[0]
    assert found.since == START + timedelta(seconds=30 * SECONDS) and found.evidence == ""
    assert ("no run length" in found.promise) and "however long" not in found.promise


def apart(seed: int, count: int, since: int) -> list[WindowSummary]:
    """Two versions beside each other, the second of which drifts from a window on."""
    draw = np.random.default_rng(seed)
    found = []
    for i in range(count):
        one = drawn(i, draw)
        other = drawn(i, draw, shift=1.0 if i >= since else 0.0, rows=500)
        both = together_([one.numbers["score"], other.numbers["score"]])
        slices = {f"version={v}": Distributions(numbers=w.numbers)
                  for v, w in (("1", one), ("2", other))}  # fmt: skip
        found.append(msgspec.structs.replace(window(i, numbers={"score": both}), slices=slices))
    return found


def together_(histograms: list[Histogram]) -> Histogram:
    found: Counter[int] = Counter()
    for one in histograms:
        found.update(dict(zip(one.buckets, one.counts, strict=True)))
    found = Counter(dict(sorted(found.items())))
    order = list(found)
    sums = tuple(found[b] * math.sinh((b + 0.5) / 128) for b in order)
    return Histogram(buckets=tuple(order), counts=tuple(found.values()), totals=sums)


def test_the_version_that_drifts_is_named_when_slices_are_asked_for() -> None:
    shown = apart(1, 40, 30)
    [found] = judged(shown, measured(None, 0.05, slices=(Slice.VERSION,)))[0]
    assert (found.version, found.segment) == ("2", None)
    assert found.since == START + timedelta(seconds=30 * SECONDS)
    assert judged(shown, measured(None, 0.05))[0] == []


SHOWN = [*apart(1, 40, 30), *windows(7, 46)[40:]]


@settings(max_examples=8, deadline=None)
@given(st.lists(st.integers(0, 45), max_size=5))
def test_cutting_makes_no_difference_to_a_drift(cuts: list[int]) -> None:
    shown, declaration = SHOWN, measured(None, 0.05, slices=(Slice.VERSION,))
    found, over, state = list[Found](), list[Subsided](), State()
    for end in [*sorted(cuts), len(shown)]:
        state = state.back_to(None)
        seen = [w for w in shown[:end] if state.since is None or w.until > state.since]
        more, less, state = scan(declaration, seen, state, LATE)
        found, over = found + more, over + less
    whole = judged(shown, declaration)
    assert (found, over, state.tracks) == (whole[0], whole[1], whole[2].tracks)


def test_a_measure_that_is_not_for_the_column_is_told() -> None:
    declaration = measured(Measure.UNSEEN, 0.05)
    [one] = declaration.detectors
    assert isinstance(one, Drift)
    wrong = msgspec.structs.replace(one, measure=Measure.KS)
    declaration = msgspec.structs.replace(declaration, detectors=(wrong,))
    found, _, state = judged(windows(1, 6), declaration)
    assert found == []
    assert without_baseline(declaration, state) == [
        "intent cannot judge the window of 2026-01-01 00:05: ks compares numbers, and the column "
        "holds categories"
    ]
