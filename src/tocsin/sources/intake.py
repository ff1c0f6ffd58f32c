"""Takes in the partitions of a log: each content is read once, whole or not at all.

A partition that was corrected replaces itself; one that lies there twice counts once. What cannot
be read is told, with a remedy, and looked at again when it changes; until then what it held before
stays counted. A file that vanished stays counted, for logs are cleaned up, unless a younger file
beside it covers its whole span: then it was merged into that one.
"""

from __future__ import annotations

import os
import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import msgspec

from tocsin.facts import Unreachable
from tocsin.facts.logs import LogMapping
from tocsin.facts.summaries import Refreshed
from tocsin.sources.by_rows import begins
from tocsin.sources.columns import CannotRead
from tocsin.sources.csv_text import header_of, told_of
from tocsin.sources.database import Database, partitions_of
from tocsin.sources.engine import Engine
from tocsin.sources.labels import Labelling, key_of, stamped, told_once
from tocsin.sources.opened import ALONE, alike, opened, opened_together, table_of
from tocsin.sources.pace import Pace, Told
from tocsin.sources.partitions import (
    ARROW,
    CSV,
    PARQUET,
    Found,
    copy_lines,
    digest_of,
    format_of,
    is_packed,
    is_whole,
    partitions,
)
from tocsin.sources.profile import NO_ROWS, Rows, Totals, fitted, of_file, profiled, taken
from tocsin.sources.query import Lying
from tocsin.sources.remarks import absent, remarks
from tocsin.sources.shelf import Part, Shelf, unread
from tocsin.sources.tally import Tally
from tocsin.sources.windows import window_of
from tocsin.world import Clock

TOGETHER_MOST = 256
"""So many files are read in one go, and then known."""

SMALL_BYTES = 1024 * 1024


class _BeingWritten(Exception):
    """The file is not whole yet, or changed while it was read."""


class _Fresh(msgspec.Struct, frozen=True, kw_only=True):
    """A content that was not read before.

    Args:
        path: of the file, or of a copy of its whole lines where somebody writes on.
        small: worth reading together with others.
    """

    found: Found
    was: Part | None
    path: Path
    content: str
    small: bool


