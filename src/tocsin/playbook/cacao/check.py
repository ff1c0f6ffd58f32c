"""What is wrong with a CACAO playbook, far beyond what its official schemas find.

Every mistake at once, with line, path and remedy; nothing is told that the specification allows.
What it only advises against is advice, apart from passwords in plain text: they are a mistake.

Source: CACAO Security Playbooks 2.0, committee specification 01.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from tocsin.playbook.cacao import shapes
from tocsin.playbook.cacao.check_flow import mistakes_of_flow
from tocsin.playbook.cacao.core import text_of
from tocsin.playbook.cacao.finding import At, Found, fields_of
from tocsin.playbook.cacao.json_tree import Json, read_json
from tocsin.playbook.cacao.shapes import Holds, Shape
from tocsin.playbook.cacao.vocabulary import IDENTIFIER, SPEC_VERSION, VARIABLE_NAME
from tocsin.register.mistakes import Mistake, did_you_mean, shown

_INSTANT = re.compile(
    r"\d{4}-(0[1-9]|1[012])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?Z"
)
_MAIL = re.compile(r"[^\s@;`'\"<>()]+@[^\s@;`'\"<>()]+|__.+__:value")
_DEFINITIONS = {
    "agent_definitions": shapes.AGENTS,
    "target_definitions": shapes.AGENTS,
    "authentication_info_definitions": shapes.LOG_INS,
    "extension_definitions": {"extension-definition": shapes.EXTENSION},
    "data_marking_definitions": {},
}


def mistakes_of_cacao(data: bytes, file: str) -> list[Mistake]:
    """Everything that is wrong with the playbook in these bytes, by line."""
    root, notes, mistakes = read_json(data, file)
    if root is None:
        return mistakes
    odd = Found(file)
    for note in notes:
        odd.wrong(At(Json(line=note.line, value=None), note.path), note.found, note.remedy)
    return sorted({*odd.mistakes, *mistakes_in(root, file)})


def mistakes_in(root: Json, file: str) -> list[Mistake]:
    """Everything that is wrong with the playbook that these values are, by line."""
    found = Found(file)
    if isinstance(root.value, dict):
        _Checking(root.value, root, found).all()
    else:
        found.wrong(At(root, "$"), "no JSON object", 'write { "type": "playbook", ... }')
    return sorted(set(found.mistakes))


class _Checking:
    """One check of one playbook."""

    def __init__(self, fields: dict[str, Json], root: Json, found: Found) -> None:
        self._fields, self._root, self._found = fields, root, found

    def all(self) -> None:
        at = At(self._root, "$")
        self._shape(self._fields, at, shapes.PLAYBOOK, shapes.PLAYBOOK_NEEDS)
        self._said("type", "playbook")
        self._said("spec_version", SPEC_VERSION)
        self._instants("created", "modified", "is earlier than created", or_same=True)
        self._instants("valid_from", "valid_until", "is not later than valid_from", or_same=False)
        for field, known in _DEFINITIONS.items():
            for name, node in fields_of(self._fields.get(field)).items():
                self._definition(name, At(node, f"$.{field}.{name}"), known)
        for name, node in fields_of(self._fields.get("playbook_variables")).items():
            self._variable(name, At(node, f"$.playbook_variables.{name}"))
        for name, node in fields_of(self._fields.get("workflow")).items():
            self._step(name, At(node, f"$.workflow.{name}"))
        self._references(self._fields, "$")
        mistakes_of_flow(self._fields, self._root, self._found)

    def _said(self, field: str, right: str) -> None:
        node = self._fields.get(field)
        if node is not None and node.value != right:
            self._found.wrong(At(node, f"$.{field}"), shown(node.value), f'write "{right}"')

    def _instants(self, first: str, second: str, wrong: str, *, or_same: bool) -> None:
        one, other = self._fields.get(first), self._fields.get(second)
        early, late = _comparable(one), _comparable(other)
        if early and late and other and (late < early or (late == early and not or_same)):
            remedy = f"write an instant after {text_of(one)}"
            self._found.wrong(At(other, f"$.{second}"), f"{text_of(other)} {wrong}", remedy)
        for field, text, node in ((first, early, one), (second, late, other)):
            if text and node and field in ("created", "modified") and len(text_of(node)) != 24:
                self._found.advise(At(node, f"$.{field}"), "not given to the millisecond",
                                   "write three digits after the second")  # fmt: skip

    def _shape(
        self, fields: Mapping[str, Json], at: At, shape: Shape, needs: tuple[str, ...] = ()
    ) -> None:
        """Every property that is unknown, missing, or holds something else than it should."""
        for field, node in fields.items():
            here = At(node, f"{at.path}.{field}")
            if field not in shape:
                among = "remove it, or carry it in an extension"
                self._found.wrong(here, "an unknown property", did_you_mean(field, shape, among))
            elif not _holds(node, shape[field]):
                self._found.wrong(here, _what(node), f"write {shape[field].value}")
        for field in needs:
            if field not in fields:
                near = [f for f in fields if f not in shape and did_you_mean(f, (field,), "")]
                if not near:
                    self._found.wrong(At(at.node, f"{at.path}.{field}"), "missing",
                                      f"write {field}: {shape[field].value}")  # fmt: skip

    def _definition(self, name: str, at: At, known: Mapping[str, Shape]) -> None:
        fields = fields_of(at.node)
        type_ = text_of(fields.get("type"))
        self._id(name, at, type_)
        if type_ in known:
            needs: tuple[str, ...] = ()
            if type_ == "extension-definition":
                needs = shapes.EXTENSION_NEEDS
            if known is shapes.AGENTS:
                needs = ("name", *(f for f in ("address", "sector") if f in known[type_]))
            self._shape(fields, at, known[type_], needs)
        elif not type_:
            self._found.wrong(At(at.node, f"{at.path}.type"), "missing", "write its type")
        if known is shapes.LOG_INS:
            self._secrets(fields, at)
        for name, node in fields_of(fields_of(fields.get("contact")).get("email")).items():
            if not _MAIL.fullmatch(text_of(node)):
                here = At(node, f"{at.path}.contact.email.{name}")
                self._found.wrong(here, shown(node.value), "write an address: name@example.org")

    def _secrets(self, fields: Mapping[str, Json], at: At) -> None:
        kept = text_of(fields.get("kms")) == "true"
        for field in shapes.SECRETS:
            node = fields.get(field)
            text = text_of(node)
            if node is None or not text or re.fullmatch(r"__.+__:value", text):
                continue
            found = "beside a key store" if kept else "a secret in plain text"
            self._found.wrong(At(node, f"{at.path}.{field}"), found,
                "name a variable such as __password__:value, change the secret")  # fmt: skip

    def _variable(self, name: str, at: At) -> None:
        if not VARIABLE_NAME.fullmatch(name):
            self._found.wrong(at, shown(name), "name it between two low lines: __name__")
        fields = fields_of(at.node)
        self._shape(fields, at, shapes.VARIABLE, ("type",))
        value = fields.get("value")
        if value is not None and isinstance(value.value, bool | int | float | tuple):
            self._found.wrong(At(value, f"{at.path}.value"), _what(value),
                              "write numbers and truth values as text")  # fmt: skip

    def _step(self, name: str, at: At) -> None:
        if not isinstance(at.node.value, dict):
            self._found.wrong(at, _what(at.node), "write a step as an object")
            return
        fields = at.node.value
        type_ = text_of(fields.get("type"))
        if type_ not in shapes.STEPS:
            found = f"no type of step: {shown(type_)}" if type_ else "missing"
            among = f"write one of {', '.join(shapes.STEPS)}"
            remedy = did_you_mean(type_, shapes.STEPS, among) if type_ else among
            self._found.wrong(At(fields.get("type", at.node), f"{at.path}.type"), found, remedy)
            return
        self._id(name, at, type_)
        self._shape(fields, at, shapes.STEPS[type_], shapes.STEP_NEEDS[type_])
        for variable, node in fields_of(fields.get("step_variables")).items():
            self._variable(variable, At(node, f"{at.path}.step_variables.{variable}"))
        commands = fields.get("commands")
        items = commands.value if commands and isinstance(commands.value, tuple) else ()
        if commands is not None and isinstance(commands.value, tuple) and not items:
            self._found.wrong(At(commands, f"{at.path}.commands"), "empty", "write what is done")
        for number, node in enumerate(items):
            self._command(At(node, f"{at.path}.commands[{number}]"))
        self._references(fields, at.path)

    def _command(self, at: At) -> None:
        fields = fields_of(at.node)
        type_ = text_of(fields.get("type"))
        if not type_:
            self._found.wrong(At(at.node, f"{at.path}.type"), "missing", "write its type")
        elif type_ in shapes.COMMANDS:
            self._shape(fields, at, shapes.COMMANDS[type_])

    def _references(self, fields: Mapping[str, Json], path: str) -> None:
        node = fields.get("external_references")
        for number, one in enumerate(
            node.value if node is not None and isinstance(node.value, tuple) else ()
        ):
            at = At(one, f"{path}.external_references[{number}]")
            self._shape(fields_of(one), at, shapes.REFERENCE, ("name",))

    def _id(self, name: str, at: At, type_: str) -> None:
        match = IDENTIFIER.fullmatch(name)
        standard = (*shapes.STEPS, *shapes.AGENTS, *shapes.LOG_INS)
        if match is None:
            right = f"write {type_ or 'its type'}-- and a UUID"
            self._found.wrong(at, f"{shown(name)} is no identifier", right)
        elif type_ and match.group(1) != type_ and match.group(1) in standard:
            found = f"the identifier says {match.group(1)}, the type {type_}"
            self._found.wrong(At(at.node, f"{at.path}.type"), found, "let both say the same")


def _comparable(node: Json | None) -> str:
    text = text_of(node)
    whole, _, fraction = text.removesuffix("Z").partition(".")
    return f"{whole}.{fraction:0<9}" if _INSTANT.fullmatch(text) else ""


def _what(node: Json) -> str:
    match node.value:
        case dict():
            return "an object"
        case tuple():
            return "a list"
        case None:
            return "null"
        case _:
            return shown(node.value)


def _holds(node: Json, wanted: Holds) -> bool:
    value = node.value
    match wanted:
        case Holds.TEXT:
            return isinstance(value, str)
        case Holds.ID:
            return isinstance(value, str) and IDENTIFIER.fullmatch(value) is not None
        case Holds.INSTANT:
            return isinstance(value, str) and _INSTANT.fullmatch(value) is not None
        case Holds.FLAG:
            return isinstance(value, bool)
        case Holds.WHOLE | Holds.SCORE:
            most = 100 if wanted is Holds.SCORE else 2**53
            return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most
        case Holds.OBJECT:
            return isinstance(value, dict)
        case Holds.TEXTS | Holds.IDS | Holds.OBJECTS:
            inner = {Holds.TEXTS: Holds.TEXT, Holds.IDS: Holds.ID}.get(wanted, Holds.OBJECT)
            return isinstance(value, tuple) and all(_holds(one, inner) for one in value)
        case Holds.ANY:
            return True
