"""Which act saw a target last: the newest that was seen to its end, where nothing is in doubt."""

from __future__ import annotations

from desk_register import REGISTER, adopted, assistant_eye
from desk_world import BY_ANA, Hand, world_of
from tocsin.desk import Writer, run_until_idle
from tocsin.desk.acting.stopping import stop, undo
from tocsin.desk.plans.acts import last_seen


def desk_of(hand: Hand) -> Writer:
    world = world_of({"kill-switch": hand, "registry": Hand()}, {"seen": assistant_eye(hand)})
    return adopted(Writer(world), REGISTER)


def served(desk: Writer) -> None:
    run_until_idle(desk.world)
    desk.world.clock.sleep(60)


def test_the_newest_act_on_a_target_tells_how_it_was_seen() -> None:
    desk = desk_of(Hand())
    assert last_seen(desk, "kill-switch") == {}
    stop(desk, "assistant", BY_ANA)
    served(desk)
    assert last_seen(desk, "kill-switch")["assistant.model"].order.after == "off"
    undo(desk, "assistant", BY_ANA)
    served(desk)
    assert last_seen(desk, "kill-switch")["assistant.model"].order.after == "on"
    assert last_seen(desk, "registry") == {}


def test_a_target_on_which_an_attempt_may_have_acted_unseen_is_left_out() -> None:
    hand = Hand(trouble=dict.fromkeys(range(2, 40), "drop"), can_tell=False)
    desk = desk_of(hand)
    stop(desk, "assistant", BY_ANA)
    served(desk)
    undo(desk, "assistant", BY_ANA)
    served(desk)
    assert "assistant.model" not in last_seen(desk, "kill-switch")
