"""Values of OpenTelemetry's logs, the same from JSON and from protobuf: texts, lists and maps.

Source: OTLP 1.x, `AnyValue`; its JSON writes 64-bit numbers as texts and bytes in base 64.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from tocsin.signals.json_text import Json
from tocsin.signals.model import one_line

_SCALARS = ("stringValue", "boolValue", "intValue", "doubleValue", "bytesValue")
_MESSAGES = ("message", "msg", "log", "text")
"""Where a body that is a map has its text, as loggers write it."""


def of_json(value: Json) -> Json:
    """What an `AnyValue` in JSON holds; None when it holds nothing that is known."""
    if not isinstance(value, dict):
        return None
    for name in _SCALARS:
        one = value.get(name)
        if isinstance(one, str | int | float):
            return _number(one) if name == "intValue" else one
    items, pairs = _values(value.get("arrayValue")), _values(value.get("kvlistValue"))
    if items is not None:
        return [of_json(one) for one in items]
    if pairs is not None:
        return {
            str(one.get("key", "")): of_json(one.get("value"))
            for one in pairs
            if isinstance(one, dict)
        }
    return None


def of_protobuf(value: AnyValue) -> Json:
    """The same of an `AnyValue` in protobuf."""
    match value.WhichOneof("value"):
        case None:
            return None
        case "bytes_value":
            return base64.b64encode(value.bytes_value).decode()
        case "array_value":
            return [of_protobuf(one) for one in value.array_value.values]
        case "kvlist_value":
            return {one.key: of_protobuf(one.value) for one in value.kvlist_value.values}
        case kind:
            one: Json = getattr(value, kind)
            return one


def of_pairs(pairs: Iterable[KeyValue]) -> dict[str, Json]:
    """Attributes in protobuf."""
    return {one.key: of_protobuf(one.value) for one in pairs}


def text_of(value: Json) -> str:
    """A value as text, whole; of a map its message, or else all that it says, in one order."""
    if isinstance(value, dict):
        told = (value.get(name) for name in _MESSAGES)
        said = next((one for one in told if one and not isinstance(one, dict | list)), None)
        return text_of(said) if said is not None else _packed(value) if value else ""
    if isinstance(value, list):
        return _packed(value) if value else ""
    return "" if value is None else one_line(str(value))


def labels_in(values: Mapping[str, Json], before: str = "") -> dict[str, str]:
    """Attributes as labels; what stands in a map has the map's name and a dot before it."""
    found: dict[str, str] = {}
    for key, value in values.items():
        name = one_line(before + key)
        if isinstance(value, dict):
            found.update(labels_in(value, f"{name}."))
        elif name and (text := text_of(value)):
            found[name] = text
    return found


def _values(value: Json) -> list[Json] | None:
    held = value.get("values", []) if isinstance(value, dict) else None
    return held if isinstance(held, list) else None


def _number(value: str | int | float) -> str | int | float:
    if isinstance(value, str) and value.lstrip("-").isdecimal() and len(value) < 21:
        return int(value)
    return value


def _packed(value: Json) -> str:
    return one_line(json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")))
