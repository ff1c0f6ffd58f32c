"""A CACAO playbook as a plan of ours: read by our own strict reader, with everything told.

What is imported is never executed: every command becomes a question to a person, until a person
binds it to a hand of the register. Nothing secret is carried.

Reading: decision 0019.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from tocsin.facts.failure_modes import TECHNIQUE
from tocsin.playbook.cacao.check import mistakes_in
from tocsin.playbook.cacao.core import Core, CoreStep, core_of, text_of
from tocsin.playbook.cacao.edges import graph_of
from tocsin.playbook.cacao.json_tree import Json, read_json
from tocsin.playbook.cacao.phrases import SECRET_WORD, Phrases
from tocsin.playbook.cacao.rounds import bounded
from tocsin.playbook.cacao.take_back import taken_back
from tocsin.playbook.cacao.told import Account, Loss, Repair, slug
from tocsin.playbook.cacao.unfold import STEPS_MAX, TooMany, Unfolding
from tocsin.playbook.cacao.vocabulary import END
from tocsin.playbook.plan import Plan
from tocsin.playbook.read import read_plan
from tocsin.playbook.read_frame import VARIABLE
from tocsin.playbook.write import yaml_of_fields
from tocsin.playbook.write_steps import present
from tocsin.playbook.write_yaml import Tree
from tocsin.register.mistakes import Mistake, mistakes_only, shown
from tocsin.register.strict_yaml import NAME

CARRIED = (
    "type", "spec_version", "id", "name", "description", "modified", "playbook_variables",
    "workflow_start", "workflow_exception", "workflow", "agent_definitions", "revoked",
    "target_definitions", "authentication_info_definitions", "external_references",
)  # fmt: skip
NO_WORD = "a property that a plan of ours has no word for"
_LOST = {
    "created": "when it was first made", "created_by": "who made it",
    "playbook_types": "what kind of playbook it is", "labels": "its labels",
    "playbook_activities": "what kinds of activity it holds", "priority": "its priority",
    "severity": "how bad the case is for which it is made: a plan judges it by rules",
    "impact": "how hard carrying it out may hit the organisation",
    "valid_from": "from when on it is valid", "valid_until": "until when it is valid",
    "derived_from": "what it was derived from", "related_to": "what it is related to",
    "industry_sectors": "for which sectors it is made", "markings": "with whom it may be shared",
    "data_marking_definitions": "with whom it may be shared",
    "signatures": "its signatures; they hold for the file, not for this plan",
    "playbook_extensions": "an extension that we do not know",
    "extension_definitions": "the definition of an extension",
    "playbook_processing_summary": "a summary of what the file holds",
}  # fmt: skip
UNTITLED = "A playbook without a name"


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a foreign playbook: a plan and its file, or the reasons why there is none."""

    plan: Plan | None = None
    yaml: str = ""
    repairs: tuple[Repair, ...] = ()
    losses: tuple[Loss, ...] = ()
    mistakes: tuple[Mistake, ...] = ()


def imported(data: bytes, file: str, *, only_asking: bool = False) -> Imported:
    """The plan that a CACAO playbook describes, with all repairs and losses; or all mistakes.

    Args:
        only_asking: leave our own extension aside, so that nothing in the plan can act.
    """
    root, notes, mistakes = read_json(data, file)
    if root is None:
        return Imported(mistakes=tuple(mistakes))
    told = Account()
    root = _alone(root, told)
    wrong = _not_a_playbook(root)
    if wrong is not None:
        return Imported(mistakes=(_mistake(file, *wrong),))
    assert isinstance(root.value, dict)
    for note in notes:
        told.repaired(note.line, note.path, note.found, note.done)
    found = _imported(root, root.value, file, told, only_asking)
    if found.plan is None:
        return found
    _rest(mistakes_in(root, file), told)
    return msgspec.structs.replace(found, repairs=told.repairs, losses=told.losses)


def _imported(
    root: Json, fields: dict[str, Json], file: str, told: Account, only_asking: bool
) -> Imported:
    core = core_of(fields, told)
    if not core.steps:
        at = core.fields.get("workflow", root)
        why = (at.line, "$.workflow", "no steps", "a playbook needs steps, by their ids")
        return Imported(mistakes=(_mistake(file, *why),))
    bare = Phrases(core, {}, tuple(_secrets(core, Account())), told)
    own = None if only_asking else taken_back(core, file, bare, told)
    if own is not None:
        plan, text = own
        return Imported(plan=plan, yaml=text, repairs=told.repairs, losses=told.losses)
    return _unfolded(core, file, told)


