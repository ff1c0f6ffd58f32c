"""Asks a witness to cosign our record, and believes only what its pinned key signed.

A witness that remembers a larger or a different tree is the alarm this is for: that is Tampered.

Source: C2SP tlog-witness.
"""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from datetime import datetime
from http import HTTPStatus
from typing import Protocol
from urllib.parse import urlsplit

import msgspec

from tocsin.facts import Refused, Tampered, Unreachable
from tocsin.journal import note
from tocsin.journal.witness import About, account_mark, write_submission

ANSWER_BYTES_MAX = 64 * 1024
ROUNDS_MAX = 5


class Grown(Protocol):
    """What is asked of the record: its checkpoint, and proof of growth between two sizes."""

    def checkpoint(self) -> bytes | None: ...
    def consistency(self, old: int, new: int) -> list[bytes]: ...


class Cosigned(msgspec.Struct, frozen=True, kw_only=True):
    """A witness saw our tree at this size and root.

    Args:
        vkey: the witness's verifier key.
        line: its signature line, to be kept with the checkpoint.
        at: by the witness's clock.
        independent: False when it runs under our own account: then it guards against nothing.
    """

    witness: str
    vkey: str
    size: int
    root: bytes
    line: str
    at: datetime
    independent: bool


class RolledBack(Tampered):
    """The witness has seen more entries of this record than are here.

    Args:
        witness: the name under which it signs.
        seen: how many entries it has seen; `here` is how many there are.
    """

    def __init__(self, witness: str, url: str, seen: int, here: int) -> None:
        super().__init__(
            f"the witness at {url} has seen {seen} entries of this record, but only {here} are "
            "here: entries were lost, or an old copy was put back"
        )
        self.witness, self.seen, self.here = witness, seen, here


class Rewritten(Tampered):
    """The witness remembers other entries than those that are here."""

    def __init__(self, witness: str, url: str, what: str) -> None:
        super().__init__(f"the witness at {url} remembers {what}")
        self.witness = witness


class _Reply(msgspec.Struct, frozen=True, kw_only=True):
    status: int
    content_type: str
    body: bytes


