"""Rows that come in any order, laid aside in files of their days, each known by what it holds."""

from __future__ import annotations

from collections import OrderedDict
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

import msgspec

from tocsin.sources.partitions import Found

OPEN_MOST = 64
NO_DAY = "no-day"
_WHOLE = 2**256


class Days:
    """Takes rows; gives a file of lines for each day. Without a time all are one.

    Args:
        at: the column of times.
    """

    def __init__(self, aside: Path, table: str, at: str | None) -> None:
        self._aside, self._table, self._at = aside, table, at
        self._open: OrderedDict[str, BinaryIO] = OrderedDict()
        self._sums: dict[str, int] = {}
        self._counts: dict[str, int] = {}
        self._encode = msgspec.json.Encoder(enc_hook=str).encode

    def add(self, names: tuple[str, ...], row: tuple[object, ...]) -> None:
        """Take one row."""
        fields = dict(zip(names, row, strict=True))
        day = _day(fields.get(self._at)) if self._at is not None else "all"
        line = self._encode(fields) + b"\n"
        self._file(day).write(line)
        # What the rows of a day add up to does not depend on the order in which they came.
        own = int.from_bytes(sha256(line).digest(), "big")
        self._sums[day] = (self._sums.get(day, 0) + own) % _WHOLE
        self._counts[day] = self._counts.get(day, 0) + 1

    def found(self) -> list[Found]:
        """The partitions; no row may follow."""
        for file in self._open.values():
            file.close()
        self._open.clear()
        return [self._found(day) for day in sorted(self._sums)]

    def _found(self, day: str) -> Found:
        path = self._path(day)
        held = f"{self._table} {day} {self._counts[day]} {self._sums[day]:x}"
        digest = sha256(held.encode()).hexdigest()
        return Found(
            file=f"{self._table}/{day}", path=path, size=path.stat().st_size, modified=0.0,
            identity=digest, keys=(), content=digest if self._at is not None else None,
        )  # fmt: skip

    def _path(self, day: str) -> Path:
        return self._aside / f"rows-{sha256(day.encode()).hexdigest()[:24]}.jsonl"

    def _file(self, day: str) -> BinaryIO:
        if day in self._open:
            self._open.move_to_end(day)
            return self._open[day]
        if len(self._open) >= OPEN_MOST:
            self._open.popitem(last=False)[1].close()
        mode = "ab" if day in self._sums else "wb"
        self._open[day] = self._path(day).open(mode)  # type: ignore[assignment]
        return self._open[day]


def _day(value: object) -> str:
    """The day of an instant, however it is written."""
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo else value).date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str) and len(value) >= 10:
        return value[:10]
    if isinstance(value, int | float):
        seconds = float(value)
        while abs(seconds) > 1e11:
            seconds /= 1000
        return f"{int(seconds // 86_400):+d}"
    return NO_DAY
