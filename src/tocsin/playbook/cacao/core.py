"""A foreign playbook as far as it can be understood: its properties, its steps, what it names.

Reads tolerantly: what is misspelt, of another version or in another shape is taken for what was
probably meant, and told as a repair.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from tocsin.playbook.cacao.json_tree import Json
from tocsin.playbook.cacao.told import Account
from tocsin.playbook.cacao.vocabulary import (
    ACTION,
    CALL,
    IF,
    OF_STEP,
    PARALLEL,
    PLAYBOOK,
    PLAYBOOK_ALIASES,
    SPEC_VERSION,
    STEP,
    STEP_ALIASES,
    SWITCH,
    TYPE_ALIASES,
    meant,
    spelled,
)
from tocsin.register.mistakes import shown

STEP_NAMES = ("step_uuid", "step_id", "uuid", "id", "key")
"""Fields by which a step names itself where steps stand in a list."""


class CoreStep(msgspec.Struct, frozen=True, kw_only=True):
    """A step of a foreign playbook; `fields` by the words of the specification."""

    id: str
    line: int
    path: str
    type: str
    fields: dict[str, Json]

    def text(self, field: str) -> str:
        """The text of a field; empty where there is none."""
        return text_of(self.fields.get(field))


class Core(msgspec.Struct, frozen=True, kw_only=True):
    """A foreign playbook: `fields` by the words of the specification, and its steps by id."""

    fields: dict[str, Json]
    steps: dict[str, CoreStep]

    def text(self, field: str) -> str:
        return text_of(self.fields.get(field))

    def each(self, field: str) -> Iterator[tuple[str, Json]]:
        """The entries of a field that is a mapping."""
        node = self.fields.get(field)
        if node is not None and isinstance(node.value, dict):
            yield from node.value.items()


def text_of(node: Json | None) -> str:
    """A value as text: words as they are, numbers and truth values spelt; empty for all else."""
    if node is None:
        return ""
    match node.value:
        case str():
            return node.value.strip()
        case bool():
            return "true" if node.value else "false"
        case int() | float():
            return str(node.value)
        case _:
            return ""


def core_of(root: dict[str, Json], told: Account) -> Core:
    """The playbook in these fields."""
    fields = _renamed(root, "$", PLAYBOOK, PLAYBOOK_ALIASES, told)
    version = text_of(fields.get("spec_version"))
    if version.lower() != SPEC_VERSION:
        at = fields.get("spec_version", 1)
        found = f"the version {shown(version)}" if version else "no version of the specification"
        told.repaired(at, "$.spec_version", found, f"it is read by the words of {SPEC_VERSION}")
    steps = dict(_steps(fields.get("workflow"), told))
    return Core(fields=fields, steps=steps)


def _renamed(
    fields: dict[str, Json],
    path: str,
    known: tuple[str, ...],
    aliases: dict[str, str],
    told: Account,
) -> dict[str, Json]:
    found = {key: node for key, node in fields.items() if key in known}
    for key, node in fields.items():
        if key in known:
            continue
        word = meant(key, known, aliases)
        if word is None:
            told.lost(node, f"{path}.{key}", "a property that CACAO does not know")
        elif word in found:
            told.repaired(node, f"{path}.{key}", f"unknown, and {word} stands there too",
                          f"{word} counts")  # fmt: skip
        else:
            found[word] = node
            told.repaired(node, f"{path}.{key}", f"no property of CACAO is called {shown(key)}",
                          f"taken for {word}")  # fmt: skip
    return found


def _steps(workflow: Json | None, told: Account) -> Iterator[tuple[str, CoreStep]]:
    if workflow is None:
        return
    for name, node, path in _listed(workflow, "$.workflow", told):
        if not isinstance(node.value, dict):
            told.repaired(node, path, "a step that is no object", "left out")
            continue
        yield name, _step(name, node, node.value, path, told)


def _listed(workflow: Json, path: str, told: Account) -> Iterator[tuple[str, Json, str]]:
    """The steps with their ids, whether they stand in a mapping, a list, or a level too deep."""
    value = workflow.value
    if isinstance(value, dict):
        inner = value.get("steps")
        if inner is not None and isinstance(inner.value, dict | tuple) and "type" in value:
            told.repaired(inner, f"{path}.steps", "the steps stand one level too deep", "taken up")
            yield from _listed(inner, f"{path}.steps", told)
        else:
            yield from ((name, node, f"{path}.{name}") for name, node in value.items())
    elif isinstance(value, tuple):
        told.repaired(workflow, path, "a list of steps", "taken for a dictionary, by their ids")
        yield from _by_own_ids(value, path, told)
    else:
        told.repaired(workflow, path, "no dictionary of steps", "left out")


def _by_own_ids(
    items: tuple[Json, ...], path: str, told: Account
) -> Iterator[tuple[str, Json, str]]:
    seen: set[str] = set()
    for number, node in enumerate(items):
        at = f"{path}[{number}]"
        fields = node.value if isinstance(node.value, dict) else {}
        said = next((text_of(fields[k]) for k in STEP_NAMES if text_of(fields.get(k))), "")
        name = said or f"step {number + 1}"
        if name in seen:
            told.repaired(node, at, f"a second step with the id {shown(name)}",
                          "kept under another id; the first is the one that is led to")  # fmt: skip
            name = f"{name} ({number + 1})"
        seen.add(name)
        yield name, node, at


def _step(name: str, node: Json, said: dict[str, Json], path: str, told: Account) -> CoreStep:
    type_ = _type(name, node, said, path, told)
    own = {key: one for key, one in said.items() if key not in STEP_NAMES}
    fields = _renamed(own, path, (*STEP, *OF_STEP[type_]), _aliases(type_), told)
    return CoreStep(id=name, line=node.line, path=path, type=type_, fields=fields)


def _aliases(type_: str) -> dict[str, str]:
    if type_ == SWITCH:
        return {**STEP_ALIASES, "condition": "switch", "expression": "switch",
                "next_steps": "cases", "branches": "cases"}  # fmt: skip
    if type_ == IF:
        return {**STEP_ALIASES, "switch": "condition"}
    return STEP_ALIASES


def _type(name: str, node: Json, said: dict[str, Json], path: str, told: Account) -> str:
    """The type of a step: what it says, what its id says, or what its fields look like."""
    word = text_of(said.get("type")) or text_of(said.get("step_type"))
    plain = word.lower().replace("_", "-").strip()
    by_id = name.partition("--")[0].lower()
    known = plain if plain in OF_STEP else TYPE_ALIASES.get(plain)
    if known in (SWITCH, IF) and plain not in OF_STEP:
        known = _by_looks(said) or known
    if known is None:
        known = by_id if by_id in OF_STEP else _by_looks(said) or ACTION
    if word != known:
        found = f"no type of step is called {shown(word)}" if word else "a step without a type"
        at = said.get("type", node)
        told.repaired(at, f"{path}.type", found, f"taken for {known}")
    return known


def _by_looks(said: dict[str, Json]) -> str | None:
    words = {spelled(key) for key in said}
    if words & {"on_true", "on_false"}:
        return IF
    if words & {"cases", "conditions"}:
        return SWITCH
    if "next_steps" in words:
        return PARALLEL
    return CALL if "playbook_id" in words else None
