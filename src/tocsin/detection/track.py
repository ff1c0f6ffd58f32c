"""What a detector remembers of the windows it went through, so that it can go back and go on.

A mark stands for one window and holds all that is needed to go on from it. Going back to an instant
drops marks; going on gives the same marks again, however often it was cut. Old marks are dropped in
the end; who must go back further begins anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from tocsin.facts.findings import Found, Subsided

LOOKED_BACK = 256
"""How many windows a change is looked for in."""

MARKS_KEPT = 2 * LOOKED_BACK


class Counts(msgspec.Struct, frozen=True, array_like=True):
    """Requests of one version and segment in one window, and those of them that went wrong."""

    version: str | None
    segment: str | None
    requests: int
    bad: int


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm that stands: the finding as it was raised, and how far it has calmed down since.

    Args:
        slice: the name of the slice that raised it.
        calm: evidence that it is over, as a logarithm, or a number of quiet windows.
        requests, bad: what has happened since the change, up to now, where the finding is.
        off: of a drift, the distances of the windows since, each times its requests.
    """

    found: Found
    slice: str
    calm: float
    requests: int
    bad: int
    off: float = 0.0


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """A detector's memory after one window.

    Args:
        counts: what the window held, by version and segment.
        evidence: by slice, the logarithms of the evidence for each lift.
        learned: what is known of the time before; grows until the baseline is complete.
        distance, log_e: of a drift, how far the window lies off and what that is worth.
        reset: True when this window ended an alarm, so that all evidence began anew.
        ended: what this window ended.
    """

    at: datetime
    until: datetime
    counts: tuple[Counts, ...]
    learned: Learned
    evidence: Mapping[str, tuple[float, ...]] = {}
    distance: float = 0.0
    log_e: float = 0.0
    alarm: Alarm | None = None
    reset: bool = False
    ended: Subsided | None = None

    @property
    def requests(self) -> int:
        return sum(c.requests for c in self.counts)


class Learned(msgspec.Struct, frozen=True, kw_only=True):
    """The baseline as far as it is known.

    Args:
        complete: it grows no more, and judging has begun.
        segments, versions: requests and bad of each.
        values: of a drift, how often each bucket or category occurred.
    """

    complete: bool = False
    requests: int = 0
    bad: int = 0
    segments: Mapping[str, tuple[int, int]] = {}
    versions: Mapping[str, tuple[int, int]] = {}
    values: Mapping[int | str, int] = {}


class Track(msgspec.Struct, frozen=True, kw_only=True):
    """The marks of one detector, in order; `cut` when older ones were dropped."""

    marks: tuple[Mark, ...] = ()
    cut: bool = False

    def back_to(self, instant: datetime | None) -> Track:
        """Without the windows that end after an instant, and without the last, which may grow."""
        kept = [m for m in self.marks[:-1] if instant is None or m.until <= instant]
        if self.cut and len(kept) < LOOKED_BACK:
            return Track()
        return Track(marks=tuple(kept), cut=self.cut)

    @property
    def since(self) -> datetime | None:
        """Up to where it has come; None when it must begin with the first window."""
        return self.marks[-1].until if self.marks else None


def with_kept(marks: list[Mark], cut: bool) -> Track:
    """A track of the newest of these marks."""
    too_many = len(marks) > MARKS_KEPT
    return Track(marks=tuple(marks[-MARKS_KEPT:]), cut=cut or too_many)
