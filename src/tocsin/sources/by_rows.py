"""Logs that tell no time: where each file's rows stand, so that windows hold numbers of rows.

Row k of a file stands at k seconds. Files follow each other by name, each beginning a new window,
so a summary never depends on the files beside it: what lies before a file is added on read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tocsin.facts.logs import LogMapping
from tocsin.sources.columns import MICROSECONDS_A_ROW, ROW, literal
from tocsin.sources.shelf import Part

NUMBER = "file_row_number"
"""What the engine calls the number of a row in its Parquet file, from 0."""


def numbered(table: str, *, parquet: bool) -> str:
    """The table with its rows numbered in the order in which they lie in their file."""
    number = NUMBER if parquet else "row_number() OVER () - 1"
    return f"(SELECT *, {number} AS {ROW} FROM {table})"


def begins(parts: Sequence[Part], mapping: LogMapping) -> dict[str, int]:
    """Where the rows of each content begin, in microseconds; one that lies twice counts once."""
    found: dict[str, int] = {}
    at = 0
    for part in sorted(parts, key=lambda part: part.file):
        if part.content is not None and part.content not in found:
            found[part.content] = at * MICROSECONDS_A_ROW
            at += -(-part.rows // mapping.profile_seconds) * mapping.profile_seconds
    return found


def shifted(paths: Mapping[Path, int]) -> str:
    """An SQL table of these summaries, each moved by so many microseconds."""
    named = ", ".join(literal(str(path)) for path in paths)
    moved = ", ".join(f"({literal(str(path))}, {by}::BIGINT)" for path, by in paths.items())
    return (
        "(SELECT summed.* EXCLUDE (from_) REPLACE (w + moved AS w, first + moved AS first, "
        f"last + moved AS last) FROM read_parquet([{named}], filename='from_') AS summed "
        f"JOIN (VALUES {moved}) AS moves(path_, moved) ON from_ = path_)"
    )
