"""What each kind of sender is answered, in its own words."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from tocsin.signals.model import BodyMistake

JSON = b"application/json"
PROTOBUF = b"application/x-protobuf"
TEXT = b"text/plain; charset=utf-8"
HEADERS = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)
PLACE = b"x-place"
"""The header of every answer that says where a delivery is kept."""

MISTAKES_MOST = 50


class Reply(msgspec.Struct, frozen=True):
    """One answer: status, type of content, body, and headers beside the usual ones."""

    status: int
    kind: bytes
    body: bytes
    more: tuple[tuple[bytes, bytes], ...] = ()


def id_of(place: int) -> str:
    """The id of the request that is kept at a place, as clients of Opsgenie need one."""
    return f"00000000-0000-4000-8000-{place:012x}"


def accepted(format_: str, place: int, key: str, count: int, repeated: bool) -> Reply:
    """It is on disk.

    Args:
        key: the key of its one signal, which some senders need to speak of it again.
    """
    if format_ == "pagerduty":
        said: object = {"status": "success", "message": "Event processed", "dedup_key": key}
    elif format_ == "opsgenie":
        said = {"result": "Request will be processed", "took": 0.0, "requestId": id_of(place)}
    else:
        said = {"status": "accepted", "place": place, "signals": count, "repeated": repeated}
    return Reply(202, JSON, msgspec.json.encode(said), ((PLACE, str(place).encode()),))


def logs_accepted(kind: bytes) -> Reply:
    """The answer to logs, which their protocol wants to be 200 and empty."""
    if kind.startswith(PROTOBUF):
        return Reply(200, PROTOBUF, b"")
    return Reply(200, JSON, b"{}")


def wrong_body(format_: str, mistakes: Sequence[BodyMistake]) -> Reply:
    """Every mistake of a body at once."""
    told = [str(one) for one in mistakes[:MISTAKES_MOST]]
    if len(mistakes) > MISTAKES_MOST:
        told.append(f"and {len(mistakes) - MISTAKES_MOST} more")
    if format_ == "pagerduty":
        said: object = {
            "status": "invalid event",
            "message": "Event object is invalid",
            "errors": told,
        }
    elif format_ == "opsgenie":
        said = {"message": "Request body is not processable", "errors": told, "took": 0.0}
        return Reply(422, JSON, msgspec.json.encode(said))
    else:
        said = {"status": "refused", "errors": told}
    return Reply(400, JSON, msgspec.json.encode(said))


def refused(status: int, why: str, *more: tuple[bytes, bytes]) -> Reply:
    """It was not taken, and why."""
    said = {"status": "refused", "message": why, "errors": [why]}
    return Reply(status, JSON, msgspec.json.encode(said), more)


def unproven(why: str) -> Reply:
    """What was shown proves nobody."""
    return refused(401, why, (b"www-authenticate", b'Bearer realm="signals"'))


def later(status: int, why: str, seconds: float) -> Reply:
    """Not now: nothing was taken, and when to come again."""
    after = str(max(1, math.ceil(min(seconds, 3600.0)))).encode()
    return refused(status, f"{why}; nothing was taken, come again", (b"retry-after", after))


def too_large(most: int) -> Reply:
    """More bytes than are taken."""
    return refused(413, f"more than {most:,} bytes; nothing was taken, send it in parts")
