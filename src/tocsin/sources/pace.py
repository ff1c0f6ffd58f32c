"""How far the reading of a log is, told while it is read, also within one large file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tocsin.sources.engine import Engine
from tocsin.sources.partitions import Found

Told = Callable[[int, int, int], None]
"""Takes bytes that were read, bytes there are to read, and rows that were read."""


class Pace:
    """Counts what was read and tells it; without a listener it does nothing."""

    def __init__(self, engine: Engine, told: Told | None) -> None:
        self._engine, self._told = engine, told
        self._done = self._total = self._rows = 0

    def awaits(self, found: Found) -> None:
        """One more file is to be read."""
        self._total += found.size

    def left(self, found: Found) -> None:
        """That file need not be read after all, or cannot be."""
        self._done += found.size
        self._tell(0.0)

    def read(self, found: Found, rows: int) -> None:
        """That file was read."""
        self._rows += rows
        self.left(found)

    @contextmanager
    def within(self, size: int) -> Iterator[None]:
        """Tells while statements run that read so many bytes."""
        if self._told is None:
            yield
            return
        with self._engine.telling(lambda share: self._tell(share * size)):
            yield

    def _tell(self, more: float) -> None:
        if self._told is not None:
            self._told(min(self._total, self._done + round(more)), self._total, self._rows)
