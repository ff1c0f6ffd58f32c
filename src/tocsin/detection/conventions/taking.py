"""What each column of a log is taken for, and why: each column once, and none without a reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from tocsin.detection.conventions.vocabulary import NO, YES, sound
from tocsin.facts.logs import Compare, Condition, Term, holds
from tocsin.facts.looks import ColumnLook, Values

WORDS_MOST = 5
"""A column that says yes or no in more words than these says something else."""


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What one column is taken for, and why; `taken_for` is "nothing" where it is not watched."""

    column: str
    taken_for: str
    because: str

    def __str__(self) -> str:
        return f"`{self.column}` is taken for {self.taken_for}: {self.because}"


class Taking:
    """The columns of a log, and what was said of them so far.

    Args:
        columns: those of the log, with what a reference shows of them beside.
    """

    def __init__(self, columns: Sequence[ColumnLook]) -> None:
        self.columns = columns
        self.readings: dict[str, Reading] = {}
        self._by_sound: dict[str, ColumnLook] = {}
        for column in columns:
            self._by_sound.setdefault(sound(column.name), column)

    def named(self, names: Iterable[str]) -> list[ColumnLook]:
        """The columns that have one of these names and are taken for nothing yet, in this order."""
        found = (self._by_sound.get(name) for name in names)
        return [c for c in found if c is not None and c.name not in self.readings]

    def pick(
        self, names: Iterable[str], fits: Callable[[ColumnLook], bool], taken_for: str, because: str
    ) -> ColumnLook | None:
        """Take the first column of these names that fits, if there is one."""
        for column in self.named(names):
            if fits(column):
                self.take(column, taken_for, because)
                return column
        return None

    def take(self, column: ColumnLook, taken_for: str, because: str) -> None:
        """Say what a column is taken for."""
        self.readings[column.name] = Reading(
            column=column.name, taken_for=taken_for, because=because
        )

    def free(self) -> list[ColumnLook]:
        """The columns that are taken for nothing yet."""
        return [column for column in self.columns if column.name not in self.readings]


class Polarity(msgspec.Struct, frozen=True, kw_only=True):
    """Which values of a column say yes, and which no; `bare` where they are 0 and 1 or the like."""

    column: str
    yes: Condition
    no: Condition
    bare: bool


def polarity(
    column: ColumnLook, yes: Iterable[str] = YES, no: Iterable[str] = NO
) -> Polarity | None:
    """How a column says yes and no; None where some value says neither."""
    name, words = column.name, column.words
    if column.values is Values.TRUTHS:
        return Polarity(column=name, yes=holds(name), no=_false(name), bare=True)
    if not words or column.distinct > min(WORDS_MOST, len(words)):
        return None
    known = {word: word.strip().lower() for word in words}
    saying = [word for word, low in known.items() if low in yes]
    denying = [word for word, low in known.items() if low in no and low not in yes]
    if len(saying) + len(denying) < len(words):
        return None
    if column.values is Values.NUMBERS:
        return Polarity(
            column=name,
            yes=_is(name, 1.0),
            no=_is(name, min([0.0, *(float(w) for w in denying)])),
            bare=True,
        )
    return Polarity(
        column=name,
        yes=among(name, saying or ["yes"]),
        no=among(name, denying or ["no"]),
        bare=all(low in _BARE for low in known.values()),
    )


_BARE = {"0", "1", "-1", "true", "false", "yes", "no", "y", "n", "t", "f", "positive", "negative"}


def among(column: str, words: Sequence[str]) -> Condition:
    """The condition that a column has one of these texts."""
    compare = Compare.IS if len(words) == 1 else Compare.AMONG
    term = Term(column=column, compare=compare, values=tuple(words))
    return Condition(either=((term,),))


def one_term(column: str, compare: Compare, *values: str | float) -> Condition:
    """The condition of one comparison."""
    return Condition(either=((Term(column=column, compare=compare, values=values),),))


def _is(column: str, value: float) -> Condition:
    return one_term(column, Compare.IS, value)


def _false(column: str) -> Condition:
    term = Term(column=column, compare=Compare.HOLDS, negated=True)
    return Condition(either=((term,),))


def spoken(values: Mapping[str, object] | Sequence[str], most: int = 8) -> str:
    """Names in a row, and how many more there are."""
    names = list(values)
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
