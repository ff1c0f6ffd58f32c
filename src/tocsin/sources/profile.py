"""One pass over a partition: per window, version and segment, what was served and how it looked.

The profile is long and narrow, so that profiles add by adding rows. A column of numbers is counted
on a grid that is linear near its centre and logarithmic far out, is
fitted once and then frozen: no value is out of its range, no outlier widens it, and the counts of
any two windows can be compared bucket by bucket. Missing, not-a-number and the infinities have
buckets of their own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Protocol, cast

import duckdb
import msgspec

from tocsin import __version__
from tocsin.facts.confusion import every_rate
from tocsin.facts.grids import GRID_VERSION, PER_SCALE, Grid
from tocsin.facts.logs import LogMapping
from tocsin.sources import counting, grid, profile_groups
from tocsin.sources.columns import MICROSECONDS_A_ROW, ROW, Columns, literal
from tocsin.sources.engine import Engine
from tocsin.sources.grid import NO_NUMBER
from tocsin.sources.slices import Slices, packed, window
from tocsin.sources.texts import drawn, repetitions

PROFILE_VERSION = 3
"""Of what the columns of a profile mean; summaries of another are made again."""

STRETCH = 122_880
LONG = 8 * STRETCH
"""Of a file of more than LONG rows that can be entered anywhere, grids are fitted on every third
stretch of so many, as files are mostly packed: all of them would cost a scan, and say no more."""

TOGETHER_MOST = 16
"""So many columns are counted in one statement: each keeps some megabytes while it is counted."""

WIDE = 256
"""A file of more columns is read by some of them at a time, and these are then gone through one by
one: to open it once for each would cost more than to read it."""

VALUES_MOST = 4_000_000
"""So many numbers of a wide file are kept in memory at a time, or a few more."""


class Rows(msgspec.Struct, frozen=True, kw_only=True):
    """A partition under the names that every profile uses, whatever its own columns are called.

    Args:
        sql: SQL for f (the file), t (microseconds), v, s, o (served by the fallback), r0.. (rates),
            x0.. (numbers), b0.. (a text that is no number), c0.. (categories), m0.. (alike where
            texts are alike), and for groups.
        table, names, time: the rows as they are, their columns, and SQL for the time of each.
        parsed: the file is text, which is worth reading only once.
        doubtful: the columns of numbers that may hold a text that is none.
        per_scale: how fine the grids of the columns of numbers are to be.
        place: SQL for where a row stands in its file, from 0, if the file can be entered anywhere.
    """

    sql: Mapping[str, str]
    table: str
    names: tuple[str, ...]
    time: str
    parsed: bool
    rates: tuple[str, ...]
    numbers: tuple[str, ...]
    categories: tuple[str, ...]
    repeats: tuple[str, ...] = ()
    doubtful: frozenset[int] = frozenset()
    per_scale: int = PER_SCALE
    place: str | None = None

    @property
    def select(self) -> str:
        """All of it."""
        return self.chosen(list(self.sql))

    @property
    def whole(self) -> str:
        """What concerns a row as a whole: all but the columns whose distribution is kept."""
        return self.chosen([n for n in self.sql if not (n[0] in "xbc" and n[1:].isdigit())])

    def chosen(self, names: Sequence[str]) -> str:
        """Some of it."""
        return f"SELECT {', '.join(f'{self.sql[n]} AS {n}' for n in names)} FROM {self.table}"

    def at(self, table: str) -> Rows:
        """The same rows, where a table holds them under their names."""
        sql = {name: name for name in self.sql}
        return msgspec.structs.replace(self, table=table, sql=sql, place=None)


def rows_of(
    columns: Columns, table: str, mapping: LogMapping, *, parsed: bool, source: str
) -> Rows:
    """The partition as the mapping reads it. Raises CannotRead: a column it needs is not there."""

    def text(column: str | None) -> str:
        there = column is not None and wanted(columns, mapping, (column,))
        return columns.text(column) if there and column is not None else "CAST(NULL AS VARCHAR)"

    texts = drawn(columns, mapping)
    mapping = texts.beside(mapping)
    rates = {
        name: columns.share(share)
        for name, share in every_rate(mapping).items()
        if wanted(columns, mapping, share.columns())
    }
    rates |= texts.rates
    numbers = {name: columns.number(name) for name in numbers_of(columns, mapping)}
    numbers |= {name: (sql, "false") for name, sql in texts.numbers.items()}
    named = (c for c in mapping.categories if wanted(columns, mapping, (c,)))
    categories = {name: columns.text(name) for name in named} | texts.categories
    instead = mapping.fallback
    served = "false"
    if instead is not None and wanted(columns, mapping, instead.columns()):
        served = f"coalesce({columns.condition(instead)}, false)"
    time = f"({ROW} * {MICROSECONDS_A_ROW})"
    if mapping.at is not None:
        time = columns.microseconds(mapping.at, mapping.unit)
    peopled = (one.rpartition(" AS ") for one in profile_groups.selected(columns, mapping))
    sql = {
        "f": source,
        "t": time,
        "v": text(mapping.version),
        "s": text(mapping.segment),
        "o": served,
        **{f"r{i}": f"({sql})" for i, sql in enumerate(rates.values())},
        **{f"m{i}": sql for i, sql in enumerate(texts.repeats.values())},
        **{f"x{i}": sql for i, (sql, _) in enumerate(numbers.values())},
        **{f"b{i}": odd for i, (_, odd) in enumerate(numbers.values())},
        **{f"c{i}": sql for i, sql in enumerate(categories.values())},
        **{name: said for said, _, name in peopled},
    }
    return Rows(
        sql=sql,
        table=table,
        names=tuple(columns.types),
        time=time,
        parsed=parsed,
        rates=tuple(rates),
        numbers=tuple(numbers),
        categories=tuple(categories),
        repeats=tuple(texts.repeats),
        doubtful=frozenset(i for i, (_, odd) in enumerate(numbers.values()) if odd != "false"),
        per_scale=grid.per_scale_of(mapping.profile_seconds),
    )


class Known(Protocol):
    """Columns that are there, of a file or of a table of a cluster."""

    def has(self, column: str) -> bool:
        """Whether there is such a one."""

    def numbers(self) -> tuple[str, ...]:
        """Those of numbers."""

    def text(self, column: str) -> object:
        """The column as text. Raises CannotRead: it is not there."""


def numbers_of(columns: Known, mapping: LogMapping) -> tuple[str, ...]:
    """The columns of numbers whose distribution is kept."""
    if mapping.numbers is not None:
        return tuple(n for n in mapping.numbers if wanted(columns, mapping, (n,)))
    named = {mapping.at, mapping.version, mapping.segment, mapping.request, mapping.session}
    named |= {c for share in every_rate(mapping).values() for c in share.columns()}
    named.add(mapping.decisions.subject)
    return tuple(n for n in columns.numbers() if n not in named)


def wanted(columns: Known, mapping: LogMapping, names: tuple[str, ...]) -> bool:
    """Whether these columns are there; those that nobody named may be missing, all together."""
    absent = [name for name in names if not columns.has(name)]
    for name in absent:
        if name not in mapping.assumed:
            columns.text(name)  # says what is missing, and what was probably meant
    return not absent


def taken(engine: Engine, rows: Rows) -> Rows:
    """The rows, read out of their file where it is worth reading only once. Raises CannotRead."""
    if not rows.parsed:
        return rows
    engine.rows(f"CREATE OR REPLACE TEMP TABLE taken AS {rows.select}")
    return rows.at("taken")


def fitted(engine: Engine, rows: Rows, known: Mapping[str, Grid]) -> dict[str, Grid]:
    """Grids of those columns that have none yet and have a number to fit one on."""
    new = {i: name for i, name in enumerate(rows.numbers) if name not in known}
    if not new:
        return {}
    [(count,)] = engine.rows(f"SELECT count(*) FROM {rows.table}")
    where, read = _stretches(rows, cast("int", count))
    return grid.fitted(
        engine, lambda names: f"({rows.chosen(names)}{where})", new, read, rows.per_scale
    )


def _stretches(rows: Rows, count: int) -> tuple[str, int]:
    """SQL for which rows grids are fitted on, and how many these are."""
    if rows.place is None or count <= LONG:
        return "", count
    begins = range(STRETCH, count, 3 * STRETCH)
    each = (f"{rows.place} BETWEEN {begin} AND {begin + STRETCH - 1}" for begin in begins)
    return f" WHERE {' OR '.join(each)}", sum(min(STRETCH, count - begin) for begin in begins)


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """What a profile says of its partition as a whole; instants in microseconds since 1970.

    Args:
        said: what its file is to say of how it was made.
    """

    rows: int
    untimed: int
    first: int | None
    last: int | None
    no_numbers: tuple[tuple[str, int], ...]
    said: Mapping[str, str] = {}


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
    _count_requests(engine, rows, mapping)
    slices = packed(engine, _COUNTED, f"({rows.chosen(_SIDES)})", mapping)
    for select in chain(_numbers(engine, rows, grids, slices), _categories(rows, slices)):
        engine.rows(f"INSERT INTO {PROFILED} {_shown(select, mapping)}")
    odd: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for row in engine.rows(
        f"SELECT f, name, sum(n)::BIGINT FROM {PROFILED} WHERE bucket = {NO_NUMBER} "
        "GROUP BY ALL ORDER BY ALL"
    ):
        file, name, count = cast("tuple[str, str, int]", row)
        odd[file].append((name, count))
    found: dict[str, Totals] = {}
    said = provenance(grids, mapping)
    for row in engine.rows(
        "SELECT f, sum(n)::BIGINT, coalesce(sum(n) FILTER (w IS NULL), 0)::BIGINT, "
        f"min(first), max(last) FROM {PROFILED} WHERE kind = 'requests' GROUP BY f"
    ):
        file, count, untimed, first, last = cast(
            "tuple[str, int, int, int | None, int | None]", row
        )
        found[file] = Totals(
            rows=count, untimed=untimed, first=first, last=last, no_numbers=tuple(odd[file]),
            said={"rows": str(count), **said},
        )  # fmt: skip
    return found


_COUNTED, _SIDES = "counted", ("f", "t", "v", "s", "o")


def _count_requests(engine: Engine, rows: Rows, mapping: LogMapping) -> None:
    """Begin the table of profiles with all that is counted of rows as a whole."""
    counted = ["count(*) AS n", "min(t) AS first", "max(t) AS last"]
    for i, _ in enumerate(rows.rates):
        counted += [f"count(r{i}) AS j{i}", f"coalesce(count_if(r{i}), 0) AS h{i}"]
    counted += repetitions(len(rows.repeats), len(rows.rates))
    base = f"base AS ({rows.whole})"
    narrow, wide = window(mapping.window_seconds), window(mapping.profile_seconds)
    engine.rows(
        f"CREATE OR REPLACE TEMP TABLE {_COUNTED} AS WITH {base} SELECT f, {narrow} AS w, v, s, o, "
        f"{', '.join(counted)} FROM base GROUP BY ALL"
    )
    seconds = mapping.window_seconds
    branches = [
        _row("'requests'", "''", "n", last="last", first="first", seconds=seconds)
        + f" FROM {_COUNTED}"
    ]
    branches += [
        _row("'rate'", literal(name), f"j{i}", hits=f"h{i}", seconds=seconds)
        + f" FROM {_COUNTED} WHERE w IS NOT NULL"
        for i, name in enumerate((*rows.rates, *rows.repeats))
    ]
    branches += [
        _row(kind, said, n, hits=hits, total=total, value="q", seconds=mapping.profile_seconds)
        + f" FROM {drawn}"
        for kind, said, n, hits, total, drawn in profile_groups.branches(rows.rates, mapping)
    ]
    tables = [base, *profile_groups.tables(len(rows.rates), mapping, wide)]
    engine.rows(
        f"CREATE OR REPLACE TEMP TABLE {PROFILED} AS WITH {', '.join(tables)} "
        + f"SELECT * FROM ({' UNION ALL '.join(branches)}) ORDER BY ALL"
    )


def _numbers(
    engine: Engine, rows: Rows, grids: Mapping[str, Grid], slices: Slices
) -> Iterator[str]:
    """Statements that count the columns of numbers, a few columns each."""
    many, at = len(rows.names) > WIDE, rows
    each = TOGETHER_MOST
    if many:
        [(count,)] = engine.rows(f"SELECT count(*) FROM {rows.table}")
        each = max(min(each, VALUES_MOST // max(cast("int", count), 1)), 1)
    for begin in range(0, len(rows.numbers), each):
        some = range(begin, min(begin + each, len(rows.numbers)))
        if many:
            names = [name for i in some for name in (f"x{i}", f"b{i}")]
            engine.rows(f"CREATE OR REPLACE TEMP TABLE narrow AS {rows.chosen(names)}")
            at = rows.at("narrow")
        yield " UNION ALL ".join(f"({_one(at, i, grids, slices)})" for i in some)


def _one(rows: Rows, i: int, grids: Mapping[str, Grid], slices: Slices) -> str:
    name, doubtful = rows.numbers[i], i in rows.doubtful
    drawn = f"SELECT {rows.sql[f'x{i}']} AS x, {rows.sql[f'b{i}']} AS b FROM {rows.table}"
    return counting.numbers(
        name, drawn, grids.get(name, counting.ANY_GRID), slices, doubtful=doubtful
    )


def _categories(rows: Rows, slices: Slices) -> Iterator[str]:
    drawn = [
        f"SELECT {rows.sql[f'c{i}']} AS c FROM {rows.table}" for i in range(len(rows.categories))
    ]
    every = [
        f"({counting.categories(name, one, slices)})"
        for name, one in zip(rows.categories, drawn, strict=True)
    ]
    for begin in range(0, len(every), TOGETHER_MOST):
        yield " UNION ALL ".join(every[begin : begin + TOGETHER_MOST])


def _shown(select: str, mapping: LogMapping) -> str:
    """The rows of a statement that counts, with what their slice is."""
    row = _row("kind", "name", "n", bucket="bucket", value="value", total="total",
               seconds=mapping.profile_seconds)  # fmt: skip
    return f"{row} FROM ({select}) JOIN slices USING (g)"


def _row(
    kind: str, name: str, n: str, *, seconds: int, bucket: str = "NULL", value: str = "NULL",
    hits: str = "NULL", total: str = "NULL", first: str = "NULL", last: str = "NULL",
) -> str:  # fmt: skip
    return (
        f"SELECT f, w, CAST({seconds} AS INTEGER) AS seconds, v, s, o, {kind} AS kind, "
        f"{name} AS name, CAST({bucket} AS BIGINT) AS bucket, CAST({value} AS VARCHAR) AS value, "
        f"CAST({n} AS BIGINT) AS n, CAST({hits} AS BIGINT) AS hits, "
        f"CAST({total} AS DOUBLE) AS total, CAST({first} AS BIGINT) AS first, "
        f"CAST({last} AS BIGINT) AS last"
    )


def provenance(grids: Mapping[str, Grid], mapping: LogMapping) -> dict[str, str]:
    """What a profile says of how it was made, so that it is evidence by itself."""
    return {
        "written_by": f"tocsin {__version__}, DuckDB {duckdb.__version__}",
        "profile_version": str(PROFILE_VERSION),
        "grid_version": str(GRID_VERSION),
        "mapping": msgspec.json.encode(mapping, order="deterministic").decode(),
        "grids": msgspec.json.encode(grids, order="deterministic").decode(),
    }


def of_file(file: str) -> str:
    """The profile of one of the files that were read last, in a fixed order."""
    return f"SELECT * EXCLUDE (f) FROM {PROFILED} WHERE f = {literal(file)}"
