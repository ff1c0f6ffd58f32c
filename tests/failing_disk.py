"""A disk on which one call fails, chosen by number: built from failing_disk.c, armed in a process.

`run` starts a program with that layer under it. The program arms it with `failing` for call 1,
2, 3 ..., until `failed` says that there were not so many calls, and prints the name of each.
"""

from __future__ import annotations

import ctypes
import enum
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

SOURCE = Path(__file__).with_suffix(".c")
SECONDS_MAX = 600
_LAYER = "TOCSIN_TEST_FAILING_DISK"


class When(enum.IntEnum):
    """When the call fails: before it took effect, after it, or (a write) in its middle."""

    BEFORE = 0
    AFTER = 1
    HALF = 2


def built(folder: Path) -> Path:
    """The layer, compiled; the test is skipped where no compiler is."""
    if shutil.which("gcc") is None:
        pytest.skip("NO FAILING DISK: gcc is needed to build the layer that lets a call fail")
    layer = folder / "failing_disk.so"
    command = ["gcc", "-shared", "-fPIC", "-O1", "-Wall", "-o", layer, SOURCE, "-ldl"]
    subprocess.run(command, check=True)
    return layer


def run(layer: Path, program: Path, *words: str) -> Counter[str]:
    """What failed, and how often, in a program that must end well; it prints a name a line."""
    path = os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)])
    ended = subprocess.run(
        [sys.executable, str(program), *words],
        env={**os.environ, "PYTHONPATH": path, "LD_PRELOAD": str(layer), _LAYER: str(layer)},
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-4000:]
    return Counter(ended.stdout.split())


@cache
def _layer() -> ctypes.CDLL:
    layer = ctypes.CDLL(os.environ[_LAYER])
    layer.disk_fails.argtypes = [ctypes.c_char_p, ctypes.c_int, ctypes.c_int, ctypes.c_int]
    layer.disk_fails.restype = None
    layer.disk_failed.restype = ctypes.c_char_p
    return layer


@contextmanager
def failing(folder: Path, call: int, when: When, error: int) -> Iterator[None]:
    """Within it, this call under this folder fails. Its name is in `failed` afterwards."""
    _layer().disk_fails(os.fsencode(folder), call, when, error)
    try:
        yield
    finally:
        _layer().disk_is_well()


def failed() -> str:
    """The name of the call that failed; empty when there were not so many calls."""
    return bytes(_layer().disk_failed()).decode()
