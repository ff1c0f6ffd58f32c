"""Reads `[signals]`: who may send alarms, and the rules by which they are grouped."""

from __future__ import annotations

from tocsin.facts.signals import Urgency
from tocsin.register.formats import id_wrong, minutes_of, span_wrong
from tocsin.register.inbound import (
    A_MINUTE,
    A_MINUTE_IN_ALL,
    A_MINUTE_UNPROVEN,
    WAITING_MAX,
    WITHIN_MINUTES,
    Does,
    SignalPolicy,
    SignalRule,
    Unproven,
)
from tocsin.register.table import Table

MOST = 100_000_000
FORMATS = ("alertmanager", "grafana", "pagerduty", "opsgenie", "cloudevents", "otlp", "mlflow",
           "form")  # fmt: skip
OWN_PREFIX = "default"
_ANONYMOUS = ("yes", "no")


def policy_read(table: Table) -> SignalPolicy:
    """What a table declares; each mistake in it is told."""
    rules = [_rule(inner) for inner in table.tables("rules")]
    for place, rule in enumerate(rules):
        if any(rule.name == other.name for other in rules[:place]):
            table.tell("rules", f'two rules named "{rule.name}"', "give each a name of its own")
    policy = SignalPolicy(
        unproven=table.one_of("unproven", Unproven) or Unproven.TRIAGE,
        anonymous=_yes(table, "anonymous"),
        a_minute=table.whole("a_minute", 1, MOST) or A_MINUTE,
        in_all=table.whole("in_all_a_minute", 1, MOST) or A_MINUTE_IN_ALL,
        unproven_a_minute=table.whole("unproven_a_minute", 1, MOST) or A_MINUTE_UNPROVEN,
        waiting_max=table.whole("waiting_max", 1, MOST) or WAITING_MAX,
        rules=tuple(rules),
    )
    table.done()
    return policy


def _rule(table: Table) -> SignalRule:
    name = table.needed_text("name", "name the rule: each decision will say it", id_wrong) or ""
    if name.startswith(OWN_PREFIX):
        table.tell("name", f'"{name}"', f'choose one that does not begin with "{OWN_PREFIX}"')
    rule = SignalRule(
        name=name,
        sources=table.texts("sources", id_wrong),
        formats=table.texts("formats", _format_wrong),
        labels=table.settings("labels"),
        systems=table.texts("systems", id_wrong),
        at_least=table.one_of("at_least", Urgency),
        system=table.text("system", id_wrong),
        group_by=table.texts("group_by") or ("system",),
        within_minutes=minutes_of(table.text("within", span_wrong) or "") or WITHIN_MINUTES,
        does=table.one_of("does", Does) or Does.INCIDENT,
    )
    table.done()
    return rule


def _format_wrong(value: str) -> str | None:
    return None if value in FORMATS else f"one of: {', '.join(FORMATS)}"


def _yes(table: Table, name: str) -> bool:
    value = table.text(name, _yes_wrong)
    return value == "yes"


def _yes_wrong(value: str) -> str | None:
    return None if value in _ANONYMOUS else 'write "yes" or "no"'
