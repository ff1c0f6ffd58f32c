"""Columns of numbers as a profile keeps them, from numbers that were drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from tocsin.detection.windows.columns import Column
from tocsin.facts.grids import DIGIT
from tocsin.facts.summaries import Histogram


def gridded(x: Sequence[float] | np.ndarray) -> Column:
    """A column as the profile keeps it: 128 buckets a scale near 0."""
    values, buckets = np.asarray(x, float), np.floor(128 * np.arcsinh(x)).astype(int) * DIGIT**2
    sums: dict[int | str, float] = {}
    for bucket, value in zip(buckets, values, strict=True):
        sums[int(bucket)] = sums.get(int(bucket), 0.0) + float(value)
    return Column(dict(Counter(int(b) for b in buckets)), sums)


def histogram(x: np.ndarray, **odd: int) -> Histogram:
    """The same, as a window holds it."""
    column = gridded(x)
    order = sorted(column.values, key=int)
    return Histogram(
        buckets=tuple(int(b) for b in order), counts=tuple(column.values[b] for b in order),
        totals=tuple(column.sums[b] for b in order), **odd,
    )  # fmt: skip
