"""The detectors of a log for which nobody declared any: everything is watched, each name once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.detection.conventions.spans import OF_ROWS_MOST, WINDOWS_MOST, window_for
from tocsin.detection.conventions.usual import FAMILY_RUN_LENGTH, usual_declaration
from tocsin.detection.declared.condition import condition_of
from tocsin.detection.declared.declaration import Direction, Rate, Reference, Slice, Status
from tocsin.facts.logs import Decisions, LogMapping
from tocsin.facts.looks import ColumnLook, LogLook, Values
from tocsin.register.strict_yaml import NAME

LOG = LogMapping(
    segment=None,
    numbers=("age", "latency"),
    categories=("town",),
    decisions=Decisions(
        decided=condition_of("p == 1"), truth=condition_of("l == 1"), score="s", groups=("sex",)
    ),
)


def test_everything_that_a_mapping_names_is_watched_against_the_reference() -> None:
    found = usual_declaration(LOG, latency=("latency",))
    names = {one.id for one in found.detectors}
    assert names >= {
        "fallback", "error", "accuracy", "recall", "selected-up", "selected-down", "drift-age",
        "drift-town", "drift-s", "missing-age", "unseen-town", "p95-latency", "disparate-impact",
        "equalised-odds", "calibration",
    }  # fmt: skip
    ways = {one.id: one.direction for one in found.detectors if isinstance(one, Rate)}
    assert ways["accuracy"] is Direction.DOWN and ways["false_positive_rate"] is Direction.UP
    assert found.family_run_length == FAMILY_RUN_LENGTH
    assert all(one.status is Status.LIVE for one in found.detectors)
    assert all(getattr(one, "baseline", Reference()) == Reference() for one in found.detectors)
    assert all(one.slices == (Slice.VERSION,) for one in found.detectors if isinstance(one, Rate))
    assert found.log.watched is not None and {"age", "town", "s", "latency"} <= found.log.watched


def test_without_decisions_nobody_claims_anything_of_people() -> None:
    found = usual_declaration(LogMapping(rates={}, categories=(), numbers=()))
    assert found.detectors == ()


@given(st.lists(st.text(max_size=80), max_size=8, unique=True))
def test_every_detector_has_a_name_of_its_own_that_a_file_may_hold(columns: list[str]) -> None:
    found = usual_declaration(LogMapping(numbers=tuple(columns), categories=tuple(columns)))
    names = [one.id for one in found.detectors]
    assert len(names) == len(set(names)) and all(NAME.fullmatch(name) for name in names)


def look(rows: int, days: float) -> LogLook:
    begun = datetime(2026, 1, 1, tzinfo=UTC).timestamp() * 1e6
    at = ColumnLook(name="at", values=Values.INSTANTS, rows=rows, low=begun,
                    high=begun + days * 86400e6)  # fmt: skip
    return LogLook(place="log", files=1, rows=rows, columns=(at,))


@pytest.mark.parametrize(
    ("rows", "days", "seconds"),
    [(1_000_000, 7, 3 * 3600), (100_000, 30, 12 * 3600), (20_000, 10, 12 * 3600),
     (1_000_000, 0.1, 300), (500, 365, 28 * 86400), (3, 0, 60)],
)  # fmt: skip
def test_a_window_holds_about_a_thousand_rows_and_a_log_several(
    rows: int, days: float, seconds: int
) -> None:
    length, why = window_for(look(rows, days), "at")
    assert length == seconds and why.startswith("chosen")


@pytest.mark.parametrize(("rows", "length"), [(208_892, 5000), (1_000_000, 20_000),
                         (9000, 2000), (700, 100), (12, 100)])  # fmt: skip
def test_where_no_time_is_told_a_window_is_a_number_of_rows(rows: int, length: int) -> None:
    assert window_for(look(rows, 1), None)[0] == length


@given(st.integers(1, 10**9), st.floats(0.01, 1000))
def test_a_large_log_has_few_windows(rows: int, days: float) -> None:
    assert rows <= window_for(look(rows, days), None)[0] * OF_ROWS_MOST
    assert days * 86400 <= window_for(look(rows, days), "at")[0] * WINDOWS_MOST * 1.001
