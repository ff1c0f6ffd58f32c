"""CloudEvents 1.0 over HTTP: structured, binary, and batches of structured ones.

Source: CloudEvents 1.0, "Required Attributes"; HTTP Protocol Binding 1.0. `source` and `id`
together name one delivery; the thing it is about is (source, type, subject).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

from tocsin.facts.marks import HOPS_ATTRIBUTE, MARK_ATTRIBUTE
from tocsin.facts.signals import SignalState
from tocsin.signals.fields import Fields, object_of
from tocsin.signals.json_text import Json, json_of
from tocsin.signals.model import (
    NAME_MAX,
    SUMMARY_MAX,
    BodyMistake,
    Reading,
    Signal,
    key_of,
    plain,
    urgency_of,
)
from tocsin.signals.percent import unquoted

CONTENT_TYPE = "content-type"
STRUCTURED, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"
EVENTS_MAX = 1000
_OVER = frozenset({"resolved", "ok", "closed", "recovered", "normal"})


def read_cloudevents(body: bytes, said: Mapping[str, str]) -> Reading:
    """The events of a request, whichever mode it is in."""
    mode = said.get(CONTENT_TYPE, "").partition(";")[0].strip().lower()
    if mode == BATCH:
        return _batch(body)
    if mode == STRUCTURED or "ce-specversion" not in said:
        value, told = json_of(body)
        top = object_of(value, told)
        return _one(top, _held(top), told) if not told else Reading(mistakes=tuple(told))
    told = []
    attributes: dict[str, Json] = {
        name.removeprefix("ce-"): unquoted(value)
        for name, value in said.items()
        if name.startswith("ce-")
    }
    data = _data(body, mode, told)
    return _one(Fields(attributes, told), data, told)


def _data(body: bytes, mode: str, told: list[BodyMistake]) -> Json:
    if not body.strip() or not _is_json(mode):
        return None  # bytes of another kind say nothing that could be read here
    value, wrong = json_of(body)
    told += wrong
    return value


def _held(top: Fields) -> Json:
    """The data of a structured event, also where it stands as bytes in base 64."""
    packed = top.value("data_base64")
    if packed is None:
        return top.value("data")
    if top.has("data"):
        top.tell("data_base64", "beside data", "send one of both")
        return None
    try:
        body = base64.b64decode(packed if isinstance(packed, str) else "!", validate=True)
    except (binascii.Error, ValueError):
        top.tell("data_base64", "not base 64", "write bytes in base 64, or data instead")
        return None
    return _data(body, top.text("datacontenttype", 200).partition(";")[0].strip().lower(), top.told)


def _is_json(kind: str) -> bool:
    return not kind or kind.endswith(("/json", "+json"))


def _batch(body: bytes) -> Reading:
    value, told = json_of(body)
    if not told and not isinstance(value, list):
        told.append(BodyMistake(field="", found="no list", remedy="send a list of events"))
    events = value if isinstance(value, list) else []
    if len(events) > EVENTS_MAX:
        found = f"{len(events)} events"
        told.append(BodyMistake(field="", found=found, remedy=f"send at most {EVENTS_MAX}"))
        events = []
    found_all: list[Reading] = []
    for one in Fields({"events": list(events)}, told).rows("events"):
        found_all.append(_one(one, _held(one), told))
    if told:
        return Reading(mistakes=tuple(told))
    signals = tuple(signal for one in found_all for signal in one.signals)
    return Reading(signals=signals, delivery=key_of(*(one.delivery for one in found_all)))


def _one(top: Fields, data: Json, told: list[BodyMistake]) -> Reading:
    top.one_of("specversion", ("1.0",))
    source = top.exact("source", 400, needed="say where it happened, as a URI")
    event = top.exact("id", 200, needed="give the event an id that is its own")
    kind = top.exact("type", 200, needed="say what kind of event it is")
    subject = top.text("subject", NAME_MAX)
    claimed_at = top.instant("time")
    inner = Fields(data if isinstance(data, dict) else {}, told, "data")
    labels = inner.labels("labels") if isinstance(inner.value("labels"), dict) else {}
    if isinstance(data, dict):
        labels = {**Fields({"data": data}, []).labels("data"), **labels}
    labels.update({"type": kind, "source": source})
    for name in (MARK_ATTRIBUTE, HOPS_ATTRIBUTE):
        labels.update({name: said} if (said := top.text(name, NAME_MAX)) else {})
    if subject:
        labels["subject"] = subject
        labels.setdefault("entity", subject)
    state = (labels.get("status") or labels.get("state") or "").lower()
    urgency = top.text("severity", 40) or labels.get("severity", "")
    summary = next((labels[name] for name in ("summary", "message", "title") if name in labels), "")
    if told:
        return Reading(mistakes=tuple(told))
    signal = Signal(
        key=key_of(source, kind, subject),
        name=kind,
        state=SignalState.RESOLVED if state in _OVER else SignalState.FIRING,
        urgency=urgency_of(urgency),
        summary=plain(summary or f"{kind} {subject}", SUMMARY_MAX),
        labels=labels,
        claimed_at=claimed_at,
    )
    return Reading(signals=(signal,), delivery=key_of(source, event))
