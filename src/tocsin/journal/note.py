"""Signed notes and checkpoints, read strictly and written so that other people's tools accept them.

A note has exactly one spelling: what is parsed here and written again gives the same bytes.

Source: C2SP signed-note v1.0.0, tlog-checkpoint v1.0.0, tlog-cosignature (Ed25519, type 0x04).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tocsin.facts.sshsig import check_ed25519_point

ED25519, COSIGNATURE = 0x01, 0x04
NOTE_BYTES_MAX = 64 * 1024
SIGNATURES_MAX = 64
SIZE_MAX = 2**63 - 1
RESERVED_ORIGIN = "tocsin-key-rotation/"
"""No log may have an origin that begins so: its checkpoints could pass for key rotations."""

_DASH = "\u2014 "
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """One signature line: who by, the first four bytes of the key's hash, and the signature."""

    name: str
    key_id: bytes
    value: bytes

    def line(self) -> str:
        """The line as it stands in a note, with its newline."""
        return f"{_DASH}{self.name} {base64_text(self.key_id + self.value)}\n"


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """A text, which ends in a newline, and the signatures under it. Nothing is verified yet."""

    text: str
    signatures: tuple[Signature, ...]


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """What a log says about its tree. Nothing is verified yet; see `Verifier.signed`.

    Args:
        note: the note that these values were read from, with all its signatures.
    """

    origin: str
    size: int
    root: bytes
    extension: tuple[str, ...]
    note: Note

    @property
    def signatures(self) -> tuple[Signature, ...]:
        """The signatures under it, of the log and of witnesses."""
        return self.note.signatures


class Verifier(msgspec.Struct, frozen=True, kw_only=True):
    """A public key that may sign notes under a name, as a log (0x01) or as a witness (0x04)."""

    name: str
    public: bytes
    kind: int = ED25519

    @property
    def key_id(self) -> bytes:
        """The first four bytes of the hash by which signature lines name this key."""
        data = self.name.encode() + b"\n" + bytes([self.kind]) + self.public
        return hashlib.sha256(data).digest()[:4]

    def text(self) -> str:
        """The verifier key, "name+hash+base64"."""
        return f"{self.name}+{self.key_id.hex()}+{base64_text(bytes([self.kind]) + self.public)}"

    def signed(self, note: Note) -> bool:
        """Whether this key signed the note as a log; False when no line is by this key.

        Raises:
            ValueError: a line claims to be by this key, but its signature does not hold.
        """
        mine = self._mine(note) if self.kind == ED25519 else []
        for signature in mine:
            self._check(signature.value, note.text.encode())
        return bool(mine)

    def cosigned_at(self, note: Note) -> datetime | None:
        """When this witness cosigned the note, by its own clock; None when it did not.

        Raises:
            ValueError: a line claims to be by this witness, but its signature does not hold.
        """
        latest: datetime | None = None
        for signature in self._mine(note) if self.kind == COSIGNATURE else ():
            seconds = int.from_bytes(signature.value[:8], "big")
            self._check(signature.value[8:], cosigned_text(note.text, seconds))
            at = _instant(seconds)
            latest = at if latest is None else max(latest, at)
        return latest

    def _mine(self, note: Note) -> list[Signature]:
        return [s for s in note.signatures if (s.name, s.key_id) == (self.name, self.key_id)]

    def _check(self, value: bytes, covered: bytes) -> None:
        try:
            if len(value) != 64:
                raise InvalidSignature
            check_ed25519_point(value[:32])
            Ed25519PublicKey.from_public_bytes(self.public).verify(value, covered)
        except (InvalidSignature, ValueError):
            raise ValueError(f"the signature line of {self.name} does not hold") from None


def checkpoint(origin: str, size: int, root: bytes, keys: Sequence[Ed25519PrivateKey]) -> bytes:
    """The signed checkpoint of a tree, signed by each of `keys` in this order.

    Args:
        keys: one key, or the old and the new one while a key is being replaced.
    """
    return signed(checkpoint_text(origin, size, root), origin, keys)


def checkpoint_text(origin: str, size: int, root: bytes) -> str:
    """The text of a checkpoint, without signatures."""
    _check_name(origin)
    if origin.startswith(RESERVED_ORIGIN):
        raise ValueError(f"an origin may not begin with {RESERVED_ORIGIN!r}")
    if not 0 <= size <= SIZE_MAX or len(root) != 32:
        raise ValueError("a checkpoint needs a size of 0 or more and a root of 32 bytes")
    return f"{origin}\n{size}\n{base64_text(root)}\n"


def signed(text: str, name: str, keys: Sequence[Ed25519PrivateKey]) -> bytes:
    """The note over `text`, signed by each of `keys` under `name`."""
    if not keys:
        raise ValueError("a note needs at least one signature")
    lines = []
    for key in keys:
        verifier = Verifier(name=name, public=public_bytes(key))
        value = key.sign(text.encode())
        lines.append(Signature(name=name, key_id=verifier.key_id, value=value).line())
    return (text + "\n" + "".join(lines)).encode()


