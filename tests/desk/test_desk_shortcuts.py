"""A shortcut around the gate is signed, told, and ends."""

from __future__ import annotations

from datetime import timedelta

import pytest
from recovery_world import (
    LOG,
    MODEL,
    Set,
    a_set,
    begun,
    let_go,
    measured,
    person,
    registered,
    watch_begun,
)

from desk_world import BY_ANA, facts
from gates import good
from tocsin.desk import run_until_idle
from tocsin.desk.acting.stopping import undo
from tocsin.desk.recovery.shortcuts import make_good, take_shortcut
from tocsin.desk.recovery.standing import standings
from tocsin.facts import Refused
from tocsin.facts.recovery import (
    ShortcutTaken,
)
from tocsin.facts.runs import RunStarted


def shortcut(
    one: Set, skipped: str, who: str = "cy", hours: int = 48, because: str = "harm"
) -> str:
    until = one.world.clock.now() + timedelta(hours=hours)
    return take_shortcut(one.desk, LOG, person(who), skipped=skipped, until=until,
                         because=because, candidate="3")[1]  # fmt: skip


def test_a_shortcut_is_signed_has_a_reason_and_an_end() -> None:
    one = a_set()
    registered(one)
    measured(one, good("3"), None)
    with pytest.raises(Refused, match="jailbreaks: not measured yet"):
        begun(one)
    with pytest.raises(Refused, match=r"a shortcut is signed|is not enough"):
        take_shortcut(one.desk, LOG, BY_ANA, skipped="jailbreaks", because="harm",
                      until=one.world.clock.now() + timedelta(hours=1))  # fmt: skip
    with pytest.raises(Refused, match="say why"):
        shortcut(one, "jailbreaks", because=" ")
    with pytest.raises(Refused, match="is over"):
        shortcut(one, "jailbreaks", hours=-1)
    with pytest.raises(Refused, match="did you mean"):
        shortcut(one, "jailbreak")
    shortcut(one, "jailbreaks")
    assert begun(one).stage == 1
    [fact] = facts(one.world, ShortcutTaken)
    assert (fact.skipped, fact.candidate) == ("jailbreaks", "3")


def test_counsel_and_commander_are_told_of_a_shortcut() -> None:
    one = a_set()
    registered(one)
    untold = shortcut(one, "jailbreaks")
    told = [fact.plan for fact in facts(one.world, RunStarted) if fact.plan == "shortcut-told"]
    assert bool(told) != bool(untold)


def test_a_shortcut_that_is_over_lets_nothing_pass() -> None:
    one = a_set()
    registered(one)
    measured(one, good("3"), None)
    shortcut(one, "jailbreaks", hours=1)
    one.world.clock.sleep(3601)
    with pytest.raises(Refused, match="jailbreaks: not measured yet"):
        begun(one)


def test_a_shortcut_made_good_lets_nothing_pass_by_itself() -> None:
    one = a_set()
    registered(one)
    measured(one, good("3"), None)
    shortcut(one, "jailbreaks")
    make_good(one.desk, LOG, person("cy"), skipped="jailbreaks", because="replayed by hand")
    with pytest.raises(Refused, match="jailbreaks: not measured yet"):
        begun(one)


def test_a_skipped_watch_lets_no_stage_pass_whose_share_was_never_served() -> None:
    one = a_set()
    registered(one)
    measured(one)
    for stage in (1, 2, 3):
        shortcut(one, f"watch {stage}")

    def stands() -> tuple[int, bool]:
        [standing] = standings(one.desk, LOG)
        return standing.stage, standing.is_back

    assert stands() == (1, False), "nothing was served at all"
    for stage in (1, 2, 3):
        turn = begun(one)
        assert turn.stage == stage
        assert stands() == (stage, False), "two have yet to let it go"
        let_go(one, turn.order, "bo", "cy")
        run_until_idle(one.world, until=one.world.clock.now() + timedelta(minutes=5))
        one.world.clock.sleep(60)
        watch_begun(one, turn)
    assert stands() == (4, True)


def test_a_shortcut_around_the_stages_lets_all_come_back_under_two_keys() -> None:
    one = a_set()
    registered(one)
    measured(one)
    shortcut(one, "stages")
    back = undo(one.desk, "assistant", person("ana"))
    run_until_idle(one.world, until=one.world.clock.now())
    assert one.switch.state[MODEL] == "off"  # it waits for two
    [order] = one.desk.run(LOG, back.run).orders
    let_go(one, order, "bo", "cy")
    run_until_idle(one.world)
    assert one.switch.state[MODEL] == "on"
