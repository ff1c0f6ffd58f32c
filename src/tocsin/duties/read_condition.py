"""Reads conditions: tests of legal facts, joined by all, any and not, or by the name of one that
conditions.toml defines. Each mistake is told.

A condition that is wrong is told and read as one that holds, so that reading goes on; there is no
law then anyway.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from tocsin.duties.law import ALWAYS, AllOf, AnyOf, Condition, Named, NotSo, Op, Test
from tocsin.duties.read_pack import Pack, put
from tocsin.duties.read_sheet import Sheet
from tocsin.register.formats import id_wrong
from tocsin.register.legal_keys import KeyType, LegalKey
from tocsin.register.lines import Path
from tocsin.register.mistakes import did_you_mean, shown
from tocsin.register.table import Source, Table

Value = str | int | bool | date
SAID_BY: dict[KeyType, tuple[Op, ...]] = {
    KeyType.INSTANT: (Op.HAPPENED, Op.BEFORE, Op.FROM),
    KeyType.AWARENESS: (Op.HAPPENED, Op.BEFORE, Op.FROM),
    KeyType.DATE: (Op.HAPPENED, Op.BEFORE, Op.FROM, Op.IS),
    KeyType.YES_NO: (Op.IS, Op.UNLESS),
    KeyType.CHOICE: (Op.IS, Op.IN, Op.UNLESS),
    KeyType.CHOICES: (Op.HAS, Op.UNLESS),
    KeyType.HARMS: (Op.HAS, Op.UNLESS),
    KeyType.COUNT: (Op.AT_LEAST, Op.IS, Op.UNLESS),
    KeyType.TEXT: (Op.IS, Op.IN, Op.UNLESS),
}
"""How a fact of each type can be compared."""
_MANY = (Op.IN, Op.HAS, Op.UNLESS)
_JOINED = ("any", "all", "not")
_DEEPEST = 20


def conditions_read(sheets: Sequence[Sheet], pack: Pack) -> None:
    """The conditions that have names, into the pack; each is read once, whoever names it first."""
    for sheet in sheets:
        if sheet.path == "conditions":
            for name, table in sheet.table.named_tables():
                if remedy := id_wrong(name):
                    table.source.tell(table.path, f'the name "{name}"', remedy)
                put(pack.defined, name, table, table)
    for name in pack.defined:
        _defined(name, pack)


def unused_told(pack: Pack) -> None:
    """Tell the conditions that no rule names: one of them was meant to bind somebody."""
    for name, table in pack.defined.items():
        if name not in pack.referred:
            remedy = "name it where it was meant to stand, or remove it"
            table.source.tell(table.path, f'"{name}", which nothing names', remedy)


def condition_read(table: Table, name: str, pack: Pack) -> Condition:
    """The condition under this name: a list of which all must hold, or a single one."""
    path = (*table.path, name)
    return _of(table.value(name), table.source, path, pack) if table.has(name) else ALWAYS


def _of(value: object, source: Source, path: Path, pack: Pack) -> Condition:
    if len(path) > _DEEPEST:
        source.tell(path, "a condition nested too deeply", "write it flat, or as two rules")
        return ALWAYS
    if isinstance(value, dict):
        return _one(Table(source, path, value), pack)
    if isinstance(value, list):
        inner = tuple(_of(one, source, (*path, i), pack) for i, one in enumerate(value))
        return inner[0] if len(inner) == 1 else AllOf(of=inner)
    source.tell(path, shown(value), 'write a list such as [{ fact = "KEY", is = "VALUE" }]')
    return ALWAYS


def _one(table: Table, pack: Pack) -> Condition:
    if table.has("fact"):
        return _test(table, pack)
    if table.has("condition"):
        return _named(table, pack)
    joins = [name for name in _JOINED if table.has(name)]
    if len(joins) != 1:
        found = f'both "{joins[0]}" and "{joins[1]}"' if joins else 'no "fact"'
        remedy = 'write one of "fact", "condition", "any", "all", "not"'
        table.source.tell(table.path, found, remedy)
        return ALWAYS
    value = table.value(joins[0])
    table.done()
    path = (*table.path, joins[0])
    if joins[0] == "not":
        return NotSo(of=_of(value, table.source, path, pack))
    if not isinstance(value, list) or not value:
        table.source.tell(path, shown(value), "write a list of conditions in brackets")
        return ALWAYS
    inner = tuple(_of(one, table.source, (*path, i), pack) for i, one in enumerate(value))
    return AnyOf(of=inner) if joins[0] == "any" else AllOf(of=inner)


def _named(table: Table, pack: Pack) -> Condition:
    """The condition of that name, which the pack defines."""
    name = table.text("condition")
    table.done()
    if name is None:
        return ALWAYS
    if name not in pack.defined:
        known = f"conditions.toml defines: {', '.join(pack.defined) or 'nothing'}"
        remedy = did_you_mean(name, pack.defined, known)
        table.tell("condition", f'"{name}", which conditions.toml does not define', remedy)
        return ALWAYS
    pack.referred.add(name)
    if name in pack.being_read:
        circle = " -> ".join([*pack.being_read[pack.being_read.index(name) :], name])
        remedy = f"{circle} is a circle: write out what one of them means"
        table.tell("condition", f'"{name}", which leads back to itself', remedy)
        return ALWAYS
    return _defined(name, pack)


def _defined(name: str, pack: Pack) -> Condition:
    """What a name stands for, read when it is first named."""
    if name not in pack.conditions:
        table = pack.defined[name]
        pack.being_read.append(name)
        says = table.needed_text("says", "say in a few words what it means") or ""
        if not table.has("holds"):
            table.source.tell(table.path, 'no "holds"', "write the conditions that must hold")
        of = condition_read(table, "holds", pack)
        table.done()
        pack.being_read.remove(name)
        pack.conditions[name] = Named(name=name, says=says, of=of)
    return pack.conditions[name]


def _test(table: Table, pack: Pack) -> Condition:
    name = table.text("fact")
    ops = [op for op in Op if table.has(op.value)]
    values = {op: table.value(op.value) for op in ops}
    table.done()
    key = pack.key(name, table.source, (*table.path, "fact")) if name is not None else None
    if len(ops) != 1:
        found = " and ".join(f'"{op.value}"' for op in ops) or "nothing to compare it with"
        remedy = f"write exactly one of: {', '.join(op.value for op in Op)}"
        table.source.tell(table.path, found, remedy)
        return ALWAYS
    if key is None or name is None:
        return ALWAYS
    op, path = ops[0], (*table.path, ops[0].value)
    if op not in (*SAID_BY[key.type], Op.KNOWN):
        fitting = ", ".join(one.value for one in (*SAID_BY[key.type], Op.KNOWN))
        remedy = f'"{key.key}" is of type {key.type.value}; compare it by: {fitting}'
        table.source.tell(path, f'"{op.value}"', remedy)
        return ALWAYS
    wanted = _values(op, values[op], key, table.source, path, pack)
    if key.counts_as:
        words = (one for one in wanted if isinstance(one, str))
        wanted = (*wanted, *key.widened(words)[len(wanted) :])
    if op is Op.IS and len(wanted) > 1:  # what counts as it as well
        op = Op.IN
    return Test(fact=pack.spelt(name), op=op, values=wanted)


def _values(
    op: Op, value: object, key: LegalKey, source: Source, path: Path, pack: Pack
) -> tuple[Value, ...]:
    if op in (Op.HAPPENED, Op.KNOWN):
        if value is not True:
            source.tell(path, shown(value), "write true; for the opposite, put it into { not = }")
        return (True,)
    if op in (Op.BEFORE, Op.FROM):
        if isinstance(value, date) and not isinstance(value, datetime):
            return (value,)
        source.tell(path, shown(value), "write a date, such as 2027-12-02")
        return ()
    if op in _MANY and not isinstance(value, list):
        source.tell(path, shown(value), "write a list in brackets")
        return ()
    given = value if isinstance(value, list) else [value]
    if not given:
        source.tell(path, "an empty list", "name what it is compared with")
    places = [(*path, i) if isinstance(value, list) else path for i in range(len(given))]
    good = [
        one
        for one, place in zip(given, places, strict=True)
        if _fits(one, key, source, place, pack)
    ]
    return tuple(good)


def _fits(value: object, key: LegalKey, source: Source, path: Path, pack: Pack) -> bool:
    """Whether a value can be one of this fact; told where it cannot."""
    choices = pack.choices(key)
    if key.type is KeyType.YES_NO:
        good, remedy = isinstance(value, bool), "write true or false"
    elif key.type is KeyType.COUNT:
        good = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**15
        remedy = "write a whole number"
    elif key.type is KeyType.DATE:
        good = isinstance(value, date) and not isinstance(value, datetime)
        remedy = "write a date, such as 2027-12-02"
    elif key.type is KeyType.TEXT:
        good, remedy = isinstance(value, str), "write text in quotes"
    else:
        good = isinstance(value, str) and value in choices
        remedy = f'choices of "{key.key}": {", ".join(choices) or "none"}'
    if not good and isinstance(value, str):
        means = key.choice(value)
        near = did_you_mean(value, choices, remedy)
        remedy = near if means == value else f'facts are never called so: write "{means}"'
    if not good:
        source.tell(path, shown(value), remedy)
    return good
