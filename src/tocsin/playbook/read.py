"""Reads a plan from YAML, strictly: a plan comes out without a mistake, or all mistakes at once.

Every scalar is the text that stands there, so that `off`, `no` and `1.10` mean what they say; whole
numbers and durations are read only where they are declared. Anchors, aliases, tags, repeated and
unknown keys are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import msgspec
import yaml

from tocsin.facts.canonical import sha256_hex
from tocsin.facts.errors import Refused
from tocsin.facts.runs import Ending
from tocsin.playbook.plan import JOIN, Act, Ask, End, Look, Parallel, Plan, Step, Wait
from tocsin.playbook.structure import mistakes_of_shape, unknown_steps
from tocsin.register.mistakes import Mistake, did_you_mean, shown

PLAN_BYTES_MAX = 1024 * 1024
STEPS_MAX = 1000
DEPTH_MAX = 8
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
DURATION = re.compile(r"([0-9]{1,6})([smhd])")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
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


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of YAML with the line on which it begins."""

    line: int
    value: str | tuple[Node, ...] | dict[str, Node]


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


class _Reading:
    """One reading of one file; gathers mistakes as it goes."""

    def __init__(self, file: str) -> None:
        self.file, self.mistakes = file, list[Mistake]()
        self.declared = frozenset[str]()  # names of all steps, also of those with mistakes

    def wrong(self, line: int, path: str, found: str, remedy: str) -> None:
        self.mistakes.append(
            Mistake(file=self.file, line=line, path=path, found=found, remedy=remedy)
        )

    def tree(self, data: bytes) -> Node | None:
        """The YAML as nodes, or None when it cannot be read at all."""
        if len(data) > PLAN_BYTES_MAX:
            self.wrong(1, "", f"{len(data)} bytes", f"a plan has at most {PLAN_BYTES_MAX}")
            return None
        try:
            text = data.decode("utf-8-sig")
            for event in yaml.parse(text, Loader=yaml.SafeLoader):
                self._refuse_references(event)
            composed = None if self.mistakes else yaml.compose(text, Loader=yaml.SafeLoader)
        except UnicodeDecodeError as bad:
            line = data[: bad.start].count(b"\n") + 1
            self.wrong(line, "", "bytes that are not UTF-8", "save the file as UTF-8")
            return None
        except yaml.MarkedYAMLError as bad:
            line = bad.problem_mark.line + 1 if bad.problem_mark else 1
            self.wrong(line, "", f"not YAML: {bad.problem}", "mend the line, mind the indentation")
            return None
        except (yaml.YAMLError, RecursionError) as bad:
            self.wrong(1, "", f"not YAML: {str(bad) or 'nested too deeply'}", "mend the file")
            return None
        if composed is None:
            if not self.mistakes:
                self.wrong(1, "", "an empty file", "write `plan:`, `title:` and `steps:`")
            return None
        return self._node(composed, "", 0)

    def _refuse_references(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            self.wrong(
                line, "", "an anchor or alias (& or *)", "write the words out, or quote them"
            )
        elif getattr(event, "tag", None):
            self.wrong(line, "", "a tag (!)", "write plain text, in quotes if it begins with !")

    def _node(self, node: yaml.Node, path: str, depth: int) -> Node:
        line = node.start_mark.line + 1
        if depth > DEPTH_MAX:
            self.wrong(line, path, "nested too deeply", "a plan needs four levels at most")
            return Node(line=line, value="")
        if isinstance(node, yaml.SequenceNode):
            items = [self._node(n, f"{path}[{i}]", depth + 1) for i, n in enumerate(node.value)]
            return Node(line=line, value=tuple(items))
        if isinstance(node, yaml.MappingNode):
            return Node(line=line, value=self._mapping(node, path, depth))
        return Node(line=line, value=str(node.value))

    def _mapping(self, node: yaml.MappingNode, path: str, depth: int) -> dict[str, Node]:
        found: dict[str, Node] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                self.wrong(line, path, "a key that is not a word", "write `name: value`")
                continue
            name = str(key.value)
            if name in found:
                self.wrong(line, f"{path}.{name}".lstrip("."), "stands here a second time",
                           f"remove one; the first is on line {found[name].line}")  # fmt: skip
            else:
                read = self._node(value, f"{path}.{name}".lstrip("."), depth + 1)
                found[name] = msgspec.structs.replace(read, line=line)
        return found

    def plan(self, root: Node, digest: str) -> Plan | None:
        """The plan that the nodes describe; only worth something when no mistake was gathered."""
        if not isinstance(root.value, dict):
            self.wrong(root.line, "", "not a mapping", "write `plan:`, `title:` and `steps:`")
            return None
        top = _Fields(self, "", root.line, root.value)
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

    def _steps(self, top: _Fields) -> Iterator[tuple[str, Step]]:
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
                step = self._step(name, _Fields(self, path, body.line, body.value))
                if step is not None:
                    yield name, step

    def _step(self, name: str, f: _Fields) -> Step | None:
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


class _Fields:
    """The fields of one mapping, each read as what it is declared to be."""

    def __init__(self, reading: _Reading, path: str, line: int, fields: dict[str, Node]) -> None:
        self.reading, self.path, self.line, self.fields = reading, path, line, fields

    def wrong(self, field: str, found: str, remedy: str) -> None:
        line = self.fields[field].line if field in self.fields else self.line
        self.reading.wrong(line, f"{self.path}.{field}".lstrip("."), found, remedy)

    def only(self, known: tuple[str, ...]) -> None:
        for field in self.fields:
            if field not in known:
                among = f"remove it; known here: {', '.join(known)}"
                self.wrong(field, "an unknown field", did_you_mean(field, known, among))

    def text(self, field: str) -> str:
        if field not in self.fields:
            self.wrong(field, "missing", f"write `{field}:`")
            return ""
        return self.optional(field) or ""

    def optional(self, field: str) -> str | None:
        node = self.fields.get(field)
        if node is None:
            return None
        if not isinstance(node.value, str) or not node.value.strip():
            self.wrong(field, "no text", f"write text after `{field}:`")
            return None
        return node.value

    def name(self, field: str) -> str:
        text = self.text(field)
        if text and not NAME.fullmatch(text):
            self.wrong(field, shown(text), "use letters, digits, dots, - and _ (64 at most)")
        return text

    def texts(self, field: str) -> tuple[str, ...]:
        value = self.fields[field].value
        if not isinstance(value, tuple) or not all(isinstance(n.value, str) for n in value):
            self.wrong(field, "not a list", f"write `{field}: [one, other]`")
            return ()
        names = tuple(str(n.value) for n in value)
        if len(names) < 2 or len(set(names)) != len(names):
            self.wrong(field, ", ".join(names) or "empty", "name two or more different steps")
        return names

    def number(self, field: str, least: int, most: int) -> int | None:
        text = self.optional(field)
        if text is None:
            return None
        if not re.fullmatch("[0-9]{1,6}", text) or not least <= int(text) <= most:
            self.wrong(field, shown(text), f"write a whole number from {least} to {most}")
            return None
        return int(text)

    def seconds(self, field: str) -> int | None:
        text = self.optional(field)
        if text is None:
            return None
        parts = DURATION.fullmatch(text)
        if parts is None or int(parts[1]) == 0:
            self.wrong(field, shown(text), "write a duration such as 30s, 15m, 72h or 30d")
            return None
        return int(parts[1]) * SECONDS[parts[2]]


def _act(name: str, f: _Fields) -> Act:
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


def _ask(name: str, f: _Fields) -> Ask:
    choices: dict[str, str] = {}
    node = f.fields.get("choices")
    if node is None or not isinstance(node.value, dict) or not node.value:
        f.wrong("choices", "missing or empty", "write `choices: {yes: step, no: other-step}`")
    else:
        inner = _Fields(f.reading, f"{f.path}.choices", node.line, node.value)
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


def _wait(name: str, f: _Fields) -> Wait:
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


def _end(name: str, f: _Fields) -> End:
    text = f.text("end")
    if text and text not in ENDINGS:
        among = f"write one of {', '.join(ENDINGS)}"
        f.wrong("end", shown(text), did_you_mean(text, ENDINGS, among))
    return End(id=name, line=f.line, ending=ENDINGS.get(text, Ending.FAILED))
