"""What a finding is worth: every cell of the table, and more harm or more evidence never less."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.detection.declared.declaration import (
    Basis,
    Decision,
    Detector,
    Direction,
    Fairness,
    First,
    Harm,
    Parity,
    Rate,
    Rolling,
    SameHour,
    Silence,
    Status,
)
from tocsin.detection.findings.levels import LEVELS, Sure, beyond, never_calls, sureness, worth
from tocsin.facts.alarms import Level
from tocsin.facts.findings import Found, Sign

AT = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)
RATE = Rate(
    id="fallback-rate", rate="fallback", window_seconds=60, direction=Direction.UP, tolerance=0.15,
    basis=Basis.RELATIVE, baseline=First(5000), minimum=100, run_length=10_000, slices=(),
)  # fmt: skip
FOUND = Found(
    finding="f1", detector="fallback-rate", system="assistant", sign=Sign.RATE, metric="fallback",
    version=None, segment=None, baseline="0.04", observed="0.31", low="0.28", high="0.34",
    confidence="0.95", tolerated="0.05", since=AT, seen_until=AT, requests=900, bad=279,
    promise="p", summaries=(), declared="d" * 64, caused_by=None, evidence="4.2",
)  # fmt: skip
ORDER = [Level.RECORD, Level.DIGEST, Level.TICKET, Level.PAGE]
WITH = msgspec.structs.replace


def detector(sure: Sure, harm: Harm) -> Detector:
    """A detector whose findings, as FOUND is, are so sure."""
    decision = {
        Sure.WEAK: Decision.THRESHOLD,
        Sure.FAIR: Decision.CUSUM,
        Sure.STRONG: Decision.E_SR,
    }
    return WITH(RATE, decision=decision[sure], harm=harm)


@pytest.mark.parametrize(
    ("harm", "weak", "fair", "strong"),
    [
        ("low", "record", "digest", "ticket"),
        ("serious", "digest", "ticket", "page"),
        ("critical", "ticket", "page", "page"),
    ],
)
def test_every_cell_of_the_table(harm: str, weak: str, fair: str, strong: str) -> None:
    for sure, level in zip(Sure, (weak, fair, strong), strict=True):
        judged = worth(detector(sure, Harm(harm)), FOUND)
        assert (judged.sure, judged.level) == (sure, Level(level))
        assert harm in judged.why and level in judged.why and sure.value in judged.why


@given(st.sampled_from(Harm), st.sampled_from(Harm), st.sampled_from(Sure), st.sampled_from(Sure))
def test_more_harm_or_more_evidence_is_never_worth_less(
    harm: Harm, other: Harm, sure: Sure, surer: Sure
) -> None:
    harms, sures = list(Harm), list(Sure)
    if harms.index(harm) <= harms.index(other) and sures.index(sure) <= sures.index(surer):
        assert ORDER.index(LEVELS[harm][sure]) <= ORDER.index(LEVELS[other][surer])


@given(
    st.floats(0, 12), st.floats(0, 12), st.floats(0, 0.3), st.floats(0, 0.3),
    st.sampled_from(Decision),
)  # fmt: skip
def test_more_evidence_and_a_clearer_effect_are_never_less_sure(
    evidence: float, more: float, low: float, higher: float, decision: Decision
) -> None:
    if evidence > more or low > higher:
        evidence, more, low, higher = more, evidence, higher, low
    if evidence > more or low > higher:
        return
    one = WITH(RATE, decision=decision)
    before = sureness(one, WITH(FOUND, evidence=str(evidence), low=str(low)))[0]
    after = sureness(one, WITH(FOUND, evidence=str(more), low=str(higher)))[0]
    assert list(Sure).index(before) <= list(Sure).index(after)


@pytest.mark.parametrize("harm", [Harm.LOW, Harm.SERIOUS, Harm.CRITICAL])
@pytest.mark.parametrize(
    "promises_nothing",
    [{"decision": Decision.THRESHOLD}, {"baseline": Rolling(24)}, {"baseline": SameHour(4)}],
)
def test_what_promises_nothing_never_calls_anybody(
    harm: Harm, promises_nothing: dict[str, object]
) -> None:
    one = WITH(RATE, harm=harm, **promises_nothing)
    assert worth(one, WITH(FOUND, evidence="300")).level is not Level.PAGE


@pytest.mark.parametrize("harm", list(Harm))
@pytest.mark.parametrize("decision", list(Decision))
@pytest.mark.parametrize("evidence", ["", "2", "300"])
def test_what_is_said_never_to_call_never_does(
    harm: Harm, decision: Decision, evidence: str
) -> None:
    one = WITH(RATE, harm=harm, decision=decision, status=Status.LIVE)
    calls = worth(one, WITH(FOUND, evidence="300")).level is Level.PAGE
    assert (never_calls(one) is None) == calls
    assert calls or worth(one, WITH(FOUND, evidence=evidence)).level is not Level.PAGE
    shadow = never_calls(WITH(one, status=Status.SHADOW))
    assert shadow is not None and "in shadow" in shadow


def test_evidence_that_was_not_told_is_at_least_the_run_length() -> None:
    old = WITH(FOUND, evidence="")
    assert sureness(RATE, old)[0] is Sure.STRONG
    assert sureness(WITH(RATE, run_length=100), old)[0] is Sure.FAIR


def test_an_interval_that_reaches_into_what_is_tolerated_is_not_strong() -> None:
    assert sureness(RATE, WITH(FOUND, low="0.045"))[0] is Sure.FAIR
    fell = WITH(FOUND, baseline="0.9", observed="0.7", low="0.65", high="0.75", tolerated="0.8")
    assert beyond(fell) and not beyond(WITH(fell, high="0.81"))
    assert not beyond(WITH(FOUND, low="not told"))


def test_no_data_leaves_nothing_to_guess() -> None:
    judged = worth(Silence(id="silent", after_seconds=60), WITH(FOUND, evidence=""))
    assert judged.level is Level.PAGE


def test_an_unfair_detector_is_judged_like_any_that_keeps_its_promise() -> None:
    fair = Fairness(
        id="four-fifths", parity=Parity.DISPARATE_IMPACT, groups=("sex",), compared_with=None,
        window_seconds=60, tolerance=0.2, basis=Basis.RELATIVE, minimum=100, run_length=10_000,
        harm=Harm.CRITICAL,
    )  # fmt: skip
    assert worth(fair, WITH(FOUND, evidence="2")).level is Level.PAGE
