"""Whether the record says that a field is needed which a form asks for only in some circumstances.

Pure. Where the record says neither, a person judges, as ever.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from tocsin.dossier.notice_material import Material
from tocsin.duties.fields import Needed, Settled, Settler
from tocsin.duties.notice import FieldState, FilledField
from tocsin.facts.legal import Answered

_OF_LISTS = "; "
_SAID = frozenset({FieldState.FILLED, FieldState.CONTRADICTS})


def with_needed(material: Material, fields: tuple[FilledField, ...]) -> tuple[FilledField, ...]:
    """The fields; those whose circumstances the record settles are needed, or do not apply."""
    by_id = {one.field.id: one for one in fields}
    return tuple(_judged(material, by_id, one) for one in fields)


def _judged(
    material: Material, by_id: Mapping[str, FilledField], filled: FilledField
) -> FilledField:
    if not filled.field.settled_by:
        return filled
    said = [_settled(material, by_id, one) for one in filled.field.settled_by]
    entries = tuple(dict.fromkeys(seq for _, seqs in said for seq in seqs))
    holds = [one for one, _ in said]
    if True in holds:
        needed = msgspec.structs.replace(filled.field, needed=Needed.YES)
        return msgspec.structs.replace(filled, field=needed)
    if None in holds or filled.state is not FieldState.MISSING:
        return filled
    return msgspec.structs.replace(
        filled, state=FieldState.NOT_APPLICABLE, why_entries=entries,
        why=f"only if {filled.field.needed_if}, and the record says that it is not so",
    )  # fmt: skip


def _settled(
    material: Material, by_id: Mapping[str, FilledField], by: Settled
) -> tuple[bool | None, tuple[int, ...]]:
    """Whether it is so, with the entries that say it; None where nothing does."""
    match by.settler:
        case Settler.LATE:
            late = material.account.legal.late(material.asked.rule.id)
            return (None, ()) if late is None else (True, (late.seq,))
        case Settler.FACT:
            entry, fact = material.stated.get(by.key, (None, None))
            if entry is None or fact is None or fact.answer is Answered.UNKNOWN:
                return None, ()
            return fact.answer is Answered.KNOWN and fact.value != "no", (entry.seq,)
        case Settler.FIELD:
            return _of_field(by_id.get(by.key), by.value)


def _of_field(asked: FilledField | None, value: str) -> tuple[bool | None, tuple[int, ...]]:
    if asked is None or asked.state not in _SAID:
        return None, ()
    named = {one for said in asked.said for one in said.text.split(_OF_LISTS)}
    return value in named, tuple(seq for said in asked.said for seq in said.entries)
