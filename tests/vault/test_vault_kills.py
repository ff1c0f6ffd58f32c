"""Writers killed at any moment: what was acknowledged is there, and nothing that is not whole."""

from __future__ import annotations

import random
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from tocsin.facts.custody import Fixity
from tocsin.vault import FolderVault

WRITER = """
    import io, itertools, sys
    from pathlib import Path
    from tocsin.vault import FolderVault
    vault = FolderVault(Path(sys.argv[1]))
    print("ready", flush=True)
    for number in itertools.count():
        data = (sys.argv[2] + str(number)).encode() * 20_000
        print(vault.put(io.BytesIO(data)).digest, flush=True)
"""


@pytest.mark.proof
def test_a_hundred_killed_writers_lose_nothing_they_acknowledged(tmp_path: Path) -> None:
    root, seed = tmp_path / "vault", random.Random(7)
    vault = FolderVault(root)
    acknowledged: list[str] = []
    left = 0
    for turn in range(100):
        writer = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(WRITER), str(root), f"{turn}-"],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        time.sleep(seed.random() * 0.02)
        writer.kill()
        told = writer.communicate()[0].splitlines()
        acknowledged += [line for line in told if len(line) == 64]
        left += vault.sweep()
    present = list(vault.digests())
    assert acknowledged and left, "no kill fell into a write: nothing was shown"
    assert set(acknowledged) <= set(present)
    assert {vault.check(digest) for digest in present} == {Fixity.INTACT}
    assert list((root / "incoming").iterdir()) == []
