"""Two tables of 20 columns of numbers and 5 of categories, made from a fixed seed.

Four columns of numbers moved by a tenth of their deviation, two have one row in a hundred that is
not a number; categories are the same.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

NUMBERS, CARDINALITIES, SHIFT = 20, (3, 8, 20, 100, 1000), 0.1


def written(folder: Path, rows: int) -> tuple[Path, Path]:
    """The reference and the current table as Parquet files in this folder."""
    reference, current = folder / "reference.parquet", folder / "current.parquet"
    _write(reference, rows, 0, 0.0)
    _write(current, rows, 10**9, SHIFT)
    return reference, current


def _write(into: Path, rows: int, offset: int, shift: float) -> None:
    numbers = [_number(column, offset, shift) for column in range(NUMBERS)]
    categories = [
        f"'v' || (hash(i + {offset}, {c}, 2) % {count}) AS c{c}"
        for c, count in enumerate(CARDINALITIES)
    ]
    duckdb.connect().execute(
        f"COPY (SELECT {', '.join(numbers + categories)} FROM range({rows}) t(i)) "
        f"TO '{into}' (FORMAT parquet, COMPRESSION zstd)"
    )


def _number(column: int, offset: int, shift: float) -> str:
    """A normal value by Box and Muller, from two hashes of the row."""
    one = f"(hash(i + {offset}, {column}) % 1000000 + 1) / 1000001.0"
    other = f"(hash(i + {offset}, {column}, 1) % 1000000) / 1e6"
    value = f"sqrt(-2 * ln({one})) * cos(2 * pi() * {other})"
    if column % 5 == 0:
        value += f" + {shift}"
    if column in (3, 7):
        nan = f"hash(i + {offset}, {column}, 9) % 100 = 0"
        value = f"CASE WHEN {nan} THEN 'nan'::DOUBLE ELSE {value} END"
    return f"{value} AS n{column}"
