"""An exercise acts on paper, sees what it wrote, and never reaches through it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest

from tocsin.exercise.paper import PaperConnector, PaperProbe, Sheet
from tocsin.facts import ConnectorError
from tocsin.facts.runs import Outcome, Repeatable, Verdict
from tocsin.world import Order, Reading, Receipt

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


OFF = Order(key="incident/7K3/17", target="assistant", wanted="off")


class Real:
    """A connector that may be looked at; whoever acts on it or asks it for an order has failed."""

    repeatable = Repeatable.NEITHER

    def __init__(self) -> None:
        self.states = {"assistant": "on"}

    def look(self, target: str) -> str:
        if target not in self.states:
            raise ConnectorError(f"no {target}", may_have_acted=False)
        return self.states[target]

    def act(self, order: Order) -> Receipt:
        raise AssertionError("an exercise acted on the real system")

    def find(self, order: Order) -> Receipt | None:
        raise AssertionError("an exercise asked the real system about its order")


class RealProbe:
    def sample(self, target: str, wanted: str, since: datetime) -> Reading:
        return Reading(
            hypothesis="real", sample=3, error="0.1", verdict=Verdict.NOT_SHOWN, seen=target
        )


def test_the_next_step_sees_what_this_one_pretended() -> None:
    sheet, real = Sheet(), Real()
    hand, eye = PaperConnector("gateway", real, sheet), PaperProbe(RealProbe(), sheet)
    assert hand.repeatable is Repeatable.NEITHER
    assert eye.sample("assistant", "off", NOON).hypothesis == "real"
    assert hand.find(OFF) is None
    receipt = hand.act(OFF)
    assert receipt == Receipt(key=OFF.key, outcome=Outcome.REHEARSED, before="on", after="off")
    assert hand.look("assistant") == "off" and real.states == {"assistant": "on"}
    assert hand.find(OFF) == receipt
    shown = eye.sample("assistant", "off", NOON)
    assert shown.verdict is Verdict.SHOWN and "on paper" in shown.seen
    assert eye.sample("assistant", "on", NOON).verdict is Verdict.NOT_SHOWN


def test_a_repeated_order_gives_its_first_receipt_and_a_new_one_sees_it_done() -> None:
    sheet = Sheet()
    hand = PaperConnector("gateway", Real(), sheet)
    first = hand.act(OFF)
    assert hand.act(OFF) == first
    second = Order(key="incident/7K3/23", target="assistant", wanted="off")
    assert hand.act(second).outcome is Outcome.ALREADY


def test_an_event_of_the_exercise_may_undo_what_was_done() -> None:
    sheet = Sheet()
    hand = PaperConnector("gateway", Real(), sheet)
    hand.act(OFF)
    sheet.write("gateway", "assistant", "on")
    assert (
        PaperProbe(RealProbe(), sheet).sample("assistant", "off", NOON).verdict is Verdict.NOT_SHOWN
    )
    again = Order(key="incident/7K3/23", target="assistant", wanted="off")
    assert hand.act(again).outcome is Outcome.REHEARSED


def test_two_connectors_do_not_write_over_each_other() -> None:
    sheet = Sheet()
    gateway = PaperConnector("gateway", Real(), sheet)
    PaperConnector("pager", Real(), sheet).act(OFF)
    assert gateway.look("assistant") == "on"
    assert PaperProbe(RealProbe(), sheet).sample("assistant", "off", NOON).verdict is Verdict.SHOWN


def test_what_cannot_be_seen_can_be_rehearsed_and_says_so() -> None:
    hand = PaperConnector("gateway", Real(), Sheet())
    with pytest.raises(ConnectorError):
        hand.look("search")
    receipt = hand.act(Order(key="k/1", target="search", wanted="off"))
    assert (receipt.outcome, receipt.before) == (Outcome.REHEARSED, "not seen: no search")
    assert hand.look("search") == "off"


def test_many_threads_rehearse_one_order_as_one() -> None:
    hand = PaperConnector("gateway", Real(), Sheet())
    found: list[Receipt] = []
    threads = [threading.Thread(target=lambda: found.append(hand.act(OFF))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and len(set(map(repr, found))) == 1
