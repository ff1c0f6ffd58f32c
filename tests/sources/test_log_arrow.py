"""Logs in Arrow: IPC files, streams and Feather are read as the same rows in Parquet are."""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.feather as feather
import pytest

from tocsin.sources.look import look_at
from written_log import rows, source


def table() -> pa.Table:
    return pa.Table.from_pylist([dict(row) for row in rows(0, 60)])


def written(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".feather":
        feather.write_feather(table(), str(path))
        return
    make = pa.ipc.new_stream if path.suffix == ".ipc" else pa.ipc.new_file
    with pa.OSFile(str(path), "wb") as file, make(file, table().schema) as into:
        into.write_table(table(), max_chunksize=7)


@pytest.mark.parametrize("name", ["a.arrow", "a.feather", "a.ipc", "no-ending"])
def test_an_arrow_file_is_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / "log" / name
    written(path.with_suffix(".arrow"))
    path.with_suffix(".arrow").rename(path)
    if path.suffix in (".feather", ".ipc"):
        written(path)
    log = source(tmp_path, place=f"log/{name}")
    refreshed = log.refresh()
    assert (refreshed.rejected, refreshed.rows) == ((), 60)
    narrow = [c for w in log.windows() if w.seconds == 10 for c in w.cells]
    assert sum(c.counted["fallback"] for c in narrow) == 3
    assert log.refresh().rows == 0
    assert look_at(f"log/{name}", tmp_path, tmp_path).column("latency_ms") is not None


def test_an_arrow_file_that_was_cut_off_is_told(tmp_path: Path) -> None:
    path = tmp_path / "log/a.arrow"
    written(path)
    path.write_bytes(path.read_bytes()[:500])
    [told] = source(tmp_path).refresh().rejected
    assert "cannot be read as Arrow" in told.reason and "write it again" in told.remedy


def test_without_the_library_the_remedy_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path / "log/a.feather")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    [told] = source(tmp_path).refresh().rejected
    assert "pyarrow is not installed" in told.reason and "tocsin[arrow]" in told.remedy
