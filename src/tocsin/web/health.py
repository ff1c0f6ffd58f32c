"""`/healthz`: whether this process lives and can do its work, for whoever watches it.

Anyone may ask: it names what fails and says no more than that. `/healthz/live` only says that the
process answers, so that nobody restarts it because a disk is full.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import msgspec
from fastapi import FastAPI, Response

from tocsin.web.api import answers
from tocsin.world import Clock

LOOKED_FOR = timedelta(seconds=2)
"""So long an answer is good: whoever asks a thousand times makes nobody look a thousand times."""


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at.

    Args:
        seen: in a few words without names, places or secrets; told where it is not ok.
    """

    name: str
    ok: bool
    seen: str


Look = Callable[[], Sequence[Check]]


class Health:
    """What was seen last. Threads may share it."""

    def __init__(self, look: Look, clock: Clock) -> None:
        self._look, self._clock, self._lock = look, clock, threading.Lock()
        self._seen: tuple[datetime, Sequence[Check]] | None = None

    def now(self) -> Sequence[Check]:
        """What is seen now, or was seen a moment ago."""
        with self._lock:
            now = self._clock.now()
            if self._seen is None or not now - LOOKED_FOR < self._seen[0] <= now:
                self._seen = (now, self._look())
            return self._seen[1]

    def add(self, made: FastAPI) -> None:
        """Add the routes to an application."""

        @made.get("/healthz/live")
        def live() -> dict[str, bool]:
            return {"ok": True}

        @made.get("/healthz")
        def ready() -> Response:
            failing = {one.name: one.seen for one in self.now() if not one.ok}
            if not failing:
                return answers.json({"ok": True})
            return answers.json({"ok": False, "failing": failing}, 503)
