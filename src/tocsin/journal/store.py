"""The record: facts appended, all or nothing, durable when `append` returns, and provable.

SQLite commits entries, leaves and checkpoint together. On PostgreSQL entries become durable first
and enter the tree a moment later. A record whose tail does not match its checkpoint is not opened.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Select

from tocsin.facts import Access, Author, BrokenLog, Draft, Entry, Refused, Unreachable
from tocsin.facts.record import Signer, decode, prepare
from tocsin.facts.withheld import as_read_by
from tocsin.journal import leases, merkle, opening, schema, spans
from tocsin.journal.appender import Appender
from tocsin.journal.batch import Aside, Change
from tocsin.journal.database import Database
from tocsin.journal.erase import erased_fields
from tocsin.journal.faults import DiskFull
from tocsin.journal.integrate import Background, Integrator
from tocsin.journal.postgres import Postgres
from tocsin.journal.stored import StoredEntry, stored_entries
from tocsin.journal.tree import Nodes, Sign, Trunk, fetch_by, last_checkpoint
from tocsin.journal.writing import writes_to
from tocsin.world import Appended, Clock, Due, Grown, Ids, Lease, Work

NAME_LENGTH_MAX = 200
PAGE = 5_000


Allowed = Callable[[str, Sequence[Entry]], Collection[Access]]
"""Which labels may be read of a log, given the entries of it that were asked for."""


class Store:
    """The record behind the port `world.Journal`, with what proofs and exports need besides.

    Safe to use from many threads; not across a fork.
    """

    def __init__(
        self,
        database: Database,
        *,
        origin: str,
        clock: Clock,
        ids: Ids,
        sign_checkpoint: Sign,
        on_warning: Callable[[str], None],
        check_tail: bool = True,
    ) -> None:
        self.database = database
        self._origin, self.clock, self._ids, self._warn = origin, clock, ids, on_warning
        opening.opened(database, origin, check_tail=check_tail)
        self._trunk = Trunk(database, sign_checkpoint)
        self._integrator = Integrator(database, self._trunk)
        self._nodes = Nodes(self._fetch)
        self._appender: Appender[Change | Aside, object] = Appender(self._commit)
        self._background = Background(
            self._integrator, on_warning=on_warning, on_broken=self._found_broken
        )
        self._write = writes_to(database, self._trunk, self._background.committed)
        unchecked = BrokenLog("this record was opened to be looked at; nothing is written to it")
        self._broken: BrokenLog | None = None if check_tail else unchecked
        self._nodes_lock = threading.Lock()
        self._allowed: Allowed | None = None

    @property
    def origin(self) -> str:
        return self._origin

    @property
    def is_postgres(self) -> bool:
        """Whether the record lies on a PostgreSQL server."""
        return isinstance(self.database, Postgres)

    @property
    def journal_mode(self) -> str:
        """How SQLite makes commits atomic here, as it says itself; on a server, "server"."""
        return self.database.journal_mode

    def head(self, log: str) -> int:
        with self.database.peeking() as connection:
            return connection.scalar(schema.HEAD, {"log": log}) or 0

    def read(self, log: str, after: int = 0, limit: int | None = None) -> list[Entry]:
        place: dict[str, object] = {"log": log, "after": after}
        bodies, words = schema.BODIES, schema.DISCLOSURES
        if limit is not None:  # numbers have no gaps
            place["last"] = max(after, 0) + limit
            bodies, words = schema.BODIES_WITHIN, schema.DISCLOSURES_WITHIN
        with self.database.reading() as connection:
            beside = _disclosures(connection, words, place)
            rows = connection.execute(bodies, place).all()
        found = [decode(body, beside.get(id_, ())) for id_, body in rows]
        return found if self._allowed is None else as_read_by(found, self._allowed(log, found))

    def for_reader(self, allowed: Allowed) -> Store:
        """The same record as somebody sees it who may not read all of it. Writes go on as ever."""
        seen = copy.copy(self)
        seen._allowed = allowed
        return seen

    def logs(self, prefix: str = "") -> list[str]:
        span = {"prefix": prefix, "beyond": prefix + "\U0010ffff"}
        with self.database.reading() as connection:
            return [log for (log,) in connection.execute(schema.LOGS, span)]

    def grown(self, mark: int, prefix: str = "") -> Grown:
        found = self.database.since(mark) if mark > 0 else None
        if found is None:
            return self._all_heads(prefix)
        return found[0], {log: seq for log, seq in found[1].items() if log.startswith(prefix)}

    def _all_heads(self, prefix: str) -> Grown:
        mark = self.database.mark()  # before the look, which so sees all up to it
        span = {"prefix": prefix, "beyond": prefix + "\U0010ffff"}
        with self.database.peeking() as connection:
            rows = connection.execute(schema.HEADS, span).all()
        return mark, {log: head for log, head in rows}

    def append(
        self,
        log: str,
        expected_seq: int,
        drafts: Sequence[Draft],
        author: Author,
        *,
        client_key: str | None = None,
        work: Work | None = None,
        sign: Signer | None = None,
    ) -> Appended:
        now = self.clock.now()
        entries = prepare(
            log,
            expected_seq,
            drafts,
            author,
            now=now,
            salt=self._ids.salt,
            origin=self._origin,
            sign=sign,
        )
        return self.append_prepared(
            Change(
                log=log,
                expected_seq=expected_seq,
                entries=entries,
                client_key=client_key,
                work=work,
                now=now,
            )
        )

    def append_prepared(self, change: Change) -> Appended:
        """Write entries whose bytes are made already; else as `append`."""
        _check_name(change.log, "log")
        if change.client_key is not None:
            _check_name(change.client_key, "client key")
        for lease in (change.work.take, change.work.held) if change.work else ():
            if lease is not None and lease.log != change.log:
                raise Refused(f"a lease on {lease.log} cannot be used to append to {change.log}")
        answer = self._submit(change)
        assert isinstance(answer, Appended)
        return answer

    def due(self, now: datetime, limit: int, kinds: Collection[str] = ()) -> list[Due]:
        with self.database.peeking() as connection:
            return leases.due_now(connection, now, limit, kinds)

    def next_due(self) -> datetime | None:
        with self.database.peeking() as connection:
            return leases.next_due(connection)

    def renew(self, lease: Lease, until: datetime) -> Lease | None:
        answer = self._submit(
            Aside(logs=frozenset({lease.log}), run=lambda c: leases.renewed(c, lease, until))
        )
        assert answer is None or isinstance(answer, Lease)
        return answer

    def size(self) -> int:
        """How many entries the tree holds."""
        with self.database.reading() as connection:
            return last_checkpoint(connection)[0]

    def checkpoint(self) -> bytes | None:
        """The latest signed checkpoint; None when nothing was ever recorded."""
        with self.database.reading() as connection:
            found = connection.execute(schema.LAST_CHECKPOINT).first()
        return None if found is None else bytes(found.note)

    def checkpoint_at(self, size: int) -> bytes | None:
        """The checkpoint that was signed at exactly this size; None when none was."""
        with self.database.reading() as connection:
            note = connection.scalar(schema.NOTE_AT, {"size": size})
        return None if note is None else bytes(note)

    def root_at(self, size: int) -> bytes:
        """The root that the tree had at `size`. Raises ValueError beyond the present size."""
        self._check_size(size)
        with self._nodes_lock:
            return merkle.frontier_at(size, self._nodes).root()

    def position(self, log: str, seq: int) -> int | None:
        """The place of an entry in the tree, from 0; None while it has none."""
        with self.database.reading() as connection:
            return connection.scalar(schema.POSITION, {"log": log, "seq": seq})

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """The proof that leaf `index` is in the tree of `size`. Raises ValueError if not."""
        self._check_size(size)
        with self._nodes_lock:
            return merkle.inclusion_proof(index, size, self._nodes)

    def consistency(self, old: int, new: int) -> list[bytes]:
        """The proof that the tree of `new` only adds to that of `old`. Raises ValueError."""
        self._check_size(new)
        with self._nodes_lock:
            return merkle.consistency_proof(old, new, self._nodes)

    def stored(self, log: str) -> Iterator[StoredEntry]:
        """The entries of `log` as they lie in the record, in order; page by page, as `walk`."""
        return stored_entries(self.database, log)

    def walk(self, after_index: int = 0) -> Iterator[tuple[int, bytes, bytes]]:
        """(index, body, leaf hash) of all entries in the tree from `after_index`, inclusive.

        Page by page: it never holds up those who write, and needs little memory.
        """
        while True:
            with self.database.reading() as connection:
                page = spans.leaves(connection, after_index, after_index + PAGE)
            for leaf in page:
                if leaf.body is None:
                    raise BrokenLog(f"the entry at place {leaf.idx} of the tree is missing")
                yield leaf.idx, leaf.body, leaf.hash
            if len(page) < PAGE:
                return
            after_index = page[-1].idx + 1

    def unintegrated(self) -> int:
        """How many durable entries have no place in the tree yet."""
        with self.database.reading() as connection:
            return connection.scalar(schema.OUTSIDE_COUNT) or 0

    def integrate(self) -> int:
        """Give every durable entry its place in the tree, waiting for others who do; how many."""
        return self._integrator.integrate(wait=True)

    def put_cosignature(self, size: int, line: str) -> None:
        """Keep a witness's signature line over the checkpoint of this size. Repeatable."""

        def put(connection: Connection) -> None:
            if line not in connection.scalars(schema.COSIGNATURES, {"size": size}).all():
                connection.execute(schema.INSERT_COSIGNATURE, {"size": size, "line": line})

        self._submit(Aside(logs=frozenset({"cosignatures"}), run=put))

    def cosignatures(self, size: int) -> list[str]:
        """The witnesses' signature lines over the checkpoint of this size, sorted."""
        with self.database.reading() as connection:
            return list(connection.scalars(schema.COSIGNATURES, {"size": size}))

    def erase(self, log: str, seq: int, fields: Sequence[str]) -> int:
        """Destroy the words of these fields of an entry; how many were still there.

        The entry's body, its place in the tree and every proof remain. When this returns, the
        words are gone from the record's own files; see `scrub` of the engine for what else may
        hold them. May be repeated after a fault. The fact `Erased` is appended by the caller first.

        Raises:
            Refused: there is no such entry.
            Unreachable: the words are not (all) gone; erase again.
        """
        answer = self._submit(
            Aside(
                logs=frozenset({log}),
                run=lambda connection: erased_fields(connection, log, seq, frozenset(fields)),
            )
        )
        self.database.scrub()
        assert isinstance(answer, int)
        return answer

    def now_of_database(self) -> datetime:
        """The clock that all who write to this record share."""
        return self.database.now() or self.clock.now()

    def close(self) -> None:
        """Finish what waits, then let go of the record."""
        self._appender.close()
        self._background.stop()
        self.database.close()

    def _submit(self, what: Change | Aside) -> object:
        if self._broken is not None:
            raise self._broken
        return self._appender.submit(what)

    def _commit(self, changes: Sequence[Change | Aside]) -> Sequence[object]:
        try:
            return self._write(changes)
        except DiskFull:
            if not self.database.make_room():
                raise
            return self._write(changes)
        except BrokenLog:
            if len(changes) == 1:
                raise
            return [self._alone(change) for change in changes]

    def _alone(self, change: Change | Aside) -> object:
        try:
            return self._write([change])[0]
        except (BrokenLog, Unreachable) as bad:
            return bad

    def _found_broken(self, bad: BrokenLog) -> None:
        self._broken = bad
        self._warn(str(bad))

    def _fetch(self, level: int, first: int, beyond: int) -> list[tuple[int, bytes]]:
        with self.database.reading() as connection:
            return list(fetch_by(connection)(level, first, beyond))

    def _check_size(self, size: int) -> None:
        present = self.size()
        if not 0 <= size <= present:
            raise ValueError(f"the tree has {present} entries, so it has no size {size}")


