"""Time in the first alarm: the machine's own, wound on by whoever sleeps, or off by seconds."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class WoundClock:
    """The machine's clock, wound on by whoever sleeps; `each` is called as time passes."""

    def __init__(self, begun: datetime | None = None) -> None:
        self._begun, self._mark = begun or datetime.now(UTC), time.monotonic()
        self._wound = timedelta()
        self.each: list[Callable[[], None]] = []
        self.real = False

    def now(self) -> datetime:
        return self._begun + timedelta(seconds=time.monotonic() - self._mark) + self._wound

    def wind(self, span: timedelta) -> None:
        """Let time pass in which nothing happens."""
        self._wound += span

    def sleep(self, seconds: float) -> None:
        if self.real:
            time.sleep(seconds)
            return
        while seconds > 0:
            step = min(seconds, 1.0)
            self._wound += timedelta(seconds=step)
            seconds -= step
            for passing in self.each:
                passing()


class Late:
    """A clock that is off by so many seconds."""

    def __init__(self, clock: WoundClock, seconds: float) -> None:
        self._clock, self._off = clock, timedelta(seconds=seconds)

    def now(self) -> datetime:
        return self._clock.now() + self._off

    def sleep(self, seconds: float) -> None:
        self._clock.sleep(seconds)
