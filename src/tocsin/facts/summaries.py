"""What rooms share about an inference log: how its columns are read, and what a window of it holds.

A window is a span of time of fixed length that begins at a multiple of that length since 1970. The
summaries of its parts add up to the summary of the whole, so that late rows and corrected
partitions change their own windows and no other.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec


class Compare(enum.Enum):
    """How a column is compared with a value."""

    IS = "=="
    IS_NOT = "!="
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="
    AMONG = "in"
    MISSING = "is missing"
    HOLDS = "holds"  # the column itself is true or false


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """One comparison of one column. What is compared with a missing value is itself missing."""

    column: str
    compare: Compare
    values: tuple[str | float | bool, ...] = ()
    negated: bool = False


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of a row: that all terms of at least one of `either` hold."""

    either: tuple[tuple[Term, ...], ...]

    def columns(self) -> tuple[str, ...]:
        """The columns it reads, in order, each once."""
        return tuple(dict.fromkeys(term.column for terms in self.either for term in terms))


def holds(column: str) -> Condition:
    """The condition that a column of true and false is true."""
    return Condition(either=((Term(column=column, compare=Compare.HOLDS),),))


def equals(column: str, value: str) -> Condition:
    """The condition that a column has this text."""
    term = Term(column=column, compare=Compare.IS, values=(value,))
    return Condition(either=((term,),))


def usual_rates() -> Mapping[str, Condition]:
    """The metrics of a log whose columns nobody named."""
    return {"fallback": holds("fallback"), "error": holds("error")}


class TimeUnit(enum.Enum):
    """How the time of a row is written when it is a number: counted since 1970 in this unit."""

    AUTO = "auto"  # told from its size; right for every instant from 1973 to 5138
    SECONDS = "seconds"
    MILLISECONDS = "milliseconds"
    MICROSECONDS = "microseconds"
    NANOSECONDS = "nanoseconds"


class LogMapping(msgspec.Struct, frozen=True, kw_only=True):
    """How the columns of a log are read.

    Args:
        at: when a row was served; a time without a zone is UTC.
        version, segment, request, session: columns, or None when the log has none of the kind.
        fallback: true of rows that the system's declared fallback served, not the system itself.
        rates: by metric, what is true of the rows that count for it.
        numbers, categories: columns whose distribution is kept; None keeps every column of numbers.
        assumed: columns that may be absent, for nobody named them.
        watched: those whose distributions somebody asks for; None is all.
        window_seconds: the length of the windows in which requests are counted.
        profile_seconds: the length of those in which distributions are kept; a multiple of it.
    """

    at: str = "at"
    unit: TimeUnit = TimeUnit.AUTO
    version: str | None = "version"
    segment: str | None = "segment"
    request: str | None = "request_id"
    session: str | None = "session"
    fallback: Condition | None = equals("served_by", "people")
    rates: Mapping[str, Condition] = msgspec.field(default_factory=usual_rates)
    numbers: tuple[str, ...] | None = None
    categories: tuple[str, ...] = ("intent",)
    assumed: frozenset[str] = frozenset(
        {"version", "segment", "request_id", "session", "served_by", "fallback", "error", "intent"}
    )
    watched: frozenset[str] | None = None
    window_seconds: int = 60
    profile_seconds: int = 3600


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


class WindowSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What a log holds of one window.

    Args:
        at: when it begins; it ends before `at` + `seconds`.
        last: the time of its last row.
        numbers, categories: by column; only in windows of the profile's length, and only of
            requests that the system itself served.
    """

    at: datetime
    seconds: int
    last: datetime
    cells: tuple[Cell, ...]
    numbers: Mapping[str, Histogram] = {}
    categories: Mapping[str, Categories] = {}

    @property
    def until(self) -> datetime:
        return self.at + timedelta(seconds=self.seconds)


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
