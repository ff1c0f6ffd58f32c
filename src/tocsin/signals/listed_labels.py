"""Labels that a sender wrote as lines of a text, as Alertmanager does for pagers."""

from __future__ import annotations

import re

from tocsin.signals.model import one_line

_LINE = re.compile(r"^(?: - ([A-Za-z_][A-Za-z0-9_.]{0,200}) = (.*)|Labels:\s*)$", re.M)


def listed_labels(text: object) -> dict[str, str]:
    """The labels that such lines tell, the first of each name."""
    found: dict[str, str] = {}
    for one in listed_alerts(text):
        for name, value in one.items():
            found.setdefault(name, value)
    return found


def listed_alerts(text: object) -> list[dict[str, str]]:
    """The alerts that such a text lists, each with the labels of its lines."""
    found: list[dict[str, str]] = [{}]
    if not isinstance(text, str):
        return []
    for line in _LINE.finditer(text):
        if line.group(1) is None:
            found.append({})
        else:
            found[-1].setdefault(line.group(1), one_line(line.group(2)))
    return [one for one in found if one]
