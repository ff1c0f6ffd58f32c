"""Summaries that were sealed are read with all their columns, as they were sealed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from written_log import MAPPING, START, parquet, rows, source

from tocsin.facts import Refused
from tocsin.sources.kept import windows_kept


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
