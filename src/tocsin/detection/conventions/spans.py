"""Chooses the length of windows for a log of which nobody said it, from how much it holds.

A window holds enough rows to say something and few enough that a log has several: at least 1,000
rows where that can be had, at least four windows where it cannot, and not so many windows that a
large log costs more to judge than to read.
"""

from __future__ import annotations

import math

from tocsin.facts.looks import LogLook, Values

ROWS_ENOUGH = 1000
WINDOWS_LEAST, WINDOWS_MOST = 4, 100
OF_ROWS_MOST = 50  # a number of rows is no unit that anybody thinks in: fewer will do
OF_ROWS = (5000, 2000, 1000, 500, 200, 100)
OF_TIME = (60, 300, 600, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 86400, 7 * 86400, 28 * 86400)
_UNITS = (1.0, 1e3, 1e6, 1e9)
_LATEST = 4_102_444_800  # the year 2100, in seconds


def window_for(look: LogLook, at: str | None) -> tuple[int, str]:
    """The length of a window, in seconds or in rows, and why it was chosen, for people."""
    if at is None:
        fits = [n for n in OF_ROWS if n * WINDOWS_LEAST <= look.rows]
        length = max(fits, default=OF_ROWS[-1])
        if look.rows > OF_ROWS_MOST * length:
            length = OF_ROWS[0] * math.ceil(look.rows / OF_ROWS_MOST / OF_ROWS[0])
        return length, f"chosen for about {look.rows:,} rows that tell no time"
    span = _span(look, at)
    if not span:
        return OF_TIME[0], "chosen: all rows are of one instant"
    full = min((s for s in OF_TIME if look.rows * s >= ROWS_ENOUGH * span), default=OF_TIME[-1])
    fits = [s for s in OF_TIME if s * WINDOWS_LEAST <= span]
    length = min(full, max(fits, default=OF_TIME[0]))
    few = (s for s in OF_TIME if s >= length and span <= s * WINDOWS_MOST)
    length = next(few, OF_TIME[-1])
    rows = round(look.rows * length / span)
    return length, f"chosen so that one holds about {rows:,} rows"


def _span(look: LogLook, at: str) -> float:
    """From the first to the last row, in seconds; 0 where that is not known."""
    column = look.column(at)
    if column is None or column.low is None or column.high is None:
        return 0.0
    unit = 1e6 if column.values is Values.INSTANTS else _unit(column.high)
    return (column.high - column.low) / unit


def _unit(instant: float) -> float:
    return next((unit for unit in _UNITS if instant <= _LATEST * unit), _UNITS[-1])
