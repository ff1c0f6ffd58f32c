"""Identifiers that are the same for the same plan, whenever and wherever it is exported.

Source: RFC 9562 5.5 (UUID version 5).
"""

from __future__ import annotations

import hashlib

from tocsin.playbook.cacao.vocabulary import IDENTIFIER

NAMESPACE = bytes.fromhex("8d0b1f6a1c7e5f0e9a5bb3f0c6a4d2e7")
"""Ours, drawn once. Whoever changes it gives every playbook another identity."""


def identifier(type_: str, *parts: str) -> str:
    """The identifier of that type for these words."""
    name = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    digest = bytearray(hashlib.sha1(NAMESPACE + name, usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    uuid = "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
    return f"{type_}--{uuid}"


def playbook_id(plan: str) -> str:
    """The identifier of a plan as a playbook; one that came from CACAO keeps its own."""
    own = IDENTIFIER.fullmatch(plan)
    return plan if own is not None and own.group(1) == "playbook" else identifier("playbook", plan)
