"""Partitions that are new, corrected, twice there, late, broken, unfinished: each counts once."""

from __future__ import annotations

import os
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from tocsin.facts import Unreachable
from tocsin.sources.log import LogSource
from written_log import MAPPING, START, Wound, parquet, row, rows, source


def counted(log: LogSource) -> tuple[int, int]:
    """Requests and fallbacks in the narrow windows, all together."""
    cells = [c for w in log.windows() if w.seconds == 10 for c in w.cells]
    return sum(c.requests for c in cells), sum(c.counted["fallback"] for c in cells)


def test_a_new_partition_is_read_once(tmp_path: Path) -> None:
    parquet(tmp_path / "log/date=2026-11-26/part-0.parquet", rows(0, 60))
    log = source(tmp_path)
    first, second = log.refresh(), log.refresh()
    assert first.new == ("date=2026-11-26/part-0.parquet",) and first.rows == 60
    assert first.earliest == START
    assert second == type(second)()
    assert counted(log) == (60, 3)
    [window, *_] = log.windows()
    assert (window.at, window.seconds, window.last) == (START, 10, START + timedelta(seconds=9))


def test_another_process_finds_what_was_read(tmp_path: Path) -> None:
    parquet(tmp_path / "log/part-0.parquet", rows(0, 60))
    source(tmp_path).refresh()
    again = source(tmp_path)
    assert again.refresh().rows == 0
    assert counted(again) == (60, 3)


def test_a_corrected_partition_replaces_itself(tmp_path: Path) -> None:
    path = parquet(tmp_path / "log/part-0.parquet", rows(0, 60))
    log = source(tmp_path)
    log.refresh()
    parquet(path, rows(20, 100, every=10))
    assert log.refresh().changed == ("part-0.parquet",)
    assert counted(log) == (100, 10)
    assert len(list((tmp_path / "summaries").rglob("*.parquet"))) == 1


def test_a_correction_of_the_same_size_in_the_same_instant_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "log/a.csv"
    path.parent.mkdir()
    path.write_text("at,fallback,error\n2026-11-26T08:00:00Z,true ,false\n")
    clock = Wound()
    clock.at -= timedelta(hours=1)
    log = source(tmp_path, clock=clock)
    log.refresh()
    seen = path.stat()
    path.write_text("at,fallback,error\n2026-11-26T08:00:00Z,false,false\n")
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    log.refresh()
    assert counted(log) == (1, 0)


def test_the_same_content_under_another_name_counts_once(tmp_path: Path) -> None:
    path = parquet(tmp_path / "log/part-0.parquet", rows(0, 60))
    log = source(tmp_path)
    log.refresh()
    shutil.copy(path, path.with_name("part-1.parquet"))
    assert log.refresh().repeated == ("part-1.parquet",)
    assert counted(log) == (60, 3)
    parquet(path, rows(100, 10))  # one of the two is corrected: the other keeps its rows
    log.refresh()
    assert counted(log)[0] == 70
    assert log.served("fallback", START).requests == 70


def test_late_rows_count_in_their_own_window(tmp_path: Path) -> None:
    parquet(tmp_path / "log/a.parquet", rows(0, 60))
    log = source(tmp_path)
    log.refresh()
    parquet(tmp_path / "log/b.parquet", [*rows(60, 10), row(5.5, fallback=True)])
    assert log.refresh().earliest == START
    assert counted(log) == (71, 5)
    [first, *_] = [w for w in log.windows() if w.seconds == 10]
    assert first.cells[0].requests == 11 and first.cells[0].counted["fallback"] == 2


