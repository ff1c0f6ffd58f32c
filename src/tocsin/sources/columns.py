"""SQL for what a log's columns mean: times, texts, numbers, and conditions, whatever their type.

Nothing here loses a value silently: what cannot be read as what it was declared to be makes the
statement fail, or is counted apart. DuckDB sorts NaN above every number; every comparison here asks
first whether it is a number at all.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from functools import lru_cache

from tocsin.facts.logs import Compare, Condition, Share, Term, TimeUnit

_NUMBERS = (
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER",
    "UBIGINT", "UHUGEINT", "FLOAT", "DOUBLE", "DECIMAL",
)  # fmt: skip
NOTHING = '"NULL"'  # the type of a column in which every value is missing
ROW = "row_in_file_"
"""The column that numbers a file's rows from 0, where the log tells no time."""

ZONE = r"(?:[zZ]|UTC|GMT|[+-]\d\d(?::?\d\d)?)\s*$"
"""How a time ends that names its zone."""

MICROSECONDS_A_ROW = 1_000_000
_FIELD = re.compile(r'("(?:[^"]|"")*"|\S+) (.*)')
_PER_SECOND = {
    TimeUnit.SECONDS: 1e6,
    TimeUnit.MILLISECONDS: 1e3,
    TimeUnit.MICROSECONDS: 1.0,
    TimeUnit.NANOSECONDS: 1e-3,
}


class CannotRead(Exception):
    """A partition that is not what the mapping says: what was found, and what would be right."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"{reason}; {remedy}")
        self.reason, self.remedy = reason, remedy


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """A text as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"


class Columns:
    """The columns that a partition has, with their types, and SQL for what stands in them."""

    def __init__(self, types: Mapping[str, str]) -> None:
        self.types = types

    def has(self, column: str) -> bool:
        return self._found(column) is not None

    def numbers(self) -> tuple[str, ...]:
        """All columns whose type is a number's."""
        return tuple(name for name, type_ in self.types.items() if _is_number(type_))

    def leaves(self) -> list[tuple[str, str]]:
        """All columns with their types; of a record each field, under its dotted path."""
        return [leaf for name, type_ in self.types.items() for leaf in _leaves(name, type_)]

    def type_of(self, column: str) -> str:
        """The type of a column, as DuckDB writes it. Raises CannotRead."""
        return self._at(column)[1]

    def sql(self, column: str) -> str:
        """The value as it is. Raises CannotRead."""
        return self._at(column)[0]

    def is_number(self, column: str) -> bool:
        """Whether its type is a number's. Raises CannotRead."""
        return _is_number(self.type_of(column))

    def text(self, column: str) -> str:
        """The value as text; a whole number in a column of fractions is written as one."""
        sql, type_ = self._at(column)
        if type_ == "VARCHAR":
            return sql
        if type_ == "JSON":
            return f"json_extract_string({sql}, '$')"
        if type_ in ("DOUBLE", "FLOAT"):
            whole = f"isfinite({sql}) AND abs({sql}) < 1e15 AND {sql} = floor({sql})"
            return (
                f"CASE WHEN {whole} THEN CAST(CAST({sql} AS BIGINT) AS VARCHAR) "
                f"ELSE CAST({sql} AS VARCHAR) END"
            )
        return f"CAST({sql} AS VARCHAR)"

    def number(self, column: str) -> tuple[str, str]:
        """The value as a number or missing, and whether it is a text that is no number."""
        sql, type_ = self._at(column)
        if _is_number(type_):
            return f"CAST({sql} AS DOUBLE)", "false"
        if type_ == NOTHING:
            return "CAST(NULL AS DOUBLE)", "false"
        if type_ not in ("VARCHAR", "JSON", "BOOLEAN"):
            raise CannotRead(f"column {column} is a {type_}", "name a column of numbers")
        number = f"TRY_CAST({self.text(column)} AS DOUBLE)"
        if type_ == "BOOLEAN":
            number = f"CAST({sql} AS DOUBLE)"
        return number, f"({sql} IS NOT NULL AND {number} IS NULL)"

    def microseconds(self, column: str, unit: TimeUnit) -> str:
        """The time in microseconds since 1970, or missing where it cannot be read."""
        sql, type_ = self._at(column)
        if type_ == "TIMESTAMP WITH TIME ZONE":
            return f"epoch_us({sql})"
        if type_.startswith("TIMESTAMP") or type_ == "DATE":
            return f"epoch_us(CAST({sql} AS TIMESTAMP))"
        if _is_number(type_):
            return _counted(f"CAST({sql} AS DOUBLE)", unit)
        if type_ not in ("VARCHAR", "JSON", NOTHING):
            raise CannotRead(f"column {column} is a {type_}", "name the column of times")
        text = self.text(column)
        number = _counted(f"TRY_CAST({text} AS DOUBLE)", unit)
        if unit is not TimeUnit.AUTO:
            return number
        return f"coalesce(epoch_us(TRY_CAST({text} AS TIMESTAMPTZ)), {number})"

    def share(self, share: Share) -> str:
        """Whether a row counts for a share; missing where it is not judged."""
        counts = self.condition(share.counts)
        if share.among is None:
            return counts
        return f"CASE WHEN {self.condition(share.among)} THEN ({counts}) END"

    def condition(self, condition: Condition) -> str:
        """Whether a row meets the condition; missing where that cannot be said."""
        return " OR ".join(
            "(" + " AND ".join(f"({self._term(term)})" for term in terms) + ")"
            for terms in condition.either
        )

    def _term(self, term: Term) -> str:
        said = self._compared(term)
        return f"NOT ({said})" if term.negated else said

    def _compared(self, term: Term) -> str:
        if term.compare is Compare.HOLDS:
            return self._truth(term.column)
        if term.compare is Compare.MISSING:
            sql, type_ = self._at(term.column)
            return f"{sql} IS NULL" + (f" OR isnan({sql})" if type_ in ("DOUBLE", "FLOAT") else "")
        if term.compare is Compare.SAME:
            return f"{self.text(term.column)} = {self.text(str(term.values[0]))}"
        if term.compare is Compare.AMONG:
            return " OR ".join(self._one(term.column, "=", value) for value in term.values)
        sign = {Compare.IS: "=", Compare.IS_NOT: "<>"}.get(term.compare, term.compare.value)
        return self._one(term.column, sign, term.values[0])

    def _one(self, column: str, sign: str, value: str | float | bool) -> str:
        if isinstance(value, bool):
            return f"{self._truth(column)} {sign} {str(value).lower()}"
        if isinstance(value, str):
            return f"{self.text(column)} {sign} {literal(value)}"
        sql, type_ = self._at(column)
        number = f"CAST({sql if _is_number(type_) else self.text(column)} AS DOUBLE)"
        return f"CASE WHEN isnan({number}) THEN NULL ELSE {number} END {sign} {value!r}"

    def _truth(self, column: str) -> str:
        sql, type_ = self._at(column)
        return sql if type_ == "BOOLEAN" else f"CAST({self.text(column)} AS BOOLEAN)"

    def _at(self, column: str) -> tuple[str, str]:
        found = self._found(column)
        if found is None:
            near = difflib.get_close_matches(column, self.types, n=1)
            if column == "at":  # taken where nobody says it; too short to be like another
                remedy = (
                    "say `at:` under `log:`: the column of the time, or `rows` if there is none"
                )
                raise CannotRead("no column 'at'", remedy)
            known = ", ".join(list(self.types)[:20]) or "none"
            raise CannotRead(
                f"no column {column!r}; there are: {known}",
                f"write {near[0]!r} under `log:`" if near else
                "say under `log:` in the detectors' file what it is called",
            )  # fmt: skip
        return found

    def _found(self, column: str) -> tuple[str, str] | None:
        return _within(self.types, "", column)


