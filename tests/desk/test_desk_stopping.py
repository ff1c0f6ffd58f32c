"""One command stops, one takes it back; both are shown by other eyes, or say that they are not."""

from __future__ import annotations

import pytest

from desk_register import REGISTER, adopted, assistant_eye, enrolled, signing
from desk_world import ANA, BY_ANA, LOG, Eye, Hand, ending, facts, opened, path, world_of
from tocsin.desk import Writer, run_until_idle
from tocsin.desk.acting.stopping import Started, stop, undo, undo_order
from tocsin.desk.approving.approvals import approve
from tocsin.desk.plans.runs import By, start_run
from tocsin.facts import Asserter, Author, Proof, Refused
from tocsin.facts.incidents import Opened
from tocsin.facts.runs import (
    Ordered,
    Outcome,
    Probed,
    Receipted,
    Repeatable,
    RunStarted,
    Verdict,
)
from tocsin.playbook import OrderStanding
from tocsin.register.model import Register
from tocsin.world import Order, Receipt


def desk_of(hand: Hand, eye: Eye | None = None, register: Register = REGISTER) -> Writer:
    probes = {"seen": eye or assistant_eye(hand)}
    return adopted(Writer(world_of({"kill-switch": hand, "registry": Hand()}, probes)), register)


def last_order(desk: Writer, log: str) -> int:
    return max(e.seq for e in desk.world.journal.read(log) if isinstance(e.fact, Ordered))


def test_a_stop_opens_an_incident_acts_at_once_and_is_shown() -> None:
    hand = Hand()
    desk = desk_of(hand)
    begun = stop(desk, "assistant", BY_ANA)
    run_until_idle(desk.world)
    assert hand.state == {"assistant.model": "off"}
    assert path(desk.world, begun.log) == [("stop", "done"), ("stop-seen", "shown")]
    assert ending(desk.world, begun.log) == "completed"
    (order,) = facts(desk.world, Ordered, begun.log)
    assert (order.approvals, order.connector, order.undo) == (0, "kill-switch", "on")
    (found,) = facts(desk.world, Opened, begun.log)
    assert found.systems == ("assistant",) and "stopped by ana" in found.title


def test_a_stop_joins_the_incident_that_is_open_or_the_one_that_is_named() -> None:
    desk = desk_of(Hand())
    opened(desk.world)
    assert stop(desk, "assistant", BY_ANA).log == LOG
    assert stop(desk, "assistant", BY_ANA, incident="7K3ABCDEFG").log == LOG
    assert len(desk.world.journal.logs("incident/")) == 1


def test_another_flag_is_named_and_a_mistyped_one_is_refused() -> None:
    hand = Hand()
    desk = desk_of(hand)
    begun = stop(desk, "assistant", BY_ANA, flag="assistant.knowledge")
    run_until_idle(desk.world)
    assert hand.state == {"assistant.knowledge": "off"} and begun.seen_by == "seen"
    with pytest.raises(Refused, match=r"assistant\.knowledge"):
        stop(desk, "assistant", BY_ANA, flag="assistant.knowlege")


@pytest.mark.parametrize(
    ("system", "why"), [("asistant", "assistant"), ("other", r"switch = \.\.\."), ("x", "known")]
)
def test_what_cannot_be_stopped_says_what_is_missing(system: str, why: str) -> None:
    desk = desk_of(Hand())
    with pytest.raises(Refused, match=why):
        stop(desk, system, BY_ANA)
    assert not desk.world.journal.logs("incident/")


def test_a_stop_that_nobody_sees_is_tried_in_counted_rounds_and_stays_unshown() -> None:
    hand = Hand()
    desk = desk_of(hand, assistant_eye(hand, Verdict.NOT_SHOWN))
    begun = stop(desk, "assistant", BY_ANA)
    run_until_idle(desk.world)
    assert hand.state == {"assistant.model": "off"} and len(hand.calls) == 1
    assert ending(desk.world, begun.log) == "failed"
    assert 2 < len(facts(desk.world, Probed, begun.log)) < 100


def test_a_stop_goes_ahead_without_an_eye_and_says_so() -> None:
    hand = Hand()
    desk = adopted(Writer(world_of({"kill-switch": hand})))
    begun = stop(desk, "assistant", BY_ANA)
    run_until_idle(desk.world)
    assert hand.state == {"assistant.model": "off"} and begun.seen_by is None


