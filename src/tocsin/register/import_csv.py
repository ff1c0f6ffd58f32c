"""Turns a table from a spreadsheet into register text, and tells every mistake of every row.

An import adds and never overwrites: an id that is in the register stays as it is and is reported.
Cells are data: what a spreadsheet would run as a formula is kept as text and pointed out.

Source: RFC 4180 (CSV); OWASP, CSV Injection (the characters that begin a formula).
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping, Sequence

import msgspec

from tocsin.register.formats import id_wrong, phone_wrong
from tocsin.register.mistakes import Mistake, did_you_mean, shown
from tocsin.register.model import Register
from tocsin.register.read import person_read, system_read
from tocsin.register.table import Source, Table

CSV_BYTES_MAX = 8 * 1024 * 1024
DELIMITERS = ",;\t"
FORMULA_BEGINS = "=+-@"
Cell = str | int | list[str]

_COLUMNS = {
    "systems": (
        "id", "name", "owner", "deputy", "tier", "roles", "jurisdictions", "versions",
        "data_sets", "log", "fallback", "switch", "recovery_target", "integrations",
    ),
    "people": (
        "id", "name", "email", "phone", "roles", "deputies", "hours", "time_zone", "reach",
    ),
}  # fmt: skip
_LISTS = {
    "roles", "jurisdictions", "versions", "data_sets", "integrations", "deputies", "hours", "reach",
}  # fmt: skip
_OTHER_NAMES = {
    "system": "id",
    "system_id": "id",
    "person": "id",
    "person_id": "id",
    "title": "name",
    "full_name": "name",
    "e_mail": "email",
    "mail": "email",
    "telephone": "phone",
    "mobile": "phone",
    "role": "roles",
    "country": "jurisdictions",
    "countries": "jurisdictions",
    "jurisdiction": "jurisdictions",
    "version": "versions",
    "datasets": "data_sets",
    "rto": "recovery_target",
    "recovery_time": "recovery_target",
    "timezone": "time_zone",
    "tz": "time_zone",
    "working_hours": "hours",
}


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What an import would add.

    Args:
        toml: the text of the good rows; to be written only when `told` holds nothing but advice.
        ids: theirs, in order.
        kept: ids of rows that are in the register already and were left as they are.
    """

    toml: str
    ids: tuple[str, ...]
    kept: tuple[str, ...]
    told: tuple[Mistake, ...]


def import_systems(data: bytes, name: str, register: Register) -> Imported:
    """The systems that this CSV file would add. `name` is the file's, for the messages."""
    return _imported(name, data, "systems", register)


def import_people(data: bytes, name: str, register: Register) -> Imported:
    """The people whom this CSV file would add. `name` is the file's, for the messages."""
    return _imported(name, data, "people", register)


def _imported(name: str, data: bytes, room: str, register: Register) -> Imported:
    rows = _Rows(name, room)
    text = rows.decoded(data)
    if text is None:
        return Imported(toml="", ids=(), kept=(), told=tuple(rows.told))
    records = rows.records(text)
    existing = register.systems if room == "systems" else register.people
    standing, taken = {known.lower() for known in existing}, set[str]()
    good: list[str] = []
    added: list[str] = []
    kept: list[str] = []
    for line, values in records:
        key = str(values.pop("id", ""))
        mistakes = _row_mistakes(name, line, room, key, values)
        if key.lower() in taken:
            found = f'"{key}" a second time'
            mistakes.append(_told(name, line, found, "give each row an id of its own"))
        elif key.lower() in standing:
            kept.append(key)
            found = f'"{key}" is in the register already and stays as it is'
            mistakes = [_told(name, line, found, "change it there", advice=True)]
            rows.told += mistakes
            continue
        rows.told += mistakes
        if not any(not mistake.advice for mistake in mistakes):
            good.append(_toml(room, key, values))
            added.append(key)
        taken.add(key.lower())
    return Imported(
        toml="\n".join(good),
        ids=tuple(added),
        kept=tuple(kept),
        told=tuple(sorted(rows.told)),
    )


