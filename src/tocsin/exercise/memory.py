"""A record and a vault in memory, with the semantics of the real ones: for drills and for tests.

Every fact goes through the same preparation and decoding as on disk, so that types, sizes, instants
and asserters are held. What is missing is what memory cannot give: durability, and a signed tree.
"""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from typing import BinaryIO

import msgspec

from tocsin.facts import Author, Conflict, Draft, Entry, LeaseLost, Refused
from tocsin.facts.custody import Fixity
from tocsin.facts.record import Signer, decode, prepare
from tocsin.world import Appended, Clock, Due, Grown, Ids, Lease, State, Stored, Work

NAME_LENGTH_MAX = 200


class _Piece(msgspec.Struct, frozen=True, kw_only=True):
    at: datetime
    fence: int
    lease: Lease | None = None  # the newest one, also when it has run out


class MemoryJournal:
    """The whole of `world.Journal`, as long as the process lives. Threads may share it.

    An entry's state is DURABLE as far as this world goes; nothing here is ever INTEGRATED.
    """

    def __init__(self, clock: Clock, ids: Ids, origin: str = "exercise.invalid") -> None:
        self._clock, self._ids, self._origin = clock, ids, origin
        self._entries: dict[str, list[Entry]] = {}
        self._order: list[str] = []  # the log of every entry, in the order of their recording
        self._answers: dict[tuple[str, str], Appended] = {}
        self._pieces: dict[tuple[str, str], _Piece] = {}
        self._fences: dict[tuple[str, str], int] = {}  # outlives the piece: no fence is reused
        self._lock = threading.RLock()

    @property
    def origin(self) -> str:
        return self._origin

    def head(self, log: str) -> int:
        with self._lock:
            return len(self._entries.get(log, ()))

    def read(self, log: str, after: int = 0, limit: int | None = None) -> list[Entry]:
        with self._lock:
            first = max(after, 0)
            last = None if limit is None else first + limit
            return self._entries.get(log, [])[first:last]

    def logs(self, prefix: str = "") -> list[str]:
        with self._lock:
            return sorted(log for log in self._entries if log.startswith(prefix))

    def grown(self, mark: int, prefix: str = "") -> Grown:
        with self._lock:
            logs = {log for log in self._order[mark:] if log.startswith(prefix)}
            return len(self._order), {log: len(self._entries[log]) for log in sorted(logs)}

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
        _check_names(log, client_key, work)
        with self._lock:
            first = self._answers.get((log, client_key)) if client_key is not None else None
            if first is not None:
                return msgspec.structs.replace(first, repeated=True)
            if self.head(log) != expected_seq:
                raise Conflict(log, expected_seq, self.head(log))
            now = self._clock.now()
            pieces = self._pieces_after(log, work or Work(), now)
            entries = self._prepared(log, expected_seq, drafts, author, now, sign)
            if entries:
                self._entries.setdefault(log, []).extend(entries)
                self._order += [log] * len(entries)
            self._pieces = pieces
            if work is not None and work.take is not None:
                self._fences[work.take.log, work.take.key] = work.take.fence
            answer = Appended(
                log=log,
                first_seq=expected_seq + 1,
                last_seq=expected_seq + len(entries),
                state=State.DURABLE,
                repeated=False,
            )
            if client_key is not None:
                self._answers[log, client_key] = answer
            return answer

    def due(self, now: datetime, limit: int, kinds: Collection[str] = ()) -> list[Due]:
        with self._lock:
            free = sorted(
                (piece.at, place)
                for place, piece in self._pieces.items()
                if piece.at <= now
                and not _is_held(piece, now)
                and (not kinds or place[1].partition("/")[0] in kinds)
            )
            return [self._due(place) for _, place in free[:limit]]

    def next_due(self) -> datetime | None:
        with self._lock:
            return min((_free_from(piece) for piece in self._pieces.values()), default=None)

    def renew(self, lease: Lease, until: datetime) -> Lease | None:
        with self._lock:
            place = (lease.log, lease.key)
            if not self._is_newest(lease):
                return None
            prolonged = msgspec.structs.replace(lease, until=until)
            self._pieces[place] = msgspec.structs.replace(self._pieces[place], lease=prolonged)
            return prolonged

    def _due(self, place: tuple[str, str]) -> Due:
        piece = self._pieces[place]
        holder = piece.lease.holder if piece.lease else None
        return Due(log=place[0], key=place[1], at=piece.at, fence=piece.fence, last_holder=holder)

    def _prepared(
        self,
        log: str,
        after_seq: int,
        drafts: Sequence[Draft],
        author: Author,
        now: datetime,
        sign: Signer | None,
    ) -> list[Entry]:
        prepared = prepare(
            log,
            after_seq,
            drafts,
            author,
            now=now,
            salt=self._ids.salt,
            origin=self._origin,
            sign=sign,
        )
        return [decode(one.body, one.disclosures) for one in prepared]

    def _pieces_after(self, log: str, work: Work, now: datetime) -> dict[tuple[str, str], _Piece]:
        if work.held is not None and not self._is_newest(work.held):
            raise LeaseLost(_lost(work.held))
        pieces = dict(self._pieces)
        if work.take is not None:
            place = (work.take.log, work.take.key)
            pieces[place] = _taken(pieces.get(place), work.take, now)
        if work.due is None:
            return pieces
        kept = {place: piece for place, piece in pieces.items() if place[0] != log}
        for key, at in work.due.items():
            place = (log, key)
            old = pieces.get(place, _Piece(at=at, fence=self._fences.get(place, 0)))
            kept[place] = msgspec.structs.replace(old, at=at)
        return kept

    def _is_newest(self, lease: Lease) -> bool:
        piece = self._pieces.get((lease.log, lease.key))
        return (
            piece is not None
            and piece.lease is not None
            and (piece.fence, piece.lease.holder) == (lease.fence, lease.holder)
        )


