"""Reads a log and the reference it is compared with, on the same grids, and nothing twice.

Either may be profiles that were made before; then nothing of the log itself is needed. What could
not be read is told by file; what some files do not have is told by column.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import msgspec

from tocsin.detection.windows.regrid import moved, unlike
from tocsin.facts import Refused
from tocsin.facts.logs import LogMapping
from tocsin.facts.summaries import Refreshed, WindowSummary
from tocsin.sources.log import LogSource
from tocsin.wiring.logs import log_source
from tocsin.world import Clock

Pace = Callable[[str], Callable[[int, int, int], None]]
"""Gives for what is done a callback that takes bytes done, bytes in all, and rows."""


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One of two logs: where it lies, how it is read, and where its profiles are kept.

    Args:
        profiled: the folder holds its profiles already, read by exactly this mapping.
    """

    place: str
    mapping: LogMapping
    folder: Path
    profiled: bool = False


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """What a log holds.

    Args:
        contents: the digests of the files' bytes.
        remarks: what could not be read, or not all of it, and why.
        evidence: gives the profiles of a span of it, as the bytes of one Parquet file.
    """

    windows: Sequence[WindowSummary]
    contents: frozenset[str]
    remarks: tuple[str, ...]
    evidence: Callable[[datetime, datetime], bytes]

    def digest(self, since: datetime, until: datetime) -> str:
        """The SHA-256 of the profiles of a span."""
        return sha256(self.evidence(since, until)).hexdigest()


@contextmanager
def both(log: Side, reference: Side, clock: Clock, pace: Pace) -> Iterator[tuple[Read, Read]]:
    """The log and its reference, each read once; they are closed in the end.

    Raises:
        Refused: nothing of one of them can be read; says what stands in the way.
        Unreachable: a log cannot be listed, or its profiles cannot be kept.
    """
    now, before = (log_source(s.place, s.mapping, s.folder, clock) for s in (log, reference))
    try:
        if log.profiled and not reference.profiled:
            before.count_as(now)
        of_before = _read(before, reference, pace)
        if not log.profiled:
            now.count_as(before)
        of_now = _read(now, log, pace)
        yield _on_one_grid(of_now, now, before), of_before
    finally:
        now.close()
        before.close()


@contextmanager
def one(log: Side, clock: Clock, pace: Pace) -> Iterator[Read]:
    """A log alone, read once; it is closed in the end. Raises as `both` does."""
    source = log_source(log.place, log.mapping, log.folder, clock)
    try:
        yield _read(source, log, pace)
    finally:
        source.close()


def _read(source: LogSource, side: Side, pace: Pace) -> Read:
    refreshed = Refreshed()
    if not side.profiled:
        refreshed = source.refresh(pace(f"reading {side.place}"))
    windows = source.windows()
    told = _told(refreshed)
    if not windows:
        raise Refused("\n".join(told) or f"{side.place}: no row of it stands in a window")
    return Read(
        windows=windows,
        contents=source.contents(),
        remarks=(*told, *_partly(windows, side)),
        evidence=source.evidence,
    )


def _on_one_grid(read: Read, source: LogSource, other: LogSource) -> Read:
    own, others = source.grids(), other.grids()
    apart = unlike(own, others)
    if not apart:
        return read
    remark = (
        f"profiled on another grid than the reference: {', '.join(apart[:8])}"
        f"{f' and {len(apart) - 8} more' if len(apart) > 8 else ''}; compared to within a bucket, "
        "1/128 of a column's scale"
    )
    windows = moved(read.windows, own, others)
    return msgspec.structs.replace(read, windows=windows, remarks=(*read.remarks, remark))


def _told(refreshed: Refreshed) -> tuple[str, ...]:
    return (
        *(f"{bad.file} was not read: {bad.reason}; {bad.remedy}" for bad in refreshed.rejected),
        *(f"{file} is being written and was not read" for file in refreshed.waiting),
        *(f"{file} holds the same bytes as another file, and counts once"
          for file in refreshed.repeated),
        *refreshed.remarks,
    )  # fmt: skip


def _partly(windows: Sequence[WindowSummary], side: Side) -> Iterator[str]:
    """The watched columns that some rows have and others, of other files, have not."""
    wide = [w for w in windows if w.seconds == side.mapping.profile_seconds]
    served = sum(cell.requests for w in wide for cell in w.cells)
    counted = Counter[str]()
    for window in wide:
        counted.update({name: column.rows for name, column in window.numbers.items()})
        counted.update({name: column.rows for name, column in window.categories.items()})
    for name, rows in sorted(counted.items()):
        if 0 < rows < served:
            yield (
                f"{side.place}: only {rows:,} of {served:,} rows lie in files that have the "
                f"column {name}; the others say nothing of it"
            )
