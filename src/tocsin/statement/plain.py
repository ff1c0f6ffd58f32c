"""Text that only says what it shows: one line, no sign that hides, turns or moves."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0") | {
    chr(code) for code in (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))
}
_BLANK_LINES = re.compile(r"\n{3,}")


def plain_line(text: str) -> str:
    """A text on one line, without what does not print or is not seen."""
    return " ".join("".join(map(_shown, text)).split())


def plain_lines(text: str) -> str:
    """As `plain_line`, line by line; no more than one empty line in a row."""
    lines = (plain_line(line) for line in re.split(r"\r\n|[\n\r]", text))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


def at_words(at: datetime) -> str:
    """An instant as every audience reads it."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def compared(text: str) -> str:
    """A text as it is compared with another: letters and digits alone, in one case."""
    folded = unicodedata.normalize("NFKC", plain_line(text)).casefold()
    return " ".join("".join(c if c.isalnum() else " " for c in folded).split())


def _shown(sign: str) -> str:
    if sign in _UNSEEN:
        return ""
    if unicodedata.category(sign) == "Cf":
        return ""
    return sign if sign.isprintable() else " "
