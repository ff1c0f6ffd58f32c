"""How a fact becomes the bytes of an entry, and how those bytes become a fact again.

The body of an entry is canonical JSON. Fields typed `Words`, and every field of a fact that only
counsel or the board may read, stand in the body only as salted digests; their disclosures lie
beside it and can be withheld or destroyed. The body, and so the tree above it, never changes.

Source: RFC 9901 (SD-JWT) 4.2 for disclosures and their digests; RFC 6962 2.1 for the leaf hash.
"""

from __future__ import annotations

import base64
import hashlib
from binascii import b2a_base64
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, get_type_hints

import msgspec

from tocsin.facts.canonical import INTEGER_MAX, Json, encode_unchecked
from tocsin.facts.entry import Author, Draft, Entry, Gone, Unreadable
from tocsin.facts.errors import BrokenLog, Refused
from tocsin.facts.kinds import Access, Kind
from tocsin.facts.learned import learned
from tocsin.facts.union import KINDS, Fact

BODY_VERSION = 1
BODY_BYTES_MAX = 64 * 1024
CLOCK_TOLERANCE = timedelta(minutes=5)
DIGEST_LENGTH = 43  # 32 bytes in base64 without padding
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
GONE_WORDS = {Gone.ERASED: "[erased]", Gone.WITHHELD: "[withheld]"}

for _kind in KINDS.values():
    learned(_kind)

Signer = Callable[[bytes], str]
"""Gives the armoured SSH signature over a statement."""


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """An entry ready to be stored: its bytes, the disclosures beside them and its leaf hash."""

    log: str
    seq: int
    body: bytes
    disclosures: tuple[bytes, ...]
    leaf: bytes


