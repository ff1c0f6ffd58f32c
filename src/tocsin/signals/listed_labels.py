"""Labels that a sender wrote as lines of a text, as Alertmanager does for pagers."""

from __future__ import annotations

import re

from tocsin.signals.model import LABEL_MAX, plain

_LINE = re.compile(r"^ - ([A-Za-z_][A-Za-z0-9_.]{0,60}) = (.{0,400})$", re.M)
_LINES_MOST = 40


def listed_labels(text: object) -> dict[str, str]:
    """The labels that such lines tell, the first of each name."""
    found: dict[str, str] = {}
    if not isinstance(text, str):
        return found
    for line in _LINE.finditer(text[:20_000]):
        found.setdefault(line.group(1), plain(line.group(2), LABEL_MAX))
        if len(found) == _LINES_MOST:
            break
    return found
