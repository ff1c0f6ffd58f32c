"""What becomes of the columns that have no part of their own: numbers, categories, or nothing.

Ids, names, free text and whatever else differs in almost every row say nothing by how they are
distributed; nor does the calendar, which moves by its nature.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tocsin.detection.conventions import vocabulary as known
from tocsin.detection.conventions.instants import tells_time
from tocsin.detection.conventions.taking import Taking
from tocsin.facts.logs import Decisions, Texts
from tocsin.facts.looks import ColumnLook, Values

CODES_MOST = 12
CATEGORY_VALUES_MOST = 100
CATEGORY_SHARE_MOST = 0.2
INTENTS_MOST = 1000
ROWS_TO_TELL_RARE, RARE_SHARE = 1000, 0.01
ROWS_TO_JUDGE = 50
ALMOST_ALL = 0.9
WORDS_LETTERS = 12
COLUMNS_MOST = 400
NUMBERED_MOST = 20  # what numbers rows lies within so many times their number


class Rest(msgspec.Struct, frozen=True, kw_only=True):
    """The columns whose distribution is kept, and those of numbers that are times and costs."""

    numbers: tuple[str, ...]
    categories: tuple[str, ...]
    latency: tuple[str, ...]
    cost: tuple[str, ...]


def texts_of(taking: Taking) -> Texts:
    """The columns of words, from which numbers are drawn."""

    def pick(part: str, names: Sequence[str]) -> str | None:
        found = taking.pick(names, _is_prose, f"the {part}", "it is called so and holds words")
        return found.name if found is not None else None

    return Texts(
        question=pick("question", known.QUESTION),
        answer=pick("answer", known.ANSWER),
        context=pick("context", known.CONTEXT),
    )


def _is_prose(column: ColumnLook) -> bool:
    if column.values not in (Values.TEXTS, Values.OTHER):
        return False
    return column.letters >= WORDS_LETTERS or column.distinct > CATEGORY_VALUES_MOST


def rest_of(taking: Taking, decisions: Decisions, both: set[str] | None) -> Rest:
    """The distributions that are kept: of columns that the log and the reference both have."""
    numbers, categories = list[str](), list[str]()
    for reading in list(taking.readings.values()):
        if both is None or reading.column in both:
            if reading.taken_for.endswith("and a number"):
                numbers.append(reading.column)
            elif reading.taken_for.endswith("and a category"):
                categories.append(reading.column)
    latency = [c.name for c in taking.named(known.LATENCY) if c.values is Values.NUMBERS]
    cost = [c.name for c in taking.named(known.COST) if c.values is Values.NUMBERS]
    for column in taking.free():
        name = column.name
        if both is not None and name not in both:
            taking.take(column, "nothing", "only the log has it")
        elif len(numbers) + len(categories) >= COLUMNS_MOST:
            why = f"{COLUMNS_MOST} columns are watched already; name those that matter"
            taking.take(column, "nothing", f"{why} under `numbers:` or `categories:`")
        elif name in latency or name in cost:
            said = "a time it took" if name in latency else "a cost"
            taking.take(column, f"{said}, and a number", "it is called so")
            numbers.append(name)
        else:
            taken, why = _taken(column)
            taking.take(column, taken, why)
            if taken == "a number":
                numbers.append(name)
            elif taken == "a category":
                categories.append(name)
    return Rest(numbers=tuple(numbers), categories=tuple(categories), latency=tuple(latency),
                cost=tuple(cost))  # fmt: skip


def _taken(column: ColumnLook) -> tuple[str, str]:
    if not column.rows:
        return "nothing", "it was not looked at: there are too many columns"
    if column.rows >= ROWS_TO_TELL_RARE and 0 < column.present < RARE_SHARE * column.rows:
        return "nothing", "not one row in a hundred has it"
    said = known.sound(column.name)
    last = said.rpartition("_")[2]
    match column.values:
        case Values.NOTHING:
            return "nothing", "no row has a value"
        case Values.INSTANTS:
            return "nothing", "instants move by their nature"
        case Values.TRUTHS:
            return "a category", "it is true or false"
        case Values.NUMBERS:
            return _number(column, said, last)
        case _:
            return _words(column, said, last)


def _number(column: ColumnLook, said: str, last: str) -> tuple[str, str]:
    if said in known.CALENDAR:
        return "nothing", "the calendar moves by its nature"
    if last in known.TIMES_END and tells_time(column):
        return "nothing", "instants move by their nature"
    if last == "version" and column.distinct <= CATEGORY_VALUES_MOST:
        return "a category", "versions are names, also where they are written as numbers"
    if column.whole and column.distinct <= CODES_MOST:
        return "a category", "it has few whole numbers, which may be codes"
    if column.low is None:
        return "nothing", "no row has a finite number"
    almost = _differs(column) and column.whole
    if last in known.NAMES_OF_ONE and (almost or last != "number"):
        return "nothing", "it tells one row or one person from another"
    if almost and (column.high or 0) - column.low < NUMBERED_MOST * column.rows:
        return "nothing", "almost every row has another whole number, as ids have"
    if column.odd:
        return "a number", "most of its values are; the others count as missing, and are told"
    if column.distinct == 1:
        return "a number", "it has one value, so that any other will be noticed"
    return "a number", "it holds numbers"


def _words(column: ColumnLook, said: str, last: str) -> tuple[str, str]:
    few = column.distinct <= max(CODES_MOST, CATEGORY_SHARE_MOST * column.present)
    if said in known.PERSONAL or (last in known.NAMES_OF_ONE and column.distinct > CODES_MOST):
        return "nothing", "it tells one row or one person from another"
    if column.present >= ROWS_TO_JUDGE and _differs(column):
        return "nothing", "almost every row has another text"
    if said in known.INTENT and few and column.distinct <= INTENTS_MOST:
        return "a category", "it is called so"
    if column.distinct <= CATEGORY_VALUES_MOST and few:
        return "a category", "it has few values"
    return "nothing", "it has too many values to be told apart, and is no number"


def _differs(column: ColumnLook) -> bool:
    return column.present >= ROWS_TO_JUDGE and column.distinct >= ALMOST_ALL * column.present
