"""Which SSH keys are strong enough to prove a person.

Source: NIST SP 800-131A r2 (RSA of 2048 bits and more); OpenSSH 7.0 notes (DSA is off).
"""

from __future__ import annotations

import base64
import binascii

from tocsin.facts.errors import Refused

RSA_BITS_MIN = 2048
STRONG = {
    "ssh-ed25519",
    "sk-ssh-ed25519@openssh.com",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
}


def check_strength(public: str) -> None:
    """Passes when a key "algorithm base64" is of a kind and size that can prove a person.

    Raises:
        Refused: too weak, or of a kind that cannot be checked; make another.
    """
    algorithm, _, encoded = public.partition(" ")
    if algorithm in STRONG:
        return
    remedy = "make another: ssh-keygen -t ed25519"
    if algorithm != "ssh-rsa":
        raise Refused(f"a key of kind {algorithm} cannot prove a person; {remedy}")
    bits = _rsa_bits(encoded)
    if bits < RSA_BITS_MIN:
        raise Refused(f"an RSA key of {bits} bits is too weak ({RSA_BITS_MIN} needed); {remedy}")


def _rsa_bits(encoded: str) -> int:
    """The size of the modulus. Source: RFC 4253 6.6: string "ssh-rsa", mpint e, mpint n."""
    try:
        blob = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise Refused("the key's base64 text is damaged; copy the .pub line again") from None
    fields: list[bytes] = []
    while blob and len(fields) < 3:
        size = int.from_bytes(blob[:4], "big")
        fields.append(blob[4 : 4 + size])
        blob = blob[4 + size :]
    if len(fields) < 3:
        raise Refused("the key is cut short; copy the .pub line again")
    return int.from_bytes(fields[2], "big").bit_length()
