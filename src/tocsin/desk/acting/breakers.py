"""Which integrations are left alone for a while, because they failed again and again.

One far side that hangs must not hold every worker: after several writes in a row that it did not
answer nothing is asked of it until an instant, then one write at a time is let through to see.
That it was left alone stands in the record, so that all workers know, and whoever looks.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from tocsin.desk.record import Writer, draft
from tocsin.facts import OUTBOX_LOG, Author, ConnectorError, Draft, LeaseLost
from tocsin.facts.outbox import BreakerClosed, BreakerOpened
from tocsin.playbook.outbox import Breaker, breakers_of

FAILURES_TO_OPEN = 3
OPEN_FIRST, OPEN_MOST = timedelta(seconds=15), timedelta(minutes=5)
READ_EVERY = timedelta(seconds=1)
SLOW = timedelta(seconds=2)
CROWDED = timedelta(milliseconds=500)
WHY_MAX = 400


class Later(LeaseLost):
    """Not now: this piece of work is left alone until an instant."""

    def __init__(self, why: str, until: datetime) -> None:
        super().__init__(why)
        self.until = until


class Breakers:
    """The breakers of one record, as one process sees them. Threads may share it.

    Args:
        most: how many writes may go on at once through an integration that failed last, or that
            takes long; None sets no limit.
    """

    def __init__(self, desk: Writer, author: Author, most: int | None = None) -> None:
        self._desk, self._author, self._most = desk, author, most
        self._lock = threading.Lock()
        self._open: dict[str, Breaker] = {}
        self._read_at: datetime | None = None
        self._head = 0  # how far their log was read
        self._failed: dict[str, set[str]] = {}  # the writes that failed in a row
        self._trying: set[str] = set()
        self._busy: dict[str, list[datetime]] = {}  # since when, for each write that goes on

    def open_now(self, connector: str) -> Breaker | None:
        """The breaker of this integration, if nothing may be asked of it now."""
        now = self._desk.world.clock.now()
        self._read(now)
        found = self._open.get(connector)
        if found is None or (found.until <= now and connector not in self._trying):
            return None
        return found

    def check(self, connector: str) -> None:
        """Passes where this integration may be asked now. Raises Later."""
        found, now = self.open_now(connector), self._desk.world.clock.now()
        if found is not None:
            until = max(found.until, now + CROWDED)
            raise Later(f"{connector} is left alone until {found.until}: {found.why}", until)
        if self._most is not None and self._is_crowded(connector, self._most, now):
            raise Later(f"{connector} is busy with {self._most} other writes", now + CROWDED)

    @contextmanager
    def asking(self, connector: str) -> Iterator[None]:
        """While this integration is being asked."""
        began = self._desk.world.clock.now()
        with self._lock:
            self._busy.setdefault(connector, []).append(began)
            trying = connector in self._open and connector not in self._trying
            if trying:
                self._trying.add(connector)
        try:
            yield
        finally:
            with self._lock:
                self._busy[connector].remove(began)
                if trying:
                    self._trying.discard(connector)

    def answered(self, connector: str, key: str, error: ConnectorError | None) -> None:
        """Take note of how a write went. Raises Unreachable.

        Args:
            key: which write; one that fails again and again has its own pauses.
        """
        with self._lock:
            if error is None or _is_there(error):
                self._failed.pop(connector, None)  # it is there, whatever it says
                closes = self._open.pop(connector, None) is not None
                opens = False
            else:
                failed = self._failed.setdefault(connector, set())
                failed.add(key)
                closes, opens = False, len(failed) >= FAILURES_TO_OPEN or connector in self._open
        if closes:
            self._record(connector, None, 0)
        elif opens:
            self._record(connector, str(error), len(self._failed.get(connector, ())))

    def _is_crowded(self, connector: str, most: int, now: datetime) -> bool:
        """Whether one more write would leave no worker to the others, and this one may be slow."""
        with self._lock:
            busy = self._busy.get(connector, [])
            slow = connector in self._failed or any(now - since > SLOW for since in busy)
        return len(busy) >= most and slow

    def _record(self, connector: str, why: str | None, failures: int) -> None:
        def judge(_: object) -> list[Draft]:
            entries = self._desk.world.journal.read(OUTBOX_LOG)
            now, found = self._desk.world.clock.now(), breakers_of(entries).get(connector)
            if why is None:
                closed = BreakerClosed(connector=connector)
                return [] if found is None else [draft(closed, now)]
            if found is not None and found.until > now:
                return []
            times = 0 if found is None else found.times
            pause = min(OPEN_FIRST * (1 << min(times, 10)), OPEN_MOST)
            spread = 0.75 + self._desk.world.ids.fraction() / 4
            opened = BreakerOpened(
                connector=connector,
                failures=max(failures, 1),
                until=now + pause * spread,
                why=why[:WHY_MAX],
            )
            return [draft(opened, now)]

        self._desk.enter(OUTBOX_LOG, judge, self._author)
        self._read_at = None

    def _read(self, now: datetime) -> None:
        with self._lock:
            if self._read_at is not None and now - self._read_at < READ_EVERY:
                return
            self._read_at = now
            head = self._desk.world.journal.head(OUTBOX_LOG)
            if head == self._head:
                return
            self._open, self._head = breakers_of(self._desk.known(OUTBOX_LOG).entries), head


def _is_there(error: ConnectorError) -> bool:
    """Whether the far side answered at all, whatever it said."""
    return error.answered or not error.retry or error.retry_after_seconds is not None
