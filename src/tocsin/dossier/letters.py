"""Text from outside in a picture: it can neither begin markup, nor hide, nor break the picture."""

from __future__ import annotations

import unicodedata
from html import escape


def lettered(text: str) -> str:
    """The text for SVG; what has no shape of its own is written as its number."""
    return escape("".join(c if _is_shown(c) else _number(c) for c in text))


def _is_shown(letter: str) -> bool:
    return not unicodedata.category(letter).startswith("C")


def _number(letter: str) -> str:
    code = ord(letter)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
