"""Writes playbooks/RULES.md from the rules and tested examples: `python -m tests.rules_page`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tocsin.playbook.lint import FAMILIES, Rule

PAGE = Path(__file__).parents[1] / "playbooks" / "RULES.md"
LANGUAGES = {"plan": "yaml", "register": "toml", "drills": "text"}
WHERE = {"plan": "", "register": ", in the register", "drills": ", in the record of drills"}
HEAD = """\
<!-- Written by `python -m tests.rules_page`; do not edit. A test compares it with the rules. -->

# What the linter asks of a plan

`tocsin playbook lint PLAN.yaml` tells, with line and remedy, where a plan breaks one of these
rules. An **error** is a real danger and blocks; **advice** only advises (with `--strict` it blocks
too). No rule keeps a run from beginning: at 03:00 a plan with flaws is better than none.
`tocsin playbook lint --explain TP402` shows one rule on the screen.

Each bad example below is planted, by a test, into a whole plan that has no fault: it is found on
the line that ends with `# <-` (where none does, something is missing or known only elsewhere), by
its rule and by no other. The good example is the same place, mended.

"""


def page() -> str:
    """The whole page."""
    return HEAD + "".join(_parts())


def _parts() -> Iterator[str]:
    yield "| rule | name | | |\n|---|---|---|---|\n"
    for family in FAMILIES:
        for rule in family.rules:
            anchor = f"[{rule.id}](#{rule.id.lower()}-{rule.name})"
            yield f"| {anchor} | {rule.name} | {rule.severity.value} | {family.title} |\n"
    for family in FAMILIES:
        yield f"\n## {family.title}\n"
        for rule in family.rules:
            yield from _rule(rule)


def _rule(rule: Rule) -> Iterator[str]:
    example = rule.example
    yield f"\n### {rule.id} {rule.name}\n\n"
    needs = " and ".join(need.value for need in rule.needs)
    yield f"*{rule.severity.value}*"
    yield (
        f"; judged only where the {needs} are known\n\n".replace("the the ", "the ")
        if needs
        else "\n\n"
    )
    yield f"{rule.why}\n"
    for word, lines in (("Bad", example.bad), ("Good", example.good)):
        yield f"\n{word}{WHERE[example.of]}:\n\n```{LANGUAGES[example.of]}\n{lines}\n```\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
