"""The whole body of a request, unpacked: never more than is taken, and nothing passed over."""

from __future__ import annotations

import zlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from tocsin.signals.formats import BODY_BYTES_MAX
from tocsin.web.inbound_answers import Reply, refused, too_large

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
PARTS_MAX = 100
_MORE_THAN_ALL = BODY_BYTES_MAX + 1


async def whole_body(headers: dict[str, str], receive: Receive) -> bytes | Reply:
    """The whole body, unpacked, or the answer why it is not taken."""
    length = headers.get("content-length", "")
    if length.isdigit() and (len(length) > 12 or int(length) > BODY_BYTES_MAX):
        return too_large(BODY_BYTES_MAX)
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return refused(400, "the body ended before it was whole")
        part = message.get("body", b"")
        size += len(part)
        if size > BODY_BYTES_MAX:
            return too_large(BODY_BYTES_MAX)
        parts.append(part)
        if not message.get("more_body"):
            break
    body = parts[0] if len(parts) == 1 else b"".join(parts)
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("", "identity"):
        return body
    if encoding not in ("gzip", "deflate"):
        return refused(415, f"{encoding[:20]}: send it plain or packed with gzip")
    return _unpacked(body)


def _unpacked(body: bytes) -> bytes | Reply:
    """All that is packed, for packed parts may follow one another."""
    parts: list[bytes] = []
    room, rest = _MORE_THAN_ALL, body
    while rest or not parts:
        unpacking = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
        try:
            parts.append(unpacking.decompress(rest, room))
        except zlib.error:
            return refused(400, "what is called packed cannot be unpacked")
        room -= len(parts[-1])
        if room <= 0:
            return too_large(BODY_BYTES_MAX)
        if not unpacking.eof:
            return refused(400, "what is packed ends before it is whole")
        if len(parts) > PARTS_MAX:
            return refused(400, f"packed in more than {PARTS_MAX} parts; pack it in one")
        rest = unpacking.unused_data.lstrip(b"\0")  # what pads a block says nothing
    return b"".join(parts)
