"""Which file, window, version and segment a row belongs to, packed into one small number.

A log is read column by column, and each column has to be told apart by all of these. To read them
again for each would cost more than the column itself: they are read once and lie beside the rows,
in the rows' order. Where all rows belong to one of each, nothing lies beside them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import msgspec

from tocsin.facts.logs import LogMapping
from tocsin.sources.columns import literal
from tocsin.sources.engine import Engine

_KEPT, SLICES = "packed", "slices"
_TYPES = ((16, "USMALLINT"), (32, "UINTEGER"), (63, "BIGINT"), (126, "HUGEINT"))


class Slices(msgspec.Struct, frozen=True, kw_only=True):
    """How rows are told apart.

    Args:
        beside: the table that has the number g of each row, in order; None where all have 0.
            A row without a time has none. What each number means stands in the table `slices`.
    """

    beside: str | None

    def over(self, rows: str) -> str:
        """A table of these rows with their g."""
        return f"({rows})" if self.beside is None else f"{self.beside} POSITIONAL JOIN ({rows})"

    @property
    def g(self) -> str:
        """SQL to group by, or nothing where all is one."""
        return "" if self.beside is None else "g, "


def window(seconds: int, t: str = "t") -> str:
    """SQL for the beginning of the window that a microsecond lies in."""
    length = seconds * 1_000_000
    return f"({t} - (({t} % {length}) + {length}) % {length})"


def packed(engine: Engine, counted: str, base: str, mapping: LogMapping) -> Slices:
    """Tell the rows of a table apart by what has been counted of it. Raises CannotRead.

    Args:
        counted: the table of all f, w, v, s, o that there are, with the number n of their rows.
        base: the table of the rows.
    """
    sides = ("f", "v", "s", "o") if mapping.sliced else ("f", "o")
    known = {side: _values(engine, counted, side) for side in sides}
    begins = window(mapping.profile_seconds, "w")
    [(first, last, untimed)] = engine.rows(
        f"SELECT min({begins}), max({begins}), count_if(w IS NULL) FROM {counted}"
    )
    begin, end = cast("tuple[int | None, int | None]", (first, last))
    length = mapping.profile_seconds * 1_000_000
    count = 0 if begin is None or end is None else (end - begin) // length + 1
    number, many = f"({{t}} - {begin or 0}) // {length}", max(count, 1)
    for side, values in known.items():
        if len(values) > 1:
            number, many = f"({number}) * {len(values)} + {_code(side, values)}", many * len(values)
    number = number if many > 1 else "0"
    type_ = next(name for bits, name in _TYPES if many < 2**bits)
    whole = f"CASE WHEN {{t}} IS NOT NULL THEN CAST({number} AS {type_}) END"
    shown = ", ".join(side if side in sides else f"NULL::VARCHAR AS {side}" for side in "fvso")
    engine.rows(
        f"CREATE OR REPLACE TEMP TABLE {SLICES} AS SELECT DISTINCT {whole.format(t='w')} AS g, "
        f"{begins} AS w, {shown} FROM {counted} WHERE w IS NOT NULL"
    )
    if many == 1 and not untimed:
        return Slices(beside=None)
    engine.rows(
        f"CREATE OR REPLACE TEMP TABLE {_KEPT} AS SELECT {whole.format(t='t')} AS g FROM {base}"
    )
    return Slices(beside=_KEPT)


def _values(engine: Engine, counted: str, side: str) -> list[str | bool | None]:
    rows = engine.rows(f"SELECT DISTINCT {side} FROM {counted} ORDER BY ALL NULLS FIRST")
    return [cast("str | bool | None", value) for (value,) in rows]


def _code(side: str, values: Sequence[str | bool | None]) -> str:
    """SQL for the place of a value among all that there are."""
    if side == "o":
        return "CAST(o AS INTEGER)"
    named = ", ".join(literal(str(value)) for value in values if value is not None)
    code = f"enum_code(CAST({side} AS ENUM({named})))"
    return f"coalesce({code} + 1, 0)" if None in values else code
