"""A witness: cosigns only records that grew consistently, and remembers before it answers.

It keeps, for each record that it knows, the largest tree that it has cosigned. Checking a tree
against that memory and replacing the memory are one transaction, on disk before the cosignature
leaves. A crash can thus lose an answer, never a memory: asking again is safe.

Source: C2SP tlog-witness (add-checkpoint), tlog-cosignature.
"""

from __future__ import annotations

import hashlib
import os
import platform
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from http import HTTPStatus
from pathlib import Path

import msgspec

from tocsin.facts import Refused, Tampered, Unreachable
from tocsin.facts.learned import learned
from tocsin.journal import merkle, note
from tocsin.journal.keys import LogKey
from tocsin.world import Clock

PROOF_LINES_MAX = 63
REQUEST_BYTES_MAX = note.NOTE_BYTES_MAX + PROOF_LINES_MAX * 45 + 32
SIZE_TYPE = "text/x.tlog.size"
PLAIN_TYPE = "text/plain; charset=utf-8"
_TABLES = """
create table if not exists log (origin text not null, vkey text not null,
                                primary key (origin, vkey)) without rowid;
create table if not exists head (origin text primary key, size integer not null,
                                 root blob not null) without rowid;
"""
_MACHINE_ID = ("/etc/machine-id", "/var/lib/dbus/machine-id")


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What the witness answers to a request."""

    status: HTTPStatus
    body: bytes
    content_type: str = PLAIN_TYPE


@learned
class About(msgspec.Struct, frozen=True, kw_only=True):
    """Who a witness is.

    Args:
        vkey: its verifier key for cosignatures.
        account: a mark of the machine and the account it runs under; see `account_mark`.
    """

    name: str
    vkey: str
    account: str


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """A request to cosign: the size the witness should know, and the proof of growth from it."""

    old: int
    proof: tuple[bytes, ...]
    checkpoint: note.Checkpoint


class _Rejected(Exception):
    def __init__(self, status: HTTPStatus, why: str, content_type: str = PLAIN_TYPE) -> None:
        super().__init__(why)
        self.answer = Answer(status=status, body=(why + "\n").encode(), content_type=content_type)


class Witness:
    """Cosigns consistent growth of the records that it was told of. Safe to use from many threads.

    Args:
        folder: holds `witness.key` and `witness.db`; both are made when they are absent.
        name: the name under which it signs, like a web address without a scheme.
    """

    def __init__(self, folder: Path, name: str, clock: Clock) -> None:
        self._clock, self._lock = clock, threading.Lock()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as bad:
            raise Unreachable(f"cannot make the witness's folder {folder}: {bad}") from None
        key_file = folder / "witness.key"
        self._key = (
            LogKey.load(key_file, name) if key_file.exists() else LogKey.create(key_file, name)
        )
        try:
            self._database = sqlite3.connect(
                folder / "witness.db", isolation_level=None, check_same_thread=False, timeout=10
            )
            self._database.execute("pragma journal_mode = delete")
            self._database.execute("pragma synchronous = extra")
            self._database.executescript(_TABLES)
        except sqlite3.Error as bad:
            raise Unreachable(f"the witness's memory {folder / 'witness.db'}: {bad}") from None

    @property
    def verifier(self) -> note.Verifier:
        """What checks this witness's cosignatures."""
        return note.Verifier(name=self._key.origin, public=self._key.public, kind=note.COSIGNATURE)

    def about(self) -> About:
        """Who this witness is."""
        return About(name=self._key.origin, vkey=self.verifier.text(), account=account_mark())

    def add_log(self, vkey: str) -> str:
        """Know a record from now on by this key, or by this further key. Gives its origin.

        Raises:
            Refused: not a record's verifier key.
        """
        try:
            key = note.parse_verifier(vkey)
        except ValueError as bad:
            raise Refused(f"not a record's verifier key: {bad}") from None
        if key.kind != note.ED25519:
            raise Refused("this is a witness's key; give the key of a record")
        with self._transaction() as database:
            database.execute("insert or ignore into log values (?, ?)", (key.name, vkey))
        return key.name

    def logs(self) -> dict[str, int]:
        """The records that it knows, with the size of the largest tree cosigned (0: none yet)."""
        with self._lock:
            rows = self._database.execute(
                "select distinct log.origin, coalesce(size, 0) from log "
                "left join head using (origin) order by 1"
            ).fetchall()
        return dict(rows)

    def add_checkpoint(self, body: bytes) -> Answer:
        """The answer to a request; a cosignature only if this tree adds to the one remembered."""
        try:
            submission = parse_submission(body)
        except ValueError as bad:
            return _Rejected(HTTPStatus.BAD_REQUEST, str(bad)).answer
        try:
            at = self._remembered_at(submission)
        except _Rejected as rejected:
            return rejected.answer
        except sqlite3.Error as bad:
            why = f"the witness cannot remember now: {bad}"
            return _Rejected(HTTPStatus.SERVICE_UNAVAILABLE, why).answer
        line = note.cosign(submission.checkpoint.note, self._key.origin, self._key.private, at)
        return Answer(status=HTTPStatus.OK, body=line.encode())

    def close(self) -> None:
        """Let go of the memory's file."""
        with self._lock:
            self._database.close()

    def _remembered_at(self, submission: Submission) -> datetime:
        head = submission.checkpoint
        with self._transaction() as database:
            known = database.execute("select vkey from log where origin = ?", (head.origin,))
            _check_signed(head, [note.parse_verifier(vkey) for (vkey,) in known])
            if submission.old > head.size:
                raise _Rejected(HTTPStatus.BAD_REQUEST, "the old size is beyond the new one")
            row = database.execute(
                "select size, root from head where origin = ?", (head.origin,)
            ).fetchone()
            size, root = row or (0, merkle.EMPTY_ROOT)
            _check_growth(submission, size, root)
            database.execute(
                "insert into head values (?, ?, ?) on conflict (origin) "
                "do update set size = excluded.size, root = excluded.root",
                (head.origin, head.size, head.root),
            )
            at = self._clock.now()  # no larger tree has been seen as of this instant
        return at

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._database.execute("begin immediate")
            try:
                yield self._database
                self._database.execute("commit")
            finally:
                if self._database.in_transaction:
                    self._database.execute("rollback")


