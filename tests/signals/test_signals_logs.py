"""Records of logs are read whole, in both their spellings; another shape is told, not skipped."""

from __future__ import annotations

import pytest
from bodies import one, read, told

from tocsin.facts.signals import Urgency
from tocsin.signals.formats import read_body
from tocsin.signals.model import Reading


def record(number: int, text: str) -> dict[str, object]:
    return {"severityNumber": number, "timeUnixNano": "1764158400000000000",
            "body": {"stringValue": text}, "attributes": []}  # fmt: skip


def logs(*records: object) -> dict[str, object]:
    name = {"key": "service.name", "value": {"stringValue": "fraud"}}
    scope = {"logRecords": list(records)}
    resource = {"attributes": [name]}
    return {"resourceLogs": [{"resource": resource, "scopeLogs": [scope]}]}


def test_logs_that_differ_in_numbers_only_are_one_signal() -> None:
    reading = read("otlp", logs(record(17, "timeout after 31 ms"), record(17, "timeout after 5 ms"),
                                record(21, "out of memory"), record(9, "started")))  # fmt: skip
    assert [signal.urgency for signal in reading.signals] == [
        Urgency.ERROR, Urgency.CRITICAL, Urgency.INFO,
    ]  # fmt: skip
    assert reading.signals[0].summary == "fraud: timeout after 31 ms"
    assert list(reading.signals[0].may_name()) == ["fraud"]


def test_records_of_one_kind_name_each_system_that_they_are_about() -> None:
    about = [{"attributes": [{"key": "system", "value": {"stringValue": name}}]}
             for name in ("a", "credit", "a")]  # fmt: skip
    signal = one(read("otlp", logs(*({**record(17, "unfair"), **one} for one in about))))
    assert [one["system"] for one in signal.things] == ["a", "credit"]


def test_logs_say_the_same_as_protobuf() -> None:
    from google.protobuf.json_format import ParseDict
    from opentelemetry.proto.logs.v1.logs_pb2 import LogsData

    value = logs(record(17, "timeout after 31 ms"), record(5, "x" * 3000))
    packed = ParseDict(value, LogsData()).SerializeToString()
    said = {"content-type": "application/x-protobuf"}
    assert read_body("otlp", packed, said) == read("otlp", value)
    assert "not protobuf of logs" in told(read_body("otlp", b"\x0a\xff\xff", said))[0]


def mapped(**entries: object) -> dict[str, object]:
    values = [{"key": name, "value": value} for name, value in entries.items()]
    return {"kvlistValue": {"values": values}}


def text(value: str) -> dict[str, object]:
    return {"stringValue": value}


BODIES = [
    mapped(message=text("disk is full")),
    mapped(message=text("it tells data of another customer"), zone=text("eu")),
    mapped(cause=mapped(code={"intValue": "7"}), done={"boolValue": True}),
    mapped(cause=mapped(code=text("lost")), done={"boolValue": True}),
    {"arrayValue": {"values": [text("a"), {"doubleValue": 0.5}, {}]}},
    {"bytesValue": "AAEC"},
    text("y" * 300 + "this"),
    text("y" * 300 + "that"),
]


def test_logs_whose_bodies_are_no_plain_texts_are_told_apart_too() -> None:
    from google.protobuf.json_format import ParseDict
    from opentelemetry.proto.logs.v1.logs_pb2 import LogsData

    value = logs(*({"severityNumber": 17, "body": body} for body in BODIES))
    reading = read("otlp", value)
    assert [signal.summary for signal in reading.signals][:6] == [
        "fraud: disk is full",
        "fraud: it tells data of another customer",
        'fraud: {"cause":{"code":7},"done":true}',
        'fraud: {"cause":{"code":"lost"},"done":true}',
        'fraud: ["a",0.5,null]',
        "fraud: AAEC",
    ]
    assert len(reading.signals) == len(BODIES)
    packed = ParseDict(value, LogsData()).SerializeToString()
    assert read_body("otlp", packed, {"content-type": "application/x-protobuf"}) == reading


def test_maps_in_bodies_and_attributes_of_logs_name_systems_and_urgency() -> None:
    body = mapped(message=text("unfair"), system=text("credit"), level=text("critical"))
    signal = one(read("otlp", logs({"body": body})))
    assert (signal.labels["system"], signal.urgency) == ("credit", Urgency.CRITICAL)
    cluster = {"key": "k8s", "value": mapped(pod=text("p1"), ports={"arrayValue": {"values": []}})}
    signal = one(read("otlp", logs({"body": text("down"), "attributes": [cluster]})))
    assert signal.labels == {"k8s.pod": "p1", "service.name": "fraud"}


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({"foo": 1}, "resourceLogs: nothing, but foo; send logs as OTLP 1.x names them"),
        ({"resource_logs": []}, "resourceLogs: nothing, but resource_logs; "),
        (
            {"resourceLogs": [{"resource": {}, "instrumentationLibraryLogs": [{}]}]},
            "resourceLogs[1].scopeLogs: nothing, but instrumentationLibraryLogs; ",
        ),
        (
            {"resourceLogs": [{"scopeLogs": [{"scope": {}, "log_records": [{}]}]}]},
            "resourceLogs[1].scopeLogs[1].logRecords: nothing, but log_records; ",
        ),
        (
            {"resourceLogs": [{"scopeLogs": [{"logRecords": [{"severity_number": 17}]}]}]},
            "severity_number: a name that is not JSON's; write severityNumber",
        ),
    ],
)
def test_logs_of_another_shape_are_told_and_not_taken_for_none(value: object, says: str) -> None:
    assert says in "\n".join(told(read("otlp", value)))


def test_logs_may_be_none_and_say_more_than_is_known() -> None:
    for empty in ({}, {"resourceLogs": None}, {"resourceLogs": [{"resource": {}}]}):
        assert read("otlp", empty) == Reading()
    assert one(read("otlp", {**logs(record(17, "x")), "foo": 1})).summary == "fraud: x"
    said = {"content-type": "application/x-protobuf"}
    assert read_body("otlp", b"", said) == Reading()
    old = b"\x0a\x05\xc2\x3e\x02\x12\x00"  # field 1000 of the first resource, as before 1.0
    assert "of OTLP 1.x" in told(read_body("otlp", old, said))[0]
    assert "of OTLP 1.x" in told(read_body("otlp", b"\x12\x00", said))[0]
