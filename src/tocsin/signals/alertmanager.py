"""Alertmanager's webhook, version 4, and Grafana's, which says the same and more.

An alert's key is its fingerprint: `startsAt` may be another when it is resolved. Beyond its
`max_alerts` a sender leaves alerts out, and says only how many.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from tocsin.facts.signals import SignalState
from tocsin.signals.fields import Fields, object_of
from tocsin.signals.json_text import json_of
from tocsin.signals.model import (
    KEY_MAX,
    NAME_MAX,
    SUMMARY_MAX,
    BodyMistake,
    Reading,
    Signal,
    key_of,
    plain,
    urgency_of,
)

_STATES = {"firing": SignalState.FIRING, "resolved": SignalState.RESOLVED}
_INSTEAD_OF_A_NAME: Final = ("DatasourceNoData", "DatasourceError")
"""Alerts of Grafana that stand for a rule, which then is the label `rulename`."""


def read_alertmanager(body: bytes, said: Mapping[str, str]) -> Reading:
    """The alerts of a webhook of Alertmanager."""
    return _read(body, with_organisation=False)


def read_grafana(body: bytes, said: Mapping[str, str]) -> Reading:
    """The alerts of a webhook of Grafana; alerts of two organisations are never the same."""
    return _read(body, with_organisation=True)


def _read(body: bytes, *, with_organisation: bool) -> Reading:
    value, told = json_of(body)
    top = object_of(value, told)
    if not told:
        _check_frame(top, strict=not with_organisation)
    organisation = top.text("orgId", 40) if with_organisation else ""
    found = [_alert(one, organisation) for one in top.rows("alerts")]
    left_out = top.count("truncatedAlerts")
    if found and left_out:  # told once a body, with its first alert
        found[0] = msgspec.structs.replace(found[0], left_out=left_out)
    if isinstance(value, dict) and not top.has("alerts"):
        told.append(BodyMistake(field="alerts", found="nothing", remedy="send the list of alerts"))
    return Reading(mistakes=tuple(told)) if told else Reading(signals=tuple(found))


def _check_frame(top: Fields, *, strict: bool) -> None:
    if strict:
        top.one_of("version", ("4",))


def _alert(one: Fields, organisation: str) -> Signal:
    labels, notes = one.labels("labels"), one.labels("annotations")
    state = one.one_of("status", tuple(_STATES))
    print_ = one.exact("fingerprint", KEY_MAX)
    if not labels and not print_:
        one.tell("labels", "nothing", "say what the alert is about, or send its fingerprint")
    key = print_ or key_of(*(f"{name}={labels[name]}" for name in sorted(labels)))
    name = labels.get("alertname", "")
    if name in _INSTEAD_OF_A_NAME:
        name = labels.get("rulename", name)
    said = notes.get("summary") or notes.get("description") or notes.get("message") or ""
    return Signal(
        key=f"{organisation}/{key}" if organisation else key,
        name=plain(name, NAME_MAX),
        state=_STATES.get(state, SignalState.FIRING),
        urgency=urgency_of(labels.get("severity", labels.get("priority", ""))),
        summary=plain(f"{name}: {said}" if name and said else name or said or key, SUMMARY_MAX),
        labels=labels,
        claimed_at=one.instant("startsAt"),
    )
