"""A record on a disk that fails once, at each call in turn: nothing acknowledged is lost."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

import failing_disk
from failing_disk import When

RECORDS = Path(__file__).with_name("failing_record.py")
EXPORTS = Path(__file__).with_name("failing_export.py")
WRITES = {"pwrite64", "fdatasync", "fsync", "ftruncate64", "unlink"}


@pytest.mark.proof
@pytest.mark.parametrize("error", [errno.EIO, errno.ENOSPC], ids=["EIO", "ENOSPC"])
@pytest.mark.parametrize("when", When, ids=lambda when: when.name.lower())
@pytest.mark.parametrize("mode", ["TRUNCATE", "WAL"])
def test_each_call_to_the_disk_may_fail(tmp_path: Path, mode: str, when: When, error: int) -> None:
    layer = failing_disk.built(tmp_path)
    words = (str(tmp_path / "lives"), mode, str(when.value), str(error), "1")
    failed = failing_disk.run(layer, RECORDS, *words)
    assert failed.total() > 80
    # The layer stands under SQLite, and under what is ours: the mark, the folder's sync.
    assert set(failed) >= (WRITES if error == errno.ENOSPC else WRITES | {"pread64"})


def test_each_ninth_call_to_the_disk_may_fail(tmp_path: Path) -> None:
    layer = failing_disk.built(tmp_path)
    words = (str(tmp_path / "lives"), "TRUNCATE", str(When.BEFORE.value), str(errno.EIO), "9")
    assert failing_disk.run(layer, RECORDS, *words).total() > 15


@pytest.mark.parametrize("error", [errno.EIO, errno.ENOSPC], ids=["EIO", "ENOSPC"])
@pytest.mark.parametrize("when", When, ids=lambda when: when.name.lower())
def test_a_package_appears_whole_or_not_at_all(tmp_path: Path, when: When, error: int) -> None:
    layer = failing_disk.built(tmp_path)
    words = (str(tmp_path / "packages"), str(when.value), str(error))
    failed = failing_disk.run(layer, EXPORTS, *words)
    assert failed["rename"] == 1 and failed["write"] > 10 and failed["fsync"] > 15
