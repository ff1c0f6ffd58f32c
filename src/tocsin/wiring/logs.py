"""Logs that belong to no home: looked at, profiled into a folder, and found again there.

`look_at` shows what a log holds, so that `detection.conventions.convention.conventional` can say
how it is read; `log_source` reads it so, and keeps its profiles in a folder; `profiles_in` finds
them.
"""

from __future__ import annotations

import importlib
import os
import tempfile
from pathlib import Path
from types import ModuleType
from typing import cast

from tocsin.detection.conventions.vocabulary import is_known
from tocsin.facts import Refused
from tocsin.facts.logs import LogMapping
from tocsin.facts.looks import LogLook
from tocsin.sources.cluster import REMEDY, is_cluster
from tocsin.sources.database import is_url, shown
from tocsin.sources.log import LogSource
from tocsin.sources.look import look_at as _look_at
from tocsin.sources.remembered import KeptLog, keep, kept_in
from tocsin.world import Clock


def look_at(log: str) -> LogLook:
    """What one cheap look at a log shows: a file, folder, pattern or URL of a database; names are
    below the working directory.

    Raises:
        Refused: nothing there can be read; says what was found.
    """
    with tempfile.TemporaryDirectory() as spill:
        if not is_cluster(log):
            return _look_at(log, Path(), Path(spill), is_known)
        sample = Path(spill) / "some rows of it.parquet"
        _on_a_cluster(log).sample_of(log, sample)
        return _look_at(str(sample), Path(), Path(spill), is_known)


def log_source(log: str, mapping: LogMapping, folder: Path, clock: Clock) -> LogSource:
    """The log read by this mapping, with its profiles in a folder; nothing is read before asked.

    Every file is taken for whole. Give the mapping its `window_seconds` and `profile_seconds`
    first: they say how it is profiled.
    """
    if is_cluster(log):
        read = _on_a_cluster(log).ClusterLog("log", log, Path(), mapping, clock, folder=folder)
        return cast("LogSource", read)
    return LogSource("log", log, Path(), mapping, clock, grace_seconds=0.0, folder=folder)


def profiled_log(log: str, kept: KeptLog, folder: Path, clock: Clock) -> LogSource:
    """As `log_source`, of a log of which a folder remembers this, which is written there first."""
    source = log_source(log, kept.mapping, folder, clock)
    keep(kept, folder)
    return source


def name_of(log: str) -> str:
    """What a log is called wherever one works, without the password of a database."""
    return shown(log) if is_url(log) else os.path.abspath(log.removeprefix("file:"))


def profiles_in(folder: Path, clock: Clock) -> tuple[KeptLog, LogSource]:
    """The profiles in a folder, which can be asked for their windows without the log itself.

    Raises:
        Refused: there are none.
    """
    kept = kept_in(folder)
    if kept is None:
        raise Refused(f"{folder}: no profiles there; make them: tocsin profile LOG --to {folder}")
    return kept, log_source(kept.log, kept.mapping, folder, clock)


def _on_a_cluster(log: str) -> ModuleType:
    """What reads tables of clusters, which few need and which is not always installed."""
    try:
        return importlib.import_module("tocsin.sources.cluster.log")
    except ImportError as bad:
        raise Refused(f"{log} cannot be reached: {bad}; {REMEDY}") from bad
