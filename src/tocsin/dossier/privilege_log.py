"""The privilege log: what is withheld from others, told so that nobody learns what it says.

One line for each entry for counsel: number, date, type, author, who received it, ground, basis and
a description that counsel wrote. What counsel has not yet described is told as that, and never by a
word of the entry itself. A categorical log counts the same lines by category.

Source: RFC 4180; FRCP 26(b)(5)(A); 26(f)(3) (the parties agree on the method).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from tocsin.facts import Access, Entry, Unreadable
from tocsin.facts.formulas import plain_cell
from tocsin.facts.privilege import Privilege, PrivilegeFact
from tocsin.incident.privilege import Space
from tocsin.incident.words_privilege import GROUNDS

NOT_YET = "not yet described by counsel"
"""With these, also after spaces, a spreadsheet begins to calculate. Source: OWASP CSV Injection."""


class Withheld(msgspec.Struct, frozen=True, kw_only=True):
    """One line: an entry for counsel, described without a word of it.

    Args:
        control: its number in this log of what is withheld.
        kind: what it is, by the name of its kind.
        recipients: who could read it when it was written; a name with a star is a lawyer.
        erased: its words are gone, whoever asks.
    """

    control: str
    entry: int
    at: datetime
    kind: str
    author: str
    recipients: tuple[str, ...]
    description: str
    privilege: str
    basis: str
    category: str
    withheld: str
    erased: bool


class Category(msgspec.Struct, frozen=True, kw_only=True):
    """Several lines of one category, counted."""

    category: str
    privilege: str
    documents: int
    since: datetime
    until: datetime
    authors: tuple[str, ...]


def privilege_log(
    entries: Iterable[Entry], space: Space, counsel: frozenset[str], prefix: str
) -> list[Withheld]:
    """The lines of one incident, in the order of the record.

    Args:
        counsel: whom the register names as counsel; they read where no space was open.
        prefix: before the running number: the incident's id.
    """
    held = [entry for entry in entries if entry.access is Access.COUNSEL]
    held = [entry for entry in held if not isinstance(entry.fact, PrivilegeFact) or _is_text(entry)]
    return [
        _line(f"{prefix}-PRIV{number:04d}", entry, space, counsel)
        for number, entry in enumerate(held, start=1)
    ]


def by_category(lines: Sequence[Withheld]) -> list[Category]:
    """The same lines, counted by category and ground, in the order of their first."""
    groups: dict[tuple[str, str], list[Withheld]] = {}
    for line in lines:
        groups.setdefault((line.category, line.privilege), []).append(line)
    return [
        Category(
            category=category,
            privilege=privilege,
            documents=len(group),
            since=min(line.at for line in group),
            until=max(line.at for line in group),
            authors=tuple(sorted({line.author for line in group})),
        )
        for (category, privilege), group in groups.items()
    ]


def as_csv(rows: Sequence[Withheld] | Sequence[Category], kind: type[msgspec.Struct]) -> str:
    """The rows as a table whose cells no spreadsheet takes for a formula."""
    fields = kind.__struct_fields__
    table = [list(fields), *([_text(getattr(row, field)) for field in fields] for row in rows)]
    return "".join(",".join(map(_quoted, line)) + "\r\n" for line in table)


def _quoted(text: str) -> str:
    return '"' + plain_cell(text).replace('"', '""') + '"'


def _line(control: str, entry: Entry, space: Space, counsel: frozenset[str]) -> Withheld:
    said = space.asserted.get(entry.seq)
    fact = entry.fact
    kind = fact.kind if isinstance(fact, Unreadable) else str(fact.__struct_config__.tag)
    inside = space.members_after(entry.seq)
    readers = inside if space.opened_seq is not None and inside else counsel
    lawyers = counsel | space.counsel
    ground = GROUNDS[said.privilege] if said else "to be asserted"
    return Withheld(
        control=control,
        entry=entry.seq,
        at=entry.happened_at,
        kind=kind.replace("-", " "),
        author=_marked(entry.author.who, lawyers),
        recipients=tuple(_marked(one, lawyers) for one in sorted(readers)),
        description=said.description if said else NOT_YET,
        privilege=ground,
        basis=said.basis if said else NOT_YET,
        category=(said.category if said else "") or ground,
        withheld="withheld in full",
        erased=bool(entry.missing) or isinstance(fact, Unreadable),
    )


def _is_text(entry: Entry) -> bool:
    """Whether a fact about the space holds words that somebody may ask for."""
    return not isinstance(entry.fact, Unreadable) and entry.fact.__struct_config__.tag in (
        "opinion-given",
    )


def _marked(who: str, lawyers: frozenset[str]) -> str:
    return f"{who}*" if who in lawyers else who


def _text(cell: object) -> str:
    match cell:
        case datetime():
            return cell.strftime("%Y-%m-%dT%H:%M:%SZ")
        case tuple():
            return "; ".join(map(str, cell))
        case bool():
            return "yes" if cell else "no"
        case Privilege():
            return GROUNDS[cell]
        case _:
            return str(cell)
