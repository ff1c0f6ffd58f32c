"""Reading detectors of every kind: what each says, what it lacks, and that nothing breaks it."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.detection import declaration_of, read_declaration
from tocsin.detection.declared.declaration import (
    Basis,
    Calibration,
    Decision,
    Direction,
    Drift,
    Fairness,
    First,
    Harm,
    Measure,
    Parity,
    Quantity,
    Rate,
    Reference,
    Rolling,
    SameHour,
    Slice,
    Statistic,
    Status,
)
from tocsin.detection.declared.read_detectors import FIELDS

GOOD = """\
system: hiring
window: 5m
drift_window: 1d
family_run_length: 20000
log:
  decided: prediction == 1
  truth: label == 1
  score: probability
  groups: [sex, race]
  subject: applicant
  numbers: [age]
detectors:
  recall:
    {rate: recall, direction: down, tolerance: 5%, basis: points, baseline: reference,
     complete_after: 7d, decision: cusum, status: live, harm: critical}
  age: {drift: age, measure: psi, tolerance: 0.2, baseline: {rolling: 24}, slices: [segment]}
  town: {drift: town, measure: unseen, tolerance: 1%, baseline: {same_hour: 4}}
  four-fifths:
    {fairness: disparate-impact, tolerance: 20%, basis: relative, compared_with: "sex=Male"}
  chances: {calibration: probability, tolerance: 0.05, minimum: 500}
  slow:
    {quantity: latency_ms, statistic: p95, direction: up, tolerance: 250, basis: points,
     baseline: {first: 5000}, decision: threshold, harm: low}
