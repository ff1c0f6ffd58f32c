"""One look at a log: what its columns are called, and what stands in them."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest

from tocsin.detection.conventions.convention import conventional
from tocsin.facts import Refused
from tocsin.facts.looks import LogLook, Values
from tocsin.sources.columns import CannotRead
from tocsin.sources.csv_text import header_in
from tocsin.sources.look import look_at
from written_log import START, parquet, rows


def look(tmp_path: Path, place: str = "log") -> LogLook:
    return look_at(place, tmp_path, tmp_path / "spill")


def test_a_look_tells_types_of_text_as_of_typed_columns(tmp_path: Path) -> None:
    each = [
        {"at": START + timedelta(seconds=i), "n": i, "f": i / 7, "ok": i % 2 == 0, "w": "ab"[i % 2]}
        for i in range(100)
    ]
    parquet(tmp_path / "log/a.parquet", each)
    lines = "".join(
        f"{r['at'].isoformat()},{r['n']},{r['f']},{str(r['ok']).lower()},{r['w']}\n" for r in each
    )
    (tmp_path / "text").mkdir()
    (tmp_path / "text/a.csv").write_text("at,n,f,ok,w\n" + lines)
    typed, text = look(tmp_path), look(tmp_path, "text")
    wanted = [Values.INSTANTS, Values.NUMBERS, Values.NUMBERS, Values.TRUTHS, Values.TEXTS]
    assert [c.values for c in typed.columns] == [c.values for c in text.columns] == wanted
    for one, other in zip(typed.columns, text.columns, strict=True):
        assert (one.low, one.high, one.distinct, one.whole) == (
            other.low, other.high, other.distinct, other.whole,
        )  # fmt: skip
    n = typed.column("n")
    assert n is not None and (n.low, n.middle, n.high, n.whole) == (0, 49.5, 99, True)
    w = typed.column("w")
    assert w is not None and w.common == (("a", 50), ("b", 50)) and typed.rows == 100


def test_fields_of_records_are_columns_with_dotted_names(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    line = {"attributes": {"gen_ai.usage.input_tokens": 3, "model": {"name": "m"}}}
    (tmp_path / "log/a.jsonl").write_text(json.dumps(line) + "\n")
    found = look(tmp_path)
    assert [c.name for c in found.columns] == [
        "attributes.gen_ai.usage.input_tokens", "attributes.model.name",
    ]  # fmt: skip
    assert found.columns[0].values is Values.NUMBERS


def test_of_many_rows_some_are_looked_at_and_all_are_counted(tmp_path: Path) -> None:
    parquet(tmp_path / "log/a.parquet", [{"i": i} for i in range(100_000)])
    found = look(tmp_path)
    [i] = found.columns
    assert found.rows == 100_000 and i.rows == 30_000
    assert (i.low, i.high) == (0, 99_999)  # the first and the last are among them


def test_many_columns_of_text_that_all_differ_fit_into_memory(tmp_path: Path) -> None:
    """Fifty columns of 7,000 values each, all counted at once, did not."""
    (tmp_path / "log").mkdir()
    with (tmp_path / "log/a.csv").open("w") as file:
        file.write(",".join(f"c{i}" for i in range(52)) + "\n")
        for row in range(7200):
            each = (str(row * 7919 * (i + 1)) if i % 2 else
                    f"2013-{1 + row % 12:02d}-{1 + (row + i) % 28:02d} 03:{row % 60:02d}:12"
                    for i in range(52))  # fmt: skip
            file.write(",".join(each) + "\n")
    found = look(tmp_path)
    assert (len(found.columns), found.rows) == (52, 7200)
    assert found.columns[1].distinct == 7200


def test_missing_and_odd_values_are_counted(tmp_path: Path) -> None:
    each = [{"x": None if i % 4 == 0 else float("nan") if i % 4 == 1 else 1.5, "gone": None}
            for i in range(100)]  # fmt: skip
    parquet(tmp_path / "log/a.parquet", each)
    x, gone = look(tmp_path).columns
    assert (x.values, x.missing, x.low, x.high) == (Values.NUMBERS, 25, 1.5, 1.5)
    assert gone.values is Values.NOTHING and gone.missing == 100


def test_a_log_that_is_not_there_or_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no file of a log"):
        look(tmp_path)
    (tmp_path / "log").mkdir()
    (tmp_path / "log/a.parquet").write_bytes(b"PAR1 and nothing more")
    with pytest.raises(Refused, match=r"a\.parquet: its end is missing"):
        look(tmp_path)


def test_a_file_that_cannot_be_read_does_not_hide_the_others(tmp_path: Path) -> None:
    parquet(tmp_path / "log/a.parquet", rows(0, 10))
    (tmp_path / "log/b.parquet").write_bytes(b"PAR1 and nothing more")
    found = look(tmp_path)
    assert found.column("fallback") is not None and "b.parquet" in found.remarks[0]


def test_the_judged_answers_of_halueval_are_read_by_convention(tmp_path: Path) -> None:
    shared = os.environ.get("TOCSIN_SHARED")
    if shared is None:
        pytest.skip("TOCSIN_SHARED is not set: the answers of HaluEval were not read")
    place = Path(shared) / "data/logs/halueval_general.jsonl"
    found = conventional(look_at(str(place), Path(), tmp_path))
    assert list(found.mapping.rates) == ["hallucination"] and found.mapping.at is None
    assert found.mapping.texts.question == "user_query"
    assert found.mapping.texts.answer == "chatgpt_response"


@pytest.mark.parametrize(
    ("first", "is_read"),
    [
        ("39, State-gov, 77516, Bachelors, 13, Male, 2174, 0, 40, <=50K", False),
        ("at,0,1,2,3,4", True),  # a table whose columns were numbered
        ("year,2016,2017,total", True),
        ("at,price,demand,class", True),
        ("0.056,0.43,UP", False),
    ],
)
def test_a_table_without_names_is_not_read_as_if_it_had_some(first: str, is_read: bool) -> None:
    if is_read:
        assert len(header_in(first.encode()).names) == len(first.split(","))
        return
    with pytest.raises(CannotRead, match="line 1 is a row"):
        header_in(first.encode())
