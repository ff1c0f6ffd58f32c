"""Every format gives its signals, or every mistake of its body at once; no body makes it raise."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import pytest
from bodies import one, read, told
from hypothesis import given
from hypothesis import strategies as st

from tocsin.facts.signals import SignalState, Urgency
from tocsin.signals.formats import BODY_BYTES_MAX, FORMATS, read_body
from tocsin.signals.json_text import DEPTH_MAX
from tocsin.signals.model import Reading

SHARED = Path(os.environ.get("TOCSIN_SHARED") or Path(__file__).parents[3] / "shared")
CAPTURES = SHARED / "data" / "vendor" / "captures" / "alertmanager_capture.jsonl"
every_format = pytest.mark.parametrize("name", FORMATS)


def captured() -> list[tuple[str, bytes]]:
    if not CAPTURES.is_file():
        pytest.skip("NOT PROVEN: TOCSIN_SHARED names no folder with data/vendor/captures in it")
    lines = [json.loads(line) for line in CAPTURES.read_text().splitlines()]
    return [(line["p"], line["b"].encode()) for line in lines]


def test_real_alerts_are_read_and_keep_their_key_when_they_are_resolved() -> None:
    alertmanager, opsgenie, pagerduty = [], [], []
    for path, body in captured():
        if path == "/am":
            alertmanager.append(one(read_body("alertmanager", body, {})))
        elif path == "/v2/enqueue":
            pagerduty.append(one(read_body("pagerduty", body, {})))
        else:
            alias = path.split("/")[4] if "/close" in path else ""
            said = {"alias": alias, "action": "close", "identifierType": "alias"} if alias else {}
            opsgenie.append(one(read_body("opsgenie", body, said)))
    for fires, over in (alertmanager, opsgenie, pagerduty):
        assert (fires.state, over.state) == (SignalState.FIRING, SignalState.RESOLVED)
        assert fires.key == over.key
        assert fires.labels["service"] == "fraud"
        assert fires.name == "ModelDrift"
    assert alertmanager[0].key == "febfcdbad6fbd309"
    assert alertmanager[0].claimed_at != alertmanager[1].claimed_at, "the trap: it can change"
    assert [signal[0].urgency for signal in (alertmanager, opsgenie, pagerduty)] == [
        Urgency.CRITICAL, Urgency.CRITICAL, Urgency.ERROR,
    ]  # fmt: skip


def test_every_mistake_of_a_body_is_told_at_once_with_its_field() -> None:
    alerts = [{"status": "fring", "labels": [], "startsAt": "tomorrow"}, 7]
    assert told(read("alertmanager", {"version": "3", "alerts": alerts})) == [
        "version: '3'; write one of: 4",
        "alerts[1].labels: a list; write an object",
        "alerts[1].status: 'fring'; did you mean \"firing\"?",
        "alerts[1].labels: nothing; say what the alert is about, or send its fingerprint",
        "alerts[1].startsAt: 'tomorrow'; write it as 2026-11-26T12:00:00Z",
        "alerts[2]: a number; write an object in braces",
    ]
    event = {"event_action": "triger", "dedup_key": "k" * 256, "payload": {"severity": "bad"}}
    assert told(read("pagerduty", event)) == [
        "event_action: 'triger'; did you mean \"trigger\"?",
        "dedup_key: 256 characters; write at most 255",
        "payload.summary: nothing; say in a line what is wrong",
        "payload.source: nothing; say what is affected",
        "payload.severity: 'bad'; write one of: critical, error, warning, info",
    ]
    assert told(read("pagerduty", {"event_action": "resolve"})) == [
        "dedup_key: nothing; name the alert to resolve"
    ]
    wrong = told(read("opsgenie", {"priority": "P9"}))
    assert wrong[0] == "message: nothing; say in a line what is wrong"
    assert wrong[1].startswith("priority: 'P9'; ")
    assert len(told(read("cloudevents", {"specversion": "0.3"}))) == 4


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "nothing"),
        (b"{", "not JSON"),
        (b'{"alerts": [], "alerts": []}', "alerts: a key that stands twice; name it once"),
        (b'{"a": NaN}', "NaN is not JSON"),
        (b'{"a": 1e999}', "larger than any number"),
        (b'{"a": "\xff"}', "byte 0xff at 7, which is not UTF-8"),
        (b"[" * 5000, f"deeper than {DEPTH_MAX}"),
        (b'{"a":' * (DEPTH_MAX + 1) + b"1" + b"}" * (DEPTH_MAX + 1), f"deeper than {DEPTH_MAX}"),
        (b"[]", "a list; send an object in braces"),
        (b"[]" * 40 + b'"' + b'\\"' * 400_000, "not JSON"),
        (b"1" * 5000, "body: a whole number of thousands of digits; send numbers"),
        (b" " * (BODY_BYTES_MAX + 1), "1,048,577 bytes; send at most 1,048,576"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["alertmanager", "pagerduty", "opsgenie", "mlflow", "otlp"])
def test_what_two_readers_could_understand_differently_is_refused(
    name: str, body: bytes, says: str
) -> None:
    assert says in "\n".join(told(read_body(name, body, {})))


def test_brackets_within_texts_are_not_depth() -> None:
    alert = {"status": "firing", "labels": {"alertname": "[" * 200 + '\\"{'}}
    assert one(read("alertmanager", {"version": "4", "alerts": [alert]})).name.startswith("[[[")


def crowded(**last: str) -> dict[str, str]:
    return {f"a{number:02}": str(number) for number in range(45)} | last


def test_what_stands_behind_many_labels_counts_as_much() -> None:
    labels = crowded(alertname="Many", severity="critical", system="credit")
    alert = {"status": "firing", "labels": labels, "annotations": crowded(summary="unfair")}
    signal = one(read("alertmanager", {"version": "4", "alerts": [alert]}))
    assert (signal.urgency, list(signal.may_name())) == (Urgency.CRITICAL, ["credit"])
    assert signal.summary == "Many: unfair"
    listed = "Labels:\n" + "".join(f" - {name} = {value}\n" for name, value in labels.items())
    payload = {"summary": "s", "source": "x", "severity": "error",
               "custom_details": {"firing": listed}}  # fmt: skip
    event = one(read("pagerduty", {"event_action": "trigger", "payload": payload}))
    assert next(iter(event.may_name())) == "credit"
    record = {"attributes": [{"key": name, "value": {"stringValue": value}}
                             for name, value in labels.items()]}  # fmt: skip
    logs = {"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}
    assert list(one(read("otlp", logs)).may_name()) == ["credit"]


@pytest.mark.parametrize("other", [{"zone": "us"}, {"note": "x" * 300 + "us"}])
def test_alerts_without_a_key_that_differ_anywhere_are_two(other: dict[str, str]) -> None:
    here = crowded(alertname="NoKey", zone="eu", note="x" * 300)
    alerts = [{"status": "firing", "labels": labels} for labels in (here, here | other)]
    first, second = read("alertmanager", {"version": "4", "alerts": alerts}).signals
    assert first.key != second.key


def test_grafana_keeps_organisations_apart_and_names_the_rule_behind_missing_data() -> None:
    labels = {"alertname": "DatasourceNoData", "rulename": "latency"}
    alert = {"status": "firing", "labels": labels, "fingerprint": "f1"}
    first = one(read("grafana", {"version": "1", "orgId": 1, "alerts": [alert]}))
    second = one(read("grafana", {"version": "1", "orgId": 2, "alerts": [alert]}))
    assert first.key == "1/f1" != second.key
    assert first.name == "latency"


def test_a_trigger_without_a_key_is_the_same_alert_when_it_is_said_again() -> None:
    payload = {"summary": "down", "source": "gpu-1", "severity": "critical"}
    event = {"event_action": "trigger", "payload": payload}
    other = {**event, "payload": {**payload, "source": "gpu-2"}}
    assert one(read("pagerduty", event)).key == one(read("pagerduty", event)).key
    assert one(read("pagerduty", event)).key != one(read("pagerduty", other)).key


def test_a_group_names_all_that_it_lists() -> None:
    listed = "Labels:\n - alertname = Slow\n - system = a\nAnnotations:\n - summary = s\n"
    more = "Labels:\n - alertname = Unfair\n - system = credit\nSource: x\n"
    details = {"firing": listed + more, "resolved": listed}
    payload = {"summary": "s", "source": "x", "severity": "error", "custom_details": details}
    event = {"event_action": "trigger", "dedup_key": "g", "payload": payload}
    signal = one(read("pagerduty", event))
    assert signal.alerts == ("Slow", "Unfair")
    assert [one["system"] for one in signal.things] == ["a", "credit"]
    asked = one(read("opsgenie", {"message": "two", "description": listed + more}))
    assert asked.alerts == ("Slow", "Unfair")
    payload["custom_details"] = {}
    bare = one(read("pagerduty", event))
    assert (bare.name, bare.alerts) == ("s", ()), "a text with values in it is no name"


def test_what_alertmanager_left_out_is_counted() -> None:
    alerts = [{"status": "firing", "fingerprint": name} for name in "ab"]
    body = {"version": "4", "alerts": alerts, "truncatedAlerts": 57}
    assert [signal.left_out for signal in read("alertmanager", body).signals] == [57, 0]
    assert told(read("alertmanager", {**body, "truncatedAlerts": -1})) == [
        "truncatedAlerts: -1; write how many, as 0 or 57"
    ]


def test_closing_needs_an_alias() -> None:
    said = {"action": "close", "alias": "a", "identifierType": "id"}
    assert "identifierType=alias" in told(read_body("opsgenie", b"", said))[0]
    closed = one(read_body("opsgenie", b"", {**said, "identifierType": "alias"}))
    assert (closed.key, closed.state) == ("a", SignalState.RESOLVED)


def about(action: str, body: object = None, alias: str = "a") -> Reading:
    said = {"action": action, "alias": alias, "identifierType": "alias"}
    return read_body("opsgenie", b"" if body is None else json.dumps(body).encode(), said)


def test_what_is_said_of_an_alert_of_opsgenie_is_a_note_or_told_why_not() -> None:
    noted = one(about("notes", {"note": "it is the cache", "user": "bo"}))
    assert (noted.key, noted.state) == ("a", SignalState.NOTED)
    assert noted.summary == "it is the cache"
    assert one(about("message", {"message": "slow"})).summary == "it is called now: slow"
    described = one(about("description", {"description": "since noon"}))
    assert described.summary == "it is described now: since noon"
    assert told(about("notes", {"user": "bo"})) == ["note: nothing; say the note"]
    assert told(about("notes")) == ["body: nothing; send a JSON document"]
    for action, why in (
        ("priority", "create it again with the same alias, as it is now"),
        ("responders", "the register and the plans of Tocsin say who is called"),
        ("snooze", "silence it here: tocsin silence"),
        ("frob", "close, acknowledge, notes, message, description"),
        ("", "action: nothing; what can be said of an alert: "),
    ):
        assert why in told(about(action, {}))[0], action


def test_cloud_events_are_the_same_in_both_modes_and_in_batches() -> None:
    event = {"specversion": "1.0", "id": "7", "source": "/eval", "type": "drift.found",
             "subject": "fraud", "time": "2026-11-26T12:00:00Z",
             "data": {"severity": "critical", "message": "PSI 0.4", "status": "open"}}  # fmt: skip
    structured = read("cloudevents", event, **{"content-type": "application/cloudevents+json"})
    said = {f"ce-{name}": str(value) for name, value in event.items() if name != "data"}
    said["content-type"] = "application/json"
    binary = read_body("cloudevents", json.dumps(event["data"]).encode(), said)
    assert structured == binary
    assert structured.delivery
    signal = one(structured)
    assert (signal.name, signal.urgency) == ("drift.found", Urgency.CRITICAL)
    assert signal.summary == "PSI 0.4"
    batch = read("cloudevents", [event, {**event, "id": "8"}],
                 **{"content-type": "application/cloudevents-batch+json"})  # fmt: skip
    assert [one.key for one in batch.signals] == [signal.key] * 2
    again = read("cloudevents", {**event, "id": "9"})
    assert again.delivery != structured.delivery
    assert one(again).key == signal.key


def test_cloud_events_whose_data_are_packed_say_the_same() -> None:
    event = {"specversion": "1.0", "id": "7", "source": "/eval", "type": "drift.found"}
    data = {"severity": "critical", "system": "credit", "summary": "PSI 0.4"}
    packed = base64.b64encode(json.dumps(data).encode()).decode()
    for kind in ({}, {"datacontenttype": "application/json; charset=utf-8"}):
        plainly = read("cloudevents", {**event, **kind, "data": data})
        assert read("cloudevents", {**event, **kind, "data_base64": packed}) == plainly
        assert one(plainly).urgency is Urgency.CRITICAL
        batch = read("cloudevents", [{**event, **kind, "data_base64": packed}],
                     **{"content-type": "application/cloudevents-batch+json"})  # fmt: skip
        assert batch.signals == plainly.signals
    image = {**event, "datacontenttype": "image/png", "data_base64": "AAEC"}
    assert one(read("cloudevents", image)).summary == "drift.found"
    assert told(read("cloudevents", {**event, "data_base64": "???"})) == [
        "data_base64: not base 64; write bytes in base 64, or data instead"
    ]
    assert (
        "send one of both" in told(read("cloudevents", {**event, "data": 1, "data_base64": ""}))[0]
    )
    assert "not JSON" in told(read("cloudevents", {**event, "data_base64": "e30x"}))[0]


def test_a_move_of_an_alias_is_news_of_its_version() -> None:
    moved = {"entity": "model_version_alias", "action": "created", "timestamp": 1764158400,
             "data": {"name": "fraud", "alias": "champion", "version": "3"}}  # fmt: skip
    reading = read("mlflow", moved, **{"x-mlflow-delivery-id": "d1"})
    signal = one(reading)
    assert reading.delivery == "d1"
    assert signal.urgency is Urgency.INFO
    assert signal.labels["model"] == "fraud"
    data = {"name": "fraud", "alias": "champion", "version": "4"}
    assert one(read("mlflow", {**moved, "data": data})).key != signal.key


def test_a_form_keeps_names_and_addresses_out_of_its_signal() -> None:
    body = b"what=it+insults+me&system=fraud&urgency=people&name=Bo&contact=bo%40example.org&when="
    signal = one(read_body("form", body, {}))
    assert signal.urgency is Urgency.CRITICAL
    assert "Bo" not in str(signal)
    assert told(read_body("form", b"what=&urgency=very&tel=1&what=", {})) == [
        "what: a field twice; send it once",
        "tel: not a field; known here: what, system, when, urgency, name, contact",
        "what: nothing; say in a few sentences what happened",
        "urgency: very; write one of: people, wrong, odd",
    ]


def test_texts_from_outside_come_on_one_line_and_whole_as_utf_8() -> None:
    text = "drop\u0000 \u001b[31m\u202e table \ud800"
    alert = {"status": "firing", "labels": {"alertname": text}, "annotations": {"summary": text}}
    signal = one(read("alertmanager", {"version": "4", "alerts": [alert]}))
    signal.summary.encode()
    assert signal.name == "drop [31m table ?"


LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=30),
    st.sampled_from(["firing", "resolved", "trigger", "resolve", "1.0", "4", "P1", "critical"]),
)  # fmt: skip
NAMES = st.sampled_from([
    "version", "alerts", "status", "labels", "annotations", "fingerprint", "startsAt", "payload",
    "event_action", "dedup_key", "summary", "source", "severity", "custom_details", "firing",
    "message", "alias", "details", "description", "specversion", "id", "type", "subject", "data",
    "time", "entity", "action", "timestamp", "resourceLogs", "resource", "scopeLogs", "logRecords",
    "attributes", "key", "value", "body", "stringValue", "severityNumber", "timeUnixNano", "orgId",
    "kvlistValue", "arrayValue", "values", "bytesValue", "intValue", "data_base64",
    "datacontenttype", "truncatedAlerts",
])  # fmt: skip
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=25,
)
TYPES = st.sampled_from([
    "", "application/json", "application/x-protobuf", "application/cloudevents+json",
    "application/cloudevents-batch+json",
])  # fmt: skip


@every_format
@given(body=st.binary(max_size=300), kind=TYPES)
def test_no_bytes_make_a_reader_raise(name: str, body: bytes, kind: str) -> None:
    reading = read_body(name, body, {"content-type": kind})
    assert not (reading.signals and reading.mistakes)


@every_format
@given(value=VALUES, kind=TYPES)
def test_no_document_makes_a_reader_raise(name: str, value: object, kind: str) -> None:
    body = json.dumps(value, allow_nan=False).encode("utf-8", "surrogatepass")
    reading = read_body(name, body, {"content-type": kind})
    for signal in reading.signals:
        assert 0 < len(signal.key) <= 1024
        assert len(signal.summary) <= 400
        (signal.key + signal.summary + "".join(signal.labels.values())).encode()
