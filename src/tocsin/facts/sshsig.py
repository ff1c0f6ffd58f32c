"""SSH signatures: made and checked exactly as `ssh-keygen -Y` does, with one spelling each.

A signature is accepted only in the very bytes that `ssh-keygen` would write for it, so that nobody
can hand in a second spelling of the same signature. Keys of small order, scalars that are not
reduced and security keys that were not touched are refused.

Not modelled: ECDSA allows a second valid value for every signature; whoever needs a signature to be
unique must use Ed25519.

Source: OpenSSH PROTOCOL.sshsig, PROTOCOL.u2f; RFC 4253 6.6, RFC 5656 3.1, RFC 8332 3, RFC 8709.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import TypeAlias

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_ssh_private_key,
)

PrivateKey: TypeAlias = "Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey"
_PublicKey: TypeAlias = "Ed25519PublicKey | ec.EllipticCurvePublicKey | rsa.RSAPublicKey"

ED25519 = "ssh-ed25519"
SK_ED25519 = "sk-ssh-ed25519@openssh.com"
RSA = "ssh-rsa"
RSA_BITS_MIN = 2048
ARMOURED_CHARS_MAX = 16 * 1024

_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----\n", "-----END SSH SIGNATURE-----\n"
_COLUMNS = 70
_MAGIC = b"SSHSIG"
_VERSION = 1
_TOUCHED = 0x01
_HASHES = {b"sha256": hashlib.sha256, b"sha512": hashlib.sha512}
_RSA_HASHES: dict[bytes, hashes.HashAlgorithm] = {
    b"rsa-sha2-256": hashes.SHA256(),
    b"rsa-sha2-512": hashes.SHA512(),
}
_CURVES: dict[str, tuple[ec.EllipticCurve, hashes.HashAlgorithm]] = {
    "nistp256": (ec.SECP256R1(), hashes.SHA256()),
    "nistp384": (ec.SECP384R1(), hashes.SHA384()),
    "nistp521": (ec.SECP521R1(), hashes.SHA512()),
}
_ECDSA = "ecdsa-sha2-"
_FIELD_PRIME = 2**255 - 19
_GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493
_SMALL_ORDER_Y = {
    0,
    1,
    _FIELD_PRIME - 1,
    int.from_bytes(
        bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"
    ),
    int.from_bytes(
        bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), "little"
    ),
}


def sign(message: bytes, private_key: PrivateKey, namespace: str) -> str:
    """The armoured signature over `message`, the same bytes as `ssh-keygen -Y sign` writes."""
    name = _namespace(namespace)
    public = _public_blob(private_key.public_key())
    covered = _covered(message, name, b"sha512")
    blob = b"".join(
        (
            _MAGIC,
            _VERSION.to_bytes(4, "big"),
            _string(public),
            _string(name),
            _string(b""),
            _string(b"sha512"),
            _string(_signature_blob(covered, private_key)),
        )
    )
    return _armour(blob)


def verify(message: bytes, armoured: str, namespace: str) -> str:
    """The public key that signed `message` in `namespace`, as "ssh-ed25519 AAAA...".

    Who that key belongs to, and whether it counts, is for the caller to ask.

    Raises:
        ValueError: not a signature in its one spelling, or not over this message and namespace.
    """
    name = _namespace(namespace)
    fields = _Fields(_unarmour(armoured), "signature")
    if fields.take(len(_MAGIC)) != _MAGIC or fields.number() != _VERSION:
        raise ValueError("not an SSH signature of version 1")
    public, found = fields.string(), fields.string()
    if fields.string():
        raise ValueError("the reserved field of the signature is not empty")
    hash_name, signature = fields.string(), fields.string()
    fields.end()
    if found != name:
        shown = found.decode("ascii", "replace")
        raise ValueError(f"the signature is for namespace {shown!r}; it must be {namespace!r}")
    if hash_name not in _HASHES:
        raise ValueError("the signature names a hash other than sha256 and sha512")
    kind, key = _parse_blob(public)
    _check_signature(kind, key, public, signature, _covered(message, name, hash_name))
    return _line(kind, public)


def fingerprint(public: str) -> str:
    """The fingerprint of a public key line, "SHA256:...", as `ssh-keygen -lf` prints it."""
    digest = hashlib.sha256(_blob_of_line(public)[1]).digest()
    return "SHA256:" + base64.b64encode(digest).rstrip(b"=").decode("ascii")


def parse_public(line: str) -> str:
    """The public key of a line of a `.pub` file: algorithm and base64, without the comment.

    Raises:
        ValueError: not one line with one key of a kind that can be checked here.
    """
    kind, blob = _blob_of_line(line)
    return _line(kind, blob)


def public_of(private_key: PrivateKey) -> str:
    """The public key line, without comment, that belongs to a private key."""
    blob = _public_blob(private_key.public_key())
    return _line(_parse_blob(blob)[0], blob)


def load_private(data: bytes, passphrase: bytes | None = None) -> PrivateKey:
    """The private key in an OpenSSH private key file.

    Raises:
        ValueError: not such a file, a passphrase is missing or wrong, or a kind not used here.
    """
    try:
        key = load_ssh_private_key(data, passphrase)
    except (TypeError, UnsupportedAlgorithm):
        raise ValueError(
            "the private key is protected by a passphrase; sign with ssh-keygen -Y sign instead"
        ) from None
    except ValueError as bad:
        raise ValueError(f"not a usable OpenSSH private key: {bad}") from None
    if not isinstance(key, Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise ValueError("keys of this kind are not used; make one: ssh-keygen -t ed25519")
    _parse_blob(_public_blob(key.public_key()))
    return key


def check_ed25519_point(encoded: bytes) -> None:
    """Passes for a point that is canonically encoded and not of small order.

    Source: RFC 8032 5.1.3; Taming the many EdDSAs (2020/1244), tables 1 and 5.

    Raises:
        ValueError: otherwise.
    """
    y = int.from_bytes(encoded, "little") & (2**255 - 1)
    if len(encoded) != 32 or y >= _FIELD_PRIME:
        raise ValueError("an Ed25519 point is not canonically encoded")
    if y in _SMALL_ORDER_Y:
        raise ValueError("an Ed25519 point is of small order; such keys sign anything")


class _Fields:
    """Reads SSH wire fields one after another; every shortage is a ValueError."""

    def __init__(self, data: bytes, what: str) -> None:
        self._data, self._what, self._at = data, what, 0

    def take(self, count: int) -> bytes:
        taken = self._data[self._at : self._at + count]
        if len(taken) != count:
            raise ValueError(f"the {self._what} is cut short")
        self._at += count
        return taken

    def number(self) -> int:
        return int.from_bytes(self.take(4), "big")

    def string(self) -> bytes:
        return self.take(self.number())

    def positive(self) -> int:
        data = self.string()
        value = int.from_bytes(data, "big")
        if value == 0 or _integer(value) != data:
            raise ValueError(f"a number in the {self._what} is not in its shortest form")
        return value

    def end(self) -> None:
        if self._at != len(self._data):
            raise ValueError(f"the {self._what} has extra bytes at its end")


def _string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def _integer(value: int) -> bytes:
    return value.to_bytes(value.bit_length() // 8 + 1, "big")


def _namespace(namespace: str) -> bytes:
    if not namespace or not namespace.isascii():
        raise ValueError("a signature needs a namespace of plain ASCII characters")
    return namespace.encode("ascii")


def _covered(message: bytes, namespace: bytes, hash_name: bytes) -> bytes:
    digest = _HASHES[hash_name](message).digest()
    fields = (namespace, b"", hash_name, digest)
    return _MAGIC + b"".join(map(_string, fields))


def _armour(blob: bytes) -> str:
    text = base64.b64encode(blob).decode("ascii")
    lines = (text[at : at + _COLUMNS] + "\n" for at in range(0, len(text), _COLUMNS))
    return _BEGIN + "".join(lines) + _END


def _unarmour(armoured: str) -> bytes:
    if len(armoured) > ARMOURED_CHARS_MAX:
        raise ValueError("far too long for an SSH signature")
    if not (armoured.startswith(_BEGIN) and armoured.endswith("\n" + _END)):
        raise ValueError('not an armoured SSH signature: its first line must be "' + _BEGIN[:-1])
    try:
        blob = base64.b64decode(armoured[len(_BEGIN) : -len(_END)].replace("\n", ""), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("the base64 of the signature is damaged") from None
    if _armour(blob) != armoured:
        raise ValueError("the signature is not spelled as ssh-keygen writes it")
    return blob


def _line(kind: str, blob: bytes) -> str:
    return f"{kind} {base64.b64encode(blob).decode('ascii')}"


def _blob_of_line(line: str) -> tuple[str, bytes]:
    words = line.strip().split(None, 2)
    if len(words) < 2 or "\n" in line.strip():
        raise ValueError('not a public key line; it would look like "ssh-ed25519 AAAA... comment"')
    try:
        blob = base64.b64decode(words[1], validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("the base64 of the public key is damaged") from None
    if base64.b64encode(blob).decode("ascii") != words[1]:
        raise ValueError("the base64 of the public key is not in its one spelling")
    kind, _ = _parse_blob(blob)
    if kind != words[0]:
        raise ValueError(f"the line says {words[0]}, but the key in it is {kind}")
    return kind, blob


def _parse_blob(blob: bytes) -> tuple[str, _PublicKey]:
    fields = _Fields(blob, "public key")
    kind = fields.string().decode("ascii", "replace")
    key: _PublicKey
    if kind in (ED25519, SK_ED25519):
        point = fields.string()
        check_ed25519_point(point)
        key = Ed25519PublicKey.from_public_bytes(point)
        if kind == SK_ED25519:
            fields.string()  # the application, for which the security key made this key
    elif kind == RSA:
        exponent, modulus = fields.positive(), fields.positive()
        if modulus.bit_length() < RSA_BITS_MIN:
            raise ValueError(f"an RSA key needs {RSA_BITS_MIN} bits or more")
        key = rsa.RSAPublicNumbers(exponent, modulus).public_key()
    elif kind.startswith(_ECDSA):
        curve = fields.string().decode("ascii", "replace")
        if curve not in _CURVES or kind != _ECDSA + curve:
            raise ValueError(f"{kind} is not a kind of key that is used here")
        point = fields.string()
        if point[:1] != b"\x04":
            raise ValueError("the point of the ECDSA key is not written out in full")
        key = ec.EllipticCurvePublicKey.from_encoded_point(_CURVES[curve][0], point)
    else:
        raise ValueError(f"{kind[:40]!r} is not a kind of key that is used here")
    fields.end()
    return kind, key


def _public_blob(key: _PublicKey) -> bytes:
    line = key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return base64.b64decode(line.split()[1])


def _signature_blob(covered: bytes, key: PrivateKey) -> bytes:
    if isinstance(key, Ed25519PrivateKey):
        return _string(ED25519.encode()) + _string(key.sign(covered))
    if isinstance(key, rsa.RSAPrivateKey):
        signed = key.sign(covered, padding.PKCS1v15(), hashes.SHA512())
        return _string(b"rsa-sha2-512") + _string(signed)
    kind, _ = _parse_blob(_public_blob(key.public_key()))
    algorithm = _CURVES[kind.removeprefix(_ECDSA)][1]
    r, s = utils.decode_dss_signature(key.sign(covered, ec.ECDSA(algorithm)))
    return _string(kind.encode()) + _string(_string(_integer(r)) + _string(_integer(s)))


def _check_signature(
    kind: str, key: _PublicKey, public: bytes, signature: bytes, covered: bytes
) -> None:
    fields = _Fields(signature, "signature")
    name, value = fields.string(), fields.string()
    try:
        if isinstance(key, Ed25519PublicKey):
            _check_kind(name, kind)
            covered = _touched(fields, public, covered) if kind == SK_ED25519 else covered
            _check_ed25519_value(value)
            key.verify(value, covered)
        elif isinstance(key, rsa.RSAPublicKey):
            if name not in _RSA_HASHES:
                raise ValueError("an RSA signature must use SHA-256 or SHA-512")
            key.verify(value, covered, padding.PKCS1v15(), _RSA_HASHES[name])
        else:
            _check_kind(name, kind)
            numbers = _Fields(value, "signature")
            r, s = numbers.positive(), numbers.positive()
            numbers.end()
            algorithm = ec.ECDSA(_CURVES[kind.removeprefix(_ECDSA)][1])
            key.verify(utils.encode_dss_signature(r, s), covered, algorithm)
    except InvalidSignature:
        raise ValueError("the signature does not match: other content, or another key") from None
    fields.end()


def _check_kind(name: bytes, kind: str) -> None:
    if name != kind.encode("ascii"):
        raise ValueError("the signature is of another kind than its key")


def _touched(fields: _Fields, public: bytes, covered: bytes) -> bytes:
    flags, counter = fields.take(1), fields.take(4)
    if not flags[0] & _TOUCHED:
        raise ValueError("the security key was not touched for this signature")
    key_fields = _Fields(public, "public key")
    key_fields.string(), key_fields.string()
    application = hashlib.sha256(key_fields.string()).digest()
    return application + flags + counter + hashlib.sha256(covered).digest()


def _check_ed25519_value(value: bytes) -> None:
    if len(value) != 64:
        raise ValueError("an Ed25519 signature has 64 bytes")
    check_ed25519_point(value[:32])
    if int.from_bytes(value[32:], "little") >= _GROUP_ORDER:
        raise ValueError("the scalar of the Ed25519 signature is not reduced")
