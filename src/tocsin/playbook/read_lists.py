"""Reads what a plan writes as lists and small mappings: names, roles, branches, rules."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tocsin.playbook.steps import Raci
from tocsin.register.mistakes import did_you_mean, shown
from tocsin.register.strict_yaml import NAME, Fields

LIST_MAX = 100


def names_listed(f: Fields, field: str, what: str) -> tuple[str, ...]:
    """The names in a list of one or more, each once; a single name may stand without brackets."""
    node = f.fields.get(field)
    if node is None:
        return ()
    nodes = node.value if isinstance(node.value, tuple) else (node,)
    found = [n.value for n in nodes if isinstance(n.value, str) and NAME.fullmatch(n.value)]
    if not nodes or len(found) != len(nodes) or len(nodes) > LIST_MAX:
        f.wrong(field, "not a list of names", f"write `{field}: [{what}, other-{what}]`")
        return ()
    for name in sorted({n for n in found if found.count(n) > 1}):
        f.wrong(field, f"{name} stands twice", "remove one")
    return tuple(dict.fromkeys(found))


def rows(f: Fields, field: str, shape: str, known: tuple[str, ...]) -> Iterator[Fields]:
    """The mappings of a list, each with the fields it may have."""
    node = f.fields.get(field)
    if node is None:
        return
    if not isinstance(node.value, tuple) or not 0 < len(node.value) <= LIST_MAX:
        f.wrong(field, "not a list", f"write `{field}:` and beneath it `- {shape}`")
        return
    for number, row in enumerate(node.value):
        path = f"{f.path}.{field}[{number}]".lstrip(".")
        if not isinstance(row.value, dict):
            f.reading.wrong(row.line, path, "not a mapping", f"write `- {shape}`")
            continue
        inner = Fields(f.reading, path, row.line, row.value)
        inner.only(known)
        yield inner


def one_of(f: Fields, field: str, known: Collection[str]) -> str | None:
    """The one word of a closed list that stands there, or None."""
    text = f.optional(field)
    if text is not None and text not in known:
        f.wrong(field, shown(text), did_you_mean(text, known, f"write one of {', '.join(known)}"))
        return None
    return text


def raci_of(f: Fields) -> Raci | None:
    """Who carries a step; exactly one answers for it."""
    node = f.fields.get("raci")
    if node is None:
        return None
    if not isinstance(node.value, dict):
        f.wrong("raci", "not a mapping", "write `raci: {accountable: one-role, responsible: [..]}`")
        return None
    inner = Fields(f.reading, f"{f.path}.raci", node.line, node.value)
    inner.only(("responsible", "accountable", "consulted", "informed"))
    accountable = inner.fields.get("accountable")
    if accountable is not None and not isinstance(accountable.value, str):
        right = "name exactly one; the others may be consulted"
        inner.wrong("accountable", "not one role", right, rule="TP202")
        role = ""
    elif accountable is None:
        inner.wrong("accountable", "missing", "write `accountable:` and one role", rule="TP202")
        role = ""
    else:
        role = inner.name("accountable")
    if "responsible" not in inner.fields:
        inner.wrong("responsible", "missing", "name who does it: `responsible: [role]`")
    return Raci(
        accountable=role,
        responsible=names_listed(inner, "responsible", "role"),
        consulted=names_listed(inner, "consulted", "role"),
        informed=names_listed(inner, "informed", "role"),
    )
