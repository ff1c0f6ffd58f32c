"""Whether a column's values are instants, written as such or as numbers of any unit since 1970."""

from __future__ import annotations

from tocsin.facts.looks import ColumnLook, Values

EARLIEST, LATEST = 631_152_000, 4_102_444_800  # 1990 and 2100, in seconds


def tells_time(column: ColumnLook) -> bool:
    """Whether every value is an instant, as far as was looked."""
    if column.values is Values.INSTANTS:
        return True
    if column.values is not Values.NUMBERS or column.low is None or column.high is None:
        return False
    return any(EARLIEST * per <= column.low and column.high <= LATEST * per
               for per in (1, 1e3, 1e6, 1e9))  # fmt: skip
