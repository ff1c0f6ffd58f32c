"""What a person wrote into the form for people: in their words, and nothing made of them."""

from __future__ import annotations

from collections.abc import Mapping

from tocsin.facts.signals import SignalState, Urgency
from tocsin.signals.model import (
    NAME_MAX,
    SUMMARY_MAX,
    BodyMistake,
    Reading,
    Signal,
    key_of,
    plain,
)
from tocsin.signals.percent import form_pairs

FIELDS = ("what", "system", "when", "urgency", "name", "contact")
WHAT_MAX = 10_000
FIELDS_MAX = 20
_JSON_REMEDY = (
    "send the form as the page gives it (application/x-www-form-urlencoded); alarms in JSON have "
    "doors of their own: /v2/enqueue, /v2/alerts, /signals/FORMAT"
)
URGENCIES = {
    "people": Urgency.CRITICAL,  # people are harmed now
    "wrong": Urgency.ERROR,  # it does wrong things
    "odd": Urgency.WARNING,  # it seems odd
}


def read_form(body: bytes, said: Mapping[str, str]) -> Reading:
    """What was written; the whole of it stays in the inbox alone."""
    told: list[BodyMistake] = []
    try:
        pairs = form_pairs(body, FIELDS_MAX)
    except ValueError:
        remedy = "send the form as the page gives it"
        wrong = BodyMistake(field="", found="not a form in UTF-8", remedy=remedy)
        return Reading(mistakes=(wrong,))
    values = dict(pairs)
    names = [name for name, _ in pairs]
    if names and names[0].lstrip()[:1] in ("{", "["):
        wrong = BodyMistake(field="", found="JSON, and not a form", remedy=_JSON_REMEDY)
        return Reading(mistakes=(wrong,))
    for name in dict.fromkeys(one for one in names if names.count(one) > 1):
        twice = BodyMistake(field=plain(name, 40), found="a field twice", remedy="send it once")
        told.append(twice)
    for name in values:
        if name not in FIELDS:
            remedy = f"known here: {', '.join(FIELDS)}"
            told.append(BodyMistake(field=plain(name, 40), found="not a field", remedy=remedy))
    what = plain(values.get("what", ""), WHAT_MAX + 1)
    if not what or len(what) > WHAT_MAX:
        found = "nothing" if not what else f"more than {WHAT_MAX} characters"
        remedy = "say in a few sentences what happened"
        told.append(BodyMistake(field="what", found=found, remedy=remedy))
    urgency = values.get("urgency", "") or "odd"
    if urgency not in URGENCIES:
        remedy = f"write one of: {', '.join(URGENCIES)}"
        told.append(BodyMistake(field="urgency", found=plain(urgency, 40), remedy=remedy))
    if told:
        return Reading(mistakes=tuple(told))
    labels = {
        name: plain(values[name], NAME_MAX)
        for name in ("system", "when")
        if values.get(name, "").strip()
    }
    signal = Signal(
        key=key_of("form", what, labels.get("system", "")),
        name="report",
        state=SignalState.FIRING,
        urgency=URGENCIES[urgency],
        summary=plain(what, SUMMARY_MAX),
        labels=labels,
    )
    return Reading(signals=(signal,))
