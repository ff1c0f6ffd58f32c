"""Labels in files of their own: joined by a key, late ones too, and no row twice."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.detection.declared.condition import condition_of
from tocsin.detection.declared.read_log import mapping_of
from tocsin.facts.logs import Decisions, Labels, LogMapping
from tocsin.sources.log import LogSource
from written_log import parquet, row, source

MAPPING = LogMapping(
    window_seconds=60, profile_seconds=60, rates={},
    decisions=Decisions(decided=condition_of("hired"), truth=condition_of("fit == 1"),
                        groups=("sex",)),
    labels=Labels(place="labels", key="id"),
)  # fmt: skip


def rows(begin: int, count: int, **more: object) -> list[Mapping[str, object]]:
    return [row(begin + i, id=begin + i, hired=i % 2 == 0, sex="fm"[i % 2], **more)
            for i in range(count)]  # fmt: skip


def jsonl(path: Path, labels: Sequence[tuple[object, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps({"id": key, "fit": fit, "at": "of no use"}) for key, fit in labels]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def labelled(log: LogSource) -> tuple[int, int]:
    cells = [cell for window in log.windows() for cell in window.cells if window.seconds == 60]
    return (sum(c.judged.get("base_rate", 0) for c in cells),
            sum(c.counted.get("base_rate", 0) for c in cells))  # fmt: skip


def test_labels_find_their_rows_and_late_ones_make_the_summary_anew(tmp_path: Path) -> None:
    parquet(tmp_path / "log/a.parquet", rows(0, 10))
    parquet(tmp_path / "log/b.parquet", rows(60, 10))
    jsonl(tmp_path / "labels/1.jsonl", [(0, 1), (1, 0), (999, 1)])
    log = source(tmp_path, MAPPING)
    first = log.refresh()
    assert (first.rejected, first.rows, labelled(log)) == ((), 20, (2, 1))
    [(window, _)] = [(w, w.groups) for w in log.windows() if w.groups and w.at.minute == 0]
    assert {g.group: g.judged["base_rate"] for g in window.groups} == {("f",): 1, ("m",): 1}
    assert log.refresh().rows == 0
    jsonl(tmp_path / "labels/2.jsonl", [(60, 1), (61, None)])
    again = log.refresh()
    assert again.earliest == first.earliest and len(again.changed) == 2
    assert labelled(log) == (3, 2)
    assert labelled(source(tmp_path, MAPPING)) == (3, 2)  # read anew from the shelf


def test_the_last_label_of_a_key_counts_and_is_told(tmp_path: Path) -> None:
    parquet(tmp_path / "log/a.parquet", rows(0, 4))
    jsonl(tmp_path / "labels/1.jsonl", [(0, 1), (0, 1), (1, 1), (1, 0), (2, 1)])
    jsonl(tmp_path / "labels/2.jsonl", [(2, 0)])
    log = source(tmp_path, MAPPING)
    told = log.refresh()
    assert labelled(log) == (3, 1)
    assert told.remarks == (
        "labels: 2 keys are labelled more than once and otherwise; the last counts",
    )
    assert sum(c.requests for w in log.windows() for c in w.cells) == 4


@settings(max_examples=10)
@given(st.lists(st.tuples(st.integers(0, 12), st.sampled_from([0, 1])), min_size=1, max_size=30))
def test_no_row_is_lost_and_none_is_twice(
    tmp_path_factory: pytest.TempPathFactory, labels: list[tuple[int, int]]
) -> None:
    home = tmp_path_factory.mktemp("log")
    parquet(home / "log/a.parquet", rows(0, 8))
    jsonl(home / "labels/a.jsonl", labels)
    log = source(home, MAPPING)
    log.refresh()
    known = {key: fit for key, fit in labels if key < 8}
    assert labelled(log) == (len(known), sum(known.values()))
    assert sum(c.requests for w in log.windows() for c in w.cells) == 8


def test_keys_of_another_type_are_compared_as_text(tmp_path: Path) -> None:
    parquet(tmp_path / "log/a.parquet", rows(0, 4))
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels/a.csv").write_text("id,fit\n0,1\n3,0\n", encoding="utf-8")
    log = source(tmp_path, MAPPING)
    log.refresh()
    assert labelled(log) == (2, 1)


def test_a_log_that_has_some_labels_of_its_own_keeps_them(tmp_path: Path) -> None:
    parquet(tmp_path / "log/a.parquet", [{**r, "fit": 1 if i < 2 else None}
                                         for i, r in enumerate(rows(0, 6))])  # fmt: skip
    jsonl(tmp_path / "labels/a.jsonl", [(0, 0), (5, 1)])
    log = source(tmp_path, MAPPING)
    log.refresh()
    assert labelled(log) == (3, 2)


def test_rows_that_tell_no_time_stay_in_their_order(tmp_path: Path) -> None:
    mapping = msgspec.structs.replace(MAPPING, at=None, window_seconds=5, profile_seconds=5)
    parquet(tmp_path / "log/a.parquet", rows(0, 20))
    jsonl(tmp_path / "labels/a.jsonl", [(i, 1) for i in (19, 0, 7, 6, 5)])
    log = source(tmp_path, mapping)
    log.refresh()
    seen = [sum(c.judged.get("base_rate", 0) for c in w.cells) for w in log.windows()]
    assert seen == [1, 3, 0, 1]


@pytest.mark.parametrize(
    ("file", "said"),
    [("labels/none.txt", "no labels at"), ("labels/a.jsonl", "labels a.jsonl: no column 'id'")],
)
def test_labels_that_cannot_be_read_are_told(tmp_path: Path, file: str, said: str) -> None:
    parquet(tmp_path / "log/a.parquet", rows(0, 4))
    (tmp_path / "labels").mkdir()
    (tmp_path / file).write_text('{"ID_": 1, "fit": 1}\n', encoding="utf-8")
    [told] = source(tmp_path, MAPPING).refresh().rejected
    assert said in told.reason and told.remedy
    jsonl(tmp_path / "labels/a.jsonl", [(0, 1)])
    log = source(tmp_path, MAPPING)
    assert log.refresh().rejected == () and labelled(log) == (1, 1)


def test_labels_are_declared_beneath_the_log() -> None:
    found, mistakes = mapping_of(b"truth: fit == 1\nlabels: {from: late/*.csv, key: id}\n")
    assert mistakes == [] and found is not None
    assert found.labels == Labels(place="late/*.csv", key="id")
    _, mistakes = mapping_of(b"labels: {from: late, keys: id}\n")
    assert [m.path for m in mistakes] == ["labels", "labels.key", "labels.keys"]
