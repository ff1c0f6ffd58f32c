"""A log as somebody sees it who may not read all of it: what is withheld keeps its place alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import msgspec

from tocsin.facts.entry import Entry, Gone, Unreadable
from tocsin.facts.kinds import Access


def as_read_by(entries: Iterable[Entry], allowed: Collection[Access]) -> list[Entry]:
    """The entries, each that has none of these labels without its fact."""
    return [one if one.access in allowed else _withheld(one) for one in entries]


def _withheld(entry: Entry) -> Entry:
    """Its place, times, author and the name of its kind, as in a package."""
    fact = entry.fact
    kind = fact.kind if isinstance(fact, Unreadable) else str(fact.__struct_config__.tag)
    gone = Unreadable(kind=kind, why=Gone.WITHHELD)
    return msgspec.structs.replace(entry, fact=gone, missing=frozenset())