@learned
class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the bytes of an entry say, before its fact is read and words are put back into it.

    Args:
        sd: the digests of its disclosures, sorted.
    """

    access: Access
    author: Author
    fact: dict[str, Any]
    happened_at: datetime
    log: str
    recorded_at: datetime
    sd: list[str]
    seq: int
    v: int


def leaf_hash(body: bytes) -> bytes:
    """The hash under which a body stands in the tree. Source: RFC 6962 2.1."""
    return hashlib.sha256(b"\x00" + body).digest()


def prepare(
    log: str,
    after_seq: int,
    drafts: Sequence[Draft],
    author: Author,
    *,
    now: datetime,
    salt: Callable[[], str],
    origin: str = "",
    sign: Signer | None = None,
) -> list[Prepared]:
    """The entries that would follow entry `after_seq` of `log`; nothing is written.

    Args:
        now: the instant of recording, zone-aware.
        salt: gives 128 random bits as text, anew at each call.
        origin: the record's name, so that a signature is good for this record alone.
        sign: signs each entry for the author, where the proof is a signature.

    Raises:
        Refused: naive or future instant, wrong author for a kind, over-size, or wrong types.
    """
    return [
        _prepare_one(log, after_seq + place, draft, author, now, salt, origin, sign)
        for place, draft in enumerate(drafts, start=1)
    ]


def _prepare_one(
    log: str,
    seq: int,
    draft: Draft,
    author: Author,
    now: datetime,
    salt: Callable[[], str],
    origin: str,
    sign: Signer | None,
) -> Prepared:
    fact = draft.fact
    kind = _kind_of(fact)
    happened_at = _utc(draft.happened_at, kind)
    if happened_at > now + CLOCK_TOLERANCE:
        raise Refused(
            f"{kind}: happened_at {happened_at.isoformat()} lies in the future "
            f"(now is {now.isoformat()}); give the instant at which it was true"
        )
    if author.kind not in fact.asserted_by:
        may = ", ".join(sorted(a.value for a in fact.asserted_by))
        raise Refused(f"{kind} may be asserted by {may}; {author.who} is a {author.kind.value}")
    fields = _checked_fields(fact, kind)
    hidden = _hidden_fields(type(fact), draft.access)
    disclosures = tuple(_disclosure(salt(), name, fields.pop(name), kind) for name in hidden)
    body: dict[str, object] = {
        "access": draft.access.value,
        "author": msgspec.to_builtins(author),
        "fact": fields,
        "happened_at": happened_at,
        "log": log,
        "recorded_at": now.astimezone(UTC),
        "sd": sorted(disclosure_digest(d) for d in disclosures),
        "seq": seq,
        "v": BODY_VERSION,
    }
    data = _encode(body, kind)
    if sign is not None:
        signed = msgspec.structs.replace(author, signature=sign(_for_record(origin, data)))
        data = _encode({**body, "author": msgspec.to_builtins(signed)}, kind)
    size = len(data) + sum(map(len, disclosures))
    if size > BODY_BYTES_MAX:
        raise Refused(
            f"{kind}: {size} bytes, but a fact may have {BODY_BYTES_MAX}; "
            "put large things into the vault and name them by their digest"
        )
    return Prepared(log=log, seq=seq, body=data, disclosures=disclosures, leaf=leaf_hash(data))


def statement(body: bytes, origin: str) -> bytes:
    """What the author's signature covers: a line with the record's name, and the body with an empty
    place for the signature. So it is good for no other record, place or instant.
    """
    value = msgspec.json.decode(body)
    value["author"]["signature"] = None
    return _for_record(origin, encode_unchecked(value))


def _for_record(origin: str, unsigned: bytes) -> bytes:
    return origin.encode() + b"\n" + unsigned


def decode(body: bytes, disclosures: Iterable[bytes] = (), *, absent: Gone = Gone.ERASED) -> Entry:
    """The entry that `body` and those of its disclosures that are still there describe.

    Args:
        absent: why a missing disclosure is missing, as far as the caller knows.

    Raises:
        BrokenLog: not an entry, or a disclosure that this body does not list.
    """
    try:
        read = msgspec.json.decode(body, type=Body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as bad:
        raise BrokenLog(f"not an entry: {bad}") from None
    where = f"{read.log}/{read.seq}"
    shown = dict(_disclosed(d, read.sd, where) for d in disclosures)
    fact, missing = _fact_of(read, shown, absent, where)
    return Entry(
        log=read.log,
        seq=read.seq,
        happened_at=read.happened_at,
        recorded_at=read.recorded_at,
        author=read.author,
        access=read.access,
        fact=fact,
        missing=missing,
    )


def disclosure_digest(disclosure: bytes) -> str:
    """The digest by which a body lists a disclosure. Source: RFC 9901 4.2.3."""
    # As `_base64url`, written out: every word that is recorded or verified pays for this.
    text = b2a_base64(hashlib.sha256(disclosure).digest(), newline=False)
    return text.translate(_URL_SAFE)[:DIGEST_LENGTH].decode("ascii")


def disclosure_field(disclosure: bytes) -> str:
    """The name of the field that a disclosure discloses."""
    return _opened(disclosure)[1]


def hidden_fields(kind: str, access: Access) -> tuple[str, ...]:
    """Which fields of a kind stand in the body only as digests."""
    return _hidden_fields(KINDS[kind], access)


def _fact_of(
    read: Body, shown: dict[str, Json], absent: Gone, where: str
) -> tuple[Fact | Unreadable, frozenset[str]]:
    name = str(read.fact.get("kind"))
    kind = KINDS.get(name)
    if kind is None or read.v != BODY_VERSION:
        return Unreadable(kind=name, why=Gone.NEWER), frozenset()
    missing = frozenset(set(kind.__struct_fields__) - read.fact.keys() - shown.keys())
    fields: dict[str, Json] = {**read.fact, **shown}
    for field in missing:
        if field not in _ERASABLE[kind]:
            return Unreadable(kind=name, why=absent), missing
        fields[field] = GONE_WORDS[absent]
    try:
        fact: Fact = msgspec.convert(fields, type=kind)  # type: ignore[assignment]
    except msgspec.ValidationError as bad:
        if set(fields) - {"kind"} - set(kind.__struct_fields__):
            return Unreadable(kind=name, why=Gone.NEWER), missing
        raise BrokenLog(f"entry {where}: {name}: {bad}") from None
    return fact, missing


def _disclosed(disclosure: bytes, listed: list[str], where: str) -> tuple[str, Json]:
    if disclosure_digest(disclosure) not in listed:
        raise BrokenLog(f"entry {where}: a disclosure beside it is not one of its own")
    _, name, value = _opened(disclosure)
    return name, value


def _opened(disclosure: bytes) -> tuple[str, str, Json]:
    try:
        padded = disclosure + b"=" * (-len(disclosure) % 4)
        salt, name, value = msgspec.json.decode(base64.urlsafe_b64decode(padded))
    except (ValueError, msgspec.DecodeError, RecursionError) as bad:
        raise BrokenLog(f"not a disclosure: {bad}") from None
    return str(salt), str(name), value


def _disclosure(salt: str, name: str, value: Json, kind: str) -> bytes:
    return _base64url(_encode([salt, name, value], kind)).encode("ascii")


def _checked_fields(fact: Kind, kind: str) -> dict[str, Json]:
    fields: dict[str, Json] = msgspec.to_builtins(fact)
    try:
        msgspec.convert(fields, type=type(fact))
    except msgspec.ValidationError as bad:
        raise Refused(f"{kind}: {bad}") from None
    for name in _WHOLE[type(fact)]:
        if abs(getattr(fact, name) or 0) > INTEGER_MAX:
            raise Refused(f"{kind}: {name} is beyond 2^53-1, more than a record can hold exactly")
    return fields


def _kind_of(fact: Kind) -> str:
    name = str(fact.__struct_config__.tag)
    if KINDS.get(name) is not type(fact):
        raise Refused(f"{type(fact).__name__} is not a kind of fact that can be recorded")
    return name


def _utc(instant: datetime, kind: str) -> datetime:
    if instant.tzinfo is None:
        raise Refused(f"{kind}: happened_at {instant.isoformat()} has no time zone; add one")
    return instant.astimezone(UTC)


def _encode(value: object, kind: str) -> bytes:
    try:
        return encode_unchecked(value)
    except ValueError as bad:
        raise Refused(f"{kind}: {bad}") from None


def _base64url(data: bytes) -> str:
    return b2a_base64(data, newline=False).translate(_URL_SAFE).rstrip(b"=").decode("ascii")


def _erasable(kind: type[Kind]) -> tuple[str, ...]:
    hints = get_type_hints(kind, include_extras=True)
    return tuple(f for f in kind.__struct_fields__ if _is_erasable(hints[f]))


def _is_erasable(hint: object) -> bool:
    metas = getattr(hint, "__metadata__", ())
    return any(isinstance(m, msgspec.Meta) and (m.extra or {}).get("erasable") for m in metas)


def _hidden_fields(kind: type[Kind], access: Access) -> tuple[str, ...]:
    return _ERASABLE[kind] if access is Access.OPS else kind.__struct_fields__


def _whole(kind: type[Kind]) -> tuple[str, ...]:
    hints = get_type_hints(kind)
    return tuple(f for f in kind.__struct_fields__ if hints[f] in (int, int | None))


_WHOLE: dict[type[Kind], tuple[str, ...]] = {kind: _whole(kind) for kind in KINDS.values()}
_ERASABLE: dict[type[Kind], tuple[str, ...]] = {kind: _erasable(kind) for kind in KINDS.values()}

__all__ = [
    "BODY_BYTES_MAX",
    "Body",
    "Prepared",
    "Signer",
    "decode",
    "disclosure_digest",
    "disclosure_field",
    "hidden_fields",
    "leaf_hash",
    "prepare",
    "statement",
]
