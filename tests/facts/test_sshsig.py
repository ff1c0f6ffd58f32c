"""SSH signatures against the real `ssh-keygen`, both ways, and against every damaged spelling."""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from tocsin.facts import sshsig

KEYGEN = shutil.which("ssh-keygen")
needs_keygen = pytest.mark.skipif(KEYGEN is None, reason="ssh-keygen is absent: not cross-checked")
KINDS = [["ed25519"], ["ecdsa", "-b", "256"], ["ecdsa", "-b", "384"], ["ecdsa", "-b", "521"],
         ["rsa", "-b", "2048"]]  # fmt: skip
MESSAGE = b"stop the assistant\n"
ORDER = 2**252 + 27742317777372353535851937790883648493


def keygen(*arguments: str, cwd: Path, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [str(KEYGEN), *arguments], cwd=cwd, input=given, capture_output=True, check=False
    )


def string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def armour(blob: bytes) -> str:
    text = base64.b64encode(blob).decode()
    lines = "".join(text[i : i + 70] + "\n" for i in range(0, len(text), 70))
    return f"-----BEGIN SSH SIGNATURE-----\n{lines}-----END SSH SIGNATURE-----\n"


def blob_of(armoured: str) -> bytes:
    return base64.b64decode("".join(armoured.splitlines()[1:-1]))


@needs_keygen
@pytest.mark.parametrize("kind", KINDS, ids=" ".join)
def test_what_ssh_keygen_signs_is_accepted_and_its_fingerprint_is_the_same(
    kind: list[str], tmp_path: Path
) -> None:
    keygen("-q", "-t", *kind, "-N", "", "-C", "kim@example.com", "-f", "key", cwd=tmp_path)
    signed = keygen("-Y", "sign", "-f", "key", "-n", "tocsin", cwd=tmp_path, given=MESSAGE)
    line = (tmp_path / "key.pub").read_text()
    public = sshsig.verify(MESSAGE, signed.stdout.decode(), "tocsin")
    assert public == sshsig.parse_public(line) == " ".join(line.split()[:2])
    shown = keygen("-lf", "key.pub", cwd=tmp_path).stdout.decode().split()[1]
    assert sshsig.fingerprint(line) == shown
    private = sshsig.load_private((tmp_path / "key").read_bytes())
    assert sshsig.public_of(private) == public


@needs_keygen
@pytest.mark.parametrize("kind", KINDS, ids=" ".join)
def test_ssh_keygen_accepts_what_is_signed_here(kind: list[str], tmp_path: Path) -> None:
    keygen("-q", "-t", *kind, "-N", "", "-C", "", "-f", "key", cwd=tmp_path)
    private = sshsig.load_private((tmp_path / "key").read_bytes())
    (tmp_path / "sig").write_text(sshsig.sign(MESSAGE, private, "tocsin"))
    (tmp_path / "allowed").write_text(f"kim {sshsig.public_of(private)}\n")
    check = ("-Y", "verify", "-f", "allowed", "-I", "kim", "-n", "tocsin", "-s", "sig")
    assert keygen(*check, cwd=tmp_path, given=MESSAGE).returncode == 0
    assert keygen(*check, cwd=tmp_path, given=MESSAGE + b"!").returncode != 0


@needs_keygen
def test_an_ed25519_signature_is_the_same_bytes_as_ssh_keygen_writes(tmp_path: Path) -> None:
    keygen("-q", "-t", "ed25519", "-N", "", "-C", "", "-f", "key", cwd=tmp_path)
    theirs = keygen("-Y", "sign", "-f", "key", "-n", "tocsin", cwd=tmp_path, given=MESSAGE)
    private = sshsig.load_private((tmp_path / "key").read_bytes())
    assert sshsig.sign(MESSAGE, private, "tocsin") == theirs.stdout.decode()


def test_every_changed_character_is_refused() -> None:
    good = sshsig.sign(MESSAGE, Ed25519PrivateKey.from_private_bytes(bytes(32)), "tocsin")
    for place, letter in enumerate(good):
        for other in {chr(ord(letter) ^ 1), "A", "\n", ""} - {letter}:
            changed = good[:place] + other + good[place + 1 :]
            if changed != good:
                with pytest.raises(ValueError):
                    sshsig.verify(MESSAGE, changed, "tocsin")


@pytest.mark.parametrize(
    "spelling",
    [
        lambda s: s + "\n",
        lambda s: s.replace("\n", "\r\n"),
        lambda s: s.rstrip("\n"),
        lambda s: "\n" + s,
        lambda s: s.replace("SIGNATURE-----\n", "SIGNATURE-----\n\n", 1),
        lambda s: s[:40] + "\n" + s[40:],
        lambda s: armour(blob_of(s) + b"\x00"),
    ],
)
def test_another_spelling_of_a_good_signature_is_refused(spelling: object) -> None:
    good = sshsig.sign(MESSAGE, Ed25519PrivateKey.from_private_bytes(bytes(32)), "tocsin")
    with pytest.raises(ValueError):
        sshsig.verify(MESSAGE, spelling(good), "tocsin")  # type: ignore[operator]