class _Rows:
    """The rows of a CSV file by the names of their columns."""

    def __init__(self, name: str, room: str) -> None:
        self.name, self.room = name, room
        self.told: list[Mistake] = []

    def tell(self, line: int, found: str, remedy: str, *, advice: bool = False) -> None:
        self.told.append(_told(self.name, line, found, remedy, advice=advice))

    def decoded(self, data: bytes) -> str | None:
        if len(data) > CSV_BYTES_MAX:
            self.tell(1, f"{len(data):,} bytes", f"a file may have {CSV_BYTES_MAX:,}; split it")
            return None
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            self.tell(1, "a file in UTF-16", 'save it as "CSV UTF-8"')
            return None
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as bad:
            line = data.count(b"\n", 0, bad.start) + 1
            self.tell(line, f"byte 0x{data[bad.start]:02x}, which is not UTF-8",
                      'save it as "CSV UTF-8"')  # fmt: skip
            return None
        if not text.strip():
            self.tell(1, "an empty file", "write a first row with the names of the columns")
            return None
        return text.replace("\r\n", "\n").replace("\r", "\n")

    def records(self, text: str) -> list[tuple[int, dict[str, Cell]]]:
        """Each row with the line it begins on; what cannot be read is told."""
        lines = [line + "\n" for line in text.split("\n")]
        delimiter = self._delimiter(lines[0])
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        found: list[tuple[int, dict[str, Cell]]] = []
        columns: list[str | None] | None = None
        begins = 1
        try:
            for cells in reader:
                line, begins = begins, reader.line_num + 1
                if not any(cell.strip() for cell in cells):
                    continue
                if columns is None:
                    columns = self._header(line, cells)
                    if not self._needed_there(line, columns):
                        return []
                    continue
                row = self._row(line, columns, cells)
                if row is not None:
                    found.append((line, row))
        except csv.Error as bad:
            self.tell(reader.line_num, f"not CSV: {bad}", "check the quotes; save it again as CSV")
        return found

    def _delimiter(self, first: str) -> str:
        def columns_known(delimiter: str) -> int:
            cells = next(csv.reader([first], delimiter=delimiter), [])
            return sum(self._column(cell) is not None for cell in cells)

        return max(DELIMITERS, key=columns_known)

    def _column(self, heading: str) -> str | None:
        plain = re.sub(r"[^a-z0-9]+", "_", heading.strip().lower()).strip("_")
        plain = _OTHER_NAMES.get(plain, plain)
        return plain if plain in _COLUMNS[self.room] else None

    def _header(self, line: int, cells: Sequence[str]) -> list[str | None]:
        columns = [self._column(cell) for cell in cells]
        known = _COLUMNS[self.room]
        for cell, column in zip(cells, columns, strict=True):
            if column is None:
                remedy = did_you_mean(cell, known, f"known here: {', '.join(known)}")
                self.tell(line, f"column {shown(cell)} is not read", remedy, advice=True)
        for column in sorted({c for c in columns if c is not None and columns.count(c) > 1}):
            self.tell(line, f"two columns mean {column}", "leave one of them out")
        return columns

    def _needed_there(self, line: int, columns: Sequence[str | None]) -> bool:
        needed = ("id", "owner", "tier") if self.room == "systems" else ("id",)
        lacking = [column for column in needed if column not in columns]
        for column in lacking:
            self.tell(line, f'no column "{column}"', "the first row names the columns")
        return not lacking

    def _row(
        self, line: int, columns: Sequence[str | None], cells: Sequence[str]
    ) -> dict[str, Cell] | None:
        if len(cells) > len(columns):
            found = f"{len(cells)} cells under {len(columns)} columns"
            self.tell(line, found, "put a cell that holds the delimiter into quotes")
            return None
        row: dict[str, Cell] = {}
        for column, cell in zip(columns, cells, strict=False):
            if column is None or not cell.strip():
                continue
            self._point_out_formula(line, column, cell)
            row[column] = _cell(column, cell.strip())
        return row

    def _point_out_formula(self, line: int, column: str, cell: str) -> None:
        begins = cell.lstrip()[:1]
        phone = column == "phone" and phone_wrong(cell.strip()) is None
        if begins in FORMULA_BEGINS and not phone:
            self.tell(
                line,
                f"{column} begins with {begins!r}, which a spreadsheet would run",
                "it is kept as plain text; check where it comes from",
                advice=True,
            )


def _row_mistakes(
    name: str, line: int, room: str, key: str, values: Mapping[str, Cell]
) -> list[Mistake]:
    if id_wrong(key) is not None:
        return [_told(name, line, f"the id {key!r}", str(id_wrong(key)))]
    source = Source(name, "")
    table = Table(source, (room, key), values)
    _ = system_read(key, table) if room == "systems" else person_read(key, table)
    return [msgspec.structs.replace(mistake, line=line) for mistake in source.told]


def _told(name: str, line: int, found: str, remedy: str, *, advice: bool = False) -> Mistake:
    return Mistake(file=name, line=line, path="", found=found, remedy=remedy, advice=advice)


def _cell(column: str, text: str) -> Cell:
    if column in _LISTS:
        breaks = r"[;|\n]+" if column == "hours" else r"[;|,\n]+"
        return [part.strip() for part in re.split(breaks, text) if part.strip()]
    if column == "tier" and re.fullmatch(r"[0-9]{1,2}", text):
        return int(text)
    return text


def _toml(room: str, key: str, values: Mapping[str, Cell]) -> str:
    name = key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _quoted(key)
    lines = [f"[{room}.{name}]"]
    for column in _COLUMNS[room]:
        if column in values:
            lines.append(f"{column} = {_toml_value(values[column])}")
    return "\n".join(lines) + "\n"


def _toml_value(value: Cell) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_quoted, value))}]"
    return str(value) if isinstance(value, int) else _quoted(value)


def _quoted(text: str) -> str:
    """A TOML basic string; JSON's escapes are among TOML's, but for DEL, which stands escaped."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
