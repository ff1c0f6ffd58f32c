"""Checks that an evidence package is complete, unaltered and sealed, with nothing but Python.

This file and `verify.py` are packed together into every evidence package. Neither needs Tocsin, a
network or a clock. Every file must be listed, every list in its one spelling, and the lists sealed
by an SSH signature; a package with one more, one fewer or one changed byte is refused.

Source: RFC 8493 (BagIt 1.0); OpenSSH PROTOCOL.sshsig; RFC 8032 5.1 (Ed25519).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

SEAL_NAMESPACE = b"tocsin-evidence"
DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
MANIFEST, TAG_MANIFEST = "manifest-sha256.txt", "tagmanifest-sha256.txt"
SEAL = TAG_MANIFEST + ".sig"
TIMESTAMP = MANIFEST + ".tsr"
CHUNK_BYTES = 4 * 1024 * 1024
LIST_BYTES_MAX = 256 * 1024 * 1024
_PART = r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}"
_PATH = re.compile(rf"{_PART}(/{_PART}){{0,7}}")
_LINE = re.compile(r"([0-9a-f]{64})  (.+)")
_INFO = re.compile(r"[A-Za-z][A-Za-z-]*: [ -~]+")


Tell = Callable[[str, int, int], None]
"""Told what is being counted, how many are done, and how many there are."""


def no_one(what: str, done: int, total: int) -> None:
    """Is told, and shows nothing."""


class Broken(Exception):
    """The package does not hold; the message says where."""


@dataclass(frozen=True)
class Sealed:
    """A package whose files are all listed, unaltered and sealed.

    Args:
        digests: SHA-256 of each listed file, by its path inside the package.
        public: the 32 bytes of the key that sealed it; whose key that is, is another question.
    """

    root: Path
    digests: dict[str, str]
    public: bytes

    def read(self, path: str) -> bytes:
        """The bytes of a listed file."""
        if path not in self.digests:
            raise Broken(f"{path} is missing")
        data = _read(self.root / path)
        if hashlib.sha256(data).hexdigest() != self.digests[path]:
            raise Broken(f"{path} changed while it was being read")
        return data


def sealed(root: Path, tell: Tell = no_one) -> Sealed:
    """The package at `root`, if it is complete, unaltered and sealed; `tell` counts its bytes.

    Raises:
        Broken: it is not; the first thing that does not hold.
    """
    found = _files(root)
    if "fetch.txt" in found:
        raise Broken("fetch.txt: a package must hold its files, not fetch them from elsewhere")
    for name in ("bagit.txt", "bag-info.txt", MANIFEST, TAG_MANIFEST, SEAL):
        if name not in found:
            raise Broken(f"{name} is missing: not an evidence package, or not a whole one")
    tag_list = _read(root / TAG_MANIFEST)
    tags, payload = _listed(TAG_MANIFEST, tag_list), _listed(MANIFEST, _read(root / MANIFEST))
    for path in sorted(found - tags.keys() - payload.keys() - {TAG_MANIFEST, SEAL}):
        raise Broken(f"{path} is not listed in any manifest")
    for path in sorted((tags.keys() | payload.keys()) - found):
        raise Broken(f"{path} is listed but missing")
    for path in sorted(payload.keys() | tags.keys()):
        if path.startswith("data/") != (path in payload) or (path in payload and path in tags):
            raise Broken(f"{path} is listed in the wrong manifest")
    digests = {**payload, **tags}
    _check_digests(root, digests, tell)
    if _read(root / "bagit.txt") != DECLARATION:
        raise Broken("bagit.txt is not that of a BagIt 1.0 package in UTF-8")
    _check_info(_read(root / "bag-info.txt"))
    return Sealed(root, digests, seal_key(tag_list, _read(root / SEAL)))


def _files(root: Path) -> set[str]:
    """All regular files below `root`; anything else, or a hostile name, breaks the package."""
    found: set[str] = set()
    folded: dict[str, str] = {}
    waiting = [("", root)]
    while waiting:
        prefix, folder = waiting.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda e: e.name)
        except OSError as bad:
            raise Broken(f"cannot read {prefix or root}: {bad.strerror}") from None
        if prefix and not entries:
            raise Broken(f"{prefix} is an empty directory, which nothing lists")
        for entry in entries:
            path = f"{prefix}{entry.name}"
            if not _PATH.fullmatch(path):
                raise Broken(f"{path!r}: such a name has no place in an evidence package")
            if folded.setdefault(path.lower(), path) != path:
                raise Broken(f"{path}: another name differs from it by capitals only")
            mode = entry.stat(follow_symlinks=False).st_mode
            if stat.S_ISDIR(mode):
                waiting.append((path + "/", Path(entry.path)))
            elif stat.S_ISREG(mode):
                found.add(path)
            else:
                raise Broken(f"{path} is a link or a device, not a file")
    return found


def _listed(name: str, data: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    for number, line in enumerate(_text(name, data).split("\n")[:-1], start=1):
        match = _LINE.fullmatch(line)
        if match is None or not _PATH.fullmatch(match[2]):
            raise Broken(f"{name}, line {number}: not a digest, two spaces and a plain path")
        if match[2] in found:
            raise Broken(f"{name}, line {number}: {match[2]} is listed twice")
        found[match[2]] = match[1]
    if "".join(f"{found[p]}  {p}\n" for p in sorted(found)).encode() != data:
        raise Broken(f"{name} is not in its one spelling (sorted lines, each with a newline)")
    return found


def _check_info(data: bytes) -> None:
    text = _text("bag-info.txt", data)
    if not text.endswith("\n") or not all(map(_INFO.fullmatch, text[:-1].split("\n"))):
        raise Broken("bag-info.txt is not made of lines 'Label: value'")


def _text(name: str, data: bytes) -> str:
    try:
        return data.decode("ascii")
    except UnicodeDecodeError:
        raise Broken(f"{name} holds other characters than ASCII") from None


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(LIST_BYTES_MAX + 1)
    except OSError as bad:
        raise Broken(f"cannot read {path.name}: {bad.strerror}") from None
    if len(data) > LIST_BYTES_MAX:
        raise Broken(f"{path.name} is larger than such a file may be")
    return data


def _check_digests(root: Path, digests: dict[str, str], tell: Tell) -> None:
    total, done = sum(_size(root / path) for path in digests), 0
    for path, digest in sorted(digests.items()):
        found = hashlib.sha256()
        for chunk in _chunks(root / path):
            found.update(chunk)
            done += len(chunk)
            tell("bytes", done, total)
        if found.hexdigest() != digest:
            raise Broken(f"{path} was altered: its SHA-256 is not the one that is listed")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as bad:
        raise Broken(f"cannot read {path.name}: {bad.strerror}") from None


def _chunks(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk
    except OSError as bad:
        raise Broken(f"cannot read {path.name}: {bad.strerror}") from None


# The seal: an SSH signature by an Ed25519 key, in the very bytes that ssh-keygen writes.

_KIND = b"ssh-ed25519"


def seal_key(message: bytes, armoured: bytes) -> bytes:
    """The public key (32 bytes) whose SSH signature over `message` this is.

    Raises:
        Broken: another spelling, another namespace, or the signature does not hold.
    """
    head, tail = b"-----BEGIN SSH SIGNATURE-----\n", b"-----END SSH SIGNATURE-----\n"
    lines = armoured[len(head) : -len(tail)]
    try:
        blob = base64.b64decode(lines.replace(b"\n", b""), validate=True)
    except binascii.Error:
        raise Broken(f"{SEAL}: the base64 is damaged") from None
    text = base64.b64encode(blob)
    rows = b"".join(text[at : at + 70] + b"\n" for at in range(0, len(text), 70))
    if head + rows + tail != armoured:
        raise Broken(f"{SEAL} is not spelled as ssh-keygen writes it")
    public, value = blob[33:65], blob[-64:]
    covered = (SEAL_NAMESPACE, b"", b"sha512")
    expected = b"SSHSIG\0\0\0\1" + b"".join(
        map(_string, (_string(_KIND) + _string(public), *covered))
    )
    if blob != expected + _string(_string(_KIND) + _string(value)):
        raise Broken(f"{SEAL} is not an Ed25519 signature in namespace {SEAL_NAMESPACE.decode()}")
    digest = hashlib.sha512(message).digest()
    signed = b"SSHSIG" + b"".join(map(_string, (*covered, digest)))
    if not ed25519_holds(public, signed, value):
        raise Broken(f"{SEAL} does not match {TAG_MANIFEST}")
    return public


def fingerprint(public: bytes) -> str:
    """The fingerprint of an Ed25519 key, as `ssh-keygen -lf` prints it."""
    digest = hashlib.sha256(_string(_KIND) + _string(public)).digest()
    return "SHA256:" + base64.b64encode(digest).rstrip(b"=").decode("ascii")


def _string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


# Ed25519. Source: RFC 8032 5.1.3, 5.1.4, 5.1.7, without cofactor, and stricter: no point of small
# order, no second spelling of a point or a scalar.

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_ROOT = pow(2, (_P - 1) // 4, _P)
_Point = tuple[int, int, int, int]
_ZERO: _Point = (0, 1, 1, 0)


def ed25519_holds(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` over `message` is by this public key."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, commitment = _point(public), _point(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or commitment is None or scalar >= _L:
        return False
    digest = hashlib.sha512(signature[:32] + public + message).digest()
    challenge = int.from_bytes(digest, "little") % _L
    return _same(_times(scalar, _BASE), _add(commitment, _times(challenge, key)))


def _point(encoded: bytes) -> _Point | None:
    """The point; None if it is none, is spelled in a second way, or is of small order."""
    number = int.from_bytes(encoded, "little")
    y, sign = number & (2**255 - 1), number >> 255
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    x = _P - x if x & 1 != sign else x
    point = (x, y, 1, x * y % _P)
    return None if _same(_times(8, point), _ZERO) else point


def _add(a: _Point, b: _Point) -> _Point:
    left, right = (a[1] - a[0]) * (b[1] - b[0]) % _P, (a[1] + a[0]) * (b[1] + b[0]) % _P
    cross, scale = 2 * a[3] * b[3] * _D % _P, 2 * a[2] * b[2] % _P
    e, f, g, h = right - left, scale - cross, scale + cross, right + left
    return (e * f % _P, g * h % _P, f * g % _P, e * h % _P)


def _times(scalar: int, point: _Point) -> _Point:
    total = _ZERO
    while scalar:
        if scalar & 1:
            total = _add(total, point)
        point, scalar = _add(point, point), scalar >> 1
    return total


def _same(a: _Point, b: _Point) -> bool:
    return (a[0] * b[2] - b[0] * a[2]) % _P == 0 and (a[1] * b[2] - b[1] * a[2]) % _P == 0


_BASE: _Point = (0, 0, 0, 0)
_found_base = _point((4 * pow(5, -1, _P) % _P).to_bytes(32, "little"))
if _found_base is not None:
    _BASE = _found_base
