"""How long a window is when nobody says: enough rows in each, and not too many windows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.detection.spans import WINDOWS_MOST, window_for
from tocsin.facts.looks import ColumnLook, LogLook, Values


def looked(rows: int, seconds: float | None = None) -> LogLook:
    columns: tuple[ColumnLook, ...] = ()
    if seconds is not None:
        columns = (
            ColumnLook(
                name="at", values=Values.INSTANTS, rows=rows, low=1.8e15,
                high=1.8e15 + seconds * 1e6,
            ),
        )  # fmt: skip
    return LogLook(place="log", files=1, columns=columns, rows=rows)


@pytest.mark.parametrize(
    ("rows", "length"), [(40, 100), (7_000, 1000), (208_892, 5000), (1_000_000, 20_000)]
)
def test_rows_without_time(rows: int, length: int) -> None:
    assert window_for(looked(rows), None)[0] == length


@given(st.integers(1, 10**9), st.floats(1, 1e8))
def test_a_large_log_has_few_windows(rows: int, seconds: float) -> None:
    assert rows <= window_for(looked(rows), None)[0] * WINDOWS_MOST
    span = window_for(looked(rows, seconds), "at")[0]
    assert seconds <= span * WINDOWS_MOST * 1.001
