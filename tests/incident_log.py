"""A log of an incident, written in a test line by line, without any record behind it."""

from __future__ import annotations

import enum
import types
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Union, get_args, get_origin, get_type_hints

from tocsin.facts import Access, Asserter, Author, Draft, Entry, Fact, Proof, Unreadable
from tocsin.facts.kinds import Kind

START = datetime(2026, 9, 3, 9, 0, tzinfo=UTC)
LOG = "incident/7K3AAAAAAA"


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def entry(
    seq: int,
    fact: Fact | Unreadable,
    *,
    who: str = "ana",
    kind: Asserter = Asserter.PERSON,
    happened: datetime | None = None,
    access: Access = Access.OPS,
    log: str = LOG,
) -> Entry:
    return Entry(
        log=log,
        seq=seq,
        happened_at=happened or at(seq),
        recorded_at=at(seq),
        author=Author(who=who, kind=kind, proof=Proof.SIGNATURE),
        access=access,
        fact=fact,
    )


class Written:
    """A log that grows by what decisions give."""

    def __init__(self, log: str = LOG) -> None:
        self.log = log
        self.entries: list[Entry] = []

    def add(self, drafts: Sequence[Draft], who: str = "ana") -> None:
        for draft in drafts:
            self.entries.append(
                entry(
                    len(self.entries) + 1,
                    draft.fact,
                    who=who,
                    happened=draft.happened_at,
                    access=draft.access,
                    log=self.log,
                )
            )


def sample(kind: type[Kind], **given: object) -> Fact:
    """A fact of a kind, with plain values in all fields that are not given."""
    hints = get_type_hints(kind)
    fields = {name: _value(hints[name], name) for name in kind.__struct_fields__}
    return kind(**{**fields, **given})  # type: ignore[return-value]


def _value(hint: object, name: str) -> object:
    origin = get_origin(hint)
    if origin is Annotated:
        return _value(get_args(hint)[0], name)
    if origin is tuple:
        return (_value(get_args(hint)[0], name),)
    if origin in (types.UnionType, Union):
        return _value(get_args(hint)[0], name)
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return next(iter(hint))
    if hint is datetime:
        return START
    if hint is bool:
        return True
    if hint is int:
        return 1
    return f"some {name}"
