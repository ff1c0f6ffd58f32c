"""One pass over a partition: per window, version and segment, what was served and how it looked.

The profile is long and narrow, so that profiles add by adding rows. A column of numbers is counted
on a grid that is linear near its centre and logarithmic far out (the inverse hyperbolic sine), is
fitted once and then frozen: no value is out of its range, no outlier widens it, and the counts of
any two windows can be compared bucket by bucket. Missing, not-a-number and the infinities have
buckets of their own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import cast

import msgspec

from tocsin.facts.confusion import every_rate
from tocsin.facts.logs import LogMapping
from tocsin.sources import profile_groups
from tocsin.sources.columns import MICROSECONDS_A_ROW, ROW, Columns, literal
from tocsin.sources.engine import Engine
from tocsin.sources.texts import drawn, repetitions

GRID_VERSION = 1
PER_SCALE = 128  # buckets per scale near the centre
FITTED_ON = 100_000  # rows
CATEGORIES_KEPT = 1000
CATEGORY_LETTERS = 200
# Buckets of what no grid has room for; the grid's own stay within a hundred thousand.
ABSENT, NAN, BELOW, NO_NUMBER, ABOVE = -(2**31) + 1, -(2**31) + 2, -(2**31) + 3, -(2**31) + 4, 2**30
_TOP = 1e300


SPAN_LEAST = 1e-290
"""What is narrower is one value: near the smallest numbers a quotient comes to nothing."""


class Grid(msgspec.Struct, frozen=True, kw_only=True):
    """Where a column's grid has its centre, and what one scale is."""

    centre: float
    scale: float


class Rows(msgspec.Struct, frozen=True, kw_only=True):
    """A partition under the names that every profile uses, whatever its own columns are called.

    Args:
        select: f (the file), t (microseconds), v, s, o (served by the fallback), r0.. (rates),
            x0.. (numbers), b0.. (a text that is no number), c0.. (categories), m0.. (alike where
            texts are alike).
        table, names, time: the rows as they are, their columns, and SQL for the time of each.
        parsed: the file is text, which is worth reading only once.
    """

    select: str
    table: str
    names: tuple[str, ...]
    time: str
    parsed: bool
    rates: tuple[str, ...]
    numbers: tuple[str, ...]
    categories: tuple[str, ...]
    repeats: tuple[str, ...] = ()


def rows_of(
    columns: Columns, table: str, mapping: LogMapping, *, parsed: bool, source: str
) -> Rows:
    """The partition as the mapping reads it. Raises CannotRead: a column it needs is not there."""

    def text(column: str | None) -> str:
        there = column is not None and _wanted(columns, mapping, (column,))
        return columns.text(column) if there and column is not None else "CAST(NULL AS VARCHAR)"

    texts = drawn(columns, mapping)
    mapping = texts.beside(mapping)
    rates = {
        name: columns.share(share)
        for name, share in every_rate(mapping).items()
        if _wanted(columns, mapping, share.columns())
    }
    rates |= texts.rates
    numbers = {name: columns.number(name) for name in numbers_of(columns, mapping)}
    numbers |= {name: (sql, "false") for name, sql in texts.numbers.items()}
    named = (c for c in mapping.categories if _wanted(columns, mapping, (c,)))
    categories = {name: columns.text(name) for name in named} | texts.categories
    instead = mapping.fallback
    served = "false"
    if instead is not None and _wanted(columns, mapping, instead.columns()):
        served = f"coalesce({columns.condition(instead)}, false)"
    time = f"({ROW} * {MICROSECONDS_A_ROW})"
    if mapping.at is not None:
        time = columns.microseconds(mapping.at, mapping.unit)
    selected = [
        f"{source} AS f",
        f"{time} AS t",
        f"{text(mapping.version)} AS v",
        f"{text(mapping.segment)} AS s",
        f"{served} AS o",
        *(f"({sql}) AS r{i}" for i, sql in enumerate(rates.values())),
        *(f"{sql} AS m{i}" for i, sql in enumerate(texts.repeats.values())),
        *(f"{sql} AS x{i}" for i, (sql, _) in enumerate(numbers.values())),
        *(f"{odd} AS b{i}" for i, (_, odd) in enumerate(numbers.values())),
        *(f"{sql} AS c{i}" for i, sql in enumerate(categories.values())),
        *profile_groups.selected(columns, mapping),
    ]
    return Rows(
        select=f"SELECT {', '.join(selected)} FROM {table}",
        table=table,
        names=tuple(columns.types),
        time=time,
        parsed=parsed,
        rates=tuple(rates),
        numbers=tuple(numbers),
        categories=tuple(categories),
        repeats=tuple(texts.repeats),
    )


