"""Conditions of a plan, in CEL: true, false, or undetermined; never an error while a plan runs.

Only a value of type BOOL counts. Whatever else comes back (an error, a missing name, another type)
is undetermined. The library tells errors as values that Python takes for true; that ends here.

Source: Common Expression Language specification; cel-expr-python 0.1.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from functools import lru_cache

import msgspec
from cel_expr_python import cel

from tocsin.playbook.names import Type, Value, declared, names_in, tokens
from tocsin.playbook.templates import UNKNOWN, shown_value
from tocsin.register.mistakes import did_you_mean

EXPRESSION_CHARS_MAX = 1000
_TYPES = {
    Type.TEXT: cel.Type.STRING,
    Type.SHARE: cel.Type.DOUBLE,
    Type.COUNT: cel.Type.INT,
    Type.YES_NO: cel.Type.BOOL,
    Type.INSTANT: cel.Type.TIMESTAMP,
}


class Truth(enum.Enum):
    """What a condition came to."""

    TRUE = "true"
    FALSE = "false"
    UNDETERMINED = "undetermined"


class Wrong(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with a condition, and what would be right."""

    found: str
    remedy: str


def mistake_in(expression: str, names: Mapping[str, Type]) -> Wrong | None:
    """What keeps an expression from being a condition over these names; None when nothing does."""
    if len(expression) > EXPRESSION_CHARS_MAX:
        return Wrong(found=f"{len(expression)} characters", remedy="ask for less, or decide twice")
    if _HAS.search(expression):
        return Wrong(found="has()", remedy="remove it; what is not known leads to `undetermined`")
    try:
        compiled = _compiled(expression, _used(expression, names))
    except RuntimeError as bad:
        return _explained(expression, names, str(bad))
    if compiled.return_type() != cel.Type.BOOL:
        gives = compiled.return_type().name()
        remedy = "compare it with something, as in severity == 'sev1'"
        return Wrong(found=f"gives {gives}, not yes or no", remedy=remedy)
    return None


def truth_of(expression: str, names: Mapping[str, Type], known: Mapping[str, Value]) -> Truth:
    """What a condition comes to with what is known."""
    used = _used(expression, names)
    data = {name: known[name] for name, _ in used if name in known}
    try:
        value = _compiled(expression, used).eval(data=data)
        if value.type() != cel.Type.BOOL:
            return Truth.UNDETERMINED
        return Truth.TRUE if value.value() is True else Truth.FALSE
    except (RuntimeError, ValueError, TypeError, OverflowError):
        return Truth.UNDETERMINED


def bindings_of(
    expression: str, names: Mapping[str, Type], known: Mapping[str, Value]
) -> tuple[str, ...]:
    """What each name in a condition stands for, as "name = value"."""
    return tuple(
        f"{name} = {shown_value(known[name]) if name in known else UNKNOWN}"
        for name in names_in(expression, names)
    )


Used = tuple[tuple[str, Type], ...]


def _used(expression: str, names: Mapping[str, Type]) -> Used:
    return tuple((name, names[name]) for name in names_in(expression, names))


@lru_cache(maxsize=1024)
def _compiled(expression: str, used: Used) -> cel.Expression:
    variables = {name: _TYPES[kind] for name, kind in used}
    return cel.NewEnv(variables=variables).compile(expression)


_LONG = "google.protobuf."
_HAS = re.compile(r"\bhas\s*\(")
_SAID = re.compile(r"ERROR: <input>:\d+:\d+: (?:Syntax error: )?([^\n]*)")
_UNDECLARED = re.compile(r"undeclared reference to '([^']*)'")
_OVERLOAD = re.compile(r"no matching overload for '([^']*)' applied to '\(([^']*)\)'")


def _explained(expression: str, names: Mapping[str, Type], told: str) -> Wrong:
    if undeclared := _UNDECLARED.search(told):
        return _unknown_name(expression, names, undeclared[1])
    if overload := _OVERLOAD.search(told):
        operator, kinds = overload[1].strip("_"), overload[2].lower().replace(_LONG, "")
        return Wrong(
            found=f"{operator} does not fit {kinds.replace(', ', ' and ')}", remedy=_hint(kinds)
        )
    if "recursion limit" in told:
        return Wrong(found="nested too deeply", remedy="write fewer parentheses, or decide twice")
    said = _SAID.search(told)
    why = said[1].partition(" expecting")[0].removesuffix(" [INVALID_ARGUMENT]") if said else told
    return Wrong(
        found=f"not a condition: {why}",
        remedy="write it as in finding.observed > 0.1 && severity == 'sev1'",
    )


def _unknown_name(expression: str, names: Mapping[str, Type], word: str) -> Wrong:
    candidates = [t for t in tokens(expression) if t == word or t.startswith(f"{word}.")]
    whole = next((t for t in candidates if declared(t, names) is None), word)
    family = whole.partition(".")[0]
    among = [name for name in names if name.startswith(f"{family}.")] or list(names)
    likely = f"conditions may ask for: {', '.join(among[:8])}{', ...' if among[8:] else ''}"
    return Wrong(found=f"nothing is known as {whole}", remedy=did_you_mean(whole, names, likely))


def _hint(kinds: str) -> str:
    found = set(kinds.split(", "))
    if found == {"double", "int"}:
        return "compare a share with a decimal (1.0, not 1), and a count with a whole number"
    if "string" in found:
        return "compare text with text in quotes, as in severity == 'sev1'"
    if "timestamp" in found:
        return "compare an instant with timestamp('2026-11-26T03:00:00Z')"
    return "compare things of one kind"