def _within(types: Mapping[str, str], outer: str, path: str) -> tuple[str, str] | None:
    """The column or field at a dotted path; a name that has dots in it goes before a path."""
    if path in types:
        return outer + quoted(path), types[path]
    first, dot, rest = path.partition(".")
    struct = types.get(first, "")
    if not dot or not struct.startswith("STRUCT("):
        return None
    return _within(_fields(struct), f"{outer}{quoted(first)}.", rest)


def _leaves(name: str, type_: str) -> list[tuple[str, str]]:
    if not type_.startswith("STRUCT(") or not type_.endswith(")"):
        return [(name, type_)]
    fields = _fields(type_).items()
    return [leaf for field, inner in fields for leaf in _leaves(f"{name}.{field}", inner)]


@lru_cache(maxsize=64)
def _fields(struct: str) -> Mapping[str, str]:
    """The fields of a DuckDB struct type, as it is written, with their types.

    Kept, for each of a thousand fields is asked for several times, and all are read to find it.
    """
    fields, depth, start, body = dict[str, str](), 0, 0, struct[len("STRUCT(") : -1]
    for place, letter in enumerate(body + ","):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts = _FIELD.fullmatch(body[start:place].strip())
            if parts:
                fields[parts[1].strip('"').replace('""', '"')] = parts[2]
            start = place + 1
    return fields


def _is_number(type_: str) -> bool:
    return type_.partition("(")[0] in _NUMBERS


def _counted(number: str, unit: TimeUnit) -> str:
    if unit is not TimeUnit.AUTO:
        return f"TRY_CAST(floor({number} * {_PER_SECOND[unit]!r}) AS BIGINT)"
    return (
        f"TRY_CAST(floor(CASE WHEN abs({number}) < 1e11 THEN {number} * 1e6 "
        f"WHEN abs({number}) < 1e14 THEN {number} * 1e3 "
        f"WHEN abs({number}) < 1e17 THEN {number} ELSE {number} / 1e3 END) AS BIGINT)"
    )
