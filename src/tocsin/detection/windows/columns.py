"""What a window holds of one column, by slice, as plain counts that add up.

Numbers are counted by bucket, with minus infinity before the grid and plus infinity, not-a-number
and missing after it, so that a column that goes missing drifts too. Categories are counted by name,
the rare ones together, and missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

import msgspec

from tocsin.detection.declared.declaration import Slice
from tocsin.detection.windows.track import ALL, Learned, Values
from tocsin.facts.summaries import Categories, Distributions, Histogram, WindowSummary

BELOW, ABOVE, NAN, ABSENT = -(2**62), 2**62, 2**62 + 1, 2**62 + 2
OTHER, UNSEEN, MISSING = "\0other", "\0unseen", "\0missing"
NO_VALUE = (NAN, ABSENT, MISSING)

Sums = Mapping[int | str, float]
"""The sum of the values in each bucket; empty for categories."""


class Column(msgspec.Struct, frozen=True):
    """How often each value occurred, and the sums of those in each bucket."""

    values: Values = {}
    sums: Sums = {}

    @property
    def rows(self) -> int:
        return sum(self.values.values())


def column_of(window: WindowSummary | Distributions, name: str) -> Column:
    """What is known of a column in a window, or in a slice of one; empty where nothing is."""
    if name in window.numbers:
        return _of_numbers(window.numbers[name])
    if name in window.categories:
        return Column(_of_categories(window.categories[name]))
    return Column()


def sliced(
    window: WindowSummary, name: str, slices: Sequence[Slice]
) -> Iterator[tuple[str, Column]]:
    """The column in all requests, then in each slice of these kinds, by name."""
    yield ALL, column_of(window, name)
    kinds = {slice.value for slice in slices}
    for slice in sorted(window.slices):
        if slice.partition("=")[0] in kinds:
            yield slice, column_of(window.slices[slice], name)


def learned_with(
    learned: Learned, window: WindowSummary, name: str, slices: Sequence[Slice]
) -> Learned:
    """The baseline with one more window of the column in it."""
    values, sums = dict(learned.values), dict(learned.sums)
    requests = learned.requests
    for slice, column in sliced(window, name, slices):
        values[slice] = _plus(values.get(slice, {}), column.values)
        if column.sums:
            sums[slice] = _plus(sums.get(slice, {}), column.sums)
        requests += column.rows if slice == ALL else 0
    return Learned(requests=requests, values=values, sums=sums)


def known_of(learned: Learned, slice: str) -> Column:
    """The baseline of a slice: its own for a segment, that of all requests for a version."""
    judged_by = slice if slice.startswith("segment=") else ALL
    return Column(learned.values.get(judged_by, {}), learned.sums.get(judged_by, {}))


def are_categories(*columns: Values) -> bool:
    """Whether these are counts of names, not of buckets."""
    return any(isinstance(value, str) for values in columns for value in values)


_N = TypeVar("_N", int, float)


def _plus(one: Mapping[int | str, _N], other: Mapping[int | str, _N]) -> dict[int | str, _N]:
    found = dict(one)
    for value, more in other.items():
        found[value] = found[value] + more if value in found else more
    return found


def _of_numbers(histogram: Histogram) -> Column:
    found = dict[int | str, int](zip(histogram.buckets, histogram.counts, strict=True))
    odd: tuple[tuple[int | str, int], ...]
    odd = ((BELOW, histogram.below), (ABOVE, histogram.above), (NAN, histogram.nan),
           (ABSENT, histogram.absent))  # fmt: skip
    sums = dict[int | str, float](zip(histogram.buckets, histogram.totals, strict=True))
    return Column(found | {bucket: count for bucket, count in odd if count}, sums)


def _of_categories(categories: Categories) -> Values:
    odd: tuple[tuple[int | str, int], ...]
    odd = ((OTHER, categories.other), (MISSING, categories.absent))
    found = dict[int | str, int](categories.counts.items())
    return found | {name: count for name, count in odd if count}
