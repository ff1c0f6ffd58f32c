"""Putting evidence on a disk that fails once: `failing_vault.py FOLDER WHEN ERROR`.

A vault is made, two pieces are put, one of them twice, and read; each call to the disk fails in
turn. Prints the name of each call that failed.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import shutil
import sys
from pathlib import Path

from failing_disk import When, failed, failing
from tocsin.facts import Unreachable
from tocsin.facts.custody import Fixity
from tocsin.vault import FolderVault

PIECES = [b"what the model said" * 1000, b"what it was asked", b"what the model said" * 1000]
LEFT_ALONE = {"unlink"}  # when that fails, the leavings stay until they are swept


def live(root: Path, acknowledged: list[str]) -> None:
    vault = FolderVault(root)
    for piece in PIECES:
        acknowledged.append(vault.put(io.BytesIO(piece)).digest)
        with vault.open_checked(acknowledged[-1]) as file:
            assert file.read() == piece


def check(root: Path, acknowledged: list[str]) -> None:
    """The disk is well again: what was acknowledged is there, all that is there is whole."""
    vault = FolderVault(root)
    present = list(vault.digests())
    assert set(acknowledged) <= set(present), "lost what was acknowledged"
    assert {vault.check(digest) for digest in present} <= {Fixity.INTACT}
    leavings = list((root / "incoming").iterdir())
    assert len(leavings) <= (failed() in LEFT_ALONE), leavings
    assert vault.sweep() == len(leavings)
    for piece in PIECES:
        assert vault.put(io.BytesIO(piece)).digest == hashlib.sha256(piece).hexdigest()
    assert len(list(vault.digests())) == 2 and not list((root / "incoming").iterdir())


def main(folder: Path, when: When, error: int) -> None:
    for call in itertools.count(1):
        root, acknowledged = folder / str(call) / "vault", list[str]()
        root.parent.mkdir(parents=True)
        try:
            with failing(root, call, when, error):
                live(root, acknowledged)
        except Unreachable:
            assert failed(), "refused without a fault"
        check(root, acknowledged)
        shutil.rmtree(root.parent)
        if not failed():
            return
        print(failed(), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), When(int(sys.argv[2])), int(sys.argv[3]))
