"""What is known in legal facts, by their keys: frozen, and no other than the dictionary's. Pure.

A key that is missing is unknown. An instant that is False did not happen; one that is True did, and
nobody said when.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

import msgspec


class Harm(msgspec.Struct, frozen=True, kw_only=True):
    """One harm and when somebody became aware of it.

    Args:
        aware: None where nobody said; the awareness of the incident counts then.
    """

    kind: str
    aware: datetime | None = None


class Awareness(msgspec.Struct, frozen=True, kw_only=True):
    """One person's awareness.

    Args:
        standing: the class of person; None where nobody said, and then it counts for every clock.
    """

    instant: datetime
    person: str | None = None
    standing: str | None = None
    basis: str | None = None


Value = bool | int | str | datetime | date | tuple[str | Harm | Awareness, ...]
SUBMITTED = "submitted."
NOT_REQUIRED = "not_required."


class LegalFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Legal facts by key.

    Args:
        unsure: keys of lists that hold a word nobody knows, so that they may hold more than is
            seen: what is not in them is unknown.
    """

    values: Mapping[str, Value] = {}
    unsure: frozenset[str] = frozenset()

    def get(self, key: str) -> Value | None:
        """The value, or None where it is unknown."""
        return self.values.get(key)

    def with_(self, key: str, value: Value | None) -> LegalFacts:
        """The same with one fact more; None makes it unknown."""
        values = {name: known for name, known in self.values.items() if name != key}
        if value is not None:
            values[key] = value
        return LegalFacts(values=values, unsure=self.unsure - {key})

    def over(self, below: LegalFacts) -> LegalFacts:
        """These facts, and of `below` those that are not known here."""
        unsure = self.unsure | (below.unsure - self.values.keys())
        return LegalFacts(values={**below.values, **self.values}, unsure=unsure)

    def instant(self, key: str) -> datetime | None:
        """When it happened, where that is known."""
        value = self.values.get(key)
        return value if isinstance(value, datetime) else None

    def words(self, key: str) -> tuple[str, ...] | None:
        """The words of a list, or None where it is unknown."""
        value = self.values.get(key)
        if not isinstance(value, tuple):
            return (value,) if isinstance(value, str) else None
        return tuple(one.kind if isinstance(one, Harm) else one for one in value
                     if not isinstance(one, Awareness))  # fmt: skip

    @property
    def harms(self) -> tuple[Harm, ...]:
        """The harms that are known, the first known first."""
        value = self.values.get("harms")
        if not isinstance(value, tuple):
            return ()
        return tuple(one for one in value if isinstance(one, Harm))

    def awareness(self, classes: tuple[str, ...] = ()) -> datetime | None:
        """The earliest awareness of somebody in one of these classes; empty is anybody's."""
        value = self.values.get("aware")
        if isinstance(value, datetime):
            return value
        if not isinstance(value, tuple):
            return None
        return earliest(
            one.instant
            for one in value
            if isinstance(one, Awareness)
            and (not classes or one.standing is None or one.standing in classes)
        )


def earliest(instants: Iterable[datetime | None]) -> datetime | None:
    """The earliest of those that are known."""
    return min((one for one in instants if one is not None), default=None)
