"""One byte string for one value: JSON as RFC 8785 writes it, in a profile with nothing ambiguous.

The profile: objects with ASCII keys, arrays, strings without lone surrogates, true, false, null and
whole numbers between -(2^53-1) and 2^53-1. No floats: a decimal travels as a string. What is stored
are these bytes, and what is hashed is what is stored.

Source: RFC 8785 (JSON Canonicalization Scheme) 3.2; I-JSON RFC 7493 2.2 for the range of numbers.
"""

from __future__ import annotations

import hashlib
import json
from typing import TypeAlias

import msgspec

Json: TypeAlias = "bool | int | str | list[Json] | dict[str, Json] | None"

INTEGER_MAX = 2**53 - 1
_encoder = msgspec.json.Encoder(order="sorted")


def canonical(value: Json) -> bytes:
    """The canonical bytes of a value in the profile.

    Raises:
        ValueError: a float, a number out of range, a key that is not ASCII, a lone surrogate.
    """
    _check(value, "$")
    return encode_unchecked(value)


def encode_unchecked(value: object) -> bytes:
    """Canonical bytes of a value already known to keep the profile (facts are typed to keep it)."""
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError as bad:
        raise ValueError(f"text holds a lone surrogate (half a character): {bad.reason}") from None


def parse(data: bytes) -> Json:
    """The value whose canonical bytes are exactly `data`.

    Raises:
        ValueError: not JSON, outside the profile, duplicate keys, or not in canonical form.
    """
    try:
        value: Json = json.loads(data, object_pairs_hook=_no_duplicates, parse_float=_no_float)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if canonical(value) != data:
        raise ValueError("valid JSON, but not in canonical form (RFC 8785)")
    return value


def sha256_hex(data: bytes) -> str:
    """The SHA-256 of `data` in lower-case hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def _check(value: Json, path: str) -> None:
    match value:
        case None | bool() | str():
            return
        case int():
            if abs(value) > INTEGER_MAX:
                raise ValueError(f"{path}: {value} is beyond 2^53-1; write it as a string")
        case list():
            for place, item in enumerate(value):
                _check(item, f"{path}[{place}]")
        case dict():
            for key, item in value.items():
                if not isinstance(key, str) or not key.isascii():
                    raise ValueError(f"{path}: key {key!r} is not ASCII text")
                _check(item, f"{path}.{key}")
        case _:
            raise ValueError(
                f"{path}: {type(value).__name__} is not allowed; write decimals as strings"
            )


def _no_duplicates(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an object names a key twice")
    return found


def _no_float(text: str) -> Json:
    raise ValueError(f"{text} is not a whole number; write decimals as strings")
