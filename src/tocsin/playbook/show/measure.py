"""How wide a text is at most, and how it breaks into lines, without asking any font.

Widths are those of a wide ordinary sans-serif, so that a narrower one leaves room and none runs
over the edge of its box. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_WIDTHS = (
    "32 40 46 84 64 95 78 27 39 39 50 84 32 36 32 34 64 64 64 64 64 64 64 64"
    " 64 64 34 34 84 84 84 53 100 68 69 70 77 63 58 77 75 29 29 66 56 86 75 79"
    " 60 79 69 63 61 73 68 99 69 61 69 39 34 39 84 50 50 61 63 55 63 62 35 63"
    " 63 28 28 58 28 97 63 61 63 63 41 52 39 63 59 82 59 59 52 64 34 64 84"
)
"""Of the signs from space to tilde, in hundredths of the size."""

_WIDTH = {chr(32 + n): int(width) / 100 for n, width in enumerate(_WIDTHS.split())}
_BOLD = 1.12
_DOTS = "…"
_PIECES = re.compile(r"[^\s\-_./]*[\-_./]*\s*")
"""A text may break after spaces and after the signs that join the parts of a name."""


def width(text: str, size: float, *, bold: bool = False) -> float:
    """How wide a text is at most, in the unit of its size."""
    wide = sum(_WIDTH.get(sign) or _foreign(sign) for sign in text)
    return wide * size * (_BOLD if bold else 1.0)


def _foreign(sign: str) -> float:
    if unicodedata.combining(sign):
        return 0.0
    return 1.05 if unicodedata.east_asian_width(sign) in "WFA" else 0.8


def lines(text: str, wide: float, size: float, most: int, *, bold: bool = False) -> tuple[str, ...]:
    """A text as lines of at most this width; where it is too long, the last ends with dots."""
    found: list[str] = []
    line = ""
    for piece in _pieces(text, wide, size, bold):
        if line and width((line + piece).rstrip(), size, bold=bold) > wide:
            found.append(line.rstrip())
            line = ""
        line += piece
    found.append(line.rstrip())
    if len(found) > most:
        found = [*found[: most - 1], _cut(found[most - 1] + _DOTS, wide, size, bold)]
    return tuple(found)


def _pieces(text: str, wide: float, size: float, bold: bool) -> Iterator[str]:
    """What is never broken; a piece wider than a whole line is broken all the same."""
    for piece in _PIECES.findall(" ".join(text.split())):
        rest = piece
        while rest and width(rest.rstrip(), size, bold=bold) > wide:
            end = len(rest)
            while end > 1 and width(rest[:end], size, bold=bold) > wide:
                end -= 1
            yield rest[:end]
            rest = rest[end:]
        if rest:
            yield rest


def _cut(text: str, wide: float, size: float, bold: bool) -> str:
    while len(text) > 1 and width(text, size, bold=bold) > wide:
        text = text[:-2].rstrip() + _DOTS
    return text
