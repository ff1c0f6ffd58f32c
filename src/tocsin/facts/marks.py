"""What goes out carries its mark and a counter of hops, so that it is known when it comes back.

A mark names the record and the order, `ORIGIN/incident/ID/ORDER`; whether that order stands in the
record tells an echo from a forgery, never the look of a text. The counter ends a circle that runs
through systems, another Tocsin for instance, whose marks are not ours. Pure.
"""

from __future__ import annotations

import hashlib
import re

import msgspec

MARK_HEADER, HOPS_HEADER = "Tocsin-Mark", "Tocsin-Hops"
"""In calls and in mail; of an incoming request their names are in lower case."""

MARK_FIELD, HOPS_FIELD = "tocsin_mark", "tocsin_hops"
"""Among the details of an event, where no header comes along."""

MARK_ATTRIBUTE, HOPS_ATTRIBUTE = "tocsinmark", "tocsinhops"
"""As extension attributes of a CloudEvent."""

HOPS_MAX = 3
"""A message that came so far starts nothing any more; it is kept, and people see it."""

_ORIGIN_MAX = 100  # a longer name stands in marks by its digest, so that no reader cuts a mark
_MARK = re.compile(r"([^\s]{1,240})/(incident/[^\s/]{1,40})/([0-9]{1,12})")


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """Whose a message is: the record, by its name in marks, its log there, and the order."""

    origin: str
    log: str
    order: int


def mark_text(origin: str, key: str) -> str:
    """The mark of what goes out under an order's key.

    Args:
        origin: the record's name.
    """
    return f"{origin_in_marks(origin)}/{key}"


def origin_in_marks(origin: str) -> str:
    """The record's name as it stands in marks."""
    if len(origin) <= _ORIGIN_MAX:
        return origin
    return f"tocsin-{hashlib.sha256(origin.encode()).hexdigest()[:40]}"


def mark_in(text: str) -> Mark | None:
    """The mark that a text is; None where it is none."""
    if "/incident/" not in text or (found := _MARK.fullmatch(text.strip())) is None:
        return None
    return Mark(origin=origin_in_marks(found[1]), log=found[2], order=int(found[3]))


def hops_of(text: str | None) -> int:
    """How many hands a message went through; 0 where it says nothing.

    What cannot be read counts as having come too far: whoever sets it knows what it means.
    """
    text = (text or "").strip()
    if not text:
        return 0
    if not text.isascii() or not text.isdigit() or len(text) > 3:
        return HOPS_MAX
    return int(text)


def why_too_far(hops: int) -> str | None:
    """Why a message of so many hops may start nothing; None where it may."""
    if hops < HOPS_MAX:
        return None
    return (
        f"it went through {hops} systems that answer one another, ours among them perhaps; it "
        "starts nothing by itself"
    )