class MemoryVault:
    """The whole of `world.Vault`. `contents` is the evidence by digest, open to a test's hand."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}

    def put(self, source: BinaryIO) -> Stored:
        data = source.read()
        digest = hashlib.sha256(data).hexdigest()
        self.contents.setdefault(digest, data)
        return Stored(digest=digest, size=len(data))

    def open(self, digest: str) -> BinaryIO:
        return io.BytesIO(self._found(digest))

    def check(self, digest: str, read: Callable[[int], None] | None = None) -> Fixity:
        if digest not in self.contents:
            return Fixity.ABSENT
        if read is not None:
            read(len(self.contents[digest]))
        found = hashlib.sha256(self.contents[digest]).hexdigest()
        return Fixity.INTACT if found == digest else Fixity.ALTERED

    def digests(self) -> Iterator[str]:
        return iter(sorted(self.contents))

    def delete(self, digest: str, *, held_by: Sequence[str]) -> None:
        self._found(digest)
        if held_by:
            raise Refused(
                f"evidence {digest[:12]} is on hold ({', '.join(held_by)}); release the hold first"
            )
        del self.contents[digest]

    def _found(self, digest: str) -> bytes:
        if digest not in self.contents:
            raise Refused(f"no evidence {digest[:12]} in the vault; list what is there")
        return self.contents[digest]


def _check_names(log: str, client_key: str | None, work: Work | None) -> None:
    for name in (log, log if client_key is None else client_key):
        if not 0 < len(name) <= NAME_LENGTH_MAX or not name.isprintable():
            raise Refused(
                f"{name[:40]!r} cannot be the name of a log or client key: "
                f"1 to {NAME_LENGTH_MAX} printable characters are needed"
            )
    for lease in (work.take, work.held) if work else ():
        if lease is not None and lease.log != log:
            raise Refused(f"a lease on {lease.log} cannot be used to append to {log}")


def _taken(piece: _Piece | None, lease: Lease, now: datetime) -> _Piece:
    if piece is None or piece.fence != lease.fence - 1 or _is_held(piece, now):
        raise LeaseLost(_lost(lease))
    return msgspec.structs.replace(piece, fence=lease.fence, lease=lease)


def _is_held(piece: _Piece, now: datetime) -> bool:
    return piece.lease is not None and piece.lease.until > now


def _free_from(piece: _Piece) -> datetime:
    return piece.at if piece.lease is None else max(piece.at, piece.lease.until)


def _lost(lease: Lease) -> str:
    return (
        f"{lease.log}: {lease.holder} does not hold {lease.key} (claim {lease.fence}); "
        "another worker has it, or it is finished: record nothing and look again"
    )
