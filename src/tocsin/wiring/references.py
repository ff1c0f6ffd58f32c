"""What the log of a system is compared with: another log, or profiles that were made of one.

It is counted on the grids of the system's own log, whichever of the two is read first, and read
again only when its bytes are others. How it is read, the detectors' file says of both.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from tocsin.detection import Declaration
from tocsin.detection.conventions.vocabulary import is_known
from tocsin.detection.windows.regrid import as_long_as, moved, unlike
from tocsin.facts import Refused
from tocsin.facts.grids import Grid
from tocsin.facts.summaries import ReferenceRead, Refreshed
from tocsin.sources.database import is_url
from tocsin.sources.log import LogSource
from tocsin.sources.look import look_at
from tocsin.sources.partitions import place_of
from tocsin.sources.remembered import kept_in
from tocsin.world import Clock

FOLDER = "references"
"""Where in a home the profiles of references are kept, by system."""

_Known = tuple[frozenset[str], Mapping[str, Grid]]


class ReferenceLog:
    """The port `Reference`. Nothing is opened or made before it is first asked.

    Args:
        log: the log of the system, on whose grids everything is counted.
    """

    def __init__(
        self, system: str, declared: Declaration, log: LogSource, home: Path, clock: Clock
    ) -> None:
        self._place = declared.reference or ""
        self._system, self._mapping, self._log = system, declared.log, log
        self._home, self._clock = home, clock
        self._source: LogSource | None = None
        self._profiled = False
        self._kept: tuple[_Known, ReferenceRead] | None = None

    def __call__(self) -> ReferenceRead:
        """All that lies there now."""
        source = self._opened()
        refreshed = Refreshed()
        if not self._profiled:
            source.count_as(self._log)
            refreshed = source.refresh()
        self._log.count_as(source)  # what the log was not asked for yet is counted as here
        known = source.contents(), self._log.grids()
        if self._kept is None or self._kept[0] != known:
            self._kept = known, self._compared(source, known, refreshed)
        return self._kept[1]

    def _compared(self, source: LogSource, known: _Known, refreshed: Refreshed) -> ReferenceRead:
        windows = source.windows()
        told = [*_unread(refreshed), *(f"{bad.file}: {bad.reason}" for bad in source.unread())]
        if not windows:
            why = "; ".join(dict.fromkeys(told)) or "no row of it stands in a window"
            raise Refused(f"the reference {self._place} cannot be read: {why}")
        contents, grids = known
        own = source.grids()
        apart = unlike(own, grids)
        if apart:
            told.append(f"{', '.join(apart[:8])} was counted on another grid than in the log; "
                        "compared to within a bucket, 1/128 of a column's scale")  # fmt: skip
        first: datetime = min(window.at for window in windows)
        return ReferenceRead(
            place=self._place,
            digest=hashlib.sha256("\n".join(sorted(contents)).encode()).hexdigest(),
            windows=as_long_as(moved(windows, own, grids), source.mapping, self._mapping),
            summaries=source.evidence(first, max(window.until for window in windows)),
            remarks=tuple(f"the reference {self._place}: {one}" for one in dict.fromkeys(told)),
        )

    def _opened(self) -> LogSource:
        if self._source is None:
            self._source = self._of_profiles() or self._of_log()
        return self._source

    def _of_profiles(self) -> LogSource | None:
        """The profiles that lie there; they are read as they were made, and never made again."""
        if is_url(self._place):
            return None
        folder = place_of(self._place, self._home)
        kept = kept_in(folder) if folder.is_dir() else None
        if kept is None:
            return None
        self._profiled = True
        mapping = msgspec.structs.replace(kept.mapping, watched=self._mapping.watched)
        return LogSource(self._system, kept.log, Path(), mapping, self._clock, folder=folder)

    def _of_log(self) -> LogSource:
        mapping = self._mapping
        with tempfile.TemporaryDirectory() as spill:
            look = look_at(self._place, self._home, Path(spill), is_known)
        if mapping.at is not None and look.column(mapping.at) is None:
            mapping = msgspec.structs.replace(mapping, at=None)
        if mapping.labels is not None and look.column(mapping.labels.key) is None:
            mapping = msgspec.structs.replace(mapping, labels=None)
        folder = self._home / FOLDER / self._system
        return LogSource(self._system, self._place, self._home, mapping, self._clock, folder=folder)


def _unread(refreshed: Refreshed) -> Iterator[str]:
    yield from (f"{bad.file}: {bad.reason}" for bad in refreshed.rejected)
    yield from (f"{file} is being written" for file in refreshed.waiting)
    yield from refreshed.remarks
