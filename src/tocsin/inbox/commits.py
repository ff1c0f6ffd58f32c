"""Group commit for a server: requests hand in what came, and are told in one go once it is durable.

One thread writes. While it waits for the disk, the next ones gather; so one wait serves many.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from tocsin.facts import Unreachable
from tocsin.facts.deliveries import Arrival
from tocsin.inbox.store import Inbox, Kept

Token = TypeVar("Token")
Answers = Sequence[tuple[Token, Kept | Unreachable]]
BATCH_MAX, BATCH_BYTES_MAX = 1024, 32 * 1024 * 1024
QUEUE_MAX, QUEUE_BYTES_MAX = 8192, 256 * 1024 * 1024


class Commits(Generic[Token]):
    """The one thread that writes into an inbox for a server.

    Args:
        answered: is given, from that thread, what became of a whole batch.
    """

    def __init__(self, inbox: Inbox, answered: Callable[[Answers[Token]], None]) -> None:
        self._inbox, self._answered = inbox, answered
        self._waiting: list[tuple[Arrival, Token]] = []
        self._bytes = 0
        self._ready = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._write, name="inbox", daemon=True)
        self._thread.start()

    def put(self, arrival: Arrival, token: Token) -> bool:
        """Have it kept; False when too many wait already, and then nothing is done."""
        with self._ready:
            full = len(self._waiting) >= QUEUE_MAX or self._bytes >= QUEUE_BYTES_MAX
            if full or self._closed:
                return False
            self._waiting.append((arrival, token))
            self._bytes += len(arrival.body)
            self._ready.notify()
        return True

    def close(self) -> None:
        """Write what still waits, then end."""
        with self._ready:
            self._closed = True
            self._ready.notify()
        self._thread.join()

    def _write(self) -> None:
        while True:
            with self._ready:
                self._ready.wait_for(lambda: self._waiting or self._closed)
                batch = self._taken()
            if not batch:
                return
            try:
                kept: Sequence[Kept | Unreachable] = self._inbox.keep([one for one, _ in batch])
            except Unreachable as away:
                kept = [away] * len(batch)
            self._answered([(token, one) for (_, token), one in zip(batch, kept, strict=True)])
            self._inbox.tidy()

    def _taken(self) -> list[tuple[Arrival, Token]]:
        size = count = 0
        for arrival, _ in self._waiting:
            if count == BATCH_MAX or (count and size + len(arrival.body) > BATCH_BYTES_MAX):
                break
            count, size = count + 1, size + len(arrival.body)
        batch, self._waiting = self._waiting[:count], self._waiting[count:]
        self._bytes -= size
        return batch
