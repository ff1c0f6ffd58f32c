"""Opsgenie's alert API, version 2, as Jira Service Management kept it: create, and close by alias.

Source: Jira Service Management, Alert API with an integration key: `POST /v2/alerts`,
`POST /v2/alerts/{alias}/close?identifierType=alias`. The alias is the key of an alert. Notes, and
what an alert is newly called, are notes here; what else can be asked of an alert there is told.
"""

from __future__ import annotations

from collections.abc import Mapping

from tocsin.facts.signals import SignalState, Urgency
from tocsin.signals.fields import Fields, object_of
from tocsin.signals.json_text import json_of
from tocsin.signals.listed_labels import listed_alerts, listed_labels
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

ALIAS_MAX = 512
PRIORITIES = ("P1", "P2", "P3", "P4", "P5")
ALIAS, IDENTIFIER_TYPE, ACTION = "alias", "identifierType", "action"
"""What the door says beside the body of a request that is about an alert."""
_ACTIONS = {"close": SignalState.RESOLVED, "acknowledge": SignalState.ACKNOWLEDGED}
_NOTES = {"notes": ("note", ""), "message": ("message", "it is called now: "),
          "description": ("description", "it is described now: ")}  # fmt: skip
"""Actions that say something about an alert: in which field, and what stands before it."""

_AGAIN = "create it again with the same alias, as it is now"
_CALLED = "the register and the plans of Tocsin say who is called"
_WHY_NOT = {
    "priority": _AGAIN, "tags": _AGAIN, "details": _AGAIN, "unacknowledge": _AGAIN,
    "responders": _CALLED, "teams": _CALLED, "assign": _CALLED, "escalate": _CALLED,
    "snooze": "silence it here: tocsin silence",
}  # fmt: skip


def read_opsgenie(body: bytes, said: Mapping[str, str]) -> Reading:
    """The alert that a body creates, or that a request closes or acknowledges."""
    if ACTION in said:
        return _about(body, said)
    value, told = json_of(body)
    top = object_of(value, told)
    if told:
        return Reading(mistakes=tuple(told))
    signal = _created(top)
    return Reading(mistakes=tuple(told)) if told else Reading(signals=(signal,))


def _about(body: bytes, said: Mapping[str, str]) -> Reading:
    told: list[BodyMistake] = []
    action = said[ACTION]
    field, before = _NOTES.get(action, ("note", ""))
    state = _ACTIONS.get(action, SignalState.NOTED if action in _NOTES else None)
    alias = _alias(said, told)
    if state is None:
        known = ", ".join([*_ACTIONS, *_NOTES])
        remedy = _WHY_NOT.get(action, f"what can be said of an alert: {known}")
        told.append(BodyMistake(field=ACTION, found=plain(action, 40) or "nothing", remedy=remedy))
        return Reading(mistakes=tuple(told))
    note = ""
    if body.strip() or state is SignalState.NOTED:  # many clients send none to close
        value, wrong = json_of(body)
        told += wrong
        needed = f"say the {field}" if state is SignalState.NOTED else None
        note = "" if wrong else object_of(value, told).text(field, SUMMARY_MAX, needed=needed)
    if told:
        return Reading(mistakes=tuple(told))
    signal = Signal(
        key=alias,
        name="",
        state=state,
        urgency=Urgency.UNSAID,
        summary=plain(before + note, SUMMARY_MAX) if note else plain(alias, 80),
    )
    return Reading(signals=(signal,))


def _alias(said: Mapping[str, str], told: list[BodyMistake]) -> str:
    alias = said.get(ALIAS, "")
    if said.get(IDENTIFIER_TYPE) != "alias":
        remedy = "ask with ?identifierType=alias, or by the alertId that a request's status gave"
        told.append(BodyMistake(field="identifierType", found="no alias", remedy=remedy))
    if not alias or len(alias) > ALIAS_MAX:
        found = f"an alias of {len(alias)} characters"
        told.append(BodyMistake(field=ALIAS, found=found, remedy=f"1 to {ALIAS_MAX}"))
    return plain(alias, 2 * ALIAS_MAX)


def _created(top: Fields) -> Signal:
    message = top.text("message", SUMMARY_MAX, needed="say in a line what is wrong")
    alias = top.exact("alias", ALIAS_MAX)
    priority = top.one_of("priority", PRIORITIES, "")
    entity, source = top.text("entity", NAME_MAX), top.text("source", NAME_MAX)
    labels = top.labels("details")
    for name, value in listed_labels(top.value("description")).items():
        labels.setdefault(name, value)
    if entity:
        labels["entity"] = entity
    if source:
        labels["source"] = source
    said = priority or labels.get("severity", "")
    return Signal(
        key=alias or key_of(message, entity, source),
        name=plain(labels.get("alertname", message), NAME_MAX),
        state=SignalState.FIRING,
        urgency=urgency_of(said),
        summary=message,
        labels=labels,
        also=tuple(listed_alerts(top.value("description"))[1:]),
    )
