"""What rooms share about an inference log: what a window of it holds.

A window is a span of time of fixed length that begins at a multiple of that length since 1970. The
summaries of its parts add up to the summary of the whole, so that late rows and corrected
partitions change their own windows and no other. How a log's columns are read stands in `logs`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """What one version served to one segment in one window.

    Args:
        requests: those that the system itself served; `by_fallback` were served in its stead.
        judged, counted: by metric, those of `requests` that could be judged, and those that count.
    """

    version: str | None
    segment: str | None
    requests: int
    by_fallback: int
    judged: Mapping[str, int]
    counted: Mapping[str, int]


OTHER_GROUPS = "\0other"
"""Stands for all values of a column of groups that are not among its commonest; never judged."""

TENTHS = 10
NO_CHANCE = -1
"""In place of a tenth: scores that are no chance, below 0, above 1 or not a number."""


class GroupCell(msgspec.Struct, frozen=True, kw_only=True):
    """What one version decided about one group of people in one window of the profile's length.

    Args:
        group: the value of every column of groups, in the order of the mapping; None is missing.
            A group by one column alone is the sum over the others.
        judged, counted: by metric, as in a cell.
    """

    version: str | None
    group: tuple[str | None, ...]
    judged: Mapping[str, int]
    counted: Mapping[str, int]


class ScoreCell(msgspec.Struct, frozen=True, kw_only=True):
    """How predicted chances met the truth in one tenth of the scale, of one version and group.

    Args:
        tenth: 0 for scores from 0 to 0.1 and so on; 9 includes 1; NO_CHANCE for what is no chance.
        labelled: rows with a score and a truth; `true` of them were positive.
        expected: the sum of their scores.
    """

    version: str | None
    group: tuple[str | None, ...]
    tenth: int
    labelled: int
    true: int
    expected: float


class Histogram(msgspec.Struct, frozen=True, kw_only=True):
    """How often a column of numbers fell into each bucket of its frozen grid, in rising order.

    Args:
        totals: the sum of the values in each bucket.
        absent, nan, below, above: missing, not a number, minus and plus infinity.
    """

    buckets: tuple[int, ...] = ()
    counts: tuple[int, ...] = ()
    totals: tuple[float, ...] = ()
    absent: int = 0
    nan: int = 0
    below: int = 0
    above: int = 0

    @property
    def rows(self) -> int:
        return sum(self.counts) + self.absent + self.nan + self.below + self.above


class Categories(msgspec.Struct, frozen=True, kw_only=True):
    """How often each value of a column occurred; the rare ones stand together in `other`."""

    counts: Mapping[str, int] = {}
    other: int = 0
    absent: int = 0

    @property
    def rows(self) -> int:
        return sum(self.counts.values()) + self.other + self.absent


class Distributions(msgspec.Struct, frozen=True, kw_only=True):
    """How the columns of a slice were distributed in a window, by column."""

    numbers: Mapping[str, Histogram] = {}
    categories: Mapping[str, Categories] = {}


class WindowSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What a log holds of one window.

    Args:
        at: when it begins; it ends before `at` + `seconds`.
        last: the time of its last row.
        numbers, categories: by column; only in windows of the profile's length, and only of
            requests that the system itself served.
        slices: the same, under `version=...` and `segment=...`; only where the mapping asks.
        groups, scores: likewise only in windows of the profile's length.
    """

    at: datetime
    seconds: int
    last: datetime
    cells: tuple[Cell, ...]
    numbers: Mapping[str, Histogram] = {}
    categories: Mapping[str, Categories] = {}
    slices: Mapping[str, Distributions] = {}
    groups: tuple[GroupCell, ...] = ()
    scores: tuple[ScoreCell, ...] = ()

    @property
    def until(self) -> datetime:
        """Its end; of a window whose rows tell an absurd time, the last instant there is."""
        try:
            return self.at + timedelta(seconds=self.seconds)
        except OverflowError:
            return datetime.max.replace(tzinfo=self.at.tzinfo)


class Unread(msgspec.Struct, frozen=True, kw_only=True):
    """A partition of a log that could not be read, and what to do about it."""

    file: str
    reason: str
    remedy: str


class Refreshed(msgspec.Struct, frozen=True, kw_only=True):
    """What changed in a log since it was looked at before.

    Args:
        new, changed, repeated: partitions read for the first time, read again since their bytes
            are others, and not read since another has the same bytes.
        rejected: those that cannot be read, and were not told before. What they held when they
            could be read stays counted.
        waiting: those that are being written, and will be looked at again.
        remarks: what someone should know of partitions that were read.
        rows: how many were read.
        earliest: where the first window begins that is another now; None when none is.
    """

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()
    rejected: tuple[Unread, ...] = ()
    waiting: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    rows: int = 0
    earliest: datetime | None = None


class ReferenceRead(msgspec.Struct, frozen=True, kw_only=True):
    """What the log of a system is compared with, all of it, on the grids of that log.

    Args:
        place: where it lies, as the detectors' file says.
        digest: of all that counts; another whenever what lies there is another.
        summaries: as one Parquet file.
        remarks: what could not be read, or not exactly, and why.
    """

    place: str
    digest: str
    windows: tuple[WindowSummary, ...]
    summaries: bytes
    remarks: tuple[str, ...] = ()


class ServedBy(msgspec.Struct, frozen=True, kw_only=True):
    """What one version served.

    Args:
        by_fallback: those of `requests` that the declared fallback answered in its stead.
        judged: those of the others of which the log says whether they count for the rate.
        bad: those of `judged` that do.
    """

    version: str | None
    requests: int
    judged: int
    bad: int
    by_fallback: int


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """What a system served in a span of time, as its inference log tells it.

    Args:
        by_version: the version with the most requests first.
        until: when the last of them was served; None when there was none.
    """

    by_version: tuple[ServedBy, ...]
    until: datetime | None

    @property
    def requests(self) -> int:
        """All requests."""
        return sum(one.requests for one in self.by_version)

    @property
    def bad(self) -> int:
        """Those that the system itself served and that count for the rate that was asked for."""
        return sum(one.bad for one in self.by_version)

    @property
    def by_fallback(self) -> int:
        """Those of them that the declared fallback answered."""
        return sum(one.by_fallback for one in self.by_version)

    @property
    def versions(self) -> tuple[str, ...]:
        """Which versions answered."""
        return tuple(one.version for one in self.by_version if one.version is not None)


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured in the window that begins at an instant, and of how many requests."""

    at: datetime
    value: float
    requests: int
