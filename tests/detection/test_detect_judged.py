"""A judge's errors are taken out of its verdicts, or it is said that they are in there."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.detection.compared.judged import JudgeErrors, corrected, errors_of, observed

GOOD = JudgeErrors(noticed=90, ungrounded=100, passed=180, grounded=200)


def test_the_correction_is_that_of_rogan_and_gladen() -> None:
    # 20 % true among 1,000: 0.9 of 200 are noticed, a tenth of 800 are slandered
    found = corrected(180 + 80, 1000, GOOD)
    assert found.share == pytest.approx(0.2) and found.low < 0.2 < found.high and not found.why


def test_only_labelled_requests_with_a_verdict_measure_the_judge() -> None:
    verdicts = {"a": False, "b": True, "c": None, "d": True, "e": False}
    labels = {"a": False, "b": False, "c": False, "d": True, "z": True}
    found = errors_of(verdicts, labels)
    assert found == JudgeErrors(noticed=1, ungrounded=2, passed=1, grounded=1)


def test_what_cannot_be_said_is_said_to_be_so() -> None:
    assert observed(0, 0).why == "no verdict" and observed(0, 0).share is None
    assert corrected(1, 2, JudgeErrors(noticed=0, ungrounded=0, passed=1, grounded=1)).share is None
    coin = JudgeErrors(noticed=50, ungrounded=100, passed=52, grounded=100)
    assert "no better than chance" in corrected(500, 1000, coin).why


@given(st.integers(0, 400), st.integers(60, 100), st.integers(60, 100))
def test_the_corrected_share_lies_in_its_interval(bad: int, noticed: int, passed: int) -> None:
    errors = JudgeErrors(noticed=noticed, ungrounded=100, passed=passed, grounded=100)
    found = corrected(bad, 400, errors)
    assert found.why or 0 <= found.low <= (found.share or 0.0) <= found.high <= 1


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    draw = random.Random(11)

    def heads(count: int, chance: float) -> int:
        return sum(draw.random() < chance for _ in range(count))

    held = 0
    for _ in range(300):
        truth, sensitivity, specificity = 0.15, 0.8, 0.9
        errors = JudgeErrors(
            noticed=heads(120, sensitivity), ungrounded=120,
            passed=heads(200, specificity), grounded=200,
        )  # fmt: skip
        bad = heads(500, truth * sensitivity + (1 - truth) * (1 - specificity))
        found = corrected(bad, 500, errors)
        held += found.low <= truth <= found.high
    assert held >= 285
