"""Fits the grid of a column on a sample of its rows, and counts on it in SQL.

The sample is drawn by what stands in the rows, so that it is the same in whatever order they lie.
A grid's scale is a power of two and its centre a multiple of a part of it: two samples of one
column nearly always give the same grid, and its arithmetic is exact.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import cast

import msgspec

from tocsin.facts.grids import (
    DEPTH,
    DIGIT,
    ENDS,
    LESS,
    MIDDLE,
    MORE,
    PER_SCALE,
    SAME,
    Grid,
)
from tocsin.sources.engine import Engine

FITTED_ON = 20_000
"""So many rows are sampled, or a few more or less."""

HEAVY = 0.01
"""A bucket with so large a share of a column is told apart within."""

HEAVY_MOST = 24
"""Of so many buckets of a column; each costs a comparison a row."""

# Buckets of what no grid has room for, beyond all that it has.
_FAR = 1 << 52
ABSENT, NAN, BELOW, NO_NUMBER, ABOVE = -_FAR, -_FAR + 1, -_FAR + 2, -_FAR + 3, _FAR

SPAN_LEAST = 1e-290
"""What is narrower is one value: near the smallest numbers a quotient comes to nothing."""

_QUANTILES = "[0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]"
_SAMPLED = "sampled"
TOGETHER_MOST = 64
"""So many columns are asked for in one statement."""


def fitted(
    engine: Engine, chosen: Callable[[list[str]], str], columns: Mapping[int, str], rows: int
) -> dict[str, Grid]:
    """Grids of those columns that have a number to fit one on.

    Args:
        chosen: a table with the named ones of the columns x0.. and the time t.
        columns: by the number that each has in the table.
        rows: how many there are.
    """
    numbers = sorted(columns)
    found = dict[str, Grid]()
    for begin in range(0, len(numbers), TOGETHER_MOST):
        some = numbers[begin : begin + TOGETHER_MOST]
        _sample(engine, chosen, some, rows)
        grids = _coarse(engine, some)
        for depth in range(DEPTH):
            grids = _refined(engine, grids, depth)
        found |= {columns[i]: grid for i, grid in grids.items()}
    return found


def _sample(
    engine: Engine, chosen: Callable[[list[str]], str], columns: Sequence[int], rows: int
) -> None:
    one_in = max(rows // FITTED_ON, 1)
    names = [f"x{i}" for i in columns]
    drawn = ", ".join(names[:3])
    where = f"WHERE hash(t, {drawn}) % {one_in} = 0" if one_in > 1 else ""
    engine.rows(
        f"CREATE OR REPLACE TEMP TABLE {_SAMPLED} AS SELECT {', '.join(names)} "
        f"FROM {chosen(['t', *names])} {where}"
    )


def _coarse(engine: Engine, columns: Sequence[int]) -> dict[int, Grid]:
    asked = ", ".join(f"quantile_cont(x{i}, {_QUANTILES}) FILTER (isfinite(x{i}))" for i in columns)
    [row] = engine.rows(f"SELECT {asked} FROM {_SAMPLED}")
    return {
        i: grid_of([float(q) for q in quantiles])
        for i, quantiles in zip(columns, row, strict=True)
        if isinstance(quantiles, list)
    }


def grid_of(quantiles: Sequence[float], width: float = 0.0) -> Grid:
    """Half of a normal column lies within 1.349 standard deviations, 90 % within 3.29 of them.

    Where half the values are one value the wider spans are asked; where all are, all that there
    are (`width`) or, where nobody says, its own size.
    """
    p01, p05, p25, centre, p75, p95, p99 = quantiles
    spans = ((p75 - p25, 1.349), (p95 - p05, 3.29), (p99 - p01, 4.653), (width, 8.0))
    for span, deviations in spans:
        if SPAN_LEAST < span < math.inf:
            return _snapped(centre, span / deviations)
    own = abs(centre) / 100
    return _snapped(centre, own if own > SPAN_LEAST else 1.0)


def _snapped(centre: float, scale: float) -> Grid:
    exact = math.ldexp(1.0, round(math.log2(scale)))
    part = exact / 4
    steps = centre / part
    if abs(steps) < 2**52:
        centre = round(steps) * part
    return Grid(centre=centre, scale=exact)


def _refined(engine: Engine, grids: Mapping[int, Grid], depth: int) -> dict[int, Grid]:
    """The grids, with what is heavy told apart within: at the first depth, or one below it."""
    open_ = {i: g for i, g in grids.items() if not depth or any(w.scale for _, w in g.within)}
    if not open_:
        return dict(grids)
    heavy: dict[int, dict[int, Grid]] = {i: {} for i in open_}
    for row in engine.rows(" UNION ALL ".join(_heavy(i, grid) for i, grid in open_.items())):
        i, bucket, low, high, quantiles = cast("tuple[int, int, float, float, list[float]]", row)
        one = Grid(centre=low, scale=0.0)
        heavy[i][bucket] = one if low == high else grid_of(quantiles, high - low)
    return {i: _with(grid, heavy.get(i, {}), depth) for i, grid in grids.items()}


def _heavy(i: int, grid: Grid) -> str:
    return (
        f"(SELECT {i}, {bucket('b', 'x', grid)} AS k, min(x), max(x), "
        f"quantile_cont(x, {_QUANTILES}) FROM (SELECT x{i} AS x, {digit(f'x{i}', grid)} AS b "
        f"FROM {_SAMPLED}) WHERE b BETWEEN {-ENDS} AND {ENDS} GROUP BY ALL "
        f"HAVING count(*) > {HEAVY} * (SELECT count(x{i}) FROM {_SAMPLED}) "
        f"ORDER BY min(x) = max(x), count(*) DESC, k LIMIT {HEAVY_MOST})"
    )


def _with(grid: Grid, heavy: Mapping[int, Grid], depth: int) -> Grid:
    within = dict(grid.within)
    for bucket, inner in heavy.items():
        first, rest = divmod(bucket, DIGIT**DEPTH)
        second = rest // DIGIT
        if not depth:
            within[first] = inner
        elif second and second < LESS:
            outer = within[first]
            more = (*outer.within, (second - MIDDLE, inner))
            within[first] = msgspec.structs.replace(outer, within=tuple(sorted(more, key=_place)))
    return msgspec.structs.replace(grid, within=tuple(sorted(within.items(), key=_place)))


def _place(pair: tuple[int, Grid]) -> int:
    return pair[0]


def digit(x: str, grid: Grid) -> str:
    """SQL for the first digit of a column's values, and for what has no place on a grid.

    Whatever has no place comes out of the cast as missing and is looked at again: this is much
    cheaper than to ask of each value what it is.
    """
    return (
        f"coalesce({_own(x, grid)}, CASE WHEN {x} IS NULL THEN {_ODD[ABSENT]} "
        f"WHEN isnan({x}) THEN {_ODD[NAN]} WHEN isfinite({x}) THEN "
        f"{_end(x, grid)} WHEN {x} > 0 THEN {_ODD[ABOVE]} ELSE {_ODD[BELOW]} END)"
    )


_ODD = {ABSENT: -(2**31) + 1, NAN: -(2**31) + 2, BELOW: -(2**31) + 3, ABOVE: 2**30}
"""The same in 32 bits: what is grouped by is to be small."""


def bucket(b: str, x: str, grid: Grid) -> str:
    """SQL for the bucket of a value, of whose first digit is known."""
    whole = f"CAST({b} AS BIGINT) * {DIGIT**DEPTH}"
    odd = " ".join(f"WHEN {small} THEN {large}" for large, small in _ODD.items())
    inner = " ".join(_within(x, grid, DEPTH - 1))
    if inner:
        whole += f" + CASE {b} {inner} ELSE 0 END"
    return f"CASE {b} {odd} ELSE {whole} END"


def _within(x: str, grid: Grid, place: int) -> Iterator[str]:
    for first, inner in grid.within:
        yield f"WHEN {first} THEN {_inner(x, inner, place)}"


def _inner(x: str, grid: Grid, place: int) -> str:
    if not grid.scale:
        at = repr(grid.centre)
        said = f"CASE WHEN {x} = {at} THEN {SAME} WHEN {x} < {at} THEN {LESS} ELSE {MORE} END"
        return f"CAST({said} AS BIGINT) * {DIGIT**place}"
    own = f"coalesce({_own(x, grid)}, {_end(x, grid)})"
    sql = f"(CAST({own} AS BIGINT) + {MIDDLE}) * {DIGIT**place}"
    deeper = " ".join(_within(x, grid, place - 1))
    return f"({sql} + CASE {own} {deeper} ELSE 0 END)" if deeper else sql


def _own(x: str, grid: Grid) -> str:
    z = _z(x, grid)
    ln = f"ln(abs({z}) + sqrt({z} * {z} + 1))"
    return f"TRY_CAST(floor({PER_SCALE} * (sign({z}) * {ln})) AS INTEGER)"


def _end(x: str, grid: Grid) -> str:
    return f"CASE WHEN {_z(x, grid)} > 0 THEN {ENDS} ELSE {-ENDS} END"


def _z(x: str, grid: Grid) -> str:
    return f"(({x} - {grid.centre!r}) * {1 / grid.scale!r})"
