"""What was asked before a stop gives way to it: begun, waiting or lost, here or elsewhere."""

from __future__ import annotations

import pytest

from desk_register import REGISTER, adopted, assistant_eye, enrolled, signing
from desk_world import BY_ANA, Hand, ending, facts, opened, world_of
from tocsin.desk import Worker, Writer, run_until_idle
from tocsin.desk.acting.stopping import Started, stop, undo
from tocsin.desk.approving.approvals import approve
from tocsin.desk.plans.runs import start_run
from tocsin.facts import Refused, incident_log
from tocsin.facts.runs import Attempted, AttemptFailed, Ordered, Repeatable
from tocsin.playbook import OrderStanding
from tocsin.world import Order, Receipt

OTHER_LOG = incident_log("8K3ABCDEFG")


class Killed(BaseException):
    """The process is gone: nothing after it runs."""


class Deadly(Hand):
    """A far side at which the worker dies in the midst of the acts that `dies` numbers.

    `arrives` says whether such an act takes effect.
    """

    def __init__(self, dies: set[int], *, arrives: bool, repeatable: Repeatable) -> None:
        super().__init__(repeatable)
        self.dies, self.arrives = dies, arrives

    def act(self, order: Order) -> Receipt:
        if len(self.calls) + 1 not in self.dies:
            return super().act(order)
        if self.arrives:
            super().act(order)
        else:
            self.calls.append(order.key)
        raise Killed


def desk_of(hand: Hand) -> Writer:
    world = world_of({"kill-switch": hand, "registry": Hand()}, {"seen": assistant_eye(hand)})
    return adopted(Writer(world), REGISTER)


def done(desk: Writer, begun: Started) -> Started:
    """The run is served to its end, by a worker that serves nothing else."""
    run_until_idle(desk.world, worker=Worker(desk.world, desk=desk, only=(begun.log, begun.run)))
    return begun


def killed_undo(desk: Writer) -> Started:
    """A stop that was seen, and its undo, whose worker dies in the midst of the act."""
    done(desk, stop(desk, "assistant", BY_ANA))
    desk.world.clock.sleep(60)
    back = undo(desk, "assistant", BY_ANA)
    with pytest.raises(Killed):
        run_until_idle(desk.world)
    return back


def last_order(desk: Writer, log: str) -> int:
    return max(e.seq for e in desk.world.journal.read(log) if isinstance(e.fact, Ordered))


@pytest.mark.parametrize("arrives", [False, True])
@pytest.mark.parametrize("repeatable", list(Repeatable))
def test_an_undo_that_was_killed_does_not_go_on_after_a_newer_stop(
    repeatable: Repeatable, arrives: bool
) -> None:
    hand = Deadly({2}, arrives=arrives, repeatable=repeatable)
    desk = desk_of(hand)
    back = killed_undo(desk)
    desk.world.clock.sleep(1)
    again = stop(desk, "assistant", BY_ANA)
    newer = last_order(desk, again.log)
    done(desk, again)
    assert hand.look("assistant.model") == "off"
    desk.world.clock.sleep(600)  # the dead worker's lease is over
    run_until_idle(desk.world)
    assert hand.look("assistant.model") == "off" and len(hand.calls) == 3
    assert desk.run(back.log, back.run).ending is not None
    (failed,) = facts(desk.world, AttemptFailed, back.log)
    where = back.incident
    assert f"superseded by the stop of action {newer} of {where}, given later" in failed.why
    assert failed.retry_at is None and failed.may_have_acted is arrives
    assert ("it never arrived" in failed.why) is not arrives


def test_after_all_that_the_stop_can_still_be_taken_back() -> None:
    hand = Deadly({2}, arrives=True, repeatable=Repeatable.KEYED)
    desk = desk_of(hand)
    killed_undo(desk)
    done(desk, stop(desk, "assistant", BY_ANA))
    desk.world.clock.sleep(600)
    run_until_idle(desk.world)
    done(desk, undo(desk, "assistant", BY_ANA))
    assert hand.look("assistant.model") == "on"


def test_an_undo_without_a_newer_stop_is_brought_to_its_end() -> None:
    hand = Deadly({2}, arrives=False, repeatable=Repeatable.KEYED)
    desk = desk_of(hand)
    back = killed_undo(desk)
    desk.world.clock.sleep(600)
    run_until_idle(desk.world)
    assert hand.look("assistant.model") == "on"
    assert desk.run(back.log, back.run).ending is not None


ON_AGAIN = """
plan: on-again
version: 1
title: Put it on again
steps:
  on: {act: kill-switch, target: TARGET, wanted: "on", approvals: 1, next: done}
  done: {end: completed}
"""


