"""DuckDB as this room uses it: bounded memory, nothing fetched, NaN never folded away.

DuckDB trusts a column's minimum and maximum, in which pyarrow leaves NaN out. Comparisons are
folded by them; the optimizer that does so is switched off. Rows are also passed over by them
wherever a statement filters by a column of numbers, whatever the setting: this room never filters
by one, it counts.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb

from tocsin.sources.columns import CannotRead, Columns, literal

MEMORY = "256MB"
THREADS = 2
TOLD_EVERY_SECONDS = 0.5
Row = tuple[object, ...]


class Engine:
    """One connection, used by one thread at a time."""

    def __init__(self, spill: Path) -> None:
        spill.parent.mkdir(parents=True, exist_ok=True)  # of the rest it makes the last alone
        self._con = duckdb.connect(":memory:")
        for setting in (
            "TimeZone = 'UTC'",
            "disabled_optimizers = 'statistics_propagation'",
            "autoinstall_known_extensions = false",
            "autoload_known_extensions = false",
            f"memory_limit = '{MEMORY}'",
            f"threads = {THREADS}",
            f"temp_directory = {literal(str(spill))}",
            "enable_progress_bar = true",  # so that it can be asked how far it is
            "enable_progress_bar_print = false",
        ):
            self._con.execute(f"SET {setting}")

    def rows(self, sql: str) -> list[Row]:
        """What a statement answers.

        Raises:
            CannotRead: what it reads is not what the statement takes it for.
        """
        try:
            return self._con.execute(sql).fetchall()
        except duckdb.Error as bad:
            raise _told(bad) from bad

    def columns(self, table: str) -> Columns:
        """The columns of a table and their types. Raises CannotRead."""
        return Columns({str(r[0]): str(r[1]) for r in self.rows(f"DESCRIBE SELECT * FROM {table}")})

    def copy(self, select: str, into: Path, said: Mapping[str, str]) -> None:
        """Write what is selected to a Parquet file, with what is said of it. Raises CannotRead."""
        words = ", ".join(f"{key}: {literal(value)}" for key, value in said.items())
        self.rows(
            f"COPY ({select}) TO {literal(str(into))} (FORMAT parquet, COMPRESSION zstd"
            + (f", KV_METADATA {{{words}}})" if words else ")")
        )

    @contextmanager
    def telling(self, told: Callable[[float], None]) -> Iterator[None]:
        """Tells, twice a second, which share of the statement that runs is done."""
        over = threading.Event()

        def ask() -> None:
            while not over.wait(TOLD_EVERY_SECONDS):
                told(max(0.0, self._con.query_progress()) / 100)

        asking = threading.Thread(target=ask, daemon=True)
        asking.start()
        try:
            yield
        finally:
            over.set()
            asking.join()

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Interrupts the statement that runs when this much time is over."""
        timer = threading.Timer(seconds, self._con.interrupt)
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def close(self) -> None:
        self._con.close()


def _told(bad: duckdb.Error) -> CannotRead:
    first = _plainly(str(bad).strip())
    if isinstance(bad, duckdb.InterruptException):
        return CannotRead("time ran out", "ask again, or allow more")
    if "No space left on device" in str(bad):
        return CannotRead("there is no room on the disk that is written to", "make room; ask again")
    if isinstance(bad, duckdb.OutOfMemoryException):
        return CannotRead(f"more memory than allowed: {first}", "write smaller partitions")
    if isinstance(bad, duckdb.ConversionException):
        return CannotRead(first, "mend the value, or map another column under `log:`")
    if first.startswith("line "):
        return CannotRead(first, "mend the line, or write the file again, whole")
    return CannotRead(first, "write the file again, whole; it is looked at again when it changes")


def _plainly(said: str) -> str:
    """What DuckDB says is wrong, in one line; of a table written as text, with its line."""
    line = _LINE.search(said)
    if line is None:
        first = said.partition("\n")[0].strip()
        return first.removeprefix("Invalid Input Error: ")
    counts = _COUNTS.search(said)
    if counts is not None:
        return f"line {line[1]} has {counts[2]} columns, where the first line names {counts[1]}"
    if "unicode" in said:
        return f"line {line[1]} has bytes that are not UTF-8"
    if "unterminated quote" in said:
        return f"line {line[1]} opens a quotation mark that is never closed"
    told = [each.strip() for each in said.splitlines()[1:] if each.strip()]
    told = [each for each in told if not each.startswith("Original Line")]
    return f"line {line[1]}: {told[0] if told else 'it does not fit'}"


_LINE = re.compile(r"CSV Error on Line: (\d+)")
_COUNTS = re.compile(r"Expected Number of Columns: (\d+) Found: (\d+)")
