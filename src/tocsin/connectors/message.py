"""The words that an order names by their digest: whole, unaltered, parted into subject and body."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import BinaryIO

import msgspec

from tocsin.connectors.targets import plain
from tocsin.facts import BrokenLog, ConnectorError, Refused, Unreachable

Open = Callable[[str], BinaryIO]
"""Opens what the vault keeps under a digest. Raises Refused when it is not there."""

WORDS_BYTES_MAX = 256 * 1024
NOT_SEEN = "not looked at: what was told cannot be looked at"
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """Words for somebody: a subject on one line, and a body."""

    subject: str
    body: str


def message_ordered(wanted: str, verb: str, open_kept: Open) -> Message:
    """The message of an order whose wanted state is "VERB:SHA-256".

    In the vault it lies as a subject, an empty line, and the body.

    Raises:
        ConnectorError: the order is of another form, or the vault does not hold what it names.
    """
    word, _, digest = wanted.partition(":")
    if word != verb or not _DIGEST.fullmatch(digest):
        raise _refusal(f'{plain(wanted)!r} names no message; write "{verb}:SHA-256 of its text"')
    try:
        with open_kept(digest) as kept:
            data = kept.read(WORDS_BYTES_MAX + 1)
    except Unreachable as bad:
        raise ConnectorError(f"the text cannot be read now: {bad}", may_have_acted=False) from None
    except (Refused, BrokenLog) as bad:
        raise _refusal(f"the text {digest[:12]} is not in the vault as it was: {bad}") from None
    if len(data) > WORDS_BYTES_MAX:
        raise _refusal(f"the text {digest[:12]} is larger than {WORDS_BYTES_MAX} bytes")
    if hashlib.sha256(data).hexdigest() != digest:
        raise _refusal(f"the text {digest[:12]} is not what was ordered; its digest is another")
    try:
        subject, _, body = data.decode("utf-8").partition("\n\n")
    except UnicodeDecodeError:
        raise _refusal(f"the text {digest[:12]} is not UTF-8") from None
    return Message(subject=plain(subject) or "(no subject)", body=body)


def blind(verb: str) -> ConnectorError:
    """What is answered to a look or a question that nobody outside can answer."""
    return ConnectorError(
        f"{verb}: whoever passes messages on cannot say; only a person can tell",
        may_have_acted=False,
        retry=False,
    )


def _refusal(message: str) -> ConnectorError:
    return ConnectorError(message, may_have_acted=False, retry=False)
