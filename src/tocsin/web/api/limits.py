"""How much one caller may ask: so many requests a minute, so many bytes, so many seconds, no more.

Who guesses tokens is slowed down by where they come from, and the table of callers has an end.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import datetime

import msgspec

from tocsin.web.api.problem import Problem
from tocsin.world import Clock

TEXT_LENGTH_MAX = 20_000
QUERY_LENGTH_MAX = 500
"""Of one text in a body, and of one in an address."""
BODY_BYTES_MAX = 4 * 1024 * 1024
CONTENT_BYTES_MAX = 24 * 1024 * 1024
"""Of a request that carries a file."""
BODY_SECONDS_MAX = 20.0
DRAINED_BYTES_MAX, DRAINED_SECONDS_MAX = 8 * 1024 * 1024, 5.0
"""So much of a body that is refused is read all the same, so that the refusal can be read."""
DEPTH_MAX = 8
CALLERS_KEPT = 10_000


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """So many at once, and so many a minute in the long run."""

    at_once: int
    a_minute: int


OF_A_TOKEN = Rate(at_once=200, a_minute=1_200)
OF_FAILURES = Rate(at_once=200, a_minute=240)
"""Secrets have 128 bits: this keeps guessing cheap for us, not from succeeding."""


class Allowance:
    """What each caller has left. Threads may share it."""

    def __init__(self, rate: Rate, clock: Clock) -> None:
        self._rate, self._clock = rate, clock
        self._left = OrderedDict[str, tuple[float, datetime]]()
        self._lock = threading.Lock()

    def take(self, caller: str) -> None:
        """Count one request. Raises Problem (429) where none is left, and says when one will be."""
        with self._lock:
            left = self._now_left(caller)
            if left < 1:
                raise self._too_many(left)
            self._keep(caller, left - 1)

    def check(self, caller: str) -> None:
        """Passes when one is left, without counting. Raises Problem (429)."""
        with self._lock:
            left = self._now_left(caller)
        if left < 1:
            raise self._too_many(left)

    def _now_left(self, caller: str) -> float:
        now = self._clock.now()
        left, since = self._left.get(caller, (float(self._rate.at_once), now))
        gained = max(0.0, (now - since).total_seconds()) * self._rate.a_minute / 60
        return min(float(self._rate.at_once), left + gained)

    def _keep(self, caller: str, left: float) -> None:
        self._left[caller] = (left, self._clock.now())
        self._left.move_to_end(caller)
        while len(self._left) > CALLERS_KEPT:
            self._left.popitem(last=False)

    def _too_many(self, left: float) -> Problem:
        seconds = int((1 - left) * 60 / self._rate.a_minute) + 1
        return Problem(
            429,
            f"more than {self._rate.a_minute} requests a minute; try again in {seconds} s",
            headers={"Retry-After": str(seconds)},
        )
