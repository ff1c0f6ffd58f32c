"""Texts as they travel in addresses and forms: `%41` is A, and in forms `+` is a space."""

from __future__ import annotations

import re

_ESCAPED = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~")


def unquoted(text: str, errors: str = "replace") -> str:
    """The text with its escapes read as UTF-8. Raises UnicodeDecodeError only where asked to."""
    return _ESCAPED.sub(
        lambda found: bytes.fromhex(found.group().replace("%", "")).decode("utf-8", errors), text
    )


def form_pairs(body: bytes, most: int) -> list[tuple[str, str]]:
    """The fields of a form in order.

    Raises:
        ValueError: not ASCII, escapes that are no UTF-8, or more than `most` fields.
    """
    parts = body.decode("ascii").split("&") if body else []
    if len(parts) > most:
        raise ValueError(f"more than {most} fields")
    pairs = []
    for part in parts:
        name, _, value = part.partition("=")
        pairs.append((_word(name), _word(value)))
    return pairs


def form_of(pairs: list[tuple[str, str]]) -> bytes:
    """The body of a form that has these fields."""
    return b"&".join(_packed(name) + b"=" + _packed(value) for name, value in pairs)


def _word(text: str) -> str:
    return unquoted(text.replace("+", " "), "strict")


def _packed(text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    return b"".join(
        bytes((one,)) if one in _SAFE else b"+" if one == 0x20 else b"%%%02X" % one for one in data
    )
