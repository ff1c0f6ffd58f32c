"""Logs that tell no time: windows are numbers of rows, and files follow each other by name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tocsin.facts import Refused
from tocsin.facts.logs import LogMapping, Share, holds
from tocsin.sources.log import LogSource
from written_log import parquet, source

BEGIN = datetime(1970, 1, 1, tzinfo=UTC)
BY_ROWS = LogMapping(
    at=None, version=None, segment=None, fallback=None, rates={"bad": Share(counts=holds("bad"))},
    numbers=("x",), categories=(), window_seconds=10, profile_seconds=10,
)  # fmt: skip


def written(path: Path, begin: int, count: int) -> Path:
    """Rows of which every tenth is bad, beginning with the first."""
    each = [{"bad": i % 10 == 0, "x": i} for i in range(begin, begin + count)]
    if path.suffix == ".parquet":
        return parquet(path, each)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("bad,x\n" + "".join(f"{row['bad']},{row['x']}\n" for row in each))
    return path


def seen(log: LogSource) -> list[tuple[int, int, int, int]]:
    """Of each window: its first row, how many rows, how many bad, and the largest number's row."""
    return [
        (
            round((w.at - BEGIN).total_seconds()),
            sum(c.requests for c in w.cells),
            sum(c.counted["bad"] for c in w.cells),
            round((w.last - BEGIN).total_seconds()),
        )
        for w in log.windows()
        if w.numbers or not w.seconds
    ]


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_a_window_holds_so_many_rows_and_each_file_begins_one(tmp_path: Path, kind: str) -> None:
    written(tmp_path / f"log/a.{kind}", 0, 25)
    written(tmp_path / f"log/b.{kind}", 100, 10)
    log = source(tmp_path, BY_ROWS)
    refreshed = log.refresh()
    assert refreshed.rejected == () and refreshed.earliest == BEGIN
    assert seen(log) == [(0, 10, 1, 9), (10, 10, 1, 19), (20, 5, 1, 24), (30, 10, 1, 39)]


def test_many_rows_of_text_are_numbered_in_the_order_in_which_they_lie(tmp_path: Path) -> None:
    path = tmp_path / "log/a.csv"
    path.parent.mkdir()
    path.write_text("bad,x\n" + "".join(f"false,{i // 50_000}\n" for i in range(400_000)))
    log = source(tmp_path, LogMapping(**{
        **{f: getattr(BY_ROWS, f) for f in BY_ROWS.__struct_fields__},
        "window_seconds": 50_000, "profile_seconds": 50_000,
    }))  # fmt: skip
    log.refresh()
    each = [window.numbers["x"] for window in log.windows()]
    assert [(len(x.buckets), x.totals) for x in each] == [(1, (50_000.0 * i,)) for i in range(8)]


def test_a_file_that_sorts_before_the_others_moves_them_and_is_told(tmp_path: Path) -> None:
    written(tmp_path / "log/b.parquet", 0, 25)
    log = source(tmp_path, BY_ROWS)
    log.refresh()
    before = {path.name for path in (tmp_path / "summaries").rglob("*.parquet")}
    written(tmp_path / "log/a.parquet", 500, 12)
    refreshed = log.refresh()
    assert (refreshed.rows, refreshed.earliest) == (12, BEGIN)
    assert seen(log) == [
        (0, 10, 1, 9), (10, 2, 1, 11), (20, 10, 1, 29), (30, 10, 1, 39), (40, 5, 1, 44),
    ]  # fmt: skip
    after = {path.name for path in (tmp_path / "summaries").rglob("*.parquet")}
    assert before < after  # what was kept of the other file is the same bytes as before
    written(tmp_path / "log/c.parquet", 900, 3)
    assert log.refresh().earliest == BEGIN + timedelta(seconds=50)
    assert seen(source(tmp_path, BY_ROWS)) == seen(log)


def test_windows_since_a_row_are_those_that_end_after_it(tmp_path: Path) -> None:
    written(tmp_path / "log/a.parquet", 0, 25)
    written(tmp_path / "log/b.parquet", 100, 10)
    log = source(tmp_path, BY_ROWS)
    log.refresh()
    since = log.windows(BEGIN + timedelta(seconds=25))
    assert sorted({(w.at - BEGIN).seconds for w in since}) == [20, 30]


def test_evidence_holds_the_rows_where_they_stand(tmp_path: Path) -> None:
    written(tmp_path / "log/a.parquet", 0, 25)
    written(tmp_path / "log/b.parquet", 100, 10)
    log = source(tmp_path, BY_ROWS)
    log.refresh()
    assert log.summaries(BEGIN + timedelta(seconds=30), BEGIN + timedelta(seconds=40))[1] == 1
    assert log.summaries(BEGIN, BEGIN + timedelta(days=1))[1] == 4


def test_the_last_rows_are_those_of_the_last_files(tmp_path: Path) -> None:
    written(tmp_path / "log/a.parquet", 0, 25)
    written(tmp_path / "log/b.parquet", 100, 2)
    log = source(tmp_path, BY_ROWS)
    log.refresh()
    last, held = log.last_rows(4, datetime.now(UTC))
    assert ([row["x"] for row in last], held) == ([23, 24, 100, 101], 27)


def test_nobody_can_ask_what_was_served_since_an_instant(tmp_path: Path) -> None:
    written(tmp_path / "log/a.parquet", 0, 25)
    with pytest.raises(Refused, match="tells no time"):
        source(tmp_path, BY_ROWS).served("bad", BEGIN)
