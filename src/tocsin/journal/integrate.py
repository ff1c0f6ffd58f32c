"""Gives durable entries their place in the tree, where that does not happen in the same commit.

One at a time does it, elected by a lock that ends with its transaction. It finds every entry that
no span holds: a commit that comes late, with a lower id than others, is found like any other.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from tocsin.facts import BrokenLog, Unreachable
from tocsin.facts.record import leaf_hash
from tocsin.journal import schema
from tocsin.journal.database import Database
from tocsin.journal.faults import Disconnected
from tocsin.journal.tree import Trunk

CHUNK = 5_000
MERGE_SECONDS_MAX = 0.25
"""How long a durable entry waits, at most, for its place in the tree while we keep running."""

QUIET_SECONDS = 0.025
ELSEWHERE_SECONDS, FAULT_SECONDS = 0.05, 1.0


class Integrator:
    """Grows the tree over what is durable. Safe from many threads and processes.

    `complete` is True when the last look of this process left nothing outside.
    """

    def __init__(self, database: Database, trunk: Trunk) -> None:
        self._database, self._trunk = database, trunk
        self._lock = threading.Lock()
        self.complete = False

    def integrate(self, *, wait: bool) -> int:
        """Integrate all that is outside the tree; how many entries that were.

        Args:
            wait: wait for another process that is at it; else leave it to that one.
        """
        if self._database.integrates_at_once:
            return 0
        total = 0
        with self._lock:
            while True:
                done = self._chunk(wait)
                self.complete = done is not None and done < CHUNK
                total += done or 0
                if done is None or self.complete:
                    return total

    def _chunk(self, wait: bool) -> int | None:
        try:
            return self._try_chunk(wait)
        except Disconnected:  # what may have been integrated already is not found again
            return self._try_chunk(wait)

    def _try_chunk(self, wait: bool) -> int | None:
        try:
            with self._database.writing() as connection:
                if not self._database.elected(connection, wait=wait):
                    return None
                floor = self._database.settled_floor(connection)
                found = connection.execute(schema.OUTSIDE, {"floor": floor, "limit": CHUNK}).all()
                if found:
                    leaves = [leaf_hash(row.body) for row in found]
                    self._trunk.grow(connection, [row.id for row in found], leaves)
            self._trunk.committed()
        finally:
            self._trunk.dropped()
        if len(found) < CHUNK:
            self._database.looked_through()
        return len(found)


class Background:
    """Integrates in a thread of its own: when no commit came for a moment, or the time is up.

    So it does not stand between one commit and the next.

    Args:
        on_broken: told that the record is broken; the thread ends.
    """

    def __init__(
        self,
        integrator: Integrator,
        *,
        on_warning: Callable[[str], None],
        on_broken: Callable[[BrokenLog], None],
    ) -> None:
        self._integrator, self._warn, self._on_broken = integrator, on_warning, on_broken
        self._lock = threading.Lock()
        self._news, self._stopped = threading.Event(), threading.Event()
        self._commits = 0
        self._thread: threading.Thread | None = None

    def committed(self) -> None:
        """There may be entries outside the tree."""
        self._commits += 1
        if self._news.is_set() or self._stopped.is_set():
            return
        self._news.set()
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="integrator", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """End it after what it is at now; it does not start again."""
        self._stopped.set()
        self._news.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._news.wait()
            self._until_quiet()
            self._news.clear()
            pause = 0.0 if self._stopped.is_set() else self._integrated()
            if pause:
                self._news.set()
                self._stopped.wait(pause)

    def _until_quiet(self) -> None:
        for _ in range(int(MERGE_SECONDS_MAX / QUIET_SECONDS)):
            before = self._commits
            if self._stopped.wait(QUIET_SECONDS) or self._commits == before:
                return

    def _integrated(self) -> float:
        """After how many seconds to look again; 0 for not before the next commit."""
        try:
            self._integrator.integrate(wait=False)
        except Unreachable as bad:
            self._warn(f"entries are durable, but not in the tree yet: {bad}")
            return FAULT_SECONDS
        except BrokenLog as bad:
            self._on_broken(bad)
            self._stopped.set()
            return 0.0
        return 0.0 if self._integrator.complete else ELSEWHERE_SECONDS