def test_a_truncated_partition_is_told_skipped_and_read_when_it_is_whole(tmp_path: Path) -> None:
    parquet(tmp_path / "log/a.parquet", rows(0, 60))
    whole = parquet(tmp_path / "log/b.parquet", rows(60, 60)).read_bytes()
    (tmp_path / "log/b.parquet").write_bytes(whole[: len(whole) // 2])
    log = source(tmp_path)
    [told] = log.refresh().rejected
    assert told.file == "b.parquet" and "end is missing" in told.reason and "again" in told.remedy
    assert log.refresh().rejected == () and [u.file for u in log.unread()] == ["b.parquet"]
    assert counted(log) == (60, 3)
    (tmp_path / "log/b.parquet").write_bytes(whole)
    assert log.refresh().new == ("b.parquet",)
    assert counted(log) == (120, 6) and log.unread() == []


def test_a_page_that_is_broken_inside_counts_no_row_of_its_file(tmp_path: Path) -> None:
    many = [row(i / 10, latency_ms=i * 1.37, question=f"{i * 7919}") for i in range(5000)]
    path = parquet(tmp_path / "log/a.parquet", many)
    data = bytearray(path.read_bytes())
    data[len(data) // 3 : len(data) // 2] = b"\0" * (len(data) // 2 - len(data) // 3)
    path.write_bytes(data)
    log = source(tmp_path)
    refreshed = log.refresh()
    assert [told.file for told in refreshed.rejected] == ["a.parquet"]
    assert counted(log) == (0, 0)


def test_a_partition_that_breaks_keeps_what_it_held(tmp_path: Path) -> None:
    path = parquet(tmp_path / "log/a.parquet", rows(0, 60))
    log = source(tmp_path)
    log.refresh()
    path.write_bytes(path.read_bytes()[:100])
    assert len(log.refresh().rejected) == 1
    assert counted(log) == (60, 3)


def test_a_file_that_is_being_written_is_no_mistake(tmp_path: Path) -> None:
    whole = parquet(tmp_path / "log/a.parquet", rows(0, 60)).read_bytes()
    (tmp_path / "log/a.parquet").write_bytes(whole[:500])
    clock = Wound()
    clock.at -= timedelta(hours=1)
    log = source(tmp_path, clock=clock)
    assert log.refresh().waiting == ("a.parquet",) and log.unread() == []
    clock.at += timedelta(seconds=11)
    assert len(log.refresh().rejected) == 1


def test_lines_are_counted_when_they_are_whole(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    path, clock = tmp_path / "log/a.jsonl", Wound()
    clock.at -= timedelta(hours=1)
    line = '{"at": "2026-11-26T08:00:0%dZ", "fallback": %s, "error": false}\n'
    path.write_text(line % (1, "true") + (line % (2, "true"))[:30])
    log = source(tmp_path, clock=clock)
    assert log.refresh().new == ("a.jsonl",)
    assert counted(log) == (1, 1)
    path.write_text(line % (1, "true") + line % (2, "true"))
    assert log.served("fallback", START).bad == 2
    assert counted(log) == (2, 2)


def test_hidden_and_unfinished_names_are_no_partitions(tmp_path: Path) -> None:
    for name in (".a.parquet", "_SUCCESS", "b.parquet.tmp", "_temporary/c.parquet", "readme.txt"):
        path = tmp_path / "log" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"not a log")
    assert source(tmp_path).refresh() == type(source(tmp_path).refresh())()


def test_a_log_that_is_not_there_yet_is_empty(tmp_path: Path) -> None:
    log = source(tmp_path, place="nowhere")
    assert log.refresh().rows == 0 and log.windows() == []


def test_what_was_cleaned_up_stays_counted_and_what_was_merged_counts_once(tmp_path: Path) -> None:
    one = parquet(tmp_path / "log/a.parquet", rows(0, 60))
    two = parquet(tmp_path / "log/b.parquet", rows(60, 60))
    log = source(tmp_path)
    log.refresh()
    one.unlink()
    log.refresh()
    assert counted(log) == (120, 6)
    two.unlink()
    parquet(tmp_path / "log/merged.parquet", rows(0, 120))
    log.refresh()
    assert counted(log) == (120, 6)


def test_a_lost_summary_is_made_again(tmp_path: Path) -> None:
    parquet(tmp_path / "log/a.parquet", rows(0, 60))
    log = source(tmp_path)
    log.refresh()
    for path in (tmp_path / "summaries").rglob("*.parquet"):
        path.unlink()
    with pytest.raises(Unreachable, match="made again"):
        log.windows()
    assert log.refresh().new == ("a.parquet",)
    assert counted(log) == (60, 3)


def test_a_log_read_in_another_way_is_read_again(tmp_path: Path) -> None:
    parquet(tmp_path / "log/a.parquet", rows(0, 60))
    source(tmp_path).refresh()
    other = source(tmp_path, MAPPING.__class__(window_seconds=30, profile_seconds=60))
    assert other.refresh().rows == 60
    assert {w.seconds for w in other.windows()} == {30, 60}


def test_an_hour_old_row_is_found_by_the_instant_and_no_partition_before_is_read(
    tmp_path: Path,
) -> None:
    old = parquet(tmp_path / "log/a.parquet", rows(0, 60))
    parquet(tmp_path / "log/b.parquet", rows(60, 60, every=10, version="2"))
    parquet(tmp_path / "log/c.parquet", rows(120, 5, served_by="people", version=None))
    log = source(tmp_path)
    log.refresh()
    seen = old.stat()
    old.write_bytes(b"x" * seen.st_size)  # would be found broken by whoever reads it
    log._intake.refreshed = lambda: None  # type: ignore[method-assign, assignment, return-value]
    found = log.served("fallback", START + timedelta(seconds=90))
    assert (found.requests, found.bad, found.by_fallback) == (35, 3, 5)
    assert sum(one.judged for one in found.by_version) == 30  # what people served is not its own
    assert found.versions == ("2",) and found.until == START + timedelta(seconds=124)


def test_many_small_partitions_are_read_together_and_each_is_told_by_itself(
    tmp_path: Path,
) -> None:
    for number in range(12):
        parquet(tmp_path / f"log/date=2026-11-{number % 2 + 1:02}/{number:02}.parquet",
                rows(number * 10, 10))  # fmt: skip
    broken = tmp_path / "log/date=2026-11-01/02.parquet"
    data = bytearray(broken.read_bytes())
    data[10:200] = b"\0" * 190
    broken.write_bytes(data)
    shutil.copy(tmp_path / "log/date=2026-11-02/03.parquet", tmp_path / "log/copy.parquet")
    parquet(tmp_path / "log/other.parquet", [{"at": START, "fallback": True, "extra": 1}])
    parquet(tmp_path / "log/renamed.parquet", [{"when": START, "fallback": True}])
    log = source(tmp_path)
    refreshed = log.refresh()
    assert sorted(told.file for told in refreshed.rejected) == [
        "date=2026-11-01/02.parquet", "renamed.parquet",
    ]  # fmt: skip
    assert len(refreshed.new) == 12 and len(refreshed.repeated) == 1
    assert counted(log) == (111, 12)
    one_by_one = source(tmp_path / "again", place=str(tmp_path / "log"))
    one_by_one.refresh()
    assert one_by_one.windows() == log.windows()


def test_what_is_read_together_is_what_is_read_alone(tmp_path: Path) -> None:
    for number in range(5):
        parquet(tmp_path / f"log/{number}.parquet", rows(number * 7, 20, version=str(number)))
    together = source(tmp_path / "a", place=str(tmp_path / "log"))
    together.refresh()
    alone = source(tmp_path / "b", place=str(tmp_path / "one"))
    for number in range(5):
        shutil.copy(
            tmp_path / f"log/{number}.parquet", _made(tmp_path / "one") / f"{number}.parquet"
        )
        assert len(alone.refresh().new) == 1
    assert [w.cells for w in together.windows()] == [w.cells for w in alone.windows()]


def _made(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder


def test_a_row_that_does_not_say_whether_it_is_bad_is_not_taken_for_good(tmp_path: Path) -> None:
    parquet(tmp_path / "log/a.parquet", rows(0, 10))
    silent = [{k: v for k, v in one.items() if k != "fallback"} for one in rows(10, 10)]
    parquet(tmp_path / "log/b.parquet", silent)
    parquet(tmp_path / "log/c.parquet", [{**one, "fallback": None} for one in rows(20, 10)])
    (found,) = source(tmp_path).served("fallback", START).by_version
    assert (found.requests, found.judged, found.bad) == (30, 10, 1)
