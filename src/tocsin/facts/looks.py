"""What rooms share about a log that nobody described yet: what one cheap look at it shows.

A look reads some rows, not all; what it says of a column is true of those.
"""

from __future__ import annotations

import enum

import msgspec


class Values(enum.Enum):
    """What the values of a column are, those that are missing left aside."""

    NOTHING = "nothing"  # every value is missing
    INSTANTS = "instants"  # all but a few in a hundred are; also where they are written as text
    TRUTHS = "truths"  # true or false, by type
    NUMBERS = "numbers"  # also where they are written as text
    TEXTS = "texts"
    OTHER = "other"  # lists, records, bytes


class ColumnLook(msgspec.Struct, frozen=True, kw_only=True):
    """What a look shows of one column; a field of a record is a column with a dotted name.

    Args:
        whole: numbers that are all whole.
        rows, missing, distinct: of the rows that were looked at.
        common: the most frequent values as text, each with its count, the most frequent first.
        low, middle, high: of numbers; of instants, in microseconds since 1970, those between which
            98 of a hundred lie.
        letters: how long the values are as text, on average.
        odd: values of a column of numbers that are none.
        unzoned: instants that name no zone.
    """

    name: str
    values: Values
    whole: bool = False
    rows: int
    missing: int = 0
    distinct: int = 0
    common: tuple[tuple[str, int], ...] = ()
    low: float | None = None
    middle: float | None = None
    high: float | None = None
    letters: float = 0.0
    odd: int = 0
    unzoned: int = 0

    @property
    def present(self) -> int:
        """The rows that have a value."""
        return self.rows - self.missing

    @property
    def words(self) -> tuple[str, ...]:
        """The most frequent values."""
        return tuple(value for value, _ in self.common)


class LogLook(msgspec.Struct, frozen=True, kw_only=True):
    """What a look shows of a log.

    Args:
        rows: about so many does the log hold.
        remarks: what someone should know before it is read, such as a name that stands twice.
    """

    place: str
    files: int
    rows: int
    columns: tuple[ColumnLook, ...]
    remarks: tuple[str, ...] = ()

    def column(self, name: str) -> ColumnLook | None:
        """The column of this name."""
        return next((one for one in self.columns if one.name == name), None)
