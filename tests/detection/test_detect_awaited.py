"""Labels that have not come: how many rows and windows wait for them."""

from __future__ import annotations

from datetime import timedelta

from people_seen import SECONDS, START, window

from tocsin.detection import Declaration, declaration_of
from tocsin.detection.engine.replay import replayed
from tocsin.detection.windows.awaited import awaited

YAML = """\
system: hiring
window: 1d
drift_window: 1d
log:
  decided: hired
  truth: fit
  score: chance
  groups: [sex]
detectors:
  odds:
    {fairness: equal-opportunity, tolerance: 20%, basis: relative, minimum: 10, complete_after: 2d}
  impact: {fairness: disparate-impact, tolerance: 20%, basis: relative, minimum: 10}
  chances: {calibration: chance, tolerance: 5%, minimum: 10}
  recall: {rate: recall, tolerance: 10%, basis: relative, direction: down, baseline: {first: 9}}
  selected: {rate: selected, tolerance: 10%, basis: relative, direction: up, baseline: {first: 9}}
"""


def declared() -> Declaration:
    return declaration_of(YAML.encode())


def days(count: int, labelled: int):  # type: ignore[no-untyped-def]
    counts = {"selected": (100, 50), "recall": (labelled // 2, 9), "base_rate": (labelled, 30)}
    return [window(i, {("f",): counts, ("m",): counts}) for i in range(count)]


def test_rows_without_a_label_and_windows_that_may_get_one_are_told() -> None:
    found = {
        one.detector: one.said()
        for one in awaited(declared(), days(5, 60), START + timedelta(seconds=5 * SECONDS))
    }
    rows = "judges by the labels that are there: {} of {} rows have none yet"
    assert found == {
        "odds": rows.format(240, 600) + "; waits for the labels of 2 windows, as it was told to",
        "chances": rows.format(400, 1000), "recall": rows.format(400, 1000),
    }  # fmt: skip


def test_nothing_is_said_where_nothing_is_awaited() -> None:
    assert awaited(declared(), days(5, 100), START + timedelta(days=99)) == []


def test_whoever_replays_a_log_is_told_what_waits() -> None:
    told = replayed(declared(), days(5, 60), [], START + timedelta(days=99)).not_judged
    waiting = {one.detector: one.rows for one in told if "rows have none yet" in one.why}
    assert waiting == {"odds": 400, "chances": 400, "recall": 400}
    assert not [one for one in told if "no detector of this kind" in one.why]