def cosign(note: Note, name: str, key: Ed25519PrivateKey, at: datetime) -> str:
    """The line by which a witness says: at this instant this was the largest tree I had seen.

    Args:
        at: zone-aware; whole seconds count.
    """
    if at.tzinfo is None:
        raise ValueError("a cosignature needs an instant with a time zone")
    seconds = int(at.timestamp())
    verifier = Verifier(name=name, public=public_bytes(key), kind=COSIGNATURE)
    value = seconds.to_bytes(8, "big") + key.sign(cosigned_text(note.text, seconds))
    return Signature(name=name, key_id=verifier.key_id, value=value).line()


def cosigned_text(text: str, seconds: int) -> bytes:
    """What a witness signs."""
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def with_signatures(note: bytes, lines: Sequence[str]) -> bytes:
    """The note with further signature lines, each once, in the order given."""
    known = set(note.decode().splitlines(keepends=True))
    fresh = [line for line in dict.fromkeys(lines) if line not in known]
    added = note + "".join(fresh).encode()
    parse_note(added)
    return added


def parse_note(data: bytes) -> Note:
    """The note that these bytes spell.

    Raises:
        ValueError: not a note in its one spelling, or larger than a note may be.
    """
    if len(data) > NOTE_BYTES_MAX:
        raise ValueError(f"a note has at most {NOTE_BYTES_MAX} bytes")
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError("a note must be UTF-8") from None
    if any(character < " " and character != "\n" for character in whole):
        raise ValueError("a note may hold no control characters")
    text, blank, tail = whole.rpartition("\n\n")
    if not blank or not text or not tail.endswith("\n"):
        raise ValueError("a note is a text, an empty line and signature lines")
    lines = tail[:-1].split("\n")
    if len(lines) > SIGNATURES_MAX:
        raise ValueError(f"a note has at most {SIGNATURES_MAX} signatures")
    return Note(text=text + "\n", signatures=tuple(map(_signature, lines)))


def parse_checkpoint(data: bytes) -> Checkpoint:
    """The checkpoint that these bytes spell; its signatures are not verified yet.

    Raises:
        ValueError: not a checkpoint in its one spelling.
    """
    note = parse_note(data)
    origin, *rest = note.text[:-1].split("\n")
    if len(rest) < 2 or not origin or not all(rest):
        raise ValueError("a checkpoint has an origin, a size and a root, and no empty line")
    size, root, *extension = rest
    if origin.startswith(RESERVED_ORIGIN):
        raise ValueError("this is a key rotation, not a checkpoint")
    return Checkpoint(
        origin=origin,
        size=parse_size(size),
        root=parse_hash(root),
        extension=tuple(extension),
        note=note,
    )


def parse_verifier(text: str) -> Verifier:
    """The key that "name+hash+base64" spells.

    Raises:
        ValueError: another spelling, another kind of key, or a hash that is not this key's.
    """
    name, plus, rest = text.partition("+")
    key_id, second, key = rest.partition("+")
    if not (plus and second):
        raise ValueError("a verifier key is spelled name+hash+key")
    _check_name(name)
    data = base64_bytes(key)
    if len(data) != 33 or data[0] not in (ED25519, COSIGNATURE):
        raise ValueError("only Ed25519 keys of logs (type 1) and witnesses (type 4) are used here")
    check_ed25519_point(data[1:])
    found = Verifier(name=name, public=data[1:], kind=data[0])
    if key_id != found.key_id.hex():
        raise ValueError(f"the verifier key of {name} says hash {key_id[:16]}; it must be "
                         f"{found.key_id.hex()}")  # fmt: skip
    return found


def parse_size(text: str) -> int:
    """A count of leaves in decimal, without leading zeroes."""
    if not _DECIMAL.fullmatch(text) or int(text) > SIZE_MAX:
        raise ValueError(f"{text[:24]!r} is not the size of a tree")
    return int(text)


def parse_hash(text: str) -> bytes:
    """A hash of 32 bytes in base64."""
    data = base64_bytes(text)
    if len(data) != 32:
        raise ValueError("a hash in base64 must be of 32 bytes")
    return data


def base64_text(data: bytes) -> str:
    """Standard base64. Source: RFC 4648 4."""
    return base64.b64encode(data).decode("ascii")


def base64_bytes(text: str) -> bytes:
    """The bytes behind base64 in its one spelling."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("base64 is damaged") from None
    if base64_text(data) != text:
        raise ValueError("base64 is not in its one spelling")
    return data


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    """The 32 bytes of the public key that belongs to a private one."""
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def _signature(line: str) -> Signature:
    if not line.startswith(_DASH):
        raise ValueError("a signature line begins with an em dash and a space")
    name, space, encoded = line[len(_DASH) :].partition(" ")
    _check_name(name)
    data = base64_bytes(encoded)
    if not space or len(data) < 5:
        raise ValueError("a signature line is a name and a key hash with a signature")
    return Signature(name=name, key_id=data[:4], value=data[4:])


def _check_name(name: str) -> None:
    if not name or "+" in name or any(c.isspace() or c < " " for c in name):
        raise ValueError(f"{name[:60]!r} cannot name a key: empty, or with a space or a plus")


def _instant(seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        raise ValueError("a cosignature names an instant beyond the calendar") from None
