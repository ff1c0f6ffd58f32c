"""MLflow's webhooks about models, versions, tags and aliases.

Source: MLflow 3, webhooks: `entity`, `action`, `timestamp`, `data`. Moving an alias is delivered as
`model_version_alias` `created` again, so the version is part of the key. None of them says that
something is wrong, unless a rule of the register does.
"""

from __future__ import annotations

from collections.abc import Mapping

from tocsin.facts.signals import SignalState, Urgency
from tocsin.signals.fields import Fields, object_of
from tocsin.signals.json_text import json_of
from tocsin.signals.model import KEY_MAX, NAME_MAX, SUMMARY_MAX, Reading, Signal, key_of, plain

DELIVERY = "x-mlflow-delivery-id"


def read_mlflow(body: bytes, said: Mapping[str, str]) -> Reading:
    """What happened in a registry."""
    value, told = json_of(body)
    top = object_of(value, told)
    if told:
        return Reading(mistakes=tuple(told))
    entity = top.exact("entity", 80, needed="such as model_version")
    action = top.exact("action", 80, needed="such as created")
    claimed_at = top.instant("timestamp")
    data = top.inner("data") or Fields({}, told)
    labels = top.labels("data")
    if told:
        return Reading(mistakes=tuple(told))
    model = data.text("name", NAME_MAX)
    about = [f"{name}={labels[name]}" for name in ("name", "version", "alias", "key", "value")
             if name in labels]  # fmt: skip
    if model:
        labels["model"] = model
    signal = Signal(
        key=key_of(entity, action, *about)[:KEY_MAX],
        name=f"{entity}.{action}",
        state=SignalState.FIRING,
        urgency=Urgency.INFO,
        summary=plain(f"{entity} {action}: {', '.join(about) or 'nothing named'}", SUMMARY_MAX),
        labels=labels,
        claimed_at=claimed_at,
    )
    return Reading(signals=(signal,), delivery=plain(said.get(DELIVERY, ""), 200))
