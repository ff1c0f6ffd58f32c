"""What someone should know of a partition that was read: which of its values count for nothing.

Each is told with how many there are and in which row the first one stands; rows are counted from 1,
without the line of names. The file is asked again only where there is something to tell.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from tocsin.facts.logs import LogMapping
from tocsin.sources.columns import Columns, literal
from tocsin.sources.engine import Engine
from tocsin.sources.profile import PROFILED, Rows, Totals

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def remarks(
    engine: Engine, rows: Rows, path: str, read: Totals, mapping: LogMapping, now: datetime
) -> Iterator[str]:
    """What to tell of one file among the rows that were profiled last.

    Args:
        path: the file, as the rows name it.
        now: nothing was served much later.
    """
    if not read.rows:
        yield "it holds no row"
        return
    if read.untimed:
        yield (
            f"{read.untimed} of {read.rows} rows have no time that can be read, the first is row "
            f"{_first(engine, rows, path, 't', 't IS NULL')}; they are in no window"
        )
    for name, count in read.no_numbers:
        column = f"b{rows.numbers.index(name)}"
        first = _first(engine, rows, path, column, column) if column in rows.sql else 0
        where = f", the first is row {first}" if first else ""
        yield f"{count} values of {name} are no numbers{where}; they count as missing"
    if mapping.at is not None:
        yield from _out_of_time(engine, rows, path, read, mapping, now)


def absent(columns: Columns, mapping: LogMapping) -> list[str]:
    """The columns that somebody's reading of the log expects, and a file has not."""
    usual = LogMapping().assumed
    if mapping.assumed <= usual:
        return []
    return sorted(name for name in mapping.assumed - {"served_by"} if not columns.has(name))


def _out_of_time(
    engine: Engine, rows: Rows, path: str, read: Totals, mapping: LogMapping, now: datetime
) -> Iterator[str]:
    low = (EARLIEST - _EPOCH) // _MICROSECOND
    high = (now + AHEAD - _EPOCH) // _MICROSECOND
    length = mapping.window_seconds * 1_000_000
    for told, meant, there in (
        ("before the year 2000", f"< {low}", read.first is not None and read.first < low),
        ("in the future", f"> {high}", read.last is not None and read.last > high),
    ):
        if there:
            [[count]] = engine.rows(
                f"SELECT coalesce(sum(n), 0)::BIGINT FROM {PROFILED} WHERE kind = 'requests' AND "
                f"f = {literal(path)} AND w + {0 if '>' in meant else length} {meant}"
            )
            first = _first(engine, rows, path, "t", f"t {meant}")
            many = f"about {count} rows lie" if count else "some rows lie"
            yield f"{many} {told}, the first is row {first}; they have windows of their own"


def _first(engine: Engine, rows: Rows, path: str, column: str, meant: str) -> int:
    """In which row of its file the first of these stands."""
    [[at, begin]] = engine.rows(
        f"SELECT min(i) FILTER ({meant}), min(i) FROM (SELECT row_number() OVER () AS i, * "
        f"FROM ({rows.chosen(['f', column])})) WHERE f = {literal(path)}"
    )
    return int(str(at)) - int(str(begin)) + 1 if at is not None else 0
