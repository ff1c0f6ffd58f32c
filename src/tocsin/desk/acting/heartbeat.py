"""Keeps leases alive while an act takes long. When it stops, others may take the work over."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from tocsin.facts import Refused, Unreachable
from tocsin.world import Lease, World


class Heartbeat:
    """Renews every lease it keeps, three times within its length. Threads may share it.

    It beats in the time of the machine, since it is there for acts that really take their time. A
    lease that is lost is let go: what its holder does is then not recorded by it.
    """

    def __init__(self, world: World, length: timedelta) -> None:
        self._world, self._length = world, length
        self._kept: dict[tuple[str, str], Lease] = {}
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    @contextmanager
    def keeping(self, lease: Lease) -> Iterator[None]:
        """Keep a lease alive inside the `with`."""
        place = (lease.log, lease.key)
        with self._lock:
            self._kept[place] = lease
            if self._thread is None:
                self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._lock:
                self._kept.pop(place, None)

    def stop(self) -> None:
        """Let all leases run out."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def _beat(self) -> None:
        while not self._stopped.wait(self._length.total_seconds() / 3):
            with self._lock:
                kept = list(self._kept.items())
            for place, lease in kept:
                self._renew(place, lease)

    def _renew(self, place: tuple[str, str], lease: Lease) -> None:
        try:
            renewed = self._world.journal.renew(lease, self._world.clock.now() + self._length)
        except (Refused, Unreachable):
            return  # the next beat tries again, and the lease itself says when it is too late
        with self._lock:
            if place not in self._kept:
                return
            if renewed is None:
                del self._kept[place]
            else:
                self._kept[place] = renewed
