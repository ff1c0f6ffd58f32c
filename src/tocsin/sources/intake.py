"""Takes in the partitions of a log: each content is read once, whole or not at all.

A partition that was corrected replaces itself; one that lies there twice counts once. What cannot
be read is told, with a remedy, and looked at again when it changes; until then what it held before
stays counted. A file that vanished stays counted, for logs are cleaned up, unless a younger file
beside it covers its whole span: then it was merged into that one.
"""

from __future__ import annotations

import os
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from tocsin.facts import Unreachable
from tocsin.facts.summaries import LogMapping, Refreshed, Unread
from tocsin.sources.columns import CannotRead
from tocsin.sources.engine import Engine
from tocsin.sources.partitions import (
    JSON,
    PARQUET,
    Found,
    copy_lines,
    digest_of,
    format_of,
    is_packed,
    is_whole,
    partitions,
    reader,
    with_keys,
)
from tocsin.sources.profile import Rows, Totals, fitted, profile, rows_of, totals
from tocsin.sources.shelf import Part, Shelf, unread
from tocsin.sources.windows import window_of
from tocsin.world import Clock


class _BeingWritten(Exception):
    """The file is not whole yet, or changed while it was read."""


class _Tally:
    """What one look at a log has found so far."""

    def __init__(self) -> None:
        self.new, self.changed, self.repeated = list[str](), list[str](), list[str]()
        self.rejected, self.waiting, self.remarks = list[Unread](), list[str](), list[str]()
        self.rows, self.first = 0, list[int]()

    def touched(self, *parts: Part | None) -> None:
        self.first += [p.first for p in parts if p is not None and p.first is not None]


