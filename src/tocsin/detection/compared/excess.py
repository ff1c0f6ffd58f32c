"""Which slices carry what a rate has too much: a sum that leaves nothing over.

Had the rate stayed as it was, so many requests fewer would have gone wrong: that is the excess.
Each slice carries a part of it, and each part has two: *within*, for the slice itself goes wrong
oftener than before, and *mix*, for more (or fewer) of the requests fall to a slice that always went
wrong oftener. All parts of one way to tell slices apart add up to the whole.

Source: the decomposition is Kitagawa's (JASA 50, 1955), with the composition weighed by the rates
before; of a slice that is new its rate before is taken to be that of all, so that it is all within.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from tocsin.facts.summaries import Cell, GroupCell, WindowSummary

Counts = tuple[int, int]
"""Requests that were judged, and those that went wrong."""


class Rated(msgspec.Struct, frozen=True, kw_only=True):
    """A rate, and whether it is too low instead of too high."""

    metric: str
    fell: bool


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What one slice carries; `within` and `mix` are numbers of requests and add up to `excess`."""

    name: str
    before: Counts
    since: Counts
    excess: float
    within: float
    mix: float


class Excess(msgspec.Struct, frozen=True, kw_only=True):
    """What all slices carry, by one way to tell them apart.

    Args:
        by: `version`, `segment`, or a column of groups.
        excess: how many more went wrong than at the rate before.
        parts: the largest first.
    """

    by: str
    excess: float
    within: float
    mix: float
    parts: tuple[Part, ...]


def excesses(
    rated: Rated, before: Sequence[WindowSummary], since: Sequence[WindowSummary],
    grouped_before: Sequence[WindowSummary], grouped_since: Sequence[WindowSummary],
    groups: Sequence[str],
) -> tuple[Excess, ...]:  # fmt: skip
    """What the slices carry, by version, by segment and by each column of groups."""
    found = list[Excess | None]()
    for by, name_of in (("version", _version), ("segment", _segment)):
        found.append(
            decomposed(by, _of_cells(before, rated, name_of), _of_cells(since, rated, name_of))
        )
    for place, by in enumerate(groups):
        found.append(
            decomposed(
                by,
                _of_groups(grouped_before, rated, place),
                _of_groups(grouped_since, rated, place),
            )
        )
    return tuple(one for one in found if one is not None)


def decomposed(by: str, before: Mapping[str, Counts], since: Mapping[str, Counts]) -> Excess | None:
    """What each slice carries; None where there is one slice alone, or nothing to compare."""
    n, k = _sum(before.values())
    m, bad = _sum(since.values())
    names = sorted({*before, *since})
    if not n or not m or len(names) < 2:
        return None
    whole = k / n
    parts = []
    for name in names:
        (n1, k1), (m1, bad1) = before.get(name, (0, 0)), since.get(name, (0, 0))
        own = k1 / n1 if n1 else whole
        within = bad1 - m1 * own
        mix = (m1 - m * n1 / n) * (own - whole)
        parts.append(
            Part(name=name, before=(n1, k1), since=(m1, bad1), excess=within + mix,
                 within=within, mix=mix)
        )  # fmt: skip
    parts.sort(key=lambda part: (-part.excess, part.name))
    return Excess(
        by=by,
        excess=bad - m * whole,
        within=sum(part.within for part in parts),
        mix=sum(part.mix for part in parts),
        parts=tuple(parts),
    )


def _sum(counts: Iterable[Counts]) -> Counts:
    n = k = 0
    for more, bad in counts:
        n, k = n + more, k + bad
    return n, k


def _version(cell: Cell) -> str | None:
    return cell.version


def _segment(cell: Cell) -> str | None:
    return cell.segment


NONE = "(none)"


def _of_cells(
    windows: Iterable[WindowSummary], rated: Rated, name_of: Callable[[Cell], str | None]
) -> dict[str, Counts]:
    cells = (cell for window in windows for cell in window.cells)
    return _added(((name_of(cell) or NONE, cell) for cell in cells), rated)


def _of_groups(windows: Iterable[WindowSummary], rated: Rated, place: int) -> dict[str, Counts]:
    cells = (cell for window in windows for cell in window.groups)
    return _added(((cell.group[place] or NONE, cell) for cell in cells), rated)


def _added(cells: Iterable[tuple[str, Cell | GroupCell]], rated: Rated) -> dict[str, Counts]:
    found = dict[str, Counts]()
    for name, cell in cells:
        judged, counted = cell.judged.get(rated.metric, 0), cell.counted.get(rated.metric, 0)
        if judged:
            n, k = found.get(name, (0, 0))
            found[name] = (n + judged, k + (judged - counted if rated.fell else counted))
    return found
