"""The closed table of what conditions and texts may know, each name with its type.

In a name, `-` and `.` of a step's or item's id, or of a legal fact's key, are written `_`: what the
step `roll-back` came to is `results.roll_back`.
"""

from __future__ import annotations

import enum
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from tocsin.playbook.legal_names import LEGAL_KEYS
from tocsin.playbook.plan import Plan, VariableType
from tocsin.playbook.steps import Ask, End, Look
from tocsin.register.legal_keys import KeyType

Value = str | float | int | bool | datetime


class Type(enum.Enum):
    """What kind of value a name stands for."""

    TEXT = "text"
    SHARE = "decimal"  # a share from 0 to 1, or a distance
    COUNT = "whole number"
    YES_NO = "yes or no"
    INSTANT = "instant"


LEGAL = "legal"
_OF_LEGAL = {
    KeyType.YES_NO: Type.YES_NO,
    KeyType.CHOICE: Type.TEXT,
    KeyType.COUNT: Type.COUNT,
    KeyType.INSTANT: Type.INSTANT,
}


def spelled(id: str) -> str:
    """The id of a step or item as a part of a name."""
    return re.sub(r"[^A-Za-z0-9_]", "_", id)


def legal_name(key: str) -> str:
    """The name by which plans ask for a legal fact."""
    return f"{LEGAL}.{spelled(key)}"


GIVEN: Mapping[str, Type] = {
    "finding.detector": Type.TEXT,
    "finding.system": Type.TEXT,
    "finding.sign": Type.TEXT,
    "finding.metric": Type.TEXT,
    "finding.version": Type.TEXT,
    "finding.segment": Type.TEXT,
    "finding.baseline": Type.SHARE,
    "finding.observed": Type.SHARE,
    "finding.low": Type.SHARE,
    "finding.high": Type.SHARE,
    "finding.confidence": Type.SHARE,
    "finding.tolerated": Type.SHARE,
    "finding.since": Type.INSTANT,
    "finding.requests": Type.COUNT,
    "finding.bad": Type.COUNT,
    "finding.subsided": Type.YES_NO,
    "incident.id": Type.TEXT,
    "incident.title": Type.TEXT,
    "incident.systems": Type.TEXT,
    "severity": Type.TEXT,
    "minutes_open": Type.COUNT,
}
"""What may be known in every plan. A name whose fact is not there is undetermined, never false."""

BY_LAW: Mapping[str, Type] = {
    legal_name(key): _OF_LEGAL[type_] for key, (type_, _, _) in LEGAL_KEYS.items()
}
"""The legal facts that may be known, in every plan as well."""

OF_VARIABLE: Mapping[VariableType, Type] = {
    VariableType.TEXT: Type.TEXT,
    VariableType.DECIMAL: Type.SHARE,
    VariableType.WHOLE: Type.COUNT,
    VariableType.YES_NO: Type.YES_NO,
}

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DOTTED = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")
_RESERVED = frozenset({
    "as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in",
    "let", "loop", "namespace", "null", "package", "return", "true", "var", "void", "while",
})  # fmt: skip
"""Words that CEL keeps for itself."""


def names_of(plan: Plan) -> Mapping[str, Type]:
    """Everything that conditions and texts of this plan may ask for."""
    steps = plan.steps.values()
    return {
        **GIVEN,
        **_each("answers", (s.id for s in steps if isinstance(s, Ask)), Type.TEXT),
        **_each("values", (s.id for s in steps if isinstance(s, Look)), Type.TEXT),
        **_each("deadlines", plan.deadlines, Type.INSTANT),
        **_each("minutes_to", plan.deadlines, Type.COUNT),
        **{f"variables.{name}": OF_VARIABLE[one.type] for name, one in plan.variables.items()},
        **_each("results", (s.id for s in steps if not isinstance(s, End)), Type.TEXT),
        **_each("sealed", plan.evidence, Type.YES_NO),
        **BY_LAW,
    }


def _each(family: str, ids: Iterable[str], type_: Type) -> Mapping[str, Type]:
    """A name for each id; two ids that would share one have none."""
    words = Counter(spelled(one) for one in ids)
    fine = [w for w, n in words.items() if n == 1 and _WORD.fullmatch(w) and w not in _RESERVED]
    return {f"{family}.{word}": type_ for word in fine}


def names_in(expression: str, names: Mapping[str, Type]) -> tuple[str, ...]:
    """The names of the table that an expression asks for, in the order of the table."""
    found = {name for token in tokens(expression) if (name := declared(token, names)) is not None}
    ordered: list[str] = []
    for name in names:
        if len(ordered) == len(found):
            break
        if name in found:
            ordered.append(name)
    return tuple(ordered)


def tokens(expression: str) -> Iterator[str]:
    """The dotted words of an expression."""
    return (match.group() for match in _DOTTED.finditer(expression))


def declared(token: str, names: Mapping[str, Type]) -> str | None:
    """The name of the table with which a dotted word begins, or None."""
    parts = token.split(".")
    for length in range(len(parts), 0, -1):
        name = ".".join(parts[:length])
        if name in names:
            return name
    return None