def _disclosures(
    connection: Connection, words: Select[int, bytes], place: Mapping[str, object]
) -> dict[int, list[bytes]]:
    found: dict[int, list[bytes]] = {}
    for id_, body in connection.execute(words, place):
        found.setdefault(id_, []).append(body)
    return found


def _check_name(name: str, what: str) -> None:
    if not 0 < len(name) <= NAME_LENGTH_MAX or not name.isprintable():
        raise Refused(
            f"{name[:40]!r} cannot be the name of a {what}: "
            f"1 to {NAME_LENGTH_MAX} printable characters are needed"
        )


def open_store(
    where: Path | str,
    *,
    home: Path | None = None,
    origin: str,
    clock: Clock,
    ids: Ids,
    sign_checkpoint: Sign,
    on_warning: Callable[[str], None],
    create: bool = True,
    check_tail: bool = True,
) -> Store:
    """The record at `where`, with its tables up to date and its tail checked.

    Args:
        where: the file `journal.db` or its folder, or `postgresql://user@host/database`.
        home: the folder for the reserve of disk space, if not that of the file.
        sign_checkpoint: gives the signed note over a size and a root.
        create: on SQLite, make a record where there is none; else that is Refused.
        check_tail: False opens a record that may be broken, to look at it; nothing can be written.

    Raises:
        Unreachable: folder, file or server cannot be used; the message says why.
        Tampered: the record does not match its last checkpoint.
        BrokenLog: not a record, or one of a newer version.
    """
    return Store(
        opening.database_at(where, on_warning, create=create, home=home),
        origin=origin,
        clock=clock,
        ids=ids,
        sign_checkpoint=sign_checkpoint,
        on_warning=on_warning,
        check_tail=check_tail,
    )
