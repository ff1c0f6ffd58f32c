"""Signs of life for watches outside: of the watch, of the work, of the web, each on its own.

A process that still runs while one of its loops stands still is not alive: the sign is given only
as long as every loop turns. Two processes never share one sign, or the one that lives would hide
the one that died; so each watch outside is named for the process that it waits for.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from tocsin.facts import ConnectorError
from tocsin.world import Beat, Clock

WATCH, WORK, WEB = "watch", "work", "web"
PROCESSES = (WATCH, WORK, WEB)
STILL_AFTER = timedelta(minutes=10)
"""A loop that has not turned for so long stands still; longer than any one act may take."""

LOOK_SECONDS = 5.0

told = logging.getLogger("tocsin.desk")


@runtime_checkable
class OfOne(Protocol):
    """A sign that is given for one process."""

    @property
    def of(self) -> str:
        """Whose sign it is."""


def beat_of(beats: Mapping[str, Beat], process: str) -> Beat:
    """The sign of this process to all who wait for it, as the register names them then."""

    def beat() -> None:
        troubles = []
        for name, give in beats.items():
            if (give.of if isinstance(give, OfOne) else WATCH) != process:
                continue
            try:
                give()
            except ConnectorError as silent:
                troubles.append(f"{name}: {silent}")
        if troubles:
            raise ConnectorError("; ".join(troubles), may_have_acted=False)

    return beat


def waited_for(beats: Mapping[str, Beat]) -> dict[str, list[str]]:
    """For each process the watches outside that wait for its sign."""
    found: dict[str, list[str]] = {process: [] for process in PROCESSES}
    for name, give in beats.items():
        found.setdefault(give.of if isinstance(give, OfOne) else WATCH, []).append(name)
    return found


class Signs:
    """Gives the sign of a process as long as each of its loops turns. Threads may share it."""

    def __init__(self, clock: Clock, beat: Beat) -> None:
        self._clock, self._beat = clock, beat
        self._turned: dict[str, datetime] = {}

    def turned(self, loop: str) -> None:
        """Take note that this loop turned."""
        self._turned[loop] = self._clock.now()

    def give(self) -> bool:
        """Give the sign if every loop turns; whether it was given. Raises ConnectorError."""
        now = self._clock.now()
        if any(now - at > STILL_AFTER for at in list(self._turned.values())):
            return False
        self._beat()
        return True

    def walk(self, stop: threading.Event) -> None:
        """Give it again and again until `stop` is set; what is not heard is told in the log."""
        while not stop.is_set():
            try:
                if not self.give():
                    told.error("a loop stands still; no sign of life is given")
            except ConnectorError as unheard:
                told.warning("no sign of life: %s", unheard)
            stop.wait(LOOK_SECONDS)
