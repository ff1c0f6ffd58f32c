"""What is wrong with how a playbook flows: edges, ends, circles, and names that nothing gives."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from tocsin.playbook.cacao.core import text_of
from tocsin.playbook.cacao.finding import At, Found, fields_of
from tocsin.playbook.cacao.json_tree import Json
from tocsin.playbook.cacao.shapes import STEPS
from tocsin.playbook.cacao.stix_comparison import wrong_with
from tocsin.playbook.cacao.vocabulary import (
    ACTION,
    CALL,
    END,
    IF,
    PARALLEL,
    START,
    STEP_ALIASES,
    WHILE,
    meant,
)
from tocsin.register.mistakes import did_you_mean, shown

EDGES = ("on_completion", "on_success", "on_failure", "on_true", "on_false")
_USED = re.compile(r"(__[a-zA-Z][a-zA-Z0-9_-]*?__):value")


def mistakes_of_flow(fields: Mapping[str, Json], root: Json, found: Found) -> None:
    """Everything that is wrong with where steps lead and what they name."""
    _Flow(fields, root, found).all()


class _Flow:
    """One look at the steps of one playbook; misspelt edges count as what was meant."""

    def __init__(self, fields: Mapping[str, Json], root: Json, found: Found) -> None:
        self._fields, self._root, self._found = fields, root, found
        workflow = fields_of(fields.get("workflow"))
        self._steps = {name: dict(fields_of(node)) for name, node in workflow.items()}
        self._types = {n: text_of(step.get("type")) for n, step in self._steps.items()}
        self._at = {name: At(node, f"$.workflow.{name}") for name, node in workflow.items()}
        self._before = len(found.mistakes)

    def all(self) -> None:
        workflow = self._fields.get("workflow")
        if workflow is None or not isinstance(workflow.value, dict):
            return
        self._named("workflow_start", START)
        self._named("workflow_exception", None)
        onward = {name: list(self._edges(name)) for name in self._steps}
        broken = self._broken(onward)
        for name in self._steps:
            self._rules(name, {field for field, _, _ in onward[name]})
            self._names(name)
        self._whole(onward, broken)
        self._variables()
        self._extensions()

    def _named(self, field: str, type_: str | None) -> None:
        node = self._fields.get(field)
        if node is None:
            return
        name, at = text_of(node), At(node, f"$.{field}")
        if name not in self._steps:
            remedy = did_you_mean(name, self._steps, "name a step of the workflow")
            self._found.wrong(at, f"no step is called {shown(name)}", remedy)
        elif type_ is not None and self._types[name] != type_:
            self._found.wrong(at, f"{shown(name)} is no {type_} step", f"name a {type_} step")

    def _edges(self, name: str) -> Iterator[tuple[str, Json, str]]:
        step = self._steps[name]
        known = STEPS.get(self._types[name], STEPS[ACTION])
        for key, node in step.items():
            field = key if key in known else meant(key, [*EDGES], STEP_ALIASES) or ""
            if field in EDGES:
                yield field, node, f".{key}"
        branches, cases = step.get("next_steps"), step.get("cases")
        if branches is not None and isinstance(branches.value, tuple):
            for number, node in enumerate(branches.value):
                yield "next_steps", node, f".next_steps[{number}]"
        for case, node in fields_of(cases).items():
            yield "cases", node, f".cases.{case}"

    def _broken(self, onward: Mapping[str, list[tuple[str, Json, str]]]) -> bool:
        """Tell every edge to nowhere and to its own step; whether there is any."""
        count = len(self._found.mistakes)
        for name, edges in onward.items():
            for _, node, path in edges:
                to, at = text_of(node), At(node, f"{self._at[name].path}{path}")
                if to == name:
                    self._found.wrong(at, "the step leads to itself", "name what follows it")
                elif to not in self._steps:
                    remedy = did_you_mean(to, self._steps, "name a step of the workflow")
                    self._found.wrong(at, f"no step is called {shown(to)}", remedy)
        return len(self._found.mistakes) > count

    def _rules(self, name: str, fields: set[str]) -> None:
        type_, at = self._types[name], self._at[name]
        step = self._steps[name]
        if type_ == END and fields:
            self._found.wrong(at, "an end that leads on", f"remove {', '.join(sorted(fields))}")
        elif "on_completion" in fields and fields & {"on_success", "on_failure"}:
            here = At(step.get("on_completion", at.node), f"{at.path}.on_completion")
            found = "it stands beside on_success or on_failure"
            self._found.wrong(here, found, "keep the one, or the two")
        elif type_ == START and fields & {"on_success", "on_failure"}:
            self._found.wrong(at, "a start with on_success or on_failure", "write on_completion")
        if type_ in (START, ACTION, CALL) and not fields:
            self._found.wrong(at, "it leads nowhere", "write on_completion, or on_success and "
                              "on_failure")  # fmt: skip
        branches = step.get("next_steps")
        listed = branches.value if branches is not None else None
        if type_ == PARALLEL and branches and isinstance(listed, tuple) and len(listed) < 2:
            here, found = At(branches, f"{at.path}.next_steps"), f"{len(listed)} branches"
            self._found.wrong(here, found, "name two or more, or use no parallel step")
        if type_ in (IF, WHILE) and "condition" in step:
            self._condition(At(step["condition"], f"{at.path}.condition"))

    def _condition(self, at: At) -> None:
        text = text_of(at.node)
        wrong = wrong_with(text)
        right = "compare, as in __name__:value = 'text'"
        if wrong == "it compares nothing":
            self._found.advise(at, wrong, right)
        elif wrong is not None:
            self._found.wrong(at, f"not a condition: {wrong}", right)

    def _names(self, name: str) -> None:
        step, path = self._steps[name], self._at[name].path
        if "agent" in step:
            self._defined(At(step["agent"], f"{path}.agent"), "agent_definitions", "agent")
        targets = step.get("targets")
        for number, node in enumerate(
            targets.value if targets is not None and isinstance(targets.value, tuple) else ()
        ):
            self._defined(At(node, f"{path}.targets[{number}]"), "target_definitions", "target")

    def _defined(self, at: At, field: str, what: str) -> None:
        known = fields_of(self._fields.get(field))
        name = text_of(at.node)
        if name and name not in known:
            remedy = did_you_mean(name, known, f"define it in {field}")
            self._found.wrong(at, f"no {what} has the id {shown(name)}", remedy)

    def _whole(self, onward: Mapping[str, list[tuple[str, Json, str]]], broken: bool) -> None:
        workflow = At(self._fields["workflow"], "$.workflow")
        ends = [name for name, type_ in self._types.items() if type_ == END]
        if self._steps and not ends:
            self._found.wrong(workflow, "no end step", "end each branch with a step of type end")
        if self._steps and START not in self._types.values():
            self._found.wrong(workflow, "no start step", "begin with a step of type start")
        if not self._steps:
            self._found.wrong(workflow, "no steps", "write a start, an action and an end")
        if broken or not ends:
            return
        whole = len(self._found.mistakes) == self._before  # else it may be a consequence
        leading = {n: [text_of(node) for _, node, _ in edges] for n, edges in onward.items()}
        ending = _reached(ends, _turned(leading))
        begun = [text_of(self._fields.get(f)) for f in ("workflow_start", "workflow_exception")]
        reached = _reached([name for name in begun if name in self._steps], leading)
        for name, at in self._at.items():
            if name in reached and name not in ending and leading[name]:
                self._found.wrong(at, "no way leads from here to an end",
                                  "let a way out of the circle lead to an end step")  # fmt: skip
            elif whole and name not in reached and reached:
                self._found.advise(at, "no way leads to this step", "lead to it, or remove it")

    def _variables(self) -> None:
        declared = set(fields_of(self._fields.get("playbook_variables")))
        for step in self._steps.values():
            declared |= set(fields_of(step.get("step_variables")))
        for name, at in self._at.items():
            for field, node in self._steps[name].items():
                if field == "step_variables":
                    continue
                path = f"{at.path}.{field}"
                used = _arguments(node) if field in ("in_args", "out_args") else _asked(node, path)
                for word, where in used:
                    if word not in declared:
                        remedy = did_you_mean(word, declared, "declare it in playbook_variables")
                        self._found.wrong(At(where.node, where.path or path),
                                          f"no variable is called {word}", remedy)  # fmt: skip

    def _extensions(self) -> None:
        known = fields_of(self._fields.get("extension_definitions"))
        held = [("$", "playbook_extensions", self._fields)]
        held += [(at.path, "step_extensions", self._steps[name]) for name, at in self._at.items()]
        for path, field, fields in held:
            for name, node in fields_of(fields.get(field)).items():
                if name not in known:
                    self._found.wrong(At(node, f"{path}.{field}.{name}"), "an extension without "
                        "a definition", "define it in extension_definitions")  # fmt: skip


def _arguments(node: Json) -> Iterator[tuple[str, At]]:
    for one in node.value if isinstance(node.value, tuple) else ():
        word = text_of(one)
        if word:
            yield word, At(one, "")


def _asked(node: Json, path: str) -> Iterator[tuple[str, At]]:
    """Every variable that a value asks for, however deep it stands."""
    ahead = [At(node, path)]
    while ahead:
        at = ahead.pop()
        match at.node.value:
            case str():
                for word in _USED.findall(at.node.value):
                    yield word, at
            case dict():
                ahead += [At(one, f"{at.path}.{key}") for key, one in at.node.value.items()]
            case tuple():
                ahead += [At(one, f"{at.path}[{n}]") for n, one in enumerate(at.node.value)]


def _turned(leading: Mapping[str, list[str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, to in leading.items():
        for one in to:
            found.setdefault(one, []).append(name)
    return found


def _reached(start: list[str], leading: Mapping[str, list[str]]) -> set[str]:
    seen, ahead = set[str](), list(start)
    while ahead:
        name = ahead.pop()
        if name not in seen:
            seen.add(name)
            ahead += leading.get(name, [])
    return seen
