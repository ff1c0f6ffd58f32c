"""What some hands say of themselves beside what every connector must."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class Eventual(Protocol):
    """A hand on a far side that shows what it took only some time later."""

    @property
    def lag_seconds(self) -> float:
        """How long `find` may miss what was taken. An empty look before that tells nothing."""


@runtime_checkable
class Telling(Protocol):
    """A hand that only writes words for people, a ticket for instance, and changes no system.

    The hand says so, never a plan: words pass gates at which what changes a system waits.
    """

    @property
    def only_tells(self) -> bool:
        """Whether that holds for everything it does."""
