"""`tocsin profile`: a log becomes profiles, each file once, by convention or by a mapping."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from test_cli_progress import NOON, HurryingClock

from cli_seat import Keyboard
from tocsin import wiring
from tocsin.cli.frame.screen import Screen
from tocsin.exercise.clock import VirtualClock
from tocsin.world import RealClock

START = datetime(2026, 11, 26, 8, tzinfo=UTC)


@pytest.fixture
def tocsin(tmp_path: Path) -> Keyboard:
    """No home is there, and none is needed."""
    return Keyboard(tmp_path / "no-home")


def answers(begin: int, count: int) -> list[dict[str, Any]]:
    return [
        {
            "ts": START + timedelta(seconds=i),
            "model_version": "1",
            "answer_type": "fallback" if i % 20 == 0 else "answer",
            "latency_ms": 100.0 + i % 7,
        }
        for i in range(begin, begin + count)
    ]


def parquet(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(list(rows)), path)
    return path


def test_a_log_is_read_by_convention_once_and_found_again_without_it(
    tocsin: Keyboard, tmp_path: Path
) -> None:
    one = parquet(tmp_path / "log/a.parquet", answers(0, 3000))
    parquet(tmp_path / "log/b.parquet", answers(3000, 600))
    to = tmp_path / "profiles"
    told = tocsin.done("profile", tmp_path / "log", "--to", to, "--window", "5m")
    assert (told["read"], told["rows"], told["windows"]) == (3600, 3600, 12)
    assert told["files"]["new"] == ["a.parquet", "b.parquet"]
    taken = {each["column"]: each["taken_for"] for each in told["columns"]}
    assert taken["ts"] == "the time" and taken["answer_type"].startswith("the rate fallback")
    again = tocsin.done("profile", tmp_path / "log", "--to", to)
    assert (again["read"], again["rows"], again["windows"]) == (0, 3600, 12)
    parquet(one, answers(0, 2700))
    told = tocsin.done("profile", tmp_path / "log", "--to", to)
    assert told["files"]["changed"] == ["a.parquet"]
    assert (told["read"], told["rows"]) == (2700, 3300)
    one.unlink()
    kept, source = wiring.profiles_in(to, RealClock())
    windows = source.windows()
    source.close()
    assert kept.mapping.window_seconds == 300 and len(windows) == 11
    assert sum(c.counted["fallback"] for w in windows for c in w.cells) == 165


def test_people_are_told_what_each_column_was_taken_for(tocsin: Keyboard, tmp_path: Path) -> None:
    parquet(tmp_path / "log/a.parquet", answers(0, 3000))
    ran = tocsin("profile", tmp_path / "log", "--to", tmp_path / "profiles")
    assert ran.status == 0
    assert "`ts` is taken for the time: every value is an instant" in ran.out
    assert "`latency_ms` is taken for a time it took, and a number" in ran.out
    assert "read 3,000 rows of 1 new or changed files" in ran.out


def test_a_mapping_goes_before_convention_and_its_mistakes_are_told(
    tocsin: Keyboard, tmp_path: Path
) -> None:
    parquet(tmp_path / "log/a.parquet", answers(0, 100))
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text("log:\n  at: rows\n  numbers: [latency_ms]\nwindow: 50\n")
    to = tmp_path / "profiles"
    told = tocsin.done("profile", tmp_path / "log", "--to", to, "--mapping", mapping)
    assert (told["windows"], told["unit"], told["window"]) == (2, "rows", 50)
    ran = tocsin("profile", tmp_path / "log", "--to", to)
    assert "read as mapping.yaml said before" in ran.err
    mapping.write_text("log:\n  att: ts\n")
    message = tocsin.refused("profile", tmp_path / "log", "--to", to, "--mapping", mapping)
    assert "mapping.yaml" in message and "att" in message


def test_a_renamed_column_is_told_by_file_with_what_is_there(
    tocsin: Keyboard, tmp_path: Path
) -> None:
    parquet(tmp_path / "log/a.parquet", answers(0, 100))
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text("at: ts\nversion: modelversion\n")
    ran = tocsin("profile", tmp_path / "log", "--to", tmp_path / "p", "--mapping", mapping)
    assert ran.status == 2
    assert "a.parquet: no column 'modelversion'; there are: ts, model_version" in ran.out
    assert "write 'model_version'" in ran.out


def test_what_cannot_be_read_is_told_and_the_rest_is_kept(tocsin: Keyboard, tmp_path: Path) -> None:
    parquet(tmp_path / "log/a.parquet", answers(0, 100))
    (tmp_path / "log/b.parquet").write_bytes(b"PAR1 cut off")
    ran = tocsin("profile", tmp_path / "log", "--to", tmp_path / "p", "--json")
    assert ran.status == 1 and ran.json["rows"] == 100
    [unread] = ran.json["files"]["unread"]
    assert unread["file"] == "b.parquet" and unread["remedy"]


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        (None, b"", "no file of a log"),
        ("a.parquet", b"PAR1 cut off", "its end is missing"),
        ("a.csv", b"at^x^y\n1^2^3\n", "names one column only"),
        ("a.csv", "at,größe\n1,2\n".encode("latin-1"), "not UTF-8"),
        ("a.jsonl", b'{"at": 1\n', "a.jsonl"),
        ("a.csv", b"", "no file of a log"),
    ],
)
def test_a_log_that_cannot_be_read_at_all_is_refused_with_what_was_found(
    tocsin: Keyboard, tmp_path: Path, name: str | None, data: bytes, said: str
) -> None:
    (tmp_path / "log").mkdir()
    if name is not None:
        (tmp_path / "log" / name).write_bytes(data)
    assert said in tocsin.refused("profile", tmp_path / "log", "--to", tmp_path / "p")


def test_profiles_of_one_log_are_not_mixed_with_those_of_another(
    tocsin: Keyboard, tmp_path: Path
) -> None:
    parquet(tmp_path / "log/a.parquet", answers(0, 100))
    parquet(tmp_path / "other/a.parquet", answers(0, 100))
    tocsin.done("profile", tmp_path / "log", "--to", tmp_path / "p")
    message = tocsin.refused("profile", tmp_path / "other", "--to", tmp_path / "p")
    assert "holds profiles of" in message and "another folder" in message


@pytest.mark.parametrize("window", ["5", "0m", "1w", "-1h", ""])
def test_a_window_that_is_none_is_refused(tocsin: Keyboard, tmp_path: Path, window: str) -> None:
    parquet(tmp_path / "log/a.parquet", answers(0, 100))
    words = ("profile", tmp_path / "log", "--to", tmp_path / "p", f"--window={window}")
    assert "such as 5m" in tocsin.refused(*words)


def test_a_killed_run_goes_on_where_it_was(tocsin: Keyboard, tmp_path: Path) -> None:
    for i in range(6):
        big = answers(i * 20_000, 20_000)
        for j, row in enumerate(big):  # what does not pack well: small files are read together
            row["note"] = sha256(f"{i} {j}".encode()).hexdigest()
        parquet(tmp_path / f"log/{i}.parquet", big)
    to = tmp_path / "p"

    class Killed(BaseException):
        pass

    def kill(done: int, total: int, rows: int) -> None:
        if rows >= 40_000:
            raise Killed

    tocsin.done("profile", tmp_path / "log/0.parquet", "--to", tmp_path / "q")
    kept, _ = wiring.profiles_in(tmp_path / "q", RealClock())
    source = wiring.log_source(str(tmp_path / "log"), kept.mapping, to, RealClock())
    with pytest.raises(Killed):
        source.refresh(kill)
    source.close()
    again = wiring.log_source(str(tmp_path / "log"), kept.mapping, to, RealClock())
    found = again.refresh()
    assert found.rows == 100_000  # the file that was being kept is read again, the first is not
    assert sum(c.requests for w in again.windows() for c in w.cells) == 120_000
    again.close()


def test_progress_is_told_with_rows_a_second_and_the_time_left() -> None:
    clock, err = VirtualClock(NOON), io.StringIO()
    with contextlib.redirect_stderr(err):
        step = Screen(json=False, clock=clock).pace("profiling log", always=True)
        for done, rows, seconds in ((0, 0, 1), (250, 1000, 1), (300, 1100, 0.1), (1000, 4000, 2)):
            clock.wind(timedelta(seconds=seconds))
            step(done, 1000, rows)
    assert err.getvalue().splitlines() == [
        "profiling log: 0 %, 0 rows",
        "profiling log: 25 %, 1,000 rows, 500 rows/s, 6 s left",
        "profiling log: 100 %, 4,000 rows, 976 rows/s, 4 s in all",
    ]


def test_progress_is_silent_where_no_screen_is(
    tocsin: Keyboard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["tocsin.cli.main"], "RealClock", HurryingClock)
    parquet(tmp_path / "log/a.parquet", answers(0, 100))
    ran = tocsin("profile", tmp_path / "log", "--to", tmp_path / "p", "--json")
    assert ran.status == 0 and ran.err == "" and json.loads(ran.out)["rows"] == 100
    ran = tocsin("profile", tmp_path / "log", "--to", tmp_path / "q", "--json", "--progress")
    assert "100 %, 100 rows" in ran.err and ran.json["rows"] == 100
