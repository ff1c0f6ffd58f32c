"""Logs of other people: CSV and JSON lines, other names, other times, other words for failing."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from pathlib import Path

import pytest

from tocsin.facts import Refused
from tocsin.facts.logs import Compare, Condition, LogMapping, Share, Term, TimeUnit, equals, holds
from written_log import START, parquet, row, rows, source

OTHER = LogMapping(
    at="ts", version="model.version", segment="lang", fallback=None,
    rates={"fallback": Share(counts=equals("answer_type", "fallback")), "slow": Share(
        counts=Condition(either=((Term(column="ms", compare=Compare.MORE, values=(900.0,)),),)))},
    numbers=("ms",), categories=(), assumed=frozenset(), window_seconds=10, profile_seconds=10,
)  # fmt: skip


def asked(i: int) -> dict[str, object]:
    return {
        "ts": (START + timedelta(seconds=i)).timestamp(),
        "model": {"version": 3},
        "lang": "de",
        "answer_type": "fallback" if i % 4 == 0 else "answer",
        "ms": None if i % 5 == 0 else i * 100,
    }


def flat(i: int) -> str:
    each = asked(i)
    at = (START + timedelta(seconds=i)).isoformat().replace("+00:00", "Z")
    return f"{at};3;de;{each['answer_type']};{'' if each['ms'] is None else each['ms']}"


def written(tmp_path: Path, kind: str) -> None:
    (tmp_path / "log").mkdir()
    lines = "".join(json.dumps(asked(i)) + "\n" for i in range(20))
    table = "ts;model.version;lang;answer_type;ms\n" + "\n".join(flat(i) for i in range(20))
    match kind:
        case "jsonl":
            (tmp_path / "log/a.jsonl").write_text(lines)
        case "jsonl.gz":
            (tmp_path / "log/a.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
        case "csv":
            (tmp_path / "log/a.csv").write_text(table)
        case "csv.gz":
            (tmp_path / "log/a.csv.gz").write_bytes(gzip.compress(table.encode()))
        case "parquet":
            parquet(tmp_path / "log/a.parquet", [asked(i) for i in range(20)])


@pytest.mark.parametrize("kind", ["jsonl", "jsonl.gz", "csv", "csv.gz", "parquet"])
def test_a_log_with_other_names_is_read_by_its_mapping(tmp_path: Path, kind: str) -> None:
    written(tmp_path, kind)
    log = source(tmp_path, OTHER)
    assert log.refresh().rejected == ()
    first, second = log.windows()
    assert (first.at, second.at) == (START, START + timedelta(seconds=10))
    [cell] = second.cells
    assert (cell.version, cell.segment, cell.requests) == ("3", "de", 10)
    assert cell.counted == {"fallback": 2, "slow": 8} and cell.judged["slow"] == 8
    assert second.numbers["ms"].absent == 2 and second.numbers["ms"].rows == 10


@pytest.mark.parametrize(
    ("unit", "factor"),
    [(TimeUnit.AUTO, 1e3), (TimeUnit.AUTO, 1), (TimeUnit.AUTO, 1e6), (TimeUnit.AUTO, 1e9),
     (TimeUnit.MILLISECONDS, 1e3), (TimeUnit.NANOSECONDS, 1e9)],
)  # fmt: skip
def test_a_time_may_be_a_number_in_any_unit(tmp_path: Path, unit: TimeUnit, factor: float) -> None:
    at = int(START.timestamp() * factor)
    parquet(tmp_path / "log/a.parquet", [{"at": at, "fallback": False, "error": False}])
    log = source(tmp_path, LogMapping(unit=unit, window_seconds=10, profile_seconds=10))
    log.refresh()
    assert [w.at for w in log.windows()] == [START]


@pytest.mark.parametrize(
    "text", ["2026-11-26T10:00:00+02:00", "2026-11-26 08:00:00", "2026-11-26T08:00:00.000001Z"]
)
def test_a_time_may_be_text_with_its_zone_or_utc(tmp_path: Path, text: str) -> None:
    (tmp_path / "log").mkdir()
    (tmp_path / "log/a.csv").write_text(f"at,fallback,error\n{text},0,1\n")
    log = source(tmp_path)
    log.refresh()
    assert log.windows()[0].at == START


def test_folders_give_columns(tmp_path: Path) -> None:
    plain = [{k: v for k, v in r.items() if k != "version"} for r in rows(0, 10)]
    parquet(tmp_path / "log/version=7/a.parquet", plain)
    parquet(tmp_path / "log/version=8/a.parquet", plain)  # the same bytes, yet other requests
    log = source(tmp_path)
    log.refresh()
    assert [c.version for c in log.windows()[0].cells] == ["7", "8"]


def test_a_pattern_or_a_single_file_is_a_log(tmp_path: Path) -> None:
    parquet(tmp_path / "log/x/a.parquet", rows(0, 10))
    parquet(tmp_path / "log/y/a.parquet", rows(10, 10))
    for place, wanted in (("log/*/a.parquet", 20), ("file:log/x/a.parquet", 10), ("log", 20),
                          (str(tmp_path / "log/y"), 10)):  # fmt: skip
        log = source(tmp_path / "home", place=str(tmp_path / place.removeprefix("file:")))
        log.refresh()
        assert log.served("fallback", START).requests == wanted
        for path in (tmp_path / "home").rglob("index.db"):
            path.unlink()


def test_a_renamed_column_is_told_with_what_is_there(tmp_path: Path) -> None:
    renamed = [{**asked(0), "answer_kind": "answer"}]
    del renamed[0]["answer_type"]
    parquet(tmp_path / "log/a.parquet", renamed)
    [told] = source(tmp_path, OTHER).refresh().rejected
    assert "no column 'answer_type'" in told.reason and "'answer_kind'" in told.remedy


def test_a_column_nobody_named_may_be_missing(tmp_path: Path) -> None:
    parquet(tmp_path / "log/a.parquet", [{"at": START, "fallback": True}])
    log = source(tmp_path)
    assert log.refresh().rejected == ()
    assert log.windows()[0].cells[0].counted == {"fallback": 1}


def test_an_unequal_line_rejects_its_file_and_names_the_line(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    (tmp_path / "log/a.csv").write_text("at,fallback,error\n2026-11-26T08:00:00Z,1,0\n1,2\n")
    (tmp_path / "log/b.jsonl").write_text('{"at": 1, "fallback": true}\n{"at": 2, "fall\n')
    told = source(tmp_path).refresh().rejected
    assert [t.file for t in told] == ["a.csv", "b.jsonl"]
    assert "line 3 has 2 columns" in told[0].reason and "line" in told[1].reason


def test_a_truth_that_is_none_rejects_its_file(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    (tmp_path / "log/a.csv").write_text("at,fallback,error\n2026-11-26T08:00:00Z,perhaps,0\n")
    [told] = source(tmp_path).refresh().rejected
    assert "perhaps" in told.reason and "`log:`" in told.remedy


def test_rows_without_a_time_are_told_and_a_log_without_times_is_rejected(tmp_path: Path) -> None:
    parquet(tmp_path / "log/a.parquet", [*rows(0, 9), row(9, at=None)])
    parquet(tmp_path / "log/b.parquet", [row(0, at=None, question="?")])
    refreshed = source(tmp_path).refresh()
    assert refreshed.remarks == (
        "a.parquet: 1 of 10 rows have no time that can be read, the first is row 10; "
        "they are in no window",
    )
    assert ["1 of 1 rows have no time" in t.reason for t in refreshed.rejected] == [True]


def test_a_rate_nobody_declared_is_refused_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="fallback, error"):
        source(tmp_path).served("falback", START)


def test_words_from_a_declaration_stay_words(tmp_path: Path) -> None:
    odd = 'x" or 1=1; --'
    evil = "' OR true --"
    parquet(tmp_path / "log/a.parquet", [{"at": START, odd: "a"}, {"at": START, odd: evil}])
    rates = {"r": Share(counts=equals(odd, evil)), "h": Share(counts=holds("fallback"))}
    mapping = LogMapping(rates=rates, window_seconds=10, profile_seconds=10)
    log = source(tmp_path, mapping)
    assert log.refresh().rejected == ()
    assert log.windows()[0].cells[0].counted == {"r": 1}


def test_columns_of_one_name_are_read_and_the_later_ones_get_a_number(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    (tmp_path / "log/a.csv").write_text("at;x;x;;x_2\n2026-11-26T08:00:00Z;1;2;3;4\n")
    mapping = LogMapping(numbers=("x", "x_2", "x_3", "column_4"), categories=())
    log = source(tmp_path, mapping)
    refreshed = log.refresh()
    assert refreshed.rejected == ()
    assert refreshed.remarks == (
        "a.csv: column 'x' is named twice; the later one is read as 'x_3'",
        "a.csv: a column has no name; it is read as 'column_4'",
    )
    found = log.windows()[-1].numbers
    assert {name: h.totals for name, h in found.items()} == {
        "x": (1.0,), "x_3": (2.0,), "column_4": (3.0,), "x_2": (4.0,),
    }  # fmt: skip


def test_columns_parted_by_a_sign_nobody_uses_are_told(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    (tmp_path / "log/a.csv").write_text("at^fallback^error\n2026-11-26T08:00:00Z^1^0\n")
    (tmp_path / "log/b.csv").write_bytes("at,fällback\n".encode("latin-1"))
    told = source(tmp_path).refresh().rejected
    assert [t.reason for t in told] == [
        "line 1 names one column only, 'at^fallback^error'", "byte 5 of line 1 is not UTF-8",
    ]  # fmt: skip
    assert "a semicolon" in told[0].remedy
