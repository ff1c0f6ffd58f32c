"""What is gleaned from all incidents is what they hold, whoever wrote it, at one look each time."""

from __future__ import annotations

import pytest

from desk_world import ANA, NOON, world_of
from tocsin.desk import Writer
from tocsin.desk.loaded.gleaned import Gleaned
from tocsin.desk.loaded.known import Known
from tocsin.desk.record import draft
from tocsin.facts import HOME_LOG, Draft, Unreachable, incident_log
from tocsin.facts.incidents import Widened
from tocsin.world import World

ONE, TWO = incident_log("1K3ABCDEFG"), incident_log("2K3ABCDEFG")


def names_in(known: Known) -> tuple[str, ...]:
    return known.systems


@pytest.fixture
def world() -> World:
    return world_of({})


@pytest.fixture
def desk(world: World) -> Writer:
    return Writer(world)


@pytest.fixture
def names(desk: Writer) -> Gleaned[str]:
    return Gleaned(desk.knowledge, desk.world.journal, names_in)


def widened(name: str) -> Widened:
    return Widened(systems=(name,), unregistered=(), because="it fails too")


def say(desk: Writer, log: str, name: str) -> None:
    desk.decide(log, lambda _: [draft(widened(name), NOON)], ANA)


def test_what_anyone_wrote_anywhere_is_found(desk: Writer, names: Gleaned[str]) -> None:
    assert names.now() == []
    say(desk, ONE, "mine")
    say(Writer(desk.world), TWO, "another's")
    say(desk, HOME_LOG, "of no incident")
    assert sorted(names.now()) == ["another's", "mine"]
    say(Writer(desk.world), ONE, "later")
    assert sorted(names.now()) == ["another's", "later", "mine"]


def test_at_rest_nothing_is_read(desk: Writer, names: Gleaned[str]) -> None:
    say(Writer(desk.world), ONE, "a")
    say(Writer(desk.world), TWO, "b")
    names.now()
    read, reads = desk.world.journal.read, list[str]()

    def counted(log, after=0):
        reads.append(log)
        return read(log, after)

    desk.world.journal.read = counted  # type: ignore[method-assign]
    assert sorted(names.now()) == ["a", "b"] and reads == []
    say(Writer(desk.world), TWO, "c")
    reads.clear()
    assert sorted(names.now()) == ["a", "b", "c"] and reads == [TWO]


def test_the_log_in_hand_stands_for_itself(desk: Writer, names: Gleaned[str]) -> None:
    say(desk, ONE, "recorded")
    say(desk, TWO, "elsewhere")
    known = desk.knowledge.load(ONE)
    known.suppose(Draft(fact=widened("supposed"), happened_at=NOON), ANA, NOON)
    assert sorted(names.now(known)) == ["elsewhere", "recorded", "supposed"]
    known.take_back()
    desk.knowledge.keep(known)
    assert sorted(names.now()) == ["elsewhere", "recorded"]


def test_what_was_last_seen_is_no_look(desk: Writer, names: Gleaned[str]) -> None:
    say(desk, ONE, "here")
    say(Writer(desk.world), TWO, "before")
    names.now()
    say(Writer(desk.world), TWO, "after")
    here = desk.known(ONE)
    assert sorted(names.as_last_seen(here)) == ["before", "here"]
    assert sorted(names.now(here)) == ["after", "before", "here"]


def test_a_record_that_was_away_costs_no_entry(desk: Writer, names: Gleaned[str]) -> None:
    say(Writer(desk.world), ONE, "a")
    read = desk.world.journal.read

    def away(log, after=0):
        raise Unreachable("away")

    desk.world.journal.read = away  # type: ignore[method-assign]
    with pytest.raises(Unreachable):
        names.now()
    desk.world.journal.read = read  # type: ignore[method-assign]
    assert names.now() == ["a"]
