"""Tables written as text: their columns by the first line, and nothing sniffed but the delimiter.

What does not fit the first line is a mistake, told with its line. A name that stands twice is read
twice: the later column has a number behind its name, and that is told.
"""

from __future__ import annotations

import csv
import gzip
import re
from pathlib import Path

import msgspec

from tocsin.sources.columns import CannotRead, literal

HEADER_BYTES_MAX = 1024 * 1024
LINE_BYTES_MAX = 16 * 1024 * 1024
LINE_BYTES_MAX_PACKED = 1024 * 1024  # DuckDB holds many times as much while it unpacks
DELIMITERS = (",", ";", "\t", "|")
_NUMBER = re.compile(r"[-+]?\d+(\.\d*)?([eE][-+]?\d+)?")
_OTHERS = ("^", ":", "~", "\x01", "#", "  ")


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What the first line of a file says.

    Args:
        names: of the columns, each another.
        twice: those names among them that were made so, as `name` and what it is read as.
    """

    delimiter: str
    names: tuple[str, ...]
    twice: tuple[tuple[str, str], ...] = ()


def header_of(path: Path) -> Header | None:
    """The first line of a file; None where it is packed so that only DuckDB can open it.

    Raises:
        CannotRead: it does not name columns.
    """
    if path.name.lower().endswith(".zst"):
        return None
    try:
        if path.name.lower().endswith(".gz"):
            with gzip.open(path) as packed:
                first = packed.readline(HEADER_BYTES_MAX)
        else:
            with path.open("rb") as file:
                first = file.readline(HEADER_BYTES_MAX)
    except (gzip.BadGzipFile, EOFError) as bad:
        raise CannotRead(f"it cannot be unpacked: {bad}", "pack it again, whole") from bad
    return header_in(first)


def header_in(first: bytes) -> Header:
    """As `header_of`, of the line itself. Raises CannotRead."""
    try:
        line = first.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError as bad:
        where = f"byte {bad.start + 1} of line 1"
        raise CannotRead(f"{where} is not UTF-8", "write the file as UTF-8") from None
    if "\0" in line:
        raise CannotRead("line 1 has zero bytes in it", "write the file as UTF-8")
    delimiter = max(DELIMITERS, key=line.count)
    names = [name.strip() for name in next(csv.reader([line], delimiter=delimiter), [])]
    if len(names) == 1:
        for other in _OTHERS:
            if line.count(other) > 1:
                raise CannotRead(
                    f"line 1 names one column only, {line[:60]!r}",
                    "part the columns by a comma, a semicolon, a tab or a |",
                )
    if not any(names):
        raise CannotRead("line 1 names no column", "write a line with the columns' names first")
    if _is_a_row(names):
        raise CannotRead(
            f"line 1 is a row, not the names of columns: {line[:60]!r}",
            "write a line with the columns' names first",
        )
    return _each_once(delimiter, names)


def _is_a_row(names: list[str]) -> bool:
    """Whether a first line holds values: a third of them numbers that count nothing off."""
    numbers = [name for name in names if _NUMBER.fullmatch(name)]
    whole = [int(name) for name in numbers if name.isdigit()]
    first = whole[0] if whole else 0
    counted = len(whole) == len(numbers) and whole == list(range(first, first + len(whole)))
    return 3 * len(numbers) >= len(names) > 2 and not counted


def _each_once(delimiter: str, names: list[str]) -> Header:
    given: list[str] = []
    twice: list[tuple[str, str]] = []
    taken = {name for name in names if name}
    for place, name in enumerate(names, start=1):
        own = name or f"column_{place}"
        if own in given or not name:
            number = 2
            while (renamed := f"{own}_{number}" if name else own) in taken | set(given):
                own, number = own if name else f"{own}_", number + 1
            twice.append((name, renamed))
            own = renamed
        given.append(own)
    return Header(delimiter=delimiter, names=tuple(given), twice=tuple(twice))


def told_of(header: Header | None) -> list[str]:
    """What someone should know of the names in a first line."""
    pairs = header.twice if header is not None else ()
    return [
        f"column {name!r} is named twice; the later one is read as {own!r}"
        if name else f"a column has no name; it is read as {own!r}"
        for name, own in pairs
    ]  # fmt: skip


def csv_reader(path: Path) -> str:
    """An SQL table of everything in a file, all of it text. Raises CannotRead."""
    at, header = literal(str(path)), header_of(path)
    if header is None:
        return f"read_csv({at}, all_varchar=true, header=true, hive_partitioning=false)"
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in header.names)
    longest = LINE_BYTES_MAX_PACKED if path.name.lower().endswith(".gz") else LINE_BYTES_MAX
    return (
        f"read_csv({at}, auto_detect=false, columns={{{columns}}}, "
        f"delim={literal(header.delimiter)}, quote='\"', escape='\"', header=true, nullstr='', "
        f"strict_mode=true, max_line_size={longest}, hive_partitioning=false)"
    )