def test_another_namespace_or_message_is_refused_with_its_reason() -> None:
    good = sshsig.sign(MESSAGE, Ed25519PrivateKey.from_private_bytes(bytes(32)), "tocsin")
    with pytest.raises(ValueError, match="namespace 'tocsin'; it must be 'file'"):
        sshsig.verify(MESSAGE, good, "file")
    with pytest.raises(ValueError, match="does not match"):
        sshsig.verify(MESSAGE + b".", good, "tocsin")


def signature_with(public: bytes, value: bytes, reserved: bytes = b"") -> str:
    key = string(b"ssh-ed25519") + string(public)
    signature = string(b"ssh-ed25519") + string(value)
    head = b"SSHSIG" + (1).to_bytes(4, "big") + string(key) + string(b"tocsin")
    return armour(head + string(reserved) + string(b"sha512") + string(signature))


def test_a_second_valid_looking_scalar_and_a_filled_reserved_field_are_refused() -> None:
    private = Ed25519PrivateKey.from_private_bytes(bytes(32))
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    good = blob_of(sshsig.sign(MESSAGE, private, "tocsin"))[-64:]
    assert sshsig.verify(MESSAGE, signature_with(public, good), "tocsin")
    larger = (int.from_bytes(good[32:], "little") + ORDER).to_bytes(32, "little")
    with pytest.raises(ValueError, match="not reduced"):
        sshsig.verify(MESSAGE, signature_with(public, good[:32] + larger), "tocsin")
    with pytest.raises(ValueError, match="reserved"):
        sshsig.verify(MESSAGE, signature_with(public, good, b"x"), "tocsin")


@pytest.mark.parametrize(
    "point",
    [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ],
)
def test_a_key_of_small_order_signs_nothing(point: str) -> None:
    """With such a key, a signature of R = identity, S = 0 would hold for many messages."""
    identity = bytes.fromhex("01" + "00" * 31)
    with pytest.raises(ValueError, match=r"small order|canonically"):
        sshsig.verify(MESSAGE, signature_with(bytes.fromhex(point), identity + bytes(32)), "tocsin")


def security_key_signature(flags: int) -> tuple[str, str]:
    """A security key in a few lines. Source: OpenSSH PROTOCOL.u2f, SSH U2F signatures."""
    private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    point = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    kind = b"sk-ssh-ed25519@openssh.com"
    key = string(kind) + string(point) + string(b"ssh:")
    digest = hashlib.sha512(MESSAGE).digest()
    covered = b"SSHSIG" + string(b"tocsin") + string(b"") + string(b"sha512") + string(digest)
    tail = bytes([flags]) + (7).to_bytes(4, "big")
    touched = hashlib.sha256(b"ssh:").digest() + tail + hashlib.sha256(covered).digest()
    signature = string(kind) + string(private.sign(touched)) + tail
    head = b"SSHSIG" + (1).to_bytes(4, "big") + string(key) + string(b"tocsin") + string(b"")
    line = kind.decode() + " " + base64.b64encode(key).decode()
    return armour(head + string(b"sha512") + string(signature)), line


def test_a_security_key_counts_only_when_it_was_touched(tmp_path: Path) -> None:
    armoured, line = security_key_signature(flags=0x01)
    assert sshsig.verify(MESSAGE, armoured, "tocsin") == line
    with pytest.raises(ValueError, match="not touched"):
        sshsig.verify(MESSAGE, security_key_signature(flags=0x00)[0], "tocsin")
    if KEYGEN is None:
        pytest.skip("ssh-keygen is absent: the security key's signature was not cross-checked")
    (tmp_path / "sig").write_text(armoured)
    (tmp_path / "allowed").write_text(f"kim {line}\n")
    check = ("-Y", "verify", "-f", "allowed", "-I", "kim", "-n", "tocsin", "-s", "sig")
    assert keygen(*check, cwd=tmp_path, given=MESSAGE).returncode == 0


@pytest.mark.parametrize(
    "line",
    ["", "ssh-ed25519", "ssh-ed25519 !!!!", "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIA==", "two\nlines x"],
)
def test_a_line_that_is_no_key_is_refused(line: str) -> None:
    with pytest.raises(ValueError):
        sshsig.parse_public(line)


def test_a_weak_or_locked_or_garbled_private_key_is_refused_in_plain_words() -> None:
    weak = rsa.generate_private_key(65537, 1024)
    with pytest.raises(ValueError, match="2048"):
        sshsig.load_private(weak.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
    with pytest.raises(ValueError, match="not a usable"):
        sshsig.load_private(b"garbage")


@needs_keygen
def test_a_private_key_under_a_passphrase_is_refused_with_what_to_do(tmp_path: Path) -> None:
    keygen("-q", "-t", "ed25519", "-N", "open sesame", "-f", "key", cwd=tmp_path)
    with pytest.raises(ValueError, match="passphrase"):
        sshsig.load_private((tmp_path / "key").read_bytes())
