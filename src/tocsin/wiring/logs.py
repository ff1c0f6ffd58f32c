"""Logs that belong to no home: looked at, profiled into a folder, and found again there.

`look_at` shows what a log holds, so that `tocsin.detection.convention.conventional` can say how it
is read; `log_source` reads it so, and keeps its profiles in a folder.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from tocsin.facts.logs import LogMapping
from tocsin.facts.looks import LogLook
from tocsin.sources.log import LogSource
from tocsin.sources.look import look_at as _look_at
from tocsin.world import Clock


def look_at(log: str) -> LogLook:
    """What one cheap look at a log shows: a file, folder or pattern, from the working directory.

    Raises:
        Refused: nothing there can be read; says what was found.
    """
    with tempfile.TemporaryDirectory() as spill:
        return _look_at(log, Path(), Path(spill))


def log_source(log: str, mapping: LogMapping, folder: Path, clock: Clock) -> LogSource:
    """The log read by this mapping, with its profiles in a folder; nothing is read before asked.

    Give the mapping its `window_seconds` and `profile_seconds` first: they say how it is profiled.
    """
    return LogSource("log", log, Path(), mapping, clock, folder=folder)
