"""What is asked twice is done once, and what was decided on an old record is decided again."""

from __future__ import annotations

import pytest
from run_plans import STOP

from desk_world import ANA, LOG, NOON, Hand, opened, started, world_of
from tocsin.desk import Writer
from tocsin.desk.loaded.repeating import wish
from tocsin.desk.plans.runs import By, start_run
from tocsin.desk.record import draft
from tocsin.facts import Draft, Refused
from tocsin.facts.incidents import Noted
from tocsin.facts.runs import RunStarted


def test_starting_twice_under_one_client_key_starts_once() -> None:

    world = world_of({"switch": Hand()})
    desk = opened(world)
    by = By(author=ANA, client_key="k1")
    assert start_run(desk, LOG, STOP.encode(), by) == start_run(desk, LOG, STOP.encode(), by)
    assert len(desk.runs(LOG)) == 1


def test_a_repetition_that_would_be_refused_gives_the_first_answer_to_the_same_wish() -> None:
    world = world_of({"switch": Hand()})
    desk = started(world, STOP)
    said: list[int] = []

    def once(entries: list) -> list[Draft]:
        if said:
            raise Refused("it is done already")
        said.append(1)
        return [draft(Noted(text="x"), NOON)]

    first = desk.decide(LOG, once, ANA, client_key="k")
    again = desk.decide(LOG, once, ANA, client_key="k", wish=wish(Noted, text="x"))
    assert again.repeated and again.last_seq == first.last_seq
    for other in (None, wish(Noted, text="y"), wish(RunStarted)):
        with pytest.raises(Refused, match="used for something else"):
            desk.decide(LOG, once, ANA, client_key="k", wish=other)
    with pytest.raises(Refused, match="done already"):
        desk.decide(LOG, once, ANA, client_key="other")


def test_a_decision_is_made_again_when_someone_wrote_first() -> None:
    world = world_of({})
    desk, other = opened(world), Writer(world)
    turns: list[int] = []

    def decide(entries: list) -> list[Draft]:
        turns.append(len(entries))
        if len(turns) < 3:
            other.record(LOG, lambda _: [Noted(text="first!")], ANA)
        return [draft(Noted(text="mine"), NOON)]

    assert desk.decide(LOG, decide, ANA).last_seq == 4
    assert turns == [1, 2, 3]

    def always_late(entries: list) -> list[Draft]:
        other.record(LOG, lambda _: [Noted(text="first!")], ANA)
        return [draft(Noted(text="mine"), NOON)]

    with pytest.raises(Refused, match="others wrote first"):
        desk.decide(LOG, always_late, ANA)
