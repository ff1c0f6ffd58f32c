"""Bodies without the credentials that stand in them: none of these is ever kept.

A token keeps its public part; its secret is written over, byte for byte, so that packed formats can
still be read. Whatever a `routing_key` holds is withheld, for it may be the key of another pager.
"""

from __future__ import annotations

import json
import re

from tocsin.signals.json_text import Json, json_of

_TOKEN = re.compile(rb"(tocsin_[A-Za-z0-9]{4,32}_)([A-Za-z0-9_-]{22,128})")
_KEY = b"routing_key"
_KEY_ONCE = re.compile(rb'"routing_key"\s*:\s*"([\x20-\x21\x23-\x5b\x5d-\x7e]{1,500})"')
_KEY_LOOSE = re.compile(rb'("routing_key"\s*:\s*")[^"]{1,500}')
_DISGUISED = re.compile(rb"\\u00(?:2[dD]|3\d|4[1-9a-fA-F]|5[\dafAF]|6[1-9a-fA-F]|7[\daA])")
"""A letter, a digit or a sign of a token that is written as an escape, as hardly anybody does."""
_WITHHELD = "withheld"


def taken_out(body: bytes, *, is_json: bool) -> tuple[str, bytes]:
    """The routing key that a body shows, and the body without any credential.

    Args:
        is_json: False for a packed body or a form, in which nothing can stand in disguise.
    """
    key = ""
    if is_json and (_KEY in body or _DISGUISED.search(body)):
        key, body = _without_key(body)
    return key, _masked(body)


def _without_key(body: bytes) -> tuple[str, bytes]:
    named = _KEY_ONCE.search(body)
    if (
        named is not None
        and body.count(b"{", 0, named.start()) == 1
        and (body.count(_KEY) == 1 and b"\\u" not in body)
    ):  # it stands once, in the outermost object, and nothing can stand in disguise
        first, last = named.span(1)
        return named.group(1).decode("ascii"), body[:first] + _WITHHELD.encode() + body[last:]
    value, told = json_of(body)
    if told:
        return "", _KEY_LOOSE.sub(rb"\1" + _WITHHELD.encode(), body)
    key = value.get("routing_key") if isinstance(value, dict) else None
    return key if isinstance(key, str) else "", json.dumps(_without(value)).encode()


def _without(value: Json) -> Json:
    """A value with nothing of it in disguise, and without what any `routing_key` in it holds."""
    if isinstance(value, dict):
        return {
            name: _WITHHELD if name == "routing_key" else _without(one)
            for name, one in value.items()
        }
    return [_without(one) for one in value] if isinstance(value, list) else value


def _masked(body: bytes) -> bytes:
    if b"tocsin_" not in body:
        return body
    return _TOKEN.sub(lambda found: found[1] + b"*" * len(found[2]), body)
