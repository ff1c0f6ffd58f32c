"""Reads a plan from YAML, strictly: a plan comes out without a mistake, or all mistakes at once.

Every scalar is the text that stands there, so that `off`, `no` and `1.10` mean what they say; whole
numbers and durations are read only where they are declared. Anchors, aliases, tags, repeated and
unknown keys are refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tocsin.facts.canonical import sha256_hex
from tocsin.facts.errors import Refused
from tocsin.facts.runs import Ending
from tocsin.playbook.plan import JOIN, Act, Ask, End, Look, Parallel, Plan, Step, Wait
from tocsin.playbook.structure import mistakes_of_shape, unknown_steps
from tocsin.register.mistakes import Mistake, did_you_mean, shown
from tocsin.register.strict_yaml import NAME, Fields, Node, YamlFile

STEPS_MAX = 1000
BEGIN = "write `plan:`, `title:` and `steps:`"
ENDINGS = {ending.value: ending for ending in Ending if ending is not Ending.CANCELLED}

_ACT = ("target", "wanted", "undo", "approvals", "limit", "on_limit", "attempts_max", "on_failure",
        "on_declined", "next")  # fmt: skip
FIELDS: Mapping[str, tuple[str, ...]] = {
    "act": _ACT,
    "ask": ("role", "choices", "limit", "on_limit"),
    "wait": ("next", "rounds_max", "on_rounds_max"),
    "probe": ("target", "wanted", "next", "on_not_shown", "on_undetermined"),
    "parallel": ("next", "on_failure"),
    "end": (),
}
"""What a step of each kind may say beside its kind."""


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
    reading = _Reading(file)
    root = reading.tree(data)
    plan = reading.plan(root, sha256_hex(data)) if root is not None else None
    if plan is not None and reading.mistakes:
        reading.mistakes += unknown_steps(plan, file, reading.declared)
    elif plan is not None:
        reading.mistakes += mistakes_of_shape(plan, file)
    if reading.mistakes:
        return None, sorted(set(reading.mistakes))
    return plan, []


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
        top.only(("plan", "version", "title", "start", "steps"))
        steps = dict(self._steps(top))
        first = next(iter(steps), "")
        return Plan(
            id=top.name("plan"),
            version=top.text("version"),
            title=top.text("title"),
            digest=digest,
            start=top.optional("start") or first,
            steps=steps,
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
                step = self._step(name, Fields(self, path, body.line, body.value))
                if step is not None:
                    yield name, step

    def _step(self, name: str, f: Fields) -> Step | None:
        kinds = [kind for kind in FIELDS if kind in f.fields]
        if len(kinds) != 1:
            told = f"says {' and '.join(kinds)}" if kinds else "does not say what it does"
            self.wrong(f.line, f.path, told, f"say exactly one of {', '.join(FIELDS)}")
            f.only((*FIELDS, *{field for fields in FIELDS.values() for field in fields}))
            return None
        kind = kinds[0]
        f.only((kind, *FIELDS[kind]))
        match kind:
            case "act":
                return _act(name, f)
            case "ask":
                return _ask(name, f)
            case "wait":
                return _wait(name, f)
            case "probe":
                return Look(id=name, line=f.line, probe=f.name("probe"), target=f.text("target"),
                            wanted=f.text("wanted"), next=f.text("next"),
                            on_not_shown=f.optional("on_not_shown"),
                            on_undetermined=f.optional("on_undetermined"))  # fmt: skip
            case "parallel":
                return Parallel(
                    id=name,
                    line=f.line,
                    branches=f.texts("parallel"),
                    next=f.text("next"),
                    on_failure=f.optional("on_failure"),
                )
            case _:
                return _end(name, f)


def _act(name: str, f: Fields) -> Act:
    limit = f.seconds("limit")
    approvals = f.number("approvals", 0, 2) or 0
    if limit is not None and not approvals:
        f.wrong("limit", "a limit without approvals", "remove it, or ask for approvals")
    if limit is None and "on_limit" in f.fields:
        f.wrong("on_limit", "no limit", "write `limit:` too")
    return Act(
        id=name,
        line=f.line,
        connector=f.name("act"),
        target=f.text("target"),
        wanted=f.text("wanted"),
        undo=f.optional("undo"),
        approvals=approvals,
        limit_seconds=limit,
        on_limit=f.optional("on_limit"),
        attempts_max=f.number("attempts_max", 1, 100) or 5,
        on_failure=f.optional("on_failure"),
        on_declined=f.optional("on_declined"),
        next=f.text("next"),
    )


def _ask(name: str, f: Fields) -> Ask:
    choices: dict[str, str] = {}
    node = f.fields.get("choices")
    if node is None or not isinstance(node.value, dict) or not node.value:
        f.wrong("choices", "missing or empty", "write `choices: {yes: step, no: other-step}`")
    else:
        inner = Fields(f.reading, f"{f.path}.choices", node.line, node.value)
        choices = {choice: inner.text(choice) for choice in node.value}
    limit, on_limit = f.seconds("limit"), f.optional("on_limit")
    if (limit is None) != (on_limit is None):
        f.wrong("limit", "limit and on_limit belong together", "write both, or neither")
    return Ask(
        id=name,
        line=f.line,
        question=f.text("ask"),
        role=f.name("role"),
        choices=choices,
        limit_seconds=limit,
        on_limit=on_limit,
    )


def _wait(name: str, f: Fields) -> Wait:
    rounds, after = f.number("rounds_max", 1, 1000), f.optional("on_rounds_max")
    if ("rounds_max" in f.fields) != ("on_rounds_max" in f.fields):
        f.wrong("rounds_max", "rounds_max and on_rounds_max belong together", "write both")
    return Wait(
        id=name,
        line=f.line,
        seconds=f.seconds("wait") or 0,
        next=f.text("next"),
        rounds_max=rounds,
        on_rounds_max=after,
    )


def _end(name: str, f: Fields) -> End:
    text = f.text("end")
    if text and text not in ENDINGS:
        among = f"write one of {', '.join(ENDINGS)}"
        f.wrong("end", shown(text), did_you_mean(text, ENDINGS, among))
    return End(id=name, line=f.line, ending=ENDINGS.get(text, Ending.FAILED))
