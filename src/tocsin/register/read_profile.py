"""Reads `[profile]`: what the law asks about the organisation, answered once and beforehand.

Keys are those of the dictionary of legal facts, and which there are is for a law pack to say: here
only the shape of each answer is checked. A nested table and a dotted key are the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime

from tocsin.register.formats import jurisdiction_wrong, text_wrong
from tocsin.register.mistakes import did_you_mean, shown
from tocsin.register.model import ProfileAnswer
from tocsin.register.table import Table

USUAL = ("jurisdictions", "roles", "sector", "entity")
"""What nearly every rule asks."""

LISTS = ("jurisdictions", "roles", "sector")
_KEY = re.compile(r"[a-z][a-z0-9_-]*(?:\.[a-z0-9][a-z0-9_-]*)*")


def profile_read(table: Table) -> dict[str, ProfileAnswer]:
    """The answers that a table gives, by key; each mistake in it is told."""
    found: dict[str, ProfileAnswer] = {}
    for key, value in table.values():
        _take(table, key, value, found)
    return found


def _take(table: Table, key: str, value: object, found: dict[str, ProfileAnswer]) -> None:
    if not _KEY.fullmatch(key):
        remedy = did_you_mean(key, USUAL, "keys are in small letters, such as jurisdictions")
        table.tell(key, f"the key {key!r}", remedy)
    elif isinstance(value, Mapping):
        for inner, one in value.items():
            _take(table, f"{key}.{inner}", one, found)
    elif key in found:
        table.tell(key, f"{key} a second time", "answer it once")
    else:
        answer = _answer(table, key, value)
        if answer is not None:
            found[key] = answer


def _answer(table: Table, key: str, value: object) -> ProfileAnswer | None:
    if isinstance(value, list):
        return _texts(table, key, value)
    if key in LISTS:
        table.tell(key, f"a single {shown(value)}", f"write a list: {key} = [{shown(value)}]")
        return None
    if isinstance(value, bool | int):
        return value
    if isinstance(value, datetime):
        if value.tzinfo is None:
            table.tell(key, f"{value} without a zone", f"write its zone: {value.isoformat()}+01:00")
            return None
        return value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if not isinstance(value, str):
        table.tell(key, shown(value), "write text, a list of texts, a whole number, true or false")
        return None
    wrong = text_wrong(value)
    if wrong is not None:
        table.tell(key, shown(value), wrong)
        return None
    return value.strip()


def _texts(table: Table, key: str, values: list[object]) -> tuple[str, ...] | None:
    good: list[str] = []
    for one in values:
        if not isinstance(one, str):
            table.tell(key, shown(one), "write text in quotes")
            continue
        wrong = text_wrong(one) or (jurisdiction_wrong(one) if key == "jurisdictions" else None)
        if wrong is not None:
            table.tell(key, shown(one), wrong)
        elif one.strip() in good:
            table.tell(key, f"{shown(one)} a second time", "name it once")
        else:
            good.append(one.strip())
    return tuple(good) or None
