"""Moves a column that was counted on one grid to another, so that two profiles can be compared.

Each bucket goes where the mean of its values lies, which is within the bucket: what a value was is
known to a bucket of either grid, and no closer. Whoever wants exact counts profiles both logs on
one grid; what was moved is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from tocsin.facts.grids import Grid, bucket_of, value_of
from tocsin.facts.logs import LogMapping
from tocsin.facts.summaries import Distributions, Histogram, WindowSummary

Grids = Mapping[str, Grid]


def unlike(own: Grids, other: Grids) -> tuple[str, ...]:
    """The columns that two logs count on different grids."""
    return tuple(sorted(name for name in own if name in other and own[name] != other[name]))


def moved(windows: Sequence[WindowSummary], own: Grids, other: Grids) -> list[WindowSummary]:
    """The windows with every such column on the other grid."""
    names = frozenset(unlike(own, other))
    if not names:
        return list(windows)
    return [
        msgspec.structs.replace(
            window,
            numbers=_numbers(window.numbers, names, own, other),
            slices={
                name: Distributions(numbers=_numbers(found.numbers, names, own, other),
                                    categories=found.categories)
                for name, found in window.slices.items()
            },
        )
        for window in windows
    ]  # fmt: skip


def as_long_as(
    windows: Sequence[WindowSummary], own: LogMapping, other: LogMapping
) -> tuple[WindowSummary, ...]:
    """A reference's windows under the lengths of the log's: only their sums are asked for."""
    short = {own.window_seconds: other.window_seconds}
    long = {own.profile_seconds: other.profile_seconds}
    found = [_called(w, short[w.seconds]) for w in windows if w.seconds in short]
    if other.profile_seconds != other.window_seconds:
        found += [_called(w, long[w.seconds]) for w in windows if w.seconds in long]
    return tuple(found)


def _called(window: WindowSummary, seconds: int) -> WindowSummary:
    return msgspec.structs.replace(window, seconds=seconds)


def _numbers(
    numbers: Mapping[str, Histogram], names: frozenset[str], own: Grids, other: Grids
) -> dict[str, Histogram]:
    return {
        name: _histogram(found, own[name], other[name]) if name in names else found
        for name, found in numbers.items()
    }


def _histogram(found: Histogram, own: Grid, other: Grid) -> Histogram:
    counts: dict[int, int] = {}
    totals: dict[int, float] = {}
    for bucket, count, total in zip(found.buckets, found.counts, found.totals, strict=True):
        to = bucket_of(other, total / count if count else value_of(own, bucket))
        counts[to] = counts.get(to, 0) + count
        totals[to] = totals.get(to, 0.0) + total
    buckets = sorted(counts)
    return msgspec.structs.replace(
        found,
        buckets=tuple(buckets),
        counts=tuple(counts[b] for b in buckets),
        totals=tuple(totals[b] for b in buckets),
    )
