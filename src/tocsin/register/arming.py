"""For which systems Tocsin may act by itself: a pure fold of the home's own log."""

from __future__ import annotations

from collections.abc import Iterable

from tocsin.facts.entry import Entry
from tocsin.facts.registers import Armed, Disarmed


def armed_systems(entries: Iterable[Entry]) -> dict[str, Armed]:
    """What was armed last, by system; a system that was disarmed since is not in it."""
    armed: dict[str, Armed] = {}
    for entry in entries:
        match entry.fact:
            case Armed():
                armed[entry.fact.system] = entry.fact
            case Disarmed():
                armed.pop(entry.fact.system, None)
            case _:
                pass
    return armed