"""
ROWS = GOOD.replace("log:\n", "log:\n  at: rows\n").replace("window: 5m\n", "window: 5000\n")
ROWS = ROWS.replace("drift_window: 1d", "drift_window: 10000").replace("7d", "20000")
ROWS = ROWS.replace("{same_hour: 4}", "{rolling: 9}")


def told(text: str) -> str:
    declared, mistakes = read_declaration(text.encode(), "d.yaml")
    assert (declared is None) == bool(mistakes)
    return "\n".join(map(str, mistakes))


def test_every_kind_says_what_stands_there() -> None:
    declared = declaration_of(GOOD.encode())
    recall, age, town, fair, chances, slow = declared.detectors
    assert declared.family_run_length == 20_000
    assert isinstance(recall, Rate) and isinstance(age, Drift) and isinstance(town, Drift)
    assert isinstance(fair, Fairness) and isinstance(chances, Calibration)
    assert isinstance(slow, Quantity)
    assert (recall.rate, recall.baseline, recall.decision) == (
        "recall", Reference(), Decision.CUSUM)  # fmt: skip
    assert (recall.status, recall.harm) == (Status.LIVE, Harm.CRITICAL)
    assert recall.complete_after_seconds == 7 * 86400 and recall.window_seconds == 300
    assert (age.measure, age.tolerance, age.baseline) == (Measure.PSI, 0.2, Rolling(24))
    assert age.slices == (Slice.SEGMENT,) and age.status is Status.SHADOW
    assert (town.measure, town.tolerance, town.baseline) == (Measure.UNSEEN, 0.01, SameHour(4))
    assert (fair.parity, fair.groups, fair.basis) == (
        Parity.DISPARATE_IMPACT, ("sex", "race"), Basis.RELATIVE)  # fmt: skip
    assert (fair.compared_with, fair.window_seconds) == ("sex=Male", 86400)
    assert (chances.tolerance, chances.minimum) == (0.05, 500)
    assert (slow.statistic, slow.tolerance, slow.direction) == (Statistic.P95, 250, Direction.UP)
    assert (slow.decision, slow.harm, slow.baseline) == (
        Decision.THRESHOLD, Harm.LOW, First(5000))  # fmt: skip


def test_every_column_that_a_detector_asks_for_is_read_and_must_be_there() -> None:
    log = declaration_of(GOOD.encode()).log
    assert log.watched == {"age", "town", "latency_ms"} and log.sliced
    assert log.numbers == ("age", "latency_ms") and "town" in log.categories
    for name in ("prediction", "label", "probability", "sex", "applicant", "town"):
        assert name not in log.assumed
    assert not declaration_of(GOOD.replace(", slices: [segment]", "").encode()).log.sliced


def test_a_log_of_rows_is_counted_in_rows() -> None:
    declared = declaration_of(ROWS.encode())
    assert declared.log.at is None
    assert (declared.log.window_seconds, declared.log.profile_seconds) == (5000, 10000)
    [recall, *_] = declared.detectors
    assert isinstance(recall, Rate) and recall.complete_after_seconds == 20000


@pytest.mark.parametrize(
    ("good", "bad", "wanted"),
    [
        ("direction: down, ", "", "recall.direction: not said; write up or down, whichever is"),
        ("250, basis: points", "250", "slow.basis: not said; write relative (15% of 4%"),
        ("statistic: p95, ", "", "slow.statistic: not said; write mean or p50 or p95 or p99"),
        ("p95", "pp95", "detectors.slow.statistic: 'pp95'; did you mean \"p95\"?"),
        ("measure: psi, tolerance: 0.2", "measure: psi, tolerance: 20%", "PSI is no share and has"),
        ("tolerance: 250, basis: points", "tolerance: 25%, basis: points", "own unit, such as 250"),
        ("rate: recall", "rate: recal", "'recal'; did you mean \"recall\"?"),
        ("  truth: label == 1\n", "", "rate: recall needs to know more of a row; write `truth: "),
        ("  truth: label == 1\n", "", "chances need a score and a truth; write `truth: label"),
        ("  decided: prediction == 1\n", "", "impact needs to know more of a row; write `decided"),
        ("groups: [sex, race]", "groups: [sex, sex]", "log.groups: 'sex' twice"),
        ("  groups: [sex, race]\n", "", "no columns of groups; write `groups: [...]` under `log:`"),
        ("impact, tol", "impact, groups: [sexe], tol", "'sexe'; did you mean \"sex\"?"),
        ("calibration: probability", "calibration: prob", "'prob'; write probability, the `score`"),
        ("disparate-impact", "disparate", "fairness: 'disparate'; did you mean \"disparate-impac"),
        ("status: live", "status: alive", "status: 'alive'; did you mean \"live\"?"),
        ("harm: low", "harm: none", "slow.harm: 'none'; write low or serious or critical"),
        ("decision: cusum", "decision: cusums", "'cusums'; did you mean \"cusum\"?"),
        ("baseline: reference", "baseline: referenz", "'referenz'; did you mean \"reference\"?"),
        ("{rolling: 24}", "{rolling: 0}", "rolling: '0'; write a whole number from 1 to 10000"),
        ("{same_hour: 4}", "{same_hours: 4}", 'did you mean "same_hour"?'),
        ("20000\nlog", "20\nlog", "family_run_length: '20'; write at least 100 windows"),
        ("tolerance: 5%", "tolerance: 150%", "recall.tolerance: '150%'; write a share such as"),
        ("complete_after: 7d", "complete_after: 7", "'7'; write a duration such as"),
    ],
)
def test_what_is_wrong_is_told_with_what_would_be_right(good: str, bad: str, wanted: str) -> None:
    assert GOOD.count(good) == 1, good
    assert wanted in told(GOOD.replace(good, bad))


@pytest.mark.parametrize(
    ("good", "bad", "wanted"),
    [
        ("window: 5000\n", "window: 5m\n", "write a number of rows, such as 5000"),
        ("{rolling: 9}", "{same_hour: 9}", "baseline.same_hour: an unknown field"),
        ("20000, dec", "7d, dec", "complete_after: '7d'; the log tells no time"),
        ("harm: low}", "harm: low, run_length: 30d}", "write at least 100 windows, as a number"),
        ("  slow:", "  quiet: {no-data: 2m}\n  slow:", "quiet.no-data: a log that tells no time"),
    ],
)
def test_a_log_of_rows_has_no_hours(good: str, bad: str, wanted: str) -> None:
    assert wanted in told(ROWS.replace(good, bad))


def test_fairness_of_chances_is_told_in_points() -> None:
    bad = GOOD.replace("disparate-impact", "calibration")
    assert "four-fifths.basis: relative; write points" in told(bad)
    assert not told(bad.replace("20%, basis: relative", "20%, basis: points"))


words = st.sampled_from(
    [*FIELDS, *(field for fields in FIELDS.values() for field in fields), "log", "at", "rows",
     "status", "harm", "live", "up", "relative", "points", "psi", "p95", "15%", "0.2", "5m", "7",
     "first", "rolling", "reference", "decided", "truth", "score", "groups", "texts", "patterns",
     "a == 1", "(?=x)", "[", "-1", "1e9", "99999999999", "system", "window", "detectors", ""]
)  # fmt: skip
anything = st.recursive(
    words | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=6),
    max_leaves=30,
)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "system": st.just("a") | anything, "window": words, "drift_window": words,
            "family_run_length": words, "log": st.dictionaries(words, anything, max_size=8),
            "detectors": st.dictionaries(
                words, st.dictionaries(words, anything, max_size=9), max_size=4
            ),
        },
    )
)  # fmt: skip
def test_no_declaration_breaks_the_reader(given_: dict[str, object]) -> None:
    data = msgspec.json.encode(given_)  # any JSON is YAML
    declared, mistakes = read_declaration(data)
    assert (declared is None) == bool(mistakes)
    assert all(one.found and one.remedy for one in mistakes)
