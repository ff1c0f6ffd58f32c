"""SQL for what is drawn from columns of words: numbers, shares, and one word of each row.

The words themselves are not kept, but for those that `words` and `words_answered` draw. Each row
gives one word at most, found by the row's own text, so that rows count once and the same log gives
the same profile on every engine: h(text) is the last eight bytes of its MD5, the last byte the most
significant. A column of the log that has one of these names goes before what is drawn.

Reading: decision 0026.
Not modelled: languages that put no space between words; meanings. A false sentence made of words
    that stand in the context counts as grounded.
"""

from __future__ import annotations

import msgspec

from tocsin.facts.attack_words import USUAL_PATTERNS
from tocsin.facts.logs import LogMapping, Texts
from tocsin.sources.columns import Columns, literal

READ_LETTERS = 20_000
"""So much of a text is looked at for its words: the rest of one row may fill no memory."""

REPEATS = ("repeated", "nearly_repeated")
"""Rates that rows have together: no row by itself is one."""

DRAWN_FROM_LETTERS, DRAWN_LETTERS_MAX = 300, 40
SAMPLED_ABOVE, SAMPLED = 1_000_000, 100
"""Of a file with more rows, one text of so many is looked at for repetitions."""

WORD = r"\p{L}{2,}"
CONTENT_WORD = r"[\p{L}\p{N}]{4,}|\p{N}+"
"""What is shorter is mostly grammar; a number never is."""


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """SQL by name; of `repeats` it gives what is alike where the texts are alike."""

    numbers: dict[str, str] = {}
    rates: dict[str, str] = {}
    repeats: dict[str, str] = {}
    categories: dict[str, str] = {}

    def beside(self, mapping: LogMapping) -> LogMapping:
        """The mapping without those columns that are drawn: the log itself need not have them."""
        drawn = {**self.numbers, **self.categories}
        numbers = mapping.numbers
        if numbers is not None:
            numbers = tuple(name for name in numbers if name not in drawn)
        categories = tuple(name for name in mapping.categories if name not in drawn)
        return msgspec.structs.replace(mapping, numbers=numbers, categories=categories)


def drawn(columns: Columns, mapping: LogMapping) -> Drawn:
    """What the mapping asks to be drawn from texts. Raises CannotRead: a column is not there."""
    texts = mapping.texts
    question, answer, context = (
        None if name is None else columns.text(name)
        for name in (texts.question, texts.answer, texts.context)
    )
    own = {*mapping.rates, *columns.types}
    numbers: dict[str, str] = {}
    categories: dict[str, str] = {}
    for name, words, text in (("question_words", "words", question),
                              ("answer_words", "words_answered", answer)):  # fmt: skip
        if text is not None:
            numbers[name] = _length(text)
            categories[words] = _one_word(text)
    for name, text in (("answer_overlap", answer), ("question_overlap", question)):
        if text is not None and context is not None:
            numbers[name] = _overlap(text, context)
    rates = _rates(texts, question, answer)
    first = question if question is not None else answer
    repeats = {} if first is None else dict(zip(REPEATS, (_hash(first), _near(first)), strict=True))
    return Drawn(
        numbers=_but(own, numbers),
        rates=_but(own, rates),
        repeats=_but(own, repeats),
        categories=_but(own, categories),
    )


def repetitions(count: int, first: int) -> list[str]:
    """SQL over a group of rows: how many texts m0.. were looked at, and how many came again.

    Args:
        first: the number of the first of them among the rates.
    """
    many = (
        f"(SELECT CASE WHEN max(many) > {SAMPLED_ABOVE} THEN {SAMPLED} ELSE 1 END "
        "FROM (SELECT count(*) AS many FROM base GROUP BY f))"
    )
    found = []
    for i in range(count):
        seen = f"CASE WHEN m{i} % {many} = 0 THEN m{i} END"
        found.append(f"count({seen}) AS j{first + i}")
        found.append(f"count({seen}) - count(DISTINCT {seen}) AS h{first + i}")
    return found


def _rates(texts: Texts, question: str | None, answer: str | None) -> dict[str, str]:
    rates: dict[str, str] = {}
    if question is not None:
        rates["matches_pattern"] = _matches(question, _either(texts.patterns or USUAL_PATTERNS))
    there = [text for text in (question, answer) if text is not None]
    if texts.triggers and there:
        words = "|".join(map(_escaped, texts.triggers))
        pattern = rf"(?i)(?:^|[^\p{{L}}\p{{N}}])(?:{words})(?:$|[^\p{{L}}\p{{N}}])"
        some = " OR ".join(f"({text}) IS NOT NULL" for text in there)
        holds = " OR ".join(f"coalesce({_matches(text, pattern)}, false)" for text in there)
        rates["contains_trigger"] = f"CASE WHEN {some} THEN ({holds}) END"
    return rates


def _but(own: set[str], found: dict[str, str]) -> dict[str, str]:
    return {name: sql for name, sql in found.items() if name not in own}


def _either(patterns: tuple[str, ...]) -> str:
    return "|".join(f"(?:{pattern})" for pattern in patterns)


def _escaped(word: str) -> str:
    return "".join(c if c.isalnum() or not c.isascii() else f"\\{c}" for c in word)


def _matches(text: str, pattern: str) -> str:
    return f"regexp_matches({text}, {literal(pattern)})"


def _words(text: str, pattern: str) -> str:
    return f"regexp_extract_all(lower(left({text}, {READ_LETTERS})), {literal(pattern)})"


def _length(text: str) -> str:
    """How many pieces stand between spaces."""
    return (
        f"CASE WHEN trim({text}) = '' THEN 0.0 "
        f"ELSE CAST(len(string_split(left({text}, {READ_LETTERS}), ' ')) AS DOUBLE) END"
    )


def _overlap(text: str, context: str) -> str:
    """The share of the text's content words that stand in the context; missing without either.

    No CASE: what stands in one is worked out anew each time, and finding words is what costs.
    """
    said, known = _words(text, CONTENT_WORD), _words(context, CONTENT_WORD)
    return (
        f"len(list_intersect({said}, {known})) "
        f"/ nullif(CAST(len(list_distinct({said})) AS DOUBLE), 0) "
        f"+ 0.0 * nullif(CAST(len({known}) AS DOUBLE), 0)"
    )


def _one_word(text: str) -> str:
    """The word after the place to which the text's own hash points; the first where none follows.

    How often a word is drawn depends on how long the one before it is. That is so in every window.
    """
    next_word = rf"[^\p{{L}}]({WORD})"
    place = f"1 + CAST({_hash(text)} % (1 + length({text})) AS BIGINT)"
    after = f"substr(' ' || {text}, {place}, {DRAWN_FROM_LETTERS})"
    begin = f"substr(' ' || {text}, 1, {DRAWN_FROM_LETTERS})"
    found = (f"nullif(regexp_extract({part}, {literal(next_word)}, 1), '')"
             for part in (after, begin))  # fmt: skip
    return f"left(lower(coalesce({', '.join(found)})), {DRAWN_LETTERS_MAX})"


def _hash(text: str) -> str:
    return f"md5_number_lower({text})"


def _near(text: str) -> str:
    """Alike for texts with the same words, whatever their order, case, numbers and signs."""
    words = f"list_sort(list_distinct({_words(text, WORD)}))"
    return f"md5_number_lower(nullif(array_to_string({words}, ' '), ''))"
