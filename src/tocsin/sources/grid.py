"""Fits the grid of a column on a sample of its rows, and counts on it in SQL.

The sample is drawn by what stands in the rows, so that it is the same in whatever order they lie.
A grid's scale is a power of two and its centre a multiple of a part of it: two samples of one
column nearly always give the same grid, and its arithmetic is exact.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
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
    PER_SCALE_LEAST,
    SAME,
    Grid,
)
from tocsin.sources.engine import Engine, Row

FITTED_ON = 10_000
"""So many rows are sampled, or a few more or less."""

HEAVY = 0.02
"""A bucket with so large a share of a column is told apart within: more than any holds of a column
that is smooth."""

HEAVY_MOST = 64
"""Of so many buckets of a column; each costs a comparison a row."""

# Digits of what no grid has room for, and the buckets that begin with them.
ODD = (-100_004, -100_003, -100_002, -100_001, 100_000)
ABSENT, NAN, BELOW, NO_NUMBER, ABOVE = (digit * DIGIT**DEPTH for digit in ODD)
BEYOND = 90_000 * DIGIT**DEPTH
_ABSENT, _NAN, _BELOW, DOUBTFUL, _ABOVE = ODD

NARROW = 1e-6
"""What is narrower than so much of a column is told apart within a bucket."""

SPAN_LEAST = 1e-290
"""What is narrower is one value: near the smallest numbers a quotient comes to nothing."""

SCALE_MOST = 1e300

_SHARES, _INNER = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99), (0.25, 0.5)
_QUANTILES = str(list(_SHARES))
_NORMAL = 0.371
"""A normal column has so much within one standard deviation, if it is as dense as about there."""

_SAMPLED = "sampled"
LONG_SECONDS = 86_400

SAMPLED_MOST, TOGETHER_MOST = 64, 16
"""So many columns are sampled at a time, and asked for in one statement."""


def per_scale_of(profile_seconds: int) -> int:
    """How fine grids are to be: windows shorter than a day hold fewer rows, and there are more."""
    return PER_SCALE if profile_seconds >= LONG_SECONDS else PER_SCALE // 2


def fitted(
    engine: Engine, chosen: Callable[[list[str]], str], columns: Mapping[int, str], rows: int,
    per_scale: int = PER_SCALE,
) -> dict[str, Grid]:  # fmt: skip
    """Grids of those columns that have a number to fit one on.

    Args:
        chosen: a table with the named ones of the columns x0.. and the time t.
        columns: by the number that each has in the table.
        rows: how many there are.
        per_scale: how fine the grids are to be.
    """
    numbers = sorted(columns)
    found = dict[str, Grid]()
    for begin in range(0, len(numbers), SAMPLED_MOST):
        some = numbers[begin : begin + SAMPLED_MOST]
        _sample(engine, chosen, some, rows)
        grids = _coarse(engine, some, per_scale)
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


def _coarse(engine: Engine, columns: Sequence[int], per_scale: int) -> dict[int, Grid]:
    asked = ", ".join(f"quantile_cont(x{i}, {_QUANTILES}) FILTER (isfinite(x{i}))" for i in columns)
    [row] = engine.rows(f"SELECT {asked} FROM {_SAMPLED}")
    return {
        i: msgspec.structs.replace(grid_of(quantiles), per_scale=per_scale)
        for i, quantiles in zip(columns, row, strict=True)
        if isinstance(quantiles, list)
    }


def grid_of(quantiles: Sequence[float], width: float = 0.0) -> Grid:
    """Centre and scale where values lie closest, for a grid is logarithmic far out.

    The centre is the median unless values lie more than twice as close elsewhere. Where nearly all
    are one value, the scale is of all that there are (`width`) or, where nobody says, of the value.
    """
    spread, middle = quantiles[-1] - quantiles[0], quantiles[len(quantiles) // 2]
    if not SPAN_LEAST < spread < math.inf:
        own = abs(middle) / 100
        most = width / 8 if SPAN_LEAST < width < math.inf else 0.0
        return _snapped(middle, most or (own if own > SPAN_LEAST else 1.0))
    places = zip(pairwise(_SHARES), pairwise(quantiles), strict=True)
    close = [
        ((to - from_) / (high - low), from_ in _INNER, low / 2 + high / 2)
        for (from_, to), (low, high) in places
        if high - low > max(spread * NARROW, SPAN_LEAST)
    ]
    densest, _, centre = max(close)
    inner = max((density for density, is_inner, _ in close if is_inner), default=0.0)
    if inner * 2 >= densest:
        densest, centre = inner, middle
    return _snapped(centre, _NORMAL / densest)


def _snapped(centre: float, scale: float) -> Grid:
    exact = math.ldexp(1.0, round(math.log2(min(scale, SCALE_MOST))))
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
    held = _held(engine, open_)
    for (i, bucket), (_, low, high) in held.items():
        if low == high:
            heavy[i][bucket] = Grid(centre=low, scale=0.0)
    for i, bucket, quantiles in _spread(engine, open_, held):
        share, low, high = held[i, bucket]
        fine = 2 ** math.ceil(math.log2(open_[i].per_scale * share))
        inner = grid_of(quantiles, high - low)
        heavy[i][bucket] = msgspec.structs.replace(inner, per_scale=max(fine, PER_SCALE_LEAST))
    return {i: _with(grid, heavy.get(i, {}), depth) for i, grid in grids.items()}


_Held = Mapping[tuple[int, int], tuple[float, float, float]]


def _held(engine: Engine, grids: Mapping[int, Grid]) -> _Held:
    """The buckets that hold much of a column, by its number: how much, and between which values.

    Those of more than one value come first.
    """
    asked = [
        f"(SELECT {i} AS i, {_placed(i, grid)} AS k, count(*) / (SELECT count(x{i}) FROM "
        f"{_SAMPLED}) AS share, min(x{i}), max(x{i}) FROM {_SAMPLED} "
        f"GROUP BY k HAVING share > {HEAVY} AND abs(k) < {BEYOND} "
        f"ORDER BY min(x{i}) = max(x{i}), share DESC, k LIMIT {HEAVY_MOST})"
        for i, grid in grids.items()
    ]
    rows = cast("list[tuple[int, int, float, float, float]]", _all(engine, asked))
    return {(i, k): (share, low, high) for i, k, share, low, high in rows}


def _spread(
    engine: Engine, grids: Mapping[int, Grid], held: _Held
) -> list[tuple[int, int, list[float]]]:
    """How the values lie in those of these buckets that hold more than one."""
    open_ = defaultdict[int, list[str]](list)
    for (i, k), (_, low, high) in held.items():
        if low < high:
            open_[i].append(str(k))
    asked = [
        f"(SELECT {i}, k, quantile_cont(x, {_QUANTILES}) FROM (SELECT x{i} AS x, "
        f"{_placed(i, grids[i])} AS k FROM {_SAMPLED}) WHERE k IN ({', '.join(ks)}) GROUP BY k)"
        for i, ks in open_.items()
    ]
    return cast("list[tuple[int, int, list[float]]]", _all(engine, asked))


def _all(engine: Engine, asked: Sequence[str]) -> list[Row]:
    found = list[Row]()
    for begin in range(0, len(asked), TOGETHER_MOST):
        found += engine.rows(" UNION ALL ".join(asked[begin : begin + TOGETHER_MOST]))
    return found


def _placed(i: int, grid: Grid) -> str:
    return bucket(digit(f"x{i}", grid), f"x{i}", grid)


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
        f"coalesce({_own(x, grid)}, CASE WHEN {x} IS NULL THEN {_ABSENT} "
        f"WHEN isnan({x}) THEN {_NAN} WHEN isfinite({x}) THEN "
        f"{_end(x, grid)} WHEN {x} > 0 THEN {_ABOVE} ELSE {_BELOW} END)"
    )


def bucket(b: str, x: str, grid: Grid) -> str:
    """SQL for the bucket of a value, of which the first digit is known."""
    whole = f"CAST({b} AS BIGINT) * {DIGIT**DEPTH}"
    inner = " ".join(_within(x, grid, DEPTH - 1))
    return f"{whole} + CASE {b} {inner} ELSE 0 END" if inner else whole


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
    return f"TRY_CAST(floor({grid.per_scale} * (sign({z}) * ln(abs({z}) + 1))) AS INTEGER)"


def _end(x: str, grid: Grid) -> str:
    return f"CASE WHEN {_z(x, grid)} > 0 THEN {ENDS} ELSE {-ENDS} END"


def _z(x: str, grid: Grid) -> str:
    off = f"({x} - {grid.centre!r})" if grid.centre else x
    return off if grid.scale == 1 else f"({off} * {1 / grid.scale!r})"
