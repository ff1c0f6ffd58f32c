"""The record as somebody sees it who asks over HTTP: without the texts that they may not read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

from tocsin.facts import Access, Entry, Refused
from tocsin.facts.privilege import CounselAdmitted, CounselRemoved, CounselSpaceOpened
from tocsin.journal.store import Allowed, Store
from tocsin.register.can import About, Right, Subject, accesses, check_can


def members(entries: Iterable[Entry]) -> frozenset[str] | None:
    """Who is in counsel's space of the incident that these entries tell of; None without one."""
    found: set[str] | None = None
    for entry in entries:
        match entry.fact:
            case CounselSpaceOpened(members=first):
                found = (found or set()) | set(first)
            case CounselAdmitted(person=person) if found is not None:
                found.add(person)
            case CounselRemoved(person=person) if found is not None:
                found.discard(person)
            case _:
                pass
    return None if found is None else frozenset(found)


def allowed_to(subject: Subject, store: Store) -> Allowed:
    """Which labels this subject may read of a log. The whole log is read only where it matters."""
    anyway = accesses(subject, frozenset())

    def allowed(log: str, entries: Sequence[Entry]) -> Collection[Access]:
        if all(entry.access in anyway for entry in entries):
            return anyway
        return accesses(subject, members(store.read(log)))

    return allowed


def check_readers(
    subject: Subject, readers: Iterable[Access], log: Callable[[], Sequence[Entry]]
) -> None:
    """Passes when this subject may have the words of all these readers.

    Raises:
        Refused: they may not; says what would make it allowed.
    """
    for one in readers:
        within = members(log()) if one is Access.COUNSEL else None
        try:
            check_can(subject, Right.READ, About(access=one, readers=within))
        except Refused as why:
            raise Refused(f"reader {one.value}: {why}") from None
