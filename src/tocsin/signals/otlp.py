"""OpenTelemetry logs over HTTP, as JSON or protobuf: each kind of record is one signal.

Source: OTLP 1.x, `ExportLogsServiceRequest`; severity numbers of the log data model: 1 TRACE, 5
DEBUG, 9 INFO, 13 WARN, 17 ERROR, 21 FATAL. Records whose texts differ only in numbers are the same
signal of their service. A body that is a map says its text in its message, else in all of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

import msgspec
from google.protobuf.message import DecodeError, Message
from google.protobuf.unknown_fields import UnknownFieldSet
from opentelemetry.proto.logs.v1.logs_pb2 import LogsData

from tocsin.facts.signals import SignalState, Urgency
from tocsin.register.mistakes import shown
from tocsin.signals.fields import EPOCH, Fields, object_of
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
from tocsin.signals.otlp_values import labels_in, of_json, of_pairs, of_protobuf, text_of

PROTOBUF = "application/x-protobuf"
RECORDS_MAX = 20_000
_NOT_LOGS = BodyMistake(
    field="",
    found="not protobuf of logs",
    remedy="send an ExportLogsServiceRequest of OTLP 1.x, or JSON as application/json",
)
_VARIES = re.compile(r"0x[0-9a-fA-F]+|[0-9a-fA-F]{8,}|\d+")
_FROM_NUMBER = ((21, Urgency.CRITICAL), (17, Urgency.ERROR), (13, Urgency.WARNING),
                (1, Urgency.INFO))  # fmt: skip
ATTRIBUTE_MAX = 1000
_RECORD = ("timeUnixNano", "observedTimeUnixNano", "severityNumber", "severityText", "eventName")
_CAPITAL = re.compile("[A-Z]")


def read_otlp(body: bytes, said: Mapping[str, str]) -> Reading:
    """The kinds of records that a request carries, each once."""
    mode = said.get("content-type", "").partition(";")[0].strip().lower()
    told: list[BodyMistake] = []
    if mode == PROTOBUF:
        records = _of_protobuf(body, told)
    else:
        value, told = json_of(body)
        records = _of_json(object_of(value, told)) if not told else iter(())
    kinds = _Kinds()
    for number, signal in enumerate(records):
        if number >= RECORDS_MAX:
            remedy = f"send at most {RECORDS_MAX} records at once"
            told.append(BodyMistake(field="resourceLogs", found="too many", remedy=remedy))
            break
        kinds.take(signal)
    return Reading(mistakes=tuple(told)) if told else Reading(signals=kinds.signals)


class _Kinds:
    """The first record of each kind; what others of its kind are about is said beside it."""

    def __init__(self) -> None:
        self._found: dict[str, Signal] = {}
        self._about: dict[str, dict[tuple[str, ...], Mapping[str, str]]] = {}

    def take(self, signal: Signal) -> None:
        """Take one more record."""
        self._found.setdefault(signal.key, signal)
        about = self._about.setdefault(signal.key, {})
        about.setdefault(tuple(signal.may_name()), signal.labels)

    @property
    def signals(self) -> tuple[Signal, ...]:
        """What was taken, in order."""
        return tuple(
            msgspec.structs.replace(one, also=tuple(self._about[one.key].values())[1:])
            for one in self._found.values()
        )


def _of_json(top: Fields) -> Iterator[Signal]:
    _expect(top, "resourceLogs")
    for resource in top.rows("resourceLogs"):
        _expect(resource, "scopeLogs", "resource", "schemaUrl")
        about = resource.inner("resource")
        shared = _attributes(about) if about is not None else {}
        for scope in resource.rows("scopeLogs"):
            _expect(scope, "logRecords", "scope", "schemaUrl")
            for record in scope.rows("logRecords"):
                _check_names(record)
                nanoseconds = _whole(record, "timeUnixNano") or _whole(
                    record, "observedTimeUnixNano"
                )
                yield _signal(
                    shared,
                    _attributes(record),
                    of_json(record.value("body")),
                    _whole(record, "severityNumber"),
                    record.text("severityText", 40),
                    record.text("eventName", NAME_MAX),
                    nanoseconds,
                )


def _expect(fields: Fields, name: str, *beside: str) -> None:
    """Tell an object that says something else than it must: what it holds would be lost.

    Fields that the protocol does not know are passed over where the one that matters is there.
    """
    others = sorted(fields.names() - {name, *beside})
    if others and not fields.has(name):
        found = f"nothing, but {', '.join(plain(one, 40) for one in others[:3])}"
        fields.tell(name, found, "send logs as OTLP 1.x names them in JSON: resourceLogs, "
                    "scopeLogs, logRecords")  # fmt: skip


def _check_names(record: Fields) -> None:
    for name in _RECORD:
        other = _CAPITAL.sub(lambda found: f"_{found[0].lower()}", name)
        if other != name and record.has(other):
            record.tell(other, "a name that is not JSON's", f"write {name}")


def _whole(fields: Fields, name: str) -> int:
    value = fields.value(name)
    if value is None:
        return 0
    number: Json = value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 20:
        number = int(value)
    if isinstance(number, int) and not isinstance(number, bool) and 0 <= number < 2**64:
        return number
    found = plain(shown(value), 40) if isinstance(value, str | int | float) else "no number"
    fields.tell(name, found, f"write a whole number from 0 to {2**64 - 1}")
    return 0


def _attributes(fields: Fields) -> dict[str, str]:
    found: dict[str, Json] = {}
    for one in fields.rows("attributes"):
        found[one.text("key", ATTRIBUTE_MAX)] = of_json(one.value("value"))
    return labels_in(found)


def _of_protobuf(body: bytes, told: list[BodyMistake]) -> Iterator[Signal]:
    data = LogsData()
    try:
        data.ParseFromString(body)
    except DecodeError:
        told.append(_NOT_LOGS)
        return
    if _holds_others(data) and not data.resource_logs:
        told.append(_NOT_LOGS)
    for resource in data.resource_logs:
        if _holds_others(resource) and not resource.scope_logs:
            told.append(_NOT_LOGS)
        shared = labels_in(of_pairs(resource.resource.attributes))
        for scope in resource.scope_logs:
            if _holds_others(scope) and not scope.log_records:
                told.append(_NOT_LOGS)
            for record in scope.log_records:
                yield _signal(
                    shared,
                    labels_in(of_pairs(record.attributes)),
                    of_protobuf(record.body),
                    record.severity_number,
                    plain(record.severity_text, 40),
                    plain(record.event_name, NAME_MAX),
                    record.time_unix_nano or record.observed_time_unix_nano,
                )


def _holds_others(message: Message) -> bool:
    """Whether it holds fields that the protocol, as it is now, does not know."""
    return len(UnknownFieldSet(message)) > 0


def _signal(
    shared: Mapping[str, str],
    own: Mapping[str, str],
    body: Json,
    number: int,
    word: str,
    event: str,
    nanoseconds: int,
) -> Signal:
    text = text_of(body)
    inner = labels_in(body) if isinstance(body, dict) else {}
    labels = {**inner, **own, **shared}
    word = word or inner.get("severity") or inner.get("level") or ""
    service = shared.get("service.name", "")
    urgency = next((one for least, one in _FROM_NUMBER if number >= least), urgency_of(word))
    name = event or own.get("event.name") or own.get("exception.type") or "log"
    kind = _VARIES.sub("#", text)
    return Signal(
        key=key_of(service, name, urgency.value, kind),
        name=plain(name, NAME_MAX),
        state=SignalState.FIRING,
        urgency=urgency,
        summary=plain(f"{service}: {text or name}" if service else text or name, SUMMARY_MAX),
        labels=labels,
        claimed_at=_instant(nanoseconds),
    )


def _instant(nanoseconds: int) -> datetime | None:
    if not nanoseconds:
        return None
    try:
        return EPOCH + timedelta(microseconds=nanoseconds // 1000)
    except OverflowError:
        return None
