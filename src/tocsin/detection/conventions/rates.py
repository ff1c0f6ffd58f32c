"""Which rates of a log are watched by convention: fallbacks, errors, refusals, hallucinations."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.detection.conventions import vocabulary as known
from tocsin.detection.conventions.taking import Taking, among, one_term, polarity
from tocsin.facts.logs import Compare, Condition, Share, Term
from tocsin.facts.looks import ColumnLook, Values


def rates_of(taking: Taking) -> dict[str, Share]:
    """By metric, what is true of the rows that count for it; every row is judged that can be."""
    found: dict[str, Share] = {}
    for name, condition in _found(taking):
        found.setdefault(name, Share(counts=condition))
    return found


def _found(taking: Taking) -> Iterator[tuple[str, Condition]]:
    for name, words in _SAYING_SO.items():
        yield from _said(taking, name, words)
    yield from _of_words(taking, "fallback", known.KIND_OF_ANSWER, ("fallback",))
    yield from _of_words(taking, "fallback", known.INTENT, known.NO_INTENT)
    yield from _errors(taking)
    yield from _of_words(taking, "refusal", known.FINISHED, known.STOPPED_WORDS)
    yield from _of_words(taking, "evaluation_failed", known.EVALUATION, known.FAILED_EVALUATION)
    yield from _ungrounded(taking)


_SAYING_SO = {
    "fallback": known.FALLBACK,
    "error": known.ERROR,
    "refusal": known.REFUSAL,
    "hallucination": known.HALLUCINATION,
}


def _said(taking: Taking, rate: str, names: tuple[str, ...]) -> Iterator[tuple[str, Condition]]:
    for column in taking.named(names):
        says = polarity(column)
        if says is not None:
            why = "it says yes or no of each row, and is called so"
            taking.take(column, f"the rate {rate}", why)
            yield rate, says.yes
            return


def _of_words(
    taking: Taking, rate: str, names: tuple[str, ...], wanted: tuple[str, ...]
) -> Iterator[tuple[str, Condition]]:
    """A rate of those rows in which a column has a certain word; the column stays a category."""
    for column in taking.named(names):
        words = [w for w in column.words if any(_holds(w, one) for one in wanted)]
        if words and column.values in (Values.TEXTS, Values.OTHER):
            why = f"it has the value {' or '.join(repr(w) for w in words)}"
            taking.take(column, f"the rate {rate}, and a category", why)
            yield rate, among(column.name, words)
            return


def _holds(word: str, wanted: str) -> bool:
    """Whether a value is this word, or a list with it."""
    return known.sound(word) == wanted or wanted in (
        known.sound(one) for one in word.strip("[]").split(",")
    )


def _errors(taking: Taking) -> Iterator[tuple[str, Condition]]:
    for column in taking.named(known.STATUS):
        numbers = column.values is Values.NUMBERS and column.low is not None
        if numbers and (column.low or 0) >= 100 and (column.high or 0) <= 599:
            taking.take(column, "the rate error", "it is a status of HTTP: 500 and above")
            yield "error", one_term(column.name, Compare.AT_LEAST, 500.0)
            return
    yield from _of_words(taking, "error", known.STATUS, known.FAILED_WORDS)
    for column in taking.named((*known.ERROR_KIND, *known.ERROR)):
        if column.values in (Values.TEXTS, Values.NUMBERS) and column.missing:
            taking.take(column, "the rate error", "it is there only where something failed")
            yield "error", _present(column)
            return


def _present(column: ColumnLook) -> Condition:
    there = Term(column=column.name, compare=Compare.MISSING, negated=True)
    return Condition(either=((there,),))


def _ungrounded(taking: Taking) -> Iterator[tuple[str, Condition]]:
    for column in taking.named(known.UNGROUNDED):
        says = polarity(column)
        if says is not None:
            taking.take(column, "the rate ungrounded", "it says no of answers without ground")
            yield "ungrounded", says.no
            return
