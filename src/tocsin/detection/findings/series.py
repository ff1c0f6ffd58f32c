"""What a finding is about, window by window, to be drawn: what a person would plot by hand.

A rate, a share of a group or a mean is what the window holds of it. Of a drift it is the distance
from everything before the change together, whatever measure and baseline its detector has, so that
a picture can be made of a record alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tocsin.detection.compared.people import column_sets, seen
from tocsin.detection.statistics.distances import distance
from tocsin.detection.windows.columns import Column, column_of
from tocsin.facts.findings import Found, Sign
from tocsin.facts.summaries import Cell, Measured, WindowSummary


def series_of(
    found: Found, windows: Sequence[WindowSummary], groups: Sequence[str] = ()
) -> list[Measured]:
    """The windows that hold something of what was found, in order; empty where none can be told.

    Args:
        groups: the columns by which people are told apart, in the order of the cells' values.
    """
    match found.sign:
        case Sign.RATE:
            return list(_rate(found, windows))
        case Sign.UNFAIR:
            return list(_group(found, windows, groups))
        case Sign.DRIFT:
            return list(_drift(found, windows))
        case Sign.QUANTITY:
            return list(_mean(found, windows))
        case Sign.NO_DATA | Sign.CALIBRATION:
            return list(_requests(windows)) if found.sign is Sign.NO_DATA else []


def _shortest(windows: Sequence[WindowSummary]) -> list[WindowSummary]:
    least = min((window.seconds for window in windows), default=0)
    return [window for window in windows if window.seconds == least]


def _rate(found: Found, windows: Sequence[WindowSummary]) -> Iterator[Measured]:
    for window in _shortest(windows):
        cells = [cell for cell in window.cells if _is_in(found, cell)]
        judged = sum(cell.judged.get(found.metric, 0) for cell in cells)
        counted = sum(cell.counted.get(found.metric, 0) for cell in cells)
        if judged:
            yield Measured(at=window.at, value=counted / judged, requests=judged)


def _is_in(found: Found, cell: Cell) -> bool:
    """Whether a cell is of the slice; of all versions, for another served before the change."""
    return found.segment in (None, cell.segment)


def _group(
    found: Found, windows: Sequence[WindowSummary], groups: Sequence[str]
) -> Iterator[Measured]:
    for window in windows:
        for columns in column_sets(groups) if window.groups else ():
            own = seen(window.groups, found.metric, columns, groups).get(found.group or "")
            if own is not None and own.judged:
                value = own.counted / own.judged
                yield Measured(at=window.at, value=value, requests=int(own.judged))


def _drift(found: Found, windows: Sequence[WindowSummary]) -> Iterator[Measured]:
    own = [(w, c) for w in windows if (c := column_of(w, found.metric)).rows]
    before = dict[int | str, int]()
    for window, column in own:
        if window.until <= found.since:
            for value, count in column.values.items():
                before[value] = before.get(value, 0) + count
    for window, column in own if before else ():
        yield Measured(at=window.at, value=distance(before, column.values), requests=column.rows)


def _mean(found: Found, windows: Sequence[WindowSummary]) -> Iterator[Measured]:
    for window in windows:
        column: Column = column_of(window, found.metric)
        rows = sum(count for value, count in column.values.items() if value in column.sums)
        if rows:
            yield Measured(at=window.at, value=sum(column.sums.values()) / rows, requests=rows)


def _requests(windows: Sequence[WindowSummary]) -> Iterator[Measured]:
    for window in _shortest(windows):
        served = sum(cell.requests for cell in window.cells)
        if served:
            yield Measured(at=window.at, value=float(served), requests=served)
