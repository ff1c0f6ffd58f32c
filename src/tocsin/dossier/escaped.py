"""Words that others wrote, made harmless for the place in which they come to stand.

A sign that moves the cursor, turns the reading around or begins a line is spelt out everywhere.
"""

from __future__ import annotations

import re

from tocsin.facts.formulas import plain_cell
from tocsin.facts.spelt import spelt

_MARKS = re.compile(r"([\\`*_\[\]<>|#~!&$^])")
_BEGINS = re.compile(r"^([-+=]|\d{1,9}(?=[.)](?:\s|$)))")


def line(text: object) -> str:
    """Words on one line, every sign in them one that prints."""
    return spelt(" ".join(str(text).split()))


def paragraphs(text: str) -> list[str]:
    """What a person wrote, line by line; empty lines part paragraphs and stay."""
    return [line(one) for one in text.splitlines()]


def markdown(text: object) -> str:
    """Words that stand in Markdown, in a table too: no mark, tag, link or list begins in them."""
    marked = _MARKS.sub(r"\\\1", line(text))
    return _BEGINS.sub(lambda begun: _begun(begun.group(1)), marked)


def _begun(sign: str) -> str:
    return f"\\{sign}" if not sign.isdigit() else f"{sign}\\"


def csv_cell(value: object) -> str:
    """A cell that no spreadsheet takes for a formula, whatever stands before its first sign."""
    text = line(value)
    text = text if _is_number(text) else plain_cell(text)
    return f'"{text.replace(chr(34), chr(34) * 2)}"' if any(s in text for s in ',";\n') else text


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"-?\d+(\.\d+)?", text))
