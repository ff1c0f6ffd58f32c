"""In which bucket of a column's grid a number falls, as an Ibis expression.

It says the same as `facts.grids.bucket_of`, step for step, so that every engine counts alike.
"""

from __future__ import annotations

import ibis

from tocsin.facts.grids import (
    DEPTH,
    DIGIT,
    ENDS,
    LESS,
    MIDDLE,
    MORE,
    SAME,
    Grid,
)
from tocsin.sources.cluster.values import LARGEST, Value, is_finite
from tocsin.sources.grid import ABOVE, ABSENT, BELOW, NAN


def bucket(value: Value, grid: Grid) -> Value:
    """The bucket's number; those of missing, not-a-number and the infinities included."""
    # Whatever is not finite is reckoned as the centre: an engine may look into every branch.
    there = ibis.ifelse(is_finite(value), value, grid.centre)
    return ibis.cases(
        (value.isnan(), NAN),  # asked first: Ibis lets Spark take it for missing
        (value.isnull(), ABSENT),
        (is_finite(value), _digits(there, grid, 0)),
        (value > 0, ABOVE),
        else_=BELOW,
    ).cast("int64")


def _digits(value: Value, grid: Grid, depth: int) -> Value:
    own = _digit(value, grid)
    shown = own + MIDDLE if depth and grid.scale else own
    whole = shown * DIGIT ** (DEPTH - depth)
    if not grid.within:
        return whole
    inner = [(own == known, _digits(value, one, depth + 1)) for known, one in grid.within]
    return whole + ibis.cases(*inner, else_=0)


def _digit(value: Value, grid: Grid) -> Value:
    if not grid.scale:
        at = grid.centre
        return ibis.cases((value == at, SAME), (value < at, LESS), else_=MORE).cast("int64")
    z = (value - grid.centre) * (1 / grid.scale)
    far = z.abs() > LARGEST
    near = ibis.ifelse(far, 0.0, z)
    size = (near.abs() + 1.0).ln()
    digit = (ibis.ifelse(near < 0, -size, size) * float(grid.per_scale)).floor().cast("int64")
    return ibis.cases((far & (z > 0), ENDS), (far, -ENDS), else_=digit).cast("int64")
