"""Whether this machine's clock is kept in step, as its kernel says. Never sets it.

Source: Linux, adjtimex(2): the answer TIME_ERROR means that nothing keeps the clock in step.
"""

from __future__ import annotations

import ctypes

from tocsin.cli.health.finding import Finding

TIME_ERROR = 5
ROOM_BYTES = 512  # more than a `struct timex` of any machine; all zero asks and sets nothing


def clock() -> Finding:
    """What the doctor says of it. A clock on its own is no fault of the home, but deadlines of law
    and the order of events in reports rest on it."""
    answer = kernel_says()
    if answer is None:
        return Finding(what="clock", ok=True, seen="cannot be told on this system")
    if answer != TIME_ERROR:
        return Finding(what="clock", ok=True, seen="kept in step, says the kernel")
    return Finding(
        what="clock",
        ok=True,
        seen="NOT KEPT IN STEP, says the kernel",
        remedy="deadlines and the times of events rest on it: run chrony or systemd-timesyncd",
    )


def kernel_says() -> int | None:
    """The state of the clock by adjtimex; None where it cannot be asked."""
    try:
        ask = ctypes.CDLL(None, use_errno=True).adjtimex
    except (AttributeError, OSError):
        return None
    answer = int(ask(ctypes.create_string_buffer(ROOM_BYTES)))
    return None if answer < 0 else answer