def test_a_stop_repeated_under_one_client_key_is_one_stop() -> None:
    hand = Hand()
    desk = desk_of(hand)
    by = By(author=ANA, client_key="k1")
    first = stop(desk, "assistant", by)
    run_until_idle(desk.world)
    assert stop(desk, "assistant", by) == first
    opened(desk.world)  # a newer incident about the same system changes nothing
    assert stop(desk, "assistant", by) == first
    assert len(facts(desk.world, RunStarted, first.log)) == 1 and len(hand.calls) == 1


def test_only_a_person_stops_by_command() -> None:
    machine = Author(who="m", kind=Asserter.MACHINE, proof=Proof.TOKEN)
    desk = desk_of(Hand())
    for verb in (stop, undo):
        with pytest.raises(Refused, match="started by a person"):
            verb(desk, "assistant", By(author=machine))


def test_undo_brings_back_what_was_stopped_and_is_shown() -> None:
    hand = Hand()
    desk = desk_of(hand)
    begun = stop(desk, "assistant", BY_ANA)
    run_until_idle(desk.world)
    back = undo(desk, "assistant", BY_ANA)
    run_until_idle(desk.world)
    assert hand.state == {"assistant.model": "on"} and back.log == begun.log
    assert path(desk.world, back.log)[-2:] == [("undo", "done"), ("undo-seen", "shown")]
    with pytest.raises(Refused, match="brought back to on already"):
        undo(desk, "assistant", BY_ANA)


def test_undo_goes_target_by_target_from_the_last_to_the_first() -> None:
    hand = Hand()
    desk = desk_of(hand)
    for flag in ("assistant.model", "assistant.knowledge"):
        stop(desk, "assistant", BY_ANA, flag=flag)
        run_until_idle(desk.world)
        desk.world.clock.sleep(60)
    undo(desk, "assistant", BY_ANA)
    run_until_idle(desk.world)
    assert hand.state == {"assistant.model": "off", "assistant.knowledge": "on"}
    undo(desk, "assistant", BY_ANA)
    run_until_idle(desk.world)
    assert set(hand.state.values()) == {"on"}


def test_undo_repeated_under_one_client_key_is_one_undo() -> None:
    hand = Hand()
    desk = desk_of(hand)
    stop(desk, "assistant", BY_ANA)
    run_until_idle(desk.world)
    by = By(author=ANA, client_key="back")
    first = undo(desk, "assistant", by)
    run_until_idle(desk.world)
    assert undo(desk, "assistant", by) == first
    assert len(hand.calls) == 2


def test_nothing_done_is_nothing_to_undo() -> None:
    desk = desk_of(Hand())
    with pytest.raises(Refused, match="turned nothing of assistant off"):
        undo(desk, "assistant", BY_ANA)
    already = Hand()
    already.state["assistant.model"] = "off"
    desk = desk_of(already)
    begun = stop(desk, "assistant", BY_ANA)
    run_until_idle(desk.world)
    assert facts(desk.world, Receipted, begun.log)[0].outcome is Outcome.ALREADY
    with pytest.raises(Refused, match="turned nothing"):
        undo(desk, "assistant", BY_ANA)  # somebody else turned it off, for a reason
    with pytest.raises(Refused, match="off already before action"):
        undo_order(desk, begun.log, last_order(desk, begun.log), BY_ANA)


ROLLBACK = """
plan: rollback
version: 1
title: Back to the version before
steps:
  back: {act: registry, target: intents@production, wanted: "version:1", UNDO next: done}
  done: {end: completed}
"""


def registry_eye(hand: Hand) -> Eye:
    return Eye(hand, of={"assistant": "intents@production"})


def rolled_back(undo: str) -> tuple[Writer, Hand, int]:
    hand = Hand()
    hand.state["intents@production"] = "version:2"
    desk = adopted(Writer(world_of({"registry": hand}, {"seen": registry_eye(hand)})))
    opened(desk.world)
    start_run(desk, LOG, ROLLBACK.replace("UNDO", undo).encode(), BY_ANA)
    run_until_idle(desk.world)
    return desk, hand, last_order(desk, LOG)