def numbers_of(columns: Columns, mapping: LogMapping) -> tuple[str, ...]:
    """The columns of numbers whose distribution is kept."""
    if mapping.numbers is not None:
        return tuple(n for n in mapping.numbers if _wanted(columns, mapping, (n,)))
    named = {mapping.at, mapping.version, mapping.segment, mapping.request, mapping.session}
    named |= {c for share in every_rate(mapping).values() for c in share.columns()}
    named.add(mapping.decisions.subject)
    return tuple(n for n in columns.numbers() if n not in named)


def _wanted(columns: Columns, mapping: LogMapping, names: tuple[str, ...]) -> bool:
    """Whether these columns are there; those that nobody named may be missing, all together."""
    absent = [name for name in names if not columns.has(name)]
    for name in absent:
        if name not in mapping.assumed:
            columns.text(name)  # says what is missing, and what was probably meant
    return not absent


def fitted(engine: Engine, rows: Rows, known: Mapping[str, Grid]) -> dict[str, Grid]:
    """Grids of those columns that have none yet and have a number to fit one on."""
    new = [(i, name) for i, name in enumerate(rows.numbers) if name not in known]
    if not new:
        return {}
    asked = ", ".join(
        f"quantile_cont(x{i}, [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]) FILTER (isfinite(x{i}))"
        for i, _ in new
    )
    [row] = engine.rows(f"SELECT {asked} FROM ({rows.select} LIMIT {FITTED_ON})")
    return {
        name: _grid([float(q) for q in quantiles])
        for (_, name), quantiles in zip(new, row, strict=True)
        if isinstance(quantiles, list)
    }


def _grid(quantiles: list[float]) -> Grid:
    """Half of a normal column lies within 1.349 standard deviations, 90 % within 3.29 of them.

    Where half the values are one value the wider spans are asked; where all are, its own size.
    """
    p01, p05, p25, centre, p75, p95, p99 = quantiles
    for span, deviations in ((p75 - p25, 1.349), (p95 - p05, 3.29), (p99 - p01, 4.653)):
        if SPAN_LEAST < span < float("inf"):
            return Grid(centre=centre, scale=span / deviations)
    own = abs(centre) / 100
    return Grid(centre=centre, scale=own if own > SPAN_LEAST else 1.0)


def profile(rows: Rows, grids: Mapping[str, Grid], mapping: LogMapping) -> str:
    """The statement that gives the profile of each file among the rows."""
    counted = ["count(*) AS n", "min(t) AS first", "max(t) AS last"]
    for i, _ in enumerate(rows.rates):
        counted += [f"count(r{i}) AS j{i}", f"coalesce(count_if(r{i}), 0) AS h{i}"]
    counted += repetitions(len(rows.repeats), len(rows.rates))
    window = _window(mapping.window_seconds)
    branches = [
        _row("'requests'", "''", "n", last="last", first="first", seconds=mapping.window_seconds)
        + " FROM counted"
    ]
    branches += [
        _row("'rate'", literal(name), f"j{i}", hits=f"h{i}", seconds=mapping.window_seconds)
        + " FROM counted WHERE w IS NOT NULL"
        for i, name in enumerate((*rows.rates, *rows.repeats))
    ]
    branches += [
        _numbers(i, name, grids.get(name, Grid(centre=0.0, scale=1.0)), mapping)
        for i, name in enumerate(rows.numbers)
    ]
    branches += [_categories(i, name, mapping) for i, name in enumerate(rows.categories)]
    wide = _window(mapping.profile_seconds)
    peopled = profile_groups.tables(len(rows.rates), mapping, wide)
    branches += [
        _row(kind, said, n, hits=hits, total=total, value="q", seconds=mapping.profile_seconds)
        + f" FROM {drawn}"
        for kind, said, n, hits, total, drawn in profile_groups.branches(rows.rates, mapping)
    ]
    once = "MATERIALIZED" if rows.parsed else "NOT MATERIALIZED"
    return (
        f"WITH base AS {once} ({rows.select}), counted AS MATERIALIZED "
        f"(SELECT f, {window} AS w, v, s, o, {', '.join(counted)} FROM base GROUP BY ALL)"
        + "".join(f", {table}" for table in peopled)
        + " "
        + " UNION ALL ".join(branches)
    )


def _window(seconds: int) -> str:
    length = seconds * 1_000_000
    return f"(t - ((t % {length}) + {length}) % {length})"


def _row(
    kind: str, name: str, n: str, *, seconds: int, bucket: str = "NULL", value: str = "NULL",
    hits: str = "NULL", total: str = "NULL", first: str = "NULL", last: str = "NULL",
) -> str:  # fmt: skip
    return (
        f"SELECT f, w, CAST({seconds} AS INTEGER) AS seconds, v, s, o, {kind} AS kind, "
        f"{name} AS name, CAST({bucket} AS INTEGER) AS bucket, CAST({value} AS VARCHAR) AS value, "
        f"CAST({n} AS BIGINT) AS n, CAST({hits} AS BIGINT) AS hits, "
        f"CAST({total} AS DOUBLE) AS total, CAST({first} AS BIGINT) AS first, "
        f"CAST({last} AS BIGINT) AS last"
    )