class Intake:
    """Brings the shelf up to the log. Whoever calls is alone with both.

    Args:
        grace_seconds: a file that changed within so many is taken for one that is being written.
    """

    def __init__(
        self, place: Path, shelf: Shelf, engine: Engine, mapping: LogMapping, clock: Clock,
        grace_seconds: float,
    ) -> None:  # fmt: skip
        self._place, self._shelf, self._engine = place, shelf, engine
        self._mapping, self._clock, self._grace = mapping, clock, grace_seconds

    def refreshed(self) -> Refreshed:
        """Look at every partition that is new or another. Raises Unreachable."""
        tally, known, lying = _Tally(), self._shelf.parts(), set[str]()
        for found in partitions(self._place):
            lying.add(found.file)
            was = known.get(found.file)
            if was is None or was.identity != found.identity or not was.settled:
                self._look(found, was, tally)
        self._set_merged_aside(lying, tally)
        return Refreshed(
            new=tuple(tally.new),
            changed=tuple(tally.changed),
            repeated=tuple(tally.repeated),
            rejected=tuple(tally.rejected),
            waiting=tuple(tally.waiting),
            remarks=tuple(tally.remarks),
            rows=tally.rows,
            earliest=window_of(min(tally.first), self._mapping) if tally.first else None,
        )

    def opened(self, found: Found, path: Path) -> Rows:
        """The partition's rows under the names of its mapping. Raises CannotRead."""
        written = format_of(found.path)
        table = reader(path, written)
        columns = self._engine.columns(table)
        if written == JSON:
            table = reader(path, written, columns.types)
        if found.keys:
            table = with_keys(table, tuple(columns.types), found.keys)
            columns = self._engine.columns(table)
        return rows_of(columns, table, self._mapping, parsed=written != PARQUET)

    def whole_and_open(self, found: Found) -> Rows:
        """As `opened`, of the whole lines only while somebody writes on. Raises CannotRead."""
        try:
            return self.opened(found, self._whole(found)[0])
        except _BeingWritten:
            raise CannotRead(f"{found.file} is being written", "wait for it") from None

    def _look(self, found: Found, was: Part | None, tally: _Tally) -> None:
        try:
            self._take_in(found, was, tally)
        except (FileNotFoundError, _BeingWritten):
            tally.waiting.append(found.file)
        except PermissionError as bad:
            remedy = "give this account the right to read it"
            self._reject(found, was, CannotRead(f"{bad.strerror}", remedy), tally)
        except CannotRead as bad:
            if self._is_fresh(found) and format_of(found.path) != PARQUET:
                tally.waiting.append(found.file)
            else:
                self._reject(found, was, bad, tally)
        except OSError as bad:
            raise Unreachable(f"cannot read {found.path}: {bad.strerror}; mend the disk") from bad

    def _take_in(self, found: Found, was: Part | None, tally: _Tally) -> None:
        path, content = self._whole(found)
        if was is not None and was.content == content and was.reason is None:
            self._note(found, was, was)
            return
        same = self._shelf.with_content(content)
        if same is not None:
            self._note(found, same, was)
            if was is None or was.content != content:
                tally.repeated.append(found.file)
                tally.touched(was)
            return
        read = self._read(found, path, content)
        part = Part(file="", folder="", identity="", settled=False, content=content,
                    rows=read.rows, first=read.first, last=read.last)  # fmt: skip
        self._note(found, part, was)
        (tally.new if was is None or was.content is None else tally.changed).append(found.file)
        tally.rows += read.rows
        tally.touched(part, was)
        tally.remarks += _remarks(found.file, read)

    def _whole(self, found: Found) -> tuple[Path, str]:
        """The file, or a copy of its whole lines while somebody writes on; and its content."""
        written = format_of(found.path)
        if written == PARQUET and not is_whole(found.path):
            if self._is_fresh(found):
                raise _BeingWritten
            raise CannotRead(
                "its end is missing: it was cut off, or its writer died",
                "write it again, whole, under another name, and rename it into place",
            )
        path = found.path
        if written == PARQUET or is_packed(path) or not self._is_fresh(found):
            digest = digest_of(path)
        else:
            path = (
                self._shelf.incoming
                / f"{sha256(found.file.encode()).hexdigest()}{found.path.suffix}"
            )
            with found.path.open("rb") as source, path.open("wb") as into:
                digest = copy_lines(source, into, found.size)
            if path.stat().st_size == 0 < found.size:
                raise _BeingWritten
        read = {self._mapping.at, self._mapping.version, self._mapping.segment}
        read |= {c for rate in self._mapping.rates.values() for c in rate.columns()}
        used = [key for key in found.keys if key[0] in read]
        if used:  # the same bytes in another folder are other rows when the folder names a version
            digest = sha256(f"{digest} {used}".encode()).hexdigest()
        return path, digest

    def _read(self, found: Found, path: Path, content: str) -> Totals:
        if path.stat().st_size == 0:
            return Totals(rows=0, untimed=0, first=None, last=None, no_numbers=())
        rows = self.opened(found, path)
        grids = self._shelf.grids()
        new = fitted(self._engine, rows, grids)
        into = self._shelf.incoming / "summary.parquet"
        said = {"file": found.file, "content": content}
        self._engine.copy(profile(rows, grids | new, self._mapping), into, said)
        read = totals(self._engine, str(into))
        if path == found.path and not _is_still(found):
            raise _BeingWritten
        self._shelf.freeze(new)
        self._shelf.keep(into, content)
        return read

    def _note(self, found: Found, what: Part, was: Part | None) -> None:
        self._shelf.note(
            Part(
                file=found.file,
                folder=os.path.dirname(found.file),
                identity=found.identity,
                settled=not self._is_fresh(found),
                content=what.content,
                rows=what.rows,
                first=what.first,
                last=what.last,
                place=was.place if was is not None and was.content == what.content else 0,
            )
        )

    def _reject(self, found: Found, was: Part | None, bad: CannotRead, tally: _Tally) -> None:
        held = was or Part(file=found.file, folder="", identity="", settled=False)
        part = Part(
            file=found.file,
            folder=os.path.dirname(found.file),
            identity=found.identity,
            settled=not self._is_fresh(found),
            content=held.content,
            rows=held.rows,
            first=held.first,
            last=held.last,
            reason=bad.reason,
            remedy=bad.remedy,
            place=held.place,
        )
        self._shelf.note(part)
        if was is None or was.reason != bad.reason or was.identity != found.identity:
            tally.rejected.append(unread(part))

    def _set_merged_aside(self, lying: set[str], tally: _Tally) -> None:
        aside, known = self._shelf.aside(), self._shelf.parts()
        gone = [p for p in known.values() if p.file not in lying and p.file not in aside]
        young = [p for p in known.values() if p.file in {*tally.new, *tally.changed}]
        merged = [p for p in gone if p.rows and any(_covers(y, p) for y in young)]
        if merged:
            self._shelf.set_aside([p.file for p in merged])
            tally.touched(*merged)

    def _is_fresh(self, found: Found) -> bool:
        now: datetime = self._clock.now()
        return abs(now.timestamp() - found.modified) < self._grace


def _covers(young: Part, gone: Part) -> bool:
    if None in (young.first, young.last, gone.first, gone.last) or young.folder != gone.folder:
        return False
    return (
        young.place > gone.place
        and young.rows >= gone.rows
        and (young.first or 0) <= (gone.first or 0)
        and (young.last or 0) >= (gone.last or 0)
    )


def _is_still(found: Found) -> bool:
    seen = found.path.stat()
    now = f"{seen.st_size}:{seen.st_mtime_ns}:{seen.st_ctime_ns}:{seen.st_ino}"
    return now == found.identity


def _remarks(file: str, read: Totals) -> list[str]:
    told = []
    if read.untimed:
        told.append(
            f"{file}: {read.untimed} of {read.rows} rows have no time that can be read; "
            "they are in no window"
        )
    told += [
        f"{file}: {count} values of {name} are no numbers; they count as missing"
        for name, count in read.no_numbers
    ]
    return told
