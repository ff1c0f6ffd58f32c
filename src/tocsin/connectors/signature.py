"""Signed calls: the receiver can tell that a call is ours, whole, recent and not sent before.

Three headers travel with each call: `webhook-id`, `webhook-timestamp` (whole seconds since 1970)
and `webhook-signature`, which is `v1,` and the Base64 of HMAC-SHA256 over `id.timestamp.body`. A
receiver checks the signature, then that the instant is near, then whether it has seen the id.

Source: Standard Webhooks specification 1.0, "Signature scheme"; RFC 2104 for HMAC.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from tocsin.facts import Refused

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
TOLERANCE = timedelta(minutes=5)
KEY_BYTES_MIN = 16
_PREFIX = "whsec_"


def signed_headers(secret: str, message: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers that prove a call.

    Args:
        secret: `whsec_` and Base64, or any text of at least 16 bytes.
        message: the id of the call; a repetition has the same one.
        at: zone-aware; the moment of sending.

    Raises:
        Refused: the secret is too short or not what its prefix says.
    """
    timestamp = str(int(at.timestamp()))
    return {
        ID: message,
        TIMESTAMP: timestamp,
        SIGNATURE: _signature(_key(secret), message, timestamp, body),
    }


def verify(headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> str:
    """The id of a call that is proven, for receivers; compare it with the ids seen before.

    Args:
        headers: names in lower case.
        secrets: any of these may have signed: the present one and, in a change, the former.

    Raises:
        Refused: unsigned, altered, signed by another, or too old to tell from a replay.
    """
    try:
        message, timestamp = headers[ID], headers[TIMESTAMP]
        offered = headers[SIGNATURE].split()
        sent = int(timestamp)
    except (KeyError, ValueError):
        raise Refused(f"a signed call carries {ID}, {TIMESTAMP} and {SIGNATURE}") from None
    if not any(_matches(offered, _signature(_key(s), message, timestamp, body)) for s in secrets):
        raise Refused("the signature does not match; was the call altered, or the secret changed?")
    if abs(now.timestamp() - sent) > TOLERANCE.total_seconds():
        raise Refused("the call is too old or too new to be told from a replay; check both clocks")
    return message


def check_secret(secret: str) -> None:
    """Passes for a secret that can sign. Raises Refused, which never shows it."""
    _key(secret)


def _matches(offered: Sequence[str], right: str) -> bool:
    expected = right.encode("ascii")
    found = [hmac.compare_digest(one.encode("utf-8"), expected) for one in offered]
    return any(found)


def _signature(key: bytes, message: str, timestamp: str, body: bytes) -> str:
    content = f"{message}.{timestamp}.".encode() + body
    digest = hmac.new(key, content, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode("ascii")


def _key(secret: str) -> bytes:
    if secret.startswith(_PREFIX):
        try:
            key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
        except (binascii.Error, ValueError):
            raise Refused(f"a secret that begins with {_PREFIX} goes on in Base64") from None
    else:
        key = secret.encode("utf-8")
    if len(key) < KEY_BYTES_MIN:
        raise Refused(f"a signing secret has at least {KEY_BYTES_MIN} bytes; draw a longer one")
    return key
