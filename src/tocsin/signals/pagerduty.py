"""PagerDuty's Events API, version 2: trigger, acknowledge, resolve, each about a `dedup_key`.

Source: PagerDuty, Events API v2, "Send an alert event". The key of an alert is (routing key's
owner, `dedup_key`). A trigger without one gets a key of what it says, so that saying it again is
the same alert; PagerDuty makes a new one each time.
"""

from __future__ import annotations

from collections.abc import Mapping

from tocsin.facts.signals import SignalState
from tocsin.signals.fields import Fields, object_of
from tocsin.signals.json_text import json_of
from tocsin.signals.listed_labels import listed_alerts, listed_labels
from tocsin.signals.model import (
    NAME_MAX,
    SUMMARY_MAX,
    Reading,
    Signal,
    key_of,
    plain,
    urgency_of,
)

DEDUP_KEY_MAX = 255
SEVERITIES = ("critical", "error", "warning", "info")
_STATES = {
    "trigger": SignalState.FIRING,
    "acknowledge": SignalState.ACKNOWLEDGED,
    "resolve": SignalState.RESOLVED,
}


def read_pagerduty(body: bytes, said: Mapping[str, str]) -> Reading:
    """The event that a body of `/v2/enqueue` carries."""
    value, told = json_of(body)
    top = object_of(value, told)
    if told:
        return Reading(mistakes=tuple(told))
    signal = _event(top)
    return Reading(mistakes=tuple(told)) if told else Reading(signals=(signal,))


def _event(top: Fields) -> Signal:
    action = top.one_of("event_action", tuple(_STATES))
    state = _STATES.get(action, SignalState.FIRING)
    triggers = state is SignalState.FIRING
    key = top.exact(
        "dedup_key",
        DEDUP_KEY_MAX,
        needed=None if triggers else f"name the alert to {action}",
    )
    payload = top.inner("payload")
    if payload is None:
        if triggers and not top.has("payload"):
            top.tell("payload", "nothing", "say summary, source and severity in it")
        return Signal(key=key, name="", state=state, urgency=urgency_of(""), summary=key)
    needed = ("say in a line what is wrong", "say what is affected") if triggers else (None, None)
    summary = payload.text("summary", SUMMARY_MAX, needed=needed[0])
    source = payload.text("source", NAME_MAX, needed=needed[1])
    severity = payload.one_of("severity", SEVERITIES, None if triggers else "")
    labels = _labels(payload, source)
    name = labels.get("alertname") or labels.get("class") or summary
    return Signal(
        key=key or key_of(summary, source, severity, *(f"{k}={labels[k]}" for k in sorted(labels))),
        name=plain(name, NAME_MAX),
        state=state,
        urgency=urgency_of(severity),
        summary=summary or key,
        labels=labels,
        claimed_at=payload.instant("timestamp"),
        also=_also(payload) if triggers else (),
    )


def _also(payload: Fields) -> tuple[Mapping[str, str], ...]:
    """The labels of the alerts after the first, of those that a group lists as firing."""
    details = payload.value("custom_details")
    return tuple(listed_alerts(details.get("firing"))[1:]) if isinstance(details, dict) else ()


def _labels(payload: Fields, source: str) -> dict[str, str]:
    labels: dict[str, str] = {}
    details = payload.value("custom_details")
    if isinstance(details, dict):
        labels = payload.labels("custom_details")
        for listed in ("firing", "resolved"):
            labels.pop(listed, None)
            for name, value in listed_labels(details.get(listed)).items():
                labels.setdefault(name, value)
    labels.pop("severity", None)  # the event's own counts
    for name in ("component", "group", "class"):
        value = payload.text(name, NAME_MAX)
        if value:
            labels[name] = value
    if source:
        labels["source"] = source
        labels.setdefault("entity", source)
    return labels
