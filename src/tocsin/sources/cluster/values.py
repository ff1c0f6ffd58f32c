"""What stands in the columns of a table, as Ibis expressions with the meaning of `columns`.

`isinf` is never asked: Ibis compiles it to a constant for Spark. What is finite, its size tells.
"""

from __future__ import annotations

import difflib
from functools import reduce
from operator import and_, or_
from typing import Any

import ibis

from tocsin.facts.logs import Compare, Condition, Share, Term, TimeUnit
from tocsin.sources.columns import CannotRead

Value = Any
"""An expression of Ibis, which has no types of its own that a checker could read."""

LARGEST = 1.7976931348623157e308
PER_SECOND = {
    TimeUnit.SECONDS: 1,
    TimeUnit.MILLISECONDS: 1_000,
    TimeUnit.MICROSECONDS: 1_000_000,
    TimeUnit.NANOSECONDS: 1_000_000_000,
}


class Values:
    """The columns of one table."""

    def __init__(self, table: Value) -> None:
        self.table = table
        self.types = dict(table.schema().items())

    def has(self, column: str) -> bool:
        return column in self.types

    def numbers(self) -> tuple[str, ...]:
        """All columns whose type is a number's."""
        return tuple(name for name, type_ in self.types.items() if type_.is_numeric())

    def at(self, column: str) -> Value:
        """The column. Raises CannotRead: it is not there."""
        if column not in self.types:
            near = difflib.get_close_matches(column, self.types, n=1)
            known = ", ".join(list(self.types)[:20]) or "none"
            raise CannotRead(
                f"no column {column!r}; there are: {known}",
                f"write {near[0]!r} under `log:`" if near else "say what it is called",
            )
        return self.table[column]

    def text(self, column: str) -> Value:
        """The value as text; a whole number in a column of fractions is written as one."""
        value, type_ = self.at(column), self.types[column]
        if type_.is_string():
            return value
        if type_.is_floating():
            whole = is_finite(value) & (value.abs() < 1e15) & (value == value.floor())
            return ibis.ifelse(whole, value.cast("int64").cast("string"), value.cast("string"))
        return value.cast("string")

    def number(self, column: str) -> Value:
        """The value as a number or missing. Raises CannotRead: the column holds none."""
        value, type_ = self.at(column), self.types[column]
        if not type_.is_numeric() and not type_.is_boolean():
            remedy = "name a column of numbers; texts are not read as numbers on a cluster"
            raise CannotRead(f"column {column} is a {type_}", remedy)
        if type_.is_boolean():
            value = value.cast("int64")
        return value.cast("float64")

    def seconds(self, column: str, unit: TimeUnit) -> Value:
        """The time in whole seconds since 1970, rounded down. Raises CannotRead."""
        value, type_ = self.at(column), self.types[column]
        if type_.is_timestamp():
            return value.truncate("s").epoch_seconds().cast("int64")
        if type_.is_integer() and unit is not TimeUnit.AUTO:
            return (value.cast("int64") / PER_SECOND[unit]).floor().cast("int64")
        raise CannotRead(
            f"column {column} is a {type_}",
            "name a column of timestamps, or of whole numbers with their `unit:`",
        )

    def share(self, share: Share) -> Value:
        """Whether a row counts for a share; missing where it is not judged."""
        counts = self.condition(share.counts)
        if share.among is None:
            return counts
        return ibis.ifelse(self.condition(share.among), counts, ibis.null("boolean"))

    def condition(self, condition: Condition) -> Value:
        """Whether a row meets the condition; missing where that cannot be said."""
        every = [reduce(and_, [self._term(t) for t in terms]) for terms in condition.either]
        return reduce(or_, every)

    def _term(self, term: Term) -> Value:
        said = self._compared(term)
        return ~said if term.negated else said

    def _compared(self, term: Term) -> Value:
        match term.compare:
            case Compare.HOLDS:
                return self._truth(term.column)
            case Compare.MISSING:
                value = self.at(term.column)
                missing = value.isnull()
                floating = self.types[term.column].is_floating()
                return missing | value.isnan() if floating else missing
            case Compare.SAME:
                return self.text(term.column) == self.text(str(term.values[0]))
            case Compare.AMONG:
                return reduce(or_, [self._one(term.column, Compare.IS, v) for v in term.values])
            case _:
                return self._one(term.column, term.compare, term.values[0])

    def _one(self, column: str, compare: Compare, value: str | float | bool) -> Value:
        if isinstance(value, bool):
            found = self._truth(column)
        elif isinstance(value, str):
            found = self.text(column)
        else:
            number = self.number(column)
            found = ibis.ifelse(number.isnan(), ibis.null("float64"), number)
        match compare:
            case Compare.IS:
                return found == value
            case Compare.IS_NOT:
                return found != value
            case Compare.LESS:
                return found < value
            case Compare.AT_MOST:
                return found <= value
            case Compare.MORE:
                return found > value
            case _:
                return found >= value

    def _truth(self, column: str) -> Value:
        value, type_ = self.at(column), self.types[column]
        if type_.is_boolean():
            return value
        if type_.is_numeric():
            return value != 0
        return ibis.cases(
            (value.lower() == "true", True), (value.lower() == "false", False),
            else_=ibis.null("boolean"),
        )  # fmt: skip


def is_finite(value: Value) -> Value:
    """Whether a number is neither infinite nor not a number."""
    return ~value.isnan() & (value.abs() <= LARGEST)
