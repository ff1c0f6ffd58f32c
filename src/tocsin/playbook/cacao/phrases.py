"""What people are asked in the place of foreign steps: the words of the file, and nothing secret.

A command is shown as text to the one who shall do it by hand. Passwords, tokens and keys are left
out, and it is told where they stood.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping

from tocsin.playbook.cacao.core import Core, CoreStep, text_of
from tocsin.playbook.cacao.json_tree import Json
from tocsin.playbook.cacao.told import Account, slug
from tocsin.playbook.cacao.vocabulary import IF, PEOPLE, SWITCH, VARIABLE_USED, WHILE
from tocsin.playbook.write_steps import duration
from tocsin.playbook.write_yaml import Tree
from tocsin.register.mistakes import shown
from tocsin.register.strict_yaml import NAME

ROLE = "on-call"
"""Who does what a machine did in the foreign playbook."""

TEXT_MAX, ALL_TEXTS_MAX = 4000, 600_000  # signs; a file of ours has a megabyte at most
SECRET_CHARS_MIN = 4
SECONDS_MAX = 999_999 * 86_400
HIDDEN = "(a secret, left out)"
SECRET_WORD = re.compile(
    r"passw|secret|token|api_?key|private_?key|credential|passphrase|authorization|cookie", re.I
)
_IN_A_URL = re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)")
_CARRIED_OF_STEP = ("type", "name", "description", "delay", "timeout", "step_variables",
                    "on_completion", "on_success", "on_failure")  # fmt: skip


class Phrases:
    """The words for steps of one playbook.

    Args:
        variables: the names of playbook variables that the plan carries, by foreign name.
        secrets: texts that must not appear anywhere.
    """

    def __init__(
        self, core: Core, variables: Mapping[str, str], secrets: tuple[str, ...], told: Account
    ) -> None:
        self._core, self._variables, self._told = core, variables, told
        self._text_max = min(TEXT_MAX, max(200, ALL_TEXTS_MAX // max(1, len(core.steps))))
        found = [_texts(step.fields.get("out_args")) for step in core.steps.values()]
        self._declared = {*(name for name, _ in core.each("playbook_variables")), *sum(found, ())}
        self._secrets = sorted((s for s in secrets if len(s) >= SECRET_CHARS_MIN), key=len)
        self._agents = {
            **dict(core.each("target_definitions")),
            **dict(core.each("agent_definitions")),
        }

    def action(self, step: CoreStep) -> dict[str, Tree]:
        """The question whether a person has done what the step says, and whom it is put to."""
        self._losses(step, ("commands", "agent", "targets", "out_args", "playbook_id"))
        commands = list(self._commands(step))
        agent = step.text("agent")
        role = self._role(step)
        lines = [self._headline(step)]
        if agent and role == ROLE:
            lines.append(f"In the playbook this was done by: {self._called(agent)}.")
        targets = [self._called(name) for name in _texts(step.fields.get("targets"))]
        if targets:
            lines.append(f"On: {', '.join(targets)}.")
        if step.text("playbook_id"):
            lines.append(f"Carry out the playbook {step.text('playbook_id')}.")
        lines += commands
        out = _texts(step.fields.get("out_args"))
        if out:
            lines.append(f"Write down what you found: {', '.join(out)}.")
        return {"ask": self._text(step, lines), "role": role}

    def condition(self, step: CoreStep) -> dict[str, Tree]:
        """The question which way to go, put to a person: what is asked here is not known to us."""
        asked = {IF: "condition", WHILE: "condition", SWITCH: "switch"}.get(step.type, "")
        self._losses(step, (asked, "cases", "on_true", "on_false", "next_steps"))
        said = step.text(asked)
        lines = [self._headline(step)] if step.text("name") or step.text("description") else []
        words = {IF: "Does this hold", WHILE: "Does this still hold", SWITCH: "Which is it"}
        if step.type in words:
            lines.append(f"{words[step.type]}: {said}?" if said else f"{words[step.type]}?")
        if "timeout" in step.fields and step.type in words:
            what = "how long a condition may take: a person answers when they can"
            self._told.lost(step.fields["timeout"], f"{step.path}.timeout", what)
        return {"ask": self._text(step, lines), "role": ROLE} if step.type in words else {}

    def called(self, step: CoreStep) -> str:
        """The plan that a step calls; empty where it names none that could be called."""
        plan = step.text("playbook_id")
        return plan if NAME.fullmatch(plan) and plan != self._core.text("id") else ""

    def span(self, step: CoreStep, field: str) -> str:
        """A delay or time-out as a duration; empty where there is none."""
        node = step.fields.get(field)
        if node is None:
            return ""
        text, path = text_of(node), f"{step.path}.{field}"
        if not re.fullmatch(r"[0-9]{1,18}", text):
            self._told.repaired(node, path, f"{shown(text)} is no number of ms", "left out")
            return ""
        seconds = min(-(-int(text) // 1000), SECONDS_MAX)
        if seconds and int(text) % 1000:
            self._told.repaired(node, path, f"{text} ms", f"rounded up to {seconds} s")
        return duration(_readable(seconds)) if seconds else ""

    def plain(self, at: Json | int, path: str, text: str) -> str:
        """A text without anything secret."""
        found = _IN_A_URL.sub(HIDDEN, text)
        for secret in reversed(self._secrets):
            found = found.replace(secret, HIDDEN)
        if found != text:
            self._told.lost(at, path, "a password, token or key; change it, for it has travelled")
        return found

    def _headline(self, step: CoreStep) -> str:
        name, description = step.text("name"), step.text("description")
        whole = (
            f"{name.rstrip('.')}. {description}" if name and description else name or description
        )
        return whole or f"A step without a name ({step.id})"

    def _text(self, step: CoreStep, lines: list[str]) -> str:
        fixed, given = self._of_step(step), self._given(step)
        text = "\n".join(line for line in lines if line.strip())

        def word(match: re.Match[str]) -> str:
            name = match.group(1)
            carried = self._variables.get(name)
            if name not in given:
                found = f"it asks for {name}, which nothing gives"
                self._told.repaired(step.line, step.path, found, "the words are left as they stand")
            return fixed.get(name) or (f"{{variables.{carried}}}" if carried else match.group())

        text = self.plain(step.line, step.path, VARIABLE_USED.sub(word, text))
        if len(text) > self._text_max:
            left_out = len(text) - self._text_max
            self._told.lost(step.line, step.path, f"the last {left_out} signs of its words")
            text = f"{text[: self._text_max]} ..."
        return text

    def _given(self, step: CoreStep) -> frozenset[str]:
        """The variables that this step may ask for."""
        node = step.fields.get("step_variables")
        own = node.value if node is not None and isinstance(node.value, dict) else {}
        return frozenset((*own, *self._declared, *_texts(step.fields.get("in_args"))))

    def _of_step(self, step: CoreStep) -> dict[str, str]:
        """The values that the step itself gives to its variables."""
        node = step.fields.get("step_variables")
        found: dict[str, str] = {}
        for name, one in node.value.items() if node and isinstance(node.value, dict) else ():
            path = f"{step.path}.step_variables.{name}"
            value = text_of(one.value.get("value")) if isinstance(one.value, dict) else ""
            if value and SECRET_WORD.search(name):
                self._told.lost(one, path, "a password, token or key")
            elif value:
                found[name] = value
        return found

    def _role(self, step: CoreStep) -> str:
        agent = step.fields.get("agent")
        name = _first(agent)
        if not name:
            return ROLE
        node = self._agents.get(name)
        if node is None:
            self._told.repaired(agent or step.line, f"{step.path}.agent",
                f"no agent has the id {shown(name)}", f"put to the role {ROLE}")  # fmt: skip
            return ROLE
        fields = node.value if isinstance(node.value, dict) else {}
        type_ = text_of(fields.get("type")) or name.partition("--")[0]
        role = slug(text_of(fields.get("name"))) if type_ in PEOPLE else ""
        what = f"the agent itself; its steps are put to the role {role or ROLE}"
        self._told.lost(node, f"$.agent_definitions.{name}", what)
        return role or ROLE

    def _called(self, name: str) -> str:
        node = self._agents.get(name)
        fields = node.value if node is not None and isinstance(node.value, dict) else {}
        said = text_of(fields.get("name")) or name
        where = [text for one in _addresses(fields) for text in _texts(one)]
        return f"{said} ({', '.join(where[:5])})" if where else said

    def _commands(self, step: CoreStep) -> Iterator[str]:
        node = step.fields.get("commands")
        items = node.value if node is not None and isinstance(node.value, tuple) else ()
        if node is not None and not isinstance(node.value, tuple):
            items = (node,)
        for number, one in enumerate(items):
            path = f"{step.path}.commands[{number}]"
            if isinstance(one.value, dict):
                yield from self._command(one.value, one, path)
            elif text_of(one):
                self._told.repaired(one, path, "a command that is no object", "taken as text")
                yield f"Do by hand: {text_of(one)}"

    def _command(self, fields: dict[str, Json], at: Json, path: str) -> Iterator[str]:
        type_ = text_of(fields.get("type")) or "manual"
        text = text_of(fields.get("command")) or text_of(fields.get("run"))
        encoded = self._decoded(fields.get("command_b64"), f"{path}.command_b64")
        said = " ".join(part for part in (text, encoded) if part)
        if type_ != "manual":
            self._told.lost(at, path, f"the {type_} command as a command: a person does it by hand")
        about = text_of(fields.get("description"))
        if about:
            yield about
        yield f"Do: {said}" if type_ == "manual" else f"By hand instead of {type_}: {said or '?'}"
        content = self._decoded(fields.get("content_b64"), f"{path}.content_b64")
        for body in (text_of(fields.get("content")), content):
            if body:
                yield f"With this content: {body}"
        yield from self._headers(fields.get("headers"), f"{path}.headers")
        known = ("type", "command", "run", "command_b64", "description", "content", "content_b64",
                 "headers", "playbook_activity", "version")  # fmt: skip
        for field, node in fields.items():
            if field not in known:
                self._told.lost(node, f"{path}.{field}", "a property of the command")

    def _headers(self, node: Json | None, path: str) -> Iterator[str]:
        for name, value in node.value.items() if node and isinstance(node.value, dict) else ():
            values = _texts(value)
            if SECRET_WORD.search(name) and not any(VARIABLE_USED.fullmatch(v) for v in values):
                self._told.lost(value, f"{path}.{name}", "a password, token or key")
                values = (HIDDEN,)
            yield f"With the header {name}: {', '.join(values)}"

    def _decoded(self, node: Json | None, path: str) -> str:
        if node is None:
            return ""
        try:
            text = base64.b64decode(text_of(node), validate=True).decode()
        except (binascii.Error, ValueError):
            self._told.repaired(node, path, "no text in base64", "left out")
            return ""
        return text.strip()

    def _losses(self, step: CoreStep, used: tuple[str, ...]) -> None:
        words = {"owner": "who owns the step", "in_args": "which variables go in",
                 "external_references": "what it refers to outside",
                 "step_extensions": "an extension that we do not know",
                 "playbook_version": "which version of the playbook is called"}  # fmt: skip
        for field, node in step.fields.items():
            if field not in _CARRIED_OF_STEP and field not in used:
                what = words.get(field, "a property that a step of ours has no word for")
                self._told.lost(node, f"{step.path}.{field}", what)


def _readable(seconds: int) -> int:
    """The seconds, or the next span above that a file of ours can say."""
    for unit in (1, 60, 3600, 86400):
        whole = -(-seconds // unit)
        if whole <= 999_999:
            return whole * unit
    return SECONDS_MAX


def _addresses(fields: Mapping[str, Json]) -> Iterator[Json]:
    node = fields.get("address")
    if node is not None and isinstance(node.value, dict):
        yield from node.value.values()


def _first(node: Json | None) -> str:
    return next(iter(_texts(node)), "")


def _texts(node: Json | None) -> tuple[str, ...]:
    """The texts of a list, of a single text, or none."""
    if node is None:
        return ()
    items = node.value if isinstance(node.value, tuple) else (node,)
    return tuple(text for text in map(text_of, items) if text)
