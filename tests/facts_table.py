"""Writes the table of all kinds of facts from the code: `python -m tests.facts_table`.

Who folds a kind is found in the source: `case Kind(` or an `isinstance` that names it.
"""

from __future__ import annotations

import ast
import enum
import types
from functools import cache
from pathlib import Path
from typing import Annotated, Union, get_args, get_origin, get_type_hints

from tocsin.facts import KINDS, Access
from tocsin.facts.kinds import ANYONE, Asserter, Kind
from tocsin.facts.record import hidden_fields
from tocsin.facts.union import (
    AffectedFact,
    AlarmFact,
    AnalysisFact,
    CourseFact,
    CustodyFact,
    DueFact,
    DutyFact,
    FindingFact,
    GateFact,
    HoldFact,
    IncidentFact,
    LegalFact,
    LessonFact,
    NoticeFact,
    OutboxFact,
    PrivilegeFact,
    ReachFact,
    RecordFact,
    RecoveryFact,
    RegisterFact,
    RunFact,
    SignalFact,
    StatementFact,
)

SRC = Path(__file__).parents[1] / "src" / "tocsin"
TABLE = SRC / "facts" / "TABLE.md"
FAMILIES = {
    "Incidents": IncidentFact,
    "Findings": FindingFact,
    "Alarms": AlarmFact,
    "Runs": RunFact,
    "Courses": CourseFact,
    "Gates": GateFact,
    "Reach": ReachFact,
    "Statements": StatementFact,
    "Outbox": OutboxFact,
    "Duties": DutyFact,
    "Legal": LegalFact,
    "Notices": NoticeFact,
    "Dues": DueFact,
    "Custody": CustodyFact,
    "Holds": HoldFact,
    "Privilege": PrivilegeFact,
    "Affected": AffectedFact,
    "Analysis": AnalysisFact,
    "Signals": SignalFact,
    "Recovery": RecoveryFact,
    "Lessons": LessonFact,
    "Register": RegisterFact,
    "Record": RecordFact,
}
HEAD = """# Every kind of fact

Written by `python -m tests.facts_table`; do not edit. A test compares it with the code.

- **who may assert it**: person, machine (an outside source with a token), worker or home (Tocsin).
- **payload**: a field in *italics* is words that can be withheld or erased; only its salted digest
  stands in the entry. In an entry for counsel or the board only, that holds for every field.
- **folded by**: the modules that read it. The timeline has words for every kind and is not listed.
"""


@cache
def table() -> str:
    """The whole file, from the union of facts and the source of the rooms."""
    readers = _readers()
    lines = [HEAD]
    for family, union in FAMILIES.items():
        lines += [f"## {family}", ""]
        lines += ["| kind | who may assert it | payload | folded by |", "|---|---|---|---|"]
        lines += [
            _row(kind, readers.get(kind.__name__, [])) for kind in get_args(union) or (union,)
        ]
        lines.append("")
    return "\n".join(lines)


def _row(kind: type[Kind], readers: list[str]) -> str:
    tag = str(kind.__struct_config__.tag)
    assert KINDS[tag] is kind
    return f"| `{tag}` | {_asserters(kind)} | {_payload(kind, tag)} | {', '.join(readers)} |"


def _asserters(kind: type[Kind]) -> str:
    if kind.asserted_by == ANYONE:
        return "anyone"
    return ", ".join(a.value for a in Asserter if a in kind.asserted_by)


def _payload(kind: type[Kind], tag: str) -> str:
    erasable = set(hidden_fields(tag, Access.OPS))
    hints = get_type_hints(kind, include_extras=True)
    shown = []
    for name in kind.__struct_fields__:
        text = f"{name}: {_type(hints[name])}"
        shown.append(f"*{text}*" if name in erasable else text)
    return "; ".join(shown)


def _type(hint: object) -> str:
    origin = get_origin(hint)
    if origin is Annotated:
        inner, *metas = get_args(hint)
        if any(getattr(meta, "pattern", None) for meta in metas):
            return "digest"
        if any(getattr(meta, "tz", None) for meta in metas):
            return "instant"
        if any(getattr(meta, "extra", None) for meta in metas):
            return "words"
        return _type(inner)
    if origin is tuple:
        return f"list of {_type(get_args(hint)[0])}"
    if origin in (types.UnionType, Union):
        return " or ".join("none" if a is type(None) else _type(a) for a in get_args(hint))
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return " / ".join(str(member.value) for member in hint)
    return {str: "text", int: "whole number", bool: "yes or no"}[hint]  # type: ignore[index]


def _readers() -> dict[str, list[str]]:
    names = {kind.__name__ for kind in KINDS.values()}
    found: dict[str, list[str]] = {}
    for path in sorted(SRC.rglob("*.py")):
        inside = path.relative_to(SRC)
        if inside.parts[0] == "facts" or inside.stem.startswith("words_"):
            continue
        for name in sorted(_named(ast.parse(path.read_text(encoding="utf-8"))) & names):
            found.setdefault(name, []).append(inside.with_suffix("").as_posix())
    return found


def _named(tree: ast.Module) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.MatchClass) and isinstance(node.cls, ast.Name):
            found.add(node.cls.id)
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "isinstance"
            and len(node.args) == 2
        ):
            found |= {n.id for n in ast.walk(node.args[1]) if isinstance(n, ast.Name)}
    return found


if __name__ == "__main__":
    TABLE.write_text(table(), encoding="utf-8")
