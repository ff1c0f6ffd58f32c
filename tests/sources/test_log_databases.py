"""Tables of databases: a day is a partition, whatever order its rows come in."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from tocsin.facts import Refused, Unreachable
from tocsin.facts.logs import LogMapping, Share, holds
from tocsin.facts.looks import Values
from tocsin.sources.database import database_of, shown
from tocsin.sources.log import LogSource
from tocsin.sources.look import look_at
from written_log import START, source

MAPPING = LogMapping(
    at="ts", version="version", segment=None, fallback=None,
    rates={"bad": Share(counts=holds("bad"))}, numbers=("ms",), categories=(),
    window_seconds=3600, profile_seconds=3600,
)  # fmt: skip


def filled(path: Path, hours: int = 48) -> None:
    """Two days of rows, one every half hour, of which each tenth is bad."""
    with sqlite3.connect(path) as base:
        base.execute("CREATE TABLE answers (ts TEXT, version TEXT, bad BOOLEAN, ms REAL, raw BLOB)")
        base.executemany(
            "INSERT INTO answers VALUES (?, ?, ?, ?, ?)",
            [
                ((START + timedelta(minutes=30 * i)).isoformat(), "1", i % 10 == 0, 1.5 * i, b"x")
                for i in range(2 * hours)
            ],
        )


def changed(path: Path, statement: str) -> None:
    with sqlite3.connect(path) as base:
        base.execute(statement)


def of(tmp_path: Path, mapping: LogMapping = MAPPING, url: str = "", table: str = "answers") -> (
    LogSource
):  # fmt: skip
    return source(tmp_path, mapping, place=url or f"sqlite:///{tmp_path}/app.db?table={table}")


def counted(log: LogSource) -> tuple[int, int]:
    cells = [cell for window in log.windows() for cell in window.cells]
    return sum(c.requests for c in cells), sum(c.counted["bad"] for c in cells)


def test_a_table_is_read_by_days_and_only_a_changed_day_again(tmp_path: Path) -> None:
    filled(tmp_path / "app.db")
    log = of(tmp_path)
    first = log.refresh()
    assert first.new == ("answers/2026-11-26", "answers/2026-11-27", "answers/2026-11-28")
    assert (first.rows, first.rejected) == (96, ()) and counted(log) == (96, 10)
    assert log.refresh().rows == 0
    changed(tmp_path / "app.db", "UPDATE answers SET bad = 1 WHERE ts LIKE '2026-11-27%'")
    again = log.refresh()
    assert (again.changed, again.rows) == (("answers/2026-11-27",), 48)
    assert counted(log) == (96, 54)
    late = (START + timedelta(hours=1)).isoformat()
    changed(tmp_path / "app.db", f"INSERT INTO answers VALUES ('{late}', '1', 1, 2, NULL)")
    assert of(tmp_path).refresh().changed == ("answers/2026-11-26",)
    assert counted(log) == (97, 55)


def test_another_order_of_the_same_rows_is_the_same_day(tmp_path: Path) -> None:
    filled(tmp_path / "app.db")
    log = of(tmp_path)
    log.refresh()
    changed(tmp_path / "app.db", "CREATE TABLE other AS SELECT * FROM answers ORDER BY ms DESC")
    changed(tmp_path / "app.db", "DROP TABLE answers")
    changed(tmp_path / "app.db", "ALTER TABLE other RENAME TO answers")
    assert log.refresh().rows == 0 and counted(log) == (96, 10)


def test_a_file_that_did_not_change_is_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(tmp_path / "app.db")
    of(tmp_path).refresh()
    monkeypatch.setattr("tocsin.sources.database._rows", None)
    log = of(tmp_path)
    assert log.refresh().rows == 0 and counted(log) == (96, 10)


def test_a_table_without_times_is_one_partition_of_rows_in_an_order(tmp_path: Path) -> None:
    filled(tmp_path / "app.db")
    by_rows = LogMapping(
        at=None, version=None, segment=None, fallback=None, rates={}, numbers=("ms",),
        categories=(), window_seconds=50, profile_seconds=50,
    )  # fmt: skip
    log = of(tmp_path, by_rows, f"sqlite:///{tmp_path}/app.db?table=answers&order=ms")
    assert log.refresh().new == ("answers/all",)
    assert [w.numbers["ms"].rows for w in log.windows()] == [50, 46]
    first, _ = log.windows()
    assert sum(first.numbers["ms"].totals) == sum(1.5 * i for i in range(50))


def test_a_table_of_a_duckdb_file_is_a_log(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "app.duckdb")) as base:
        base.execute(
            "CREATE TABLE answers AS SELECT TIMESTAMP '2026-11-26 08:00:00' + to_minutes(i) AS ts, "
            "'1' AS version, i % 10 = 0 AS bad, i::DOUBLE AS ms FROM range(100) t(i)"
        )
    url = f"duckdb:///{tmp_path}/app.duckdb?table=answers"
    log = of(tmp_path, url=url)
    assert log.refresh().rows == 100 and counted(log) == (100, 10)
    assert log.refresh().rows == 0
    with pytest.raises(Refused, match="it has: answers"):
        of(tmp_path, url=url.replace("=answers", "=answer")).refresh()


def test_a_table_is_looked_at(tmp_path: Path) -> None:
    filled(tmp_path / "app.db")
    spill = tmp_path / "spill"
    spill.mkdir()
    found = look_at(f"sqlite:///{tmp_path}/app.db?table=answers", tmp_path, spill)
    kinds = {c.name: c.values for c in found.columns}
    assert kinds["ts"] is Values.INSTANTS and kinds["ms"] is Values.NUMBERS
    assert kinds["raw"] is Values.NOTHING and found.rows == 96


def test_times_that_are_numbers_or_missing_make_days_too(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "app.db") as base:
        base.execute("CREATE TABLE answers (ts, version, bad, ms)")
        at = START.timestamp()
        each = [(at, 1), (at * 1000, 2), (at + 86_400, 3), (None, 4)]
        base.executemany("INSERT INTO answers VALUES (?, '1', 0, ?)", [(ts, ms) for ts, ms in each])
    log = of(tmp_path)
    refreshed = log.refresh()
    assert len(refreshed.new) == 2 and counted(log)[0] == 3
    [told] = refreshed.rejected
    assert told.file == "answers/no-day" and "1 of 1 rows have no time" in told.reason


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("sqlite:///{0}/app.db", "add \\?table="),
        ("sqlite:///{0}/gone.db?table=answers", "no such file"),
        ("sqlite:///{0}/app.db?table=answer", "it has: answers"),
        ("sqlite:///{0}/app.db?table=answers&order=mss", "no column 'mss'"),
        ("oracle+nothing://host/base?table=t", "driver"),
        ("duckdb:///{0}/app.db?table=answers", "cannot be opened by DuckDB|no table"),
    ],
)
def test_a_url_that_names_no_table_is_refused_with_what_there_is(
    tmp_path: Path, place: str, said: str
) -> None:
    filled(tmp_path / "app.db")
    with pytest.raises(Refused, match=said):
        of(tmp_path, url=place.format(tmp_path)).refresh()


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "app.db").write_bytes(b"not a database" * 100)
    with pytest.raises(Unreachable, match="not a database"):
        of(tmp_path).refresh()


def test_a_password_is_shown_to_nobody() -> None:
    url = "postgresql://me:secret@host/base?table=t"
    assert "secret" not in shown(url) and database_of(url).table == "t"
    assert "secret" in database_of(url).url
