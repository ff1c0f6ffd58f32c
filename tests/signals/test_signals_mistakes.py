"""Whatever is wrong in a body, each mistake names its field, what was found and what would be
right; and nothing in any place of any format makes a reader raise.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tocsin.signals.formats import FORMATS, read_body

AT = "2026-11-26T12:00:00Z"
ALERTS: dict[str, Any] = {
    "version": "4", "groupKey": "g", "status": "firing", "receiver": "r", "truncatedAlerts": 0,
    "externalURL": "http://x", "alerts": [
        {"status": "firing", "labels": {"alertname": "A"}, "annotations": {"summary": "s"},
         "startsAt": AT, "endsAt": AT, "fingerprint": "ab", "generatorURL": "http://x"},
    ],
}  # fmt: skip
GOOD: dict[str, Any] = {
    "alertmanager": ALERTS,
    "grafana": {**ALERTS, "orgId": 1, "title": "t", "state": "alerting", "message": "m"},
    "pagerduty": {
        "routing_key": "k", "event_action": "trigger", "dedup_key": "d",
        "payload": {"summary": "s", "source": "fraud", "severity": "error", "timestamp": AT,
                    "component": "c", "custom_details": {}},
    },
    "opsgenie": {"message": "m", "alias": "a", "description": "d", "priority": "P1", "tags": ["a"],
                 "entity": "e", "details": {"k": "v"}},
    "cloudevents": {"specversion": "1.0", "id": "1", "source": "s", "type": "t", "time": AT,
                    "datacontenttype": "application/json", "data": {"a": 1}},
    "mlflow": {"entity": "model_version", "action": "created", "timestamp": AT,
               "data": {"name": "m", "version": "1", "tags": {}}},
    "otlp": {"resourceLogs": [{
        "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "fraud"}}]},
        "scopeLogs": [{"logRecords": [
            {"timeUnixNano": "1764158400000000000", "severityNumber": 17, "severityText": "ERROR",
             "body": {"stringValue": "timeout"}, "attributes": []},
        ]}],
    }]},
}  # fmt: skip
WRONG: tuple[Any, ...] = (
    None, True, -1, 1.5, 10**30, "", "\x00", "nonsense", "x" * 5000, "2026-13-45T00:00:00Z",
    [], [1], [[]], {}, {"a": {"b": 1}},
)  # fmt: skip
ABSENT = object()
SAID = {"content-type": "application/json"}


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a document."""
    yield at
    keys = value if isinstance(value, dict) else range(len(value) if isinstance(value, list) else 0)
    for key in keys:
        yield from places(value[key], (*at, key))


def changed(value: Any, at: tuple[Any, ...], to: object) -> Any:
    """The document with another value at one place, or without it."""
    if not at:
        return to
    made = json.loads(json.dumps(value))
    inner = made
    for key in at[:-1]:
        inner = inner[key]
    if to is ABSENT:
        del inner[at[-1]]
    else:
        inner[at[-1]] = to
    return made


@pytest.mark.parametrize("name", sorted(GOOD))
def test_each_mistake_says_where_it_is_what_was_found_and_what_would_be_right(name: str) -> None:
    good = GOOD[name]
    assert not read_body(name, json.dumps(good).encode(), SAID).mistakes
    told = 0
    for at in places(good):
        for to in (*WRONG, *([ABSENT] if at else [])):
            body = json.dumps(changed(good, at, to)).encode()
            for one in read_body(name, body, SAID).mistakes:
                told += 1
                assert one.found and one.remedy and len(str(one)) < 300, (at, to, one)
                assert one.field or not at, (at, to, one)
                assert "Error" not in str(one) and "object at 0x" not in str(one), one
    assert told > 20 and set(GOOD) | {"form"} == set(FORMATS)


def test_what_lacks_everything_is_told_everything_at_once() -> None:
    told = [str(one) for one in read_body("alertmanager", b"{}", SAID).mistakes]
    assert told == ["version: nothing; write one of: 4", "alerts: nothing; send the list of alerts"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"what=x&what=y", "what: a field twice; send it once"),
        (b"what=x&hwat=y", "hwat: not a field; known here: what, system"),
        (b'{"what": "x"}', "body: JSON, and not a form; send the form as the page gives it"),
        (b"what=x&urgency=high", "urgency: high; write one of: people, wrong, odd"),
    ],
)  # fmt: skip
def test_a_wrong_form_is_told_by_its_field(body: bytes, says: str) -> None:
    (one,) = read_body("form", body, {}).mistakes
    assert str(one).startswith(says)


def test_a_number_that_is_none_is_told_with_its_bounds() -> None:
    place = ("resourceLogs", 0, "scopeLogs", 0, "logRecords", 0, "severityNumber")
    for to, found in (("", "''"), (10**30, "1" + "0" * 30), ({}, "no number"), (-1, "-1")):
        body = json.dumps(changed(GOOD["otlp"], place, to)).encode()
        (one,) = read_body("otlp", body, SAID).mistakes
        assert (one.found, one.remedy) == (
            found, "write a whole number from 0 to 18446744073709551615",
        )  # fmt: skip
