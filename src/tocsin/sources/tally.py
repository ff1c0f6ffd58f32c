"""What one look at a log has found so far: which files were new, which cannot be read, and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tocsin.facts.summaries import Refreshed, Unread
from tocsin.sources.shelf import Part


class Tally:
    """What one look at a log has found so far."""

    def __init__(self) -> None:
        self.new, self.changed, self.repeated = list[str](), list[str](), list[str]()
        self.rejected, self.waiting, self.remarks = list[Unread](), list[str](), list[str]()
        self.rows, self.first = 0, list[int]()

    def touched(self, *parts: Part | None) -> None:
        self.first += [p.first for p in parts if p is not None and p.first is not None]

    def refreshed(self, earliest: datetime | None, more: Sequence[str]) -> Refreshed:
        """What changed in the log, each kind of file by name.

        Args:
            earliest: where the first window begins that is another now.
            more: remarks about no file.
        """
        return Refreshed(
            new=tuple(sorted(self.new)),
            changed=tuple(sorted(self.changed)),
            repeated=tuple(self.repeated),
            rejected=tuple(self.rejected),
            waiting=tuple(self.waiting),
            remarks=(*sorted(self.remarks, key=lambda told: told.partition(":")[0]), *more),
            rows=self.rows,
            earliest=earliest,
        )
