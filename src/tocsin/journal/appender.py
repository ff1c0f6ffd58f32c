"""One thread a process that writes: it takes all that waits, and commits it once.

Whoever submits waits until what he submitted is durable, or learns why it is not. A fault of the
disk or server reaches every one of them; nobody is ever told of a commit that did not happen.
"""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

from tocsin.facts import BrokenLog, Refused, Unreachable

What = TypeVar("What")
Answer = TypeVar("Answer")
_Waiting = tuple[What, "Future[Answer]"]

BATCH_MAX = 512


class Appender(Generic[What, Answer]):
    """Group commit.

    Args:
        commit: writes all of these in one transaction; gives, in order, an answer or an error each.
        idle: called when nothing waits; gives after how many seconds to call it again, or None.
    """

    def __init__(
        self,
        commit: Callable[[Sequence[What]], Sequence[Answer | Exception]],
        idle: Callable[[bool], float | None],
    ) -> None:
        self._commit, self._idle = commit, idle
        self._queue: queue.SimpleQueue[_Waiting[What, Answer] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False

    def submit(self, what: What) -> Answer:
        """Have it written, and wait. Raises what `commit` gave or raised."""
        future: Future[Answer] = Future()
        with self._lock:
            if self._closed:
                raise Unreachable("the record is closed; open it again")
            self._queue.put((what, future))
            if self._thread is None:
                self._start()
        return future.result()

    def close(self) -> None:
        """Write what still waits, then stop."""
        with self._lock:
            self._closed, thread = True, self._thread
            self._queue.put(None)
        if thread is not None:
            thread.join()

    def _start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="appender", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._serve()
        finally:
            with self._lock:
                self._thread = None
                if not self._closed and not self._queue.empty():
                    self._start()  # a fault ended this thread; those who still wait must not hang

    def _serve(self) -> None:
        wait: float | None = None
        while True:
            try:
                first = self._queue.get(timeout=wait)
            except queue.Empty:
                wait = self._idle(True)
                continue
            waiting, ended = self._drained(first)
            self._write(waiting)
            wait = self._idle(ended) if waiting else None
            if ended:
                return

    def _drained(
        self, first: _Waiting[What, Answer] | None
    ) -> tuple[list[_Waiting[What, Answer]], bool]:
        found: list[_Waiting[What, Answer]] = []
        item = first
        while item is not None:
            found.append(item)
            if len(found) >= BATCH_MAX:
                return found, False
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                return found, False
        return found, True

    def _write(self, waiting: list[_Waiting[What, Answer]]) -> None:
        if not waiting:
            return
        try:
            answers = self._commit([what for what, _ in waiting])
        except (Refused, BrokenLog, Unreachable) as bad:
            answers = [bad] * len(waiting)
        finally:
            unforeseen = sys.exception()
            if unforeseen is not None:
                for _, future in waiting:
                    future.set_exception(unforeseen)
        for (_, future), answer in zip(waiting, answers, strict=True):
            if isinstance(answer, Exception):
                future.set_exception(answer)
            else:
                future.set_result(answer)
