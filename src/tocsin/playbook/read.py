"""Reads a plan from YAML, strictly: a plan comes out without a mistake, or all mistakes at once.

Every scalar is the text that stands there, so that `off`, `no` and `1.10` mean what they say; whole
numbers and durations are read only where they are declared. Anchors, aliases, tags, repeated and
unknown keys are refused. Conditions and texts are checked against what can be known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from tocsin.facts.canonical import sha256_hex
from tocsin.facts.errors import Refused
from tocsin.playbook import read_frame as frame
from tocsin.playbook.plan import Plan
from tocsin.playbook.read_lists import names_listed
from tocsin.playbook.read_steps import FIELDS, step_of
from tocsin.playbook.steps import JOIN, Step
from tocsin.playbook.structure import circles_of, mistakes_of_shape, unknown_steps
from tocsin.playbook.wording import mistakes_of_wording
from tocsin.register.mistakes import Mistake, shown
from tocsin.register.strict_yaml import NAME, Fields, Node, YamlFile

STEPS_MAX = 1000
BEGIN = "write `plan:`, `title:` and `steps:`"
TOP = ("plan", "version", "title", "failure_mode", "techniques", "systems", "vendors", "owner",
        "review_by", "triggers", "severity", "audiences", "communication", "continuity",
        "variables", "deadlines", "post_mortem", "first_steps", "waived",
        "start", "steps")  # fmt: skip


def plan_of(data: bytes, file: str = "plan") -> Plan:
    """The plan in these bytes.

    Raises:
        Refused: every mistake, one a line.
    """
    plan, mistakes = read_plan(data, file)
    if plan is None:
        raise Refused("\n".join(str(mistake) for mistake in mistakes))
    return plan


def read_plan(data: bytes, file: str = "plan") -> tuple[Plan | None, list[Mistake]]:
    """The plan in these bytes, or None and everything that is wrong with it, by line."""
    plan, mistakes = draft_plan(data, file)
    return (None if mistakes else plan), mistakes


def draft_plan(data: bytes, file: str = "plan") -> tuple[Plan | None, list[Mistake]]:
    """As `read_plan`, with the plan as far as it could be read: to be judged, never to be run."""
    reading = _Reading(file)
    root = reading.tree(data)
    plan = reading.plan(root, sha256_hex(data)) if root is not None else None
    unsound = {mistake.path.split(".")[1] for mistake in reading.mistakes
               if mistake.path.startswith("steps.")}  # fmt: skip
    if plan is not None and unsound:
        half = [name for name in plan.steps if name.split(".")[0] in unsound]
        reading.mistakes += unknown_steps(plan, file, reading.declared)
        reading.mistakes += circles_of(plan, file, half)
    elif plan is not None and plan.steps:
        reading.mistakes += mistakes_of_shape(plan, file)
    if plan is not None:
        reading.mistakes += mistakes_of_wording(plan, file, reading.declared)
    return plan, sorted(set(reading.mistakes))


class _Reading(YamlFile):
    """One reading of one plan; gathers mistakes as it goes."""

    def __init__(self, file: str) -> None:
        super().__init__(file, "plan", BEGIN)
        self.declared = frozenset[str]()  # names of all steps, also of those with mistakes

    def plan(self, root: Node, digest: str) -> Plan | None:
        """The plan that the nodes describe; only worth something when no mistake was gathered."""
        if not isinstance(root.value, dict):
            self.wrong(root.line, "", "not a mapping", "write `plan:`, `title:` and `steps:`")
            return None
        top = Fields(self, "", root.line, root.value)
        top.only(TOP)
        steps = dict(self._steps(top))
        first = next(iter(steps), "")
        return Plan(
            id=top.name("plan"),
            version=top.text("version"),
            title=top.text("title"),
            digest=digest,
            start=top.optional("start") or first,
            steps=steps,
            failure_mode=_optional_name(top, "failure_mode"),
            systems=names_listed(top, "systems", "system"),
            owner=_optional_name(top, "owner"),
            review_by=_day(top, "review_by"),
            triggers=names_listed(top, "triggers", "detector"),
            severity=tuple(frame.severity_rules(top)),
            communication=tuple(frame.communication(top)),
            techniques=frame.techniques(top),
            vendors=_vendors(top),
            first_steps=names_listed(top, "first_steps", "step"),
            audiences=dict(frame.audiences(top)),
            continuity=frame.continuity(top),
            variables=dict(frame.variables(top)),
            deadlines=dict(frame.deadlines(top)),
            post_mortem=tuple(frame.post_mortem(top)),
            waived=tuple(frame.waivers(top)),
            lines=_lines(top),
        )

    def _steps(self, top: Fields) -> Iterator[tuple[str, Step]]:
        node = top.fields.get("steps")
        if node is None or not isinstance(node.value, dict) or not node.value:
            self.wrong(node.line if node else top.line, "steps", "no steps",
                       "write each step as `name:` with what it does beneath")  # fmt: skip
            return
        if len(node.value) > STEPS_MAX:
            self.wrong(node.line, "steps", f"{len(node.value)} steps", f"at most {STEPS_MAX}")
            return
        self.declared = frozenset(node.value)
        for name, body in node.value.items():
            path = f"steps.{name}"
            if not NAME.fullmatch(name) or name == JOIN:
                self.wrong(body.line, path, shown(name), "name it in letters, digits, - and _")
            elif not isinstance(body.value, dict):
                self.wrong(body.line, path, "no fields", f"say one of {', '.join(FIELDS)}")
            else:
                step = step_of(name, Fields(self, path, body.line, body.value))
                if step is not None:
                    yield name, step


def _lines(top: Fields) -> dict[str, int]:
    found = {field: node.line for field, node in top.fields.items()}
    for field, node in top.fields.items():
        if isinstance(node.value, tuple):
            found |= {f"{field}[{n}]": one.line for n, one in enumerate(node.value)}
        elif isinstance(node.value, dict) and field != "steps":
            found |= {f"{field}.{name}": one.line for name, one in node.value.items()}
    steps = top.fields["steps"].value if "steps" in top.fields else ""
    for name, step in steps.items() if isinstance(steps, dict) else ():
        if isinstance(step.value, dict):
            found |= {f"steps.{name}.{f}": node.line for f, node in step.value.items()}
    return found


def _vendors(top: Fields) -> tuple[str, ...]:
    """Names as contracts spell them, each once."""
    node = top.fields.get("vendors")
    if node is None:
        return ()
    nodes = node.value if isinstance(node.value, tuple) else (node,)
    found = tuple(n.value for n in nodes if isinstance(n.value, str) and n.value.strip())
    if not nodes or len(found) != len(nodes) or len(set(found)) != len(found):
        top.wrong("vendors", "not a list of names", "write `vendors: [One Ltd, Other Inc]`")
    return found


def _optional_name(top: Fields, field: str) -> str | None:
    return top.name(field) if field in top.fields else None


def _day(top: Fields, field: str) -> str | None:
    text = top.optional(field)
    if text is None:
        return None
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            raise ValueError(text)
        date.fromisoformat(text)
    except ValueError:
        top.wrong(field, shown(text), "write a day such as 2027-05-31")
        return None
    return text
