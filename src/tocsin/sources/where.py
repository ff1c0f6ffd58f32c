"""Whether a person's condition can be asked of a log: a number is not compared with a text.

Such a comparison is true of no row, and an empty list would look like nobody was touched.
"""

from __future__ import annotations

from typing import cast

from tocsin.facts import Refused
from tocsin.facts.logs import Compare, Condition, Term
from tocsin.sources.columns import CannotRead, Columns, literal
from tocsin.sources.engine import Engine

_WITHOUT_VALUE = (Compare.HOLDS, Compare.MISSING, Compare.SAME)
_NO_NUMBERS = ("JSON", "VARCHAR")


def check_where(engine: Engine, table: str, columns: Columns, where: Condition) -> None:
    """Passes when each value can be compared with what its column holds. Raises Refused."""
    for term in (term for terms in where.either for term in terms):
        if term.compare in _WITHOUT_VALUE:
            continue
        try:
            _check(engine, table, columns, term)
        except CannotRead as bad:  # the log is as it should be; the question is not
            raise Refused(f"--where: {bad.reason}") from None


def _check(engine: Engine, table: str, columns: Columns, term: Term) -> None:
    column, type_ = term.column, columns.type_of(term.column)
    for value in term.values:
        if isinstance(value, str) and columns.is_number(column):
            shown = (
                f"{column} {term.compare.value} {value}" if _is_number(value) else f"{column} > 0"
            )
            raise Refused(
                f"--where: {column} holds numbers, and {value[:40]!r} is a text, so it would be "
                f"true of no row; write a number without quotation marks: {shown}"
            )
        if isinstance(value, bool) and columns.is_number(column):
            raise Refused(
                f"--where: {column} holds numbers, and not true and false; write {column} != 0"
            )
        if isinstance(value, str) and type_ == "BOOLEAN" and value not in ("true", "false"):
            raise Refused(
                f"--where: {column} holds true and false, and not {value[:40]!r}; write {column}, "
                f"or not {column}"
            )
        if not isinstance(value, str | bool) and type_ in _NO_NUMBERS:
            _check_numbers(engine, table, columns, column)


def _check_numbers(engine: Engine, table: str, columns: Columns, column: str) -> None:
    _, is_none = columns.number(column)
    [row] = engine.rows(
        f"SELECT count_if({is_none}), any_value({columns.text(column)}) FILTER ({is_none}) "
        f"FROM {table}"
    )
    texts, one = cast("tuple[int, str | None]", row)
    if texts:
        raise Refused(
            f"--where: {column} holds texts, of which {texts} are no numbers, such as "
            f"{str(one)[:40]!r}; compare it with a text: {column} == {literal(str(one)[:20])}"
        )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