def _rest(mistakes: list[Mistake], told: Account) -> None:
    """Tell what else is wrong with the file: what an import need not mind, others may."""
    paths = {one.path for one in told.repairs} - {"$.workflow"}
    lost = {one.path for one in told.losses}
    said = {(one.path, one.found) for one in told.repairs}
    names = " ".join(one.found for one in told.repairs)
    ids = [one for one in mistakes if one.found.endswith("is no identifier")]
    for one in mistakes_only(mistakes):
        known = one.path in paths or (one.path, one.found) in said
        known |= one.path in lost and one.found.startswith(("an unknown", "a secret"))
        asked = one.found.removeprefix("no variable is called ")
        if known or one in ids or (asked != one.found and asked in names):
            continue
        if not one.remedy.startswith("write an identifier"):
            told.repaired(
                one.line, one.path, one.found, f"read all the same; right is: {one.remedy}"
            )
    if ids:
        found = f"{len(ids)} identifiers that are none, such as {ids[0].path.rpartition('.')[2]}"
        told.repaired(ids[0].line, ids[0].path, found, "read all the same")


def _unfolded(core: Core, file: str, told: Account) -> Imported:
    graph = graph_of(core, told)
    variables = dict(_variables(core, told))
    carried = {name: word for name, (word, _) in variables.items()}
    phrases = Phrases(core, carried, tuple(_secrets(core, told)), told)
    unfolding = Unfolding(graph, phrases, told)
    try:
        start = unfolding.all_from(graph.start)
        steps = bounded(unfolding, start, told)
        if len(steps) > STEPS_MAX:
            raise TooMany
    except TooMany:
        found = f"{len(core.steps)} steps, which unfold to more than {STEPS_MAX}"
        remedy = "divide it into playbooks that call each other"
        line = core.fields["workflow"].line
        return Imported(mistakes=(_mistake(file, line, "$.workflow", found, remedy),))
    if not any(step.type == END for step in core.steps.values()):
        told.repaired(core.fields["workflow"], "$.workflow", "no end step",
                      "the plan ends where its steps end")  # fmt: skip
    _untaken(core, {m.core.id for m in unfolding.made.values() if m.core}, told)
    frame = _frame(core, phrases, {word: fields for word, fields in variables.values()}, told)
    text = _heading(core, phrases, file) + yaml_of_fields({**frame, "start": start}, steps)
    return read_back(text, file, told)


def read_back(text: str, file: str, told: Account) -> Imported:
    """The plan in a file that an import wrote, as our own reader sees it."""
    plan, mistakes = read_plan(text.encode(), file)
    if plan is None:
        ours = tuple(
            msgspec.structs.replace(m, line=0, path=f"(as a plan of ours) {m.path}")
            for m in mistakes
        )
        return Imported(mistakes=ours, repairs=told.repairs, losses=told.losses)
    return Imported(plan=plan, yaml=text, repairs=told.repairs, losses=told.losses)


def _mistake(file: str, line: int, path: str, found: str, remedy: str) -> Mistake:
    return Mistake(file=file, line=line, path=path, found=found, remedy=remedy)


def _alone(root: Json, told: Account) -> Json:
    """The one playbook in a list or a bundle of STIX; else what stands there."""
    bundle = root.value.get("objects") if isinstance(root.value, dict) else root
    items = bundle.value if bundle is not None and isinstance(bundle.value, tuple) else ()
    inside = [one for one in items if isinstance(one.value, dict) and "workflow" in one.value]
    if len(inside) != 1:
        return root
    told.repaired(inside[0], "$", "a playbook inside of something else", "taken out of it")
    return inside[0]


def _not_a_playbook(root: Json) -> tuple[int, str, str, str] | None:
    if not isinstance(root.value, dict):
        return root.line, "$", "no JSON object", 'a playbook is an object: { "type": "playbook" }'
    type_ = root.value.get("type")
    word = text_of(type_)
    looks = any(field in root.value for field in ("workflow", "workflow_start", "spec_version"))
    if type_ is not None and not word.startswith("playbook") and not looks:
        return type_.line, "$.type", f"it is a {shown(word)}", "name a file that holds a playbook"
    if type_ is None and not looks:
        return root.line, "$", "no type, no workflow", "name a file that holds a CACAO playbook"
    return None


def _frame(
    core: Core, phrases: Phrases, variables: dict[str, Tree], told: Account
) -> dict[str, Tree]:
    for field, node in core.fields.items():
        if field not in CARRIED:
            told.lost(node, f"$.{field}", _LOST.get(field, NO_WORD))
    if core.text("revoked") == "true":
        told.repaired(core.fields["revoked"], "$.revoked", "its maker has revoked this playbook",
                      "imported all the same; ask them why before you use it")  # fmt: skip
    said = core.text("id")
    name = core.text("name")
    if not name:
        told.repaired(core.fields.get("name", 1), "$.name", "no name", f"called {UNTITLED!r}")
    if not NAME.fullmatch(said):
        found = f"{shown(said)} is no id" if said else "no id"
        told.repaired(core.fields.get("id", 1), "$.id", found, "named after its title")
        said = slug(name) or slug(said) or "imported"
    elif not said.startswith("playbook--"):
        right = "taken as the name of the plan; right is playbook-- and a UUID"
        told.repaired(core.fields["id"], "$.id", f"{shown(said)} is no id of a playbook", right)
    return present({
        "plan": said,
        "version": core.text("modified") or "1",
        "title": phrases.plain(core.fields.get("name", 1), "$.name", name or UNTITLED),
        "techniques": tuple(_techniques(core, told)),
        "variables": variables,
    })  # fmt: skip


