"""Files of a log under the names of its mapping: one by itself, or many that are alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

import msgspec

from tocsin.facts.logs import LogMapping
from tocsin.sources.arrow import as_parquet
from tocsin.sources.by_rows import NUMBER, numbered
from tocsin.sources.columns import ROW, CannotRead, Columns, literal
from tocsin.sources.engine import Engine
from tocsin.sources.labels import Labelling
from tocsin.sources.partitions import (
    ARROW,
    JSON,
    PARQUET,
    Found,
    format_of,
    reader,
    with_keys,
)
from tocsin.sources.profile import Rows, rows_of

WATCHED_MOST = 1000
"""One statement counts all of them: of many more it would never come to its end."""

ALONE = "file"
"""What its rows call a file that is read by itself: to repeat its path in each would cost more."""


def opened(
    engine: Engine, found: Found, path: Path, mapping: LogMapping, aside: Path,
    labelling: Labelling | None,
) -> Rows:  # fmt: skip
    """A partition's rows.

    Args:
        path: the file itself, or a copy of its whole lines.
        aside: a folder for what must be copied before DuckDB can read it.

    Raises:
        CannotRead: it is not what the mapping says.
    """
    table, types, parsed = table_of(engine, found, path, aside)
    rows = _mapped(table, types, found, literal(ALONE), mapping, labelling, parsed=parsed)
    if rows.parsed or found.keys or NUMBER in types:
        return rows
    return msgspec.structs.replace(rows, place=ROW if mapping.at is None else NUMBER)


def table_of(
    engine: Engine, found: Found, path: Path, aside: Path
) -> tuple[str, Mapping[str, str], bool]:
    """A partition as an SQL table, its columns, and whether it is text. Raises as `opened`."""
    written = format_of(found.path)
    if written == ARROW:
        name = f"arrow-{sha256(str(path).encode()).hexdigest()[:24]}.parquet"
        path, written = as_parquet(path, aside / name), PARQUET
    table = reader(path, written)
    types = engine.columns(table).types
    if written == JSON:
        table = reader(path, written, types)
    return table, types, written != PARQUET


def opened_together(
    engine: Engine, found: Sequence[Found], paths: Sequence[Path], mapping: LogMapping,
    labelling: Labelling | None,
) -> Rows:  # fmt: skip
    """The rows of many Parquet files whose columns are the same. Raises CannotRead."""
    named = ", ".join(literal(str(path)) for path in paths)
    table = f"read_parquet([{named}], hive_partitioning=false, filename='served_from_')"
    types = dict(engine.columns(table).types)
    del types["served_from_"]
    return _mapped(table, types, found[0], "served_from_", mapping, labelling, parsed=False)


def alike(engine: Engine, paths: Sequence[Path]) -> dict[Path, object]:
    """What the columns of each Parquet file are; equal where they are the same.

    Raises:
        CannotRead: one of them is broken.
    """
    names = {str(path): path for path in paths}
    rows = engine.rows(
        "SELECT file_name, string_agg(concat_ws(' ', name, type, converted_type, "
        "logical_type, num_children), ',' ORDER BY column_id) "
        f"FROM parquet_schema([{', '.join(map(literal, names))}]) GROUP BY file_name"
    )
    return {names[str(path)]: schema for path, schema in rows}


def _mapped(
    table: str, types: Mapping[str, str], found: Found, source: str, mapping: LogMapping,
    labelling: Labelling | None, *, parsed: bool,
) -> Rows:  # fmt: skip
    known: Mapping[str, str] = {**dict.fromkeys(dict(found.keys), "VARCHAR"), **types}
    if mapping.at is None:
        table = numbered(table, parquet=not parsed)
    table = with_keys(table, tuple(types), found.keys)
    if labelling is not None:  # joined once, not once for each column
        (table, known), parsed = labelling.joined(table, known, mapping), True
    rows = rows_of(Columns(known), table, mapping, parsed=parsed, source=source)
    many = len(rows.numbers) + len(rows.categories)
    if many > WATCHED_MOST:
        raise CannotRead(
            f"{many:,} of its columns would be watched, more than {WATCHED_MOST:,}",
            "name those that matter as `numbers:` and `categories:` under `log:`",
        )
    return rows
