"""Reads what stands around the steps of a plan: audiences, continuity, variables, deadlines."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tocsin.facts.failure_modes import TECHNIQUE
from tocsin.facts.incidents import Severity
from tocsin.playbook.plan import (
    Audience,
    Continuity,
    Informing,
    PostMortemDuty,
    SeverityRule,
    Variable,
    VariableType,
    Waiver,
)
from tocsin.playbook.read_lists import names_listed, one_of, rows
from tocsin.register.mistakes import shown
from tocsin.register.strict_yaml import NAME, Fields

SEVERITIES = {severity.value: severity for severity in Severity}
TYPES = {one.value: one for one in VariableType}
WHERE = {"inside": False, "outside": True}
RULE = re.compile(r"TP[0-9]{3}")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_FITS = {
    VariableType.TEXT: (re.compile(r".+", re.DOTALL), "some text"),
    VariableType.DECIMAL: (re.compile(r"-?[0-9]{1,15}\.[0-9]{1,15}"), "a decimal such as 0.8"),
    VariableType.WHOLE: (re.compile(r"-?[0-9]{1,15}"), "a whole number such as 100"),
    VariableType.YES_NO: (re.compile(r"yes|no"), "yes or no"),
}


def severity_rules(top: Fields) -> Iterator[SeverityRule]:
    """The rules by which the plan judges how bad it is."""
    shape = "{when: finding.observed > 0.3, severity: sev1, reason: ...}"
    for row in rows(top, "severity", shape, ("when", "severity", "reason")):
        if "severity" not in row.fields:
            row.wrong("severity", "missing", f"write one of {', '.join(SEVERITIES)}")
        word = one_of(row, "severity", SEVERITIES)
        severity = SEVERITIES[word] if word else Severity.SEV1
        yield SeverityRule(
            when=row.text("when"), severity=severity, reason=row.text("reason"), line=row.line
        )


def communication(top: Fields) -> Iterator[Informing]:
    """The links of the communication chain."""
    shape = "{audience: support-lead, within: 10m, by: incident-commander}"
    for row in rows(top, "communication", shape, ("audience", "within", "by")):
        seconds = _seconds(row, "within", "how soon they must hear of it, such as 10m")
        yield Informing(audience=row.name("audience"), within_seconds=seconds, by=row.name("by"))


def post_mortem(top: Fields) -> Iterator[PostMortemDuty]:
    """What is owed after the incident."""
    shape = "{duty: Write the root cause, by: data-science-lead, within: 10d}"
    for row in rows(top, "post_mortem", shape, ("duty", "by", "within")):
        seconds = _seconds(row, "within", "how long after the incident, such as 10d")
        yield PostMortemDuty(duty=row.text("duty"), by=row.name("by"), within_seconds=seconds)


def waivers(top: Fields) -> Iterator[Waiver]:
    """The advice that the plan does not follow."""
    shape = "{rule: TP307, because: people come back sooner than their limits}"
    for row in rows(top, "waived", shape, ("rule", "because")):
        rule = row.name("rule")
        if rule and not RULE.fullmatch(rule):
            row.wrong("rule", shown(rule), "write the id of a rule such as TP307")
        yield Waiver(rule=rule, because=row.text("because"))


def audiences(top: Fields) -> Iterator[tuple[str, Audience]]:
    """Who words may go to, by name."""
    shape = "`customers: {where: outside, approved_by: [communications, counsel]}`"
    for name, one in _named(top, "audiences", shape):
        one.only(("where", "approved_by"))
        if "where" not in one.fields:
            one.wrong("where", "missing", f"write one of {', '.join(WHERE)}")
        where = one_of(one, "where", WHERE)
        approved_by = names_listed(one, "approved_by", "role")
        yield name, Audience(outside=WHERE.get(where or "", True), approved_by=approved_by)


def continuity(top: Fields) -> Continuity | None:
    """What serves meanwhile, and how soon the system shall serve again."""
    node = top.fields.get("continuity")
    if node is None:
        return None
    if not isinstance(node.value, dict):
        right = "write `continuity: {fallback: people, recovery_target: 4h}`"
        top.wrong("continuity", "not a mapping", right)
        return None
    inner = Fields(top.reading, "continuity", node.line, node.value)
    inner.only(("fallback", "recovery_target"))
    target = _seconds(inner, "recovery_target", "how soon it shall serve again, such as 4h")
    return Continuity(fallback=inner.name("fallback"), recovery_target_seconds=target)


def variables(top: Fields) -> Iterator[tuple[str, Variable]]:
    """The values that the organisation sets for this plan, each of the type that it declares."""
    shape = '`wakes: {type: decimal, value: "0.25", means: one question in four}`'
    for name, one in _named(top, "variables", shape):
        one.only(("type", "value", "means"))
        if not VARIABLE.fullmatch(name):
            top.reading.wrong(one.line, one.path, shown(name), "name it in letters, digits and _")
        if "type" not in one.fields:
            one.wrong("type", "missing", f"write one of {', '.join(TYPES)}")
        type_ = TYPES[one_of(one, "type", TYPES) or VariableType.TEXT.value]
        value, (fits, right) = one.text("value"), _FITS[type_]
        if value and not fits.fullmatch(value):
            one.wrong("value", f"{shown(value)} is no {type_.value}", f"write {right}")
        yield name, Variable(type=type_, value=value, means=one.text("means"))


def deadlines(top: Fields) -> Iterator[tuple[str, str]]:
    """The deadlines that the plan asks for, and what each is."""
    node = top.fields.get("deadlines")
    shape = "write `deadlines:` and beneath it `gdpr-33: the notice to the authority`"
    if node is None:
        return
    if not isinstance(node.value, dict) or not node.value:
        top.wrong("deadlines", "not a mapping", shape)
        return
    inner = Fields(top.reading, "deadlines", node.line, node.value)
    for name in node.value:
        if not NAME.fullmatch(name):
            inner.wrong(name, shown(name), "use letters, digits, dots, - and _ (64 at most)")
        yield name, inner.text(name)


def techniques(top: Fields) -> tuple[str, ...]:
    """The techniques of MITRE ATLAS against which the plan is made."""
    found = names_listed(top, "techniques", "AML.T0020")
    for one in found:
        if not TECHNIQUE.fullmatch(one):
            right = "write an id of ATLAS such as AML.T0020"
            top.wrong("techniques", shown(one), right, rule="TP706")
    return found


def _named(top: Fields, field: str, shape: str) -> Iterator[tuple[str, Fields]]:
    """The mappings beneath a field, each with the name under which it stands."""
    node = top.fields.get(field)
    if node is None:
        return
    if not isinstance(node.value, dict) or not node.value:
        top.wrong(field, "not a mapping", f"write `{field}:` and beneath it {shape}")
        return
    for name, one in node.value.items():
        path = f"{field}.{name}"
        if not NAME.fullmatch(name):
            top.reading.wrong(one.line, path, shown(name), "name it in letters, digits, - and _")
        elif not isinstance(one.value, dict):
            top.reading.wrong(one.line, path, "not a mapping", f"write {shape}")
        else:
            yield name, Fields(top.reading, path, one.line, one.value)


def _seconds(row: Fields, field: str, what: str) -> int:
    if field not in row.fields:
        row.wrong(field, "missing", f"write {what}")
    return row.seconds(field) or 0
