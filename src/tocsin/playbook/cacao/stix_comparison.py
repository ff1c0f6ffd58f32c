"""Whether a text is a condition as CACAO 2.0 writes them: a comparison expression of STIX.

Source: STIX 2.1, section 9 (patterning); CACAO 2.0 4.8 and 10.18.2 for `__name__:value`.
Not modelled: observation operators and qualifiers, which no condition of a playbook needs.
"""

from __future__ import annotations

import re

CHARS_MAX = 4000
DEPTH_MAX = 40
_TOKEN = re.compile(
    r"\s*(?:(?P<operand>'(?:[^'\\]|\\.)*'|__[A-Za-z_][\w-]*?__(?![\w-])(?::value)?"
    r"|[a-z][a-z0-9-]*:[\w.'\[\]*-]+"
    r"|-?\d+(?:\.\d+)?|(?:true|false)\b)|(?P<and>(?:AND|OR)\b)|(?P<not>NOT\b)|(?P<exists>EXISTS\b)"
    r"|(?P<word>(?:IN|LIKE|MATCHES|ISSUBSET|ISSUPERSET)\b)|(?P<sign>==?|!=|<>|>=?|<=?)"
    r"|(?P<open>[(\[])|(?P<close>[)\]])|(?P<comma>,))",
    re.IGNORECASE,
)


def wrong_with(text: str) -> str | None:
    """What keeps a text from being a condition; None when nothing does."""
    if not text.strip():
        return "empty"
    if len(text) > CHARS_MAX:
        return f"{len(text)} characters"
    kinds: list[str] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            return f"no word of a condition: {text[at:].split()[0][:40]!r}"
        kinds.append(str(match.lastgroup))
        at = match.end()
    reading = _Reading(kinds)
    return reading.wrong() or (None if reading.compares else "it compares nothing")


class _Reading:
    """One reading of the tokens of a condition."""

    def __init__(self, kinds: list[str]) -> None:
        self.compares = False
        self._kinds, self._at = kinds, 0

    def wrong(self) -> str | None:
        if not self._either(0):
            return "not a comparison"
        return None if self._at == len(self._kinds) else "more after its end"

    def _next(self, *kinds: str) -> bool:
        if self._at < len(self._kinds) and self._kinds[self._at] in kinds:
            self._at += 1
            return True
        return False

    def _either(self, depth: int) -> bool:
        while self._one(depth):
            if not self._next("and"):
                return True
        return False

    def _one(self, depth: int) -> bool:
        if depth > DEPTH_MAX:
            return False
        if self._next("not"):
            return self._one(depth + 1)
        if self._next("exists"):
            self.compares = True
            return self._next("operand")
        if self._next("open"):
            return self._either(depth + 1) and self._next("close")
        if not self._next("operand"):
            return False
        self._next("not")
        if self._next("sign"):
            self.compares = True
            return self._next("operand")
        if self._next("word"):
            self.compares = True
            return self._next("operand") or self._listed()
        return True

    def _listed(self) -> bool:
        if not self._next("open"):
            return False
        while self._next("operand"):
            if not self._next("comma"):
                return self._next("close")
        return False
