"""One cheap look at a log: what its columns are called and what stands in some of their rows.

At most a few files are opened, and of each a few thousand rows; a log of text that is small is
looked at whole. Nothing is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import cast

import msgspec

from tocsin.facts import Refused
from tocsin.facts.looks import ColumnLook, LogLook, Values
from tocsin.sources.by_rows import NUMBER
from tocsin.sources.columns import ZONE, CannotRead, Columns, literal, quoted
from tocsin.sources.csv_text import header_of, told_of
from tocsin.sources.database import database_of, is_url, partitions_of, rows_in
from tocsin.sources.engine import Engine
from tocsin.sources.opened import table_of
from tocsin.sources.partitions import (
    CSV,
    PARQUET,
    Found,
    format_of,
    is_whole,
    partitions,
    place_of,
    with_keys,
)

FILES_MOST = 5
ROWS_MOST = 30_000
VALUES_MOST = 3_000_000
SMALL_BYTES = 32 * 1024 * 1024
COMMON_MOST = 20
FEW = 1000
TOGETHER = 10  # more at once, each counted apart, may not fit into memory
WIDE = 250
LOOKED_AT_MOST = 600
INSTANTS_LEAST = 0.95
NUMBERS_LEAST = 0.9
_TIMES = ("TIMESTAMP", "DATE")
_OTHER = ("STRUCT", "MAP", "UNION", "BLOB", "INTERVAL", "TIME")


def look_at(place: str, home: Path, spill: Path, known: Callable[[str], bool] = bool) -> LogLook:
    """What a look at a log shows.

    Args:
        known: whether a column's name says something; of a log of very many columns only those are
            looked at, and some of the others.

    Raises:
        Refused: nothing there can be read; says what was found.
        Unreachable: the folder cannot be listed.
    """
    engine = Engine(spill)
    try:
        if is_url(place):
            database = database_of(place)
            some = partitions_of(database, None, engine, spill, ROWS_MOST)
            return _looked(engine, place, some, spill, known, rows_in(database, engine))
        found = [one for one in partitions(place_of(place, home)) if one.size]
        if not found:
            raise Refused(f"{place}: there is no file of a log{_lying(place_of(place, home))}")
        return _looked(engine, place, found, spill, known)
    except CannotRead as bad:
        raise Refused(f"{place}: {bad}") from bad
    finally:
        engine.close()


def _lying(place: Path) -> str:
    """What lies there instead."""
    known = "a log's name ends with .parquet, .csv, .tsv, .jsonl, .arrow or the like"
    if not place.is_dir():
        return " that holds anything; name a file, a folder or a pattern"
    names = sorted(path.name for path in place.iterdir())
    there = f": {', '.join(names[:5])}{' and more' if len(names) > 5 else ''}" if names else ""
    return f" in it{there}; {known}"


class _Open(msgspec.Struct, frozen=True, kw_only=True):
    """A file that is looked at: as an SQL table, with its columns.

    Args:
        leapt: a row can be found by its number.
    """

    found: Found
    table: str
    names: tuple[str, ...]
    parsed: bool
    leapt: bool


def _looked(
    engine: Engine, place: str, found: Sequence[Found], aside: Path,
    known: Callable[[str], bool], held: int | None = None,
) -> LogLook:  # fmt: skip
    chosen, told = _spread(found), list[str]()
    files = list(_opened(engine, chosen, aside, told))
    every = list(dict.fromkeys(name for one in files for name in one.names))
    names = every
    if len(every) > LOOKED_AT_MOST:
        some_known = [name for name in every if known(name)][:LOOKED_AT_MOST]
        names = list(dict.fromkeys([*some_known, *every[:LOOKED_AT_MOST]]))
        told.append(f"it has {len(every):,} columns, of which {len(names):,} were looked at")
    columns, rows = list[ColumnLook](), 0.0
    for begin in range(0, len(names), WIDE):  # a table of all columns may not fit into memory
        some = set(names[begin : begin + WIDE])
        kept = list(_kept(engine, files, some, len(names), told))
        if not kept:
            break
        if not begin:
            rows = sum(count for _, count in kept)
        engine.rows(
            "CREATE OR REPLACE TEMP TABLE looked AS "
            + " UNION ALL BY NAME ".join(f"SELECT * FROM {table}" for table, _ in kept)
        )
        columns += _columns(engine, engine.columns("looked"))
    if not columns:
        raise Refused("\n".join(told) or f"{place}: nothing there can be read")
    return LogLook(
        place=place,
        files=len(found),
        rows=round(rows * _size(found) / _size(chosen)) if held is None else held,
        columns=(*columns, *_unseen(every, names)),
        remarks=tuple(dict.fromkeys(told)),
    )


def _unseen(every: Sequence[str], names: Sequence[str]) -> Iterator[ColumnLook]:
    seen = set(names)
    return (ColumnLook(name=n, values=Values.OTHER, rows=0) for n in every if n not in seen)


def _opened(
    engine: Engine, chosen: Sequence[Found], aside: Path, told: list[str]
) -> Iterator[_Open]:
    for one in chosen:
        try:
            if format_of(one.path) == PARQUET and not is_whole(one.path):
                raise CannotRead("its end is missing", "write it again, whole")
            table, types, parsed = table_of(engine, one, one.path, aside)
            if format_of(one.path) == CSV:
                told += [f"{one.file}: {said}" for said in told_of(header_of(one.path))]
        except (CannotRead, OSError) as bad:
            told.append(f"{one.file}: {bad}")
            continue
        yield _Open(
            found=one,
            table=with_keys(table, tuple(types), one.keys),
            names=tuple(dict.fromkeys((*types, *dict(one.keys)))),
            parsed=parsed,
            leapt=not parsed and not one.keys and NUMBER not in types,
        )


def _kept(
    engine: Engine, files: Sequence[_Open], some: set[str], columns: int, told: list[str]
) -> Iterator[tuple[str, float]]:
    """Keep some rows and columns of each file in a table; about how many rows the file has."""
    wanted = max(200, min(ROWS_MOST, VALUES_MOST // columns) // len(files))
    for number, one in enumerate(files):
        if some & set(one.names):
            asked = ", ".join(quoted(name) for name in one.names if name in some)
            try:
                yield f"look{number}", _sampled(engine, one, f"look{number}", asked, wanted)
            except (CannotRead, OSError) as bad:
                told.append(f"{one.found.file}: {bad}")


def _size(found: Sequence[Found]) -> int:
    return max(1, sum(one.size for one in found))


def _spread(found: Sequence[Found]) -> list[Found]:
    """A few files from the first to the last."""
    if len(found) <= FILES_MOST:
        return list(found)
    step = (len(found) - 1) / (FILES_MOST - 1)
    return [found[round(i * step)] for i in range(FILES_MOST)]


def _sampled(engine: Engine, one: _Open, table: str, asked: str, wanted: int) -> float:
    into = f"CREATE OR REPLACE TEMP TABLE {table} AS "
    if not one.parsed:
        [[rows]] = engine.rows(f"SELECT count(*) FROM {one.table}")
        rows = cast("int", rows)
        part = max(1, wanted // 3)
        begins = [0] if rows <= wanted else [0, rows // 2 - part // 2, rows - part]
        each = wanted if rows <= wanted else part
        if one.leapt:  # what lies between is not read
            there = (f"{NUMBER} BETWEEN {b} AND {b + each - 1}" for b in begins)
            engine.rows(f"{into} SELECT {asked} FROM {one.table} WHERE {' OR '.join(there)}")
        else:
            parts = (f"(SELECT {asked} FROM {one.table} LIMIT {each} OFFSET {b})" for b in begins)
            engine.rows(into + " UNION ALL ".join(parts))
        return float(rows)
    limit = f"LIMIT {wanted}" if one.found.size > SMALL_BYTES or len(one.names) > WIDE else ""
    engine.rows(f"{into} SELECT {asked} FROM {one.table} {limit}")
    [[rows]] = engine.rows(f"SELECT count(*) FROM {table}")
    rows = cast("int", rows)
    if not limit or rows < wanted:
        return float(rows)
    [[letters]] = engine.rows(f"SELECT sum(strlen(looked::VARCHAR)) FROM {table} looked")
    every = float(cast("int", letters)) * len(one.names) / (asked.count(", ") + 1)
    return max(float(rows), one.found.size * rows / max(1.0, every))


def _columns(engine: Engine, known: Columns) -> Iterator[ColumnLook]:
    names = [name for name, type_ in known.leaves()]
    for begin in range(0, len(names), TOGETHER):
        yield from _some(engine, known, names[begin : begin + TOGETHER])


def _some(engine: Engine, known: Columns, names: Sequence[str]) -> Iterator[ColumnLook]:
    # Each value is read once, and what is asked of it is short: many columns are many statements.
    read = ", ".join(_read(known, i, name) for i, name in enumerate(names))
    asked = ", ".join(_asked(known, i, name) for i, name in enumerate(names))
    [row] = engine.rows(f"SELECT count(*), {asked} FROM (SELECT {read} FROM looked)")
    rows, each = cast("int", row[0]), cast("tuple[dict[str, object], ...]", row[1:])
    common = _common(
        engine, known, [n for n, seen in zip(names, each, strict=True)
                        if 0 < cast("int", seen["different"]) <= FEW],
    )  # fmt: skip
    for name, seen in zip(names, each, strict=True):
        yield _look(name, known.type_of(name), rows, seen, common.get(name, ()))


def _read(known: Columns, i: int, name: str) -> str:
    text, type_ = known.text(name), known.type_of(name)
    if known.is_number(name):
        number = known.number(name)[0]
        return f"{known.sql(name)} AS t{i}, {number} AS n{i}"
    if type_ in ("VARCHAR", "JSON"):
        return (
            f"{text} AS t{i}, {known.number(name)[0]} AS n{i}, "
            f"epoch_us(TRY_CAST({text} AS TIMESTAMPTZ)) AS i{i}"
        )
    if type_.startswith(_TIMES):
        return f"{text} AS t{i}, epoch_us(CAST({known.sql(name)} AS TIMESTAMPTZ)) AS i{i}"
    return f"{text} AS t{i}"


def _asked(known: Columns, i: int, name: str) -> str:
    type_ = known.type_of(name)
    written = type_ in ("VARCHAR", "JSON")
    asked = [f"present: count(t{i})", f"different: count(DISTINCT t{i})"]
    if not known.is_number(name):
        asked.append(f"letters: coalesce(avg(length(t{i})), 0.0)")
    if written or known.is_number(name):
        few = f"FILTER (isfinite(n{i}))"
        asked += [
            f"numbers: count(n{i})", f"whole: coalesce(bool_and(n{i} = floor(n{i})) {few}, false)",
            f"low: min(n{i}) {few}", f"middle: median(n{i}) {few}", f"high: max(n{i}) {few}",
        ]  # fmt: skip
    if written or type_.startswith(_TIMES):
        zoned = f"regexp_matches(t{i}, {literal(ZONE)})" if written else str("ZONE" in type_)
        asked += [
            f"instants: count(i{i})", f"zoned: count_if({zoned})",
            f"first: quantile_disc(i{i}, 0.01)", f"last: quantile_disc(i{i}, 0.99)",
        ]  # fmt: skip
    return "{" + ", ".join(asked) + "}"


def _common(
    engine: Engine, known: Columns, names: Sequence[str]
) -> dict[str, tuple[tuple[str, int], ...]]:
    if not names:
        return {}
    each = " UNION ALL ".join(
        f"(SELECT {i} AS i, left({known.text(name)}, 200) AS k, count(*) AS n FROM looked "
        f"WHERE {known.text(name)} IS NOT NULL GROUP BY ALL ORDER BY n DESC, k "
        f"LIMIT {COMMON_MOST})"
        for i, name in enumerate(names)
    )
    found: dict[str, list[tuple[str, int]]] = {name: [] for name in names}
    for i, value, count in engine.rows(f"{each} ORDER BY i, n DESC, k"):
        found[names[cast("int", i)]].append((cast("str", value), cast("int", count)))
    return {name: tuple(pairs) for name, pairs in found.items()}


_UNASKED: dict[str, object] = {
    "letters": 0.0, "numbers": 0, "whole": False, "low": None, "middle": None, "high": None,
    "instants": 0, "zoned": 0, "first": None, "last": None,
}  # fmt: skip


def _look(
    name: str, type_: str, rows: int, seen: dict[str, object], common: tuple[tuple[str, int], ...]
) -> ColumnLook:
    seen = _UNASKED | seen
    present, instants = cast("int", seen["present"]), cast("int", seen["instants"])
    values = Values.TEXTS
    if not present:
        values = Values.NOTHING
    elif type_ == "BOOLEAN" or (
        common and {value.lower() for value, _ in common} <= {"true", "false"}
    ):
        values = Values.TRUTHS
    elif cast("int", seen["numbers"]) >= NUMBERS_LEAST * present:
        values = Values.NUMBERS
    elif instants >= INSTANTS_LEAST * present:
        values = Values.INSTANTS
    elif type_.startswith(_OTHER) or type_.endswith("]"):
        values = Values.OTHER
    bounds = ("first", "last") if values is Values.INSTANTS else ("low", "high")
    low, high = (cast("float | None", seen[bound]) for bound in bounds)
    return ColumnLook(
        name=name,
        values=values,
        whole=values is Values.NUMBERS and bool(seen["whole"]),
        rows=rows,
        missing=rows - present,
        distinct=cast("int", seen["different"]),
        common=common,
        low=None if low is None else float(low),
        middle=cast("float | None", seen["middle"]) if values is Values.NUMBERS else None,
        high=None if high is None else float(high),
        letters=float(cast("float", seen["letters"])),
        odd=present - cast("int", seen["numbers"]) if values is Values.NUMBERS else 0,
        unzoned=instants - cast("int", seen["zoned"]) if values is Values.INSTANTS else 0,
    )