def on_again(desk: Writer, target: str = "assistant.model") -> int:
    """An order that waits for one approval, in another incident than the stops."""
    return waiting_for(desk, OTHER_LOG, target)


def waiting_for(desk: Writer, log: str, target: str) -> int:
    opened(desk.world, log, ("other",))
    start_run(desk, log, ON_AGAIN.replace("TARGET", target).encode(), BY_ANA)
    return last_order(desk, log)


def approved(desk: Writer, order: int) -> None:
    author, sign = signing("bo")
    approve(desk, OTHER_LOG, order, author, sign=sign)


def test_an_order_of_another_incident_gives_way_though_it_was_approved() -> None:
    hand = Hand()
    desk = enrolled(desk_of(hand))
    approved(desk, on_again(desk))
    desk.world.clock.sleep(60)
    done(desk, stop(desk, "assistant", BY_ANA))
    assert hand.look("assistant.model") == "off" and len(hand.calls) == 1
    run_until_idle(desk.world)
    assert hand.look("assistant.model") == "off" and len(hand.calls) == 1
    (failed,) = facts(desk.world, AttemptFailed, OTHER_LOG)
    assert "superseded" in failed.why and not failed.may_have_acted
    assert not facts(desk.world, Attempted, OTHER_LOG)
    assert ending(desk.world, OTHER_LOG) == "failed"


def test_nobody_is_asked_for_leave_to_do_what_a_stop_superseded() -> None:
    hand = Hand()
    desk = enrolled(desk_of(hand))
    order, other = on_again(desk), waiting_for(desk, incident_log("9K3ABCDEFG"), "another.target")
    desk.world.clock.sleep(60)
    given = stop(desk, "assistant", BY_ANA)
    newer = last_order(desk, given.log)
    done(desk, given)
    (failed,) = facts(desk.world, AttemptFailed, OTHER_LOG)
    assert (
        failed.why == f"superseded by the stop of action {newer} of {given.incident}, given later"
    )
    assert ending(desk.world, OTHER_LOG) == "failed"
    assert desk.runs(OTHER_LOG)[0].orders[order].standing is OrderStanding.FAILED
    with pytest.raises(Refused, match="does not wait for approval"):
        approved(desk, order)
    elsewhere = desk.runs(incident_log("9K3ABCDEFG"))[0].orders[other]
    assert elsewhere.standing is OrderStanding.AWAITING
    assert len(hand.calls) == 1


def test_what_waited_through_a_crash_gives_way_when_it_is_approved() -> None:
    hand = Hand()
    desk = enrolled(desk_of(hand))
    order = on_again(desk)
    desk.world.clock.sleep(60)
    given = stop(desk, "assistant", BY_ANA)
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
        patch.setattr("tocsin.desk.acting.serving.give_way_to", die)
        done(desk, given)
    approved(desk, order)
    run_until_idle(desk.world)
    assert hand.look("assistant.model") == "off" and len(hand.calls) == 1
    assert ending(desk.world, OTHER_LOG) == "failed"


def die(*_args: object) -> None:
    raise Killed


@pytest.mark.parametrize("target", ["assistant.model", "assistant.knowledge"])
def test_what_is_asked_after_the_stop_or_of_another_target_goes_on(target: str) -> None:
    hand = Hand()
    hand.state = {"assistant.knowledge": "off"}
    desk = enrolled(desk_of(hand))
    if target == "assistant.model":
        done(desk, stop(desk, "assistant", BY_ANA))
        desk.world.clock.sleep(60)
        order = on_again(desk, target)
    else:
        order = on_again(desk, target)
        desk.world.clock.sleep(60)
        done(desk, stop(desk, "assistant", BY_ANA))
    approved(desk, order)
    run_until_idle(desk.world)
    assert hand.look(target) == "on" and ending(desk.world, OTHER_LOG) == "completed"


def test_a_stop_given_while_the_intent_is_recorded_still_comes_first() -> None:
    hand = Hand()
    desk = enrolled(desk_of(hand))
    approved(desk, on_again(desk))
    desk.world.clock.sleep(60)
    append = desk.world.journal.append
    given: list[Started] = []

    def stopping(log, expected, drafts, *args, **kwargs):
        if not given and any(isinstance(one.fact, Attempted) for one in drafts):
            given.append(Started(incident="", run="", seen_by=None))
            given[0] = stop(Writer(desk.world), "assistant", BY_ANA)
        return append(log, expected, drafts, *args, **kwargs)

    desk.world.journal.append = stopping  # type: ignore[method-assign]
    run_until_idle(desk.world)
    assert given and hand.look("assistant.model") == "off" and len(hand.calls) == 1
