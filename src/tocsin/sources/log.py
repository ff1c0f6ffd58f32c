"""The inference log of one system: read once, summarised by windows, and asked what was served."""

from __future__ import annotations

import hashlib
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TypeVar

import msgspec

from tocsin.facts import Refused, Unreachable
from tocsin.facts.affected import AffectedAsked, AffectedFound
from tocsin.facts.confusion import every_rate
from tocsin.facts.grids import Grid
from tocsin.facts.logs import LogMapping
from tocsin.facts.queries import QueryFound, QueryWanted
from tocsin.facts.summaries import Refreshed, Served, Unread, WindowSummary
from tocsin.sources import affected as touched
from tocsin.sources import query as by_hand
from tocsin.sources import windows as asked
from tocsin.sources.by_rows import begins
from tocsin.sources.columns import CannotRead
from tocsin.sources.database import database_of, is_url, stamp_of
from tocsin.sources.engine import Engine
from tocsin.sources.intake import Intake
from tocsin.sources.labels import labels_at
from tocsin.sources.pace import Told
from tocsin.sources.partitions import Found, place_of
from tocsin.sources.profile import PROFILE_VERSION, Rows, provenance
from tocsin.sources.shelf import Part, Shelf, unread
from tocsin.sources.texts import REPEATS
from tocsin.world import Clock

GRACE_SECONDS = 10.0
_Answer = TypeVar("_Answer")


