"""Plants a change of a known size into windows, to see whether a detector would find it.

The change is of the kind that the detector watches and goes the way that it calls worse: a rate or
a quantity grows by a share of itself, so many of a column's rows go elsewhere, a group is decided
favourably less often. Only counts change, as much as is expected; nothing is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

import msgspec

from tocsin.detection.declared.declaration import (
    Detector,
    Direction,
    Drift,
    Fairness,
    Measure,
    Quantity,
    Rate,
)
from tocsin.facts.summaries import (
    Categories,
    Cell,
    Distributions,
    GroupCell,
    Histogram,
    WindowSummary,
)

RELATIVE = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0)
SHARES = (0.005, 0.01, 0.02, 0.03, 0.05, 0.08, 0.12, 0.2, 0.3, 0.5, 0.75, 1.0)
ELSEWHERE = "\0planted"
_Cell = TypeVar("_Cell", Cell, GroupCell)


def sizes_of(detector: Detector) -> tuple[tuple[float, ...], str]:
    """The sizes that can be planted, rising, and what they are sizes of; none where none can."""
    match detector:
        case Rate(direction=Direction.UP) | Quantity(direction=Direction.UP):
            return RELATIVE, "more than before"
        case Rate() | Quantity():
            return tuple(size for size in RELATIVE if size < 1), "less than before"
        case Drift(measure=Measure.MISSING):
            return SHARES, "of the values go missing"
        case Drift():
            return SHARES, "of the values are others"
        case Fairness(groups=groups) if groups and detector.parity.value != "calibration":
            less = tuple(size for size in RELATIVE if size < 1)
            return less, f"less often for one value of {groups[0]}"
        case _:
            return (), ""


def planted(
    windows: Sequence[WindowSummary], detector: Detector, size: float, group: str | None = None
) -> list[WindowSummary]:
    """The windows with a change of this size in them.

    Args:
        group: of fairness, the value of the detector's first column that fares worse.
    """
    match detector:
        case Rate():
            more = size if detector.direction is Direction.UP else -size
            return [_with_rate(window, detector.rate, 1 + more) for window in windows]
        case Drift() | Quantity():
            return [_with_column(window, detector, size) for window in windows]
        case Fairness() if group is not None:
            return [_with_group(window, group, 1 - size) for window in windows]
        case _:
            return list(windows)


def _with_rate(window: WindowSummary, rate: str, times: float) -> WindowSummary:
    return msgspec.structs.replace(
        window, cells=tuple(_counted(cell, rate, times) for cell in window.cells)
    )


def _counted(cell: _Cell, rate: str, times: float) -> _Cell:
    judged = cell.judged.get(rate, 0)
    counted = min(round(cell.counted.get(rate, 0) * times), judged)
    return msgspec.structs.replace(cell, counted={**cell.counted, rate: counted})


def _with_group(window: WindowSummary, group: str, times: float) -> WindowSummary:
    """The first column's value fares worse in every rate: fewer are decided favourably."""
    cells = [
        _every(cell, times) if cell.group and cell.group[0] == group else cell
        for cell in window.groups
    ]
    return msgspec.structs.replace(window, groups=tuple(cells))


def _every(cell: GroupCell, times: float) -> GroupCell:
    for rate in cell.counted:
        cell = _counted(cell, rate, times)
    return cell


def _with_column(window: WindowSummary, detector: Drift | Quantity, size: float) -> WindowSummary:
    slices = {
        name: Distributions(numbers=_numbers(own.numbers, detector, size),
                            categories=_categories(own.categories, detector, size))
        for name, own in window.slices.items()
    }  # fmt: skip
    return msgspec.structs.replace(
        window,
        numbers=_numbers(window.numbers, detector, size),
        categories=_categories(window.categories, detector, size),
        slices=slices,
    )


def _numbers(
    found: Mapping[str, Histogram], detector: Drift | Quantity, size: float
) -> Mapping[str, Histogram]:
    own = found.get(detector.column)
    return found if own is None else {**found, detector.column: _histogram(own, detector, size)}


def _histogram(found: Histogram, detector: Drift | Quantity, size: float) -> Histogram:
    if isinstance(detector, Quantity):
        more = size if detector.direction is Direction.UP else -size
        totals = tuple(total * (1 + more) for total in found.totals)
        return msgspec.structs.replace(found, totals=totals)
    left = [round(count * (1 - size)) for count in found.counts]
    gone = sum(found.counts) - sum(left)
    if detector.measure is Measure.MISSING:
        return _kept(found, left, absent=found.absent + gone)
    if not left:
        return found
    left[-1] += gone  # to the upper end: all of the distribution below it moves
    return _kept(found, left, absent=found.absent)


def _kept(found: Histogram, counts: list[int], absent: int) -> Histogram:
    totals = tuple(
        total / before * now if before else 0.0
        for total, before, now in zip(found.totals, found.counts, counts, strict=True)
    )
    return msgspec.structs.replace(found, counts=tuple(counts), totals=totals, absent=absent)


def _categories(
    found: Mapping[str, Categories], detector: Drift | Quantity, size: float
) -> Mapping[str, Categories]:
    own = found.get(detector.column)
    if own is None or not isinstance(detector, Drift):
        return found
    left = {name: round(count * (1 - size)) for name, count in own.counts.items()}
    gone = sum(own.counts.values()) - sum(left.values())
    missing = detector.measure is Measure.MISSING
    moved = Categories(
        counts=left if missing else {**left, ELSEWHERE: gone},
        other=own.other,
        absent=own.absent + gone if missing else own.absent,
    )
    return {**found, detector.column: moved}