def parse_submission(body: bytes) -> Submission:
    """The request that these bytes spell.

    Raises:
        ValueError: not one.
    """
    if len(body) > REQUEST_BYTES_MAX:
        raise ValueError("the request is larger than one can be")
    head, blank, checkpoint = body.partition(b"\n\n")
    lines = head.decode("ascii", "replace").split("\n")
    if not blank or not lines[0].startswith("old "):
        raise ValueError("a request is an old size, a proof, an empty line and a checkpoint")
    if len(lines) - 1 > PROOF_LINES_MAX:
        raise ValueError(f"a consistency proof has at most {PROOF_LINES_MAX} lines")
    return Submission(
        old=note.parse_size(lines[0].removeprefix("old ")),
        proof=tuple(map(note.parse_hash, lines[1:])),
        checkpoint=note.parse_checkpoint(checkpoint),
    )


def write_submission(old: int, proof: Sequence[bytes], checkpoint: bytes) -> bytes:
    """The bytes of a request to cosign `checkpoint`."""
    lines = [f"old {old}", *map(note.base64_text, proof)]
    return ("\n".join(lines) + "\n\n").encode("ascii") + checkpoint


def account_mark() -> str:
    """A mark that is equal for two processes under the same account of the same machine.

    A witness with our own mark guards against nothing that we do ourselves: it counts as none.
    """
    machine = platform.node()
    for place in _MACHINE_ID:
        try:
            machine = Path(place).read_text("ascii").strip() or machine
            break
        except (OSError, UnicodeDecodeError):
            continue
    text = f"tocsin account\n{machine}\n{os.getuid()}\n"
    return hashlib.sha256(text.encode()).hexdigest()


def _check_signed(head: note.Checkpoint, keys: Sequence[note.Verifier]) -> None:
    if not keys:
        raise _Rejected(HTTPStatus.NOT_FOUND, f"the record {head.origin} is not known here")
    signed = False
    for key in keys:
        try:
            signed = signed or key.signed(head.note)
        except ValueError:
            continue
    if not signed:
        raise _Rejected(HTTPStatus.FORBIDDEN, "no key known for this record signed this")


def _check_growth(submission: Submission, size: int, root: bytes) -> None:
    head = submission.checkpoint
    conflict = _Rejected(HTTPStatus.CONFLICT, str(size), SIZE_TYPE)
    if submission.old != size or (head.size == size and head.root != root):
        raise conflict
    try:
        merkle.check_consistency(size, head.size, root, head.root, submission.proof)
    except Tampered as bad:
        raise _Rejected(HTTPStatus.UNPROCESSABLE_ENTITY, str(bad)) from None
