"""What arrives from outside: one body with its place in the inbox, and how its sender was proven.

No fact and no part of the record: it lies in the inbox, whose bodies can be destroyed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

UNPROVEN = "unproven"
"""The source of whatever nothing proves."""


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """A body that came in and has no place yet.

    Args:
        format: which reader understands it.
        source: the machine or integration that was proven, else `UNPROVEN`.
        delivery: the sender's own id of this delivery; the same is kept once. Empty for none.
        said: what beside the body a reader needs: some headers, parts of the path.
        readable: False when its reader found mistakes; it is kept all the same.
    """

    format: str
    source: str
    proven: bool
    delivery: str
    said: Mapping[str, str]
    body: bytes
    received_at: datetime
    readable: bool = True


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """An arrival that is kept.

    Args:
        place: from 1; grows, and is never given twice.
        digest: SHA-256 of the body in hexadecimal; remains when the body is destroyed.
        body: None once it was destroyed.
        times: how often the same delivery came.
    """

    place: int
    format: str
    source: str
    proven: bool
    delivery: str
    said: Mapping[str, str]
    digest: str
    size: int
    body: bytes | None
    received_at: datetime
    readable: bool
    times: int = 1
