"""What the steps of a run began, and what came of it, as the facts tell it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from tocsin.facts.courses import CallBegan
from tocsin.facts.gates import Decided, SealBegan
from tocsin.facts.runs import Asked, Verdict, WaitBegan


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A question to people, asked at an instant, and the choice once it is made."""

    seq: int
    at: datetime
    fact: Asked
    choice: str | None = None


class CallRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A plan that was called, and how its run ended for the step that waits.

    Args:
        result: "done", "failed" or "limit"; None while it waits.
    """

    seq: int
    at: datetime
    fact: CallBegan
    result: str | None = None


class Timer(msgspec.Struct, frozen=True, kw_only=True):
    """A wait, and whether its instant has come."""

    seq: int
    fact: WaitBegan
    ended: bool = False


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What a probe showed, and what it found where it looked for something."""

    seq: int
    verdict: Verdict
    value: str | None = None


class SealRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Evidence being secured, and what came of it: by item, whether it is enough."""

    seq: int
    at: datetime
    fact: SealBegan
    sealed: Mapping[str, bool] = {}

    @property
    def outstanding(self) -> tuple[str, ...]:
        """The items of which nothing is known yet."""
        return tuple(item for item in self.fact.items if item not in self.sealed)

    @property
    def is_sufficient(self) -> bool:
        """Whether every item is there, and enough."""
        return all(self.sealed.get(item, False) for item in self.fact.items)


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """A branch that was taken by what was known."""

    seq: int
    at: datetime
    fact: Decided


class Migrated(msgspec.Struct, frozen=True, kw_only=True):
    """The version of its plan that a run left at an entry."""

    seq: int
    digest: str


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """A step that is over."""

    seq: int
    at: datetime
    step: str
    result: str
    next: str | None
