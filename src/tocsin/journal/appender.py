"""Group commit: of all who want to write at once, one writes for all, and commits once.

Whoever submits waits until what he submitted is durable, or learns why it is not. A fault of the
disk or server reaches every one of them; nobody is ever told of a commit that did not happen.
Nobody else's thread is needed: who finds no one writing writes himself.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from tocsin.facts import BrokenLog, Refused, Unreachable

What = TypeVar("What")
Answer = TypeVar("Answer")

BATCH_MAX = 512
GATHER_SECONDS_MAX = 0.001
"""How long a writer waits, at most, for those who wrote together a moment ago to come again."""


class _Ticket(Generic[What, Answer]):
    """One wish to write. Its lock opens when it is answered, or when its owner is to write."""

    __slots__ = ("answer", "answered", "promoted", "wake", "what")

    def __init__(self, what: What) -> None:
        self.what = what
        self.answer: Answer | Exception | None = None
        self.answered = self.promoted = False
        self.wake = threading.Lock()
        self.wake.acquire()


class Appender(Generic[What, Answer]):
    """Group commit.

    Args:
        commit: writes all of these in one transaction; gives, in order, an answer or an error each.
            Never called twice at once.
    """

    def __init__(self, commit: Callable[[Sequence[What]], Sequence[Answer | Exception]]) -> None:
        self._commit = commit
        self._lock = threading.Lock()
        self._quiet = threading.Condition(self._lock)
        self._waiting: list[_Ticket[What, Answer]] = []
        self._led = self._closed = False
        self._expected = 1
        self._gathered: threading.Event | None = None

    def submit(self, what: What) -> Answer:
        """Have it written, and wait. Raises what `commit` gave or raised."""
        ticket: _Ticket[What, Answer] = _Ticket(what)
        with self._lock:
            if self._closed:
                raise Unreachable("the record is closed; open it again")
            self._waiting.append(ticket)
            leads = not self._led
            self._led = True
            if self._gathered is not None and len(self._waiting) >= self._expected:
                self._gathered.set()
        if not leads:
            self._wait(ticket)
            leads = ticket.promoted
        if leads:
            self._lead()
        if isinstance(ticket.answer, Exception):
            raise ticket.answer
        assert ticket.answered
        return ticket.answer  # type: ignore[return-value]

    def close(self) -> None:
        """Write what still waits, then write no more."""
        with self._quiet:
            self._closed = True
            self._quiet.wait_for(lambda: not self._led)

    def _wait(self, ticket: _Ticket[What, Answer]) -> None:
        woken = False
        try:
            ticket.wake.acquire()
            woken = True
        finally:
            if not woken:  # interrupted, for instance from the keyboard
                self._give_up(ticket)

    def _give_up(self, ticket: _Ticket[What, Answer]) -> None:
        with self._lock:
            if ticket in self._waiting:
                self._waiting.remove(ticket)
            if ticket.promoted and not ticket.answered:
                self._pass_on()

    def _lead(self) -> None:
        """Write for all who wait, the owner of this thread among them; then let another lead."""
        batch: list[_Ticket[What, Answer]] = []
        try:
            self._gather()
            with self._lock:
                batch, self._waiting = self._waiting[:BATCH_MAX], self._waiting[BATCH_MAX:]
            self._write(batch)
        finally:
            with self._lock:
                self._expected = len(batch) + len(self._waiting)
                self._pass_on()

    def _gather(self) -> None:
        with self._lock:
            if len(self._waiting) >= self._expected:
                return
            gathered = self._gathered = threading.Event()
        gathered.wait(GATHER_SECONDS_MAX)
        with self._lock:
            self._gathered = None

    def _pass_on(self) -> None:
        """The next who waits leads; called with the lock held."""
        if self._waiting:
            self._waiting[0].promoted = True
            self._waiting[0].wake.release()
        else:
            self._led = False
            self._quiet.notify_all()

    def _write(self, batch: Sequence[_Ticket[What, Answer]]) -> None:
        unknown = Unreachable("writing was broken off; look whether it is there, or append again")
        answers: Sequence[Answer | Exception] = [unknown] * len(batch)
        own = batch[0] if batch else None
        try:
            answers = self._commit([ticket.what for ticket in batch])
        except (Refused, BrokenLog, Unreachable) as bad:
            answers = [bad] * len(batch)
        finally:
            for ticket, answer in zip(batch, answers, strict=True):
                ticket.answer, ticket.answered = answer, True
                if ticket is not own:
                    ticket.wake.release()
