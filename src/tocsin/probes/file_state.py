"""Reads a file of states, several times, as the program that obeys it would read it."""

from __future__ import annotations

import json
import os
import stat
from datetime import datetime
from pathlib import Path

from tocsin.facts import ConnectorError, Refused
from tocsin.probes.agreement import Plan, looked, reading
from tocsin.world import Clock, Reading

FILE_BYTES_MAX = 1024 * 1024


class FileStateProbe:
    """Looks at a JSON object of names and states.

    Args:
        place: the file. A symbolic link is followed, as the program that reads it would.
    """

    def __init__(self, place: str, plan: Plan, clock: Clock) -> None:
        if not place or "\0" in place:
            raise Refused("a probe of a file needs its path as `place`")
        self._path, self._plan, self._clock = Path(place), plan, clock

    def sample(self, target: str, wanted: str, since: datetime) -> Reading:
        looks = looked(self._plan, self._clock, lambda: self._look(target))
        return reading(self._plan, self._path.name, target, wanted, looks)

    def _look(self, target: str) -> str:
        try:
            found: object = json.loads(self._bytes())
        except OSError as bad:
            raise self._unseen(f"cannot be read: {bad.strerror}") from None
        except (ValueError, RecursionError):
            raise self._unseen("is not JSON") from None
        state = found.get(target) if isinstance(found, dict) else None
        if not isinstance(state, str) or not state.isprintable():
            raise self._unseen(f"states nothing of {target}")
        return state

    def _bytes(self) -> bytes:
        # Not blocking: a pipe in the file's place must not hold the worker for ever.
        handle = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise self._unseen("is not a plain file")
        with os.fdopen(handle, "rb") as file:
            data = file.read(FILE_BYTES_MAX + 1)
        if len(data) > FILE_BYTES_MAX:
            raise self._unseen(f"is larger than {FILE_BYTES_MAX} bytes")
        return data

    def _unseen(self, what: str) -> ConnectorError:
        return ConnectorError(f"{self._path.name} {what}", may_have_acted=False)
