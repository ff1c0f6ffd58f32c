"""What is asked of a log by hand, and what it answered; the facts of it stand in `analysis`."""

from __future__ import annotations

import enum

import msgspec


class Kept(enum.Enum):
    """In what an answer is written."""

    CSV = "csv"  # guarded, so that no spreadsheet runs a cell as a formula
    PARQUET = "parquet"
    LINES = "jsonl"


class QueryWanted(msgspec.Struct, frozen=True, kw_only=True):
    """A question, and how far its answer may go.

    Args:
        sql: one SELECT on the table `log`, which holds all rows of the log as they stand in it.
        rows_max: what more the answer has is cut off, and told.
        bytes_max: a larger answer is refused.
        memory_bytes: what the engine may use.
    """

    sql: str
    kept: Kept = Kept.CSV
    seconds: float = 60.0
    rows_max: int = 100_000
    bytes_max: int = 64 * 1024 * 1024
    memory_bytes: int = 256 * 1024 * 1024


class FileRead(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the log as it was when the question was put to it."""

    file: str
    bytes: int
    sha256: str


class QueryFound(msgspec.Struct, frozen=True, kw_only=True):
    """What a log answered.

    Args:
        columns: their names and types, in the order of the answer.
        content: a digest of the rows without regard to their order, and of the columns.
        cut: the answer had more rows than allowed.
        read: every file that was asked, by name.
        untold: what could not be asked, each in a sentence.
        varies: what in the text depends on the moment or on chance.
    """

    rows: int
    cut: bool
    columns: tuple[tuple[str, str], ...]
    content: str
    engine: str
    read: tuple[FileRead, ...]
    untold: tuple[str, ...] = ()
    varies: tuple[str, ...] = ()
