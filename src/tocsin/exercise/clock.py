"""A clock that is wound by hand: seventy-two hours pass in the time it takes to say so."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

from tocsin.facts import Refused


class VirtualClock:
    """Shows the instant to which it was wound, in UTC, and never goes back.

    `sleep` advances it at once, so that whoever sleeps on it wakes immediately and later.

    Args:
        start: zone-aware.
    """

    def __init__(self, start: datetime) -> None:
        self._now = _utc(start)
        self._lock = threading.Lock()

    def now(self) -> datetime:
        return self._now

    def sleep(self, seconds: float) -> None:
        self.wind(timedelta(seconds=seconds))

    def wind(self, by: timedelta) -> datetime:
        """The instant after winding forward by `by`."""
        if by < timedelta(0):
            raise Refused(f"a clock cannot be wound back by {-by}; wind it forward")
        with self._lock:
            self._now += by
            return self._now

    def wind_to(self, instant: datetime) -> datetime:
        """The instant after winding forward to `instant`; winding to the present changes nothing.

        Raises:
            Refused: `instant` has no zone, or lies in this clock's past.
        """
        wanted = _utc(instant)
        with self._lock:
            if wanted < self._now:
                raise Refused(
                    f"a clock cannot be wound back from {self._now.isoformat()} to "
                    f"{wanted.isoformat()}; start a new world instead"
                )
            self._now = wanted
            return self._now


def _utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise Refused(f"{instant.isoformat()} has no time zone; add one")
    return instant.astimezone(UTC)