class WitnessClient:
    """Speaks with the witness at one address.

    Args:
        url: its submission prefix, http or https.
        vkey: the witness's verifier key, brought from elsewhere. None: believe the one it tells,
            which is right only when the witness is met for the first time.
    """

    def __init__(self, url: str, vkey: str | None = None, *, seconds_max: float = 10) -> None:
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc:
            raise Refused(f"{url} is not the http or https address of a witness")
        self._url, self._vkey, self._seconds = url.rstrip("/"), vkey, seconds_max

    def about(self) -> About:
        """Who the witness says it is.

        Raises:
            Unreachable: no answer, or not that of a witness.
            Tampered: its key is not the pinned one.
        """
        reply = self._ask("/about", None)
        try:
            about = msgspec.json.decode(reply.body, type=About)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise Unreachable(f"{self._url}/about is not the answer of a witness") from None
        if self._vkey is not None and about.vkey != self._vkey:
            raise Tampered(f"the witness at {self._url} has another key than the one you trust")
        return about

    def cosign(self, record: Grown) -> Cosigned:
        """The witness's cosignature on the record's latest checkpoint.

        Raises:
            Refused: nothing to cosign yet, or the witness does not know this record.
            Unreachable: no usable answer. Ask again later.
            Tampered: the witness remembers another record than the one we have.
        """
        about, verifier = self._who()
        signed, head = _head(record)
        while True:
            try:
                line = self._submit(record, signed, head, verifier.name)
                break
            except RolledBack:
                # Another process may have let it see what was recorded since we looked.
                before = head.size
                signed, head = _head(record)
                if head.size <= before:
                    raise
        try:
            lines = line.splitlines(keepends=True)
            answered = note.parse_note(note.with_signatures(signed, lines))
            seen = _by(about, verifier, answered, head)
        except ValueError as bad:
            raise Unreachable(
                f"the witness at {self._url} sent no valid cosignature: {bad}"
            ) from None
        if seen is None:
            raise Unreachable(
                f"the witness at {self._url} did not sign size {head.size} with its key"
            )
        return seen

    def cosigned_before(self, head: note.Checkpoint) -> Cosigned | None:
        """The witness's cosignature that stands under this checkpoint already; None if none does.

        Raises:
            Unreachable: the witness did not say which key is its own.
            Tampered: a line that claims to be by it does not hold, or its key is not as pinned.
        """
        about, verifier = self._who()
        try:
            return _by(about, verifier, head.note, head)
        except ValueError as bad:
            raise Tampered(f"under the checkpoint of size {head.size} {bad}") from None

    def _who(self) -> tuple[About, note.Verifier]:
        about = self.about()
        try:
            return about, note.parse_verifier(about.vkey)
        except ValueError as bad:
            raise Unreachable(f"the witness at {self._url} shows an unusable key: {bad}") from None

    def _submit(self, record: Grown, signed: bytes, head: note.Checkpoint, witness: str) -> str:
        old = 0
        for _ in range(ROUNDS_MAX):
            proof = record.consistency(old, head.size)
            reply = self._ask("/add-checkpoint", write_submission(old, proof, signed))
            if reply.status == HTTPStatus.OK:
                return reply.body.decode("utf-8", "replace")
            if reply.status != HTTPStatus.CONFLICT:
                raise self._error(reply, head, witness)
            known = _size(reply)
            if known > head.size:
                raise RolledBack(witness, self._url, known, head.size)
            if known == old:
                what = f"other entries at size {known}: the record was rewritten"
                raise Rewritten(witness, self._url, what)
            old = known
        raise Unreachable(f"the witness at {self._url} changes faster than it can be asked")

    def _error(self, reply: _Reply, head: note.Checkpoint, witness: str) -> Exception:
        said = reply.body.decode("utf-8", "replace").strip()[:200]
        match reply.status:
            case HTTPStatus.NOT_FOUND:
                return Refused(
                    f"the witness at {self._url} does not know {head.origin}; its operator must "
                    "add this record's verifier key"
                )
            case HTTPStatus.FORBIDDEN:
                return Refused(
                    f"the witness at {self._url} knows {head.origin} under another key; after a "
                    "key rotation its operator must add the new verifier key"
                )
            case HTTPStatus.UNPROCESSABLE_ENTITY:
                return Rewritten(witness, self._url, f"another record: {said}")
        return Unreachable(f"the witness at {self._url} answered {reply.status}: {said}")

    def _ask(self, path: str, body: bytes | None) -> _Reply:
        request = urllib.request.Request(self._url + path, data=body)
        request.add_header("Content-Type", "application/octet-stream")
        try:
            try:
                with urllib.request.urlopen(request, timeout=self._seconds) as answer:
                    return _reply(answer.status, answer)
            except urllib.error.HTTPError as answer:
                with answer:
                    return _reply(answer.code, answer)
        except (OSError, http.client.HTTPException, ValueError) as bad:
            raise Unreachable(f"witness did not answer at {self._url}: {bad}") from None


def _head(record: Grown) -> tuple[bytes, note.Checkpoint]:
    signed = record.checkpoint()
    if signed is None:
        raise Refused("the record has no checkpoint yet; there is nothing to witness")
    return signed, note.parse_checkpoint(signed)


class _Readable(Protocol):
    @property
    def headers(self) -> object: ...
    def read(self, amount: int = ...) -> bytes: ...


def _reply(status: int, answer: _Readable) -> _Reply:
    get = getattr(answer.headers, "get", None)
    kind = str(get("Content-Type", "")) if callable(get) else ""
    return _Reply(status=status, content_type=kind, body=answer.read(ANSWER_BYTES_MAX))


def _size(reply: _Reply) -> int:
    try:
        return note.parse_size(reply.body.decode("ascii").removesuffix("\n"))
    except ValueError as bad:
        raise Unreachable(f"the witness did not say which size it knows: {bad}") from None


def _by(
    about: About, verifier: note.Verifier, signed: note.Note, head: note.Checkpoint
) -> Cosigned | None:
    """What this witness's line under the note says, alone; lines of unknown keys are dropped.

    Raises:
        ValueError: a line claims to be by it, and does not hold.
    """
    at = verifier.cosigned_at(signed)
    if at is None or signed.text != head.note.text:
        return None
    mine = [s for s in signed.signatures if s.key_id == verifier.key_id]
    return Cosigned(
        witness=verifier.name,
        vkey=about.vkey,
        size=head.size,
        root=head.root,
        line=mine[-1].line(),
        at=at,
        independent=about.account != account_mark(),
    )
