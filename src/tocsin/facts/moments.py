"""How everybody reads an instant that somebody wrote: ISO 8601, with an offset that there can be.

The library takes "+05:99" for six hours and thirty-nine minutes. Whoever wrote that meant something
else, and a deadline must not be counted from it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_OFFSET_WRONG = re.compile(r"[+-]\d\d(:?[6-9]\d(:?\d\d(\.\d+)?)?|:?\d\d:?[6-9]\d(\.\d+)?)$")


_A_YEAR = timedelta(days=366)


def is_in_calendar(at: datetime) -> bool:
    """Whether what is told of an instant in other zones, or falls due after it, has room."""
    try:
        _ = at.astimezone(UTC) - _A_YEAR, at.astimezone(UTC) + _A_YEAR
    except OverflowError:
        return False
    return True


def instant_written(text: str) -> datetime:
    """The instant, with a zone only where one is written.

    Raises:
        ValueError: it is none; says what is out of range, as the library does.
    """
    found = datetime.fromisoformat(text)
    if found.tzinfo is not None and _OFFSET_WRONG.search(text):
        raise ValueError(f"the minutes and seconds of an offset must be in 0..59: {text!r}")
    return found
