"""Reads what is asked of a row: `fallback`, `answer_type == "fallback"`, `score < 0.2 and not ok`.

Grammar: terms joined by `and`, those joined by `or`; a term is a column of true and false, a column
compared with a text in quotes, a number, true or false, `column in ["a", "b"]`, `column same as
other`, or `column is missing`; `not` before it turns it round. A name with odd letters stands in
backquotes.
"""

from __future__ import annotations

import re

from tocsin.facts.logs import Compare, Condition, Term

_TOKEN = re.compile(
    r"""\s*(?:(?P<quoted>`[^`]+`)|(?P<text>"[^"]*"|'[^']*')|(?P<number>-?\d+(?:\.\d+)?)"""
    r"""|(?P<word>[^\W\d][\w.]*)|(?P<sign>==|!=|<=|>=|<|>|\[|\]|,))"""
)
_SIGNS = {c.value: c for c in Compare if not c.value[0].isalpha()}
_Token = tuple[str, str]


class NotUnderstood(Exception):
    """What stands where something else should; the message ends with what would be right."""


def condition_of(text: str) -> Condition:
    """The condition that the text says. Raises NotUnderstood."""
    tokens = _Tokens(text)
    either = [_all_of(tokens)]
    while tokens.takes("or"):
        either.append(_all_of(tokens))
    tokens.end()
    return Condition(either=tuple(either))


def _all_of(tokens: _Tokens) -> tuple[Term, ...]:
    terms = [_term(tokens)]
    while tokens.takes("and"):
        terms.append(_term(tokens))
    return tuple(terms)


def _term(tokens: _Tokens) -> Term:
    negated = tokens.takes("not")
    column = tokens.column()
    if tokens.takes("is"):
        negated ^= tokens.takes("not")
        tokens.must("missing")
        return Term(column=column, compare=Compare.MISSING, negated=negated)
    if tokens.takes("same"):
        tokens.must("as")
        other = (tokens.column(),)
        return Term(column=column, compare=Compare.SAME, values=other, negated=negated)
    if tokens.takes("in"):
        tokens.must("[")
        values = [tokens.value()]
        while tokens.takes(","):
            values.append(tokens.value())
        tokens.must("]")
        return Term(column=column, compare=Compare.AMONG, values=tuple(values), negated=negated)
    for sign, compare in _SIGNS.items():
        if tokens.takes(sign):
            value = tokens.value()
            if isinstance(value, bool) and compare not in (Compare.IS, Compare.IS_NOT):
                raise NotUnderstood("true and false are compared by == and != only")
            return Term(column=column, compare=compare, values=(value,), negated=negated)
    return Term(column=column, compare=Compare.HOLDS, negated=negated)


class _Tokens:
    """The words of a condition, one after the other."""

    def __init__(self, text: str) -> None:
        self._left: list[_Token] = []
        place = 0
        while text[place:].strip():
            found = _TOKEN.match(text, place)
            if found is None:
                raise NotUnderstood(
                    f"{text[place:].strip()[:20]!r}: write a column, or compare one: "
                    'answer_type == "fallback"'
                )
            kind = found.lastgroup or ""
            self._left.append((kind, found[kind]))
            place = found.end()
        if not self._left:
            raise NotUnderstood("nothing: name a column, or compare one")

    def takes(self, wanted: str) -> bool:
        if self._left and self._left[0][0] in ("word", "sign") and self._left[0][1] == wanted:
            del self._left[0]
            return True
        return False

    def must(self, wanted: str) -> None:
        if not self.takes(wanted):
            raise NotUnderstood(f"{self._next()}: {wanted!r} should stand here")

    def column(self) -> str:
        kind, word = self._left[0] if self._left else ("", "")
        if kind == "quoted" or (kind == "word" and word not in ("and", "or", "in", "is", "not")):
            del self._left[0]
            return word.strip("`")
        raise NotUnderstood(f"{self._next()}: a column should stand here")

    def value(self) -> str | float | bool:
        kind, word = self._left[0] if self._left else ("", "")
        if kind == "text" or kind == "number" or word in ("true", "false"):
            del self._left[0]
            if kind == "text":
                return word[1:-1]
            return float(word) if kind == "number" else word == "true"
        raise NotUnderstood(f'{self._next()}: write a text in quotes ("so"), a number, or true')

    def end(self) -> None:
        if self._left:
            raise NotUnderstood(f"{self._next()}: `and` or `or` should stand here, or nothing")

    def _next(self) -> str:
        return repr(self._left[0][1]) if self._left else "the end"
