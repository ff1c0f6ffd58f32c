"""Tocsin acts by itself only on what was rehearsed, where it was armed, and so often an hour."""

from __future__ import annotations

import msgspec
import pytest

from desk_register import ASSISTANT, REGISTER, adopted, assistant_eye, enrolled, signing
from desk_world import ANA, BY_ANA, LOG, Eye, Hand, ending, facts, opened, path, world_of
from tocsin.desk import DESK_AUTHOR, Writer, run_until_idle
from tocsin.desk.acting.arming import arm, disarm, rehearse
from tocsin.desk.acting.stopping import stop, undo
from tocsin.desk.approving.approvals import approve
from tocsin.desk.plans.runs import By, start_run
from tocsin.facts import HOME_LOG, Refused
from tocsin.facts.registers import Armed, Disarmed
from tocsin.facts.runs import Ordered, RunStarted, Verdict
from tocsin.register.arming import armed_systems


def desk_of(hand: Hand, eye: Eye | None = None) -> Writer:
    return adopted(Writer(world_of({"kill-switch": hand}, {"seen": eye or assistant_eye(hand)})))


def test_a_rehearsal_turns_off_and_on_again_each_shown_and_then_it_can_be_armed() -> None:
    hand = Hand()
    desk = desk_of(hand)
    with pytest.raises(Refused, match="Run: tocsin rehearse assistant"):
        arm(desk, "assistant", 3, BY_ANA)
    begun = rehearse(desk, "assistant", BY_ANA)
    run_until_idle(desk.world)
    assert path(desk.world, begun.log) == [
        ("stop", "done"), ("stop-seen", "shown"), ("undo", "done"), ("undo-seen", "shown"),
    ]  # fmt: skip
    assert hand.state == {"assistant.model": "on"} and ending(desk.world, begun.log) == "completed"
    arm(desk, "assistant", 3, BY_ANA)
    (fact,) = facts(desk.world, Armed, HOME_LOG)
    orders = [f"{begun.log}/{e.seq}" for e in desk.world.journal.read(begun.log)]
    assert fact.acts_per_hour == 3 and set(fact.rehearsed) < set(orders)
    with pytest.raises(Refused, match="armed just so already"):
        arm(desk, "assistant", 3, BY_ANA)
    arm(desk, "assistant", 4, BY_ANA)


def test_a_real_stop_and_its_undo_count_as_well_each_half_is_asked_for() -> None:
    desk = desk_of(Hand())
    stop(desk, "assistant", BY_ANA)
    run_until_idle(desk.world)
    with pytest.raises(Refused, match="Run: tocsin undo assistant"):
        arm(desk, "assistant", 3, BY_ANA)
    undo(desk, "assistant", BY_ANA)
    run_until_idle(desk.world)
    arm(desk, "assistant", 3, BY_ANA)


@pytest.mark.parametrize("verdict", [Verdict.NOT_SHOWN, Verdict.UNDETERMINED])
def test_what_was_done_and_not_shown_arms_nothing(verdict: Verdict) -> None:
    hand = Hand()
    desk = desk_of(hand, assistant_eye(hand, verdict))
    begun = rehearse(desk, "assistant", BY_ANA)
    run_until_idle(desk.world)
    assert hand.state == {"assistant.model": "on"}, "whatever fails, it is turned on at the end"
    assert ending(desk.world, begun.log) == "failed"
    with pytest.raises(Refused, match="no stop of it was ever done and shown"):
        arm(desk, "assistant", 3, BY_ANA)


def test_what_was_off_already_is_no_rehearsal() -> None:
    hand = Hand()
    hand.state["assistant.model"] = "off"
    desk = desk_of(hand)
    with pytest.raises(Refused, match="is off now; a rehearsal would turn it on"):
        rehearse(desk, "assistant", BY_ANA)
    stop(desk, "assistant", BY_ANA)
    run_until_idle(desk.world)
    with pytest.raises(Refused, match="no stop of it"):
        arm(desk, "assistant", 3, BY_ANA)


def test_no_rehearsal_in_the_middle_of_an_incident() -> None:
    desk = desk_of(Hand())
    opened(desk.world)
    for by in (BY_ANA, By(author=ANA, client_key="r")):
        with pytest.raises(Refused, match="is open about assistant"):
            rehearse(desk, "assistant", by)


def test_a_rehearsal_repeated_under_one_client_key_is_one() -> None:
    desk = desk_of(Hand())
    by = By(author=ANA, client_key="r")
    first = rehearse(desk, "assistant", by)
    run_until_idle(desk.world)
    assert rehearse(desk, "assistant", by) == first
    assert len(facts(desk.world, RunStarted, first.log)) == 1


