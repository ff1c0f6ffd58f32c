"""The grid on which a column of numbers is counted: which bucket stands for which values.

A grid is linear near its centre and logarithmic far out, ln(1 + |z|) with the sign of z on either
side, so that no value is out of its range and no outlier widens it. It stands in for the inverse
hyperbolic sine, costs a third of it and is at most 1.4 times as coarse (decision 0029). Where much
stands in one bucket it is told apart within: by a grid of its own or, where it was one value, as
that value and what lies on either side. Buckets are whole numbers that rise with the values; the
first digit is the grid's own, the others are those within, and are zero where nothing is told
apart.
"""

from __future__ import annotations

import math

import msgspec

from tocsin.facts.learned import learned

GRID_VERSION = 2
PER_SCALE, PER_SCALE_LEAST = 128, 8
"""Buckets per scale near the centre: a value is known to its 1/128th far out."""

DIGIT = 1 << 18
"""What one digit of a bucket can hold; there are three."""

MIDDLE = 1 << 17
"""Added to a digit within, so that it is never zero."""

ENDS, FARTHEST = 95_000, 1.797e308
"""The outermost digit, of what lies so many scales out or further: it cannot be divided."""

LESS, SAME, MORE = DIGIT - 3, DIGIT - 2, DIGIT - 1
"""The digits within a bucket that was one value."""

DEPTH = 2


class Grid(msgspec.Struct, frozen=True, kw_only=True):
    """Where a column's grid has its centre, and what one scale is.

    Args:
        scale: zero where all is one value, the centre; only within a bucket.
        per_scale: so many buckets are in one scale, near the centre.
        within: grids of those buckets that held much of the column, each after its digit.
    """

    centre: float
    scale: float
    per_scale: int = PER_SCALE
    within: tuple[tuple[int, Grid], ...] = ()

    def inside(self, digit: int) -> Grid | None:
        """The grid within a bucket."""
        return next((inner for known, inner in self.within if known == digit), None)


learned(Grid)


def bucket_of(grid: Grid, value: float) -> int:
    """The bucket of a finite number."""
    return sum(
        digit * DIGIT ** (DEPTH - place) for place, digit in enumerate(_digits(grid, value, 0))
    )


def edges(grid: Grid, bucket: int) -> tuple[float, float]:
    """Between which values a bucket lies; they are the same where it is one value."""
    low, high, here = -math.inf, math.inf, grid
    for depth in range(DEPTH + 1):
        digit = bucket // DIGIT ** (DEPTH - depth)
        digit = digit % DIGIT if depth else digit
        own = digit - MIDDLE if depth and here.scale else digit
        one, other = _between(here, own)
        low, high = max(low, one), min(high, other)
        inner = here.inside(own)
        if inner is None:
            break
        here = inner
    return low, max(low, high)


def value_of(grid: Grid, bucket: int) -> float:
    """A value that stands for a bucket: its middle, or its edge where it has no other."""
    low, high = edges(grid, bucket)
    if math.isinf(low) or math.isinf(high):
        return high if math.isinf(low) else low
    return low + (high - low) / 2


def is_one_value(bucket: int) -> bool:
    """Whether everything in the bucket is the same number, whatever window it stands in.

    So it is with what has no place on a grid, beyond all of its buckets.
    """
    if abs(bucket) >= DIGIT ** (DEPTH + 1):
        return True
    rest, last = divmod(bucket, DIGIT)
    return SAME in (last, rest % DIGIT)


def _digits(grid: Grid, value: float, depth: int) -> list[int]:
    digit = _digit(grid, value)
    inner = grid.inside(digit)
    shown = digit + MIDDLE if depth and grid.scale else digit
    below = [] if depth == DEPTH else [0] * (DEPTH - depth)
    return [shown, *(below if inner is None else _digits(inner, value, depth + 1))]


def _digit(grid: Grid, value: float) -> int:
    off = value - grid.centre
    if not grid.scale:
        return SAME if not off else LESS if off < 0 else MORE
    z = off * (1 / grid.scale)
    sign = (z > 0) - (z < 0)
    if math.isinf(z):
        return sign * ENDS
    return math.floor(grid.per_scale * (sign * math.log(abs(z) + 1)))


def _between(grid: Grid, digit: int) -> tuple[float, float]:
    if not grid.scale:
        return {
            LESS: (-math.inf, grid.centre),
            SAME: (grid.centre, grid.centre),
            MORE: (grid.centre, math.inf),
        }[digit]
    if abs(digit) == ENDS:
        end = grid.centre + math.copysign(FARTHEST, digit) * grid.scale
        return (end, math.inf) if digit > 0 else (-math.inf, end)
    return _edge(grid, digit), _edge(grid, digit + 1)


def _edge(grid: Grid, digit: int) -> float:
    try:
        far = math.expm1(abs(digit) / grid.per_scale)
        return grid.centre + math.copysign(grid.scale * far, digit)
    except OverflowError:
        return math.copysign(math.inf, digit)
