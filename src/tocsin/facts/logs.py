"""How an inference log is read: what its columns are called and what is asked of a row.

A log that tells no time is read by its rows: row k of a file stands at k seconds after the file's
beginning, so that windows of n "seconds" hold n rows; see `LogMapping.at`.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

import msgspec

from tocsin.facts.learned import learned


class Compare(enum.Enum):
    """How a column is compared with a value."""

    IS = "=="
    IS_NOT = "!="
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="
    AMONG = "in"
    SAME = "same as"  # as another column of the same row, compared as text
    MISSING = "is missing"
    HOLDS = "holds"  # the column itself is true or false


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """One comparison of one column. What is compared with a missing value is itself missing.

    Args:
        values: what it is compared with; of SAME, the name of the other column.
    """

    column: str
    compare: Compare
    values: tuple[str | float | bool, ...] = ()
    negated: bool = False

    def columns(self) -> tuple[str, ...]:
        """The columns it reads."""
        if self.compare is Compare.SAME:
            return (self.column, str(self.values[0]))
        return (self.column,)


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of a row: that all terms of at least one of `either` hold."""

    either: tuple[tuple[Term, ...], ...]

    def columns(self) -> tuple[str, ...]:
        """The columns it reads, in order, each once."""
        every = (name for terms in self.either for term in terms for name in term.columns())
        return tuple(dict.fromkeys(every))


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """A share of rows: of those `among` which it is judged, those that count.

    A row for which either condition is missing is not judged. Recall is the share of rows decided
    positively among those whose truth is positive.
    """

    counts: Condition
    among: Condition | None = None

    def columns(self) -> tuple[str, ...]:
        """The columns it reads, in order, each once."""
        limits = self.among.columns() if self.among is not None else ()
        return tuple(dict.fromkeys((*self.counts.columns(), *limits)))


def holds(column: str) -> Condition:
    """The condition that a column of true and false is true."""
    return Condition(either=((Term(column=column, compare=Compare.HOLDS),),))


def equals(column: str, value: str) -> Condition:
    """The condition that a column has this text."""
    term = Term(column=column, compare=Compare.IS, values=(value,))
    return Condition(either=((term,),))


def usual_rates() -> Mapping[str, Share]:
    """The metrics of a log whose columns nobody named."""
    return {name: Share(counts=holds(name)) for name in ("fallback", "error")}


class TimeUnit(enum.Enum):
    """How the time of a row is written when it is a number: counted since 1970 in this unit."""

    AUTO = "auto"  # told from its size; right for every instant from 1973 to 5138
    SECONDS = "seconds"
    MILLISECONDS = "milliseconds"
    MICROSECONDS = "microseconds"
    NANOSECONDS = "nanoseconds"


class Texts(msgspec.Struct, frozen=True, kw_only=True):
    """Columns of words, from which numbers and rates are drawn; the words themselves are not kept.

    Args:
        question, answer, context: what was asked, answered, and what the answer may rest on.
        patterns: regular expressions (RE2) of known attacks in questions; the usual ones where
            none is named.
        triggers: words whose rise in questions or answers is watched.
    """

    question: str | None = None
    answer: str | None = None
    context: str | None = None
    patterns: tuple[str, ...] = ()
    triggers: tuple[str, ...] = ()

    @property
    def rates(self) -> tuple[str, ...]:
        """The rates that are drawn from them, by name.

        matches_pattern: a question looks like a known attack. contains_trigger: a question or an
        answer has one of the words. repeated, nearly_repeated: questions (answers where none are
        mapped) that stood in the same window before, to the letter or but for order, case, signs
        and numbers.
        """
        found = ["matches_pattern"] if self.question else []
        words = self.question or self.answer
        found += ["contains_trigger"] if self.triggers and words else []
        return (*found, "repeated", "nearly_repeated") if words else ()

    @property
    def numbers(self) -> tuple[str, ...]:
        """The columns of numbers: lengths in words, and shares of content words that stand in the
        context; the answer's say how far it is grounded, the question's what was retrieved."""
        there = [name for name in ("question", "answer") if getattr(self, name)]
        overlaps = [f"{name}_overlap" for name in there] if self.context else []
        return (*(f"{name}_words" for name in there), *overlaps)

    @property
    def categories(self) -> tuple[str, ...]:
        """The columns of words: one that is drawn from the question, and from the answer."""
        asked = ("words",) if self.question else ()
        return (*asked, "words_answered") if self.answer else asked


class Decisions(msgspec.Struct, frozen=True, kw_only=True):
    """How a log tells what was decided about whom, and what turned out to be true.

    Args:
        decided: the decision is the favourable one, or the predicted class the positive one.
        truth: what it should have been; missing while the label has not arrived.
        score: a column with the predicted chance of the positive class, from 0 to 1.
        groups: columns by which people may be told apart: each alone, and all together.
        subject: a column that names whom it was about; never kept in a summary.
    """

    decided: Condition | None = None
    truth: Condition | None = None
    score: str | None = None
    groups: tuple[str, ...] = ()
    subject: str | None = None

    def columns(self) -> tuple[str, ...]:
        """The columns from which a summary is made, in order, each once."""
        asked = [c for c in (self.decided, self.truth) if c is not None]
        read = [name for condition in asked for name in condition.columns()]
        score = (self.score,) if self.score is not None else ()
        return tuple(dict.fromkeys((*read, *score, *self.groups)))


class Labels(msgspec.Struct, frozen=True, kw_only=True):
    """Where labels lie that come apart from the log.

    Args:
        place: a file, a folder or a pattern; absolute, or below the home.
        key: the column by which a row finds its label; both have it.
    """

    place: str
    key: str


@learned
class LogMapping(msgspec.Struct, frozen=True, kw_only=True):
    """How the columns of a log are read.

    Args:
        at: when a row was served; a time without a zone is UTC. None where the log tells no time:
            then `window_seconds` and `profile_seconds` are numbers of rows.
        version, segment, request, session: columns, or None when the log has none of the kind.
        fallback: true of rows that the system's declared fallback served, not the system itself.
        rates: by metric, what is true of the rows that count for it.
        numbers, categories: columns whose distribution is kept; None keeps every column of numbers.
        assumed: columns that may be absent, for nobody named them.
        watched: those whose distributions somebody asks for; None is all.
        sliced: distributions are asked for by version and by segment too, not only of all.
        window_seconds: the length of the windows in which requests are counted.
        profile_seconds: the length of those in which distributions are kept; a multiple of it.
    """

    at: str | None = "at"
    unit: TimeUnit = TimeUnit.AUTO
    version: str | None = "version"
    segment: str | None = "segment"
    request: str | None = "request_id"
    session: str | None = "session"
    fallback: Condition | None = equals("served_by", "people")
    rates: Mapping[str, Share] = msgspec.field(default_factory=usual_rates)
    numbers: tuple[str, ...] | None = None
    categories: tuple[str, ...] = ("intent",)
    decisions: Decisions = Decisions()
    labels: Labels | None = None
    texts: Texts = Texts()
    assumed: frozenset[str] = frozenset(
        {"version", "segment", "request_id", "session", "served_by", "fallback", "error", "intent"}
    )
    watched: frozenset[str] | None = None
    sliced: bool = False
    window_seconds: int = 60
    profile_seconds: int = 3600
