"""The record as somebody sees it who asks over HTTP: without the texts that they may not read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

from tocsin.facts import Access, Entry, Refused
from tocsin.incident.privilege import space_of
from tocsin.journal.store import Allowed, Store
from tocsin.register.can import About, Right, Subject, accesses, check_can


def allowed_to(subject: Subject, store: Store) -> Allowed:
    """Which labels this subject may read of a log. The whole log is read only where it matters."""
    anyway = accesses(subject, frozenset())

    def allowed(log: str, entries: Sequence[Entry]) -> Collection[Access]:
        if all(entry.access in anyway for entry in entries):
            return anyway
        return accesses(subject, space_of(store.read(log)).members)

    return allowed


def check_readers(
    subject: Subject, readers: Iterable[Access], log: Callable[[], Sequence[Entry]]
) -> None:
    """Passes when this subject may have the words of all these readers.

    Raises:
        Refused: they may not; says what would make it allowed.
    """
    for one in readers:
        within = space_of(log()).members if one is Access.COUNSEL else None
        try:
            check_can(subject, Right.READ, About(access=one, readers=within))
        except Refused as why:
            raise Refused(f"reader {one.value}: {why}") from None
