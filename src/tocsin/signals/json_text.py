"""Reads a body as JSON, strictly: what two readers could understand differently is a mistake."""

from __future__ import annotations

import json
import math
import re
from typing import NoReturn

from tocsin.signals.model import BodyMistake, plain

DEPTH_MAX = 32
_OPENS = re.compile(rb'"(?:[^"\\]|\\.)*"?|[\[\]{}]', re.S)

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


def json_of(body: bytes) -> tuple[Json, list[BodyMistake]]:
    """The value that a body holds, and what is wrong with it; with mistakes the value is None."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as bad:
        found = f"byte 0x{body[bad.start]:02x} at {bad.start}, which is not UTF-8"
        return None, [_wrong("", found, "send it as UTF-8")]
    if not text.strip():
        return None, [_wrong("", "nothing", "send a JSON document")]
    if _is_deep(body):
        found = f"lists and objects within each other deeper than {DEPTH_MAX}"
        return None, [_wrong("", found, "send it flatter")]
    told: list[BodyMistake] = []
    try:
        value: Json = json.loads(
            text, object_pairs_hook=_once(told), parse_float=_finite, parse_constant=_constant
        )
    except json.JSONDecodeError as bad:
        found = f"not JSON: {bad.msg} at line {bad.lineno}, column {bad.colno}"
        return None, [*told, _wrong("", found, "send one JSON document")]
    except (ValueError, RecursionError) as bad:
        found = plain(str(bad), 120)
        if "integer string" in found:  # the interpreter's own advice, which is none for a sender
            found = "a whole number of thousands of digits"
        return None, [*told, _wrong("", found, "send numbers that JSON knows")]
    return (None, told) if told else (value, [])


def _is_deep(body: bytes) -> bool:
    if body.count(b"[") + body.count(b"{") <= DEPTH_MAX:
        return False
    depth = 0
    for found in _OPENS.finditer(body):
        one = found.group()
        if one in (b"[", b"{"):
            depth += 1
            if depth > DEPTH_MAX:
                return True
        elif one in (b"]", b"}"):
            depth -= 1
    return False


class _once:
    """Builds an object and tells of keys that stand in it twice."""

    def __init__(self, told: list[BodyMistake]) -> None:
        self._told = told

    def __call__(self, pairs: list[tuple[str, Json]]) -> dict[str, Json]:
        made = dict(pairs)
        if len(made) != len(pairs):
            seen: set[str] = set()
            for key, _ in pairs:
                if key in seen:
                    again = _wrong(plain(key, 60), "a key that stands twice", "name it once")
                    self._told.append(again)
                seen.add(key)
        return made


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text[:20]} is larger than any number that can be kept")
    return value


def _constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")


def _wrong(field: str, found: str, remedy: str) -> BodyMistake:
    return BodyMistake(field=field, found=found, remedy=remedy)
