"""One cheap look at a log: what its columns are called and what stands in some of their rows.

At most a few files are opened, and of each a few thousand rows; a log of text that is small is
looked at whole. Nothing is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

from tocsin.facts import Refused
from tocsin.facts.looks import ColumnLook, LogLook, Values
from tocsin.sources.columns import CannotRead, Columns
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
TOGETHER = 50
INSTANTS_LEAST = 0.95
_TIMES = ("TIMESTAMP", "DATE")
_OTHER = ("STRUCT", "MAP", "UNION", "BLOB", "INTERVAL", "TIME")


def look_at(place: str, home: Path, spill: Path) -> LogLook:
    """What a look at a log shows.

    Raises:
        Refused: nothing there can be read; says what was found.
        Unreachable: the folder cannot be listed.
    """
    engine = Engine(spill)
    try:
        if is_url(place):
            database = database_of(place)
            some = partitions_of(database, None, engine, spill, ROWS_MOST)
            return _looked(engine, place, some, spill, rows_in(database, engine))
        found = [one for one in partitions(place_of(place, home)) if one.size]
        if not found:
            raise Refused(f"{place}: there is no file of a log; name a file, a folder or a pattern")
        return _looked(engine, place, found, spill)
    finally:
        engine.close()


def _looked(
    engine: Engine, place: str, found: Sequence[Found], aside: Path, held: int | None = None
) -> LogLook:
    chosen = _spread(found)
    tables, told, rows = list[str](), list[str](), 0.0
    columns: dict[str, str] = {}
    for number, one in enumerate(chosen):
        try:
            types, kept = _sampled(engine, one, f"look{number}", len(chosen), aside)
        except (CannotRead, OSError) as bad:
            told.append(f"{one.file}: {bad}")
            continue
        tables.append(f"look{number}")
        rows += kept
        for name, type_ in types.items():
            columns[name] = type_ if columns.get(name, type_) == type_ else "VARCHAR"
        if format_of(one.path) == CSV:
            told += [f"{one.file}: {said}" for said in told_of(header_of(one.path))]
    if not tables:
        raise Refused("\n".join(told) or f"{place}: nothing there can be read")
    engine.rows(
        "CREATE OR REPLACE TEMP TABLE looked AS "
        + " UNION ALL BY NAME ".join(f"SELECT * FROM {table}" for table in tables)
    )
    known = engine.columns("looked")
    return LogLook(
        place=place,
        files=len(found),
        rows=round(rows * _size(found) / _size(chosen)) if held is None else held,
        columns=tuple(_columns(engine, known)),
        remarks=tuple(told),
    )


def _size(found: Sequence[Found]) -> int:
    return max(1, sum(one.size for one in found))


def _spread(found: Sequence[Found]) -> list[Found]:
    """A few files from the first to the last."""
    if len(found) <= FILES_MOST:
        return list(found)
    step = (len(found) - 1) / (FILES_MOST - 1)
    return [found[round(i * step)] for i in range(FILES_MOST)]


def _sampled(
    engine: Engine, found: Found, table: str, files: int, aside: Path
) -> tuple[dict[str, str], float]:
    """Keep some rows of a file in a table; gives its columns, and about how many rows it has."""
    written = format_of(found.path)
    if written == PARQUET and not is_whole(found.path):
        raise CannotRead("its end is missing", "write it again, whole")
    source, known, parsed = table_of(engine, found, found.path, aside)
    types = dict(known)
    wanted = max(200, min(ROWS_MOST, VALUES_MOST // max(1, len(types))) // files)
    keyed = with_keys(source, tuple(types), found.keys)
    if not parsed:
        [[rows]] = engine.rows(f"SELECT count(*) FROM {source}")
        rows = cast("int", rows)
        part = max(1, wanted // 3)
        begins = [0] if rows <= wanted else [0, rows // 2 - part // 2, rows - part]
        each = wanted if rows <= wanted else part
        engine.rows(
            f"CREATE OR REPLACE TEMP TABLE {table} AS "
            + " UNION ALL ".join(
                f"(SELECT * FROM {keyed} LIMIT {each} OFFSET {begin})" for begin in begins
            )
        )
        return types, float(rows)
    limit = f"LIMIT {wanted}" if found.size > SMALL_BYTES or len(types) > 200 else ""
    engine.rows(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT * FROM {keyed} {limit}")
    [[rows]] = engine.rows(f"SELECT count(*) FROM {table}")
    rows = cast("int", rows)
    if not limit or rows < wanted:
        return types, float(rows)
    [[letters]] = engine.rows(f"SELECT sum(strlen(looked::VARCHAR)) FROM {table} looked")
    return types, max(float(rows), found.size * rows / max(1.0, float(cast("int", letters))))


def _columns(engine: Engine, known: Columns) -> Iterator[ColumnLook]:
    names = [name for name, type_ in known.leaves()]
    for begin in range(0, len(names), TOGETHER):
        yield from _some(engine, known, names[begin : begin + TOGETHER])


def _some(engine: Engine, known: Columns, names: Sequence[str]) -> Iterator[ColumnLook]:
    asked = ", ".join(_asked(known, name) for name in names)
    [row] = engine.rows(f"SELECT count(*), {asked} FROM looked")
    rows, each = cast("int", row[0]), cast("tuple[dict[str, object], ...]", row[1:])
    common = _common(
        engine, known, [n for n, seen in zip(names, each, strict=True)
                        if 0 < cast("int", seen["different"]) <= FEW],
    )  # fmt: skip
    for name, seen in zip(names, each, strict=True):
        yield _look(name, known.type_of(name), rows, seen, common.get(name, ()))


def _asked(known: Columns, name: str) -> str:
    text, type_ = known.text(name), known.type_of(name)
    number = "CAST(NULL AS DOUBLE)"
    if type_ in ("VARCHAR", "JSON") or known.is_number(name):
        number = known.number(name)[0]
    finite = f"CASE WHEN isfinite({number}) THEN {number} END"
    instant = "CAST(NULL AS BIGINT)"
    if type_.startswith(_TIMES) or type_ in ("VARCHAR", "JSON"):
        instant = (
            f"epoch_us(TRY_CAST({text} AS TIMESTAMPTZ))"
            if type_ in ("VARCHAR", "JSON") else f"epoch_us(CAST({known.sql(name)} AS TIMESTAMPTZ))"
        )  # fmt: skip
    return (
        "{" + f"present: count({text}), different: count(DISTINCT {text}), "
        f"letters: coalesce(avg(length({text})), 0.0), numbers: count({number}), "
        f"whole: coalesce(bool_and({finite} = floor({finite})), false), "
        f"low: min({finite}), middle: median({finite}), high: max({finite}), "
        f"instants: count({instant}), first: min({instant}), last: max({instant})" + "}"
    )


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


def _look(
    name: str, type_: str, rows: int, seen: dict[str, object], common: tuple[tuple[str, int], ...]
) -> ColumnLook:
    present, instants = cast("int", seen["present"]), cast("int", seen["instants"])
    values = Values.TEXTS
    if not present:
        values = Values.NOTHING
    elif type_ == "BOOLEAN" or (
        common and {value.lower() for value, _ in common} <= {"true", "false"}
    ):
        values = Values.TRUTHS
    elif seen["numbers"] == present:
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
    )
