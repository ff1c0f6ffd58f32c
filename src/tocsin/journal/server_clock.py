"""The clock of a server, told by the local one and an offset that is measured now and then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from tocsin.world import Clock


class OffsetClock:
    """Another clock, a server's that several machines share, by an offset measured every minute."""

    REFRESH = timedelta(minutes=1)

    def __init__(self, local: Clock, measure: Callable[[], datetime]) -> None:
        self._local, self._measure = local, measure
        self._adjust()

    def now(self) -> datetime:
        if self._local.now() - self._measured_at > self.REFRESH:
            self._adjust()
        return self._local.now() + self._offset

    def sleep(self, seconds: float) -> None:
        self._local.sleep(seconds)

    def _adjust(self) -> None:
        self._offset = self._measure() - self._local.now()
        self._measured_at = self._local.now()