def _techniques(core: Core, told: Account) -> Iterator[str]:
    node = core.fields.get("external_references")
    seen: set[str] = set()
    for number, one in enumerate(node.value if node and isinstance(node.value, tuple) else ()):
        fields = one.value if isinstance(one.value, dict) else {}
        said = text_of(fields.get("external_id"))
        if TECHNIQUE.fullmatch(said):
            if said not in seen and len(seen) < 100:
                yield said
            seen.add(said)
        else:
            told.lost(one, f"$.external_references[{number}]", "what it refers to outside")


_TYPES = {"bool": "yes or no", "integer": "whole number", "long": "whole number",
          "float": "decimal"}  # fmt: skip
_FITS = {"yes or no": r"yes|no", "whole number": r"-?[0-9]{1,15}",
         "decimal": r"-?[0-9]{1,15}\.[0-9]{1,15}"}  # fmt: skip


def _variables(core: Core, told: Account) -> Iterator[tuple[str, tuple[str, Tree]]]:
    """The variables with a value that stays, by their foreign names: our name and our fields."""
    changed = {
        name for step in core.steps.values() for name in _listed(step.fields.get("out_args"))
    }
    taken: set[str] = set()
    for name, node in core.each("playbook_variables"):
        path = f"$.playbook_variables.{name}"
        fields = node.value if isinstance(node.value, dict) else {}
        value, word = text_of(fields.get("value")), name.strip("_")
        if SECRET_WORD.search(name):
            told.lost(node, path, "a password, token or key, or the place for one")
        elif not value or name in changed:
            told.lost(node, path, "a variable whose value is found while the playbook runs")
        elif not VARIABLE.fullmatch(word) or not NAME.fullmatch(word) or word in taken:
            told.lost(node, path, "a variable whose name a plan of ours cannot hold")
        else:
            taken.add(word)
            yield name, (word, _variable(fields, value, path, told))


def _variable(fields: dict[str, Json], value: str, path: str, told: Account) -> Tree:
    node = fields["value"]
    if not isinstance(node.value, str):
        told.repaired(node, f"{path}.value", "a value that is no text", "read as text")
    type_ = _TYPES.get(text_of(fields.get("type")), "text")
    if type_ == "yes or no":
        value = {"true": "yes", "false": "no"}.get(value.lower(), value)
    if type_ == "decimal" and re.fullmatch(r"-?[0-9]{1,15}", value):
        value = f"{value}.0"
    if type_ in _FITS and not re.fullmatch(_FITS[type_], value):
        told.repaired(node, f"{path}.value", f"{shown(value)} is no {type_}", "taken as text")
        type_ = "text"
    means = text_of(fields.get("description")) or "taken over with the playbook"
    return {"type": type_, "value": value, "means": means}


def _listed(node: Json | None) -> tuple[str, ...]:
    items = node.value if node is not None and isinstance(node.value, tuple) else ()
    return tuple(text_of(item) for item in items)


def _secrets(core: Core, told: Account) -> Iterator[str]:
    """What must not be carried: the passwords, tokens and keys of the file."""
    for name, node in core.each("authentication_info_definitions"):
        path = f"$.authentication_info_definitions.{name}"
        told.lost(node, path, "how to log in; a person has their own way in")
        for field, one in node.value.items() if isinstance(node.value, dict) else ():
            text = text_of(one)
            if text and SECRET_WORD.search(field) and not text.startswith("__"):
                told.lost(one, f"{path}.{field}",
                          "a password in plain text; change it, for it has travelled")  # fmt: skip
                yield text
    for name, node in core.each("playbook_variables"):
        fields = node.value if isinstance(node.value, dict) else {}
        if SECRET_WORD.search(name) and text_of(fields.get("value")):
            yield text_of(fields.get("value"))


def _untaken(core: Core, taken: set[str], told: Account) -> None:
    quiet = ("start", "end")
    for name, step in core.steps.items():
        if name not in taken and step.type not in quiet and not _empty(step):
            told.lost(step.line, step.path, "a step to which no way leads")


def _empty(step: CoreStep) -> bool:
    return step.type in ("parallel", "switch-condition", "while-condition")


def _heading(core: Core, phrases: Phrases, file: str) -> str:
    """What stands above the plan for the person who opens it."""
    words = [
        f"Imported from {file}, a CACAO playbook. Nothing here acts by itself: what the playbook",
        "let machines do is asked of people, until someone binds it to a hand.",
    ]
    about = phrases.plain(
        core.fields.get("description", 1), "$.description", core.text("description")
    )
    words += ["", *about.splitlines()] if about else []
    lines = ("".join(c if c.isprintable() else " " for c in line).rstrip() for line in words)
    return "".join(f"# {line}".rstrip() + "\n" for line in lines) + "\n"
