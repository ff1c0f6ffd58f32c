"""Input as it comes: told by file, name and row, and never counted as nothing in silence."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tocsin.detection.conventions.convention import conventional
from tocsin.facts.logs import LogMapping
from tocsin.facts.looks import Values
from tocsin.sources.log import LogSource
from tocsin.sources.look import look_at
from written_log import START, Wound, parquet, source

MAPPING = LogMapping(numbers=("ms",), categories=(), window_seconds=60, profile_seconds=60)
HEAD = "at,fallback,ms\n"


def at(i: int) -> str:
    return (START + timedelta(seconds=i)).isoformat()


def line(i: int) -> str:
    return f"{at(i)},{i % 10 == 0},{i}\n"


def log(tmp_path: Path, text: str | bytes, name: str = "a.csv") -> LogSource:
    (tmp_path / "log").mkdir(exist_ok=True)
    data = text if isinstance(text, bytes) else text.encode()
    (tmp_path / "log" / name).write_bytes(data)
    return source(tmp_path, MAPPING)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("at;fallback;ms\n" + line(1), "line 2 has 1 columns, where the first line names 3"),
        (HEAD + line(1) + "a,b\n", "line 3 has 2 columns, where the first line names 3"),
        ((HEAD + line(1)).encode() + b"\xff\xfe,true,1\n", "line 3 has bytes that are not UTF-8"),
        (HEAD + line(1) + '"open,true,1\n', "line 3 opens a quotation mark that is never closed"),
        (HEAD.encode("utf-16"), "byte 1 of line 1 is not UTF-8"),
        (b"at\0,ms\n", "line 1 has zero bytes in it"),
        ("\n\n", "line 1 names no column"),
    ],
)
def test_a_line_that_does_not_fit_is_told_by_its_number(
    tmp_path: Path, text: str | bytes, said: str
) -> None:
    [told] = log(tmp_path, text).refresh().rejected
    assert (told.file, told.reason) == ("a.csv", said) and told.remedy


def test_values_that_are_no_numbers_are_told_with_the_first_row(tmp_path: Path) -> None:
    rows = "".join(line(i) if i not in (6, 8) else f"{at(i)},0,slow\n" for i in range(20))
    told = log(tmp_path, HEAD + rows)
    assert told.refresh().remarks == (
        "a.csv: 2 values of ms are no numbers, the first is row 7; they count as missing",
    )
    assert told.windows()[0].numbers["ms"].absent == 2


def test_rows_without_a_time_are_told_with_the_first_row(tmp_path: Path) -> None:
    rows = "".join(line(i) if i != 11 else "yesterday,0,3\n" for i in range(20))
    [told] = log(tmp_path, HEAD + rows).refresh().remarks
    assert "1 of 20 rows have no time that can be read, the first is row 12" in told


def test_a_clock_that_jumped_is_told_with_the_first_row(tmp_path: Path) -> None:
    rows = "".join(map(line, range(20))) + "1970-01-01T00:00:01Z,0,1\n2093-01-01T00:00:00Z,1,1\n"
    told = log(tmp_path, HEAD + rows)
    past, future = told.refresh().remarks
    assert "about 1 rows lie before the year 2000, the first is row 21" in past
    assert "about 1 rows lie in the future, the first is row 22" in future
    cells = [cell for window in told.windows() for cell in window.cells]
    assert sum(cell.requests for cell in cells) == 22  # none is lost


def test_each_file_that_was_read_with_others_is_told_by_itself(tmp_path: Path) -> None:
    for name, odd in (("a", 3), ("b", 5)):
        each = [{"at": at(i) if i != odd else "never", "fallback": False, "ms": "1"}
                for i in range(10)]  # fmt: skip
        parquet(tmp_path / f"log/{name}.parquet", each)
    remarks = source(tmp_path, MAPPING).refresh().remarks
    told = [(one[0], one[one.index("first is") :].split(";")[0]) for one in remarks]
    assert told == [("a", "first is row 4"), ("b", "first is row 6")]


def test_a_file_without_rows_is_told(tmp_path: Path) -> None:
    told = log(tmp_path, HEAD)
    assert told.refresh().remarks == ("a.csv: it holds no row",) and told.windows() == []


def test_times_without_a_zone_are_told_and_taken_for_utc(tmp_path: Path) -> None:
    rows = "".join(line(i) if i % 2 else f"{at(i)[:19]},0,{i}\n" for i in range(20))
    told = log(tmp_path, HEAD + rows)
    assert told.refresh().rejected == () and told.windows()[0].at == START
    remarks = conventional(look_at("log", tmp_path, tmp_path)).remarks
    assert "`at`: 10 of its values name no zone; they are taken for UTC" in remarks


def test_a_column_that_some_files_have_not_is_told(tmp_path: Path) -> None:
    log(tmp_path, HEAD + "".join(map(line, range(20))))
    (tmp_path / "log/b.csv").write_text(f"at,ms\n{at(30)},1\n")
    found = conventional(look_at("log", tmp_path, tmp_path))
    told = source(tmp_path, found.mapping).refresh()
    assert told.remarks == ("b.csv: it has no column fallback, which others have",)


def test_columns_of_nothing_and_of_one_value_are_read(tmp_path: Path) -> None:
    count = 60
    table = pa.table({
        "at": [at(i) for i in range(count)], "gone": pa.nulls(count),
        "none": pa.array([None] * count, pa.float64()), "one": [3.5] * count,
        "nan": [float("nan")] * count, "word": ["x"] * count, "fallback": [False] * count,
    })  # fmt: skip
    (tmp_path / "log").mkdir()
    pq.write_table(table, tmp_path / "log/a.parquet")
    found = conventional(look_at("log", tmp_path, tmp_path))
    assert (found.mapping.numbers, found.mapping.categories) == (("one",), ("word",))
    taken = {r.column: r.because for r in found.readings}
    assert taken["gone"] == taken["none"] == "no row has a value"
    assert taken["nan"] == "no row has a finite number"
    every = LogMapping(categories=("word", "gone"), window_seconds=60, profile_seconds=60)
    read = source(tmp_path, every)
    assert read.refresh().rejected == ()
    [window] = read.windows()
    assert (window.numbers["nan"].nan, window.numbers["none"].absent) == (count, count)
    assert window.categories["gone"].absent == count


def test_one_class_alone_is_read_as_a_decision(tmp_path: Path) -> None:
    text = "prediction,label,sex\n" + "1,1,f\n" * 200
    (tmp_path / "log").mkdir()
    (tmp_path / "log/a.csv").write_text(text)
    found = conventional(look_at("log", tmp_path, tmp_path))
    assert found.mapping.decisions.decided is not None and found.mapping.decisions.groups == ()
    assert source(tmp_path, found.mapping).refresh().rejected == ()


def test_of_very_many_columns_some_are_watched_and_the_rest_is_told(tmp_path: Path) -> None:
    many = {f"c{i}": [0.5, 0.25] for i in range(2000)}
    (tmp_path / "log").mkdir()
    table = pa.table({**many, "at": [at(0), at(1)], "fallback": [True, False]})
    pq.write_table(table, tmp_path / "log/a.parquet")
    look = look_at("log", tmp_path, tmp_path, lambda name: name in ("at", "fallback"))
    assert len(look.columns) == 2002 and "2,002 columns, of which 602" in look.remarks[0]
    last = look.column("c1999")
    assert last is not None and (last.values, last.rows) == (Values.OTHER, 0)
    found = conventional(look)
    assert (found.mapping.at, list(found.mapping.rates)) == ("at", ["fallback"])
    assert len(found.mapping.numbers or ()) == 400
    read = source(tmp_path / "home", found.mapping, place=str(tmp_path / "log"))
    assert read.refresh().rejected == ()
    numbers = [n for window in read.windows() for n in window.numbers.values()]
    assert len(numbers) == 400 and all(sum(n.totals) == 0.75 for n in numbers)
    [told] = source(tmp_path, LogMapping()).refresh().rejected
    assert "2,000 of its columns would be watched" in told.reason and "numbers:" in told.remedy


def test_a_folder_that_holds_something_else_is_told_with_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    (tmp_path / "log/readme.txt").write_text("no log\n")
    with pytest.raises(Exception, match=r"readme\.txt; a log's name ends with"):
        look_at("log", tmp_path, tmp_path)


def test_a_clock_that_runs_ahead_a_little_is_no_jump(tmp_path: Path) -> None:
    now = Wound().at + timedelta(hours=2)
    told = log(tmp_path, f"{HEAD}{now.isoformat()},0,1\n")
    assert told.refresh().remarks == ()
