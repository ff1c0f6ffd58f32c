"""Summaries that were sealed are read with all their columns, as they were sealed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from tocsin.facts import Refused, Unreachable
from tocsin.sources.kept import windows_kept
from written_log import MAPPING, START, parquet, rows, source


def test_what_was_kept_is_what_the_log_says_with_every_column(tmp_path: Path) -> None:
    parquet(tmp_path / "log/a.parquet", rows(0, 120))
    only = msgspec.structs.replace(MAPPING, watched=frozenset({"confidence"}))
    log = source(tmp_path, only)
    log.refresh()
    kept = log.evidence(START, START + timedelta(hours=1))
    mapping, windows = windows_kept(kept)
    assert mapping.rates.keys() == MAPPING.rates.keys() and mapping.watched is None
    assert [w.at for w in windows] == [w.at for w in log.windows()]
    assert {"latency_ms", "confidence"} <= windows[-1].numbers.keys()
    assert windows[-1].cells == log.windows()[-1].cells


def test_what_is_no_summary_is_refused(tmp_path: Path) -> None:
    other = parquet(tmp_path / "other.parquet", rows(0, 3)).read_bytes()
    for data in (b"", b"PAR1 PAR1", other):
        with pytest.raises(Refused, match="cannot be read"):
            windows_kept(data)


def flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("harm", [flipped, Path.unlink])
def test_a_summary_that_is_not_as_it_was_written_is_never_read(
    tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    parquet(tmp_path / "log/a.parquet", rows(0, 120))
    parquet(tmp_path / "log/b.parquet", rows(120, 240))
    log = source(tmp_path)
    log.refresh()
    before = log.windows()
    [harmed, _] = sorted((tmp_path / "summaries").rglob("parts/*.parquet"))
    harm(harmed)
    other = source(tmp_path)
    for _ in range(2):  # it is no smaller log the second time
        with pytest.raises(Unreachable, match=f"{harmed.name}.*profile the log again"):
            other.windows()
        with pytest.raises(Unreachable, match=harmed.name):
            other.evidence(START, START + timedelta(hours=1))
    log.refresh()
    with pytest.raises(Unreachable, match="will be made again"):
        log.windows()
    log.refresh()
    assert log.windows() == before
