"""The state of all switches as one signed document; needs the standard library and `cryptography`.

A document is believed whole or not at all: another key, a changed byte, a missing field or a value
of another type, and nothing of it counts. The serial number grows with every change.

A switch that is off may serve a share of those who ask. Who is served is told by a hash of the
switch's name and their key, so that a growing share keeps whom it had. The shares stand beside the
switches, where a client that is older passes them over: to it the switch is off.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

CONTEXT = b"tocsin-switch-state/1\n"
"""Stands before what is signed, so that no signature for another purpose fits."""

SAFE, LAST = "safe", "last"
WHOLE = 10_000
"""Shares are counted in so many parts."""

SAFE_AFTER_SECONDS = 5.0
"""How long an application goes by what it last heard before a switch that is lost counts as off."""


@dataclass(frozen=True)
class Switch:
    """One switch.

    Args:
        on: whether the dependency is on.
        on_loss: when nothing is heard any more: `safe` is off after `SAFE_AFTER_SECONDS`, `last`
            is what was last heard, for `last_for_seconds`, and off after that.
        order: the place in the record of the order that set it; empty for its first state.
        since: when it was set, in ISO 8601.
        share: of 10,000 who ask, so many are served although it is off; 0 where it is on.
    """

    on: bool
    on_loss: str = SAFE
    last_for_seconds: int = 0
    order: str = ""
    since: str = ""
    share: int = 0

    def serves(self, flag: str, key: str | None) -> bool:
        """Whether whoever asks with this key is served; without a key only where all are."""
        if self.on or not self.share or not key:
            return self.on
        return part_of(flag, key) < self.share

    @property
    def believed_for_seconds(self) -> float:
        """How long after it was last heard it still counts."""
        return float(self.last_for_seconds) if self.on_loss == LAST else SAFE_AFTER_SECONDS


@dataclass(frozen=True)
class State:
    """All switches of one home."""

    serial: int
    issued_at: str
    switches: Mapping[str, Switch]


def signed(state: State, key: Ed25519PrivateKey) -> bytes:
    """The document that says this, signed."""
    plain: dict[str, object] = {
        "serial": state.serial,
        "issued_at": state.issued_at,
        "switches": {name: _fields(switch) for name, switch in state.switches.items()},
    }
    shares = {name: switch.share for name, switch in state.switches.items() if switch.share}
    if shares:
        plain["shares"] = shares
    body = json.dumps(plain, sort_keys=True)
    signature = base64.b64encode(key.sign(CONTEXT + body.encode())).decode()
    return json.dumps({"body": body, "signature": signature}, indent=1).encode() + b"\n"


def verified(document: bytes, key: str) -> State:
    """What a document says.

    Args:
        key: the public key, as base64 of its 32 bytes; learnt by another way than the document.

    Raises:
        ValueError: it was not signed by this key as it stands, or is no such document.
    """
    try:
        envelope = json.loads(document)
        body, signature = envelope["body"], base64.b64decode(envelope["signature"], validate=True)
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key, validate=True))
        public.verify(signature, CONTEXT + body.encode())
        return _state(json.loads(body))
    except InvalidSignature:
        raise ValueError("not signed by this switch's key, or changed since") from None
    except (binascii.Error, UnicodeError, KeyError, TypeError, AttributeError, RecursionError):
        raise ValueError("not a signed state of switches") from None


def _state(plain: Mapping[str, object]) -> State:
    switches = plain["switches"]
    if not isinstance(switches, dict):
        raise TypeError
    serial, issued_at = plain["serial"], plain["issued_at"]
    if type(serial) is not int or not isinstance(issued_at, str):
        raise TypeError
    shares = plain.get("shares", {})
    if not isinstance(shares, dict) or any("share" in fields for fields in switches.values()):
        raise TypeError
    found = {name: Switch(**fields) for name, fields in switches.items()}
    for name, share in shares.items():
        if type(share) is not int or not 0 < share < WHOLE or found[name].on is not False:
            raise TypeError
        found[name] = replace(found[name], share=share)
    for switch in found.values():
        whole = type(switch.on) is bool and type(switch.last_for_seconds) is int
        if not whole or switch.on_loss not in (SAFE, LAST) or switch.last_for_seconds < 0:
            raise TypeError
    return State(serial=serial, issued_at=issued_at, switches=found)


def part_of(flag: str, key: str) -> int:
    """In which of 10,000 parts this key lies, the same for ever and everywhere."""
    digest = hashlib.sha256(f"{flag}\0{key}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") * WHOLE >> 64


def _fields(switch: Switch) -> dict[str, object]:
    fields = asdict(switch)
    del fields["share"]
    return fields


def public_text(key: Ed25519PrivateKey) -> str:
    """The public half of a key as applications are told it: base64 of its 32 bytes."""
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()