class LogSource:
    """The port `Source` on a folder of files, with its summaries in `home/summaries/SYSTEM`.

    Nothing is opened or made before it is first asked.

    Args:
        place: a folder, a file or a pattern, absolute or below the home; or a database's URL.
        grace_seconds: a file that changed within so many is taken for one that is being written.
        folder: where its summaries are kept instead.
    """

    def __init__(
        self, system: str, place: str, home: Path, mapping: LogMapping, clock: Clock,
        *, grace_seconds: float = GRACE_SECONDS, folder: Path | None = None,
    ) -> None:  # fmt: skip
        self.system, self.mapping, self._home = system, mapping, home
        self._place = database_of(place) if is_url(place) else place_of(place, home)
        read_as = msgspec.structs.replace(mapping, watched=None)
        digest = hashlib.sha256(
            msgspec.json.encode((PROFILE_VERSION, read_as), order="deterministic")
        ).hexdigest()
        self._folder = (folder or home / "summaries" / system) / digest[:12]
        self._clock, self._grace = clock, grace_seconds
        self._turn, self._reads = threading.RLock(), False

    def refresh(self, told: Told | None = None) -> Refreshed:
        """Read what is new or another in the log, once.

        Args:
            told: takes how far it is: bytes read, bytes to read, rows read.

        Raises:
            Unreachable: the log's folder cannot be listed, or the summaries cannot be kept.
        """
        self._reads = True
        with self.alone():
            stamp = None  # of a database whose rows alone are the log
            if not isinstance(self._place, Path) and self.mapping.labels is None:
                stamp = stamp_of(self._place)
            if stamp is not None and stamp == self._shelf.stamp:
                return Refreshed()
            found = self._intake.refreshed(told)
            self._shelf.stamp = stamp
            return found

    def count_as(self, other: LogSource) -> None:
        """Count numbers on the grids of another log, so that the two can be compared bucket by
        bucket. Grids that are frozen here already stay; call it before the first `refresh`."""
        grids = other.grids()
        with self.alone():
            self._shelf.freeze(grids)

    def grids(self) -> dict[str, Grid]:
        """The grids on which its numbers are counted, by column."""
        with self.alone():
            return self._shelf.grids()

    def contents(self) -> frozenset[str]:
        """The digests of all contents that count."""
        with self.alone():
            return frozenset(part.content for part in self._shelf.counted() if part.content)

    def windows(self, since: datetime | None = None) -> Sequence[WindowSummary]:
        """All windows that end after `since`, the shorter first where they end together."""
        with self.alone() as engine:
            from_ = None if since is None else asked.microseconds(since)
            parts = self._counted(asked.reaches_back(from_, self.mapping))
            return self._asked(
                lambda: asked.windows(engine, self._paths(parts), self.mapping, from_)
            )

    def evidence(self, since: datetime, until: datetime) -> bytes:
        """The summaries of all windows that lie in this span in part, as one Parquet file."""
        return self.summaries(since, until)[0]

    def summaries(self, since: datetime, until: datetime) -> tuple[bytes, int]:
        """The same, and of how many windows they are."""
        with self.alone() as engine:
            parts = self._counted(
                asked.reaches_back(asked.microseconds(since), self.mapping),
                asked.microseconds(until),
            )
            into = self._shelf.incoming / "evidence.parquet"
            said = {
                "system": self.system,
                **provenance(self._shelf.grids(), self.mapping),
                "files": "\n".join(sorted(f"{p.content}  {p.file}" for p in parts)),
            }
            count = self._asked(
                lambda: asked.bound(engine, self._paths(parts), since, until, into, said)
            )
            return into.read_bytes(), count

    def served(self, rate: str, since: datetime) -> Served:
        """What was served at `since` or later, and how many of it count for this rate.

        Raises:
            Refused: the log tells no time, or has no such rate, or none that can be told of a row
                by itself.
        """
        if self.mapping.at is None:
            raise Refused(
                f"the log of {self.system} tells no time, so nobody can say what it holds since "
                "an instant; say under `log:` which column is the time"
            )
        drawn = (name for name in self.mapping.texts.rates if name not in REPEATS)
        rates = dict.fromkeys((*every_rate(self.mapping), *drawn))
        if rate not in rates:
            known = ", ".join(rates) or "none"
            raise Refused(f"the log of {self.system} has no rate {rate!r}; it has: {known}")
        with self.alone() as engine:
            self._intake.refreshed()
            tables = self.rows_since(since)
            return self._asked(lambda: asked.served(engine, tables, rate, since))

    def last_rows(self, count: int, until: datetime) -> tuple[list[dict[str, object]], int]:
        """The last rows up to an instant as they stand in the log, the oldest first, and how many
        the log holds."""
        with self.alone() as engine:
            to = asked.microseconds(until)
            if self.mapping.at is None:
                return self._last_by_rows(count, to)
            parts = sorted(self.lying(None), key=lambda lies: -(lies[0].last or 0))
            newest = list[asked.Dated]()
            for part, found in parts:
                if len(newest) >= count and (part.last or 0) < newest[-1][0]:
                    break
                rows = self._asked(partial(self._intake.whole_and_open, found))
                newest += self._asked(partial(asked.newest, engine, rows, count, to))
                newest = sorted(newest, key=lambda dated: -dated[0])[:count]
            return [row for _, row in reversed(newest)], sum(part.rows for part, _ in parts)

    def affected(self, question: AffectedAsked, into: Path) -> AffectedFound:
        """Write the decisions that were asked for to a file, in order of time.

        Raises:
            Unreachable: a part of the log, or a column that is needed, cannot be read.
        """
        with self.alone() as engine:
            self._intake.refreshed()
            first, end = asked.microseconds(question.since), asked.microseconds(question.until)
            kept = self._counted(first, end)
            moved = begins(kept, self.mapping) if self.mapping.at is None else {}
            there = {part.content: found for part, found in self.lying(None)}
            parts = [
                touched.Lying(
                    rows=self._asked(partial(self._intake.whole_and_open, found)),
                    file=part.file,
                    content=part.content or "",
                    moved=moved.get(part.content or "", 0),
                )
                for part in {part.content: part for part in reversed(kept)}.values()
                if (found := there.get(part.content)) is not None
            ]
            aside = self._shelf.incoming
            listed = self._asked(
                lambda: touched.listed(engine, parts, question, self.mapping, aside, into)
            )
            gone = touched.gone([part for part in kept if part.content not in there])
            changed = self._asked(lambda: touched.changed(engine, question.sealed, kept, aside))
            return msgspec.structs.replace(listed, untold=(*listed.untold, *gone, *changed))

    def answer(self, wanted: QueryWanted, into: Path) -> QueryFound:
        """Write what the log's files answer to a person's own SELECT.

        Raises:
            Refused: not one SELECT, or it takes more time, memory or room than allowed.
            Unreachable: the log's folder cannot be listed.
        """
        by_hand.check_text(wanted)
        with tempfile.TemporaryDirectory(prefix="tocsin-query-") as folder:
            aside, untold = Path(folder), list[str]()
            lying = list[by_hand.Lying]()
            with self.alone():
                for found in self._intake.partitions():
                    try:
                        lying.append(self._intake.as_it_lies(found, aside))
                    except CannotRead as bad:
                        untold.append(f"{found.file} was not asked: {bad.reason}")
            return by_hand.asked(lying, wanted, aside, into, untold)

    def _last_by_rows(self, count: int, to: int) -> tuple[list[dict[str, object]], int]:
        """As `last_rows`, where the files' names alone say which rows are the last."""
        parts = sorted(self.lying(None), key=lambda lies: lies[0].file, reverse=True)
        newest = list[dict[str, object]]()
        for _, found in parts:
            if len(newest) < count:
                rows = self._asked(partial(self._intake.whole_and_open, found))
                wanted = count - len(newest)
                dated = self._asked(partial(asked.newest, self._engine, rows, wanted, to))
                newest += [row for _, row in dated]
        return newest[::-1], sum(part.rows for part, _ in parts)

    def unread(self) -> list[Unread]:
        """All partitions that cannot be read as they are now, by name.

        One that was taken away is none: it was told when it was met, and nobody can mend it.
        """
        with self.alone():
            there = {found.file for found in self._intake.partitions()}
            parts = self._shelf.parts().values()
            return [unread(part) for part in parts if part.reason and part.file in there]

    def rows_since(self, since: datetime | None) -> list[Rows]:
        """The partitions that may hold rows at or after an instant and lie in the log now."""
        kept = self.lying(None if since is None else asked.microseconds(since))
        return self._asked(lambda: [self._intake.whole_and_open(found) for _, found in kept])

    def lying(self, since: int | None) -> list[tuple[Part, Found]]:
        """The partitions that may hold rows at or after a microsecond, each content once."""
        there = {found.file: found for found in self._intake.partitions()}
        parts = (p for p in self._shelf.counted(since) if p.file in there and p.reason is None)
        return list({part.content: (part, there[part.file]) for part in parts}.values())

    @contextmanager
    def alone(self) -> Iterator[Engine]:
        """The engine, for as long as nobody else reads this log."""
        with self._turn, self._shelf.turn():
            yield self._engine

    def close(self) -> None:
        for opened in ("_engine", "_shelf"):
            if opened in self.__dict__:
                getattr(self, opened).close()

    @cached_property
    def _shelf(self) -> Shelf:
        return Shelf(self._folder)

    @cached_property
    def _engine(self) -> Engine:
        return Engine(self._shelf.spill)

    @cached_property
    def _intake(self) -> Intake:
        mapping = labels_at(self.mapping, self._home)
        return Intake(self._place, self._shelf, self._engine, mapping, self._clock, self._grace)

    def _counted(self, since: int | None, until: int | None = None) -> list[Part]:
        """The parts that may hold rows of a span; all of them where the log tells no time."""
        by_rows = self.mapping.at is None
        return self._shelf.counted() if by_rows else self._shelf.counted(since, until)

    def _paths(self, parts: Sequence[Part]) -> asked.Paths:
        if self.mapping.at is None:
            moved = begins(parts, self.mapping)
            return {self._shelf.checked(content): by for content, by in moved.items()}
        contents = dict.fromkeys(part.content for part in parts if part.content is not None)
        return [self._shelf.checked(content) for content in contents]

    def _asked(self, ask: Callable[[], _Answer]) -> _Answer:
        try:
            return ask()
        except (CannotRead, OSError) as bad:
            if not self._reads:  # nobody makes them again: without them it would be another log
                raise Unreachable(f"cannot read {self._folder.parent}: {bad}") from bad
            lost = self._shelf.forget_lost()
            more = f"{lost} summaries are lost and will be made again; " if lost else ""
            raise Unreachable(
                f"cannot read the log of {self.system}: {bad}; {more}look again"
            ) from bad
