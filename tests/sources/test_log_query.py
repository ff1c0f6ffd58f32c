"""A person's own SELECT on a log: answered within bounds, the same each time, and harmless."""

from __future__ import annotations

import csv
import hashlib
import json
import os
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.facts import Refused
from tocsin.facts.queries import Kept, QueryFound, QueryWanted
from tocsin.sources.query import varies
from written_log import parquet, rows, source


@pytest.fixture
def home(tmp_path: Path) -> Path:
    parquet(tmp_path / "log/a.parquet", rows(0, 100))
    lines = "".join(
        json.dumps({"request_id": f"r{n}", "version": "2", "note": note}) + "\n"
        for n, note in enumerate(["=1+1", "  @cmd", "plain"])
    )
    path = tmp_path / "log/version=2/b.jsonl"
    path.parent.mkdir()
    path.write_text(lines)
    os.utime(path, (1e9, 1e9))
    return tmp_path


def ask(home: Path, sql: str, **more: object) -> tuple[QueryFound, Path]:
    into = home / "answer"
    wanted = QueryWanted(sql=sql, **{"seconds": 20.0, **more})  # type: ignore[arg-type]
    return source(home).answer(wanted, into), into


def test_rows_of_all_files_are_one_table_with_the_columns_of_each(home: Path) -> None:
    found, into = ask(home, "SELECT version, count(*) AS n FROM log GROUP BY ALL ORDER BY 1;")
    assert into.read_text() == "version,n\n1,100\n2,3\n"
    assert (found.rows, found.cut, found.columns) == (
        2, False, (("version", "VARCHAR"), ("n", "BIGINT")),
    )  # fmt: skip
    by_name = {one.file: one for one in found.read}
    path = home / "log/version=2/b.jsonl"
    assert by_name["version=2/b.jsonl"].sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_same_question_has_the_same_content_and_another_has_another(home: Path) -> None:
    first, _ = ask(home, "SELECT request_id FROM log ORDER BY request_id")
    turned, _ = ask(home, "SELECT request_id FROM log ORDER BY request_id DESC")
    fewer, _ = ask(home, "SELECT request_id FROM log WHERE request_id <> 'r2'")
    assert first.content == turned.content != fewer.content


def test_a_spreadsheet_runs_no_cell_and_no_title(home: Path) -> None:
    _, into = ask(home, """SELECT note AS "=title" FROM log WHERE note IS NOT NULL""")
    with into.open() as file:
        told = list(csv.reader(file))
    assert told == [["'=title"], ["'=1+1"], ["'  @cmd"], ["plain"]]


def test_a_table_keeps_values_as_they_are(home: Path) -> None:
    _, into = ask(home, "SELECT note FROM log WHERE note IS NOT NULL ORDER BY 1", kept=Kept.PARQUET)
    assert pq.read_table(into).to_pylist()[0] == {"note": "  @cmd"}


def test_what_is_cut_is_told(home: Path) -> None:
    found, into = ask(home, "SELECT * FROM range(50)", rows_max=7)
    assert (found.rows, found.cut) == (7, True)
    assert len(into.read_text().splitlines()) == 8


WRITES = [
    "DELETE FROM log",
    "DROP VIEW log",
    "SELECT 1; DROP VIEW log",
    "COPY (SELECT 1) TO '{home}/made'",
    "COPY log TO '{log}'",
    "EXPORT DATABASE '{home}/made'",
    "ATTACH '{home}/made' AS made",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET enable_external_access = true",
    "PRAGMA enable_logging",
    "CREATE TABLE made AS SELECT 1",
    "SELECT 1) TO '{home}/made'; SELECT (1",
    "SELECT * FROM query('COPY (SELECT 1) TO ''{home}/made''')",
    "SELECT 1) ; COPY (SELECT 2) TO '{home}/made' --",
    "WITH made AS (COPY log TO '{home}/made') SELECT * FROM made",
    "WITH gone AS (DELETE FROM log RETURNING *) SELECT * FROM gone",
    "",
    "nonsense",
]


@pytest.mark.parametrize("sql", WRITES)
def test_what_writes_is_refused_and_writes_nothing(home: Path, sql: str) -> None:
    before = {path: path.read_bytes() for path in home.rglob("log/**/*") if path.is_file()}
    with pytest.raises(Refused):
        ask(home, sql.format(home=home, log=home / "log/a.parquet"))
    assert not (home / "made").exists()
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('{home}/secret')",
        "SELECT * FROM read_csv('{home}/secret')",
        "SELECT * FROM '{home}/secret.csv'",
        "SELECT * FROM glob('{home}/*')",
        "SELECT * FROM sniff_csv('{home}/secret')",
        "SELECT * FROM read_blob('/proc/self/environ')",
        "SELECT * FROM read_csv('https://127.0.0.1/x.csv')",
        "SELECT getenv('HOME')",
        "SELECT * FROM duckdb_secrets()",
    ],
)
def test_no_other_file_is_read(home: Path, sql: str) -> None:
    (home / "secret").write_text("a,b\n1,2\n")
    (home / "secret.csv").write_text("a,b\n1,2\n")
    with pytest.raises(Refused):
        ask(home, sql.format(home=home))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT sleep_ms(600000)",
        "SELECT count(*) FROM range(100000000000) a, range(1000) b WHERE hash(a) = hash(b)",
    ],
)
def test_what_does_not_end_is_ended(home: Path, sql: str) -> None:
    with pytest.raises(Refused, match=r"no answer within 1 s|takes more than"):
        ask(home, sql, seconds=1.0)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT repeat('x', 1000000000) FROM range(8)",
        "SELECT array_agg(r) FROM range(1000000000) t(r)",
        "SELECT hash(r), hash(r + 1), hash(r + 2), hash(r + 3) FROM range(3000000) t(r)",
    ],
)
def test_a_flood_is_refused_and_nobody_dies_of_it(home: Path, sql: str) -> None:
    with pytest.raises(Refused, match=r"takes more than|room|memory"):
        ask(home, sql, rows_max=3_000_000, bytes_max=8 * 1024 * 1024)


def test_a_file_that_cannot_be_read_is_told_and_the_others_answer(home: Path) -> None:
    bad = home / "log/c.parquet"
    bad.write_bytes(b"PAR1 and no end")
    os.utime(bad, (1e9, 1e9))
    found, into = ask(home, "SELECT count(*) AS n FROM log")
    assert into.read_text() == "n\n103\n"
    assert any("c.parquet was not asked" in one for one in found.untold)


def test_a_log_without_files_is_told(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    with pytest.raises(Refused, match="no file that can be asked"):
        ask(tmp_path, "SELECT 1")


def test_chance_and_the_moment_are_seen_in_the_text_and_not_in_its_words() -> None:
    assert varies("SELECT random(), NOW() FROM log USING SAMPLE 3") == ("now", "random", "sample")
    assert varies("SELECT 'now', \"random\" FROM log -- today()") == ()


@given(st.text())
def test_what_stands_in_quotation_marks_is_no_code(text: str) -> None:
    text = text.replace("'", "''")
    assert varies(f"SELECT 'random() {text}' FROM log") == ()
    assert varies(f"SELECT '{text}', random() FROM log") == ("random",)
