"""Opsgenie's alert API, version 2, as Jira Service Management kept it: create, and close by alias.

Source: Jira Service Management, Alert API with an integration key: `POST /v2/alerts`,
`POST /v2/alerts/{alias}/close?identifierType=alias`. The alias is the key of an alert.
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


def read_opsgenie(body: bytes, said: Mapping[str, str]) -> Reading:
    """The alert that a body creates, or that a request closes or acknowledges."""
    if said.get(ACTION):
        return _about(body, said)
    value, told = json_of(body)
    top = object_of(value, told)
    if told:
        return Reading(mistakes=tuple(told))
    signal = _created(top)
    return Reading(mistakes=tuple(told)) if told else Reading(signals=(signal,))


def _about(body: bytes, said: Mapping[str, str]) -> Reading:
    told: list[BodyMistake] = []
    alias, state = said.get(ALIAS, ""), _ACTIONS.get(said[ACTION])
    if said.get(IDENTIFIER_TYPE) != "alias":
        remedy = "ask with ?identifierType=alias; ids are not given out here"
        told.append(BodyMistake(field="identifierType", found="no alias", remedy=remedy))
    if state is None:
        remedy = "only close and acknowledge can be said"
        told.append(BodyMistake(field=ACTION, found=plain(said[ACTION], 40), remedy=remedy))
    if not alias or len(alias) > ALIAS_MAX:
        found = f"an alias of {len(alias)} characters"
        told.append(BodyMistake(field=ALIAS, found=found, remedy=f"1 to {ALIAS_MAX}"))
    note = ""
    if body.strip():  # many clients send none
        value, wrong = json_of(body)
        told += wrong
        note = object_of(value, told).text("note", SUMMARY_MAX) if not wrong else ""
    if told or state is None:
        return Reading(mistakes=tuple(told))
    alias = plain(alias, 2 * ALIAS_MAX)
    signal = Signal(
        key=alias, name="", state=state, urgency=Urgency.UNSAID, summary=note or plain(alias, 80)
    )
    return Reading(signals=(signal,))


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
