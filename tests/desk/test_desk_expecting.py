"""Who decides upon what they saw is told when others wrote since, and nothing is recorded."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tocsin.desk import Writer
from tocsin.desk.record import draft
from tocsin.exercise.clock import VirtualClock
from tocsin.exercise.ids import SeededIds
from tocsin.exercise.memory import MemoryJournal, MemoryVault
from tocsin.facts import Asserter, Author, Draft, Entry, Outdated, Proof
from tocsin.facts.incidents import Noted
from tocsin.world import World

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
ANA = Author(who="ana", kind=Asserter.PERSON, proof=Proof.ACCOUNT)
LOG = "incident/A"


@pytest.fixture
def desk() -> Writer:
    clock, ids = VirtualClock(NOON), SeededIds("desk")
    return Writer(World(
        clock=clock, ids=ids, journal=MemoryJournal(clock, ids), vault=MemoryVault(),
        connectors={}, probes={}, home=Path("no-home"),
    ))  # fmt: skip


def note(desk: Writer, text: str) -> int:
    return desk.decide(LOG, lambda _: [draft(Noted(text=text), NOON)], ANA).last_seq


def test_a_decision_upon_the_last_entry_is_recorded(desk: Writer) -> None:
    last = note(desk, "one")
    assert note(desk.expecting(LOG, last), "two") == last + 1


def test_one_upon_an_older_entry_is_refused_and_says_where_the_log_is(desk: Writer) -> None:
    note(desk, "one"), note(desk, "two")
    with pytest.raises(Outdated, match=r"was at entry 1 .* is at 2 now; look again"):
        note(desk.expecting(LOG, 1), "three")
    assert desk.world.journal.head(LOG) == 2


def test_the_desk_of_everyone_else_expects_nothing(desk: Writer) -> None:
    note(desk, "one")
    asked = desk.expecting(LOG, 0)
    assert note(desk, "two") == 2
    with pytest.raises(Outdated):
        note(asked, "three")


def test_another_log_is_no_matter_and_only_the_first_decision_is_asked(desk: Writer) -> None:
    asked = desk.expecting(LOG, 0)
    other = asked.decide("incident/B", lambda _: [draft(Noted(text="x"), NOON)], ANA)
    assert other.last_seq == 1
    asked = desk.expecting(LOG, 0)
    assert note(asked, "one") == 1
    assert note(asked, "and what follows from it") == 2


def test_who_comes_second_at_the_same_moment_is_refused(desk: Writer) -> None:
    """The other writes between the look and the append."""
    first = note(desk, "one")
    asked, raced = desk.expecting(LOG, first), []

    def judge(entries: list[Entry]) -> list[Draft]:
        if not raced:
            raced.append(note(desk, "the other's"))
        return [draft(Noted(text="mine"), NOON)]

    with pytest.raises(Outdated):
        asked.decide(LOG, judge, ANA)
    assert desk.world.journal.head(LOG) == first + 1