@pytest.mark.parametrize("undo", ["undo: before,", 'undo: "version:2",'])
def test_an_action_is_taken_back_by_its_undo_or_to_what_was_seen_before(undo: str) -> None:
    desk, hand, order = rolled_back(undo)
    assert hand.state["intents@production"] == "version:1"
    begun = undo_order(desk, LOG, order, BY_ANA)
    run_until_idle(desk.world)
    assert hand.state["intents@production"] == "version:2"
    assert begun == Started(incident="7K3ABCDEFG", run="run-2", seen_by="seen")
    with pytest.raises(Refused, match="was taken back since"):
        undo_order(desk, LOG, order, BY_ANA)


def test_what_cannot_be_taken_back_says_what_can_be_done_instead() -> None:
    desk, _, order = rolled_back("")
    with pytest.raises(Refused, match="tocsin stop assistant"):
        undo_order(desk, LOG, order, BY_ANA)
    with pytest.raises(Refused, match="is no action"):
        undo_order(desk, LOG, 1, BY_ANA)


def test_taking_back_passes_the_gates_of_the_act_itself() -> None:
    hand = Hand()
    hand.state["intents@production"] = "version:2"
    desk = enrolled(adopted(Writer(world_of({"registry": hand}, {"seen": registry_eye(hand)}))))
    opened(desk.world)
    start_run(desk, LOG, ROLLBACK.replace("UNDO", "undo: before, approvals: 2,").encode(), BY_ANA)
    order = last_order(desk, LOG)
    by = By(author=signing("ana")[0])
    with pytest.raises(Refused, match="was not done"):
        undo_order(desk, LOG, order, by)
    for who in ("bo", "cy"):
        author, sign = signing(who)
        approve(desk, LOG, order, author, sign=sign)
    run_until_idle(desk.world)
    begun = undo_order(desk, LOG, order, by)
    run_until_idle(desk.world)
    assert hand.state["intents@production"] == "version:1", "the undo waits for two as well"
    back = desk.known(LOG).run(begun.run).orders[last_order(desk, LOG)]
    assert back.standing is OrderStanding.AWAITING and back.fact.approvals == 2


def test_an_act_of_unknown_end_is_judged_before_it_is_taken_back() -> None:
    hand = Hand(trouble={1: "drop"}, can_tell=False)
    hand.repeatable_ = hand.repeatable_.NEITHER
    desk = desk_of(hand)
    begun = stop(desk, "assistant", BY_ANA)
    run_until_idle(desk.world)
    with pytest.raises(Refused, match="nobody knows yet"):
        undo_order(desk, begun.log, last_order(desk, begun.log), BY_ANA)


class Forgetful(Hand):
    """A far side that knows states and no orders: asked about an order, it says "so already"."""

    def find(self, order: Order) -> Receipt | None:
        seen = self.look(order.target)
        if seen != order.wanted:
            return None
        return Receipt(key=order.key, outcome=Outcome.ALREADY, before=seen, after=seen)


def test_a_stop_whose_answer_was_lost_is_ours_and_can_be_taken_back() -> None:
    hand = Forgetful(repeatable=Repeatable.IDEMPOTENT, trouble={1: "lose"})
    desk = desk_of(hand)
    begun = stop(desk, "assistant", BY_ANA)
    run_until_idle(desk.world)
    (receipt,) = facts(desk.world, Receipted, begun.log)
    assert receipt.outcome is Outcome.DONE and receipt.before == ""
    undo(desk, "assistant", BY_ANA)
    run_until_idle(desk.world)
    assert hand.look("assistant.model") == "on"


def _typed(who: str) -> By:
    return By(author=Author(who=who, kind=Asserter.PERSON, proof=Proof.ACCOUNT, account="ana"))


def test_a_typed_name_stops_but_takes_nothing_back_once_keys_are_enrolled() -> None:
    hand = Hand()
    desk = enrolled(desk_of(hand))
    begun = stop(desk, "assistant", _typed("zoe"))
    run_until_idle(desk.world)
    order = last_order(desk, begun.log)
    for by, why in ((BY_ANA, "typed name is not enough"), (_typed("zoe"), "not in the register")):
        with pytest.raises(Refused, match=why):
            undo(desk, "assistant", by)
        with pytest.raises(Refused, match=why):
            undo_order(desk, begun.log, order, by)
    assert hand.look("assistant.model") == "off"
    author, _ = signing("ana")
    undo(desk, "assistant", By(author=author))
    run_until_idle(desk.world)
    assert hand.look("assistant.model") == "on"
