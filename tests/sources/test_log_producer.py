"""Evidence from a log: the last requests as they stand there, read twice, and enough or not."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from tocsin.sources.columns import CannotRead
from tocsin.sources.engine import Engine
from tocsin.sources.log import LogSource
from tocsin.sources.producer import LogProducer
from tocsin.world import Produced
from written_log import START, Wound, parquet, row, rows, source


def produced(log: LogSource, item: str = "requests", last: int = 100) -> Produced:
    return LogProducer(log, an_hour_after(), last=last).produce(item, 20)


def an_hour_after() -> Wound:
    clock = Wound()
    clock.at = START + timedelta(hours=1)
    return clock


def test_the_last_requests_come_as_lines_oldest_first(tmp_path: Path) -> None:
    parquet(tmp_path / "log/a.parquet", rows(0, 60))
    parquet(tmp_path / "log/b.parquet", [*rows(60, 60), row(30.5, intent="late")])
    found = produced(source(tmp_path))
    lines = [json.loads(line) for line in found.data.splitlines()]
    assert (found.count, found.wanted, found.sufficient) == (100, 100, True)
    assert len(lines) == 100 and "sha256" in found.why and found.name == "requests.jsonl"
    times = [datetime.fromisoformat(line["at"]) for line in lines]
    assert times == sorted(times)
    assert lines[-1]["request_id"] == "r119" and lines[-1]["answer"] == "on its way"
    assert sum(line["intent"] == "late" for line in lines) == 1


def test_all_there_is_is_enough_and_nothing_is_not(tmp_path: Path) -> None:
    assert produced(source(tmp_path)).sufficient is False
    parquet(tmp_path / "log/a.parquet", rows(0, 7))
    found = produced(source(tmp_path))
    assert (found.count, found.wanted, found.sufficient) == (7, 7, True)


def test_what_is_no_number_is_written_out(tmp_path: Path) -> None:
    odd = [row(0, confidence=float("nan")), row(1, confidence=float("-inf")), row(2, confidence=1)]
    parquet(tmp_path / "log/a.parquet", odd)
    lines = [json.loads(line) for line in produced(source(tmp_path)).data.splitlines()]
    assert [line["confidence"] for line in lines] == ["nan", "-inf", 1.0]


def test_what_changes_between_two_readings_is_not_sufficient(tmp_path: Path) -> None:
    parquet(tmp_path / "log/a.parquet", rows(0, 7))
    log = source(tmp_path)
    read, answers = log.last_rows, 0

    def other(count: int, until: object) -> object:
        nonlocal answers
        answers += 1
        found, held = read(count, until)  # type: ignore[arg-type]
        return found[answers - 1 :], held

    log.last_rows = other  # type: ignore[method-assign, assignment]
    found = produced(log)
    assert not found.sufficient and "seal again" in found.why


def test_summaries_are_parquet_that_says_what_it_was_made_from(tmp_path: Path) -> None:
    parquet(tmp_path / "log/a.parquet", rows(0, 60))
    found = produced(source(tmp_path), "summaries")
    assert found.sufficient and found.count == 7  # six of ten seconds, one of a minute
    (tmp_path / "kept.parquet").write_bytes(found.data)
    told = duckdb.connect().execute(
        f"SELECT key::VARCHAR, value::VARCHAR FROM parquet_kv_metadata('{tmp_path}/kept.parquet')"
    )
    said = dict(told.fetchall())
    assert said["files"].endswith("  a.parquet") and "confidence" in said["grids"]


def test_an_item_a_log_does_not_hold_is_told(tmp_path: Path) -> None:
    found = produced(source(tmp_path), "model")
    assert not found.sufficient and "requests and summaries" in found.why


def test_a_question_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    engine = Engine(tmp_path / "spill")
    with engine.within(0.2), pytest.raises(CannotRead, match="time ran out"):
        engine.rows("SELECT count(*) FROM range(1000000000000) WHERE random() > 2")
    assert engine.rows("SELECT 1") == [(1,)]
