"""Says when something was: an instant, or a row where the log tells no time.

Windows of such a log begin at invented instants; nobody is ever shown one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime

from tocsin.facts.logs import LogMapping
from tocsin.facts.summaries import WindowSummary


class Moments:
    """The moments of one log.

    Args:
        windows: all of them; the shortest say how many rows lie before each.
    """

    def __init__(self, log: LogMapping, windows: Sequence[WindowSummary]) -> None:
        self.by_rows = log.at is None
        self._length = log.window_seconds
        own = sorted((w for w in windows if w.seconds == log.window_seconds), key=lambda w: w.at)
        self._begins = [w.at for w in own]
        self._rows = [0]
        for window in own:
            self._rows.append(self._rows[-1] + rows_in(window))

    @property
    def rows(self) -> int:
        """All rows that stand in a window."""
        return self._rows[-1]

    @property
    def windows(self) -> int:
        """How many windows hold rows."""
        return len(self._begins)

    def begins(self, at: datetime) -> str | int:
        """Where a window begins: an instant as ISO 8601, or the number of its first row."""
        return self._row(at) + 1 if self.by_rows else f"{at:%Y-%m-%dT%H:%M:%S}Z"

    def ends(self, at: datetime) -> str | int:
        """Where a window ends: an instant as ISO 8601, or the number of its last row."""
        return self._row(at) if self.by_rows else f"{at:%Y-%m-%dT%H:%M:%S}Z"

    def since(self, at: datetime) -> str:
        """The same, for people."""
        return f"row {self._row(at) + 1:,}" if self.by_rows else _said(at)

    def until(self, at: datetime) -> str:
        """The same, for people."""
        return f"row {self._row(at):,}" if self.by_rows else _said(at)

    def length(self, seconds: int | None = None) -> str:
        """The length of a window, for people."""
        length = self._length if seconds is None else seconds
        return f"{length:,} rows" if self.by_rows else spoken_seconds(length)

    def _row(self, at: datetime) -> int:
        """How many rows lie before this instant, whole windows only."""
        return self._rows[bisect_right(self._begins, at) - (at in self._begins)]


def rows_in(window: WindowSummary) -> int:
    """All rows of a window, whoever served them."""
    return sum(cell.requests + cell.by_fallback for cell in window.cells)


def spoken_seconds(seconds: int) -> str:
    """A length of time for people: 90 s, 5 min, 6 h, 7 days."""
    for length, unit in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds % length == 0 and seconds >= length:
            count = seconds // length
            return "1 day" if unit == "days" and count == 1 else f"{count} {unit}"
    return f"{seconds} s"


def _said(at: datetime) -> str:
    midnight = (at.hour, at.minute, at.second) == (0, 0, 0)
    return f"{at:%Y-%m-%d}" if midnight else f"{at:%Y-%m-%d %H:%M:%S} UTC"