def _numbers(i: int, name: str, grid: Grid, mapping: LogMapping) -> str:
    z = f"(x{i} - {grid.centre!r}) * {1 / grid.scale!r}"
    if 1 / grid.scale == float("inf"):
        z = f"(x{i} - {grid.centre!r}) / {grid.scale!r}"
    bucket = (
        f"CASE WHEN b{i} THEN {NO_NUMBER} WHEN x{i} IS NULL THEN {ABSENT} "
        f"WHEN isnan(x{i}) THEN {NAN} WHEN isfinite(x{i}) THEN "
        f"CAST(floor({PER_SCALE} * asinh(greatest(least({z}, {_TOP!r}), -{_TOP!r}))) AS INTEGER) "
        f"WHEN x{i} > 0 THEN {ABOVE} ELSE {BELOW} END"
    )
    grouped = (
        f"(SELECT f, {_window(mapping.profile_seconds)} AS w, v, s, o, {bucket} AS b, "
        f"count(*) AS c, sum(CASE WHEN isfinite(x{i}) THEN x{i} ELSE 0 END) AS a FROM base "
        "WHERE t IS NOT NULL GROUP BY ALL)"
    )
    row = _row("'number'", literal(name), "c", bucket="b", total="a",
               seconds=mapping.profile_seconds)  # fmt: skip
    return f"{row} FROM {grouped}"


def _categories(i: int, name: str, mapping: LogMapping) -> str:
    short = f"left(c{i}, {CATEGORY_LETTERS})"
    kept = (
        f"(SELECT {short} AS k FROM base WHERE c{i} IS NOT NULL GROUP BY ALL "
        f"ORDER BY count(*) DESC, k LIMIT {CATEGORIES_KEPT})"
    )
    grouped = (
        "(SELECT f, w, v, s, o, k, CASE WHEN value IS NULL THEN 'absent' "
        "WHEN k IS NULL THEN 'rare' ELSE 'category' END AS kind, sum(c) AS c FROM ("
        f"SELECT f, {_window(mapping.profile_seconds)} AS w, v, s, o, {short} AS value, "
        "count(*) AS c FROM base WHERE t IS NOT NULL GROUP BY ALL) "
        f"LEFT JOIN {kept} ON k = value GROUP BY ALL)"
    )
    return (
        _row("kind", literal(name), "c", value="k", seconds=mapping.profile_seconds)
        + f" FROM {grouped}"
    )


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """What a profile says of its partition as a whole; instants in microseconds since 1970."""

    rows: int
    untimed: int
    first: int | None
    last: int | None
    no_numbers: tuple[tuple[str, int], ...]


NO_ROWS = Totals(rows=0, untimed=0, first=None, last=None, no_numbers=())


PROFILED = "profiled"
"""The table of the profiles that were read last, of all files that were read together."""


def profiled(
    engine: Engine, rows: Rows, grids: Mapping[str, Grid], mapping: LogMapping
) -> dict[str, Totals]:
    """Read the rows once; leaves their profiles in a table. Gives the totals of each file.

    Raises:
        CannotRead: something in the rows is not what the mapping says.
    """
    statement = profile(rows, grids, mapping)
    engine.rows(f"CREATE OR REPLACE TEMP TABLE {PROFILED} AS {statement}")
    odd: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for row in engine.rows(
        f"SELECT f, name, sum(n)::BIGINT FROM {PROFILED} WHERE bucket = {NO_NUMBER} "
        "GROUP BY ALL ORDER BY ALL"
    ):
        file, name, count = cast("tuple[str, str, int]", row)
        odd[file].append((name, count))
    found: dict[str, Totals] = {}
    for row in engine.rows(
        "SELECT f, sum(n)::BIGINT, coalesce(sum(n) FILTER (w IS NULL), 0)::BIGINT, "
        f"min(first), max(last) FROM {PROFILED} WHERE kind = 'requests' GROUP BY f"
    ):
        file, count, untimed, first, last = cast(
            "tuple[str, int, int, int | None, int | None]", row
        )
        found[file] = Totals(
            rows=count, untimed=untimed, first=first, last=last, no_numbers=tuple(odd[file])
        )
    return found


def of_file(file: str) -> str:
    """The profile of one of the files that were read last, in a fixed order."""
    return f"SELECT * EXCLUDE (f) FROM {PROFILED} WHERE f = {literal(file)} ORDER BY ALL"
