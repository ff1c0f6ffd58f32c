"""A log is read in pages, and by each reader without what they may not read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tocsin.exercise.clock import VirtualClock
from tocsin.exercise.ids import SeededIds
from tocsin.exercise.memory import MemoryJournal
from tocsin.facts import Access, Asserter, Author, Draft, Proof
from tocsin.facts.entry import Gone, Unreadable
from tocsin.facts.incidents import Noted
from tocsin.journal.keys import LogKey
from tocsin.journal.store import Store, open_store
from tocsin.world import Journal

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
ANA = Author(who="ana", kind=Asserter.PERSON, proof=Proof.ACCOUNT)
SECRET = "what counsel advised"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    key = LogKey.create(tmp_path / "log.key", "o")
    made = open_store(
        tmp_path, origin="o", clock=VirtualClock(NOON), ids=SeededIds("s"),
        sign_checkpoint=key.sign_checkpoint, on_warning=lambda _: None,
    )  # fmt: skip
    yield made
    made.close()


def fill(journal: Journal) -> None:
    for number in range(1, 8):
        access = Access.COUNSEL if number in (3, 5) else Access.OPS
        words = SECRET if access is Access.COUNSEL else f"note {number}"
        note = Draft(fact=Noted(text=words), happened_at=NOON, access=access)
        journal.append("incident/A", number - 1, [note], ANA)


def numbers(journal: Journal, after: int, limit: int | None) -> list[int]:
    return [entry.seq for entry in journal.read("incident/A", after, limit)]


def test_pages_hold_so_many_and_go_on_where_the_last_ended(store: Store) -> None:
    memory = MemoryJournal(VirtualClock(NOON), SeededIds("m"))
    for journal in (store, memory):
        fill(journal)
        assert numbers(journal, 0, 3) == [1, 2, 3]
        assert numbers(journal, 3, 3) == [4, 5, 6]
        assert numbers(journal, 6, 3) == [7]
        assert numbers(journal, 7, 3) == []
        assert numbers(journal, 0, None) == [1, 2, 3, 4, 5, 6, 7]


def test_what_a_reader_may_not_read_keeps_its_place_and_nothing_else(store: Store) -> None:
    fill(store)
    seen = store.for_reader(lambda log, entries: {Access.OPS}).read("incident/A")
    assert [entry.seq for entry in seen] == [1, 2, 3, 4, 5, 6, 7]
    assert SECRET not in repr(seen)
    assert seen[2].fact == Unreadable(kind="noted", why=Gone.WITHHELD)
    assert SECRET in repr(store.read("incident/A")), "the store itself reads all"
    whole = store.for_reader(lambda log, entries: set(Access)).read("incident/A", 2, 1)
    assert SECRET in repr(whole)
