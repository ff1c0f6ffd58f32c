"""A vault on a disk that fails once, at each call in turn: whole or not at all, and told."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

import failing_disk
from failing_disk import When

PROGRAM = Path(__file__).with_name("failing_vault.py")


@pytest.mark.parametrize("error", [errno.EIO, errno.ENOSPC], ids=["EIO", "ENOSPC"])
@pytest.mark.parametrize("when", When, ids=lambda when: when.name.lower())
def test_each_call_to_the_disk_may_fail(tmp_path: Path, when: When, error: int) -> None:
    layer = failing_disk.built(tmp_path)
    words = (str(tmp_path / "lives"), str(when.value), str(error))
    failed = failing_disk.run(layer, PROGRAM, *words)
    # Two pieces are named; the third put finds its piece there, and takes its own copy away.
    assert failed["renameat"] == 2 and failed["unlink"] == 1 and failed["write"] == 3
    assert failed["fsync"] > 6 and (failed["read"] > 3) is (error == errno.EIO)
