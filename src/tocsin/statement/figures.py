"""Numbers and dates in free text: which of them stand nowhere in what the text states."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_GROUPED = re.compile(r"(?<=\d)[,'’\u00a0\u202f](?=\d{3}(?!\d))")
_FIGURE = re.compile(r"\d+(?:[-:/.,]\d+)*")


def figures_in(text: str) -> tuple[str, ...]:
    """Each number, date and time of a text, as they are compared.

    "1,204" is "1204", "2.50" is "2.5"; a date is one figure in whatever order it is written, and a
    time is another than its hour.
    """
    plain = _GROUPED.sub("", unicodedata.normalize("NFKC", text))
    return tuple(dict.fromkeys(_spelt(one.group()) for one in _FIGURE.finditer(plain)))


def not_in_record(added: str, stated: Iterable[str]) -> tuple[str, ...]:
    """The figures that somebody wrote and that stand in nothing of what is stated."""
    known = {figure for text in stated for figure in figures_in(text)}
    return tuple(figure for figure in figures_in(added) if figure not in known)


def _spelt(figure: str) -> str:
    parts = [part.lstrip("0") or "0" for part in re.split(r"[-:/.,]", figure)]
    if len(parts) == 3:
        return "-".join(sorted(parts, key=lambda part: (-len(part), part)))
    whole, *rest = re.split(r"[.,]", figure)
    if len(rest) == 1 and whole.isdecimal() and rest[0].isdecimal():
        after = rest[0].rstrip("0")
        return (whole.lstrip("0") or "0") + (f".{after}" if after else "")
    return ":".join(parts)
