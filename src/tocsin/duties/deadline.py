"""By when: the instant that is surely in time, the latest that can be argued for, and why. Pure.

Both instants are the last that are in time: a day ends at 24:00 of its place.
"""

from __future__ import annotations

from datetime import datetime

import msgspec


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One thing a paragraph did to an instant.

    Args:
        latest_only: True where only the latest arguable instant was moved.
    """

    paragraph: str
    says: str
    at: datetime | None
    latest_only: bool = False


class Deadline(msgspec.Struct, frozen=True, kw_only=True):
    """The end of a period, with the chain of paragraphs that moved it.

    Args:
        conservative: None where a law names no instant ("immediately").
        latest: None where no later reading is argued.
        contentions: codes of what is disputed.
    """

    conservative: datetime | None
    latest: datetime | None
    steps: tuple[Step, ...]
    contentions: tuple[str, ...] = ()
