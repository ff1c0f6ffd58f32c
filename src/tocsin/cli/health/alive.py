"""Signs of life: a process that works or watches says every few seconds that it still does.

A file in the home, `alive/NAME`, whose age tells; on a machine without such a file nothing is told.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

FOLDER = "alive"
EVERY_SECONDS = 10.0


@contextmanager
def alive(home: Path, name: str) -> Iterator[None]:
    """Within it this process gives signs of life under a name such as `work`."""
    over = threading.Event()
    beating = threading.Thread(target=_beat, args=(home / FOLDER / name, over), daemon=True)
    beating.start()
    try:
        yield
    finally:
        over.set()
        beating.join()
        with contextlib.suppress(OSError):
            (home / FOLDER / name).unlink(missing_ok=True)


def ages(home: Path, now: datetime) -> dict[str, float]:
    """How many seconds ago each process gave its last sign of life."""
    found: dict[str, float] = {}
    with contextlib.suppress(OSError):
        for path in sorted((home / FOLDER).iterdir()):
            seen = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            found[path.name] = max(0.0, (now - seen).total_seconds())
    return found


def _beat(path: Path, over: threading.Event) -> None:
    while True:
        with contextlib.suppress(OSError):  # a full disk must not end the work that it tells of
            path.parent.mkdir(mode=0o700, exist_ok=True)
            path.touch()
            os.utime(path)
        if over.wait(EVERY_SECONDS):
            return
