"""The key that signs the record: an ordinary OpenSSH Ed25519 key file that only its owner reads."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tocsin.facts import Refused, sshsig
from tocsin.journal import note

SEAL_NAMESPACE = "tocsin-evidence"


class LogKey:
    """Signs checkpoints under an origin, and seals of evidence packages."""

    def __init__(self, origin: str, private: Ed25519PrivateKey) -> None:
        self.origin, self.private = origin, private
        self.public = note.public_bytes(private)
        self.public_line = sshsig.public_of(private)
        self.fingerprint = sshsig.fingerprint(self.public_line)

    @property
    def verifier(self) -> note.Verifier:
        """What checks the checkpoints of this key."""
        return note.Verifier(name=self.origin, public=self.public)

    @property
    def vkey(self) -> str:
        """The verifier key, "origin+hash+base64"."""
        return self.verifier.text()

    def sign_checkpoint(self, size: int, root: bytes) -> bytes:
        """The signed checkpoint of a tree of `size` leaves with this root."""
        return note.checkpoint(self.origin, size, root, [self.private])

    def seal(self, message: bytes) -> str:
        """The armoured SSH signature over what an evidence package lists."""
        return sshsig.sign(message, self.private, SEAL_NAMESPACE)

    @classmethod
    def create(cls, path: Path, origin: str) -> LogKey:
        """A new key, written to `path` (mode 0600) and its public half beside it.

        Raises:
            Refused: there is a file already; a key is never overwritten.
        """
        key = cls(origin, Ed25519PrivateKey.generate())
        note.checkpoint_text(origin, 0, bytes(32))
        data = key.private.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
        _write_new(path, data, 0o600)
        _write_new(public_path(path), f"{key.public_line} {origin}\n".encode(), 0o644)
        return key

    @classmethod
    def load(cls, path: Path, origin: str, *, fingerprint: str | None = None) -> LogKey:
        """The key in `path`.

        Args:
            fingerprint: the key must have this fingerprint, if one is given.

        Raises:
            Refused: absent, readable by others, damaged, of another kind, or another key.
        """
        key = cls(origin, load_ed25519(path))
        if fingerprint is not None and key.fingerprint != fingerprint:
            raise Refused(
                f"{path} holds the key {key.fingerprint}, but this record is signed with "
                f"{fingerprint}; put that key there, or replace the key by a rotation"
            )
        return key


def load_ed25519(path: Path) -> Ed25519PrivateKey:
    """The Ed25519 key in an OpenSSH private key file that nobody else can read."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode & 0o777
            data = file.read(64 * 1024)
    except FileNotFoundError:
        raise Refused(
            f"there is no key file {path}; put it back from a copy: another key would not be "
            "believed in its place"
        ) from None
    except OSError as bad:
        raise Refused(f"cannot read the key file {path}: {bad.strerror}") from None
    if mode & 0o077:
        raise Refused(f"{path} can be read by others (mode {mode:04o}); run: chmod 600 {path}")
    try:
        private = sshsig.load_private(data)
    except ValueError as bad:
        raise Refused(f"{path}: {bad}") from None
    if not isinstance(private, Ed25519PrivateKey):
        raise Refused(f"{path}: the record is signed with an Ed25519 key; this is another kind")
    return private


def public_path(path: Path) -> Path:
    """Where the public half of a key file lies."""
    return path.with_name(path.name + ".pub")


def _write_new(path: Path, data: bytes, mode: int) -> None:
    """The file appears whole or not at all, also when the power fails."""
    fresh = path.with_name(f".{path.name}.new")
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.link(fresh, path)
    except FileExistsError:
        raise Refused(f"{path} exists already; a key file is never overwritten") from None
    except OSError as bad:
        raise Refused(f"cannot write {path}: {bad.strerror}") from None
    finally:
        fresh.unlink(missing_ok=True)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
