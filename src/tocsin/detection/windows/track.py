"""What a detector remembers of the windows it went through, so that it can go back and go on.

A mark stands for one window and holds all that is needed to go on from it. Going back to an instant
drops marks; going on gives the same marks again, however often it was cut. Old marks are dropped in
the end; who must go back further begins anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from tocsin.facts.findings import Found, Subsided

LOOKED_BACK = 256
"""How many windows a change is looked for in."""

MARKS_KEPT = 2 * LOOKED_BACK

ALL = "all"
"""The slice that holds all requests."""

Values = Mapping[int | str, int]
"""How often each bucket of a grid, or each category, occurred."""


class Part(msgspec.Struct, frozen=True, array_like=True):
    """What a window held of one part of its requests.

    Args:
        requests, bad: those that were judged, and those of them that went wrong.
        name: the slice it stands for, where a kind keeps one part for each slice; a group, a tenth.
        off: how far off it lies, or a sum, as its kind needs it.
        blur: how far off it may lie for reasons that its kind knows.
        low, high: an interval of `off`, where its kind keeps one.
        worth: as `log_e`, where there are several.
        value: which value it is about, where a kind judges one of many.
        log_e: what that is worth as evidence, where it cannot be computed again from the rest.
    """

    version: str | None
    segment: str | None
    requests: int
    bad: int
    name: str = ALL
    off: float = 0.0
    blur: float = 0.0
    log_e: float = 0.0
    low: float = 0.0
    high: float = 0.0
    worth: tuple[float, ...] = ()
    value: str = ""


def part_of(slice: str, rows: int, bad: int = 0) -> Part:
    """A part that stands for a slice."""
    kind, _, name = slice.partition("=")
    return Part(
        version=name if kind == "version" else None,
        segment=name if kind == "segment" else None,
        requests=rows, bad=bad, name=slice,
    )  # fmt: skip


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm that stands: the finding as it was raised, and how far it has calmed down since.

    Args:
        slice: the name of the slice that raised it.
        calm: evidence that it is over, as a logarithm, or a number of quiet windows.
        requests, bad: what has happened since the change, up to now, where the finding is.
        off: the `off` of the parts since, each times its requests.
        sums: what else has happened since, as its kind counts it.
    """

    found: Found
    slice: str
    calm: float
    requests: int
    bad: int
    off: float = 0.0
    sums: tuple[float, ...] = ()


class Learned(msgspec.Struct, frozen=True, kw_only=True):
    """The baseline as far as it is known.

    Args:
        complete: it grows no more, and judging has begun.
        segments, versions: requests and bad of each.
        values: by slice, how often each bucket or category of a column occurred.
        sums: by slice, the sum of the values in each bucket.
    """

    complete: bool = False
    requests: int = 0
    bad: int = 0
    segments: Mapping[str, tuple[int, int]] = {}
    versions: Mapping[str, tuple[int, int]] = {}
    values: Mapping[str, Values] = {}
    sums: Mapping[str, Mapping[int | str, float]] = {}


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """A detector's memory after one window.

    Args:
        parts: what the window held.
        evidence: by slice, what was gathered so far, as its decision needs it.
        learned: what is known of the time before.
        reset: True when this window ended an alarm, so that all evidence began anew.
        ended: what this window ended.
        failed: why the window could not be judged; empty when it could.
        alarms, over, anew: the alarms that stand by slice, what this window ended, and the slices
            whose evidence began anew, where each slice has alarms of its own.
    """

    at: datetime
    until: datetime
    parts: tuple[Part, ...]
    learned: Learned
    evidence: Mapping[str, tuple[float, ...]] = {}
    alarm: Alarm | None = None
    reset: bool = False
    ended: Subsided | None = None
    failed: str = ""
    alarms: Mapping[str, Alarm] = {}
    over: tuple[Subsided, ...] = ()
    anew: tuple[str, ...] = ()


class Track(msgspec.Struct, frozen=True, kw_only=True):
    """The marks of one detector, in order; `cut` when older ones were dropped.

    Args:
        reach_seconds: how far before a window lie those that its baseline is made of; 0 where the
            baseline does not move.
    """

    marks: tuple[Mark, ...] = ()
    cut: bool = False
    reach_seconds: int = 0

    def back_to(self, instant: datetime | None) -> Track:
        """Without the windows that end after an instant, and without the last, which may grow."""
        kept = [m for m in self.marks[:-1] if instant is None or m.until <= instant]
        if self.cut and len(kept) < LOOKED_BACK:
            return Track()
        return msgspec.structs.replace(self, marks=tuple(kept))

    @property
    def since(self) -> datetime | None:
        """The windows after this are needed; None when it must begin with the first."""
        if not self.marks:
            return None
        return self.marks[-1].until - timedelta(seconds=self.reach_seconds)


def with_kept(marks: list[Mark], cut: bool, reach_seconds: int = 0) -> Track:
    """A track of the newest of these marks. What a moving baseline was stays with the last only."""
    too_many = len(marks) > MARKS_KEPT
    kept = marks[-MARKS_KEPT:]
    if reach_seconds:
        bare = [msgspec.structs.replace(m, learned=_bare(m.learned)) for m in kept[:-1]]
        kept = [*bare, *kept[-1:]]
    return Track(marks=tuple(kept), cut=cut or too_many, reach_seconds=reach_seconds)


def _bare(learned: Learned) -> Learned:
    return Learned(complete=learned.complete)


def parts_of(slice: str, marks: Sequence[Mark]) -> list[Part]:
    """What these windows held of a slice, where they held any of it."""
    return [p for mark in marks for p in mark.parts if p.name == slice and p.requests]


def since(alarm: Alarm, marks: Sequence[Mark]) -> list[Mark]:
    """The windows since the change that an alarm tells of."""
    return [mark for mark in marks if mark.at >= alarm.found.since]
