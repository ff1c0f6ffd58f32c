"""Gives durable entries their place in the tree, where that does not happen in the same commit.

One at a time does it, elected by a lock that ends with its transaction. It finds every entry that
no leaf names: a commit that comes late, with a lower id than others, is found like any other.
"""

from __future__ import annotations

import threading

from tocsin.facts.record import leaf_hash
from tocsin.journal import schema
from tocsin.journal.database import Database
from tocsin.journal.tree import Trunk

CHUNK = 5_000


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
            with self._database.writing() as connection:
                if not self._database.elected(connection, wait=wait):
                    return None
                floor = self._database.settled_floor(connection)
                found = connection.execute(schema.OUTSIDE, {"floor": floor, "limit": CHUNK}).all()
                if found:
                    rows = [(row.id, leaf_hash(row.body)) for row in found]
                    self._trunk.grow(connection, rows)
            self._trunk.committed()
        finally:
            self._trunk.dropped()
        if len(found) < CHUNK:
            self._database.looked_through()
        return len(found)
