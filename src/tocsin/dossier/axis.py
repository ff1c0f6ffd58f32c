"""Round numbers for the sides of a picture, and how a measurement is written."""

from __future__ import annotations

import enum
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_SPANS = (
    *((seconds, "%H:%M:%S") for seconds in (1, 2, 5, 10, 15, 30)),
    *((60 * minutes, "%H:%M") for minutes in (1, 2, 5, 10, 15, 30)),
    *((3600 * hours, "%H:%M") for hours in (1, 2, 3, 6)),
    *((3600 * hours, "%d %b %H:%M") for hours in (12,)),
    *((86400 * days, "%d %b") for days in (1, 2, 7, 14)),
    *((86400 * days, "%b %Y") for days in (30, 91, 182, 365, 730, 1826)),
)
"""How far apart marks of a time axis may stand, in seconds, and how each is then written."""


SPAN_LEAST = 1e-8
"""What is narrower is drawn as one value."""


class Unit(enum.Enum):
    """What is measured."""

    SHARE = "share"  # from 0 to 1
    DISTANCE = "distance"  # of distributions
    NUMBER = "number"  # in a unit of its own, such as milliseconds


WRITTEN: Mapping[Unit, Callable[[float], str]] = {
    Unit.SHARE: lambda value: f"{value * 100:.4g} %",
    Unit.DISTANCE: lambda value: f"{value:.3g}",
    Unit.NUMBER: lambda value: f"{value:,.5g}",
}
"""How a value of each unit is written."""


def levels(values: Sequence[float], unit: Unit, most: int = 5) -> list[float]:
    """Round values, evenly spaced, that hold all of these between the first and the last.

    They begin at 0, unless all values lie so close together that nothing would be seen.
    """
    low, high = min(values), max(values)
    if 0 <= low <= high / 2 or low == high >= 0:
        low = 0.0
    span = max(high - low, 1e-6 * max(abs(low), abs(high)), SPAN_LEAST)
    step = _round_up(span / (most - 1))
    first = math.floor(low / step + 1e-9)
    last = max(math.ceil(high / step - 1e-9), first + 1)
    found = [round(step * n, 12) for n in range(first, last + 1)]
    return [one for one in found if one <= 1 + 1e-9] if unit is Unit.SHARE and high <= 1 else found


def _round_up(step: float) -> float:
    ten = 10.0 ** math.floor(math.log10(step))
    return next(one * ten for one in _STEPS if one * ten >= step * (1 - 1e-9))


def instants(first: datetime, last: datetime, most: int) -> list[tuple[datetime, str]]:
    """Round instants between two, at most so many, each as it is written."""
    span = max((last - first).total_seconds(), 1.0)
    seconds, how = next((one for one in _SPANS if span / one[0] <= most), _SPANS[-1])
    begin = math.ceil(first.timestamp() / seconds) * seconds
    found = list[tuple[datetime, str]]()
    while (at := datetime.fromtimestamp(begin, UTC)) <= last:
        found.append((at, f"{at:{how}}"))
        begin += seconds
    return found or [(first, f"{first:{how}}")]


def row_numbers(first: datetime, last: datetime, most: int) -> list[tuple[datetime, str]]:
    """Round numbers of rows between two, where an instant is a number of rows."""
    begin, end = first.timestamp(), last.timestamp()
    step = max(_round_up(max(end - begin, 1.0) / most), 1.0)
    found = list[tuple[datetime, str]]()
    number = math.ceil(begin / step) * step
    while number <= end:
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=number)
        found.append((at, f"{int(number):,}"))
        number += step
    return found or [(first, f"{int(begin):,}")]
