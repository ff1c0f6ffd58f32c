"""A disk that is full or broken loses nothing that was acknowledged, and serves again."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

import failing_disk
from failing_disk import When

PROGRAM = Path(__file__).parent / "failing_inbox.py"


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return failing_disk.built(tmp_path_factory.mktemp("layer"))


@pytest.mark.parametrize("when", When, ids=lambda when: when.name.lower())
@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO], ids=["full", "broken"])
def test_whatever_call_fails_nothing_acknowledged_is_lost(
    layer: Path, tmp_path: Path, when: When, error: int
) -> None:
    seen = failing_disk.run(layer, PROGRAM, str(tmp_path), str(int(when)), str(error))
    assert seen, "no call of the disk failed: the layer was not under it"