def test_without_an_eye_nothing_is_armed_and_the_register_says_where() -> None:
    blind = msgspec.structs.replace(ASSISTANT, seen_by=None)
    register = msgspec.structs.replace(REGISTER, systems={"assistant": blind})
    desk = adopted(Writer(world_of({"kill-switch": Hand()})), register)
    for verb in (
        lambda: arm(desk, "assistant", 3, BY_ANA),
        lambda: rehearse(desk, "assistant", BY_ANA),
    ):
        with pytest.raises(Refused, match="seen_by = "):
            verb()


@pytest.mark.parametrize("often", [0, -1, 1001])
def test_how_often_is_a_number_that_means_something(often: int) -> None:
    with pytest.raises(Refused, match="from 1 to 1000"):
        arm(desk_of(Hand()), "assistant", often, BY_ANA)


def test_disarming_ends_it_and_arming_begins_it_anew() -> None:
    desk = desk_of(Hand())
    with pytest.raises(Refused, match="is not armed"):
        disarm(desk, "assistant", "tests", BY_ANA)
    rehearse(desk, "assistant", BY_ANA)
    run_until_idle(desk.world)
    arm(desk, "assistant", 3, BY_ANA)
    disarm(desk, "assistant", "maintenance", BY_ANA)
    assert len(facts(desk.world, Disarmed, HOME_LOG)) == 1
    assert not armed_systems(desk.world.journal.read(HOME_LOG))
    arm(desk, "assistant", 3, BY_ANA)
    assert set(armed_systems(desk.world.journal.read(HOME_LOG))) == {"assistant"}


TWO_STOPS = """
plan: two-stops
version: 1
title: Stop twice
steps:
  one: {act: kill-switch, target: assistant.model, wanted: off, undo: on, effect: stop, next: two}
  two: {act: kill-switch, target: assistant.knowledge, wanted: off, effect: stop, next: done}
  done: {end: completed}
"""
BY_TOCSIN = By(author=DESK_AUTHOR)


def armed_desk(hand: Hand, acts_per_hour: int) -> Writer:
    desk = desk_of(hand)
    rehearse(desk, "assistant", BY_ANA)
    run_until_idle(desk.world)
    arm(desk, "assistant", acts_per_hour, BY_ANA)
    hand.calls.clear()
    opened(desk.world)
    return desk


def orders(desk: Writer, log: str = LOG) -> list[tuple[str, int]]:
    return [(fact.step, fact.approvals) for fact in facts(desk.world, Ordered, log)]


def test_unarmed_what_tocsin_begins_by_itself_waits_for_a_person() -> None:
    hand = Hand()
    desk = enrolled(desk_of(hand))
    opened(desk.world)
    start_run(desk, LOG, TWO_STOPS.encode(), BY_TOCSIN)
    run_until_idle(desk.world)
    assert orders(desk) == [("one", 1)] and not hand.calls
    author, sign = signing("bo")
    approve(desk, LOG, 3, author, sign=sign)
    run_until_idle(desk.world)
    assert len(hand.calls) == 1 and orders(desk) == [("one", 1), ("two", 1)]


def test_armed_it_acts_by_itself_and_a_person_s_run_was_never_bound() -> None:
    hand = Hand()
    desk = armed_desk(hand, 2)
    start_run(desk, LOG, TWO_STOPS.encode(), BY_TOCSIN)
    run_until_idle(desk.world)
    assert orders(desk) == [("one", 0), ("two", 0)] and ending(desk.world) == "completed"
    unarmed = desk_of(Hand())
    opened(unarmed.world)
    start_run(unarmed, LOG, TWO_STOPS.encode(), BY_ANA)
    run_until_idle(unarmed.world)
    assert ending(unarmed.world) == "completed"


def test_what_is_spent_of_the_hour_is_counted_from_the_record_of_all_incidents() -> None:
    hand = Hand()
    desk = armed_desk(hand, 2)
    start_run(desk, LOG, TWO_STOPS.encode(), BY_TOCSIN)
    run_until_idle(desk.world)
    other = "incident/8K3ABCDEFG"
    opened(desk.world, other)
    again = Writer(desk.world)  # another process, which knows only the record
    start_run(again, other, TWO_STOPS.encode(), BY_TOCSIN)
    run_until_idle(desk.world)
    assert orders(desk, other) == [("one", 1)] and len(hand.calls) == 2
    desk.world.clock.sleep(3601)
    third = "incident/9K3ABCDEFG"
    opened(desk.world, third)
    start_run(again, third, TWO_STOPS.encode(), BY_TOCSIN)
    run_until_idle(desk.world)
    assert orders(desk, third) == [("one", 0), ("two", 0)] and len(hand.calls) == 4


def test_an_incident_about_a_system_that_is_not_armed_arms_nothing() -> None:
    hand = Hand()
    desk = armed_desk(hand, 9)
    both = "incident/8K3ABCDEFG"
    opened(desk.world, both, systems=("assistant", "other"))
    start_run(desk, both, TWO_STOPS.encode(), BY_TOCSIN)
    assert orders(desk, both) == [("one", 1)]