class Intake:
    """Brings the shelf up to the log. Whoever calls is alone with both.

    Args:
        grace_seconds: a file that changed within so many is taken for one that is being written.
    """

    def __init__(
        self, place: Path | Database, shelf: Shelf, engine: Engine, mapping: LogMapping,
        clock: Clock, grace_seconds: float,
    ) -> None:  # fmt: skip
        self._place, self._shelf, self._engine = place, shelf, engine
        self._mapping, self._clock, self._grace = mapping, clock, grace_seconds
        self._pace, self._labels = Pace(engine, None), None
        if mapping.labels is not None:
            self._labels = Labelling(engine, mapping.labels, shelf.incoming, table_of)

    def refreshed(self, told: Told | None = None) -> Refreshed:
        """Look at every partition that is new or another. Raises Unreachable."""
        tally, known, lying = Tally(), self._shelf.parts(), set[str]()
        waiting: dict[str, _Fresh] = {}
        self._pace = Pace(self._engine, told)
        for found, was in self._another(known, lying):
            with self._telling(found, was, tally):
                fresh = self._looked_at(found, was, tally)
                if fresh is not None and fresh.content in waiting:  # twice among the new ones
                    self._take_in(waiting, tally)
                    fresh = self._looked_at(found, was, tally)
                if fresh is not None:
                    waiting[fresh.content] = fresh
                    if not fresh.small:  # it is not held back: what was read is kept at once
                        self._take_in(waiting, tally)
            if len(waiting) >= TOGETHER_MOST:
                self._take_in(waiting, tally)
        self._take_in(waiting, tally)
        self._set_merged_aside(lying, tally)
        return tally.refreshed(self._earliest(tally), told_once(self._labels))

    def partitions(self) -> Iterator[Found]:
        """What lies in the log now. Raises Unreachable, Refused."""
        if isinstance(self._place, Path):
            return stamped(partitions(self._place), self._labels)
        aside = self._shelf.incoming
        found = partitions_of(self._place, self._mapping.at, self._engine, aside)
        return stamped(found, self._labels)

    def _another(
        self, known: Mapping[str, Part], lying: set[str]
    ) -> Iterator[tuple[Found, Part | None]]:
        """The partitions that are new or another, and what was known of each."""
        another = list[tuple[Found, Part | None]]()
        for found in self.partitions():
            lying.add(found.file)
            was = known.get(found.file)
            if was is None or was.identity != found.identity or not was.settled:
                another.append((found, was))
                self._pace.awaits(found)
        yield from another

    def _earliest(self, tally: Tally) -> datetime | None:
        """Where the first window begins that is another now."""
        if not tally.first:
            return None
        if self._mapping.at is not None:
            return window_of(min(tally.first), self._mapping)
        parts = self._shelf.counted()
        at, touched = begins(parts, self._mapping), {*tally.new, *tally.changed}
        moved = [at[part.content or ""] for part in parts if part.file in touched]
        only_new = not tally.changed and not tally.repeated and moved
        return window_of(min(moved) if only_new else 0, self._mapping)

    def whole_and_open(self, found: Found) -> Rows:
        """As `opened`, of the whole lines only while somebody writes on. Raises CannotRead."""
        try:
            return self._one(found, self._whole(found)[0])
        except _BeingWritten:
            raise CannotRead(f"{found.file} is being written", "wait for it") from None

    def as_it_lies(self, found: Found, aside: Path) -> Lying:
        """A file as it lies there, whole, under its own columns. Raises CannotRead.

        Args:
            aside: takes what must be copied before it can be read.
        """
        try:
            path, _ = self._whole(found)
        except _BeingWritten:
            raise CannotRead(f"{found.file} is being written", "wait for it") from None
        if path != found.path:  # a copy that the next reading would write over
            path = Path(shutil.copyfile(path, aside / path.name))
        table, types, _ = table_of(self._engine, found, path, aside)
        return Lying(found=found, table=table, path=path, columns=tuple(types))

    def _one(self, found: Found, path: Path) -> Rows:
        aside = self._shelf.incoming
        return opened(self._engine, found, path, self._mapping, aside, self._labels)

    @contextmanager
    def _telling(self, found: Found, was: Part | None, tally: Tally) -> Iterator[None]:
        """Whatever keeps a file from being read is told of this file, and stops no other."""
        try:
            yield
        except (FileNotFoundError, _BeingWritten):
            tally.waiting.append(found.file)
        except PermissionError as bad:
            remedy = "give this account the right to read it"
            self._reject(found, was, CannotRead(f"{bad.strerror}", remedy), tally)
        except CannotRead as bad:
            if self._is_fresh(found) and format_of(found.path) not in (PARQUET, ARROW):
                tally.waiting.append(found.file)
            else:
                self._reject(found, was, bad, tally)
        except OSError as bad:
            raise Unreachable(f"cannot read {found.path}: {bad.strerror}; mend the disk") from bad

    def _looked_at(self, found: Found, was: Part | None, tally: Tally) -> _Fresh | None:
        """What must be read; None when the same bytes were read before, under whatever name."""
        path, content = self._whole(found)
        if was is not None and was.content == content and was.reason is None:
            self._note(found, was, was)
            self._pace.left(found)
            return None
        same = self._shelf.with_content(content)
        if same is None:
            small = found.size <= SMALL_BYTES and format_of(found.path) == PARQUET
            plain = not set("*?[") & set(str(path))
            return _Fresh(found=found, was=was, path=path, content=content, small=small and plain)
        self._note(found, same, was)
        self._pace.left(found)
        if was is None or was.content != content:
            tally.repeated.append(found.file)
            tally.touched(was)
        return None

    def _take_in(self, waiting: dict[str, _Fresh], tally: Tally) -> None:
        """Read all that waits: what is small and alike together, the rest one by one."""
        alone = list(waiting.values())
        waiting.clear()
        for files in self._alike(alone):
            try:
                self._read(files, tally)
            except (CannotRead, OSError):
                continue  # one of them is at fault: each is read by itself, and told
            alone = [one for one in alone if one not in files]
        for one in alone:
            with self._telling(one.found, one.was, tally):
                if one.path.stat().st_size == 0:
                    self._known(one, NO_ROWS, tally)
                else:
                    self._read([one], tally)

    def _alike(self, fresh: Sequence[_Fresh]) -> list[list[_Fresh]]:
        """Small Parquet files with the very same columns, in folders with the same keys."""
        small = {one.path: one for one in fresh if one.small}
        if len(small) < 2:
            return []
        try:
            columns = alike(self._engine, list(small))
        except CannotRead:
            return []
        together: dict[object, list[_Fresh]] = defaultdict(list)
        for path, schema in columns.items():
            together[schema, small[path].found.keys].append(small[path])
        return [files for files in together.values() if len(files) > 1]

    def _opened(self, files: Sequence[_Fresh]) -> Rows:
        if len(files) == 1:
            return self._one(files[0].found, files[0].path)
        found, paths = [one.found for one in files], [one.path for one in files]
        return opened_together(self._engine, found, paths, self._mapping, self._labels)

    def _read(self, files: Sequence[_Fresh], tally: Tally) -> None:
        grids = self._shelf.grids()
        with self._pace.within(sum(one.found.size for one in files)):
            lying = self._opened(files)
            missing = absent(self._engine.columns(lying.table), self._mapping)
            rows = taken(self._engine, lying)
            new = fitted(self._engine, rows, grids)
            found = profiled(self._engine, rows, grids | new, self._mapping)
        self._shelf.freeze(new)
        with self._shelf.together():
            for one in files:
                with self._telling(one.found, one.was, tally):
                    called = str(one.path) if len(files) > 1 else ALONE
                    read = found.get(called, NO_ROWS)
                    self._keep(one, read, called)
                    self._known(one, read, tally)
                    told = remarks(
                        self._engine, rows, called, read, self._mapping, self._clock.now()
                    )
                    self._remark(one, told, missing, tally)

    def _keep(self, one: _Fresh, read: Totals, called: str) -> None:
        if read.untimed * 2 > read.rows:
            raise CannotRead(
                f"{read.untimed} of {read.rows} rows have no time that can be read",
                "say under `log:` which column holds the time, and its unit",
            )
        own = isinstance(self._place, Path) and one.path == one.found.path
        if own and not _is_still(one.found):
            raise _BeingWritten
        into = self._shelf.incoming / "summary.parquet"
        said = {"file": one.found.file, "content": one.content, **read.said}
        self._engine.copy(of_file(called), into, said)
        self._shelf.keep(into, one.content)

    def _remark(
        self, one: _Fresh, said: Iterator[str], missing: Sequence[str], tally: Tally
    ) -> None:
        file, told = one.found.file, list(said)
        if missing:
            more = f" and {len(missing) - 8} more" if len(missing) > 8 else ""
            told.append(f"it has no column {', '.join(missing[:8])}{more}, which others have")
        if format_of(one.found.path) == CSV:
            told += told_of(header_of(one.path))
        tally.remarks += [f"{file}: {each}" for each in told]

    def _known(self, one: _Fresh, read: Totals, tally: Tally) -> None:
        part = Part(file="", folder="", identity="", settled=False, content=one.content,
                    rows=read.rows, first=read.first, last=read.last)  # fmt: skip
        self._note(one.found, part, one.was)
        first_time = one.was is None or one.was.content is None
        (tally.new if first_time else tally.changed).append(one.found.file)
        tally.rows += read.rows
        self._pace.read(one.found, read.rows)
        tally.touched(part, one.was)

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
        if written in (PARQUET, ARROW) or is_packed(path) or not self._is_fresh(found):
            digest = found.content or digest_of(path)
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
        read |= set(self._mapping.decisions.columns())
        used = [*(key for key in found.keys if key[0] in read), *key_of(self._labels)]
        if used:  # the same bytes in another folder are other rows when the folder names a version
            digest = sha256(f"{digest} {used}".encode()).hexdigest()
        return path, digest

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

    def _reject(self, found: Found, was: Part | None, bad: CannotRead, tally: Tally) -> None:
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
        self._pace.left(found)
        if was is None or was.reason != bad.reason or was.identity != found.identity:
            tally.rejected.append(unread(part))

    def _set_merged_aside(self, lying: set[str], tally: Tally) -> None:
        aside, known = self._shelf.aside(), self._shelf.parts()
        gone = [p for p in known.values() if p.file not in lying and p.file not in aside]
        young = [p for p in known.values() if p.file in {*tally.new, *tally.changed}]
        merged = [p for p in gone if p.rows and any(_covers(y, p) for y in young)]
        if merged and self._mapping.at is not None:
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
    return now == found.identity.partition(" ")[0]
