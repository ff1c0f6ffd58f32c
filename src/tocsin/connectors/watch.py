"""Cuts a line when its time is over: a far side that drips bytes cannot outlast it."""

from __future__ import annotations

import socket
import threading


class Watch:
    """Time for one exchange, from now on. Threads may share it.

    Args:
        seconds: how long the exchange may take.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds, self.passed = seconds, False
        self._line: socket.socket | None = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._timer.start()

    def over(self, line: socket.socket) -> None:
        """Watch this line from now on, in the place of any before it."""
        with self._lock:
            self._line = line
            if self.passed:
                _shut(line)

    def end(self) -> None:
        """The exchange is over, and nothing is cut any more."""
        self._timer.cancel()

    def _cut(self) -> None:
        with self._lock:
            self.passed = True
            if self._line is not None:
                _shut(self._line)


def _shut(line: socket.socket) -> None:
    try:
        # Not the TLS object's own shutdown: that would pull the session from under its reader.
        socket.socket.shutdown(line, socket.SHUT_RDWR)
    except OSError:
        return  # the line is gone already
