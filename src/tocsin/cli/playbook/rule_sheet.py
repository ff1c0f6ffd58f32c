"""The rules for plans as people and scripts read them: listed, one explained, a mistake told."""

from __future__ import annotations

import textwrap

from tocsin.cli.frame.screen import Answer
from tocsin.playbook.lint import FAMILIES, RULES, Rule
from tocsin.register.mistakes import Mistake

WHERE = {
    "plan": "in a plan",
    "register": "in the register",
    "drills": "in the record of drills",
}


def told_line(mistake: Mistake) -> str:
    """What a rule found, on one line: file and line, id and name, what is there, what is right."""
    rule = RULES.get(mistake.rule)
    named = f"{rule.id} {rule.name}" if rule is not None else "mistake"
    kind = " (advice)" if mistake.advice else ""
    field = f" {mistake.path}:" if mistake.path else ""
    at = f"{mistake.file}:{mistake.line}"
    return f"{at}: {named}{kind}:{field} {mistake.found}; {mistake.remedy}"


def listed() -> Answer:
    """All rules by family."""
    lines: list[str] = []
    for family in FAMILIES:
        lines += ["", family.title] if lines else [family.title]
        for rule in family.rules:
            lines.append(f"  {rule.id} {rule.severity.value:6} {rule.name:32} {rule.why}")
    return Answer(data={"rules": [_data(rule) for rule in RULES.values()]}, text="\n".join(lines))


def explained(id: str) -> Answer:
    """One rule: why it is there, an example that breaks it, and the same mended."""
    rule = RULES[id]
    example, where = rule.example, WHERE[rule.example.of]
    lines = [
        f"{rule.id} {rule.name} ({rule.severity.value})",
        *textwrap.wrap(rule.why, 98),
        *([f"Needs {' and '.join(need.value for need in rule.needs)}."] if rule.needs else ()),
        f"\nBad, {where}:",
        textwrap.indent(example.bad, "  "),
        f"\nGood, {where}:",
        textwrap.indent(example.good, "  "),
    ]
    return Answer(data=_data(rule), text="\n".join(lines))


def _data(rule: Rule) -> dict[str, object]:
    return {
        "id": rule.id,
        "name": rule.name,
        "severity": rule.severity.value,
        "why": rule.why,
        "needs": [need.value for need in rule.needs],
        "example": {
            "of": rule.example.of,
            "bad": rule.example.bad,
            "good": rule.example.good,
        },
    }
